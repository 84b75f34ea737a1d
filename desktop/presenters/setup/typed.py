"""What an owner types into the set-up: amounts, minutes, times of day and dates; and how the same is written."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from itertools import pairwise
from typing import Final, TypeVar

from PySide6.QtCore import QLocale

from desktop.presenters.words import Words
from shared import dates
from shared.money import plain_amount, typed_amount

T = TypeVar("T")
DAY: Final = 24 * 60
_TIME: Final = re.compile(r"(\d{1,2})(?:[:.h]?(\d{2}))?\s*([ap])?\.?m?\.?", re.ASCII | re.IGNORECASE)
_BETWEEN: Final = re.compile(r"\s*(?:–|—|-|\bto\b)\s*")
_DURATION: Final = re.compile(r"(\d{1,6})\s*([a-z]*)\.?", re.ASCII | re.IGNORECASE)
_UNITS: Final = {"": 1, "m": 1, "min": 1, "minute": 1, "h": 60, "hour": 60, "d": DAY, "day": DAY}


class Mistyped(ValueError):
    """What stands in a field is not what belongs there; its text is the sentence beside the field."""


class Form:
    """Reads the fields of a form one after another, and gathers what is wrong with them by name."""

    def __init__(self) -> None:
        self.errors: dict[str, str] = {}

    def read(self, name: str, how: Callable[[], T], otherwise: T) -> T:
        """What `how` reads; `otherwise` where it is mistyped, and that is noted."""
        try:
            return how()
        except Mistyped as error:
            self.errors[name] = str(error)
            return otherwise


def text(typed: str, what: str, *, needed: bool = False, longest: int = 200) -> str:
    """A line of text without the blanks around it."""
    found = " ".join(typed.split())
    if needed and not found:
        raise Mistyped(f"Enter {what}.")
    if len(found) > longest:
        raise Mistyped(f"This is longer than {longest} letters.")
    return found


def number(typed: str, least: int, most: int, what: str) -> int:
    """A whole number between two bounds, both included."""
    found = typed.strip()
    if not re.fullmatch(r"\d{1,7}", found, re.ASCII):
        raise Mistyped(f"Enter {what} as a whole number.")
    if not least <= int(found) <= most:
        raise Mistyped(f"This must be from {least:,} to {most:,}.")
    return int(found)


def amount(typed: str, words: Words, dearest: int) -> int:
    """An amount in minor units as people of the locale write it; nothing is nought."""
    if not typed.strip():
        return 0
    found = typed_amount(typed, words.currency)
    if found is None:
        raise Mistyped(f"This is no amount in {words.currency}. Write it like {amount_text(4550, words)}.")
    if found > dearest:
        raise Mistyped("This is more than can be charged.")
    return found


def amount_text(minor: int, words: Words) -> str:
    """An amount as it is typed: `45,50` where the locale has a comma."""
    return plain_amount(minor, words.currency).replace(".", QLocale(words.locale).decimalPoint())


def duration(typed: str, most: int) -> int:
    """Minutes: `90`, `90 min`, `2 hours`, `1 day`; nothing is none."""
    if not typed.strip():
        return 0
    found = _DURATION.fullmatch(typed.strip())
    unit = _UNITS.get(found[2].lower().removesuffix("s")) if found else None
    if found is None or unit is None:
        raise Mistyped("Write a time like 90 minutes, 2 hours or 1 day.")
    if int(found[1]) * unit > most:
        raise Mistyped(f"This is at most {duration_text(most)}.")
    return int(found[1]) * unit


def duration_text(minutes: int) -> str:
    """`2 days`, `3 hours` or `90 minutes`: the largest that it is a whole number of; nothing for none."""
    for size, one in ((DAY, "day"), (60, "hour"), (1, "minute")):
        if minutes and minutes % size == 0:
            return f"{minutes // size} {one}{'' if minutes == size else 's'}"
    return ""


def day(typed: str) -> date | None:
    """A date such as `2026-06-01`; None where nothing stands there."""
    if not typed.strip():
        return None
    try:
        return date.fromisoformat(typed.strip())
    except ValueError as error:
        raise Mistyped("Write a date like 2026-06-01.") from error


def opening(typed: str) -> tuple[int, int]:
    """The minutes of a day in which an opening begins and ends; one that ends earlier than it begins ends next day."""
    parts = _BETWEEN.split(typed.strip())
    if len(parts) != 2:
        raise Mistyped(f"“{typed.strip()}” is no time. Write it like 9:00–18:00.")
    start, end = (_minute(one) for one in parts)
    if start > DAY:
        raise Mistyped("Hours begin on the day itself.")
    if end <= start:
        end += DAY
    return start, end


def openings(typed: str) -> tuple[tuple[int, int], ...]:
    """Every opening of a day, in order: `9:00–12:30, 14:00–18:00`. Those that overlap are refused."""
    found = sorted(opening(one) for one in re.split(r"[,;]", typed) if one.strip())
    if len(found) > 10:
        raise Mistyped("A day has at most 10 openings.")
    for before, after in pairwise(found):
        if after[0] < before[1]:
            raise Mistyped("These times overlap.")
    return tuple(found)


def _minute(typed: str) -> int:
    found = _TIME.fullmatch(typed.strip())
    hour, minute = (int(found[1]), int(found[2] or 0)) if found else (99, 0)
    half = (found[3] or "").lower() if found else ""
    if half and not 1 <= hour <= 12:
        hour = 99
    elif half:
        hour = hour % 12 + (12 if half == "p" else 0)
    if minute > 59 or hour * 60 + minute > 2 * DAY:
        raise Mistyped(f"“{typed.strip()}” is no time. Write it like 9:00–18:00.")
    return hour * 60 + minute


def opening_text(opens: int, closes: int, words: Words) -> str:
    """An opening as it is typed: `09:00–12:30`, `20:00–24:00`, `20:00–02:00`."""
    return dates.opening_text(opens, closes, words.locale)


def openings_text(found: Sequence[tuple[int, int]], words: Words) -> str:
    """Every opening of a day as they are typed."""
    return ", ".join(opening_text(opens, closes, words) for opens, closes in sorted(found))
