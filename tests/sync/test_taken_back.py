"""A slip that is taken back at once, away, where another desk meant what it did: two real replicas, a real server."""

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from desktop.store import finding
from shared.clock import instant_text
from shared.errors import Code
from shared.ids import new_id
from shared.model.appointment import Appointment, Status
from shared.model.base import OwnerId, SeriesId
from shared.model.customer import Customer
from shared.model.hours import HoursException, TimeBlock
from shared.model.registry import Entity
from shared.model.waitlist import WaitlistEntry, WaitlistState
from shared.mutations.attention import seen_of
from shared.mutations.block.reach import repeated_id
from shared.mutations.hours import exception_id
from tests.support.replica_desk import ReplicaDesk
from tests.sync.test_matrix import Case, Pair, Wish, begin
from tests.sync.test_matrix import pair as pair

Prepared = tuple[type[Entity], str, Wish]
"""Something that both desks know, and the edit that ends it."""


def cancelled(pair: Pair, case: Case) -> Prepared:
    return Appointment, case.visit, ("appointment.cancel", case.was)


def freed(pair: Pair, case: Case) -> Prepared:
    block = new_id()
    times = {"start": case.after(5), "end": case.after(6)}
    pair.a.edit("block.put", {"block_id": block, "resource_id": case.shop.ana, "reason": "Leave", **times})
    return TimeBlock, block, ("block.remove", {"block_id": block})


def withdrawn(pair: Pair, case: Case) -> Prepared:
    entry = new_id()
    where = {"customer_id": case.customer, "location_id": case.shop.location}
    pair.a.edit("waitlist.add", {"entry_id": entry, "wish": {"service_id": case.shop.cut}, **where})
    return WaitlistEntry, entry, ("waitlist.withdraw", {"entry_id": entry})


ENDED: dict[str, Callable[[Pair, Case], Prepared]] = {"cancelled": cancelled, "freed": freed, "withdrawn": withdrawn}


def prepared(pair: Pair, how: str) -> Prepared:
    made = ENDED[how](pair, begin(pair))
    pair.drain()
    assert not is_over(pair.b, made)
    return made


def is_over(desk: ReplicaDesk, made: Prepared) -> bool:
    """Whether it stands as ended in a desk's book."""
    kind, row_id, _ = made
    match desk.replica.tx().find(kind, row_id):
        case Appointment(status=status):
            return status is Status.CANCELLED
        case TimeBlock(archived=archived):
            return archived
        case WaitlistEntry(state=state):
            return state is WaitlistState.WITHDRAWN
    raise AssertionError(made)


@pytest.mark.parametrize("how", ENDED)
def test_what_another_desk_has_ended_stays_ended(pair: Pair, how: str) -> None:
    made = prepared(pair, how)
    _, row_id, edit = made
    pair.a.edit(*edit)
    pair.b.edit(*edit)
    turned = pair.b.replica.undo()
    assert turned is not None
    assert turned.refusals == ()
    assert not is_over(pair.b, made)
    pair.a.push()
    pair.b.pull()
    # Before its own two edits are sent, too.
    assert is_over(pair.b, made)
    pair.drain()
    pair.require_agreement()
    assert is_over(pair.a, made)
    assert not [one for one in pair.a.rows()["attention_item"].values() if row_id in str(one)]


@pytest.mark.parametrize("how", ENDED)
def test_what_was_so_already_is_not_offered_to_be_taken_back(pair: Pair, how: str) -> None:
    _, row_id, edit = prepared(pair, how)
    pair.a.edit(*edit)
    pair.b.edit(*edit)
    step = pair.b.replica.undo_stack().done()
    assert step is not None
    assert step.subject == row_id
    pair.drain()
    step = pair.b.replica.undo_stack().done()
    assert step is None or step.subject != row_id


