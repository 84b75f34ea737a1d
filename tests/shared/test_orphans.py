"""Visits that hours and blocks leave outside, beside a look at every minute of each."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.errors import Code
from shared.model.appointment import Appointment, Status
from shared.model.base import AppointmentId, HoursExceptionId, HoursRuleId, OwnerId, TimeBlockId
from shared.model.business import Location
from shared.model.hours import HoursException, HoursRule, TimeBlock
from shared.model.member import Role
from shared.model.resource import Resource
from shared.mutations.hours import exception_id
from shared.rules.orphans import orphaned, orphans
from shared.store import Changes, Overlay
from tests.support.memory import MemoryTx
from tests.support.salon import ANA, BEN, LOCATION, TEN, Salon, made_id, was

NINE_TO_SIX = [{"opens": 540, "closes": 1080}]


def visits(salon: Salon) -> list[Appointment]:
    return sorted(salon.tx.all(Appointment), key=lambda one: one.starts_at)


def owner(salon: Salon, name: str, **args: Any) -> None:
    assert salon.send(name, role=Role.TENANT_OWNER, **args).code is None


def test_a_visit_that_the_hours_leave_out_is_named_with_what_is_in_the_way() -> None:
    salon = Salon()
    salon.book("early")
    salon.book("late", TEN + timedelta(hours=6))
    owner(salon, "hours.set", owner_id=ANA.id, weekday=1, openings=[{"opens": 540, "closes": 720}])
    (one,) = orphans(salon.tx, visits(salon))
    assert one.visit.id == made_id("late")
    assert (one.why.code, one.why.details["resource_name"]) == (Code.OUTSIDE_HOURS, "Ana")


def test_a_holiday_of_the_location_beats_the_hours_of_a_person() -> None:
    salon = Salon()
    salon.book("on the holiday")
    for place in (LOCATION.id, ANA.id):
        owner(salon, "hours.set", owner_id=place, weekday=1, openings=NINE_TO_SIX)
    owner(salon, "hours.except", owner_id=ANA.id, day="2026-05-05", opens=540, closes=1080)
    assert orphans(salon.tx, visits(salon)) == ()
    owner(salon, "hours.except", owner_id=LOCATION.id, day="2026-05-05", reason="Holiday")
    assert [one.visit.id for one in orphans(salon.tx, visits(salon))] == [made_id("on the holiday")]
    assert salon.book("another", TEN + timedelta(hours=2)).code is Code.OUTSIDE_HOURS


def test_hours_of_a_season_hold_on_its_first_and_its_last_day() -> None:
    salon = Salon()
    for number in range(4):
        salon.book(f"week {number}", TEN + timedelta(days=7 * number))
    season = {"opens": 540, "closes": 1080, "valid_from": "2026-05-12", "valid_to": "2026-05-19"}
    owner(salon, "hours.set", owner_id=ANA.id, weekday=1, openings=[season])
    assert [one.visit.id for one in orphans(salon.tx, visits(salon))] == [made_id("week 0"), made_id("week 3")]


def test_a_season_that_ends_before_it_begins_is_refused() -> None:
    season = {"opens": 540, "closes": 1080, "valid_from": "2026-05-12", "valid_to": "2026-05-11"}
    args: dict[str, Any] = {"owner_id": ANA.id, "weekday": 1, "openings": [season]}
    decision = Salon().send("hours.set", role=Role.TENANT_OWNER, **args)
    assert decision.code is Code.INVALID


@pytest.mark.parametrize("end", ["appointment.cancel", "appointment.complete"])
def test_what_is_over_needs_nobody(end: str) -> None:
    salon = Salon()
    salon.book("one")
    owner(salon, "hours.except", owner_id=ANA.id, day="2026-05-05")
    assert len(orphans(salon.tx, visits(salon))) == 1
    assert salon.send(end, appointment_id=made_id("one"), was=was("booked"), at=TEN).code is None
    assert orphans(salon.tx, visits(salon)) == ()


def test_a_change_is_told_what_it_alone_puts_outside() -> None:
    salon = Salon()
    salon.book("outside already")
    salon.book("still inside", TEN + timedelta(hours=2))
    owner(salon, "block.put", block_id=made_id("block"), resource_id=ANA.id, start="2026-05-05T08:00:00Z",
          end="2026-05-05T08:30:00Z")  # fmt: skip
    closed = HoursException(
        id=exception_id(OwnerId(ANA.id), date(2026, 5, 5)), owner_id=OwnerId(ANA.id), day=date(2026, 5, 5),
        opens=None, closes=None,
    )  # fmt: skip
    would_be = Overlay(salon.tx, Changes(put=(closed,)))
    assert len(orphans(would_be, visits(salon))) == 2
    assert [one.visit.id for one in orphaned(salon.tx, would_be, visits(salon))] == [made_id("still inside")]


# By chance

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
DST_WEEKS = {
    "Europe/Berlin": (date(2026, 3, 27), date(2026, 10, 23)),
    "America/New_York": (date(2026, 3, 6), date(2026, 10, 30)),
    "Australia/Lord_Howe": (date(2026, 4, 3), date(2026, 10, 2)),
    "Asia/Kathmandu": (date(2026, 5, 1),),
}


def is_open(tx: MemoryTx, whose: OwnerId, minute: datetime, zone: str) -> bool:
    """What a person at the door sees: the weekly hours and dates of that wall clock's day, and of the day before."""
    rules = [one for one in tx.all(HoursRule) if one.owner_id == whose]
    if not rules:
        return True
    for day in (minute.astimezone(ZoneInfo(zone)).date() - timedelta(days=back) for back in (0, 1)):
        dated = [one for one in tx.all(HoursException) if one.owner_id == whose and one.day == day]
        if any(one.opens is None for one in dated):
            continue
        hours = [(one.opens, one.closes) for one in dated] or [
            (one.opens, one.closes)
            for one in rules
            if one.weekday == day.weekday() and (one.valid_from or date.min) <= day <= (one.valid_to or date.max)
        ]
        if any(_at(day, opens or 0, zone) <= minute < _at(day, closes or 0, zone) for opens, closes in hours):
            return True
    return False


