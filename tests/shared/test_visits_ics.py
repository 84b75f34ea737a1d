"""Visits as events: ids that stay, sequences that grow, clocks that are right."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import icalendar
import pytest

from shared.model.appointment import Appointment, Status
from shared.model.member import Role
from shared.visits_ics import VisitEvent, calendar_bytes, uid_of, visit_of
from tests.support.salon import LOCATION, MIRA, NOW, TEN, Salon, made_id, was, wire

LATER = TEN.replace(hour=12)


def visit(salon: Salon) -> Appointment:
    found = salon.tx.find(Appointment, made_id("first"))
    assert found is not None
    return found


def event_of(one: Appointment) -> Any:
    """The event of a visit, as icalendar reads it again."""
    data = calendar_bytes("Ana", [VisitEvent(visit=one, title="Cut; a, b\nc")], made_at=NOW)
    (event,) = icalendar.Calendar.from_ical(data).walk("VEVENT")

    return event


@pytest.fixture
def salon() -> Salon:
    made = Salon()
    made.book("first")
    return made


def test_an_event_says_when_it_is_on_the_clock_of_its_zone(salon: Salon) -> None:
    event = event_of(visit(salon))
    assert event["DTSTART"].dt == TEN
    assert event["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert event["SUMMARY"] == "Cut; a, b\nc"
    assert event["STATUS"] == "CONFIRMED"
    assert event["DTSTAMP"].dt == NOW


def test_the_uid_stays_and_the_sequence_grows_with_every_move_and_cancellation(salon: Salon) -> None:
    seen = [event_of(visit(salon))]
    salon.send("appointment.reschedule", appointment_id=made_id("first"), was=was("booked"), start=wire(LATER))
    seen.append(event_of(visit(salon)))
    salon.send("appointment.cancel", appointment_id=made_id("first"), was=was("booked", LATER))
    seen.append(event_of(visit(salon)))
    assert {one["UID"] for one in seen} == {uid_of(visit(salon).id)}
    assert [int(one["SEQUENCE"]) for one in seen] == [0, 1, 2]
    assert [one["STATUS"] for one in seen] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]


@pytest.mark.parametrize(
    ("steps", "sequences"),
    [
        (["confirm"], [0, 1]),
        (["decline"], [0, 1]),
        (["decline", "undo_step"], [0, 1, 2]),
        (["expire"], [0, 1]),
        (["expire", "undo_step", "confirm"], [0, 1, 2, 3]),
        (["confirm", "confirm", "no_show"], [0, 1, 1, 2]),
        (["confirm", "no_show", "undo_step"], [0, 1, 2, 3]),
        (["confirm", "cancel", "undo_step"], [0, 1, 2, 3]),
        (["confirm", "arrive", "start", "complete", "undo_step"], [0, 1, 1, 1, 1, 1]),
    ],
)
def test_the_sequence_grows_with_each_status_that_a_calendar_sees(steps: list[str], sequences: list[int]) -> None:
    salon = Salon()
    salon.book("first", status="requested")
    seen = [event_of(visit(salon))]
    for one in steps:
        taken(salon, one)
        seen.append(event_of(visit(salon)))
    assert [int(one["SEQUENCE"]) for one in seen] == sequences
    # What the sequence stays for, a calendar that knows it has already.
    assert len({(one["SEQUENCE"], one["STATUS"]) for one in seen}) == len({one["SEQUENCE"] for one in seen})


def taken(salon: Salon, step: str) -> None:
    """A step of the visit, after its start."""
    before = visit(salon)
    role = Role.SUPERUSER if step == "expire" else Role.TENANT_STAFF
    against = {} if step == "expire" else {"was": was(before.status.value)}
    salon.send(f"appointment.{step}", role=role, at=TEN, appointment_id=before.id, **against)
    assert visit(salon).status is not before.status


def test_the_sequence_grows_where_the_clock_of_the_place_is_another(salon: Salon) -> None:
    seen = [event_of(visit(salon))]
    for one, other in (("Europe/Berlin", "America/New_York"), ("America/New_York", "Europe/Berlin")):
        salon.send("location.rezone", role=Role.TENANT_OWNER, location_id=LOCATION.id, was=one, zone=other)
        seen.append(event_of(visit(salon)))
    assert [int(one["SEQUENCE"]) for one in seen] == [0, 1, 2]
    assert seen[0]["DTSTART"].dt == seen[2]["DTSTART"].dt != seen[1]["DTSTART"].dt


@pytest.mark.parametrize(
    ("status", "said"),
    [(Status.REQUESTED, "TENTATIVE"), (Status.DECLINED, "CANCELLED"), (Status.EXPIRED, "CANCELLED"),
     (Status.NO_SHOW, "CANCELLED"), (Status.COMPLETED, "CONFIRMED")],
)  # fmt: skip
def test_a_status_is_said_as_calendars_know_it(salon: Salon, status: Status, said: str) -> None:
    assert event_of(replace(visit(salon), status=status))["STATUS"] == said


@pytest.mark.parametrize("hour", [0, 1])
def test_each_of_two_hours_that_look_the_same_is_told(salon: Salon, hour: int) -> None:
    start = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
    event = event_of(replace(visit(salon), starts_at=start, ends_at=start.replace(minute=45)))
    assert event["DTSTART"].dt.astimezone(UTC) == start
    assert (event["DTEND"].dt - event["DTSTART"].dt).total_seconds() == 900


def test_the_same_visits_give_the_same_bytes(salon: Salon) -> None:
    events = [VisitEvent(visit=visit(salon), title=MIRA.name)]
    assert calendar_bytes("Ana", events, made_at=NOW) == calendar_bytes("Ana", events, made_at=NOW)


def test_nothing_to_do_is_a_calendar_too() -> None:
    assert list(icalendar.Calendar.from_ical(calendar_bytes("Ana", [], made_at=NOW)).walk("VEVENT")) == []


def test_only_a_uid_of_ours_names_a_visit() -> None:
    assert visit_of(f"{made_id('first')}@visits.smoothschedule") == made_id("first")
    assert visit_of("first@visits.smoothschedule") is None
    assert visit_of(f"{made_id('first')}@example.org") is None


@pytest.mark.parametrize("line", ["\n", "\r\n", "\r", "\u2028", "\x85", "\x0b"])
def test_no_name_begins_another_line(salon: Salon, line: str) -> None:
    name = f"Ana{line}BEGIN:VALARM"
    event = VisitEvent(visit=visit(salon), title=name, place=name, description=name)
    data = calendar_bytes(name, [event], made_at=NOW)
    lines = data.decode().splitlines()
    assert len(lines) == len(data.split(b"\r\n")) - 1
    assert "BEGIN:VALARM" not in lines
    icalendar.Calendar.from_ical(data)


def test_the_name_of_a_calendar_is_written_as_a_text(salon: Salon) -> None:
    data = calendar_bytes("Ana, Salon; Berlin", [], made_at=NOW)
    assert b"X-WR-CALNAME:Ana\\, Salon\\; Berlin" in data


def test_a_text_has_no_controls(salon: Salon) -> None:
    data = calendar_bytes("Ana", [VisitEvent(visit=visit(salon), title="Cut\0\x07\x7f")], made_at=NOW)
    assert not [byte for byte in data if byte < 32 and byte not in b"\r\n"]
    assert b"\x7f" not in data
