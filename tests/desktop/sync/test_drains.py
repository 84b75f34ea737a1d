"""After any fault that ends, what waits arrives, once, and without anybody's help (P6, P7, P18, P37)."""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from operator import attrgetter
from typing import Any

import pytest

from desktop.desk import Desk
from desktop.operations import customers as edits
from desktop.store.fork import begin_again
from desktop.sync import exchange as exchange_module
from desktop.sync.status import Connection, Trouble
from shared.clock import now
from shared.ids import new_id
from shared.model.registry import SCHEMA_VERSION
from syncserver.services.sync.recovery import end_recovery
from syncserver.store.recoveries import recover_until, recovering
from syncserver.store.tenancy import tenant_transaction
from tests.desktop.sync.book import customers, on_desk, on_server, sent
from tests.desktop.sync.conftest import DeskMaker
from tests.desktop.sync.stage import Stage
from tests.support.cable import Cable
from tests.support.faults import Fault
from tests.support.shop import Shop
from tests.support.waiting import until

PASSING = [fault for fault in Fault if fault not in (Fault.RESET_REQUIRED, Fault.VERY_SLOW, Fault.HELD)]


def online(desk: Desk) -> bool:
    return desk.status.connection is Connection.ONLINE and not desk.status.syncing


def drained(desk: Desk) -> bool:
    return online(desk) and desk.status.waiting == 0


class Soonest(random.Random):
    """The dice of a desk that tries again as soon as it ever may, so that so many faults are not waited for."""

    def uniform(self, a: float, b: float) -> float:
        """The least that there is."""
        return min(a, b)


def require_converged(stage: Stage, shop: Shop, desk: Desk, edits_made: int) -> None:
    """Each edit was applied once, and desk and server have the same rows."""
    assert sent(desk) == [(seq, "applied") for seq in range(1, edits_made + 1)]
    assert on_desk(desk) == on_server(stage, shop)


@pytest.mark.parametrize("fault", PASSING, ids=attrgetter("name"))
@pytest.mark.parametrize("path", ["/refresh", "/register", "/push", "/pull"])
def test_a_fault_that_ends_holds_up_nothing(path: str, fault: Fault, stage: Stage, shop: Shop, desk: DeskMaker) -> None:
    one = desk("a")
    one.engine._chance = Soonest()
    one.edit(edits.create(name="Ida Brandt"))
    stage.faults.spoil(path, fault)
    one.start()
    until(lambda: drained(one), within=15)
    assert stage.faults.pending(path) == 0
    require_converged(stage, shop, one, 1)


@pytest.mark.parametrize("fault", [Fault.LOST_REQUEST, Fault.LOST_REPLY, Fault.BUSY], ids=attrgetter("name"))
def test_an_edit_made_during_faults_shows_that_it_waits(
    fault: Fault, stage: Stage, shop: Shop, desk: DeskMaker
) -> None:
    one = desk("a")
    one.start()
    until(lambda: online(one), within=15)
    stage.faults.spoil("/push", fault, fault)
    one.edit(edits.create(name="Ida Brandt"))
    until(lambda: one.status.connection is Connection.OFFLINE, within=5)
    shown = one.status
    assert (shown.waiting, shown.offline_since is None) == (1, False)
    until(lambda: drained(one), within=15)
    assert one.status.offline_since is None
    require_converged(stage, shop, one, 1)


def test_a_server_that_asks_for_patience_gets_it(stage: Stage, desk: DeskMaker) -> None:
    """503 with Retry-After: 1."""
    one = desk("a")
    one.edit(edits.create(name="Ida Brandt"))
    stage.faults.spoil("/push", Fault.BUSY)
    one.start()
    until(lambda: stage.faults.count("/push") == 1, within=5)
    time.sleep(0.9)
    assert stage.faults.count("/push") == 1
    until(lambda: drained(one), within=10)


@pytest.mark.parametrize("path", ["/push", "/pull"])
def test_a_server_that_takes_long_is_busy_and_not_away(path: str, stage: Stage, desk: DeskMaker) -> None:
    """It answers others meanwhile: nothing is called offline, nothing is asked twice."""
    one = desk("a")
    one.start()
    until(lambda: online(one), within=15)
    seen: list[Connection] = []
    one.on_status(lambda status: seen.append(status.connection))
    stage.faults.heal()
    stage.faults.spoil(path, Fault.VERY_SLOW)
    one.edit(edits.create(name="Ida Brandt"))
    until(lambda: drained(one), within=15)
    assert set(seen) == {Connection.ONLINE}
    assert stage.faults.pushed == [[1]]
    assert 1 <= stage.faults.count("/health") <= 4


