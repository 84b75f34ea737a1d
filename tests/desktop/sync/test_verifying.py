"""What differs from the server is found, mended once with what waits kept, and never in a circle (P16, P18)."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from desktop.desk import Desk
from desktop.operations import appointments, customers
from desktop.store.base import Base
from desktop.store.meta import VERIFIED
from desktop.store.rows import STORED
from desktop.sync import verifying
from desktop.sync.problems import Busy, Stopped, TimedOut
from desktop.sync.replica_store import ReplicaStore
from desktop.sync.status import Connection, Trouble
from desktop.sync.transport import Transport
from desktop.sync.verifying import COMPLAINT, Verifying
from desktop.sync.watch import Watch
from shared import clock
from shared.errors import Unreachable
from shared.ids import new_id
from shared.model.appointment import Appointment
from shared.model.base import (
    CustomerId,
    HoursExceptionId,
    HoursRuleId,
    NoteId,
    OwnerId,
    PaymentId,
    SeriesId,
    TimeBlockId,
    WaitlistEntryId,
)
from shared.model.customer import Customer
from shared.model.hours import HoursException, HoursRule, TimeBlock
from shared.model.member import Role
from shared.model.note import Note, NoteAbout
from shared.model.payment import Payment, PaymentKind, PaymentMethod
from shared.model.registry import ENTITIES, Kind, canonical
from shared.model.series import Series
from shared.model.waitlist import Offer, WaitlistEntry, WaitlistState
from shared.rules.apart import apart
from shared.rules.permissions import Capability
from shared.rules.views import HELD_BY
from tests.desktop.sync.book import on_desk, on_server
from tests.desktop.sync.conftest import DeskMaker
from tests.desktop.sync.stage import Stage
from tests.support.moving_clock import moved
from tests.support.shop import Shop, put_rows
from tests.support.waiting import until
from tests.support.wire_desk import WireDesk, next_day

CALLS = ("verify", "repair", "pull")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> "Counter[str]":
    """How often the server was asked what; nothing has to wait for its time."""
    monkeypatch.setattr(verifying, "FIRST", (0.0, 0.0))
    counted: Counter[str] = Counter()
    for name in CALLS:
        monkeypatch.setattr(Transport, name, _counting(getattr(Transport, name), name, counted))
    return counted


def _counting(call: Callable[..., Any], name: str, counted: "Counter[str]") -> Callable[..., Any]:
    def made(*args: Any, **named: Any) -> Any:
        counted[name] += 1
        # A pull without a cursor is a whole book.
        counted["load"] += name == "pull" and named["cursor"] is None
        return call(*args, **named)

    return made


@pytest.fixture
def mine(asked: "Counter[str]", desk: DeskMaker, stage: Stage, shop: Shop) -> Desk:
    """A desk that has rows in every table, some with days and nulls; nothing has been asked yet."""
    put_rows(
        stage.engine, shop.tenant,
        *(HoursRule(id=HoursRuleId(new_id()), owner_id=OwnerId(shop.location), weekday=one, opens=0, closes=1440,
                    valid_from=date(2026, 1, 1) if one else None) for one in range(7)),
        HoursException(id=HoursExceptionId(new_id()), owner_id=OwnerId(shop.ben), day=date(2026, 12, 24), opens=None,
                       closes=None, reason="Christmas \u2028 \"eve\""),
        TimeBlock(id=TimeBlockId(new_id()), resource_id=shop.ben, starts_at=next_day(8), ends_at=next_day(9),
                  reason="Break\\"),
        Note(id=NoteId(new_id()), about=NoteAbout.CUSTOMER, subject_id=shop.customer, text="Ring first",
             author_id=shop.users[Role.TENANT_MANAGER], as_whom=None, at=next_day(8, days=-1)),
        Series(id=SeriesId(new_id()), customer_id=shop.customer, location_id=shop.location, zone="Europe/Berlin",
               start="2026-05-04T09:00:00", rrule="FREQ=WEEKLY", exdates=("2026-05-11T09:00:00/0",), segments=(),
               notes="Bring “both”"),
        WaitlistEntry(id=WaitlistEntryId(new_id()), customer_id=shop.customer, service_id=shop.cut,
                      location_id=shop.location, people=(), weekdays=(0, 4), earliest=0, latest=1440,
                      from_day=date(2026, 5, 4), to_day=None, priority=1, party=1, notes="", asked_at=next_day(8),
                      state=WaitlistState.OFFERED, offer=Offer(start=next_day(9), resources=(), until=next_day(8))),
        Payment(id=PaymentId(new_id()), appointment_id=None, customer_id=shop.customer, location_id=shop.location,
                kind=PaymentKind.TIP, method=PaymentMethod.CASH, amount=500, currency="EUR", note="",
                taken_by=shop.users[Role.TENANT_MANAGER], as_whom=None, at=next_day(8, days=-1)),
        apart(shop.customer, CustomerId(new_id())),
        *(Customer(id=CustomerId(new_id()), name=f"Customer {one}", phones=("+49 30 1",)) for one in range(12)),
    )  # fmt: skip
    wire = WireDesk(stage.url, shop, Role.TENANT_MANAGER).ready()
    wire.push(wire.booking(next_day(10)), wire.booking(next_day(10)))
    wire.http.close()
    made = desk("a")
    made.do(lambda replica: replica.meta.delete(VERIFIED))
    asked.clear()
    return made


def comparing(desk: Desk, loads: list[None] | None = None) -> Verifying:
    """What an engine compares with, with no engine around it; `loads` notes wishes for the whole book."""
    watch = Watch(lambda: None, lost=lambda: None, found=lambda: None, cut=lambda: None)
    noted: list[None] = [] if loads is None else loads
    return Verifying(
        desk._transport, desk.session, desk._replica_store, watch,
        load_afresh=lambda: noted.append(None), chance=random.Random(1),
    )  # fmt: skip


def harm(desk: Desk, table: str, how: str, *, key: str | None = None) -> None:
    """Do something to a row behind the replica's back."""

    def job(replica: Any) -> None:
        run = replica.database.run
        victim = key or replica.database.row(f"SELECT id FROM {table} ORDER BY id DESC")[0]
        if how == "lost":
            run(f"DELETE FROM {table} WHERE id = ?", (victim,))
        elif how == "added":
            names = ", ".join(f'"{name}"' for name in ENTITIES[table].names[1:])
            run(f"INSERT INTO {table} (id, {names}) SELECT ?, {names} FROM {table} WHERE id = ?", (new_id(), victim))
        else:
            run(f'UPDATE {table} SET "{_harmless(table)}" = ? WHERE id = ?', (f"harmed {new_id()}", victim))

    desk.do(job)


