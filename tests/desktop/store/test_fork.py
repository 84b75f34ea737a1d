"""A replica put back from a copy, or a server put back: nothing is dropped, nothing is done twice (P28, P29)."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from desktop.store.fork import ReplicaForked, begin_again
from desktop.store.replica import Replica
from shared import clock
from shared.clock import instant_text
from shared.model.customer import Customer
from shared.protocol.codec import arguments_of
from tests.support.replicas import KEY, contents, filled, patch, tail
from tests.support.salon import NOW, TEN, Salon, made_id


class StoppedClock(clock.SystemClock):
    def now(self) -> datetime:
        return TEN - timedelta(days=1)


@pytest.fixture(autouse=True)
def _a_day_before() -> Iterator[None]:
    with clock.using(StoppedClock()):
        yield


@pytest.fixture
def replica(tmp_path: Path) -> Iterator[Replica]:
    made = filled(tmp_path / "book.db", Salon())
    yield made
    made.close()


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
        restored.apply_lines(patch(7, last_seq=5), reset=False)
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
        replica.apply_lines(iter([{"kind": "head", "counts": {}}, tail(2, 1, decided)]), reset=False)
    assert (contents(replica), replica.outbox.count()) == (before, 1)


def test_what_waits_waits_under_the_new_name_with_the_same_ids(replica: Replica) -> None:
    replica.apply_lines(patch(2), reset=False)
    add(replica, "sent")
    replica.apply_lines(patch(3, *Salon().tx.all(Customer), last_seq=1, of=replica), reset=False)
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
    replica.apply_lines(patch(9, *Salon().tx.rows.values()), reset=True)
    assert contents(replica) == before


def test_a_server_that_lost_what_was_sent_is_offered_it_again_first(replica: Replica) -> None:
    sent = add(replica, "sent")
    replica.apply_lines(patch(2, *Salon().tx.all(Customer), last_seq=1, of=replica), reset=False)
    waiting = add(replica, "waiting")
    begin_again(replica.database, made_id("another"), offer_sent=True)
    replica.registered(registered())
    assert [(seq, one) for seq, one, _, _ in queue(replica)] == [(1, sent), (2, waiting)]
    replica.apply_lines(patch(1, *Salon().tx.rows.values()), reset=True)
    names = {row[0] for row in replica.database.rows("SELECT name FROM customer")}
    assert {"sent", "waiting"} <= names
    replica.apply_lines(patch(2, last_seq=2, of=replica), reset=False)
    assert replica.outbox.count() == 0
