"""The next five free slots on a desk: a hundred people and rooms, twenty thousand visits in the month."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from desktop.queries.free_slots import free_slots
from desktop.store.replica import Replica
from shared.clock import instant_text
from shared.model.appointment import Appointment, Source, Status
from shared.model.base import AppointmentId, HoursRuleId, LocationId, OwnerId, ResourceId, ServiceId, Span
from shared.model.business import Location
from shared.model.hours import HoursRule
from shared.model.registry import Entity
from shared.model.resource import Resource, ResourceKind
from shared.model.service import During, Need, Service
from shared.mutations.appointment.arguments import Book, SegmentWish
from shared.rules import allocating, choosing, wall_time
from shared.rules.slots import Wishes
from tests.bench.figures import Figure, figure, milliseconds
from tests.bench.shop_book import SEED, ZONE, Ids
from tests.bench.stage import Stage
from tests.support.replicas import filled, patch
from tests.support.salon import BUSINESS, Salon

PEOPLE: Final = 70
ROOMS: Final = 30
HOURS: Final = 12
DAYS: Final = 30
VISITS: Final = 20_000
RUNS: Final = 15
_FULL: Final = 2
"""Days from the first on in which nobody has a gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthShop:
    """What is booked, and where."""

    location: Location
    resources: tuple[Resource, ...]
    colour: Service
    cut: Service
    midnight: datetime

    @property
    def people(self) -> tuple[Resource, ...]:
        return self.resources[:PEOPLE]