@pytest.mark.parametrize("how", ENDED)
def test_an_undo_that_waits_when_its_edit_is_acknowledged_changes_nothing(pair: Pair, how: str) -> None:
    made = prepared(pair, how)
    edit = made[-1]
    pair.a.edit(*edit)
    pair.b.edit(*edit)
    under_way = [dict(one) for one in pair.b.replica.unsent(500)]
    pair.a.push()
    pair.b.wire.push(*under_way)
    assert pair.b.replica.undo() is not None
    pair.b.pull()
    assert is_over(pair.b, made)
    pair.drain()
    pair.require_agreement()
    assert is_over(pair.a, made)


@pytest.mark.parametrize("how", ENDED)
def test_what_was_ended_here_alone_comes_back_and_goes_again(pair: Pair, how: str) -> None:
    made = prepared(pair, how)
    pair.b.edit(*made[-1])
    pair.b.replica.undo()
    pair.drain()
    pair.require_agreement()
    assert not is_over(pair.a, made)
    pair.b.replica.redo()
    pair.drain()
    pair.require_agreement()
    assert is_over(pair.a, made)


def test_what_another_desk_has_corrected_since_is_not_what_is_taken_back(pair: Pair) -> None:
    case = begin(pair)
    pair.b.edit("customer.update", case.field("language", "", "de"))
    pair.drain()
    pair.a.edit("customer.update", case.field("language", "de", "fr"))
    assert pair.b.replica.undo() is not None
    pair.drain()
    pair.require_agreement()
    found = pair.a.replica.tx().find(Customer, case.customer)
    assert found is not None
    assert found.language == "fr"
    (item,) = [one for one in pair.a.rows()["attention_item"].values() if case.customer in one]
    assert "changed_meanwhile" in item


def test_what_another_desk_has_offered_since_is_not_taken_back(pair: Pair) -> None:
    case = begin(pair)
    entry = new_id()
    where = {"customer_id": case.customer, "location_id": case.shop.location}
    pair.a.edit("waitlist.add", {"entry_id": entry, "wish": {"service_id": case.shop.cut}, **where})
    pair.drain()
    slot = {"entry_id": entry, "resources": [case.shop.ana]}
    pair.a.edit("waitlist.offer", slot | {"start": case.after(5), "until": case.after(4)})
    pair.drain()
    # Away, one takes the offer back while the other has done so and offered another time.
    assert pair.a.replica.undo() is not None
    pair.b.edit("waitlist.put_back", {"entry_id": entry, "was": "offered", "state": "waiting"})
    pair.b.edit("waitlist.offer", slot | {"start": case.after(7), "until": case.after(6)})
    pair.b.push()
    pair.drain()
    pair.require_agreement()
    found = pair.a.replica.tx().find(WaitlistEntry, entry)
    assert found is not None
    assert found.offer is not None
    assert instant_text(found.offer.start) == case.after(7)


Corrected = tuple[tuple[Wish, ...], Wish, tuple[str, str]]
"""What one desk does, the last of which it takes back; what another makes of that; and the row that it is about."""


def preferred(case: Case) -> Corrected:
    def to(was: str | None, person: str) -> Wish:
        return "customer.update", case.field("preferred_id", was, person)

    return (to(None, case.shop.ana),), to(case.shop.ana, case.shop.ben), ("customer", case.customer)


def member(case: Case) -> Corrected:
    first, then, last = list(case.shop.users.values())[:3]

    def to(was: str | None, user: str) -> Wish:
        edits = [{"field": "member_id", "was": was, "value": user}]
        return "resource.update", {"resource_id": case.shop.ben, "edits": edits}

    return (to(None, first), to(first, then)), to(then, last), ("resource", case.shop.ben)


def terms(case: Case) -> Corrected:
    peel = new_id()

    def put(active: int) -> Wish:
        own = {"resource_id": case.shop.ben, "active": active}
        return "service.update", {"service_id": peel, "terms_put": [own]}

    made = ("service.create", {"service_id": peel, "name": "Peel", "active": 45})
    return (made, put(50), put(60)), put(70), ("service", peel)