def test_a_server_that_answers_nobody_is_away_and_then_back(stage: Stage, shop: Shop, desk: DeskMaker) -> None:
    """The connections of that time never come to life again: new ones are made, without a person."""
    one = desk("a")
    with Cable(int(stage.url.rsplit(":", 1)[1])) as cable:
        one._transport.url = cable.url
        one.start()
        until(lambda: online(one), within=15)
        shown: list[tuple[Connection, int]] = []
        one.on_status(lambda status: shown.append((status.connection, status.waiting)))
        cable.swallow()
        one.edit(edits.create(name="Ida Brandt"))
        until(lambda: one.status.connection is Connection.OFFLINE, within=15)
        assert (one.status.waiting, one.status.syncing, one.status.offline_since is None) == (1, True, False)
        cable.put_back()
        until(lambda: drained(one), within=15)
        # Nothing blinks: one change there, one change back.
        told = [connection for connection, _ in shown]
        changes = [now for before, now in zip([Connection.ONLINE, *told], told, strict=False) if now is not before]
        assert changes == [Connection.OFFLINE, Connection.ONLINE]
        require_converged(stage, shop, one, 1)
        one.engine.stop()


def test_a_cable_that_is_put_back_is_noticed(stage: Stage, shop: Shop, desk: DeskMaker) -> None:
    """Connections refused and cut; nobody presses anything."""
    one = desk("a")
    with Cable(int(stage.url.rsplit(":", 1)[1])) as cable:
        one._transport.url = cable.url
        one.start()
        until(lambda: online(one), within=15)
        cable.pull()
        for number in range(20):
            one.edit(edits.create(name=f"Guest {number}"))
        until(lambda: one.status.connection is Connection.OFFLINE, within=10)
        assert one.status.waiting == 20
        cable.put_back()
        until(lambda: drained(one), within=15)
        require_converged(stage, shop, one, 20)
        one.engine.stop()


class NoTravelling(Exception):
    """Cannot be pickled or copied."""

    def __init__(self, lock: Any, more: int) -> None:
        super().__init__("odd")
        self.lock, self.more = lock, more