def measure(ground: Stage) -> list[Figure]:
    """How long the search takes for one service, for two in a row, for one person, and where days are full."""
    ids, dice = Ids(SEED), random.Random(SEED)
    visits, runs = (VISITS // 10, 3) if ground.quick else (VISITS, RUNS)
    replica, shop = _book(ground.folder / "free-slots.db", ids, dice, visits)
    first, later = shop.midnight + timedelta(hours=9), shop.midnight + timedelta(days=_FULL, hours=9)
    ana = Wishes(people=(shop.people[7].id,))
    try:
        return [
            _figure(replica, shop, f"free slots: {words}", services, after, wishes, ids, runs)
            for words, services, after, wishes in (
                ("anybody, one service", (shop.cut,), later, None),
                ("anybody, two services in a row", (shop.colour, shop.cut), later, None),
                ("one person, two services in a row, weeks ahead", (shop.colour, shop.cut), later, ana),
                (f"anybody, after {_FULL} full days", (shop.colour,), first, None),
            )
        ]
    finally:
        replica.close()


def _figure(
    replica: Replica,
    shop: MonthShop,
    name: str,
    services: tuple[Service, ...],
    after: datetime,
    wishes: Wishes | None,
    ids: Ids,
    runs: int,
) -> Figure:
    args = Book(
        appointment_id=AppointmentId(ids()),
        customer_id=None,
        location_id=shop.location.id,
        start=after,
        segments=tuple(SegmentWish(service_id=one.id, resources=(), fill=True) for one in services),
    )
    found = free_slots(replica, args, wishes=wishes)
    assert len(found) == 5, name
    took = [milliseconds(lambda: free_slots(replica, args, wishes=wishes)) for _ in range(runs)]
    days = Span(after, found[-1].ends)
    alone = [milliseconds(_rows_alone, replica, shop, days, wishes) for _ in range(runs)]
    return figure(
        name, "ms", took, limit=sorted(alone)[runs // 2], limit_is="SQLCipher alone: the same allocations as tuples",
        bar=20, goal=10,
    )  # fmt: skip


def _rows_alone(replica: Replica, shop: MonthShop, days: Span, wishes: Wishes | None) -> None:
    """The rows without which nobody could tell: what is held of those who could do it."""
    people = wishes.people if wishes else tuple(one.id for one in shop.people)
    wanted = (*people, *(one.id for one in shop.resources[PEOPLE:]))
    marks = ", ".join("?" * len(wanted))
    replica.database.rows(
        f"SELECT resource_id, starts_at, ends_at, units FROM allocation WHERE resource_id IN ({marks})"
        " AND starts_at < ? AND starts_at > ? AND ends_at > ?",
        (*wanted, *(instant_text(one) for one in (days.end, days.start - timedelta(days=2), days.start))),
    )


def _book(path: Path, ids: Ids, dice: random.Random, visits: int) -> tuple[Replica, MonthShop]:
    replica = filled(path, Salon())
    shop = month_shop(ids, replica.now().date() + timedelta(days=1))
    rows: list[Entity] = [
        replace(BUSINESS, zone=ZONE, max_advance=3650), shop.location, *shop.resources, shop.colour, shop.cut,
        *month_hours(shop, ids), *month_visits(shop, ids, dice, visits),
    ]  # fmt: skip
    replica.apply_lines(patch(2, *rows))
    return replica, shop


def month_shop(ids: Ids, day: date, *, at: Location | None = None, known: tuple[Resource, ...] = ()) -> MonthShop:
    """People and chairs, and what they are booked for, from a day on; `known` are some of the people."""
    location = at or Location(id=LocationId(ids()), name="High Street", zone=ZONE, address="")
    made = (_resource(ids, location, ResourceKind.STAFF, number, "") for number in range(len(known), PEOPLE))
    people = (*known, *made)
    rooms = tuple(_resource(ids, location, ResourceKind.ROOM, PEOPLE + number, "Chair") for number in range(ROOMS))
    room = Need(kind=ResourceKind.ROOM, pool="Chair")
    cut = Service(
        id=ServiceId(ids()), name="Cut", category="", colour="", price=4500, before=0, active=45, processing=0,
        finishing=0, after=5, needs=(Need(kind=ResourceKind.STAFF), room),
    )  # fmt: skip
    colour = Service(
        id=ServiceId(ids()), name="Colour", category="", colour="", price=9000, before=5, active=30, processing=30,
        finishing=20, after=10, needs=(Need(kind=ResourceKind.STAFF, during=During.HANDS_ON), room),
    )  # fmt: skip
    return MonthShop(
        location=location, resources=(*people, *rooms), colour=colour, cut=cut,
        midnight=wall_time.minute_of(day, 0, ZONE),
    )  # fmt: skip


def _resource(ids: Ids, location: Location, kind: ResourceKind, number: int, pool: str) -> Resource:
    return Resource(
        id=ResourceId(ids()), location_id=location.id, kind=kind, name=f"{kind.value.title()} {number}", capacity=1,
        colour="#d9824b", position=number, pool=pool,
    )  # fmt: skip


def month_hours(shop: MonthShop, ids: Ids) -> Iterator[HoursRule]:
    """The hours of the location and of each person."""
    for owner in (OwnerId(shop.location.id), *(OwnerId(one.id) for one in shop.people)):
        for weekday in range(7):
            rule = HoursRuleId(ids())
            yield HoursRule(id=rule, owner_id=owner, weekday=weekday, opens=8 * 60, closes=(8 + HOURS) * 60)


def month_visits(shop: MonthShop, ids: Ids, dice: random.Random, visits: int) -> Iterator[Entity]:
    """So many visits side by side; on the first days everybody has one in every hour, later now and then a gap."""
    a_day = PEOPLE * HOURS
    share = (visits - _FULL * a_day) / ((DAYS - _FULL) * a_day)
    first = wall_time.local(shop.midnight, ZONE).date()
    for day in range(DAYS):
        opens = wall_time.minute_of(first + timedelta(days=day), 8 * 60, ZONE)
        for person in shop.people:
            for hour in range(HOURS):
                if day < _FULL or dice.random() < share:
                    yield from _visit(shop, ids, person, opens + timedelta(hours=hour))


def _visit(shop: MonthShop, ids: Ids, person: Resource, start: datetime) -> Iterator[Entity]:
    segment = replace(choosing.snapshot(shop.cut), active=55, after=5, resources=(person.id,))
    visit = Appointment(
        id=AppointmentId(ids()), customer_id=None, location_id=shop.location.id, starts_at=start,
        ends_at=start + timedelta(minutes=segment.minutes), zone=ZONE, wall_start=wall_time.wall_text(start, ZONE),
        segments=(segment,), status=Status.BOOKED, source=Source.DESK, notes="", price=4500, currency="EUR", steps=(),
    )  # fmt: skip
    yield visit
    yield from allocating.allocations_of(visit)
