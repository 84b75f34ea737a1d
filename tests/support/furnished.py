"""A salon in full swing at a desk: several of all that there can be, and edits of its own that wait."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from desktop.desk import Desk
from desktop.operations import appointments, blocks, customers, notes, payments, series, waitlist
from desktop.operations.operation import Operation
from shared.clock import instant_text
from shared.errors import Refusal
from shared.model.appointment import Appointment
from shared.model.attention import AttentionItem, AttentionState
from shared.model.base import (
    AttentionItemId,
    CustomerId,
    HoursRuleId,
    LocationId,
    MutationId,
    OwnerId,
    ResourceId,
    ServiceId,
)
from shared.model.business import Location
from shared.model.customer import Customer
from shared.model.hours import HoursRule
from shared.model.member import Member, Role
from shared.model.note import NoteAbout
from shared.model.registry import Entity
from shared.model.resource import Resource, ResourceKind
from shared.model.service import During, Need, Service, Terms
from shared.mutations.waitlist import Wish
from tests.support.edits_of_each_kind import BEFORE_AND_EDIT, ONE_WAY_EDITS
from tests.support.replicas import patch
from tests.support.salon import ANA, BEN, COLOUR, CUT, LOCATION, MIRA, OWNER_USER, STAFF_USER, made_id

EAST = Location(id=LocationId(made_id("east")), name="East", zone="Europe/London", address="Mile End Rd. 2")
ROOM = Resource(
    id=ResourceId(made_id("room")), location_id=LOCATION.id, kind=ResourceKind.ROOM, name="Room", capacity=8,
    colour="#339966", position=2, pool="Rooms",
)  # fmt: skip
EVE = replace(BEN, id=ResourceId(made_id("eve")), location_id=EAST.id, name="Eve")
CLASS = Service(
    id=ServiceId(made_id("class")), name="Class", category="Courses", colour="#0088aa", price=1500, before=0,
    active=60, processing=0, finishing=0, after=0, capacity=6,
    needs=(Need(kind=ResourceKind.STAFF), Need(kind=ResourceKind.ROOM, pool="Rooms", during=During.ALL)),
    terms=(Terms(resource_id=BEN.id, price=1200, active=45),),
)  # fmt: skip
PEOPLE: tuple[tuple[str, tuple[str, ...], dict[str, Any]], ...] = (
    ("Lo Berg", ("+49 30 1111111",), {}),
    ("Lo Berg", ("+49 30 1111111", "+44 20 79460018"), {"tags": ("regular",)}),
    ("Zoë Ärmel 🙂", (), {"alert": "Allergic to ammonia"}),
    ("a" * 120, ("+49 151 2345678",), {"notes": "Comes late.\nAlways."}),
    ("<b>Bo</b>", ("+49 30 1234567",), {"language": "en"}),
)


def furnish(desk: Desk, midnight: datetime) -> None:
    """Fill the book from the day on that begins at `midnight`; what the rules refuse to the role is left out."""
    touched = desk.do(lambda replica: replica.apply_lines(patch(50, *_rows(midnight))))
    desk.changes.tell({table: frozenset(rows) for table, rows in touched.items()})
    for wish in _wishes(desk, midnight):
        # Staff may not all of it.
        with suppress(Refusal):
            desk.edit(wish)


def _rows(midnight: datetime) -> Iterator[Entity]:
    """What the server has already."""
    yield from (EAST, ROOM, EVE, CLASS)
    yield Member(id=OWNER_USER, name="Olga", email="olga@salon.example", role=Role.TENANT_OWNER)
    for weekday in range(7):
        rule = HoursRuleId(made_id(f"hours {weekday}"))
        yield HoursRule(id=rule, owner_id=OwnerId(LOCATION.id), weekday=weekday, opens=480, closes=1200)
    for number, (name, phones, more) in enumerate(PEOPLE):
        yield Customer(id=CustomerId(made_id(f"customer {number}")), name=name, phones=phones, **more)
    codes = ("outside_hours", "slot_taken", "changed_meanwhile", "not_found", "forbidden", "invalid")
    nine, ten = (instant_text(midnight + timedelta(hours=hour)) for hour in (9, 10))
    details = {
        "resource": ANA.id, "resource_name": "Ana", "zone": LOCATION.zone, "start": nine, "end": ten,
        "taken_from": nine, "taken_until": ten, "what": "customer", "subject": MIRA.id,
    }  # fmt: skip
    edits = [edit for _, edit in (*BEFORE_AND_EDIT.values(), *ONE_WAY_EDITS.values())]
    for number, (name, args) in enumerate(edits[::6]):
        moved = args | {"start": instant_text(midnight + timedelta(hours=9))} if name == "appointment.book" else args
        yield AttentionItem(
            id=AttentionItemId(made_id(f"item {number}")), mutation_id=MutationId(made_id(f"edit {number}")), name=name,
            args=moved, code=codes[number % len(codes)], details=details,
            subject_id=args.get("appointment_id", MIRA.id), author_id=STAFF_USER, as_whom=None, made_at=midnight,
            state=AttentionState.OPEN,
        )  # fmt: skip


def _wishes(desk: Desk, midnight: datetime) -> Iterator[Operation]:
    """What the person at the desk has entered since."""
    made, people = list[str](), [MIRA.id, *(made_id(f"customer {number}") for number in range(len(PEOPLE)))]
    for number in range(20):
        who = (ANA, BEN)[number % 2].id
        second = appointments.wish(COLOUR.id, [who]) if number % 3 == 0 else appointments.wish(CUT.id, [who])
        start = midnight + timedelta(days=number % 5 - 1, hours=9 + number % 8)
        booking = appointments.book(
            location_id=LOCATION.id, start=start, segments=[appointments.wish(CUT.id, [who]), second],
            customer_id=people[number % len(people)], notes="Wants tea" if number % 4 == 0 else "",
        )  # fmt: skip
        made.append(booking.args.appointment_id)
        yield booking
    yield appointments.book(
        location_id=LOCATION.id, start=midnight + timedelta(hours=18), party=3,
        segments=[appointments.wish(CLASS.id, [BEN.id, ROOM.id])], customer_id=MIRA.id,
    )  # fmt: skip
    yield appointments.book(
        location_id=LOCATION.id, start=midnight + timedelta(hours=19), segments=[appointments.wish(None, [ANA.id], 30)]
    )
    found = desk.do(lambda replica: [replica.tx().find(Appointment, one) for one in made])
    visits = [one for one in found if one is not None]
    month = midnight + timedelta(days=30)
    for visit, rule in zip(visits[:2], ("FREQ=WEEKLY;COUNT=4", "FREQ=DAILY;COUNT=3"), strict=False):
        yield series.repeat(visit, rule, before=month)
    for visit, step in zip(visits[2:6], ("confirm", "arrive", "start", "no_show"), strict=False):
        yield appointments.step(visit, step)
    for visit in visits[3:5]:
        yield payments.take(visit.id, LOCATION.id, kind="deposit", method="cash", amount=1000, currency="EUR")
        yield notes.add(NoteAbout.APPOINTMENT, visit.id, "Asked for the window seat.")
    yield appointments.cancel(visits[6], reason="Ill", by_business=True)
    yield notes.add(NoteAbout.CUSTOMER, MIRA.id, "Likes it quiet.")
    yield customers.consent(MIRA.id, "mail", given=True)
    noon = midnight + timedelta(hours=12)
    yield blocks.put(resource_id=BEN.id, start=noon, end=noon + timedelta(hours=1), reason="Lunch")
    yield from blocks.repeat(
        resource_id=ROOM.id, first=noon.replace(tzinfo=None), minutes=30, rrule="FREQ=DAILY;COUNT=5", before=month,
        reason="Cleaning", zone=LOCATION.zone,
    )  # fmt: skip
    for number, customer in enumerate(people[:3]):
        wish = Wish(service_id=(CUT.id, COLOUR.id, CLASS.id)[number], weekdays=(0, 1, 2)[:number], priority=number)
        yield waitlist.add(customer, LOCATION.id, wish)