def needs(case: Case) -> Corrected:
    peel = new_id()

    def put(count: int) -> Wish:
        lamps = {"kind": "EQUIPMENT", "pool": "Lamp", "count": count}
        return "service.update", {"service_id": peel, "needs_put": [lamps]}

    made = ("service.create", {"service_id": peel, "name": "Peel", "active": 45})
    return (made, put(1), put(2)), put(3), ("service", peel)


def wish(case: Case) -> Corrected:
    entry, base = new_id(), {"service_id": case.shop.cut}
    where = {"customer_id": case.customer, "location_id": case.shop.location}

    def change(was: str, words: str) -> Wish:
        return "waitlist.change", {"entry_id": entry, "was": base | {"notes": was}, "wish": base | {"notes": words}}

    added = ("waitlist.add", {"entry_id": entry, "wish": base, **where})
    theirs = change("Only mornings", "Only after her operation")
    return (added, change("", "Only mornings")), theirs, ("waitlist_entry", entry)


def closed(case: Case) -> Corrected:
    date = date_of(case)
    half = ("hours.except", date | {"opens": 540, "closes": 720, "reason": "Half day"})
    return (("hours.except", date | {"reason": "Closed"}),), half, ("hours_exception", date_id(case))


def opened(case: Case) -> Corrected:
    date = date_of(case)
    long, half = (date | {"opens": opens, "closes": opens + 180} for opens in (600, 540))
    mine = (("hours.except", long), ("hours.clear", date))
    return mine, ("hours.except", half), ("hours_exception", date_id(case))


def date_of(case: Case) -> dict[str, str]:
    return {"owner_id": case.shop.ben, "day": case.start.date().isoformat()}


def date_id(case: Case) -> str:
    return exception_id(OwnerId(case.shop.ben), case.start.date())


def leave(case: Case) -> dict[str, str]:
    return {"resource_id": case.shop.ben, "start": case.after(1), "end": case.after(2), "reason": "Leave"}


def blocked(case: Case) -> Corrected:
    block, seen = {"block_id": new_id()}, leave(case)
    moved = seen | {"start": case.after(3), "end": case.after(5), "reason": "Surgery", "was": seen}
    return (("block.put", block | seen),), ("block.put", block | moved), ("time_block", block["block_id"])


def explained(case: Case) -> Corrected:
    block, seen, training = {"block_id": new_id()}, leave(case), leave(case) | {"reason": "Training"}
    mine = (("block.put", block | seen), ("block.put", block | training | {"was": seen}))
    theirs = seen | {"reason": "Surgery", "was": training}
    return mine, ("block.put", block | theirs), ("time_block", block["block_id"])


def lunch(case: Case) -> Corrected:
    local = (case.start + timedelta(hours=3)).astimezone(ZoneInfo("Europe/Berlin")).replace(tzinfo=None)
    series, first = new_id(), local.isoformat()
    rule = {
        "series_id": series, "resource_id": case.shop.ben, "first": first, "minutes": 60,
        "rrule": "FREQ=DAILY;COUNT=1", "before": case.after(72), "reason": "Lunch",
    }  # fmt: skip
    block = repeated_id(SeriesId(series), f"{first}/0")
    seen = leave(case) | {"start": case.after(3), "end": case.after(4), "reason": "Lunch"}
    moved = seen | {"start": case.after(5), "end": case.after(6), "block_id": block, "origin": series, "was": seen}
    return (("block.repeat", rule),), ("block.put", moved), ("time_block", block)


TIMES = (closed, opened, blocked, explained, lunch)


