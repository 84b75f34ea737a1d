"""The starts of a rule found by looking at one day after the other, without a library of rules (RFC 5545, 3.3.10).

It reads what `tests.vectors.other_program.random_rule` writes, and is slow.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from tests.vectors.other_program import DAY, DAYS

Parts = Mapping[str, str]


def starts(start: datetime, zone: str, rrule: str, *, reach: timedelta, limit: int) -> list[datetime]:
    """The instants of a rule that its local start meets, within `reach`; a time that a clock skips is not counted."""
    parts = dict(part.split("=") for part in rrule.split(";"))
    until = parts.get("UNTIL")
    last = datetime.strptime(until, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) if until else datetime.max.replace(tzinfo=UTC)
    end = (start + reach).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    found = (one for one in _instants(start, ZoneInfo(zone), parts, reach) if one <= last and one < end)
    return list(islice(found, min(limit, int(parts.get("COUNT", limit)))))


def _instants(start: datetime, tz: ZoneInfo, parts: Parts, reach: timedelta) -> Iterator[datetime]:
    for number in range(reach.days + 1):
        wall = start + number * DAY
        if _is_meant(wall.date(), start.date(), parts):
            instant = wall.replace(tzinfo=tz).astimezone(UTC)
            if instant.astimezone(tz).replace(tzinfo=None) == wall:
                yield instant


def _is_meant(day: date, start: date, parts: Parts) -> bool:
    if not _meets(day, start, parts):
        return False
    later = (day + number * DAY for number in range(1, _days_in_month(day) - day.day + 1))
    return "BYSETPOS" not in parts or not any(_meets(one, start, parts) for one in later)


def _meets(day: date, start: date, parts: Parts) -> bool:
    return _period(day, start, parts) % int(parts.get("INTERVAL", "1")) == 0 and all(
        test(day, parts[name], parts) for name, test in _TESTS.items() if name in parts
    ) and _as_the_start(day, start, parts)  # fmt: skip


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
    if parts.keys() & {"BYDAY", "BYMONTHDAY"} or parts["FREQ"] == "DAILY":
        return True
    if parts["FREQ"] == "WEEKLY":
        return day.weekday() == start.weekday()
    named = "BYMONTH" in parts or parts["FREQ"] == "MONTHLY"
    return day.day == start.day and (named or day.month == start.month)


def _by_month(day: date, months: str, parts: Parts) -> bool:
    return str(day.month) in months.split(",")


def _by_month_day(day: date, numbers: str, parts: Parts) -> bool:
    return {str(day.day), str(day.day - _days_in_month(day) - 1)} & set(numbers.split(",")) != set()


def _by_day(day: date, days: str, parts: Parts) -> bool:
    name = DAYS[day.weekday()]
    nth, from_end = (day.day - 1) // 7 + 1, -((_days_in_month(day) - day.day) // 7 + 1)
    return bool({name, f"{nth}{name}", f"{from_end}{name}"} & set(days.split(",")))


def _by_week(day: date, number: str, parts: Parts) -> bool:
    first = _week(date(day.year, 1, 4), parts)
    return (_week(day, parts) - first).days // 7 + 1 == int(number)


def _week(day: date, parts: Parts) -> date:
    return day - timedelta(days=(day.weekday() - DAYS.index(parts.get("WKST", "MO"))) % 7)


def _days_in_month(day: date) -> int:
    return ((day.replace(day=28) + 4 * DAY).replace(day=1) - DAY).day


_TESTS: Mapping[str, Callable[[date, str, Parts], bool]] = {
    "BYMONTH": _by_month,
    "BYMONTHDAY": _by_month_day,
    "BYDAY": _by_day,
    "BYWEEKNO": _by_week,
}
