"""What people write into the cells of a list: days, times of day, lengths, numbers and amounts."""

import re
from datetime import date, datetime, time
from typing import Final

from shared.money import typed_amount

_ISO_DAY: Final = re.compile(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})", re.ASCII)
_DAY: Final = re.compile(r"(\d{1,2})([./-])\s?(\d{1,2})\2\s?(\d{4}|\d{2})", re.ASCII)
_TIME: Final = re.compile(
    r"(\d{1,2})(?:[:.h](\d{2})(?:[:.](\d{2})(?:\.\d+)?)?)?\s*(?:uhr|h)?\s*([ap])?\.?(?:m\.?)?", re.ASCII | re.IGNORECASE
)
_ZONED: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:?\d\d)", re.ASCII | re.IGNORECASE)
_CLOCK: Final = re.compile(r"(\d{1,3}):([0-5]\d)(?::00)?", re.ASCII)
_HOURS: Final = re.compile(
    r"(?:(\d{1,3})\s*(?:h|hr|hrs|hour|hours|std|stunde|stunden)\.?)?\s*"
    r"(?:(\d{1,5})\s*(?:m|min|mins|minute|minutes|minuten)?\.?)?",
    re.ASCII | re.IGNORECASE,
)
_SIGNS: Final = {"EUR": "€", "USD": "$", "GBP": "£", "CHF": "Fr.", "JPY": "¥", "CAD": "$", "AUD": "$", "NZD": "$"}
_CENTURY: Final = 2000


def day_of(text: str, *, month_first: bool) -> date | None:
    """A day as a person writes it; `month_first` says whether `05/04/2026` is in May. None where it is none."""
    if found := _ISO_DAY.fullmatch(text):
        year, month, day = (int(one) for one in found.groups())
    elif found := _DAY.fullmatch(text):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        # A point stands between day and month wherever it is written.
        day, month = (second, first) if month_first and found[2] != "." else (first, second)
        year += _CENTURY if len(found[4]) == 2 else 0
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def time_of(text: str) -> time | None:
    """A time of day: `9:00`, `09:00:00`, `9.30`, `9 Uhr`, `9:30 pm`. None where it is none."""
    found = _TIME.fullmatch(text.strip())
    if found is None or (found[2] is None and not re.search(r"[a-z]", text, re.IGNORECASE)):
        return None
    hour = int(found[1])
    if found[4]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[4].lower() == "p" else 0)
    try:
        return time(hour, int(found[2] or 0), int(found[3] or 0))
    except ValueError:
        return None


def moment_of(text: str, *, month_first: bool) -> datetime | None:
    """A day with a time of day: aware where the text has an offset, else naive. None where it is none."""
    if _ZONED.fullmatch(text):
        try:
            return datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
        except ValueError:
            return None
    for at, between in enumerate(text):
        if between in "T ,":
            day = day_of(text[:at].strip(), month_first=month_first)
            clock = time_of(text[at + 1 :].strip())
            if day is not None and clock is not None:
                return datetime.combine(day, clock)
    return None


def minutes_of(text: str) -> int | None:
    """A length in minutes: `45`, `45 min`, `1:30`, `1 h 30`. None where it is none."""
    if found := _CLOCK.fullmatch(text):
        return int(found[1]) * 60 + int(found[2])
    found = _HOURS.fullmatch(text.strip())
    if found is None or (found[1] is None and found[2] is None):
        return None
    return int(found[1] or 0) * 60 + int(found[2] or 0)


def count_of(text: str) -> int | None:
    """A whole number of at most five digits. None where it is none."""
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 6 else None


def amount_of(text: str, currency: str) -> int | None:
    """Minor units of the currency: `45`, `45,50 €`, `EUR 1.234,50`. None for another currency, and for no amount."""
    plain = text.strip()
    for sign in (currency, _SIGNS.get(currency, currency)):
        plain = plain.removeprefix(sign).removesuffix(sign).strip()
    return typed_amount(plain, currency)