@pytest.mark.parametrize("has_pulled", [False, True])
@pytest.mark.parametrize("corrected", [preferred, member, terms, needs, wish, *TIMES])
def test_what_another_desk_has_made_of_it_stands(
    pair: Pair, corrected: Callable[[Case], Corrected], *, has_pulled: bool
) -> None:
    mine, theirs, (table, row_id) = corrected(begin(pair))
    for edit in mine:
        pair.a.edit(*edit)
    pair.drain()
    pair.b.edit(*theirs)
    pair.b.push()
    pair.b.pull()
    made = pair.b.rows()[table][row_id]
    if has_pulled:
        pair.a.pull()
    turned = pair.a.replica.undo()
    assert turned is not None
    # What it knows of is refused at once; of the rest the server says so.
    assert {one.code for one in turned.refusals} == ({Code.CHANGED_MEANWHILE} if has_pulled else set())
    pair.drain()
    pair.require_agreement()
    assert pair.a.rows()[table][row_id] == made


@pytest.mark.parametrize("corrected", TIMES)
def test_who_has_seen_what_another_desk_has_made_of_it_can_still_take_it_back(
    pair: Pair, corrected: Callable[[Case], Corrected]
) -> None:
    mine, theirs, (table, row_id) = corrected(begin(pair))
    for edit in mine:
        pair.a.edit(*edit)
    pair.drain()
    pair.b.edit(*theirs)
    pair.b.push()
    known = {one.id for one in finding.open_items(pair.a.replica.database)}
    pair.a.replica.undo()
    pair.drain()
    made = pair.a.rows()[table][row_id]
    (item,) = (one for one in finding.open_items(pair.a.replica.database) if one.id not in known)
    assert item.code == Code.CHANGED_MEANWHILE
    pair.a.edit("attention.resolve", {"item_id": item.id, "choice": "keep", "seen": seen_of(pair.a.replica.tx(), item)})
    pair.drain()
    pair.require_agreement()
    assert pair.b.rows()[table].get(row_id) != made


@pytest.mark.parametrize("corrected", TIMES)
def test_what_nobody_else_has_touched_is_taken_back_and_done_again(
    pair: Pair, corrected: Callable[[Case], Corrected]
) -> None:
    (*before, last), _, (_, row_id) = corrected(begin(pair))
    for edit in before:
        pair.a.edit(*edit)
    first = standing(pair.a, row_id)
    pair.a.edit(*last)
    made = standing(pair.a, row_id)
    pair.drain()
    for turn, stands in ((pair.a.replica.undo, first), (pair.a.replica.redo, made), (pair.a.replica.undo, first)):
        turned = turn()
        assert turned is not None
        assert turned.refusals == ()
        pair.drain()
        pair.require_agreement()
        assert standing(pair.b, row_id) == stands


def standing(desk: ReplicaDesk, row_id: str) -> Entity | None:
    """The hours of a date, or the blocked time, where it holds."""
    tx = desk.replica.tx()
    found = tx.find(TimeBlock, row_id)
    return tx.find(HoursException, row_id) if found is None or found.archived else found


def test_what_was_freed_is_not_freed_again_where_another_desk_has_moved_it_in_between(pair: Pair) -> None:
    case = begin(pair)
    block, seen = {"block_id": new_id()}, leave(case)
    pair.a.edit("block.put", block | seen)
    pair.a.edit("block.remove", block)
    assert pair.a.replica.undo() is not None
    pair.drain()
    pair.b.edit("block.put", block | seen | {"start": case.after(4), "end": case.after(5), "was": seen})
    pair.b.push()
    pair.b.pull()
    made = pair.b.replica.tx().find(TimeBlock, block["block_id"])
    redone = pair.a.replica.redo()
    assert redone is not None
    assert redone.refusals == ()
    pair.drain()
    pair.require_agreement()
    assert made is not None
    assert pair.a.replica.tx().find(TimeBlock, block["block_id"]) == made


def test_nobody_names_more_than_twenty(pair: Pair) -> None:
    case = begin(pair)
    pair.a.edit("customer.update", case.field("alert", "", "Latex"))
    (sent,) = (dict(one) for one in pair.a.replica.unsent(500))
    assert pair.a.wire.try_push(sent | {"undoes": [new_id() for _ in range(21)]}).status_code == 422
    pair.drain()
    pair.require_agreement()