def _harmless(table: str) -> str:
    """A column of a table that the rules do not read."""
    texts = [column.name for column in ENTITIES[table].columns if column.kind is Kind.TEXT]
    ids = {"allocation": "resource_id", "hours_rule": "owner_id", "kept_apart": "other_id"}
    return ids.get(table) or texts[0]


@pytest.mark.parametrize("how", ["changed", "lost", "added"])
def test_a_row_of_each_table_is_found_and_mended_at_once(
    mine: Desk, asked: "Counter[str]", stage: Stage, shop: Shop, how: str
) -> None:
    for table in ENTITIES:
        if (table, how) != ("member", "changed"):
            harm(mine, table, how)
    assert on_desk(mine) != on_server(stage, shop)
    assert not comparing(mine).run()
    assert (asked["verify"], asked["repair"], asked["load"]) == (2, 1, 0)
    assert on_desk(mine) == on_server(stage, shop)
    found = "SELECT count(*) FROM customer_search WHERE name MATCH '\"customer\"'"
    assert mine.do(lambda replica: replica.database.row(found)) == (12,)
    assert mine.do(lambda replica: replica.meta.moment(VERIFIED)) is not None


def test_a_book_that_is_right_costs_one_question_a_night(mine: Desk, asked: "Counter[str]") -> None:
    compare = comparing(mine)
    for _ in range(3):
        assert not compare.run()
    assert not comparing(mine).run(), "nor after a start of the program"
    assert asked == {"verify": 1, "load": 0}
    with moved(timedelta(days=1)):
        assert not compare.run()
    assert asked["verify"] == 2


