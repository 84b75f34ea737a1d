"""The engine over a real replica: whatever a call raises, what waits is sent, and nobody is asked in a circle."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from desktop.desk import Desk, _Store
from desktop.runtime.changes import Changes
from desktop.runtime.threads import StoreThread
from desktop.store.replica import Replica
from desktop.sync import engine as engine_module
from desktop.sync.engine import Engine
from desktop.sync.problems import Busy, ResetRequired, TooLarge
from desktop.sync.session import Session
from desktop.sync.status import Connection, SyncStatus
from desktop.sync.transport import Transport
from shared.errors import NotSignedIn, ProtocolMismatch, StorageFault, Unreachable
from shared.protocol.codec import arguments_of
from tests.support.authority import Admitted, Authority
from tests.support.replicas import filled
from tests.support.salon import Salon, made_id


class Odd(BaseException):
    """What no library should raise."""


class Rig:
    """An engine, its replica on a store thread, and the authority that it talks to."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        self.changes = Changes()
        self.thread = StoreThread()
        self.replica: Replica = self.thread.call(lambda: filled(path, Salon()))
        self.thread.call(lambda: self.replica.meta.set("cursor", "1"))
        self.authority = Authority()
        self.told: list[SyncStatus] = []
        self.engine = Engine(
            cast(Transport, self.authority),
            cast(Session, Admitted()),
            _Store(cast(Desk, self)),
            on_status=self.told.append,
            chance=chance,
        )

    def do(self, question: Callable[[Replica], Any]) -> Any:
        return self.thread.call(lambda: question(self.replica))

    def edit(self, name: str = "Nora") -> None:
        self.save({"customer_id": made_id(name), "name": name})
        self.engine.edited()

    def save(self, customer: dict[str, Any]) -> None:
        """Make an edit, without telling the engine."""
        args = arguments_of("customer.create", 1, customer)
        self.do(lambda replica: replica.edit("customer.create", args))

    def until(self, happened: Callable[[], bool], seconds: float = 15) -> None:
        end = time.monotonic() + seconds
        while not happened():
            assert time.monotonic() < end, (self.engine.status, self.authority.calls[-20:])
            time.sleep(0.005)

    def drained(self) -> None:
        self.until(lambda: self.do(lambda replica: replica.outbox.count()) == 0)
        self.until(lambda: self.engine.status.waiting == 0 and self.engine.status.connection is Connection.ONLINE)

    def fail(self, call: str, *errors: BaseException) -> None:
        """Raise each of these once, at this call."""
        left = list(errors)

        def fault(made: str) -> None:
            if made == call and left:
                raise left.pop(0)

        self.authority.fault = fault


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    # Long waits are a matter of numbers; the tests want to see what follows them.
    monkeypatch.setattr(engine_module, "_LONGEST_WAIT", 0.3)
    monkeypatch.setattr(engine_module, "_SHORT_WAIT", 0.3)
    made = Rig(tmp_path / "book.db", random.Random(1))
    yield made
    made.engine.stop()
    made.thread.call(made.replica.close)
    made.thread.stop()


FAULTS = [
    Unreachable("gone"), Busy("later", 0.1), TooLarge("large"), ResetRequired("reset"), ProtocolMismatch("old"),
    StorageFault("full"), NotSignedIn("reauth"), NotSignedIn("revoked"), ValueError("odd"), RecursionError(),
    Odd("odder"), SystemExit(), KeyboardInterrupt(), MemoryError(),
]  # fmt: skip


@pytest.mark.parametrize("call", ["register", "push", "pushed", "pull"])
@pytest.mark.parametrize("error", FAULTS, ids=repr)
def test_drains_by_itself_after_any_failure(rig: Rig, call: str, error: BaseException) -> None:
    """P6 and P7: one failure of any type, no further edit, and the queue empties without anyone's help."""
    rig.fail(call, error)
    rig.edit()
    rig.engine.start()
    rig.drained()
    assert made_id("Nora") in {row_id for _, row_id in rig.authority.rows()}


def test_a_status_line_that_fails_holds_up_nothing(rig: Rig) -> None:
    rig.engine._on_status = lambda status: cast(None, 1 / 0)
    rig.engine.start()
    rig.edit()
    rig.until(lambda: rig.do(lambda replica: replica.outbox.count()) == 0)


