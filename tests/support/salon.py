"""A small business in memory, for tests of the rules: two stylists, a class room, two services, one customer."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shared import ids
from shared.model.base import (
    BusinessId,
    CustomerId,
    LocationId,
    MutationId,
    ResourceId,
    ServiceId,
    UserId,
)
from shared.model.business import Business, Location
from shared.model.customer import Customer
from shared.model.member import Member, Role
from shared.model.resource import Resource, ResourceKind
from shared.model.service import Service
from shared.mutations.decide import Decision, decide
from shared.mutations.registry import Actor, Context
from shared.protocol.codec import arguments_of
from tests.support.memory import MemoryTx


def made_id(name: str) -> str:
    """The same id for the same name, in every test."""
    return ids.derived_id("test", name)


BUSINESS = Business(
    id=BusinessId(made_id("business")),
    name="Salon Lind",
    zone="Europe/Berlin",
    currency="EUR",
    locale="de-DE",
    first_day_of_week=0,
    slot_step=15,
    min_notice=120,
    max_advance=365,
    cancel_window=24 * 60,
    requests_hold=True,
    series_clash="part",
)
LOCATION = Location(id=LocationId(made_id("location")), name="Mitte", zone="Europe/Berlin", address="Torstr. 1")
STAFF_USER = UserId(made_id("user-ana"))
OWNER_USER = UserId(made_id("user-owner"))
MEMBER = Member(id=STAFF_USER, name="Ana", email="ana@salon.example", role=Role.TENANT_STAFF)
ANA = Resource(
    id=ResourceId(made_id("ana")),
    location_id=LOCATION.id,
    kind=ResourceKind.STAFF,
    name="Ana",
    capacity=1,
    colour="#336699",
    position=0,
    member_id=STAFF_USER,
)
BEN = Resource(
    id=ResourceId(made_id("ben")),
    location_id=LOCATION.id,
    kind=ResourceKind.STAFF,
    name="Ben",
    capacity=1,
    colour="#993366",
    position=1,
)
CUT = Service(
    id=ServiceId(made_id("cut")),
    name="Cut",
    category="Hair",
    colour="#88aa00",
    price=4500,
    before=0,
    active=45,
    processing=0,
    finishing=0,
    after=5,
)
COLOUR = Service(
    id=ServiceId(made_id("colour")),
    name="Colour",
    category="Hair",
    colour="#aa0088",
    price=9000,
    before=5,
    active=30,
    processing=30,
    finishing=20,
    after=10,
)
MIRA = Customer(id=CustomerId(made_id("mira")), name="Mira Holm", phones=("+49 30 1234567",))
TEN = datetime(2026, 5, 5, 8, tzinfo=UTC)
"""Ten o'clock of a Tuesday in Berlin."""
NOW = TEN - timedelta(days=1)


class Salon:
    """The business with a way to send it mutations as they come over the wire."""

    def __init__(self) -> None:
        self.tx = MemoryTx(BUSINESS, LOCATION, MEMBER, ANA, BEN, CUT, COLOUR, MIRA)

    def send(self, mutation: str, /, *, role: Role = Role.TENANT_STAFF, at: datetime = NOW, **args: Any) -> Decision:
        """Decide one mutation as a person of a role would make it."""
        user = STAFF_USER if role is Role.TENANT_STAFF else OWNER_USER
        ctx = Context(at=at, actor=Actor(user_id=user, role=role), mutation_id=MutationId(ids.new_id()))
        return decide(self.tx, ctx, mutation, arguments_of(mutation, 1, args), args)

    def book(self, name: str, start: datetime = TEN, **changes: Any) -> Decision:
        """Book Ana for a cut, but for what is said otherwise."""
        return self.send("appointment.book", **(booking_of(name, start) | changes))


def booking_of(name: str, start: datetime = TEN) -> dict[str, Any]:
    """The arguments of a booking of Ana for a cut."""
    return {
        "appointment_id": made_id(name),
        "customer_id": MIRA.id,
        "location_id": LOCATION.id,
        "start": wire(start),
        "segments": [{"service_id": CUT.id, "resources": [ANA.id]}],
    }


def wire(instant: datetime) -> str:
    """An instant as on the wire."""
    return instant.isoformat().replace("+00:00", "Z")


def was(status: str, start: datetime = TEN) -> dict[str, str]:
    """The version that a person saw."""
    return {"status": status, "start": wire(start)}