@pytest.fixture
def owners_hold_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second view: a manager may not hold what needs attention."""
    monkeypatch.setitem(HELD_BY, "attention_item", Capability.ERASE)


def test_a_book_without_some_tables_is_compared_too_and_keeps_nothing_of_them(
    owners_hold_more: None, mine: Desk, asked: "Counter[str]"
) -> None:
    assert on_desk(mine)["attention_item"] == {}
    assert not comparing(mine).run()
    assert asked == {"verify": 1, "load": 0}
    assert mine.do(lambda replica: replica.meta.moment(VERIFIED)) is not None
    mine.do(lambda replica: replica.database.run(LEFTOVER, (new_id(), new_id())))
    assert not comparing_again(mine).run()
    assert (asked["verify"], asked["repair"], asked["load"]) == (3, 1, 0)
    assert on_desk(mine)["attention_item"] == {}


LEFTOVER = """
INSERT INTO attention_item
    (id, mutation_id, name, args, code, details, made_at, state, gathered, also_about, subject_id)
VALUES (?, ?, 'appointment.book', '{}', 'slot_taken', '{}', '2026-05-04T09:00:00Z', 'open', '[]', '[]', '')
"""
"""What a role may not hold any more, and an earlier fault has left."""


def edits(desk: Desk, shop: Shop) -> str:
    """Have some edits wait: of a customer, of a new one, of a visit that is cancelled; the customer's id."""

    def seen(replica: Any) -> tuple[Customer, Appointment]:
        key = replica.database.row("SELECT id FROM appointment WHERE status = 'booked'")[0]
        return replica.tx().find(Customer, shop.customer), replica.tx().find(Appointment, key)

    customer, visit = desk.do(seen)
    desk.edit(customers.update(customer, {"alert": "Mine"}))
    desk.edit(customers.create(name="New here"))
    desk.edit(appointments.cancel(visit))
    return customer.id


def test_what_waits_is_no_difference_and_stays(mine: Desk, asked: "Counter[str]", stage: Stage, shop: Shop) -> None:
    edits(mine, shop)
    before = on_desk(mine)
    assert not comparing(mine).run()
    assert asked == {"verify": 1, "load": 0}
    for table in ("customer", "appointment", "service"):
        harm(mine, table, "added")
    assert not comparing_again(mine).run()
    assert (asked["verify"], asked["repair"]) == (3, 1)
    assert on_desk(mine) == before
    assert mine.do(lambda replica: replica.outbox.count()) == 3
    mine.start()
    until(lambda: mine.status.waiting == 0 and mine.status.connection is Connection.ONLINE)
    until(lambda: on_desk(mine) == on_server(stage, shop))


def comparing_again(desk: Desk) -> Verifying:
    desk.do(lambda replica: replica.meta.delete(VERIFIED))
    return comparing(desk)


def test_the_servers_version_under_a_waiting_edit_is_mended(
    mine: Desk, asked: "Counter[str]", stage: Stage, shop: Shop
) -> None:
    customer = edits(mine, shop)
    kept = on_desk(mine)
    mine.do(lambda replica: replica.database.run(
        "UPDATE base SET row = replace(row, '+49 30 1234', '+49 30 9999') WHERE row_id = ?", (customer,)
    ))  # fmt: skip
    assert not comparing(mine).run()
    assert (asked["verify"], asked["repair"]) == (2, 1)
    base = mine.do(lambda replica: dict(Base(replica.database)._now))
    server = on_server(stage, shop)
    assert base["customer", customer] == canonical(server["customer"][customer])
    assert on_desk(mine) == kept
    assert mine.do(lambda replica: replica.outbox.count()) == 3


