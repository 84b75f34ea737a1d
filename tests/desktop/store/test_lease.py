"""How long a desk goes on without its server, however its clocks are set."""

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from desktop.store import lease as leases
from desktop.store.lease import Lease
from desktop.store.replica import Replica
from shared import clock
from shared.clock import instant_text
from shared.errors import Code, Refusal
from shared.ids import new_id
from shared.protocol.codec import arguments_of
from shared.rules.offline_lease import USUAL
from tests.desktop.store.test_edit_time import Clocks
from tests.support.replicas import KEY, filled
from tests.support.salon import NOW, Salon

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Machine(Clocks):
    """A computer: real time passes, its wall clock is set at will, its own clock begins at 0 where it starts."""

    def __init__(self) -> None:
        super().__init__()
        self.real = NOW

    def go_on(self, by: timedelta) -> None:
        self.real += by
        self.pass_by(by.total_seconds())

    def set_wall(self, by: timedelta) -> None:
        self.wall += by

    def boot(self, off: timedelta) -> None:
        """Off for so long, then on again."""
        self.real += off
        self.wall += off
        self.steady = 0.0


@pytest.fixture
def machine() -> Iterator[Machine]:
    made = Machine()
    with clock.using(made):
        yield made


@pytest.fixture
def replica(machine: Machine, tmp_path: Path) -> Replica:
    made = filled(tmp_path / "book.db", Salon())
    answer(made, machine)
    return made


def answer(replica: Replica, machine: Machine, length: timedelta | None = USUAL) -> None:
    """The server answers, whose clock is right."""
    said = {} if length is None else {"offline_lease": int(length.total_seconds())}
    replica.registered(
        {"epoch": "one", "view": "v", "lease": "l", "server_time": instant_text(machine.real), "last_seq": 0} | said
    )


def restarted(replica: Replica, monkeypatch: pytest.MonkeyPatch) -> Replica:
    """The replica as another run of the program opens it."""
    path = replica._path
    replica.close()
    monkeypatch.setattr(leases, "_RUN", new_id())
    return Replica(path, KEY)


def edit(replica: Replica) -> None:
    replica.edit("customer.create", arguments_of("customer.create", 1, {"customer_id": new_id(), "name": "n"}))


def is_taken(replica: Replica) -> bool:
    """Whether an edit is taken now."""
    try:
        edit(replica)
    except Refusal as refusal:
        return refusal.code is not Code.LEASE_OVER
    return True


def passed(lease: Lease) -> timedelta:
    return lease.now - lease.confirmed


def test_it_is_told_from_half_on_and_over_at_its_end(replica: Replica, machine: Machine) -> None:
    machine.go_on(3.5 * DAY - HOUR)
    assert not replica.lease().is_told
    machine.go_on(HOUR)
    assert replica.lease().is_told
    machine.go_on(3.5 * DAY - HOUR)
    assert not replica.lease().is_over
    edit(replica)
    machine.go_on(HOUR)
    assert replica.lease().is_over


def test_past_it_no_edit_is_taken_and_what_waits_is_kept(replica: Replica, machine: Machine) -> None:
    edit(replica)
    machine.go_on(8 * DAY)
    with pytest.raises(Refusal) as refused:
        edit(replica)
    assert (refused.value.code, refused.value.details) == (Code.LEASE_OVER, {"since": instant_text(NOW)})
    with pytest.raises(Refusal):
        replica.undo()
    assert replica.outbox.count() == 1
    answer(replica, machine)
    edit(replica)
    assert replica.outbox.count() == 2


def test_the_server_says_how_long_it_is(replica: Replica, machine: Machine) -> None:
    answer(replica, machine, HOUR)
    machine.go_on(HOUR)
    assert replica.lease().is_over
    answer(replica, machine, None)
    assert replica.lease().length == HOUR
    for odd, taken in ((timedelta(0), HOUR), (90 * DAY, 30 * DAY)):
        answer(replica, machine, odd)
        assert replica.lease().length == taken


