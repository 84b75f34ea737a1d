"""The book of a demo tenant, as the edits that its people would have made."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from shared import ids
from shared.clock import instant_text
from shared.rules import wall_time
from syncserver.services.demo import names
from syncserver.services.demo.names import ServiceIdea
from syncserver.services.demo.plans import DemoPlan, Site


@dataclass(frozen=True, slots=True)
class DemoEdit:
    """One mutation and when it was made."""

    at: datetime
    name: str
    args: dict[str, Any]


_OPENS, _CLOSES, _SATURDAY_CLOSES = 9 * 60, 18 * 60, 15 * 60
_PHASES = ("before", "active", "processing", "finishing", "after")


@dataclass(slots=True)
class _Book:
    plan: DemoPlan
    now: datetime
    chance: random.Random
    rooms_taken: dict[str, list[tuple[datetime, datetime]]] = field(default_factory=dict)
    number: int = 0

    def id(self, *parts: str) -> str:
        return ids.derived_id("demo", self.plan.slug, *parts)

    @property
    def opened(self) -> datetime:
        return self.now - timedelta(days=self.plan.days_back + 30)

    def setup(self) -> Iterator[DemoEdit]:
        position = 0
        for site in self.plan.sites:
            location = self.id("location", site.name)
            yield self._made(
                "location.create", location_id=location, name=site.name, zone=site.zone, address=site.address
            )
            for weekday in range(6):
                closes = _SATURDAY_CLOSES if weekday == 5 else _CLOSES
                yield self._made(
                    "hours.set", owner_id=location, weekday=weekday, openings=[{"opens": _OPENS, "closes": closes}]
                )
            yield self._made("hours.set", owner_id=location, weekday=6, openings=[])
            for kind, called in (("STAFF", site.staff), ("ROOM", site.rooms)):
                for name in called:
                    member = self.plan.staff_user if position == 0 else None
                    yield self._made(
                        "resource.create", resource_id=self.id("resource", name), location_id=location, kind=kind,
                        name=name, colour=names.STAFF_COLOURS[position % 8] if kind == "STAFF" else "#7d8794",
                        position=position, member_id=member,
                    )  # fmt: skip
                    position += 1
        for idea in names.SERVICES:
            needs: list[dict[str, Any]] = [{"kind": "STAFF"}]
            if idea.room:
                needs.append({"kind": "ROOM", "any_of": [self.id("resource", idea.room)]})
            yield self._made(
                "service.create", service_id=self.id("service", idea.name), name=idea.name, category=idea.category,
                colour=idea.colour, price=idea.price, needs=needs, **dict(zip(_PHASES, idea.phases, strict=True)),
            )  # fmt: skip

    def _made(self, mutation: str, /, **args: Any) -> DemoEdit:
        return DemoEdit(self.opened, mutation, args)

    def customers(self) -> Iterator[DemoEdit]:
        for number, (first, last) in zip(range(self.plan.customers), names.people(), strict=False):
            phone = f"{self.plan.phone_areas[number // 100 % len(self.plan.phone_areas)]}{number % 100:02}"
            mail = names.email(first, last)
            yield self._made(
                "customer.create", customer_id=self.id("customer", str(number)), name=f"{first} {last}",
                phones=[phone], emails=[mail] if number % 3 else [],
                alert=self.chance.choice(names.ALERTS) if number % 17 == 0 else "",
                notes=self.chance.choice(names.NOTES) if number % 6 == 0 else "",
                tags=["regular"] if number % 5 == 0 else [],
            )  # fmt: skip

    def bookings(self) -> Iterator[DemoEdit]:
        for site in self.plan.sites:
            today = wall_time.local(self.now, site.zone).date()
            for offset in range(-self.plan.days_back, self.plan.days_ahead):
                day = today + timedelta(days=offset)
                if day.weekday() != 6:
                    for name in site.staff:
                        yield from self._day(site, name, day, busy=0.92 if offset <= 2 else 0.92 - offset * 0.04)

    def _day(self, site: Site, staff: str, day: date, *, busy: float) -> Iterator[DemoEdit]:
        minute = _OPENS + self.chance.choice((0, 0, 15, 30))
        closes = _SATURDAY_CLOSES if day.weekday() == 5 else _CLOSES
        lunch = self.chance.choice((12 * 60, 12 * 60 + 30, 13 * 60))
        while True:
            idea = self.chance.choice(names.SERVICES)
            length = idea.minutes
            if minute < lunch + 45 and minute + idea.before + length + idea.after > lunch:
                minute = lunch + 45
            start = wall_time.minute_of(day, minute + idea.before, site.zone)
            if minute + idea.before + length > closes:
                return
            if self.chance.random() < busy and self._room_is_free(site, idea, start, length):
                yield from self._visit(site, staff, idea, start, length)
            minute += -(-(idea.before + length + idea.after) // 15) * 15 + self.chance.choice((0, 0, 0, 15))

    def _room_is_free(self, site: Site, idea: ServiceIdea, start: datetime, length: int) -> bool:
        if idea.room is None:
            return True
        if idea.room not in site.rooms:
            return False
        begins, ends = start - timedelta(minutes=idea.before), start + timedelta(minutes=length + idea.after)
        taken = self.rooms_taken.setdefault(idea.room, [])
        if any(begins < until and since < ends for since, until in taken):
            return False
        taken.append((begins, ends))
        return True

    def _visit(self, site: Site, staff: str, idea: ServiceIdea, start: datetime, length: int) -> Iterator[DemoEdit]:
        self.number += 1
        appointment = self.id("appointment", str(self.number))
        resources = [self.id("resource", staff), *([self.id("resource", idea.room)] if idea.room else [])]
        lead = timedelta(days=self.chance.randrange(1, 21), minutes=self.chance.randrange(0, 600))
        yield DemoEdit(
            min(start, self.now) - lead,
            "appointment.book",
            {
                "appointment_id": appointment,
                "customer_id": self.id("customer", str(self.chance.randrange(self.plan.customers))),
                "location_id": self.id("location", site.name),
                "start": instant_text(start),
                "segments": [{"service_id": self.id("service", idea.name), "resources": resources}],
                "source": self.chance.choice(("desk", "phone", "phone", "online")),
                "notes": self.chance.choice(names.VISIT_NOTES) if self.number % 9 == 0 else "",
            },
        )
        yield from self._what_came_of_it(appointment, start, length)

    def _what_came_of_it(self, appointment: str, start: datetime, length: int) -> Iterator[DemoEdit]:
        end = start + timedelta(minutes=length)
        draw = self.chance.random()
        if end < self.now:
            if draw < 0.05:
                yield self._step("no_show", appointment, "booked", start, start + timedelta(minutes=20))
            elif draw < 0.1:
                yield self._step("cancel", appointment, "booked", start, start - timedelta(hours=5))
            else:
                late = timedelta(minutes=self.chance.randrange(-8, 6))
                yield self._step("arrive", appointment, "booked", start, start + late)
                yield self._step("complete", appointment, "arrived", start, end)
        elif start < self.now:
            yield self._step("arrive", appointment, "booked", start, start)
            yield self._step("start", appointment, "arrived", start, min(self.now, start + timedelta(minutes=4)))
        elif draw < 0.35:
            yield self._step("confirm", appointment, "booked", start, self.now - timedelta(minutes=30))

    def _step(self, step: str, appointment: str, status: str, start: datetime, at: datetime) -> DemoEdit:
        args = {"appointment_id": appointment, "was": {"status": status, "start": instant_text(start)}}
        return DemoEdit(at, f"appointment.{step}", args)


def edits(plan: DemoPlan, now: datetime, *, seed: int = 7) -> Iterator[DemoEdit]:
    """Every edit that makes the book of a demo tenant, in an order in which each can be taken.

    The ids are derived from the plan, so that doing it again makes nothing twice.
    """
    book = _Book(plan=plan, now=now, chance=random.Random(seed))  # noqa: S311 - invented data, the same each time
    yield from book.setup()
    yield from book.customers()
    yield from book.bookings()
