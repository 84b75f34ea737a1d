"""Customers and the waitlist at two real desks that were apart: they come to one book, and nothing is lost."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from shared.clock import instant_text
from shared.ids import new_id
from shared.model.member import Role
from tests.support.replica_desk import ReplicaDesk
from tests.support.shop import Shop
from tests.support.wire_desk import next_day

Pair = tuple[ReplicaDesk, ReplicaDesk]


@pytest.fixture
def desks(url: str, shop: Shop) -> Iterator[Pair]:
    pair = ReplicaDesk(url, shop, Role.TENANT_OWNER), ReplicaDesk(url, shop, Role.TENANT_MANAGER)
    yield pair
    for one in pair:
        one.close()


def together(desks: Pair) -> None:
    """Let both send what they have, and take what the other had."""
    for one in desks:
        one.push()
    for one in desks:
        one.pull()
    assert desks[0].rows() == desks[1].rows()


def named(desk: ReplicaDesk, *names: str) -> list[str]:
    ids = [new_id() for _ in names]
    for one, name in zip(ids, names, strict=True):
        desk.edit("customer.create", {"customer_id": one, "name": name, "phones": ["030 1234567"]})
    return ids


def test_two_who_merge_in_opposite_directions_keep_one_customer_and_all_that_is_theirs(desks: Pair) -> None:
    here, there = desks
    mira, twin = named(here, "Mira Holm", "Mira Lund")
    together(desks)
    visit = here.wire.booking(next_day(), customer_id=twin)["args"]
    here.edit("appointment.book", visit)
    here.edit("customer.merge", {"kept_id": mira, "merged_id": twin})
    there.edit("customer.merge", {"kept_id": twin, "merged_id": mira})
    # Entered at a desk at which this record is the one that is gone.
    there.edit("note.add", {"note_id": new_id(), "about": "customer", "subject_id": mira, "text": "Pram"})
    together(desks)
    together(desks)
    names = here.replica.database.rows("SELECT id, merged_into FROM customer WHERE id IN (?, ?)", (mira, twin))
    assert dict(names) == {mira: None, twin: mira}
    assert here.replica.database.rows("SELECT customer_id FROM appointment") == [(mira,)]
    assert here.replica.database.rows("SELECT subject_id FROM note") == [(mira,)]
    assert here.replica.database.rows("SELECT name FROM attention_item") == []


KEPT, MERGED = "customer.keep_apart", "customer.merge"


@pytest.mark.parametrize("first", [KEPT, MERGED])
def test_of_two_who_say_the_contrary_of_one_pair_the_second_is_asked(desks: Pair, first: str) -> None:
    here, there = desks
    mira, jon = named(here, "Mira Holm", "Jon Holm")
    together(desks)
    said = {KEPT: {"one_id": jon, "other_id": mira}, MERGED: {"kept_id": mira, "merged_id": jon}}
    second = KEPT if first == MERGED else MERGED
    here.edit(first, said[first])
    there.edit(second, said[second])
    together(desks)
    together(desks)
    assert there.replica.database.rows("SELECT name, code FROM attention_item") == [(second, "changed_meanwhile")]
    kept = there.replica.database.rows("SELECT one_id, other_id FROM kept_apart")
    assert kept == ([tuple(sorted((mira, jon)))] if first == KEPT else [])
    ((into,),) = there.replica.database.rows("SELECT merged_into FROM customer WHERE id = ?", (jon,))
    assert into == (mira if first == MERGED else None)


def test_two_who_keep_the_same_two_apart_say_one_thing(desks: Pair) -> None:
    here, there = desks
    mira, jon, son = named(here, "Mira Holm", "Jon Holm", "Jo Holm")
    together(desks)
    here.edit(KEPT, {"one_id": mira, "other_id": jon})
    there.edit(KEPT, {"one_id": jon, "other_id": mira})
    there.edit(KEPT, {"one_id": jon, "other_id": son})
    # Whoever merges one of them elsewhere meanwhile takes along what was found out about them.
    here.edit(MERGED, {"kept_id": mira, "merged_id": son})
    together(desks)
    together(desks)
    assert here.replica.database.rows("SELECT one_id, other_id FROM kept_apart") == [tuple(sorted((mira, jon)))]
    assert here.replica.database.rows("SELECT name FROM attention_item") == []


def test_of_one_slot_that_two_people_accepted_the_second_needs_attention(desks: Pair, shop: Shop) -> None:
    here, there = desks
    people = named(here, "Mira Holm", "Jon Berg")
    entries = [new_id(), new_id()]
    for entry, person in zip(entries, people, strict=True):
        wish = {"service_id": shop.cut, "notes": f"{person} can come at any time"}
        add = {"entry_id": entry, "customer_id": person, "location_id": shop.location, "wish": wish}
        here.edit("waitlist.add", add)
    together(desks)
    start = next_day()
    for desk, entry in zip(desks, entries, strict=True):
        slot = {"entry_id": entry, "start": instant_text(start), "resources": [shop.ana]}
        desk.edit("waitlist.offer", slot | {"until": instant_text(start - timedelta(hours=1))})
    together(desks)
    for desk, entry in zip(desks, entries, strict=True):
        segments = [{"service_id": shop.cut, "resources": [shop.ana]}]
        accept = {"entry_id": entry, "appointment_id": new_id(), "start": instant_text(start), "segments": segments}
        desk.edit("waitlist.accept", accept)
    together(desks)
    states = dict(here.replica.database.rows("SELECT id, state FROM waitlist_entry"))
    assert states == {entries[0]: "booked", entries[1]: "offered"}
    ((name, code, args),) = there.replica.database.rows("SELECT name, code, args FROM attention_item")
    assert (name, code) == ("waitlist.accept", "slot_taken")
    assert entries[1] in args


def test_of_two_who_have_moved_one_block_the_second_is_asked_and_both_books_are_one(desks: Pair, shop: Shop) -> None:
    here, there = desks
    block, at = new_id(), {hour: instant_text(next_day(hour)) for hour in (8, 9, 12, 13, 17, 18)}
    leave = {"resource_id": shop.ana, "start": at[12], "end": at[13], "reason": "Leave"}
    here.edit("block.put", {"block_id": block, **leave})
    together(desks)
    here.edit("block.put", {"block_id": block, **leave, "start": at[8], "end": at[9], "was": leave})
    there.edit("block.put", {"block_id": block, **leave, "start": at[17], "end": at[18], "was": leave})
    there.edit("block.put", {"block_id": new_id(), **leave, "start": at[12], "end": at[13]})
    together(desks)
    stands = "SELECT starts_at FROM time_block WHERE id = ?"
    assert here.replica.database.rows(stands, (block,)) == [(at[8],)]
    ((item, code),) = here.replica.database.rows("SELECT id, code FROM attention_item")
    assert code == "changed_meanwhile"
    here.edit("attention.resolve", {"item_id": item, "choice": "keep"})
    together(desks)
    for desk in desks:
        assert desk.replica.database.rows(stands, (block,)) == [(at[17],)]
    assert here.replica.database.rows("SELECT state FROM attention_item") == [("kept",)]
