"""A replica put back from a copy, or a server put back: nothing is dropped, nothing is done twice (P28, P29)."""

import shutil
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from desktop.operations import customers
from desktop.store.database import Database
from desktop.store.fork import ReplicaForked, ServerPutBack, begin_again
from desktop.store.replica import Replica
from desktop.store.schema import REPLICA_VERSION
from shared import clock
from shared.clock import instant_text
from shared.model.customer import Customer
from shared.protocol.codec import arguments_of
from tests.support.replicas import FIRST_TABLES, KEY, contents, filled, loaded_afresh, patch, tail
from tests.support.salon import MIRA, NOW, Salon, made_id

pytestmark = pytest.mark.usefixtures("a_day_before")


def add(replica: Replica, name: str) -> str:
    args = arguments_of("customer.create", 1, {"customer_id": made_id(name), "name": name})
    return replica.edit("customer.create", args).mutation_id


def queue(replica: Replica) -> list[tuple[Any, ...]]:
    return replica.database.rows("SELECT seq, id, lease, author FROM outbox ORDER BY seq")


def registered(last_seq: int = 0) -> dict[str, Any]:
    return {"epoch": "two", "view": "v", "lease": "new", "server_time": instant_text(NOW), "last_seq": last_seq}


def test_a_copy_that_is_put_back_does_not_take_others_numbers_for_its_own(tmp_path: Path) -> None:
    """An edit of the restored file has a number that the server knows for another: no patch may drop it."""
    first = filled(tmp_path / "book.db", Salon())
    first.close()
    shutil.copy(tmp_path / "book.db", tmp_path / "copy.db")
    restored = Replica(tmp_path / "copy.db", KEY)
    add(restored, "only here")
    before = contents(restored)
    with pytest.raises(ReplicaForked):
        restored.apply_lines(patch(7, last_seq=5))
    with pytest.raises(ReplicaForked):
        restored.registered(registered(last_seq=5))
    assert (contents(restored), restored.outbox.count()) == (before, 1)
    restored.close()


@pytest.mark.parametrize("decided", [{}, {1: "another edit"}])
def test_the_word_about_another_copys_edit_is_not_taken_for_ones_own(replica: Replica, decided: dict[int, str]) -> None:
    """Two copies count on from one number; what one has pushed acknowledges nothing that waits in the other."""
    add(replica, "only here")
    before = contents(replica)
    with pytest.raises(ReplicaForked):
        replica.apply_lines(iter([{"kind": "head", "counts": {}}, tail(2, 1, decided)]))
    assert (contents(replica), replica.outbox.count()) == (before, 1)


def test_what_waits_waits_under_the_new_name_with_the_same_ids(replica: Replica) -> None:
    replica.apply_lines(patch(2))
    add(replica, "sent")
    replica.apply_lines(patch(3, *Salon().tx.all(Customer), last_seq=1, of=replica))
    first, second = add(replica, "first"), add(replica, "second")
    begin_again(replica.database, made_id("another"), offer_sent=False)
    author = made_id("session")
    assert queue(replica) == [(1, first, "", author), (2, second, "", author)]
    assert replica.identity().replica == made_id("another")
    third = add(replica, "third")
    replica.registered(registered())
    assert queue(replica) == [(seq, one, "new", author) for seq, one in enumerate((first, second, third), start=1)]
    assert replica.meta.get("cursor") is None
    assert replica.is_usable


def test_what_stands_on_the_screen_stays_there(replica: Replica) -> None:
    add(replica, "first")
    before = contents(replica)
    begin_again(replica.database, made_id("another"), offer_sent=False)
    assert contents(replica) == before
    replica.registered(registered())
    loaded_afresh(replica, *Salon().tx.rows.values())
    assert contents(replica) == before


def test_a_server_that_lost_what_was_sent_is_offered_it_again_first(replica: Replica) -> None:
    sent = add(replica, "sent")
    replica.apply_lines(patch(2, *Salon().tx.all(Customer), last_seq=1, of=replica))
    waiting = add(replica, "waiting")
    begin_again(replica.database, made_id("another"), offer_sent=True)
    replica.registered(registered())
    assert [(seq, one) for seq, one, _, _ in queue(replica)] == [(1, sent), (2, waiting)]
    loaded_afresh(replica, *Salon().tx.rows.values(), version=1)
    names = {row[0] for row in replica.database.rows("SELECT name FROM customer")}
    assert {"sent", "waiting"} <= names
    replica.apply_lines(patch(2, last_seq=2, of=replica))
    assert replica.outbox.count() == 0