def _at(day: date, minute: int, zone: str) -> datetime:
    wall = datetime.combine(day, time(), ZoneInfo(zone)) + timedelta(minutes=minute)
    return wall.astimezone(UTC)


def stands(tx: MemoryTx, visit: Appointment) -> bool:
    """Whether each minute of a visit is open for its location and its resources, and none of it blocked."""
    minute = visit.starts_at
    while minute < visit.ends_at:
        for whose in (visit.location_id, *visit.resources):
            if not is_open(tx, OwnerId(whose), minute, visit.zone):
                return False
        if any(
            one.resource_id in visit.resources and one.starts_at <= minute < one.ends_at for one in tx.all(TimeBlock)
        ):
            return False
        minute += timedelta(minutes=5)
    return True


def random_hours(dice: Random, whose: OwnerId, first: date) -> list[HoursRule | HoursException]:
    made: list[HoursRule | HoursException] = []
    for number in range(dice.randrange(1, 12)):
        opens = 30 * dice.randrange(0, 40)
        start = dice.choice((None, first + timedelta(days=dice.randrange(6))))
        made.append(
            HoursRule(
                id=HoursRuleId(made_id(f"{whose}{number}")), owner_id=whose, weekday=dice.randrange(7), opens=opens,
                closes=dice.choice((1440, opens + 30 * dice.randrange(1, 24))), valid_from=start,
                valid_to=dice.choice((None, (start or first) + timedelta(days=dice.randrange(3)))),
            )
        )  # fmt: skip
    for number in range(dice.randrange(3)):
        day, since = first + timedelta(days=number), dice.choice((None, 60 * dice.randrange(20)))
        made.append(
            HoursException(
                id=HoursExceptionId(made_id(f"{whose}{day}")), owner_id=whose, day=day, opens=since,
                closes=None if since is None else since + 60 * dice.randrange(1, 12),
            )
        )  # fmt: skip
    # Each opening must end after it starts.
    return [one for one in made if one.opens is None or (one.closes or 0) > one.opens]


@pytest.mark.parametrize("zone", ZONES)
def test_the_rule_agrees_with_a_look_at_every_minute(zone: str) -> None:
    seed = Random().randrange(10**9)
    print("seed", seed)
    dice, checked, found = Random(seed), 0, 0
    while checked < 400:
        first = dice.choice(DST_WEEKS[zone])
        place, people = replace(LOCATION, zone=zone), (ANA, BEN)
        template = Salon()
        template.book("template")
        (booked,) = template.tx.all(Appointment)
        tx = MemoryTx(*(row for row in template.tx.rows.values() if not isinstance(row, Appointment | Location)), place)
        for whose in (place, *people):
            if dice.random() < 0.6:
                tx.apply(Changes(put=tuple(random_hours(dice, OwnerId(whose.id), first))))
        start = _at(first, 0, zone)
        for number in range(dice.randrange(3)):
            begins = start + timedelta(minutes=5 * dice.randrange(1500))
            tx.apply(Changes(put=(TimeBlock(
                id=TimeBlockId(made_id(f"block {number}")), resource_id=dice.choice(people).id, starts_at=begins,
                ends_at=begins + timedelta(minutes=5 * dice.randrange(1, 30)), reason="",
            ),)))  # fmt: skip
        shown = [random_visit(dice, booked, dice.choice(people), start, zone, number) for number in range(20)]
        outside = {one.visit.id for one in orphans(tx, shown)}
        assert outside == {one.id for one in shown if not stands(tx, one)}
        checked, found = checked + len(shown), found + len(outside)
    assert 0 < found < checked


def random_visit(
    dice: Random, booked: Appointment, whom: Resource, start: datetime, zone: str, number: int
) -> Appointment:
    begins, minutes = start + timedelta(minutes=5 * dice.randrange(1500)), 5 * dice.randrange(1, 40)
    segment = replace(booked.segments[0], active=minutes, resources=(whom.id,))
    return replace(
        booked, id=AppointmentId(made_id(f"visit {number}")), starts_at=begins,
        ends_at=begins + timedelta(minutes=minutes), zone=zone, segments=(segment,), status=Status.BOOKED,
    )  # fmt: skip
