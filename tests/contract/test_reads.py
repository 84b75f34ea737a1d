"""The stores show a rule the same state, whatever was changed before it reads."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine

from desktop.store.base import write_edit
from desktop.store.replica import Replica
from desktop.store.rows import STORED, rows_of_keys
from desktop.store.tx import ReplicaTx
from shared.ids import derived_id
from shared.model.appointment import Allocation, Appointment, Source, Status
from shared.model.attention import AttentionItem, AttentionState
from shared.model.base import (
    AllocationId,
    AppointmentId,
    AttentionItemId,
    BusinessId,
    CustomerId,
    HoursExceptionId,
    HoursRuleId,
    LocationId,
    MutationId,
    NoteId,
    OwnerId,
    PaymentId,
    ResourceId,
    SeriesId,
    ServiceId,
    Span,
    TimeBlockId,
    UserId,
    WaitlistEntryId,
)
from shared.model.business import Business, Location
from shared.model.customer import Customer
from shared.model.hours import HoursException, HoursRule, TimeBlock
from shared.model.note import Note, NoteAbout
from shared.model.payment import Payment, PaymentKind, PaymentMethod
from shared.model.plan import Plan, Tier, boundless
from shared.model.registry import ENTITIES, Entity, canonical
from shared.model.resource import Resource, ResourceKind
from shared.model.series import Series
from shared.model.waitlist import Offer, WaitlistEntry, WaitlistState
from shared.rules.apart import apart
from shared.rules.plans import DEFAULTS, plan_row
from shared.store import Changes, Overlay, Reads, Wanted
from syncserver.store.engine import make_engine
from syncserver.store.rows import flush, row_json
from syncserver.store.tenancy import take_clock, tenant_transaction
from syncserver.store.tenants import create_tenant
from syncserver.store.working_set import WorkingSet
from tests.support.memory import MemoryTx
from tests.support.postgres import Postgres
from tests.support.shop import put_rows

MONDAY = datetime(2026, 5, 4, tzinfo=UTC)
RESOURCES = [ResourceId(derived_id("resource", str(one))) for one in range(4)]
CUSTOMERS = [CustomerId(derived_id("customer", str(one))) for one in range(4)]
VISITS = [AppointmentId(derived_id("visit", str(one))) for one in range(20)]
SERIES = [SeriesId(derived_id("series", str(one))) for one in range(4)]
PLACES = [LocationId(derived_id("location", str(one))) for one in range(2)]
MONTHS = [Span(MONDAY - timedelta(days=9), MONDAY), Span(MONDAY, MONDAY + timedelta(days=9))]
BUSINESS = Business(
    id=BusinessId(derived_id("business")), name="Lind", zone="Europe/Berlin", currency="EUR", locale="de",
    first_day_of_week=0, slot_step=15, min_notice=0, max_advance=365, cancel_window=60, requests_hold=True,
    series_clash="part",
)  # fmt: skip


def some_row(dice: random.Random) -> Entity:
    """A row out of few, so that a later one often replaces an earlier one."""
    number = str(dice.randrange(12))
    start = MONDAY + timedelta(minutes=15 * dice.randrange(14 * 96))
    end = start + timedelta(minutes=15 * dice.choice([1, 3, 4, 96, 192]))
    resource, visit = dice.choice(RESOURCES), dice.choice(VISITS)
    owner, day = OwnerId(resource), date(2026, 5, 1) + timedelta(days=dice.randrange(30))
    made: list[Entity] = [
        Allocation(
            # Beyond every capacity on purpose: what is held is not what is checked here.
            id=AllocationId(derived_id("allocation", number)), appointment_id=visit, resource_id=resource,
            starts_at=start, ends_at=end, over=True,
        ),
        Resource(
            id=ResourceId(derived_id("some resource", number)), location_id=dice.choice(PLACES),
            kind=ResourceKind.ROOM, name=number, capacity=1, colour="", position=0, archived=dice.random() < 0.5,
        ),
        Location(
            id=LocationId(derived_id("location", number)), name=number, zone="Europe/Berlin", address="",
            archived=dice.random() < 0.5,
        ),
        plan_row(BUSINESS.id, *dice.choice(list(DEFAULTS.items()))),
        TimeBlock(
            id=TimeBlockId(derived_id("block", number)), resource_id=resource, starts_at=start,
            ends_at=end + timedelta(days=dice.choice([0, 30])), reason="Leave", archived=dice.random() < 0.3,
        ),
        Appointment(
            id=visit, customer_id=dice.choice([None, *CUSTOMERS]), location_id=LocationId(derived_id("location")),
            starts_at=start, ends_at=end, zone="Europe/Berlin", wall_start="2026-05-04T09:00:00", segments=(),
            status=dice.choice(list(Status)), source=Source.DESK, notes="", price=0, currency="EUR", steps=(),
            series_id=dice.choice([None, *SERIES]),
        ),
        # Never another one under its id, nor removed.
        Payment(
            id=PaymentId(derived_id("payment", number)), appointment_id=VISITS[int(number) % 4],
            customer_id=CUSTOMERS[int(number) % 3],
            location_id=PLACES[0], kind=PaymentKind.TIP, method=PaymentMethod.CASH, amount=500, currency="EUR",
            note="", taken_by=UserId(derived_id("author")), as_whom=None, at=MONDAY,
        ),
        Series(
            id=dice.choice(SERIES), customer_id=dice.choice([None, *CUSTOMERS]), location_id=PLACES[0],
            zone="Europe/Berlin", start="2026-05-04T09:00:00", rrule="FREQ=DAILY", exdates=(), segments=(), notes="",
        ),
        apart(*dice.sample(CUSTOMERS, 2)),
        WaitlistEntry(
            id=WaitlistEntryId(derived_id("entry", number)), customer_id=dice.choice(CUSTOMERS),
            service_id=ServiceId(derived_id("service")), location_id=PLACES[0], people=(), weekdays=(1, 2), earliest=0,
            latest=1440, from_day=None, to_day=day, priority=0, party=1, notes="", state=WaitlistState.OFFERED,
            asked_at=start, offer=Offer(start=start, resources=(resource,), until=end),
        ),
        HoursRule(
            id=HoursRuleId(derived_id("rule", number)), owner_id=owner, weekday=dice.randrange(7), opens=480,
            closes=1080, valid_from=dice.choice([None, day]),
        ),
        HoursException(
            id=HoursExceptionId(derived_id("exception", number)), owner_id=owner, day=day, opens=None, closes=None
        ),
        Customer(
            id=CustomerId(derived_id("customer", number)), name=f"Zoë “{number}” O'Neil \\ 🙂",
            phones=("+49 30 1",) * dice.randrange(3), tags=("vip",), archived=dice.random() < 0.5,
        ),
        Note(
            id=NoteId(derived_id("note", number)), about=dice.choice(list(NoteAbout)),
            subject_id=dice.choice([visit, *CUSTOMERS]),
            text="Zoë’s \\ “note” 🙂", author_id=UserId(derived_id("author")), as_whom=None, at=start,
        ),
        AttentionItem(
            id=AttentionItemId(derived_id("item", number)), mutation_id=MutationId(derived_id("mutation", number)),
            name="appointment.book", args={"b": [1, {"z": None, "a": True}], "a": "ü"}, code="slot_taken", details={},
            subject_id=visit, author_id=UserId(derived_id("author")), as_whom=None, made_at=start,
            state=dice.choice(list(AttentionState)), also_about=tuple(dice.sample(VISITS, dice.randrange(3))),
        ),
    ]  # fmt: skip
    return dice.choice(made)


def some_changes(dice: random.Random, known: list[Any]) -> Changes:
    """A few rows put, a few removed."""
    removed = tuple((type(one), one.id) for one in dice.sample(known, min(len(known), dice.randrange(3))))
    removed = tuple(one for one in removed if one[0] not in (Plan, Payment))
    put = {(type(one), one.id): one for one in (some_row(dice) for _ in range(dice.randrange(1, 6)))}
    return Changes(put=tuple(put.values()), removed=tuple(one for one in removed if one not in put))


def seen(tx: Reads, dice: random.Random) -> list[object]:
    """What some reads show, in an order of their own."""
    start = MONDAY + timedelta(hours=dice.randrange(14 * 24))
    span = Span(start, start + timedelta(minutes=dice.choice([15, 60, 600, 3000])))
    resources = dice.sample(RESOURCES, 2)
    owners = [OwnerId(one) for one in resources]
    visit, row = dice.choice(VISITS), some_row(dice)
    first = date(2026, 5, 1) + timedelta(days=dice.randrange(20))
    told: list[Sequence[Any]] = [
        tx.overlapping(resources, span),
        tx.blocks(resources, span),
        tx.hours(owners),
        tx.exceptions(owners, first, first + timedelta(days=5)),
        tx.allocations_of(visit),
        tx.visits_of(dice.choice(CUSTOMERS)),
        tx.belongings_of(dice.choice(CUSTOMERS)),
        tx.occurrences_of(dice.choice(SERIES)),
        tx.payments_of(visit),
        tx.resources_at(dice.choice(PLACES)),
    ]
    open_about = tx.attention_about(visit)
    return [
        *[sorted(rows, key=lambda one: one.id) for rows in told],
        open_about,
        tx.find(type(row), row.id),
        tx.business(),
        tx.plan(),
        *(tx.live_count(cls) for cls in dice.sample([Customer, Location, Resource], dice.randrange(4))),
        tx.visits_starting(dice.choice(MONTHS) if dice.random() < 0.3 else span),
    ]


def some_wanted(dice: random.Random) -> Wanted:
    """A declaration of a part of what may be read; the rest is asked for as it is needed."""
    start = MONDAY + timedelta(hours=dice.randrange(14 * 24))
    row = some_row(dice)
    return Wanted(
        rows=((type(row), row.id),),
        spans=((tuple(dice.sample(RESOURCES, 2)), Span(start, start + timedelta(hours=8))),),
        owners=(OwnerId(dice.choice(RESOURCES)),),
        held_by=(dice.choice(VISITS),),
        subjects=(dice.choice(VISITS),),
        visitors=(dice.choice(CUSTOMERS),),
        belongings=(dice.choice(CUSTOMERS),),
        series=(dice.choice(SERIES),),
        paid_for=(dice.choice(VISITS),),
        places=(dice.choice(PLACES),),
    )


@pytest.fixture(scope="module")
def engine(postgres: Postgres) -> Iterator[Engine]:
    with postgres.fresh() as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


@pytest.mark.parametrize("seed", range(15))
def test_they_show_the_same_before_and_after_changes(engine: Engine, seed: int) -> None:
    dice = random.Random(seed)
    start = {(type(one), one.id): one for one in (some_row(dice) for _ in range(40))}
    start.setdefault((Plan, BUSINESS.id), plan_row(BUSINESS.id, Tier.FREE, DEFAULTS[Tier.FREE]))
    rows = [BUSINESS, *start.values()]
    memory, replica = MemoryTx(*rows), Replica(None, bytes(32))
    tenant = create_tenant(engine, slug=f"s{seed}", name="Lind", business=BUSINESS)
    put_rows(engine, tenant, *start.values())
    with replica.database.transaction(), tenant_transaction(engine, tenant) as connection:
        before = ReplicaTx(replica.database)
        before.apply(Changes(put=tuple(rows)))
        write_edit(replica.database, rows_of_keys(replica.database, before.final), before.final)
        here = ReplicaTx(replica.database)
        version = take_clock(connection, tenant)
        there = WorkingSet(connection)
        there.load([some_wanted(dice) for _ in range(3)])
        for _ in range(25):
            changes = some_changes(dice, [one for one in memory.rows.values() if not isinstance(one, Business)])
            over = Overlay(MemoryTx(*memory.rows.values()), changes)
            for store in (memory, here, there):
                store.apply(changes)
            ahead = [some_wanted(dice) for _ in range(dice.randrange(3))]
            state = dice.getstate()
            expected = seen(memory, dice)
            shown: tuple[Reads, ...] = (here, there, over)
            for reads in shown:
                for wanted in ahead:
                    reads.read_ahead(wanted)
                dice.setstate(state)
                assert seen(reads, dice) == expected
            if dice.random() < 0.2:
                # A share of a large push is written before the rest is decided.
                flush(connection, version, there.take_changed())
        flush(connection, version, there.take_changed())
        write_edit(replica.database, rows_of_keys(replica.database, here.final), here.final)
        for kind in ENTITIES.values():
            kept = replica.database.rows(STORED[kind.table].select)
            assert sorted(map(STORED[kind.table].entity_of, kept), key=_id) == sorted(memory.all(kind.cls), key=_id)
            written = connection.exec_driver_sql(f"SELECT {row_json(kind.table)}::text FROM {kind.table}").scalars()
            assert set(map(_canonical, written)) == {_canonical(_wire(kind, one)) for one in memory.all(kind.cls)}
    replica.close()


def _id(entity: Any) -> str:
    return str(entity.id)


def _wire(kind: Any, entity: Entity) -> str:
    return orjson.dumps(kind.encode(entity)).decode()


def _canonical(text: str) -> str:
    return canonical(orjson.loads(text))


def test_a_book_of_before_plans_goes_by_one_that_limits_nothing() -> None:
    replica = Replica(None, bytes(32))
    tx = ReplicaTx(replica.database)
    tx.apply(Changes(put=(BUSINESS,)))
    assert tx.plan() == MemoryTx(BUSINESS).plan() == boundless(BUSINESS.id)
    assert Overlay(tx, Changes()).plan() == boundless(BUSINESS.id)
    replica.close()