def test_what_is_offered_again_is_as_it_was_made(replica: Replica) -> None:
    """With its author, its time and its version: somebody else may be at the desk by then."""
    sent = add(replica, "sent")
    made = replica.database.rows("SELECT author, user_id, lease, elapsed, at FROM outbox")
    outcome = {"seq": 1, "id": sent, "outcome": "applied", "version": 7}
    lines = [{"kind": "head", "counts": {}}, {**tail(9, last_seq=1), "outcomes": [outcome]}]
    replica.apply_lines(iter(lines))
    replica.identify(replace(replica.identity(), session=made_id("another session"), user_id=made_id("another")))
    begin_again(replica.database, made_id("another name"), offer_sent=True)
    assert replica.database.rows("SELECT author, user_id, lease, elapsed, at FROM outbox") == made
    assert [(one["id"], one["was_version"]) for one in replica.unsent(10)] == [(sent, 7)]
    assert replica.database.rows("SELECT * FROM sent") == []


@pytest.mark.parametrize(("outcome", "code"), [("rejected", "slot_taken"), ("quarantined", None)])
def test_what_had_come_to_nothing_is_handed_in_as_that(replica: Replica, outcome: str, code: str | None) -> None:
    """Nor does it come to anything here, before the server has its word of it."""
    sent = add(replica, "sent")
    ended = {"seq": 1, "id": sent, "outcome": outcome, "version": 7} | ({"code": code} if code else {})
    replica.apply_lines(iter([{"kind": "head", "counts": {}}, {**tail(9, last_seq=1), "outcomes": [ended]}]))
    for name in ("second name", "third name"):
        # It is told once more under each name, with the ending that it had, until the server acknowledges it.
        begin_again(replica.database, made_id(name), offer_sent=True)
        (told,) = replica.unsent(10)
        assert (told["was_version"], told["was_outcome"], told.get("was_code")) == (7, outcome, code)
        assert told["made_by"] == replica.identity().user_id
        replica.registered(registered())
        loaded_afresh(replica, *Salon().tx.rows.values(), version=1)
        assert ("sent",) not in replica.database.rows("SELECT name FROM customer")
        assert list(replica.outbox.refused()) == []
    replica.apply_lines(patch(9, last_seq=1, of=replica))
    assert replica.outbox.count() == 0


def test_what_the_server_may_know_by_a_former_name_is_taken_back(replica: Replica) -> None:
    """It changes nothing in the book that comes, because its own doing stands there: it has not come to nothing."""

    def mira() -> Customer:
        found = replica.tx().find(Customer, MIRA.id)
        assert found is not None
        return found

    replica.edit("customer.update", customers.update(mira(), {"name": "Other"}).args)
    begin_again(replica.database, made_id("another"), offer_sent=False)
    replica.registered(registered())
    there = [mira() if row.id == MIRA.id else row for row in Salon().tx.rows.values()]
    loaded_afresh(replica, *there, version=1)
    assert replica.undo() is not None
    assert mira().name == MIRA.name
    replica.apply_lines(patch(2, of=replica))
    assert mira().name == MIRA.name


def test_what_is_new_says_nothing_of_another_history(replica: Replica) -> None:
    add(replica, "new")
    (told,) = replica.unsent(10)
    assert told.keys() == {"seq", "id", "name", "v", "args", "author", "lease", "elapsed"}


def test_a_server_clock_that_leaps_ahead_once_empties_nothing(replica: Replica) -> None:
    sent = add(replica, "sent")
    outcome = {"seq": 1, "id": sent, "outcome": "applied", "version": 2}
    in_time = {**tail(2, last_seq=1), "server_time": instant_text(clock.now()), "outcomes": [outcome]}
    leapt = {**tail(3, last_seq=1), "server_time": instant_text(clock.now() + timedelta(days=300))}
    for told in (in_time, leapt):
        replica.apply_lines(iter([{"kind": "head", "counts": {}}, told]))
    begin_again(replica.database, made_id("another name"), offer_sent=True)
    assert [one["id"] for one in replica.unsent(10)] == [sent]


def test_what_was_sent_before_a_fork_is_still_offered_to_a_server_that_is_put_back(replica: Replica) -> None:
    sent = add(replica, "sent")
    replica.apply_lines(patch(2, *Salon().tx.all(Customer), last_seq=1, of=replica))
    begin_again(replica.database, made_id("second name"), offer_sent=False)
    replica.registered(registered())
    later = add(replica, "later")
    replica.apply_lines(patch(3, *Salon().tx.all(Customer), last_seq=1, of=replica))
    begin_again(replica.database, made_id("third name"), offer_sent=True)
    assert [one for _, one, _, _ in queue(replica)] == [sent, later]


