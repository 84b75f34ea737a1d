"""The time zones that a calendar file defines for itself."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Final

from icalendar import Timezone
from icalendar.timezone import tzp

_MOST_ZONES: Final = 200
_MOST_OBSERVANCES: Final = 100
_LONGEST_RULE: Final = 200
_SLOW: Final = re.compile(r"INTERVAL=(?!1(;|$))")
_ASKED: Final = (datetime(1900, 1, 1), datetime(2026, 7, 1), datetime(2199, 12, 31))  # noqa: DTZ001

PARSER_ERRORS: Final = (
    ArithmeticError, AssertionError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError,
)  # fmt: skip
"""What icalendar and dateutil raise on content that they do not expect; OSError for `America/`, a folder of zones."""


def load(zones: Sequence[Sequence[str]]) -> None:
    """Make the zones of one calendar known to icalendar, and those of the calendar before it unknown.

    A zone that cannot be read stays unknown. A name that the zone database has keeps its meaning.
    """
    # icalendar keeps what it has learnt for as long as the process lives: one file must not explain another.
    tzp.use_default()
    readable = [lines for lines in zones[:_MOST_ZONES] if _is_modest(lines) and _can_tell_time(lines)]
    tzp.use_default()
    for lines in readable:
        Timezone.from_ical("\r\n".join(lines))


def _can_tell_time(lines: Sequence[str]) -> bool:
    """Whether a zone can be read and has an offset at any time."""
    try:
        zone = Timezone.from_ical("\r\n".join(lines))
        tz = zone.to_tz(lookup_tzid=False) if isinstance(zone, Timezone) else None
        return tz is not None and all(asked.replace(tzinfo=tz).astimezone(UTC).astimezone(tz) for asked in _ASKED)
    except PARSER_ERRORS:
        return False


def name_of(tz: tzinfo, written: str) -> str:
    """The IANA name of a zone where it has one, else the name `written` in the file."""
    return getattr(tz, "key", None) or written


def _is_modest(lines: Sequence[str]) -> bool:
    """Whether a zone changes its offset by yearly rules and not too many of them: any other takes for ever to ask."""
    rules = [line.upper() for line in lines if line.upper().startswith("RRULE")]
    yearly = all("FREQ=YEARLY" in rule and not _SLOW.search(rule) and len(rule) < _LONGEST_RULE for rule in rules)
    return yearly and sum(line.startswith("BEGIN:") for line in lines) <= _MOST_OBSERVANCES