@contextmanager
def harmed_again(monkeypatch: pytest.MonkeyPatch, desk: Desk) -> Iterator[None]:
    """Whatever the server sends, the same row is harmed once more as soon as it is taken."""
    with monkeypatch.context() as patched:
        for name in ("apply_lines", "take_over"):
            patched.setattr(ReplicaStore, name, _harming(desk, getattr(ReplicaStore, name)))
        yield


def _harming(desk: Desk, take: Callable[[ReplicaStore, Any], None]) -> Callable[[ReplicaStore, Any], None]:
    def taken(store: ReplicaStore, what: Any) -> None:
        take(store, what)
        harm(desk, "customer", "changed")

    return taken


def test_what_nothing_mends_is_reported_and_left_alone_until_the_next_night(
    mine: Desk, asked: "Counter[str]", stage: Stage, shop: Shop, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    with harmed_again(monkeypatch, mine):
        harm(mine, "customer", "changed")
        mine.start()
        until(lambda: (mine.status.message, mine.status.trouble) == (COMPLAINT, Trouble.MISMATCH))
        for _ in range(5):
            pulls = asked["pull"]
            mine.engine.sync_now()
            until(lambda before=pulls: asked["pull"] > before)  # type: ignore[misc]
        assert (asked["verify"], asked["repair"], asked["load"]) == (3, 1, 1)
        assert mine.status.connection is Connection.ONLINE
    assert [one.message for one in caplog.records if one.levelname == "ERROR"] == ["verify.differs"]
    assert shop.canary not in caplog.text
    with moved(timedelta(days=1)):
        mine.engine.sync_now()
        until(lambda: mine.status.message == "")
    assert (asked["verify"], asked["repair"], asked["load"]) == (5, 2, 1)
    assert on_desk(mine) == on_server(stage, shop)


def test_where_much_differs_the_book_is_loaded_afresh(
    mine: Desk, asked: "Counter[str]", stage: Stage, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "_ROWS", 1)
    monkeypatch.setattr(verifying, "MAX_REPAIRED", 3)
    mine.do(lambda replica: replica.database.run("UPDATE customer SET notes = 'harmed'"))
    mine.start()
    until(lambda: asked["verify"] == 2 and not mine.status.syncing)
    assert (asked["repair"], asked["load"]) == (0, 1)
    assert on_desk(mine) == on_server(stage, shop)
    assert mine.status.message == ""


def test_a_book_is_compared_after_it_was_loaded(mine: Desk, asked: "Counter[str]") -> None:
    assert not comparing(mine).run()
    mine.engine._exchange.load_afresh()
    mine.start()
    until(lambda: asked["load"] == 1 and asked["verify"] == 2)


def test_whatever_is_written_meanwhile_alarms_nobody(
    mine: Desk, asked: "Counter[str]", stage: Stage, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others write between this desk's sums and the server's answer, and so does the person at the desk."""
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    monkeypatch.setattr(verifying, "_ROWS", 4)
    wire = WireDesk(stage.url, shop, Role.TENANT_MANAGER).ready()
    ask = Transport.verify

    def meanwhile(transport: Transport, token: str, question: Any) -> Any:
        known = sorted(on_desk(mine)["customer"])
        changed = [
            Customer(id=CustomerId(one), name=f"{dice.random()}") for one in dice.sample(known, dice.randrange(3))
        ]
        fresh = [Customer(id=CustomerId(new_id()), name="New") for _ in range(dice.randrange(3))]
        put_rows(stage.engine, shop.tenant, *changed, *fresh)
        if dice.random() < 0.5:
            wire.push(wire.booking(next_day(dice.randrange(8, 18), days=dice.randrange(2, 9))))
        if dice.random() < 0.5:
            key = dice.choice(known)
            seen = mine.do(lambda replica: replica.tx().find(Customer, key))
            assert seen is not None
            mine.edit(customers.update(seen, {"alert": f"{dice.random()}"}))
        return ask(transport, token, question)

    monkeypatch.setattr(Transport, "verify", meanwhile)
    for round_ in range(1, 13):
        assert not comparing_again(mine).run()
        assert (asked["verify"], asked["repair"]) == (round_, 0), f"seed {seed}"
        if dice.random() < 0.4:
            mine.engine._exchange.run()
    wire.http.close()
    while mine.engine._exchange.run():
        pass
    assert on_desk(mine) == on_server(stage, shop), f"seed {seed}"


@pytest.mark.parametrize("trouble", [Busy("later", 1.0), TimedOut("slow"), Stopped("not_found", "old")], ids=repr)
def test_a_server_that_does_not_compare_is_no_reason_not_to_sync(
    mine: Desk, stage: Stage, shop: Shop, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    tried: list[None] = []

    def refuse(*_: Any) -> Any:
        tried.append(None)
        raise trouble

    monkeypatch.setattr(Transport, "verify", refuse)
    mine.start()
    mine.edit(customers.create(name="New here"))
    until(lambda: len(tried) == 1 and mine.status.waiting == 0 and mine.status.connection is Connection.ONLINE)
    mine.engine.sync_now()
    until(lambda: on_desk(mine) == on_server(stage, shop))
    assert len(tried) == 1


def test_a_server_that_is_away_is_what_it_always_is(mine: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any) -> Any:
        raise Unreachable("gone")

    monkeypatch.setattr(Transport, "verify", away)
    compare = comparing(mine)
    with pytest.raises(Unreachable):
        compare.run()
    assert not compare.run(), "and it is not asked again at once"


def test_a_server_that_always_wants_a_pull_first_is_not_asked_for_ever(
    mine: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Transport, "verify", lambda *_: {"version": 1, "behind": True, "ranges": []})
    compare = comparing(mine)
    assert [compare.run() for _ in range(8)] == [True, True, True, False, False, False, False, False]
    assert mine.do(lambda replica: replica.meta.moment(VERIFIED)) is None


def test_a_comparison_ends_with_the_engine(mine: Desk, asked: "Counter[str]") -> None:
    compare = comparing(mine)
    compare.stop()
    with pytest.raises(Unreachable):
        compare.run()
    assert asked["verify"] == 0


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        ("05-04 10:00", "05-04 23:00", False),
        ("05-04 10:00", "05-05 01:59", False),
        ("05-04 10:00", "05-05 02:31", True),
        ("05-04 10:00", "05-09 09:00", True),
        ("05-05 02:31", "05-05 23:00", False),
        ("05-05 00:10", "05-05 02:31", True),
    ],
)
def test_the_next_comparison_is_due_in_the_night(last: str, now: str, due: bool) -> None:  # noqa: FBT001
    def local(text: str) -> datetime:
        return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").astimezone()

    night = verifying._last_night(local(now).astimezone(UTC), timedelta(hours=2, minutes=30))
    assert (local(last) < night) is due


def test_a_book_that_was_compared_under_a_clock_that_ran_ahead_is_compared_again(mine: Desk) -> None:
    compare = comparing(mine)
    with moved(timedelta(days=3650)):
        mine._replica_store.note_verified()
    compare._not_before = clock.monotonic()
    assert compare._is_due()
    mine._replica_store.note_verified()
    assert not compare._is_due()


def test_every_table_of_the_registry_is_summed(mine: Desk) -> None:
    """An edit leaves every sum as it was, whatever it does to the tables: it is the server's rows that are summed."""
    store = mine._replica_store
    before = [store.next_sum(table, None, 10_000) for table in ENTITIES]
    assert [one.rows for one in before] == [len(rows) for rows in on_desk(mine).values()]
    mine.edit(customers.create(name="New here"))
    assert [store.next_sum(table, None, 10_000) for table in STORED] == before
