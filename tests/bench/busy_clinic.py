"""A month of a busy clinic on a desk: a hundred people and rooms, 20,000 visits, 50,000 customers, and the rest."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Final

from desktop.store.replica import Replica
from shared import clock
from shared.clock import instant_text
from shared.ids import derived_id
from shared.model.appointment import Appointment, Status, Step
from shared.model.attention import AttentionState
from shared.model.base import (
    AppointmentId,
    AttentionItemId,
    CustomerId,
    HoursExceptionId,
    MutationId,
    NoteId,
    OwnerId,
    SeriesId,
    TimeBlockId,
    UserId,
    WaitlistEntryId,
)
from shared.model.customer import Customer
from shared.model.hours import HoursException, TimeBlock
from shared.model.member import Member, Role
from shared.model.note import Note, NoteAbout
from shared.model.plan import boundless
from shared.model.registry import Entity
from shared.model.resource import Resource
from shared.model.series import Series
from shared.model.waitlist import WaitlistEntry, WaitlistState
from shared.rules import allocating, wall_time
from tests.bench import customers_found
from tests.bench.free_slots import DAYS, VISITS, MonthShop, month_hours, month_shop, month_visits
from tests.bench.numbers import lived
from tests.bench.shop_book import SEED, Ids
from tests.support.edits_of_each_kind import refused_booking
from tests.support.replicas import filled, loaded_afresh
from tests.support.salon import ANA, BEN, BUSINESS, COLOUR, CUT, LOCATION, MEMBER, MIRA, STAFF_USER, TEN, Salon

CUSTOMERS: Final = 50_000
FIRST_DAY: Final = date(2026, 4, 20)
"""So that the Tuesday of the small salon, at whose ten o'clock it is now, is in the middle of the month."""
_FREE_UNTIL: Final = 15
"""Hour of the day before which Ana and Ben are not booked: each kind of edit finds its place there."""
_SERIES_HOUR: Final = 16
_REGULARS: Final = 25
"""One in so many customers comes as often as all the others together."""


class MonthClock(clock.SystemClock):
    """Tells the same time for as long as it is measured."""

    def now(self) -> datetime:
        """Ten o'clock."""
        return TEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """A desk of the clinic, with some rows to ask about."""

    replica: Replica
    shop: MonthShop
    visits: int
    customers: int
    paid: AppointmentId
    """A visit that is over and paid."""
    ahead: AppointmentId
    """A visit that is still to come."""
    request: AppointmentId
    repeated: AppointmentId
    """A visit of a series."""
    entry: WaitlistEntryId


def open_clinic(path: Path, *, visits: int = VISITS, customers: int = CUSTOMERS) -> Clinic:
    """The clinic with its owner at the desk; the same one at every run. The clock must stand at `TEN`."""
    made = _Month(visits, customers)
    rows = tuple(made.rows())
    replica = filled(path, Salon())
    loaded_afresh(replica, *rows)
    booked = [one for one in rows if isinstance(one, Appointment)]
    ahead = [one for one in booked if one.starts_at > TEN]
    return Clinic(
        replica=replica,
        shop=made.shop,
        visits=len(booked),
        customers=customers,
        paid=next(one.id for one in booked if one.status is Status.COMPLETED),
        ahead=next(one.id for one in ahead if one.status is Status.BOOKED),
        request=next(one.id for one in ahead if one.status is Status.REQUESTED),
        repeated=next(one.id for one in ahead if one.series_id),
        entry=next(one.id for one in rows if isinstance(one, WaitlistEntry) and one.state is WaitlistState.WAITING),
    )