def test_offline_says_since_when_and_comes_back(rig: Rig) -> None:
    rig.fail("register", *[Unreachable("gone")] * 3)
    rig.edit()
    rig.engine.start()
    rig.drained()
    offline = [status for status in rig.told if status.connection is Connection.OFFLINE]
    assert offline
    assert {status.offline_since for status in offline} == {offline[0].offline_since}
    assert offline[0].offline_since is not None
    assert offline[0].waiting == 1
    assert rig.engine.status.offline_since is None


@pytest.mark.parametrize(
    "error", [ResetRequired("reset"), TooLarge("large"), ProtocolMismatch("old"), NotSignedIn("reauth"), OSError()]
)
def test_a_refusal_that_stays_is_not_asked_for_in_a_circle(rig: Rig, error: BaseException) -> None:
    """P18: a reply that says `reset` for ever ends in waiting, with a bounded number of requests."""
    rig.fail("pull", *[error] * 10_000)
    rig.engine.start()
    time.sleep(1.5)
    assert 1 < rig.authority.calls.count("pull") < 30
    assert rig.engine.status.connection is not Connection.ONLINE


def test_a_server_that_acknowledges_nothing_is_not_pushed_to_in_a_circle(rig: Rig) -> None:
    decided = rig.authority.lines

    def forgetful(replica: str, cursor: str | None) -> list[dict[str, Any]]:
        lines = decided(replica, cursor)
        return [*lines[:-1], lines[-1] | {"last_seq": 0, "outcomes": []}]

    rig.authority.lines = forgetful  # type: ignore[method-assign]
    rig.edit()
    rig.engine.start()
    time.sleep(1.0)
    assert 1 <= rig.authority.calls.count("push") < 20
    assert rig.do(lambda replica: replica.outbox.count()) == 1


def test_streams_that_say_nothing_give_way_to_long_polls(rig: Rig) -> None:
    """P17: a proxy that swallows the stream."""

    @contextmanager
    def swallowed(token: str) -> Iterator[Iterator[Mapping[str, Any]]]:
        rig.authority.calls.append("live")
        yield iter(())

    rig.authority.live = swallowed  # type: ignore[assignment, method-assign]
    rig.engine.start()
    rig.until(lambda: "long_poll" in rig.authority.calls)
    assert rig.authority.calls.count("live") == 2


def test_a_large_queue_goes_in_batches_in_order(rig: Rig) -> None:
    for number in range(620):
        rig.save({"customer_id": made_id(str(number)), "name": "n", "notes": "x" * 4000})
    rig.engine.start()
    rig.drained()
    # 500 at most, and one MiB at most: some 250 edits of this size.
    assert 3 <= rig.authority.calls.count("push") <= 5


def test_a_reset_keeps_what_waits(rig: Rig) -> None:
    rig.authority.history[1] = {}
    rig.fail("pull", ResetRequired("reset"))
    rig.edit("kept")
    rig.engine.start()
    rig.drained()
    assert rig.do(lambda replica: replica.meta.get("cursor")) == str(rig.authority.version)


def test_a_replica_that_was_copied_goes_on_under_another_name(rig: Rig) -> None:
    """P28: the server has this number for another edit; both are kept."""
    first = rig.do(lambda replica: replica.identity().replica)
    rig.authority.decided[first] = {1: {"seq": 1, "outcome": "applied", "id": made_id("elsewhere")}}
    rig.fail("register", Unreachable("gone"))
    rig.edit("mine")
    rig.engine.start()
    rig.drained()
    assert rig.do(lambda replica: replica.identity().replica) != first
    assert made_id("mine") in {row_id for _, row_id in rig.authority.rows()}
    assert "" not in {one["id"] for one in rig.authority.decided[first].values()}


def test_a_server_with_a_new_history_gets_back_what_it_lost(rig: Rig) -> None:
    """P29: put back from a backup that is older than what this desk had sent."""
    rig.engine.start()
    rig.edit("lost")
    rig.drained()
    rig.engine.stop()
    fresh = Authority()
    fresh.epoch = "two"
    rig.authority = fresh
    rig.engine = Engine(
        cast(Transport, fresh), cast(Session, Admitted()), _Store(cast(Desk, rig)), chance=random.Random(2)
    )
    rig.edit("later")
    rig.engine.start()
    rig.drained()
    assert {made_id("lost"), made_id("later")} <= {row_id for _, row_id in fresh.rows()}