def test_a_fork_that_offers_nothing_remembers_the_history_that_it_knows(replica: Replica) -> None:
    """The server may be put back before it registers: without the epoch nobody would notice."""
    replica.registered({**registered(), "epoch": "one"})
    begin_again(replica.database, made_id("second name"), offer_sent=False)
    assert replica.meta.get("epoch") == "one"
    begin_again(replica.database, made_id("third name"), offer_sent=True)
    assert replica.meta.get("epoch") is None


def test_a_server_that_has_less_than_it_has_acknowledged_was_put_back(replica: Replica) -> None:
    """Its version may have come further again meanwhile: others have gone on writing."""
    add(replica, "kept")
    lost = add(replica, "lost")
    replica.apply_lines(patch(2, last_seq=2, of=replica))
    waiting = add(replica, "waiting")
    with pytest.raises(ServerPutBack):
        replica.registered(registered(last_seq=1))
    with pytest.raises(ServerPutBack):
        loaded_afresh(replica, *Salon().tx.rows.values(), version=9, last_seq=1)
    replica.registered(registered(last_seq=2))
    begin_again(replica.database, made_id("another"), offer_sent=True)
    assert [one for _, one, _, _ in queue(replica)][1:] == [lost, waiting]
    replica.registered(registered())


def test_a_book_whose_edits_wait_elsewhere_from_now_on_is_not_taken_for_one_of_a_server_put_back(
    replica: Replica,
) -> None:
    """Numbers are missing in it that the server never gets under its name: before others that wait, or after them."""
    add(replica, "kept")
    replica.apply_lines(patch(2, last_seq=1, of=replica))
    add(replica, "mine")
    others = add(replica, "another's")
    replica.give_away(replica.outbox.first(1))
    assert replica.identity().replica != made_id("replica")
    replica.registered(registered())
    assert [(seq, one) for seq, one, _, _ in queue(replica)] == [(1, others)]
    assert replica.is_usable


def test_an_older_book_of_the_server_is_not_adopted(replica: Replica) -> None:
    """P29: neither under another epoch nor under the same one, as a difference or as everything."""
    replica.registered({**registered(), "epoch": "one"})
    replica.apply_lines(patch(9))
    add(replica, "waiting")
    before = contents(replica)
    other = {"kind": "head", "epoch": "two", "view": "v", "counts": {}}
    with pytest.raises(ServerPutBack):
        replica.apply_lines(patch(8))
    with pytest.raises(ServerPutBack):
        replica.apply_lines(iter([other, tail(10)]))
    with pytest.raises(ServerPutBack):
        loaded_afresh(replica, *Salon().tx.rows.values(), version=8)
    with closing(replica.load()) as load, pytest.raises(ServerPutBack):
        load.take(iter([other, tail(10)]), progress=lambda done, total: None)
    assert (contents(replica), replica.outbox.count(), replica.meta.get("version")) == (before, 1, "9")


def test_a_replica_keeps_its_later_name_when_somebody_signs_in(replica: Replica) -> None:
    first = replica.identity()
    begin_again(replica.database, made_id("another"), offer_sent=False)
    replica.identify(first)
    assert replica.identity().replica == made_id("another")


def test_a_file_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    """Nothing that was sent or waits is lost by it, and a broken-off upgrade leaves the file as it was."""
    made = filled(tmp_path / "book.db", Salon())
    made.close()
    old = Database(tmp_path / "book.db", KEY)
    for statement in FIRST_VERSION:
        old.run(statement)
    old.close()
    replica = Replica(tmp_path / "book.db", KEY)
    assert [(one["seq"], one["id"]) for one in replica.unsent(10)] == [(2, made_id("waiting"))]
    begin_again(replica.database, made_id("another"), offer_sent=True)
    assert [(one["id"], one.get("was_version")) for one in replica.unsent(10)] == [
        (made_id("sent"), 5),
        (made_id("waiting"), None),
    ]
    author = made_id("session")
    assert [one for _, _, _, one in queue(replica)] == [author, author]
    assert replica.meta.get("replica_version") == str(REPLICA_VERSION)
    replica.close()


FIRST_VERSION = (
    *FIRST_TABLES,
    f"""INSERT INTO sent VALUES (1, '{made_id("sent")}', 'customer.create', 1,
        '{{"customer_id":"{made_id("sent")}","name":"sent"}}', 'applied', 5, '2026-05-04T08:00:00Z')""",
    f"""INSERT INTO outbox VALUES (2, '{made_id("waiting")}', 'customer.create', 1,
        '{{"customer_id":"{made_id("waiting")}","name":"waiting"}}', '{made_id("session")}', '', 'lease', 3,
        '2026-05-04T08:00:00Z', '', '', NULL, NULL)""",
    "UPDATE meta SET value = '3' WHERE name = 'next_seq'",
)
"""What the first version of the app had made beside the book, with an edit that was sent and one that waits."""
