"""The time zones that a calendar file defines for itself."""

from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Final

from icalendar import Timezone
from icalendar.timezone import tzp

_MOST_OBSERVANCES: Final = 100
_LONGEST_RULE: Final = 200

PARSER_ERRORS: Final = (
    ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError,
)  # fmt: skip
"""What icalendar and dateutil raise on content that they do not expect."""


def load(zones: Iterable[Sequence[str]]) -> None:
    """Make the zones of one calendar known to icalendar, and those of the calendar before it unknown.

    A zone that cannot be read stays unknown. A name that the zone database has keeps its meaning.
    """
    # icalendar keeps what it has learnt for as long as the process lives: one file must not explain another.
    tzp.use_default()
    for lines in zones:
        if _is_modest(lines):
            try:
                Timezone.from_ical("\r\n".join(lines))
            except PARSER_ERRORS:
                continue


def name_of(tz: tzinfo, written: str) -> str:
    """The IANA name of a zone where it has one, else the name `written` in the file."""
    return getattr(tz, "key", None) or written


def _is_modest(lines: Sequence[str]) -> bool:
    """Whether a zone changes its offset by yearly rules and not too many of them: any other takes for ever to ask."""
    rules = [line.upper() for line in lines if line.upper().startswith("RRULE")]
    yearly = all("FREQ=YEARLY" in rule and "INTERVAL" not in rule and len(rule) < _LONGEST_RULE for rule in rules)
    return yearly and sum(line.startswith("BEGIN:") for line in lines) <= _MOST_OBSERVANCES
