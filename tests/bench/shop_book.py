"""A busy business made by the thousand: visits side by side, written as the server keeps them."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import Final
from uuid import UUID

from sqlalchemy import Engine

from shared import clock
from shared.model.appointment import Appointment, Segment, Source, Status, Step
from shared.model.base import (
    AppointmentId,
    BusinessId,
    CustomerId,
    HoursRuleId,
    LocationId,
    OwnerId,
    ResourceId,
    ServiceId,
    UserId,
)
from shared.model.business import Business, Location
from shared.model.customer import Customer
from shared.model.hours import HoursRule
from shared.model.member import Role
from shared.model.plan import Tier
from shared.model.registry import Entity, type_of
from shared.model.resource import Resource, ResourceKind
from shared.model.service import Service
from shared.rules import allocating, wall_time
from syncserver.services.identity.passwords import hash_password
from syncserver.store.rows import flush
from syncserver.store.tenancy import Tenant, take_clock, tenant_transaction
from syncserver.store.tenants import create_tenant
from syncserver.store.users import create_user

SEED: Final = 20260504
PASSWORD: Final = "thousand small visits"
ZONE: Final = "Europe/Berlin"
STAFF: Final = 20
SLOT: Final = timedelta(minutes=30)
SLOTS: Final = 20
"""Visits of one member of staff in a day, from 6:00 UTC on."""
A_DAY: Final = STAFF * SLOTS
_AT_ONCE: Final = 5000
_FIRST_NAMES: Final = (
    "Ada", "Bea", "Carl", "Dana", "Emil", "Fritz", "Greta", "Hana", "Ida",
    "Jan", "Kai", "Lena", "Mia", "Nils", "Olga", "Paul", "Rosa", "Sven",
)  # fmt: skip
_LAST_NAMES: Final = (
    "Abel", "Bauer", "Conrad", "Dietz", "Ebner", "Falk", "Graf", "Hahn", "Irmer", "Jung", "Kern", "Lange", "Maas",
    "Nolte", "Otto",
)  # fmt: skip


class Ids:
    """Ids in order of time like everybody's (RFC 9562, section 5.7), the same ones at every run of a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._milliseconds = 1_750_000_000_000

    def __call__(self) -> str:
        """The next id."""
        self._milliseconds += self._random.randrange(1, 50)
        number = self._milliseconds << 80 | 0x7 << 76 | self._random.getrandbits(12) << 64
        return str(UUID(int=number | 0b10 << 62 | self._random.getrandbits(62)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A tenant with its book: who works there, what is sold, who comes, and the first day without a visit."""

    tenant: Tenant
    email: str
    user: UserId
    location: LocationId
    staff: tuple[ResourceId, ...]
    services: tuple[Service, ...]
    customers: tuple[CustomerId, ...]
    free_from: datetime
    """6:00 UTC."""
    appointments: int

    def place(self, number: int, first_day: datetime) -> tuple[ResourceId, datetime]:
        """Whose and when the `number`th visit from a day on is; all of them lie side by side."""
        day, within = divmod(number, A_DAY)
        slot, person = divmod(within, STAFF)
        return self.staff[person], first_day + timedelta(days=day) + slot * SLOT


def open_book(engine: Engine, *, appointments: int, seed: int = SEED) -> Book:
    """A new tenant whose book holds so many visits, the last of them today."""
    ids = Ids(seed)
    slug = f"bench-{appointments}-{clock.monotonic() * 1000:.0f}"
    tenant = create_tenant(engine, slug=slug, name="Bench", tier=Tier.ENTERPRISE, business=_business(BusinessId(ids())))
    email = f"manager@{slug}.example"
    user = create_user(
        engine, tenant, email=email, name="Manager", role=Role.TENANT_MANAGER, password_hash=hash_password(PASSWORD)
    )
    today = datetime.combine(clock.now().date(), time(6), UTC)
    book = Book(
        tenant=tenant,
        email=email,
        user=user.id,
        location=LocationId(ids()),
        staff=tuple(ResourceId(ids()) for _ in range(STAFF)),
        services=tuple(_service(ServiceId(ids()), number) for number in range(12)),
        customers=tuple(CustomerId(ids()) for _ in range(max(50, appointments // 25))),
        free_from=today + timedelta(days=1),
        appointments=appointments,
    )
    first_day = book.free_from - timedelta(days=-(-appointments // A_DAY))
    dice = random.Random(seed)
    write(engine, tenant, _ground(book, ids, dice))
    write(engine, tenant, _visits(book, ids, dice, first_day))
    return book


def write(engine: Engine, tenant: Tenant, rows: Iterable[Entity]) -> None:
    """Write rows as they are, with their pointers, at one version."""
    with tenant_transaction(engine, tenant) as connection:
        version = take_clock(connection, tenant)
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        remaining = iter(rows)
        while some := list(islice(remaining, _AT_ONCE)):
            kinds = [(row, type_of(row)) for row in some]
            flush(connection, version, {(kind.table, row.id): kind.encode(row) for row, kind in kinds})


def _business(business_id: BusinessId) -> Business:
    return Business(
        id=business_id, name="Bench", zone=ZONE, currency="EUR", locale="en-GB", first_day_of_week=0, slot_step=15,
        min_notice=0, max_advance=3650, cancel_window=24 * 60, requests_hold=True, series_clash="part",
    )  # fmt: skip


def _service(service_id: ServiceId, number: int) -> Service:
    # Every other one needs five minutes to tidy up: half an hour is taken in any case.
    after = 5 * (number % 2)
    return Service(
        id=service_id, name=f"Cut and finish {number}", category="Hair", colour="#5b8def", price=4500, before=0,
        active=30 - after, processing=0, finishing=0, after=after,
    )  # fmt: skip


def _ground(book: Book, ids: Ids, dice: random.Random) -> Iterator[Entity]:
    yield Location(id=book.location, name="High Street", zone=ZONE, address="12 High Street")
    for position, one in enumerate(book.staff):
        name = f"{_FIRST_NAMES[position % len(_FIRST_NAMES)]} {position}"
        yield Resource(
            id=one, location_id=book.location, kind=ResourceKind.STAFF, name=name, capacity=1, colour="#d9824b",
            position=position,
        )  # fmt: skip
    yield from book.services
    for weekday in range(7):
        owner, rule = OwnerId(book.location), HoursRuleId(ids())
        yield HoursRule(id=rule, owner_id=owner, weekday=weekday, opens=6 * 60, closes=20 * 60)
    for customer in book.customers:
        name = f"{dice.choice(_FIRST_NAMES)} {dice.choice(_LAST_NAMES)}"
        mail = f"{name.replace(' ', '.').lower()}.{dice.randrange(10**6)}@example.org"
        yield Customer(id=customer, name=name, phones=(f"+4930{dice.randrange(10**8):08d}",), emails=(mail,))


def _visits(book: Book, ids: Ids, dice: random.Random, first_day: datetime) -> Iterator[Entity]:
    today = book.free_from - timedelta(days=1)
    for number in range(book.appointments):
        resource, start = book.place(number, first_day)
        service = dice.choice(book.services)
        taken = (Status.BOOKED,) if start >= today else (Status.BOOKED, Status.ARRIVED, Status.COMPLETED)
        visit = Appointment(
            id=AppointmentId(ids()),
            customer_id=dice.choice(book.customers),
            location_id=book.location,
            starts_at=start,
            ends_at=start + timedelta(minutes=service.minutes),
            zone=ZONE,
            wall_start=wall_time.wall_text(start, ZONE),
            segments=(_segment(service, resource),),
            status=taken[-1],
            source=Source.PHONE,
            notes="Likes it short at the sides." if number % 10 == 0 else "",
            price=service.price,
            currency="EUR",
            steps=tuple(Step(status=one, at=start, by=book.user) for one in taken),
        )
        yield visit
        yield from allocating.allocations_of(visit)


def _segment(service: Service, resource: ResourceId) -> Segment:
    return Segment(
        service_id=service.id, name=service.name, colour=service.colour, price=service.price, before=service.before,
        active=service.active, processing=0, finishing=0, after=service.after, resources=(resource,),
    )  # fmt: skip
