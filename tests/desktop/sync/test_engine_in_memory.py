"""The engine over a real replica: whatever a call raises, what waits is sent, and nobody is asked in a circle."""

import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from desktop.runtime import threads
from desktop.store import fork, rebase
from desktop.store import replica as replica_module
from desktop.store.carrying import put_in_place
from desktop.store.damage import require_not_noted
from desktop.store.faults import SENTENCES, DamagedFile, FullDisk
from desktop.store.load import Load
from desktop.store.replica import Replica
from desktop.sync import batches as batches_module
from desktop.sync import engine as engine_module
from desktop.sync import exchange as exchange_module
from desktop.sync import replica_store
from desktop.sync.engine import DISK_FULL, OPEN_AGAIN, Engine
from desktop.sync.problems import (
    Busy,
    OlderServer,
    PutBack,
    ResetRequired,
    SignInRefused,
    Stopped,
    TimedOut,
    TooLarge,
    UpgradeRequired,
)
from desktop.sync.replica_store import ReplicaStore
from desktop.sync.secret_store import NoSecretStore
from desktop.sync.session import Session
from desktop.sync.status import Connection, Trouble
from desktop.sync.transport import Transport
from shared import clock
from shared.errors import NotSignedIn, ProtocolMismatch, StorageFault, Unreachable
from shared.model.customer import Customer
from shared.model.registry import ENTITIES
from tests.desktop.sync.rig import Rig
from tests.support.authority import Admitted, Authority
from tests.support.damaged import spoil
from tests.support.moving_clock import FrozenClock, MovingClock, moved
from tests.support.salon import MIRA, made_id

WAITS = {name: getattr(engine_module, name) for name in ("_LONGEST_WAIT", "_SHORT_WAIT")}
"""As they are outside of these tests."""


class Odd(BaseException):
    """What no library should raise."""


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