@pytest.mark.parametrize(
    "odd",
    [
        KeyError("mutations"),
        NoTravelling(threading.Lock(), 1),
        RecursionError(),
        MemoryError(),
        KeyboardInterrupt(),
        SystemExit(1),
        GeneratorExit(),
        BaseExceptionGroup("both", [ValueError(), KeyboardInterrupt()]),
    ],
    ids=lambda odd: type(odd).__name__,
)
@pytest.mark.parametrize("call", ["push", "pull"])
def test_an_odd_exception_is_logged_shown_and_tried_again(
    call: str,
    odd: BaseException,
    stage: Stage,
    shop: Shop,
    desk: DeskMaker,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """P7."""
    one = desk("a")
    one.engine._chance = Soonest()
    one.edit(edits.create(name="Ida Brandt"))
    monkeypatch.setattr(one._transport, call, _odd_once(getattr(one._transport, call), odd))
    seen: list[Connection] = []
    one.on_status(lambda status: seen.append(status.connection))
    with caplog.at_level(logging.ERROR, logger="desktop.sync.engine"):
        one.start()
        until(lambda: drained(one), within=15)
    assert Connection.OFFLINE in seen
    assert any(record.exc_info is not None and record.exc_info[1] is odd for record in caplog.records)
    require_converged(stage, shop, one, 1)


def _odd_once(call: Callable[..., Any], odd: BaseException) -> Callable[..., Any]:
    left = [odd]

    def odd_once(*args: Any, **named: Any) -> Any:
        if left:
            raise left.pop()
        return call(*args, **named)

    return odd_once


def test_a_proxy_that_takes_small_pushes_gets_small_pushes(stage: Stage, shop: Shop, desk: DeskMaker) -> None:
    """413 from something between desk and server: what waits is split until it passes, and stays so."""
    one = desk("a")
    for number in range(20):
        one.edit(edits.create(name=f"Guest {number}"))
    stage.faults.largest_push = 3
    one.start()
    until(lambda: drained(one), within=15)
    assert len(stage.faults.pushed) < 20
    require_converged(stage, shop, one, 20)


def names_on_server(stage: Stage, shop: Shop) -> set[str]:
    """What the customers are called, without asking as a desk."""
    with tenant_transaction(stage.engine, shop.tenant) as connection:
        return set(connection.exec_driver_sql("SELECT name FROM customer").scalars())


@pytest.mark.parametrize("call", ["register", "pull"])
def test_a_desk_that_is_too_old_sends_what_it_has_and_says_so(
    call: str, stage: Stage, shop: Shop, desk: DeskMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """426 with `push_ok`: the server has new columns, and takes edits of every version that was ever released."""
    one = desk("a")
    if call == "pull":
        one.start()
        until(lambda: online(one), within=15)
        stage.faults.heal()
    with monkeypatch.context() as newer:
        newer.setattr("syncserver.services.sync.registering.SCHEMA_VERSION", SCHEMA_VERSION + 1)
        one.edit(edits.create(name="Ida Brandt"))
        one.start() if call == "register" else one.engine.sync_now()
        until(lambda: one.status.connection is Connection.STOPPED, within=15)
        assert "still sent" in one.status.message
        assert one.status.waiting == 1
        one.edit(edits.create(name="Nora Lind"))
        one.engine.sync_now()
        until(lambda: len(stage.faults.pushed) > 1, within=15)
        until(lambda: {"Ida Brandt", "Nora Lind"} <= names_on_server(stage, shop), within=15)
        # What has an answer is not sent again each time: only a pull could acknowledge it.
        assert stage.faults.pushed == [[1], [2]]
        until(lambda: one.status.waiting == 2 and not one.status.syncing, within=15)
        asked = stage.faults.count("/register")
        one.engine.sync_now()
        until(lambda: stage.faults.count("/register") > asked, within=15)
        assert stage.faults.pushed == [[1], [2]]
    one.engine.sync_now()
    until(lambda: drained(one), within=15)
    require_converged(stage, shop, one, 2)


def test_a_desk_that_is_newer_than_its_server_sends_what_that_knows_and_says_so(
    stage: Stage, shop: Shop, desk: DeskMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with `push_ok`, once each as well."""
    one = desk("a")
    with monkeypatch.context() as older:
        older.setattr("syncserver.services.sync.registering.SCHEMA_VERSION", SCHEMA_VERSION - 1)
        one.edit(edits.create(name="Ida Brandt"))
        for name in ("Nora Lind", "Olga Voss"):
            one.engine._once()
            assert one.status.connection is Connection.OFFLINE
            assert "still sent" in one.status.message
            one.edit(edits.create(name=name))
        one.engine._once()
        assert stage.faults.pushed == [[1], [2], [3]]
        assert {"Ida Brandt", "Nora Lind", "Olga Voss"} <= names_on_server(stage, shop)
        assert one.status.waiting == 3
    one.engine._once()
    assert drained(one)
    require_converged(stage, shop, one, 3)


def test_an_edit_that_nobody_takes_is_said_and_does_not_loop(stage: Stage, desk: DeskMaker) -> None:
    one = desk("a")
    one.edit(edits.create(name="Ida Brandt"))
    stage.faults.largest_push = 0
    one.start()
    until(lambda: one.status.connection is Connection.STOPPED, within=5)
    time.sleep(1)
    assert len(stage.faults.pushed) <= 2
    assert (one.status.waiting, one.status.message != "") == (1, True)


def test_one_push_is_in_flight(stage: Stage, shop: Shop, desk: DeskMaker) -> None:
    one = desk("a")
    one.start()
    until(lambda: online(one), within=15)
    stage.faults.spoil("/push", *[Fault.SLOW] * 3)
    for number in range(60):
        one.edit(edits.create(name=f"Guest {number}"))
        time.sleep(0.02)
    until(lambda: drained(one), within=15)
    assert stage.faults.most_pushes_at_once == 1
    assert [seq for push in stage.faults.pushed for seq in push] == list(range(1, 61))
    require_converged(stage, shop, one, 60)


def test_what_was_lost_is_sent_again_from_the_first_unacknowledged(stage: Stage, shop: Shop, desk: DeskMaker) -> None:
    """P10: nothing overtakes what is not acknowledged; P37: what is sent again has the same outcome."""
    one = desk("a")
    for number in range(5):
        one.edit(edits.create(name=f"Guest {number}"))
    stage.faults.spoil("/push", Fault.LOST_REPLY, Fault.LOST_REPLY)
    one.start()
    until(lambda: len(stage.faults.pushed) == 1, within=5)
    one.edit(edits.create(name="Guest 5"))
    until(lambda: drained(one), within=15)
    assert all(push[0] == 1 for push in stage.faults.pushed)
    require_converged(stage, shop, one, 6)


def test_a_desk_hears_of_the_others_edit_within_a_second(stage: Stage, desk: DeskMaker) -> None:
    a, b = desk("a"), desk("b")
    for one in (a, b):
        one.start()
    until(lambda: online(a) and online(b), within=15)
    until(lambda: sum(path.endswith("/live") for path, _ in stage.faults.asked) >= 2, within=5)
    time.sleep(0.3)
    a.edit(edits.create(name="Ida Brandt"))
    until(lambda: customers(b, "Ida Brandt") == 1, within=1)


def test_long_polls_carry_on_where_streams_are_swallowed(stage: Stage, desk: DeskMaker) -> None:
    """P17."""
    a, b = desk("a"), desk("b")
    b.start()
    stage.faults.spoil("/live", *[Fault.EMPTY_REPLY] * 2)
    until(lambda: any("after=" in query for _, query in stage.faults.asked), within=10)
    a.start()
    until(lambda: online(a), within=15)
    a.edit(edits.create(name="Ida Brandt"))
    until(lambda: customers(b, "Ida Brandt") == 1, within=5)


def test_a_reset_loads_the_book_anew_and_keeps_what_waits(stage: Stage, shop: Shop, desk: DeskMaker) -> None:
    one = desk("a")
    one.start()
    until(lambda: online(one), within=15)
    stage.faults.heal()
    stage.faults.spoil("/pull", Fault.RESET_REQUIRED, Fault.SLOW)
    one.engine.sync_now()
    until(lambda: stage.faults.count("/pull") == 2, within=5)
    one.edit(edits.create(name="Made while it loads"))
    until(lambda: drained(one), within=15)
    pulls = [query for path, query in stage.faults.asked if path.endswith("/pull")]
    assert ["cursor=" in query for query in pulls[:2]] == [True, False]
    require_converged(stage, shop, one, 1)


def test_a_book_that_begins_again_takes_edits_while_it_comes(
    stage: Stage, shop: Shop, desk: DeskMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link that stalls in the middle of a book keeps nobody from working with the one that is there."""
    one, begun, goes_on = desk("a"), threading.Event(), threading.Event()
    one.do(lambda replica: begin_again(replica.database, new_id(), offer_sent=True))
    assert one.do(lambda replica: replica.is_usable)
    pull = one._transport.pull

    def stalling(lines: Iterator[Any]) -> Iterator[Any]:
        yield next(lines)
        begun.set()
        assert goes_on.wait(20)
        yield from lines

    @contextmanager
    def slowly(*asked: Any, **named: Any) -> Iterator[Iterator[Any]]:
        with pull(*asked, **named) as lines:
            yield stalling(lines)

    monkeypatch.setattr(one._transport, "pull", slowly)
    one.start()
    try:
        assert begun.wait(15)
        one.run(edits.create(name="Ida Brandt")).result(5)
    finally:
        goes_on.set()
    until(lambda: drained(one), within=15)
    require_converged(stage, shop, one, 1)


def test_what_was_decided_before_is_handed_in_though_something_else_waits_between(
    stage: Stage, shop: Shop, desk: DeskMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a gathering leaves it: each book had begun again, and then something was entered. The server takes no gap."""
    monkeypatch.setattr(exchange_module, "_RECOVERS", 0.2)
    one = desk("a")
    for number in range(5):
        one.edit(edits.create(name=f"Customer {number}"))
    decided = "UPDATE outbox SET was_version = 100 + seq, was_outcome = 'applied' WHERE seq IN (1, 2, 4)"
    one.do(lambda replica: replica.database.run(decided))
    recover_until(stage.engine, shop.tenant, now() + timedelta(minutes=5))
    one.start()
    try:
        until(lambda: offered(stage, shop) == 3, within=15)
        # The server has the offer before its desk knows that, and says so.
        until(
            lambda: (one.status.message, one.status.trouble) == (exchange_module._PUT_BACK, Trouble.PUT_BACK), within=15
        )
        until(lambda: stage.faults.count("/register") > 2, within=15)
        assert stage.faults.count("/offer") == 2, "once an epoch"
    finally:
        end_recovery(stage.engine, shop.tenant)
    one.engine.sync_now()
    until(lambda: drained(one), within=15)
    require_converged(stage, shop, one, 5)


def offered(stage: Stage, shop: Shop) -> int:
    """How many edits desks have handed in."""
    return next((one.offered for one in recovering(stage.engine) if one.tenant == shop.tenant), 0)


def test_a_reset_that_is_answered_for_ever_is_asked_for_with_patience(
    stage: Stage, shop: Shop, desk: DeskMaker
) -> None:
    """P18: a hundred stale replies end in back-off, and in a whole book once they end."""
    one = desk("a")
    stage.faults.spoil("/pull", *[Fault.RESET_REQUIRED] * 100)
    one.start()
    time.sleep(4)
    assert 2 <= stage.faults.count("/pull") <= 15
    assert one.status.connection is Connection.OFFLINE
    stage.faults.heal()
    until(lambda: drained(one), within=15)
    require_converged(stage, shop, one, 0)