def test_a_clock_set_back_changes_nothing(
    replica: Replica, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    machine.go_on(6 * DAY)
    machine.set_wall(-30 * DAY)
    assert passed(replica.lease()) == 6 * DAY
    edit(replica)
    again = restarted(replica, monkeypatch)
    machine.go_on(DAY)
    assert again.lease().is_over


def test_a_clock_set_forward_counts_and_is_said_until_the_server_answers(replica: Replica, machine: Machine) -> None:
    machine.set_wall(9 * DAY)
    found = replica.lease()
    assert (found.is_over, found.set_forward) == (True, 9 * DAY)
    with pytest.raises(Refusal):
        edit(replica)
    machine.set_wall(-9 * DAY)
    assert replica.lease().is_over
    assert replica.lease().set_forward == 9 * DAY
    answer(replica, machine)
    found = replica.lease()
    assert (passed(found), found.set_forward) == (timedelta(0), timedelta(0))
    edit(replica)


def test_a_clock_that_is_wrong_all_the_time_is_no_time_that_has_passed(replica: Replica, machine: Machine) -> None:
    machine.set_wall(300 * DAY)
    answer(replica, machine)
    machine.go_on(DAY)
    found = replica.lease()
    assert (passed(found), found.set_forward) == (DAY, timedelta(0))
    assert found.now == machine.real


def test_a_server_whose_clock_is_put_back_takes_nothing_back(replica: Replica, machine: Machine) -> None:
    machine.go_on(DAY)
    answer(replica, machine)
    machine.real -= 5 * DAY
    answer(replica, machine)
    assert passed(replica.lease()) == timedelta(0)
    machine.go_on(8 * DAY)
    assert replica.lease().is_over


def test_each_person_has_their_own(replica: Replica, machine: Machine) -> None:
    mine = replica.identity()
    machine.go_on(6 * DAY)
    replica.meta.set("user_id", new_id())
    answer(replica, machine)
    machine.go_on(2 * DAY)
    assert not replica.lease().is_over
    replica.meta.set("user_id", mine.user_id)
    assert replica.lease().is_over


def test_a_book_from_before_leases_begins_with_the_last_time_that_the_server_gave(
    replica: Replica, machine: Machine
) -> None:
    for name in ("clock_seen", "clock_skew", "clock_told", f"confirmed:{replica.identity().user_id}", "lease_length"):
        replica.meta.delete(name)
    machine.go_on(6 * DAY)
    assert passed(replica.lease()) == 6 * DAY
    machine.go_on(DAY)
    assert replica.lease().is_over


@pytest.mark.parametrize("seed", range(40))
def test_whatever_the_clocks_do_it_never_goes_back_and_never_falls_short_of_what_the_machine_counted(
    seed: int, replica: Replica, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for every order of passing time, clocks set to and fro, restarts, and starts of the machine."""
    dice = random.Random(seed)
    last, counted = replica.lease().now, timedelta(0)
    for _ in range(60):
        what = dice.choice(("pass", "pass", "pass", "set", "restart", "boot", "answer", "edit"))
        by = timedelta(minutes=dice.randrange(1, 600))
        if what == "pass":
            machine.go_on(by)
            counted += by
        elif what == "set":
            machine.set_wall(by * dice.choice((-40, -1, 1, 40)))
        elif what == "restart":
            replica.meta.tick()
            replica = restarted(replica, monkeypatch)
        elif what == "boot":
            replica.meta.tick()
            machine.boot(by)
            replica = restarted(replica, monkeypatch)
        elif what == "answer":
            answer(replica, machine)
            last, counted = replica.lease().now, timedelta(0)
            assert passed(replica.lease()) == timedelta(0), seed
        else:
            over = replica.lease().is_over
            assert is_taken(replica) is not over, seed
        found = replica.lease()
        assert found.now >= last, seed
        assert passed(found) >= counted - timedelta(seconds=60), seed
        assert found.is_over or passed(found) < USUAL, seed
        last = found.now