class _Month:
    def __init__(self, visits: int, customers: int) -> None:
        self._ids, self._dice = Ids(SEED), random.Random(SEED)
        self._visits = visits
        self.shop = month_shop(self._ids, FIRST_DAY, at=LOCATION, known=(ANA, BEN))
        self._people = (MIRA, *(self._person(number) for number in range(customers - 1)))
        self._regulars = self._people[::_REGULARS]
        self._series: dict[SeriesId, Series] = {}

    def rows(self) -> Iterator[Entity]:
        """Every row that the server has."""
        shop = self.shop
        opening: tuple[Entity, ...] = (BUSINESS, LOCATION, CUT, COLOUR, shop.cut, shop.colour, *shop.resources)
        yield from opening
        # So large that nothing is refused by it, and counted all the same.
        yield replace(
            boundless(BUSINESS.id), customers=200_000, appointments_a_month=200_000, resources=500, locations=10
        )
        yield replace(MEMBER, role=Role.TENANT_OWNER)
        for number in range(20):
            mail = f"member{number}@clinic.example"
            yield Member(id=UserId(self._ids()), name=f"Member {number}", email=mail, role=Role.TENANT_STAFF)
        yield from month_hours(self.shop, self._ids)
        yield from self._closed()
        yield from self._people
        visits = list(self._booked())
        for one in visits:
            yield from self._came_to(one)
        yield from self._series.values()
        yield from self._noted(visits)
        yield from self._waiting()
        yield from self._refused(visits)

    def _person(self, number: int) -> Customer:
        made = customers_found.customer(self._dice, number)
        if number % 200 == 7:
            return replace(made, archived=True)
        # Some share the number of the one before, as families and records that were made twice do.
        phones = (f"+49 30 {number - 1:07}",) if number % 100 == 3 else made.phones
        return replace(made, phones=phones, alert="Allergic to latex." if number % 50 == 0 else "")

    def _closed(self) -> Iterator[Entity]:
        for person in self.shop.people[2:]:
            day = FIRST_DAY + timedelta(days=self._dice.randrange(DAYS))
            if self._dice.random() < 0.3:
                row_id = HoursExceptionId(self._ids())
                yield HoursException(id=row_id, owner_id=OwnerId(person.id), day=day, opens=None, closes=None)
            for at in range(4):
                evening = wall_time.minute_of(FIRST_DAY + timedelta(days=7 * at + 1), 20 * 60, LOCATION.zone)
                yield self._block(person, evening, "Team")
            yield self._block(person, wall_time.minute_of(day, 12 * 60, LOCATION.zone), "Training")

    def _block(self, person: Resource, start: datetime, reason: str) -> TimeBlock:
        row_id = TimeBlockId(self._ids())
        return TimeBlock(
            id=row_id, resource_id=person.id, starts_at=start, ends_at=start + timedelta(hours=1), reason=reason
        )

    def _booked(self) -> Iterator[Appointment]:
        # A few more are made than are wanted, because those in whose place edits are to come are left out.
        count = 0
        for row in month_visits(self.shop, self._ids, self._dice, self._visits * 21 // 20):
            if isinstance(row, Appointment) and count < self._visits and not self._is_kept_free(row):
                count += 1
                yield self._repeated(row)

    def _is_kept_free(self, visit: Appointment) -> bool:
        hour = wall_time.local(visit.starts_at, visit.zone).hour
        return visit.resources[0] in (ANA.id, BEN.id) and hour < _FREE_UNTIL

    def _repeated(self, visit: Appointment) -> Appointment:
        """The visit with its customer; some of each person's are one of a series."""
        local = wall_time.local(visit.starts_at, visit.zone)
        person = visit.resources[0]
        places = [one.id for one in self.shop.people]
        customer = self._dice.choice(self._regulars if self._dice.random() < 0.5 else self._people)
        if local.hour != _SERIES_HOUR or local.weekday() != places.index(person) % 7 or visit.starts_at < TEN:
            return replace(visit, customer_id=customer.id)
        series = self._series_of(visit, SeriesId(derived_id("series", person)), customer.id)
        return replace(
            visit, customer_id=series.customer_id, series_id=series.id, original_start=f"{visit.wall_start}/0"
        )

    def _series_of(self, visit: Appointment, row_id: SeriesId, customer: CustomerId) -> Series:
        return self._series.setdefault(
            row_id,
            Series(
                id=row_id, customer_id=customer, location_id=visit.location_id, zone=visit.zone,
                start=visit.wall_start, rrule="FREQ=WEEKLY", exdates=(), segments=visit.segments, notes="",
            ),
        )  # fmt: skip

    def _came_to(self, visit: Appointment) -> Iterator[Entity]:
        """What has become of a visit, with what it holds and what was paid for it."""
        chance = self._dice.random()
        if visit.ends_at <= TEN and chance < 0.85:
            assert visit.customer_id is not None
            yield from lived(visit, self._ids, visit.customer_id)
            yield from allocating.allocations_of(visit)
            return
        if visit.ends_at <= TEN:
            status = Status.NO_SHOW if chance < 0.9 else Status.CANCELLED
        elif visit.starts_at <= TEN:
            status = Status.IN_SERVICE
        else:
            likely = ((0.6, Status.BOOKED), (0.85, Status.CONFIRMED), (0.9, Status.REQUESTED), (1.0, Status.CANCELLED))
            status = next(one for most, one in likely if chance < most)
        entered = Step(status=Status.BOOKED, at=visit.starts_at - timedelta(days=20), by=STAFF_USER)
        steps = (entered, Step(status=status, at=visit.starts_at - timedelta(days=19), by=STAFF_USER))
        made = replace(visit, status=status, steps=steps[:1] if status is Status.BOOKED else steps)
        yield made
        if status is not Status.CANCELLED:
            yield from allocating.allocations_of(made)

    def _noted(self, visits: list[Appointment]) -> Iterator[Note]:
        about: list[tuple[NoteAbout, str]] = [(NoteAbout.CUSTOMER, one.id) for one in self._regulars]
        about += [(NoteAbout.APPOINTMENT, one.id) for one in visits[::10]]
        for at, (kind, subject) in enumerate(about):
            yield Note(
                id=NoteId(self._ids()), about=kind, subject_id=subject, text="Prefers the room by the garden.",
                author_id=STAFF_USER, as_whom=None, at=TEN - timedelta(hours=at),
            )  # fmt: skip

    def _waiting(self) -> Iterator[WaitlistEntry]:
        states = cycle((WaitlistState.WAITING, WaitlistState.BOOKED, WaitlistState.WITHDRAWN, WaitlistState.EXPIRED))
        for at, person in zip(range(400), cycle(self._regulars), strict=False):
            yield WaitlistEntry(
                id=WaitlistEntryId(self._ids()), customer_id=person.id, service_id=self.shop.cut.id,
                location_id=LOCATION.id, people=(), weekdays=(), earliest=0, latest=24 * 60, from_day=None, to_day=None,
                priority=at % 3, party=1, notes="", state=next(states), asked_at=TEN - timedelta(hours=at + 1),
            )  # fmt: skip

    def _refused(self, visits: list[Appointment]) -> Iterator[Entity]:
        """Twenty that are open and three hundred that somebody has settled."""
        first = refused_booking()
        yield first
        for at, visit in enumerate(visits[: -1 : max(1, len(visits) // 320)][:320]):
            args = {
                "appointment_id": derived_id("refused", visit.id), "customer_id": visit.customer_id,
                "location_id": LOCATION.id, "start": instant_text(visit.starts_at),
                "segments": [{"service_id": self.shop.cut.id, "resources": [visit.resources[0]]}],
            }  # fmt: skip
            yield replace(
                first, id=AttentionItemId(self._ids()), mutation_id=MutationId(self._ids()), args=args,
                details={"appointment": visit.id}, subject_id=str(args["appointment_id"]), gathered=(),
                state=AttentionState.OPEN if at % 16 == 0 else AttentionState.DROPPED,
            )  # fmt: skip
