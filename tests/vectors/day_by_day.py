"""The starts of a rule found by looking at one day after the other, without a library of rules (RFC 5545, 3.3.10).

It reads what `random_rule` of `tests.vectors.other_program` and `any_rule` write, and is slow.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import groupby, islice, product
from zoneinfo import ZoneInfo

from tests.vectors.other_program import DAY, DAYS, ZONES

Parts = Mapping[str, str]
Named = dict[str, Sequence[object]]
"""What there is to choose from for some parts."""


def any_rule(dice: random.Random) -> tuple[datetime, str, str]:
    """A local start, whether the rule meets it or not, a zone, and a rule of any parts that may stand together."""
    frequency = dice.choice(("DAILY", "WEEKLY", "MONTHLY", "YEARLY"))
    parts = {"FREQ": frequency}
    if dice.random() < 0.4:
        parts["INTERVAL"] = str(dice.randrange(2, 5))
    parts |= {name: _listed(dice, values) for name, values in _days_of(dice, frequency).items()}
    if dice.random() < 0.4:
        parts["BYHOUR"] = _listed(dice, (0, 1, 2, 9, 14, 23))
    if dice.random() < 0.3:
        parts["BYMINUTE"] = _listed(dice, (0, 15, 30))
    if dice.random() < 0.2:
        parts["BYSECOND"] = _listed(dice, (0, 20))
    if len(parts.keys() - {"FREQ", "INTERVAL"}) and dice.random() < 0.5:
        places = (1, 2, -1, -2) if frequency in ("DAILY", "WEEKLY") else (1, 2, 3, 5, -1, -2, -4)
        parts["BYSETPOS"] = _listed(dice, places)
    if dice.random() < 0.4:
        parts["WKST"] = dice.choice(DAYS)
    if dice.random() < 0.5:
        parts["COUNT"] = str(dice.randrange(1, 40))
    day = datetime(dice.randrange(2024, 2030), dice.randrange(1, 13), dice.randrange(1, 29))  # noqa: DTZ001 on the wall
    start = day.replace(hour=dice.choice((0, 1, 2, 9, 23)), minute=dice.choice((0, 30)))
    return start, dice.choice(ZONES), ";".join(f"{name}={told}" for name, told in parts.items())


@lru_cache
def _of(told: str) -> frozenset[str]:
    return frozenset(told.split(","))


def _listed(dice: random.Random, values: Sequence[object]) -> str:
    return ",".join(map(str, dice.sample(values, dice.randrange(1, min(len(values), 3) + 1))))


def _days_of(dice: random.Random, frequency: str) -> Named:
    """Which days, by parts that meet some in every year; what the RFC forbids with a frequency is not among them."""
    months: Named = {"BYMONTH": range(1, 13)}
    numbers: Named = {"BYMONTHDAY": (1, 5, 15, 28, -1, -2, -28)}
    days: Named = {"BYDAY": DAYS}
    numbered: Named = {"BYDAY": ("1MO", "2TU", "-1FR", "3WE", "-2SU", "TH", "SA")}
    year_days: Named = {"BYYEARDAY": (1, 60, 100, 200, 365, 366, -1, -306, -366)}
    weeks: Named = {"BYWEEKNO": (1, 2, 20, 51, -1, -2, -51)}
    far: Named = {"BYDAY": ("20MO", "1TU", "-10FR", "53WE", "-53SU", "TH")}
    kinds: Mapping[str, Sequence[Named]] = {
        "DAILY": ({}, days, months, numbers, months | days),
        "WEEKLY": ({}, days, days, months, months | days),
        "MONTHLY": ({}, numbers, days, numbered, months | numbered, numbers | days, months | numbers),
        "YEARLY": ({}, months, numbers, months | numbers, days, months | days, months | numbered, far, year_days,
                   weeks, weeks | days, weeks | months, year_days | days, numbers | days),
    }  # fmt: skip
    return dice.choice(kinds[frequency])


def starts(start: datetime, zone: str, rrule: str, *, reach: timedelta, limit: int) -> list[datetime]:
    """The instants of a rule within `reach` of its start, which is the first of them whether the rule meets it or not.

    A time that a clock skips is not counted, nor made up for: it keeps its place among those that BYSETPOS counts.
    """
    parts = dict(part.split("=") for part in rrule.split(";"))
    until = parts.get("UNTIL")
    last = datetime.strptime(until, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) if until else datetime.max.replace(tzinfo=UTC)
    end = (start + reach).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    found = (one for one in _instants(start, ZoneInfo(zone), parts, reach) if one <= last and one < end)
    return list(islice(found, min(limit, int(parts.get("COUNT", limit)))))


def _instants(start: datetime, tz: ZoneInfo, parts: Parts, reach: timedelta) -> Iterator[datetime]:
    for wall in (start, *(one for one in _walls(start, parts, reach) if one > start)):
        instant = wall.replace(tzinfo=tz).astimezone(UTC)
        if instant.astimezone(tz).replace(tzinfo=None) == wall:
            yield instant


def _walls(start: datetime, parts: Parts, reach: timedelta) -> Iterator[datetime]:
    """Of each period that counts the times that are meant, the first and last period whole."""
    day, last = date(start.year, 1, 1) - 7 * DAY, date((start + reach).year + 1, 1, 7)
    days = (day + number * DAY for number in range((last - day).days))
    times = _times(start, parts)
    for number, within in groupby(days, lambda one: _period(one, start.date(), parts)):
        if number % int(parts.get("INTERVAL", "1")) == 0:
            meant = (one for one in within if _is_meant(one, start.date(), parts))
            yield from _at_positions([datetime.combine(one, at) for one in meant for at in times], parts)


def _times(start: datetime, parts: Parts) -> Sequence[time]:
    units = (("BYHOUR", start.hour), ("BYMINUTE", start.minute), ("BYSECOND", start.second))
    told = [[int(one) for one in parts.get(name, str(own)).split(",")] for name, own in units]
    return sorted(time(hour, minute, second) for hour, minute, second in product(*told))


def _at_positions(walls: Sequence[datetime], parts: Parts) -> Iterable[datetime]:
    if "BYSETPOS" not in parts:
        return walls
    places = {int(one) for one in parts["BYSETPOS"].split(",")}
    return [one for number, one in enumerate(walls) if {number + 1, number - len(walls)} & places]


def _is_meant(day: date, start: date, parts: Parts) -> bool:
    return all(test(day, parts[name], parts) for name, test in _TESTS.items() if name in parts) and _as_the_start(
        day, start, parts
    )


def _period(day: date, start: date, parts: Parts) -> int:
    match parts["FREQ"]:
        case "DAILY":
            return (day - start).days
        case "WEEKLY":
            return (_week(day, parts) - _week(start, parts)).days // 7
        case "MONTHLY":
            return (day.year - start.year) * 12 + day.month - start.month
    return day.year - start.year


def _as_the_start(day: date, start: date, parts: Parts) -> bool:
    """What no part of the rule says is as it is at the start."""
    if "BYDAY" in parts or "BYMONTHDAY" in parts or "BYYEARDAY" in parts or parts["FREQ"] == "DAILY":
        return True
    if parts["FREQ"] == "WEEKLY" or "BYWEEKNO" in parts:
        return day.weekday() == start.weekday()
    named = "BYMONTH" in parts or parts["FREQ"] == "MONTHLY"
    return day.day == start.day and (named or day.month == start.month)


def _by_month(day: date, months: str, parts: Parts) -> bool:
    return str(day.month) in _of(months)


def _by_month_day(day: date, numbers: str, parts: Parts) -> bool:
    return {str(day.day), str(day.day - _days_in_month(day) - 1)} & _of(numbers) != set()


def _by_year_day(day: date, numbers: str, parts: Parts) -> bool:
    past, left = (day - date(day.year, 1, 1)).days, (date(day.year, 12, 31) - day).days
    return bool({str(past + 1), str(-left - 1)} & _of(numbers))


def _by_day(day: date, days: str, parts: Parts) -> bool:
    """By name, and by number within the month or, where a rule of years names none, within the year."""
    name = DAYS[day.weekday()]
    if parts["FREQ"] == "YEARLY" and "BYMONTH" not in parts:
        past, left = (day - date(day.year, 1, 1)).days, (date(day.year, 12, 31) - day).days
    else:
        past, left = day.day - 1, _days_in_month(day) - day.day
    return bool({name, f"{past // 7 + 1}{name}", f"{-(left // 7 + 1)}{name}"} & _of(days))


def _by_week(day: date, numbers: str, parts: Parts) -> bool:
    """Weeks belong to the year that has the most of their days; a rule of years has its days by the calendar."""
    middle = _week(day, parts) + 3 * DAY
    first, following = (_week(date(year, 1, 4), parts) for year in (middle.year, middle.year + 1))
    past, left = (_week(day, parts) - first).days // 7, (following - _week(day, parts)).days // 7
    return bool({str(past + 1), str(-left)} & _of(numbers))


def _week(day: date, parts: Parts) -> date:
    return day - timedelta(days=(day.weekday() - DAYS.index(parts.get("WKST", "MO"))) % 7)


def _days_in_month(day: date) -> int:
    return ((day.replace(day=28) + 4 * DAY).replace(day=1) - DAY).day


_TESTS: Mapping[str, Callable[[date, str, Parts], bool]] = {
    "BYMONTH": _by_month,
    "BYMONTHDAY": _by_month_day,
    "BYYEARDAY": _by_year_day,
    "BYDAY": _by_day,
    "BYWEEKNO": _by_week,
}
