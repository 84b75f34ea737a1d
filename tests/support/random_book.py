"""A book made by chance: hours, exceptions, blocks, pools, phases, buffers, terms, parties, and visits in it."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from shared.errors import Refusal
from shared.model.appointment import Appointment, Source, Status
from shared.model.base import (
    AppointmentId,
    HoursExceptionId,
    HoursRuleId,
    LocationId,
    OwnerId,
    ResourceId,
    ServiceId,
    TimeBlockId,
    UserId,
)
from shared.model.business import Location
from shared.model.hours import HoursException, HoursRule, TimeBlock
from shared.model.member import Role
from shared.model.resource import Resource, ResourceKind
from shared.model.service import During, Need, Service, Terms
from shared.mutations.appointment.arguments import SegmentWish
from shared.rules import booking, planning, wall_time
from shared.store import Changes
from tests.support.memory import MemoryTx
from tests.support.salon import BUSINESS, made_id

AUTHOR = UserId(made_id("user-owner"))
POOLS = ("Treatment room", "Hall")


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomBook:
    """The book, and what can be asked of it."""

    tx: MemoryTx
    location: Location
    day: date
    resources: tuple[Resource, ...]
    services: tuple[Service, ...]
    at: datetime

    def visit(self, name: str, party: int = 1) -> Appointment:
        """A visit without anything in it yet."""
        start = wall_time.minute_of(self.day, 0, self.location.zone)
        return Appointment(
            id=AppointmentId(made_id(name)), customer_id=None, location_id=self.location.id, starts_at=start,
            ends_at=start, zone=self.location.zone, wall_start="", segments=(), status=Status.BOOKED,
            source=Source.DESK, notes="", price=0, currency="EUR", steps=(), party=party,
        )  # fmt: skip

    def wish(self, dice: Random) -> tuple[SegmentWish, ...]:
        """One service or two in a row, with somebody named now and then."""
        return tuple(self._one(dice) for _ in range(dice.choice((1, 1, 2))))

    def _one(self, dice: Random) -> SegmentWish:
        service = dice.choice(self.services)
        able = [one.id for one in self.resources if any(booking_serves(one, need) for need in service.needs)]
        named = tuple(dice.sample(able, min(len(able), dice.choice((0, 0, 1)))))
        minutes = dice.choice((None, None, None, service.minutes + 10))
        return SegmentWish(
            service_id=service.id, resources=named, fill=True, minutes=minutes,
            exchangeable=named if dice.random() < 0.5 else (),
        )  # fmt: skip


def booking_serves(resource: Resource, need: Need) -> bool:
    """Whether a resource is of the kind that a need names."""
    return resource.kind is need.kind


def random_book(dice: Random, zone: str, day: date) -> RandomBook:
    """A book of a few people and rooms around a local day."""
    location = Location(id=LocationId(made_id("random-location")), name="Here", zone=zone, address="")
    resources = tuple(_resources(dice, location))
    services = tuple(_service(dice, number, resources) for number in range(4))
    step = dice.choice((15, 20, 30, 45))
    business = replace(BUSINESS, zone=zone, slot_step=step, max_advance=400)
    owners = [OwnerId(location.id), *(OwnerId(one.id) for one in resources)]
    rules = [rule for owner in owners for rule in _rules(dice, owner)]
    dated = [one for owner in owners for one in _dated(dice, owner, day)]
    midnight = wall_time.minute_of(day, 0, zone)
    blocks = [_block(dice, one, midnight, number) for one in resources for number in range(dice.choice((0, 0, 1, 2)))]
    book = RandomBook(
        tx=MemoryTx(business, location, *resources, *services, *rules, *dated, *blocks),
        location=location, day=day, resources=resources, services=services, at=midnight - timedelta(days=1),
    )  # fmt: skip
    for number in range(dice.randrange(16)):
        _try_to_book(book, dice, midnight, number)
    return book


def _resources(dice: Random, location: Location) -> list[Resource]:
    def made(kind: ResourceKind, number: int, **more: Any) -> Resource:
        row_id = ResourceId(made_id(f"random-{kind}-{number}"))
        return Resource(
            id=row_id, location_id=location.id, kind=kind, name=f"{kind} {number}", colour="", position=number, **more
        )

    people = [made(ResourceKind.STAFF, number, capacity=1) for number in range(3)]
    rooms = [
        made(ResourceKind.ROOM, 3 + number, capacity=dice.choice((1, 1, 6)), pool=dice.choice(POOLS))
        for number in range(3)
    ]
    return [*people, *rooms, made(ResourceKind.EQUIPMENT, 6, capacity=3, pool="Kit")]


def _service(dice: Random, number: int, resources: tuple[Resource, ...]) -> Service:
    people = [one.id for one in resources if one.kind is ResourceKind.STAFF]
    durings = (During.ALL, During.HANDS_ON, During.ACTIVE)
    chosen = tuple(sorted(dice.sample(people, 2)))
    needs = [Need(kind=ResourceKind.STAFF, any_of=dice.choice(((), chosen)), during=dice.choice(durings))]
    if dice.random() < 0.6:
        needs.append(Need(kind=ResourceKind.ROOM, pool=dice.choice(("", *POOLS)), during=dice.choice(durings)))
    if dice.random() < 0.3:
        needs.append(
            Need(kind=ResourceKind.EQUIPMENT, pool="Kit", count=dice.choice((1, 2)), during=dice.choice(durings))
        )
    if dice.random() < 0.2:
        needs[0] = replace(needs[0], any_of=(), count=2)
    terms: tuple[Terms, ...] = ()
    if dice.random() < 0.3:
        terms = tuple(
            Terms(resource_id=one, active=dice.choice((None, 30, 50)), price=dice.choice((None, 7))) for one in chosen
        )
    return Service(
        id=ServiceId(made_id(f"random-service-{number}")), name=f"Service {number}", category="", colour="", price=100,
        before=dice.choice((0, 0, 10)), active=dice.choice((0, 15, 30, 45)), processing=dice.choice((0, 0, 30)),
        finishing=dice.choice((10, 20)), after=dice.choice((0, 5, 20)), needs=tuple(needs), capacity=6, terms=terms,
    )  # fmt: skip


def _rules(dice: Random, owner: OwnerId) -> list[HoursRule]:
    if dice.random() < 0.3:
        return []
    opens = dice.choice((0, 60, 545, 600))
    spans = dice.choice((
        [(opens, opens + 480)], [(opens, opens + 200), (opens + 230, opens + 600)], [(1320, 1320 + 300)], [(0, 1440)],
    ))  # fmt: skip
    return [
        HoursRule(
            id=HoursRuleId(made_id(f"rule-{owner}-{day}-{one}")), owner_id=owner, weekday=day, opens=one, closes=end
        )
        for day in range(7)
        for one, end in spans
        if dice.random() < 0.9
    ]  # fmt: skip


def _dated(dice: Random, owner: OwnerId, day: date) -> list[HoursException]:
    if dice.random() < 0.8:
        return []
    opens, closes = dice.choice(((None, None), (30, 300), (700, 900), (1200, 1600)))
    return [
        HoursException(
            id=HoursExceptionId(made_id(f"dated-{owner}")), owner_id=owner,
            day=day + timedelta(days=dice.choice((-1, 0, 1))), opens=opens, closes=closes,
        )
    ]  # fmt: skip


def _block(dice: Random, resource: Resource, midnight: datetime, number: int) -> TimeBlock:
    start = midnight + timedelta(minutes=dice.randrange(0, 2400, 5))
    return TimeBlock(
        id=TimeBlockId(made_id(f"block-{resource.id}-{number}")), resource_id=resource.id, starts_at=start,
        ends_at=start + timedelta(minutes=dice.randrange(5, 300, 5)), reason="Away",
    )  # fmt: skip


def _try_to_book(book: RandomBook, dice: Random, midnight: datetime, number: int) -> None:
    start = (midnight + timedelta(minutes=dice.randrange(-120, 2400, 5))).astimezone(UTC)
    bare = replace(book.visit(f"visit-{number}", party=dice.choice((1, 1, 3))), starts_at=start, ends_at=start)
    over = "squeezed in" if dice.random() < 0.1 else None
    try:
        planned = planning.planned(book.tx, bare, book.wish(dice), over=over is not None)
        put = booking.place(book.tx, planned, at=book.at, role=Role.TENANT_OWNER, override=over)
    except Refusal:
        put = Changes()
    book.tx.apply(put)