def test_back_off_is_a_minute_at_most_with_full_jitter(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each pause any part, and of the first ten minutes none that is longer than four seconds (0009)."""
    for name, seconds in WAITS.items():
        monkeypatch.setattr(engine_module, name, seconds)
    rig.fail("pull", *[Unreachable("gone")] * 10_000)
    with clock.using(moving := MovingClock()):
        soon = [rig.engine._once() for _ in range(100)]
        moving.offset = timedelta(minutes=11)
        late = [rig.engine._once() for _ in range(100)]
    assert soon[0] <= 2
    assert 3 < max(soon) <= 4
    assert 50 < max(late) <= 60
    # Desks that have lost the same server do not come back together.
    assert min(late) < 10
    assert len(set(late)) == len(late)


def test_a_desk_that_hears_nothing_asks_by_itself(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    assert engine_module.EVERY == 60
    monkeypatch.setattr(engine_module, "EVERY", 0.2)
    rig.hears_nothing()
    rig.engine.start()
    rig.drained()
    for _ in range(2):
        rig.others_write()
        rig.until(lambda: not rig.is_behind())


def test_a_machine_that_wakes_asks_at_once(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long before it would have asked if it had not slept."""
    monkeypatch.setattr(threads, "_PART", 0.05)
    rig.hears_nothing()
    with clock.using(moving := MovingClock()):
        rig.engine.start()
        rig.drained()
        rig.until(rig.rests)
        moving.offset = timedelta(hours=9)
        rig.until(lambda: not rig.is_behind())


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


def test_a_disk_that_is_full_just_when_a_forked_replica_begins_again_holds_it_up_for_a_while_only(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, full = fork.begin_again, [StorageFault("The disk is full.")]

    def begin_again(*given: Any, **named: Any) -> None:
        if full:
            raise full.pop()
        real(*given, **named)

    monkeypatch.setattr(replica_store, "begin_again", begin_again)
    forked = [Stopped("replica_forked", "Another copy has pushed something else under the same number.")] * 2
    rig.fail("push", *forked)
    rig.edit()
    rig.engine.start()
    rig.until(lambda: not full)
    rig.engine.sync_now()
    rig.drained()
    assert rig.do(lambda replica: replica.identity().replica) != made_id("replica")


def test_a_server_that_acknowledges_nothing_is_not_pushed_to_in_a_circle(rig: Rig) -> None:
    decided = rig.authority.lines

    def forgetful(replica: str, cursor: str) -> list[dict[str, Any]]:
        lines = decided(replica, cursor)
        return [*lines[:-1], lines[-1] | {"last_seq": 0, "outcomes": []}]

    rig.authority.lines = forgetful  # type: ignore[method-assign]
    rig.edit()
    rig.engine.start()
    time.sleep(1.0)
    assert 1 <= rig.authority.calls.count("push") < 20
    assert rig.do(lambda replica: replica.outbox.count()) == 1


def test_the_reply_to_another_push_is_none_to_this_one(rig: Rig) -> None:
    """P18: a proxy that keeps replies. What it answers was never sent: taken for sent, it would leave a gap."""
    push = rig.authority.push
    stale = {"version": 1, "outcomes": [{"seq": 1, "id": made_id("of another life"), "outcome": "applied"}]}
    sent: list[list[int]] = []

    def kept(token: str, batch: Mapping[str, Any]) -> dict[str, Any]:
        sent.append([one["seq"] for one in batch["mutations"]])
        if len(sent) == 1:
            rig.edit()
            return stale
        return push(token, batch)

    rig.authority.push = kept  # type: ignore[method-assign]
    rig.edit()
    rig.engine.start()
    rig.until(lambda: len(sent) > 1)
    rig.drained()
    assert sent == [[1], [1, 2]]


def test_streams_that_say_nothing_give_way_to_long_polls(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """P17: a proxy that swallows the stream; it is reported once."""

    @contextmanager
    def swallowed(token: str) -> Iterator[Iterator[Mapping[str, Any]]]:
        rig.authority.calls.append("live")
        yield iter(())

    rig.authority.live = swallowed  # type: ignore[assignment, method-assign]
    rig.engine.start()
    rig.until(lambda: "long_poll" in rig.authority.calls)
    assert rig.authority.calls.count("live") == 2
    rig.until(lambda: rig.authority.calls.count("long_poll") > 2)
    assert [one.message for one in caplog.records].count("live.streams_swallowed") == 1


def test_a_large_queue_goes_in_batches_in_order(rig: Rig) -> None:
    for number in range(620):
        rig.save({"customer_id": made_id(str(number)), "name": "n", "notes": "x" * 4000})
    rig.engine.start()
    rig.drained()
    # 500 at most, and one MiB at most: some 250 edits of this size.
    assert 3 <= rig.authority.calls.count("push") <= 5


class Sizes:
    """Stands before the authority's push: notes what is sent, and fails where more is sent than the link manages."""

    def __init__(self, rig: Rig, manages: int, error: Callable[[], BaseException]) -> None:
        self._push, self._error = rig.authority.push, error
        self.manages = manages
        self.sent: list[list[int]] = []
        rig.authority.push = self.push  # type: ignore[method-assign]

    def push(self, token: str, batch: Mapping[str, Any]) -> dict[str, Any]:
        self.sent.append([one["seq"] for one in batch["mutations"]])
        if len(self.sent[-1]) > self.manages:
            raise self._error()
        return self._push(token, batch)

    @property
    def sizes(self) -> list[int]:
        return [len(one) for one in self.sent]


@pytest.mark.parametrize("error", [TimedOut("no answer"), Busy("busy", 0.0)], ids=repr)
def test_a_push_that_fails_again_is_halved_until_it_gets_through(
    rig: Rig, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    """P17: what is large does not get through, which is reported."""
    for number in range(40):
        rig.save({"customer_id": made_id(str(number)), "name": "n"})
    sizes = Sizes(rig, 6, lambda: error)
    rig.engine.start()
    rig.drained()
    # Once may be chance; then halves, each from the first that is not acknowledged, in order and without a gap.
    assert sizes.sizes[:5] == [40, 40, 20, 10, 5]
    assert all(one[0] == 1 for one in sizes.sent[:5])
    assert sizes.sizes[4:8] == [5, 5, 5, 5]
    told = [one.__dict__["edits"] for one in caplog.records if one.message == "sync.smaller_pushes"]
    assert told[:3] == [20, 10, 5]
    assert all(one == list(range(one[0], one[0] + len(one))) for one in sizes.sent)
    assert sorted({seq for one in sizes.sent for seq in one}) == list(range(1, 41))
    assert len(sizes.sent) < 30


def test_what_one_edit_cannot_get_through_is_tried_with_patience(rig: Rig) -> None:
    for number in range(8):
        rig.save({"customer_id": made_id(str(number)), "name": "n"})
    sizes = Sizes(rig, 0, lambda: TimedOut("no answer"))
    rig.engine.start()
    rig.until(lambda: sizes.sizes[-2:] == [1, 1])
    tried = len(sizes.sent)
    time.sleep(1.0)
    assert 1 <= len(sizes.sent) - tried < 20
    assert (rig.engine.status.connection, rig.engine.status.waiting) == (Connection.OFFLINE, 8)
    sizes.manages = 500
    rig.drained()


def test_a_link_that_never_lasts_for_all_gets_there_bit_by_bit(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every third push breaks off: what was taken before it is acknowledged, and not sent for ever again."""
    monkeypatch.setattr(batches_module, "MAX_BATCH", 5)
    rig.engine._exchange._size = batches_module.BatchSize()
    for number in range(40):
        rig.save({"customer_id": made_id(str(number)), "name": "n"})
    calls = 0

    def breaks(call: str) -> None:
        nonlocal calls
        calls += call == "push"
        if call == "push" and calls % 3 == 0:
            raise Unreachable("gone")

    rig.authority.fault = breaks
    rig.engine.start()
    rig.drained()
    assert rig.authority.calls.count("push") < 20


def in_fives(rig: Rig, monkeypatch: pytest.MonkeyPatch, edits: int) -> None:
    """So many edits wait, and five go into a push."""
    monkeypatch.setattr(batches_module, "MAX_BATCH", 5)
    rig.engine._exchange._size = batches_module.BatchSize()
    for number in range(edits):
        rig.save({"customer_id": made_id(f"{edits} {number}"), "name": "n"})


def breaks_after_one(rig: Rig, error: Exception) -> list[int]:
    """Let a push through, and have the next one fail, by turns; the count of those that are made."""
    pushes: list[int] = []

    def fault(call: str) -> None:
        if call == "push":
            pushes.append(1)
            if len(pushes) % 2 == 0:
                raise error

    rig.authority.fault = fault
    return pushes


@pytest.mark.parametrize("error", [Unreachable("gone"), TimedOut("no answer"), Busy("busy", 0.0)], ids=repr)
def test_what_waits_is_not_replayed_each_time_that_a_line_breaks(
    rig: Rig, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A replay of thousands holds up whoever books: what has an answer is told with the pull after the last push."""
    real, replayed = rebase.replay, list[int]()

    def counted(tx: Any, outbox: Any, waiting: Sequence[Any]) -> None:
        replayed.append(len(waiting))
        real(tx, outbox, waiting)

    monkeypatch.setattr(rebase, "replay", counted)
    for edits in (20, 80):
        in_fives(rig, monkeypatch, edits)
        replayed.clear()
        pushes = breaks_after_one(rig, error)
        with clock.using(FrozenClock(clock.now())):
            for _ in range(edits // 5 + 1):
                rig.engine._once()
        assert rig.do(lambda replica: replica.outbox.count()) == 0
        assert len(pushes) < 2 * edits / 5 + 2, "each once, and once where it broke off"
        assert sum(replayed) <= edits, (edits, replayed)


@pytest.mark.parametrize("error", [Unreachable("gone"), TimedOut("no answer"), Busy("busy", 0.0)], ids=repr)
@pytest.mark.parametrize("gets_on", [True, False])
def test_a_line_that_goes_on_breaking_keeps_nothing_of_the_others_back_for_long(
    rig: Rig, error: Exception, monkeypatch: pytest.MonkeyPatch, *, gets_on: bool
) -> None:
    """And what has an answer is acknowledged by then."""
    in_fives(rig, monkeypatch, 100)
    if gets_on:
        breaks_after_one(rig, error)
    else:
        rig.fail("push", *[error] * 10_000)
    rig.others_write()
    news = rig.authority.version
    with clock.using(moving := MovingClock()):
        rig.engine._once()
        moving.offset += timedelta(seconds=exchange_module.NEWS - 10)
        rig.engine._once()
        moving.offset += timedelta(seconds=11)
        rig.engine._once()
        assert int(rig.do(lambda replica: replica.meta.get("version"))) >= news
        assert rig.do(lambda replica: replica.outbox.count()) == (90 if gets_on else 100)


@pytest.mark.parametrize(
    "error", [SignInRefused("", "403"), ProtocolMismatch("a list"), KeyError("outcomes"), Stopped("x", "no")], ids=repr
)
def test_whatever_takes_no_edit_on_the_way_the_news_comes(rig: Rig, error: Exception) -> None:
    """A filter that refuses each push lets each pull through: who hears of nothing books over the others."""
    rig.engine._once()
    rig.fail("push", *[error] * 10_000)
    rig.edit()
    with clock.using(moving := MovingClock()):
        for _ in range(2):
            rig.others_write()
            for _ in range(2):
                moving.offset += timedelta(seconds=61)
                rig.engine._once()
            assert not rig.is_behind(), rig.authority.calls
    assert rig.do(lambda replica: replica.outbox.count()) == 1


def test_where_no_pull_comes_through_what_waits_is_sent_all_the_same(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the line has been breaking: a pull that is due does not stand before each push."""
    in_fives(rig, monkeypatch, 30)
    pushes = breaks_after_one(rig, Unreachable("gone"))
    broken = rig.authority.fault

    def fault(call: str) -> None:
        broken(call)
        if call == "pull":
            raise Unreachable("gone")

    rig.authority.fault = fault
    with clock.using(moving := MovingClock()):
        for _ in range(20):
            moving.offset += timedelta(seconds=exchange_module.NEWS + 1)
            rig.engine._once()
    assert rig.engine.is_all_sent
    assert len(pushes) < 14, "none that is answered twice"


def test_a_pull_that_is_due_and_breaks_off_is_tried_again_after_one_push(rig: Rig) -> None:
    rig.edit()
    pulls: list[int] = []

    def fault(call: str) -> None:
        if call == "pull":
            pulls.append(1)
        if call == "push" or (call == "pull" and len(pulls) == 1):
            raise Unreachable("gone")

    rig.authority.fault = fault
    rig.engine._once()
    rig.others_write()
    with moved(timedelta(seconds=exchange_module.NEWS + 1)):
        for _ in range(3):
            rig.engine._once()
    assert [call for call in rig.authority.calls if call != "register"] == ["push", "pull", "push", "pull", "push"]
    assert not rig.is_behind()


def test_what_a_line_lasted_for_is_acknowledged_though_the_program_ends_each_time(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A computer that is on for a short while at a time: nothing of what was answered is remembered by the program."""
    in_fives(rig, monkeypatch, 30)
    pushes = breaks_after_one(rig, Unreachable("gone"))
    for _ in range(8):
        rig.engine = Engine(
            cast(Transport, rig.authority), cast(Session, Admitted()), rig.store(), chance=random.Random(2)
        )
        rig.engine._once()
    assert rig.do(lambda replica: replica.outbox.count()) == 0
    assert len(pushes) < 14, "none that is answered twice"


def test_what_was_answered_and_is_lost_before_a_pull_is_sent_once_more(rig: Rig) -> None:
    """A server that was put back unnoticed, in the same epoch; nobody enters anything more."""
    rig.edit("lost")
    rig.fail("pull", Unreachable("gone"))
    rig.engine._once()
    assert rig.engine.is_all_sent
    fresh = Authority()
    fresh.version = rig.authority.version + 5
    fresh.history[fresh.version] = fresh.rows()
    rig.authority.__dict__.update(fresh.__dict__)
    until_pushed(rig)
    assert rig.authority.calls.count("push") == 1
    assert made_id("lost") in {row_id for _, row_id in rig.authority.rows()}


@pytest.mark.parametrize("call", ["register", "pull"])
def test_a_desk_that_may_not_even_push_stops_and_keeps_all(rig: Rig, call: str) -> None:
    rig.fail(call, *[UpgradeRequired("upgrade_required", "This program is too old.", push_ok=False)] * 10_000)
    rig.edit()
    rig.engine.start()
    rig.until(lambda: rig.engine.status.connection is Connection.STOPPED)
    assert rig.engine.status.message == "This program is too old."
    time.sleep(0.5)
    assert rig.authority.calls.count("push") <= (rig.authority.calls.count("pull") if call == "pull" else 0)
    assert rig.do(lambda replica: replica.outbox.count()) == 1
    rig.authority.fault = lambda made: None
    rig.drained()


@pytest.mark.parametrize(
    "error",
    [ProtocolMismatch("old"), SignInRefused("tenant_suspended", "Suspended."), NotSignedIn("revoked"), OSError()],
    ids=repr,
)
def test_what_the_others_do_is_no_reason_to_ask_in_vain(
    rig: Rig, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A poke for each edit of a busy business, while this desk cannot pull."""
    monkeypatch.setattr(engine_module, "_LONGEST_WAIT", 60.0)
    rig.fail("pull", *[error] * 10_000)
    rig.engine.start()
    rig.until(lambda: rig.engine.status.connection not in (Connection.STARTING, Connection.ONLINE))
    rig.authority.calls.clear()
    for number in range(100):
        rig.engine._heard(1000 + number, None)
        time.sleep(0.01)
    assert rig.authority.calls.count("pull") < 10


def test_a_server_that_speaks_is_tried_as_soon_as_it_allows(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Heard while it has asked for patience: at the end of that, not at the end of a longer pause of the desk's."""
    monkeypatch.setattr(Engine, "_pause", lambda self: 60.0)
    rig.fail("pull", Busy("later", 1.0))
    rig.engine.start()
    rig.until(lambda: rig.engine.status.connection is Connection.OFFLINE)
    rig.engine._heard(1, None)
    rig.until(lambda: rig.engine.status.connection is Connection.ONLINE)


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (FullDisk("The disk is full."), Trouble.DISK_FULL),
        (StorageFault("In use."), Trouble.STORAGE),
        (PutBack("Put back.", 1.0), Trouble.PUT_BACK),
        (Busy("later", 1.0), None),
        (Unreachable("gone"), None),
    ],
    ids=repr,
)
def test_what_is_not_the_networks_is_told_from_it_until_a_round_is_well(
    rig: Rig, error: Exception, trouble: Trouble | None
) -> None:
    rig.fail("pull", error)
    rig.engine._round()
    assert (rig.engine.status.connection, rig.engine.status.trouble) == (Connection.OFFLINE, trouble)
    rig.engine._round()
    assert (rig.engine.status.connection, rig.engine.status.trouble) == (Connection.ONLINE, None)


def test_a_round_that_finds_the_disk_full_says_what_to_do_and_not_that_a_change_was_lost(rig: Rig) -> None:
    rig.fail("pull", FullDisk(SENTENCES["disk is full"]))
    rig.engine._round()
    assert "Make room" in rig.engine.status.message
    assert "not saved" not in rig.engine.status.message


def test_a_server_that_is_gone_meanwhile_is_the_network_again(rig: Rig) -> None:
    rig.fail("pull", FullDisk("The disk is full."), Unreachable("gone"))
    rig.engine._round()
    rig.engine._round()
    assert (rig.engine.status.trouble, rig.engine.status.message) == (None, "")


def test_another_view_is_worth_a_look_and_the_same_one_again_is_not(rig: Rig) -> None:
    """A stream goes on telling the view with which it began."""
    rig.do(lambda replica: replica.meta.set("view", "mine"))
    rig.engine._once()
    version = rig.do(lambda replica: int(replica.meta.get("version") or 0))
    for view, looks in (("mine", False), ("another", True), ("another", False), ("mine", False), ("a third", True)):
        rig.engine._urgent = False
        rig.engine._heard(version, view)
        assert rig.engine._urgent is looks, view


def test_what_others_did_is_pulled_without_asking_the_replica_first(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    standing = ReplicaStore.standing

    def counted(store: ReplicaStore, limit: int, after: int) -> Any:
        asked.append(after)
        return standing(store, limit, after)

    monkeypatch.setattr(ReplicaStore, "standing", counted)
    rig.engine._round()
    assert asked
    asked.clear()
    for _ in range(2):
        before = rig.authority.version
        rig.others_write()
        rig.engine._round()
        assert not rig.is_behind()
        assert rig.authority.cursors[-1] == str(before), "nothing comes twice"
    assert asked == []
    rig.edit()
    rig.engine._round()
    assert asked, "there is something to push"
    assert rig.do(lambda replica: replica.outbox.count()) == 0


@pytest.mark.parametrize("said", ["before", "while it asks", "never"])
def test_what_is_made_around_such_a_pull_is_pushed_in_the_next_round(rig: Rig, said: str) -> None:
    rig.engine._round()
    rig.others_write()

    def made(call: str) -> None:
        if call == "pull" and rig.do(lambda replica: replica.outbox.count()) == 0 and said != "before":
            rig.save({"customer_id": made_id("Nora"), "name": "Nora"})
            if said == "while it asks":
                rig.engine.edited()

    rig.authority.fault = made
    if said == "before":
        rig.save({"customer_id": made_id("Nora"), "name": "Nora"})
    assert rig.engine._once() == 0.0, "there is more to do"
    assert not rig.is_behind()
    rig.authority.fault = lambda call: None
    assert rig.engine._once() > 0.0
    assert made_id("Nora") in {row_id for _, row_id in rig.authority.rows()}
    assert rig.do(lambda replica: replica.outbox.count()) == 0


def test_after_such_a_pull_has_failed_all_is_asked_anew(rig: Rig) -> None:
    rig.engine._round()
    rig.fail("pull", NotSignedIn("reauth"))
    rig.engine._round()
    rig.save({"customer_id": made_id("Nora"), "name": "Nora"})
    rig.engine._round()
    assert rig.do(lambda replica: replica.outbox.count()) == 0, "pushed in the same round"


def test_what_is_made_during_a_push_is_pushed_in_the_round_after_it(rig: Rig) -> None:
    rig.engine._round()
    rig.edit()

    def made(call: str) -> None:
        if call == "pushed":
            rig.authority.fault = lambda call: None
            rig.edit("Olga")

    rig.authority.fault = made
    assert rig.engine._once() == 0.0
    assert rig.do(lambda replica: replica.outbox.count()) == 1
    assert rig.engine._once() > 0.0
    assert rig.do(lambda replica: replica.outbox.count()) == 0


@pytest.mark.parametrize("goes", ["too old, after a pull", "too old, after a push", "elsewhere"])
def test_what_is_made_while_a_desk_comes_to_a_stop_is_sent_before_it(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, goes: str
) -> None:
    """After it nothing is asked for a minute."""
    rig.engine._round()
    if goes == "elsewhere":
        monkeypatch.setattr(ReplicaStore, "belongs_elsewhere", lambda store, view: True)
        rig.engine._exchange.register_again()
    if goes != "too old, after a pull":
        rig.edit()
    names = ["Olga", "Pia"]

    def made(call: str) -> None:
        if names and (call == "pushed" or (call == "pull" and rig.engine.is_all_sent)):
            rig.edit(names.pop())
        if call == "pull":
            raise UpgradeRequired("upgrade_required", "This program is too old.", push_ok=True)

    rig.authority.fault = made
    assert rig.engine._once() > 0.0
    assert rig.engine.status.connection is Connection.STOPPED
    assert names == []
    assert rig.engine.is_all_sent


def test_all_that_waits_is_pushed_before_anything_is_pulled(rig: Rig) -> None:
    for number in range(620):
        rig.save({"customer_id": made_id(str(number)), "name": "n"})
    rig.engine._round()
    assert [call for call in rig.authority.calls if call in ("push", "pull")] == ["push", "push", "pull"]


@pytest.mark.parametrize(("beyond", "looks"), [(0, False), (1, True)])
def test_what_is_heard_during_a_round_is_worth_another_where_it_has_not_come(
    rig: Rig, beyond: int, *, looks: bool
) -> None:
    """The server tells a desk of its own edits, too: they come with the pull that follows their push."""
    rig.engine._round()
    rig.edit()

    def poked(call: str) -> None:
        if call == "pushed":
            rig.engine._work.wait(0)
            rig.engine._heard(rig.authority.version + beyond, None)

    rig.authority.fault = poked
    rig.engine._round()
    assert rig.engine._urgent is looks
    assert rig.engine._work.wait(0) is looks
    rig.engine._urgent = False
    rig.engine._round()
    assert rig.engine._urgent is False, "each thing heard is worth one look"


def test_a_poke_between_two_rounds_is_looked_after_at_once(rig: Rig) -> None:
    rig.engine._round()
    rig.engine._heard(rig.authority.version + 1, None)
    assert rig.engine._work.wait(0)


def test_a_difference_that_empties_the_book_is_reported_and_mended_by_a_load(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    """P32: half a listing, taken for what is left."""
    for number in range(700):
        rig.save({"customer_id": made_id(str(number)), "name": "n"})
    rig.engine.start()
    rig.drained()
    lines, told = rig.authority.lines, list[int]()

    def half(replica: str, cursor: str) -> list[dict[str, Any]]:
        made = lines(replica, cursor)
        if told:
            return made
        told.append(1)
        gone = {"kind": "removals", "table": "customer", "ids": [made_id(str(number)) for number in range(600)]}
        return [*made[:-1], gone, made[-1]]

    rig.authority.lines = half  # type: ignore[method-assign]
    with caplog.at_level(logging.ERROR, logger="desktop.sync.engine"):
        rig.edit("later")
        rig.drained()
    (report,) = [one for one in caplog.records if one.message == "sync.removes_too_much"]
    assert (report.__dict__["table"], report.__dict__["removed"]) == ("customer", 600)
    stored = {row[0] for row in rig.do(lambda replica: replica.database.rows("SELECT id FROM customer"))}
    assert stored == {row_id for table, row_id in rig.authority.rows() if table == "customer"}


@pytest.mark.parametrize("kept", [1, 2])
def test_an_older_answer_that_would_close_a_load_is_asked_for_once_more(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, kept: int
) -> None:
    """Something on the way gives an answer again that it had kept; a server that says so twice was put back."""
    lines, left = rig.authority.lines, [kept]
    old = lines(rig.do(lambda replica: replica.identity().replica), "1")
    rig.others_write()

    def repeated(replica: str, cursor: str) -> list[dict[str, Any]]:
        if left[0] and rig.engine._exchange._must_reset:
            left[0] -= 1
            return old
        return lines(replica, cursor)

    monkeypatch.setattr(rig.authority, "lines", repeated)
    rig.engine._exchange.load_afresh()
    rig.edit()
    rig.engine.start()
    rig.drained()
    rig.until(lambda: not rig.is_behind())
    assert left == [0]
    assert ("sync.begins_again" in caplog.text) is (kept > 1)


def test_a_load_that_the_server_no_longer_knows_begins_afresh(rig: Rig) -> None:
    rig.do(lambda replica: replica.meta.delete("cursor"))
    load, asked = rig.authority.load, list[str | None]()

    def cut_and_refused(resume: str | None = None) -> list[dict[str, Any]]:
        asked.append(resume)
        if len(asked) == 1:
            return load(resume)[:3]
        if len(asked) == 2:
            raise ResetRequired("another view")
        return load(resume)

    rig.authority.load = cut_and_refused  # type: ignore[method-assign]
    rig.edit()
    rig.engine.start()
    rig.drained()
    assert [one is None for one in asked] == [True, False, True]


@contextmanager
def no_room(rig: Rig) -> Iterator[None]:
    """A disk on which a load finds no room for more than its empty tables."""
    load = ReplicaStore.load

    def tight(store: ReplicaStore) -> Load:
        made = load(store)
        (pages,) = made._database.row("PRAGMA page_count") or (0,)
        made._database.row(f"PRAGMA max_page_count = {pages}")
        return made

    for number in range(60):
        rig.save({"customer_id": made_id(f"full {number}"), "name": "n" * 100})
    until_pushed(rig)
    with pytest.MonkeyPatch.context() as planted:
        planted.setattr(ReplicaStore, "load", tight)
        yield


def until_pushed(rig: Rig) -> None:
    """Rounds without the engine's threads, until nothing waits."""
    for _ in range(10):
        rig.engine._once()
        if rig.engine.status.waiting == 0 and rig.engine._failures == 0:
            return
    raise AssertionError(rig.engine.status)


def test_a_load_that_the_disk_has_no_room_for_gives_the_room_back_and_the_others_are_heard_of(rig: Rig) -> None:
    """Nobody but this desk wanted it: as after a comparison."""
    with no_room(rig):
        rig.engine._exchange.load_afresh()
        rig.engine._once()
        assert rig.engine.status.message == DISK_FULL
        assert not rig.do(lambda replica: replica.is_loading)
        rig.others_write()
        rig.engine._once()
    assert rig.engine.status.connection is Connection.ONLINE
    assert not rig.is_behind()


def test_a_load_of_before_the_start_that_has_no_room_gives_it_back_too(rig: Rig) -> None:
    with no_room(rig):
        rig.do(lambda replica: replica.load()).close()
        assert rig.do(lambda replica: replica.is_loading)
        rig.engine.edited()
        rig.engine._once()
        assert rig.engine.status.message == DISK_FULL
        assert not rig.do(lambda replica: replica.is_loading)
        rig.others_write()
        rig.engine._once()
    assert not rig.is_behind()


def test_a_load_that_the_server_wants_is_not_asked_for_in_a_circle_on_a_full_disk(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    with no_room(rig):
        asked, load = list[None](), rig.authority.load

        def counted(resume: str | None = None) -> list[dict[str, Any]]:
            asked.append(None)
            return load(resume)

        def reset(replica: str, cursor: str) -> list[dict[str, Any]]:
            raise ResetRequired("reset")

        with monkeypatch.context() as planted:
            planted.setattr(rig.authority, "load", counted)
            planted.setattr(rig.authority, "lines", reset)
            with clock.using(moving := MovingClock()):
                for _ in range(10):
                    rig.engine._once()
                assert len(asked) == 1
                assert rig.engine.status.message == DISK_FULL
                assert not rig.do(lambda replica: replica.is_loading)
                moving.offset = timedelta(seconds=exchange_module.NO_ROOM + 1)
                rig.engine._once()
                rig.engine._once()
                assert len(asked) == 2
    with clock.using(moving):
        moving.offset += timedelta(seconds=exchange_module.NO_ROOM + 1)
        rig.others_write()
        rig.fail("pull", ResetRequired("reset"))
        rig.edit()
        until_pushed(rig)
    assert not rig.is_behind()


def test_a_first_load_that_has_no_room_goes_on_from_where_it_was_once_there_is_some(rig: Rig) -> None:
    """Nobody works with the book meanwhile: what has come is not asked for twice."""
    with no_room(rig):
        rig.do(lambda replica: replica.meta.delete("cursor"))
        rig.engine.edited()
        rig.engine._once()
        assert rig.engine.status.message == DISK_FULL
        assert rig.do(lambda replica: replica.is_loading)
    rig.edit()
    until_pushed(rig)
    assert not rig.is_behind()


def damage(rig: Rig, sql: str) -> Path:
    """Damage a page of the book, which is found as soon as it is read; the file."""

    def spoilt(replica: Replica) -> Path:
        path = replica._path
        assert path is not None
        replica.close()
        spoil(path, sql)
        replica._parts = None
        return path

    made: Path = rig.do(spoilt)
    return made


def loads(rig: Rig) -> int:
    return rig.authority.cursors.count(None)


@pytest.mark.parametrize("found_by", ["a pull", "a question", "a comparison"])
def test_a_page_of_the_server_s_rows_that_is_damaged_is_mended_by_one_load(rig: Rig, found_by: str) -> None:
    until_pushed(rig)
    rig.save({"customer_id": made_id("kept"), "name": "Kept"})
    damage(rig, "SELECT * FROM customer")
    if found_by == "a pull":
        rig.authority.tx.rows[Customer, MIRA.id] = replace(MIRA, name="Mira Lang")
        rig.others_write()
    elif found_by == "a question":
        with pytest.raises(StorageFault):
            rig.do(lambda replica: replica.database.rows("SELECT * FROM customer"))
    else:
        rig.authority.verify = lambda token, question: {"behind": False, "ranges": []}  # type: ignore[attr-defined]
        rig.engine._verifying._not_before = clock.monotonic()
    for _ in range(6):
        rig.engine._once()
    assert loads(rig) == 1
    assert (rig.engine.status.connection, rig.engine.status.waiting) == (Connection.ONLINE, 0)
    assert rig.do(lambda replica: replica.database.row("PRAGMA integrity_check")) == ("ok",)
    assert made_id("kept") in {row_id for _, row_id in rig.authority.rows()}


def test_what_no_load_mends_is_loaded_once_and_left_to_the_next_start(rig: Rig) -> None:
    for number in range(40):
        rig.save({"customer_id": made_id(f"sent {number}"), "name": "n" * 100})
    until_pushed(rig)
    path = damage(rig, "SELECT * FROM sent")
    rig.engine._exchange.load_afresh()
    rig.edit("kept")
    for _ in range(8):
        rig.engine._once()
    # The one that was asked for, and the one that was to mend.
    assert loads(rig) <= 2
    assert rig.engine.status.message == SENTENCES["malformed"] + OPEN_AGAIN
    with pytest.raises(DamagedFile):
        require_not_noted(path)
    assert rig.do(lambda replica: replica.outbox.count()) == 1


def test_where_what_waits_cannot_be_read_it_is_said_and_left_to_the_next_start(rig: Rig) -> None:
    until_pushed(rig)
    for number in range(40):
        rig.save({"customer_id": made_id(f"waits {number}"), "name": "n" * 100})
    path = damage(rig, "SELECT * FROM outbox")
    for _ in range(8):
        rig.engine._once()
    assert loads(rig) <= 1
    assert (rig.engine.status.connection, rig.engine.status.trouble) == (Connection.OFFLINE, Trouble.DAMAGED)
    assert rig.engine.status.message == SENTENCES["malformed"] + OPEN_AGAIN
    assert rig.engine._not_before > clock.monotonic(), "what is heard does not make it ask all the time"
    with pytest.raises(DamagedFile):
        require_not_noted(path)


def test_what_is_saved_beside_what_cannot_be_read_is_not_said_to_have_failed(rig: Rig) -> None:
    """Else it is entered once more: only how much waits is not known."""
    until_pushed(rig)
    for number in range(40):
        rig.save({"customer_id": made_id(f"waits {number}"), "name": "n" * 100})
    damage(rig, "SELECT * FROM outbox WHERE seq < 20")
    rig.edit("entered")
    found = rig.do(lambda replica: replica.database.row("SELECT subject FROM outbox ORDER BY seq DESC LIMIT 1"))
    assert found == (made_id("entered"),)


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


@pytest.mark.parametrize("code", ["replica_retired", "not_found"])
def test_a_replica_that_is_not_served_any_more_goes_on_under_another_name(rig: Rig, code: str) -> None:
    """P25: the server has forgotten what it kept for it, and says so. P28: its name is that of another device."""
    first = rig.do(lambda replica: replica.identity().replica)
    rig.fail("register", Stopped(code, "Begin again."))
    rig.edit("waiting")
    rig.engine.start()
    rig.drained()
    assert rig.do(lambda replica: replica.identity().replica) != first
    assert made_id("waiting") in {row_id for _, row_id in rig.authority.rows()}


@pytest.mark.parametrize("first", ["", "replica_forked", "not_found"])
def test_a_server_with_a_new_history_gets_back_what_it_lost(rig: Rig, first: str) -> None:
    """P29: put back from a backup that is older than what this desk had sent, and perhaps than its name."""
    rig.engine.start()
    rig.edit("lost")
    rig.drained()
    rig.engine.stop()
    fresh = Authority()
    fresh.epoch = "two"
    rig.authority = fresh
    rig.engine = Engine(cast(Transport, fresh), cast(Session, Admitted()), rig.store(), chance=random.Random(2))
    rig.edit("later")
    if first:
        rig.fail("register", Stopped(first, "Begin again."))
    rig.engine.start()
    rig.drained()
    assert {made_id("lost"), made_id("later")} <= {row_id for _, row_id in fresh.rows()}


def test_a_server_that_was_put_back_unnoticed_gets_back_what_it_lost(rig: Rig) -> None:
    """In the same epoch; others have brought its version further than this desk has ever seen."""
    rig.edit("lost")
    rig.engine._round()
    fresh = Authority()
    fresh.version = rig.authority.version + 5
    fresh.history[fresh.version] = fresh.rows()
    rig.engine = Engine(cast(Transport, fresh), cast(Session, Admitted()), rig.store(), chance=random.Random(2))
    for _ in range(3):
        rig.engine._once()
    assert made_id("lost") in {row_id for _, row_id in fresh.rows()}
    assert rig.engine.status.connection is Connection.ONLINE


Apart = Callable[[Mapping[str, Any]], Exception]


@pytest.mark.parametrize(
    "apart",
    [
        lambda told: UpgradeRequired("upgrade_required", "Too old.", push_ok=True, registered=told),
        lambda told: OlderServer("Too new.", 60.0, registered=told),
    ],
    ids=["too old", "too new"],
)
def test_where_no_rows_are_given_a_server_that_was_put_back_gets_all_and_the_desk_goes_on(
    rig: Rig, apart: Apart
) -> None:
    """It was upgraded as well, for longer than an offline lease: each round registers, under whatever name."""
    rig.edit("lost")
    rig.engine._round()
    fresh = Authority()
    fresh.epoch = "two"
    register = fresh.register

    def registers(token: str, wish: Mapping[str, Any]) -> Any:
        raise apart(register(token, wish))

    def pulled(call: str) -> None:
        if call == "pull":
            raise apart({})

    fresh.register, fresh.fault = registers, pulled  # type: ignore[method-assign]
    rig.engine = Engine(cast(Transport, fresh), cast(Session, Admitted()), rig.store(), chance=random.Random(2))
    for day in range(0, 30, 6):
        with moved(timedelta(days=day)):
            rig.engine._once()
            rig.edit(f"later {day}")
            rig.engine._once()
    assert rig.engine.is_all_sent
    assert len(fresh.decided[rig.do(lambda replica: replica.identity().replica)]) == 6
    assert made_id("lost") in {row_id for _, row_id in fresh.rows()}
    assert fresh.calls.count("push") == 5, "once each"
    assert rig.do(lambda replica: replica.outbox.count()) == 6
    fresh.register, fresh.fault = register, lambda call: None  # type: ignore[method-assign]
    rig.engine._once()
    assert rig.do(lambda replica: replica.outbox.count()) == 0


def test_whoever_cannot_pull_for_long_is_confirmed_by_registering(rig: Rig) -> None:
    """A load on a bad line may take longer than an offline lease, with a server that is there all the time."""

    def cut(call: str) -> None:
        if call == "pull":
            raise Unreachable("cut")

    rig.authority.fault = cut
    for day in range(0, 30, 6):
        with moved(timedelta(days=day)):
            rig.engine._once()
            rig.edit(f"later {day}")
            rig.engine._once()
    assert rig.authority.calls.count("register") == 5, "not each time"


def in_parts(rig: Rig) -> None:
    """Let a push be answered as far as it is not too heavy: one edit at a time."""
    push = rig.authority.push

    def part(token: str, batch: Mapping[str, Any]) -> Any:
        return push(token, {**batch, "mutations": batch["mutations"][:1]})

    rig.authority.push = part  # type: ignore[method-assign]


def test_what_is_answered_in_parts_is_sent_whole_while_no_pull_comes_through(rig: Rig) -> None:
    in_parts(rig)
    rig.fail("pull", *[Unreachable("cut")] * 10_000)
    for name in ("Ada", "Bea", "Cleo"):
        rig.edit(name)
    rig.engine._once()
    (decided,) = rig.authority.decided.values()
    assert len(decided) == 3


def test_what_waits_under_another_name_is_not_taken_for_sent(rig: Rig) -> None:
    """The server has answered a number of the former name, and no pull has said so."""
    rig.edit("Ada")

    def no_pull(call: str) -> None:
        if call == "pull":
            raise Unreachable("gone")

    rig.authority.fault = no_pull
    rig.engine._once()
    assert rig.engine.is_all_sent
    rig.do(lambda replica: fork.begin_again(replica.database, made_id("another"), offer_sent=False))
    assert not rig.engine.is_all_sent


def test_who_has_to_go_elsewhere_has_all_sent_however_often_that_breaks_off(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is pulled there: what has an answer is not sent again."""
    monkeypatch.setattr(ReplicaStore, "belongs_elsewhere", lambda store, view: True)
    in_parts(rig)
    for name in ("Ada", "Bea", "Cleo"):
        rig.edit(name)
    pushes: list[int] = []

    def every_second(call: str) -> None:
        if call == "push":
            pushes.append(1)
            if len(pushes) % 2 == 0:
                raise Unreachable("gone")

    rig.authority.fault = every_second
    for _ in range(3):
        rig.engine._once()
    assert rig.engine.status.elsewhere
    assert rig.engine.is_all_sent
    assert len(pushes) == 5, "three that are answered, once each"


def test_a_long_difference_of_removals_that_no_line_lasts_for_is_loaded_too(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange_module, "LONG", 3)
    pull = rig.authority.pull

    @contextmanager
    def cut(token: str, replica: str, **asked: Any) -> Iterator[Iterator[Any]]:
        with pull(token, replica, **asked) as lines:
            gone = {"kind": "removals", "table": "customer", "ids": [made_id(name) for name in "abc"]}
            # A proxy ends the answer as if it were whole.
            yield iter([{"kind": "head", "counts": {}}, gone]) if asked.get("cursor") else lines

    rig.authority.pull = cut  # type: ignore[method-assign]
    for _ in range(exchange_module.CUT + 1):
        rig.engine._once()
    assert [one is None for one in rig.authority.cursors[: exchange_module.CUT]] == [False] * exchange_module.CUT
    assert rig.authority.cursors[exchange_module.CUT] is None


def test_an_edit_that_the_server_cannot_take_keeps_nothing_of_the_others_back(rig: Rig) -> None:
    """It may be one of a newer program than the server's, for days."""
    rig.engine._round()
    rig.edit()

    def older(call: str) -> None:
        if call == "push":
            raise Busy("The server is older than this program.", 60.0)

    rig.authority.fault = older
    rig.others_write()
    for _ in range(2):
        rig.engine._round()
    assert not rig.is_behind()
    rig.authority.fault = lambda call: None
    rig.engine._round()
    rig.engine._round()
    assert rig.do(lambda replica: replica.outbox.count()) == 0


def test_what_was_named_before_a_round_failed_here_is_no_reason_to_try_again(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk behind a proxy that ends each stream: the server says the same again and again."""

    def full(*_: object) -> None:
        raise StorageFault("The disk is full.")

    monkeypatch.setattr(ReplicaStore, "apply_lines", full)
    monkeypatch.setattr(Engine, "_pause", lambda engine: 60.0)
    monkeypatch.setattr("desktop.sync.engine._LEAST_WAIT", 0.01)
    rig.others_write()
    rig.engine.start()
    rig.until(lambda: rig.engine.status.connection is Connection.OFFLINE)
    pulls = rig.authority.calls.count("pull")
    for _ in range(20):
        rig.engine._heard(rig.authority.version, None)
        time.sleep(0.02)
    assert rig.authority.calls.count("pull") <= pulls + 1
    rig.others_write()
    rig.engine._heard(rig.authority.version, None)
    rig.until(lambda: rig.authority.calls.count("pull") > pulls)


def test_a_keyring_that_is_locked_while_the_program_runs_is_said(rig: Rig) -> None:
    rig.fail("register", NoSecretStore("This computer's keyring is locked."))
    rig.edit()
    rig.engine.start()
    rig.drained()
    assert "This computer's keyring is locked." in {status.message for status in rig.told}


def _offered(
    rig: Rig, breaks: Callable[[int, Sequence[str]], Exception | None], *, rounds: int
) -> tuple[list[str], int]:
    """What a server that was put back is offered of 60 edits, on a line where `breaks` says what becomes of each call.

    `breaks` is given the number of the call and the ids of its edits; the calls are counted.
    """
    authority, offered, calls = rig.authority, list[str](), 0
    for number in range(60):
        rig.save({"customer_id": made_id(f"customer {number}"), "name": "Ida"})
    rig.do(lambda replica: replica.database.run("UPDATE outbox SET was_version = 1, was_outcome = 'applied'"))
    register = authority.register

    def put_back(token: str, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**register(token, wish), "recovering": True}

    def offer(token: str, told: Mapping[str, Any]) -> Mapping[str, Any]:
        nonlocal calls
        calls += 1
        ids = [one["id"] for one in told["mutations"]]
        if (broken := breaks(calls, ids)) is not None:
            raise broken
        offered.extend(ids)
        return {"taken": len(ids)}

    authority.register = put_back  # type: ignore[assignment, method-assign]
    authority.offer = offer  # type: ignore[attr-defined]
    for _ in range(rounds):
        rig.engine._once()
        assert rig.engine.status.connection is Connection.OFFLINE, rig.engine.status
    return offered, calls


@pytest.mark.parametrize("broken", [TimedOut(""), Busy("", 1.0), TooLarge("")], ids=repr)
def test_a_server_that_was_put_back_is_offered_all_on_a_line_that_carries_small_messages_alone(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, broken: Exception
) -> None:
    monkeypatch.setattr(batches_module, "MAX_BATCH", 20)
    rig.engine._exchange._size = batches_module.BatchSize()
    offered, _ = _offered(rig, lambda call, ids: broken if len(ids) > 10 else None, rounds=10)
    assert len(offered) == len(set(offered)) == 60


def test_a_server_that_was_put_back_is_offered_what_stands_behind_the_part_at_which_the_line_broke(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches_module, "MAX_BATCH", 20)
    rig.engine._exchange._size = batches_module.BatchSize()
    offered, calls = _offered(rig, lambda call, ids: None if call % 2 else Unreachable(""), rounds=10)
    assert len(offered) == len(set(offered)) == 60
    assert calls == 5, "once an epoch"


def test_an_edit_that_is_too_large_to_be_offered_loses_its_place_alone(rig: Rig) -> None:
    huge: list[str] = []

    def breaks(call: int, ids: Sequence[str]) -> Exception | None:
        if not huge:
            huge.append(ids[30])
        return TooLarge("") if huge[0] in ids else None

    offered, _ = _offered(rig, breaks, rounds=3)
    assert len(offered) == len(set(offered)) == 59
    assert huge[0] not in offered


def test_a_book_that_cannot_be_opened_as_it_takes_its_place_is_shown_once_it_can(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever shows rows of the one before knows of no other: what comes later tells only of what it changes."""
    told = list[Mapping[str, frozenset[str]]]()
    rig.changes.listen(told.append)
    real, left = Replica._open, [8]

    def held(self: Replica) -> Any:
        if left[0]:
            left[0] -= 1
            raise StorageFault("held")
        return real(self)

    monkeypatch.setattr(Replica, "_open", held)
    monkeypatch.setattr("desktop.store.replica._HELD", (0.0,) * 4)
    rig.fail("pull", Stopped("replica_forked", "copied"))
    rig.engine.start()
    rig.until(lambda: rig.engine.status.connection is Connection.ONLINE)
    assert left == [0]
    assert {table for tables in told for table, rows in tables.items() if not rows} >= ENTITIES.keys()


def test_a_book_that_something_holds_each_time_as_it_takes_its_place_is_loaded_once(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What looks for viruses takes as long each time: the whole book would be asked for without end."""
    real, left, placed = Replica._open, [0], list[Path]()

    def held(self: Replica) -> Any:
        if left[0]:
            left[0] -= 1
            raise StorageFault("held")
        return real(self)

    def put(fresh: Path, book: Path) -> None:
        put_in_place(fresh, book)
        placed.append(book)
        left[0] = 8

    monkeypatch.setattr(Replica, "_open", held)
    monkeypatch.setattr(replica_module, "put_in_place", put)
    monkeypatch.setattr(replica_module, "_HELD", (0.0,) * 4)
    rig.fail("pull", ResetRequired("reset"))
    rig.engine.start()
    rig.until(lambda: rig.engine.status.connection is Connection.ONLINE or len(placed) > 2)
    assert len(placed) == 1
