"""Visits as events of an iCalendar file (RFC 5545), for calendars of other programs."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from icalendar import Calendar, Event, vText

from shared.ids import CANONICAL
from shared.model.appointment import Appointment
from shared.model.base import AppointmentId, value
from shared.rules import status, wall_time

_DOMAIN: Final = "@visits.smoothschedule"
_UID: Final = re.compile(f"({CANONICAL}){re.escape(_DOMAIN)}")
# A text has no others of them (RFC 5545, section 3.1), and some readers end a line at what is none.
_CONTROLS: Final = re.compile(r"\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x85\u2028\u2029]")


@value
class VisitEvent:
    """A visit, and what its reader may know of it."""

    visit: Appointment
    title: str
    description: str = ""
    place: str = ""


def uid_of(visit: AppointmentId) -> str:
    """The UID that a visit has in every file and feed, for good (RFC 5545, section 3.8.4.7)."""
    return f"{visit}{_DOMAIN}"


def visit_of(uid: str) -> AppointmentId | None:
    """The visit that a UID names; None for an event of another program."""
    found = _UID.fullmatch(uid)
    return AppointmentId(found[1]) if found else None


def calendar_bytes(name: str, events: Sequence[VisitEvent], *, made_at: datetime) -> bytes:
    """A calendar that publishes visits, as they were at an instant; the same visits and instant give the same bytes.

    Every visit is an event of its own, those of a series too: each has an id of its own, which stays when it is moved.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//SmoothSchedule//Visits//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _text(name))
    for one in events:
        calendar.add_component(_event(one, made_at))
    if events:
        years = {one.visit.starts_at.year for one in events}
        # A zone is told for the time that is asked about: its whole history would be most of the file.
        calendar.add_missing_timezones(first_date=date(min(years) - 1, 1, 1), last_date=date(max(years) + 2, 1, 1))
    made: bytes = calendar.to_ical()
    return made


def _event(one: VisitEvent, made_at: datetime) -> Any:
    visit = one.visit
    event = Event()
    event.add("uid", uid_of(visit.id))
    event.add("dtstamp", made_at.astimezone(UTC).replace(microsecond=0))
    event.add("sequence", visit.sequence)
    event.add("dtstart", _on_the_clock(visit.starts_at, visit.zone))
    event.add("dtend", _on_the_clock(visit.ends_at, visit.zone))
    event.add("summary", _text(one.title))
    if one.description:
        event.add("description", _text(one.description))
    if one.place:
        event.add("location", _text(one.place))
    event.add("status", status.told_to_calendars(visit.status))
    event.add("transp", "TRANSPARENT" if visit.status in status.HOLDS_NOTHING else "OPAQUE")
    return event


def _text(said: str) -> vText:
    """What people wrote, for a property of any name: icalendar escapes a text where it knows that it is one."""
    return vText(_CONTROLS.sub(" ", said))


def _on_the_clock(moment: datetime, zone: str) -> datetime:
    """An instant on the clock of its zone; in UTC where that shows it for the second time, which a TZID cannot say."""
    local = wall_time.local(moment, zone)
    return moment.astimezone(UTC) if local.fold else local
