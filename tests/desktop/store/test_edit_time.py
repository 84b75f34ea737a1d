"""When an edit was made: the server's lease and what has passed since, over sleep, restarts and wrong clocks."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from desktop.store import meta
from desktop.store.replica import Replica
from shared import clock
from shared.clock import instant_text
from shared.ids import new_id
from shared.protocol.codec import arguments_of
from shared.protocol.messages import MAX_ELAPSED
from tests.support.replicas import KEY, filled, tail
from tests.support.salon import NOW, Salon

DAY = 24 * 3600.0


class Clocks:
    """A wall clock and a monotonic one, each moved by hand."""

    def __init__(self) -> None:
        self.wall, self.steady = NOW, 1000.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.steady

    def pass_by(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.steady += seconds


@pytest.fixture
def clocks() -> Iterator[Clocks]:
    made = Clocks()
    with clock.using(made):
        yield made


@pytest.fixture
def replica(clocks: Clocks, tmp_path: Path) -> Replica:
    made = filled(tmp_path / "book.db", Salon())
    made.registered({"epoch": "one", "view": "v", "lease": "lease-1", "server_time": instant_text(NOW), "last_seq": 0})
    return made


def elapsed_of(replica: Replica) -> int:
    """The elapsed seconds that the next edit says."""
    args = arguments_of("customer.create", 1, {"customer_id": new_id(), "name": "n"})
    replica.edit("customer.create", args)
    last = replica.outbox.all()[-1]
    assert last.lease == "lease-1"
    assert last.at == NOW + timedelta(seconds=last.elapsed)
    return last.elapsed


def reopened(replica: Replica, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Replica:
    """The replica as another run of the program opens it."""
    replica.close()
    monkeypatch.setattr(meta, "_RUN", new_id())
    return Replica(tmp_path / "book.db", KEY)


def test_counts_what_has_passed_since_the_lease(replica: Replica, clocks: Clocks) -> None:
    clocks.pass_by(90)
    assert elapsed_of(replica) == 90
    clocks.pass_by(10)
    assert elapsed_of(replica) == 100


def test_a_wall_clock_that_is_set_changes_nothing(replica: Replica, clocks: Clocks) -> None:
    """P31: an hour or a day, to and fro."""
    for step in (3600.0, -3600.0, DAY, -2 * DAY):
        clocks.wall += timedelta(seconds=step)
        clocks.steady += 5
        elapsed_of(replica)
    assert elapsed_of(replica) == 20


def test_a_night_switched_off_counts(
    replica: Replica, clocks: Clocks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The monotonic clock begins anew, higher than before or lower: the wall clock's step is what there is."""
    clocks.pass_by(60)
    assert elapsed_of(replica) == 60
    for steady in (1500.0, 3.0):
        replica = reopened(replica, tmp_path, monkeypatch)
        clocks.wall += timedelta(days=1)
        clocks.steady = steady
        elapsed_of(replica)
    assert elapsed_of(replica) == 60 + 2 * DAY


def test_a_clock_that_went_back_while_switched_off_counts_as_no_time(
    replica: Replica, clocks: Clocks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clocks.pass_by(60)
    assert elapsed_of(replica) == 60
    replica = reopened(replica, tmp_path, monkeypatch)
    clocks.wall -= timedelta(days=900)
    clocks.steady = 3.0
    assert elapsed_of(replica) == 60


def test_more_than_the_protocol_takes_is_cut_to_it(replica: Replica, clocks: Clocks) -> None:
    clocks.pass_by(500 * DAY)
    # Edits of an hour ago are let through: what they say is another question than whether they are taken.
    replica.meta.confirm(clocks.wall, None)
    assert elapsed_of(replica) == MAX_ELAPSED
    clocks.pass_by(DAY)
    assert elapsed_of(replica) == MAX_ELAPSED


def test_asking_the_time_writes_nothing(replica: Replica, clocks: Clocks) -> None:
    clocks.pass_by(60)
    before = replica.database.rows("SELECT * FROM meta ORDER BY name")
    assert replica.now() == NOW + timedelta(seconds=60)
    assert replica.database.rows("SELECT * FROM meta ORDER BY name") == before


def test_a_clock_set_wrong_ages_nothing_that_was_sent(replica: Replica, clocks: Clocks) -> None:
    """A server that is put back asks for what it had decided of this desk: the server's own time says how old it is."""

    def told(version: int, at: datetime) -> int:
        last = {**tail(version, 1, dict(replica.outbox.numbers(1))), "server_time": instant_text(at)}
        replica.apply_lines(iter([{"kind": "head", "counts": {}}, last]))
        return len(replica.database.rows("SELECT seq FROM sent"))

    elapsed_of(replica)
    assert told(2, NOW) == 1
    clocks.wall += timedelta(days=400)
    assert told(3, NOW + timedelta(hours=1)) == 1
    clocks.wall -= timedelta(days=800)
    assert told(4, NOW + timedelta(days=13)) == 1
    assert told(5, NOW + timedelta(days=15)) == 1
    # Both say so.
    clocks.wall += timedelta(days=415)
    assert told(6, NOW + timedelta(days=15)) == 0
