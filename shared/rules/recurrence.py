"""Which instants a recurrence rule means (RFC 5545, section 3.3.10), and the ids of its occurrences."""

import math
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Final, Literal

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule, weekday

from shared.errors import Code, Refusal
from shared.ids import derived_id
from shared.model.base import value
from shared.rules.wall_time import zone_of

_FREQUENCIES: Final[Mapping[str, Literal[0, 1, 2, 3]]] = {
    "DAILY": DAILY, "WEEKLY": WEEKLY, "MONTHLY": MONTHLY, "YEARLY": YEARLY,
}  # fmt: skip
_TOO_OFTEN = frozenset({"HOURLY", "MINUTELY", "SECONDLY"})
_UNSIGNED: Final = {"BYSECOND": range(60), "BYMINUTE": range(60), "BYHOUR": range(24), "BYMONTH": range(1, 13)}
_SIGNED: Final = {
    "BYMONTHDAY": range(1, 32), "BYYEARDAY": range(1, 367), "BYWEEKNO": range(1, 54), "BYSETPOS": range(1, 367),
}  # fmt: skip
"""Numbers that may be counted from the end as well, with a minus."""
_WEEKS: Final = range(1, 54)
_PARTS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY"} | _UNSIGNED.keys() | _SIGNED.keys()
# Python reads more as a number than a calendar writes: signs, underscores, the digits of every script.
_NUMBER: Final = re.compile(r"([+-]?)([0-9]{1,3})")
_DAY: Final = re.compile(r"(?:([+-]?)([0-9]{1,2}))?(MO|TU|WE|TH|FR|SA|SU)")
_INTERVAL: Final = re.compile(r"0*[1-9][0-9]{0,8}")
_COUNT: Final = re.compile(r"0*[1-9][0-9]*")
_UNTIL: Final = re.compile(r"[0-9]{8}(T[0-9]{6}Z?)?")
_LONGEST_RULE = 400
_TIMES_A_DAY = 24
_START_YEARS = range(1583, 2300)
_CYCLES = 19 * 400
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PATIENCE: Final = 3000
"""How long the next date is looked for, as days that are looked at one by one: a hundredth of a second or two. From one
29 February to the next are eight years at most."""
_MOST: Final = 40_000
"""How long all of them are: a hundred years of days."""
_LOOKED: Final[Mapping[str, int]] = {"DAILY": 1, "WEEKLY": 3, "MONTHLY": 5, "YEARLY": 25}
"""What a day, a week, a month and a year take by that measure."""
_LISTED: Final = 5
"""So many further values in a rule take as long again."""


@value
class Occurrence:
    """One start of a series: the instant (aware UTC) and the local start and fold that it was made from."""

    start: datetime
    local: datetime
    fold: int

    @property
    def original(self) -> str:
        """`2026-11-01T01:30:00/0`: the local start and its fold, the name of this occurrence within its series."""
        return f"{self.local.isoformat()}/{self.fold}"


def occurrence_id(series: str, occurrence: Occurrence) -> str:
    """The id of a series' occurrence: a UUIDv5, so that every desk that makes it makes the same row."""
    return derived_id("occurrence", series, occurrence.original)


def occurrences(
    start: datetime,
    zone: str,
    rrule: str,
    exdates: Collection[datetime],
    *,
    before: datetime | None,
    limit: int,
) -> list[Occurrence]:
    """The first `limit` occurrences of a series that begin earlier than `before`, in order.

    `start` and `exdates` are naive local times of `zone` (an IANA name), `before` is an aware instant or None.
    Raises Refusal(INVALID) as `expand` does.
    """
    return expand(start, zone_of(zone), rrule, exdates, before=before, limit=limit)


def expand(
    start: datetime,
    tz: tzinfo,
    rrule: str,
    exdates: Collection[datetime],
    *,
    before: datetime | None,
    limit: int,
) -> list[Occurrence]:
    """What `occurrences` gives, for any time zone.

    The start is the first occurrence whether the rule meets it or not (section 3.8.5.3). A local time that does not
    exist is left out and not counted; one that exists twice is the first of the two; EXDATEs are left out but counted.
    UNTIL is inclusive and may be an instant, a local time or a day. A rule whose next date is found nowhere near ends
    there, however far one looks. Raises Refusal(INVALID) with a `problem`: `unreadable`, `too_often` for a rule of more
    than 24 starts a day, `never` for one that has no date.
    """
    parts = _parts(rrule)
    count = _count(parts.pop("COUNT", None))
    until = _until(parts.pop("UNTIL", None))
    excluded = frozenset(exdates)
    found: list[Occurrence] = []
    for number, occurrence in enumerate(_existing(_walls(start, parts), tz)):
        late = before is not None and occurrence.start >= before
        if late or number == count or len(found) >= limit or _past(occurrence, until):
            break
        if occurrence.local not in excluded:
            found.append(occurrence)
    return found


def has_ended(rrule: str, occurrence: Occurrence) -> bool:
    """Whether a rule ends before an occurrence; raises Refusal(INVALID) as `expand` does."""
    return _past(occurrence, _until(_parts(rrule).get("UNTIL")))


def locate(wall: datetime, tz: tzinfo) -> Occurrence | None:
    """The instant of a naive local time, the first where there are two, None where the local time does not exist."""
    instant = wall.replace(tzinfo=tz, fold=0).astimezone(UTC)
    if instant.astimezone(tz).replace(tzinfo=None, fold=0) != wall:
        return None
    return Occurrence(start=instant, local=wall, fold=0)


def _existing(walls: Iterator[datetime], tz: tzinfo) -> Iterator[Occurrence]:
    for wall in walls:
        if (occurrence := locate(wall, tz)) is not None:
            yield occurrence


def _walls(start: datetime, parts: dict[str, str]) -> Iterator[datetime]:
    """The start, then every local time that the rule gives after it, up to the year 2399."""
    if start.year not in _START_YEARS:
        raise _refusal("unreadable")
    # The calendar repeats every 400 years, weekdays included: in its last cycles dateutil comes to an end by itself.
    shifted = start.replace(year=start.year + _CYCLES)
    stride = _Stride(parts)
    never = True
    yield start
    try:
        for wall in _rule(*_for_dateutil(shifted, parts), stride):
            never = False
            stride.found()
            if wall > shifted:
                yield wall.replace(year=wall.year - _CYCLES)
    except _FoundNowhere:
        pass
    except (ValueError, IndexError, OverflowError) as error:
        # It reckons beyond a month that has no 53 Mondays, or over the end of its calendar.
        raise _refusal("unreadable") from error
    if never:
        raise _refusal("never")


class _FoundNowhere(Exception):
    """The next date of a rule, if it has one, lies too far away."""


class _Stride(int):
    """A rule's INTERVAL, which ends the search for its dates where that takes too long.

    dateutil adds it once for each period that it has looked at, and asks nobody whether to go on. What is counted is
    periods and not time, and from the start of the rule on, so that every desk and the server find the same dates.
    """

    _cost: int
    _left: int
    _most: int

    def __new__(cls, parts: Mapping[str, str]) -> "_Stride":
        made = super().__new__(cls, parts.get("INTERVAL", "1"))
        listed = sum(text.count(",") for text in parts.values())
        made._cost = _LOOKED[parts["FREQ"]] * (_LISTED + listed) // _LISTED
        made._left, made._most = _PATIENCE, _MOST
        return made

    def found(self) -> None:
        """A date was found."""
        self._left = _PATIENCE

    def __radd__(self, at: int, /) -> int:
        self._look()
        return at + int(self)

    def __mul__(self, days: int, /) -> int:
        # Of weeks it adds the days.
        self._look()
        return int(self) * days

    def _look(self) -> None:
        self._left -= self._cost
        self._most -= self._cost
        if self._left < 0 or self._most < 0:
            raise _FoundNowhere


def _rule(start: datetime, parts: Mapping[str, str], stride: _Stride) -> rrule:
    """The rule as dateutil has it."""
    said: dict[str, Any] = {
        name.lower(): [int(one) for one in parts[name].split(",")]
        for name in _UNSIGNED.keys() | _SIGNED.keys()
        if name in parts
    }
    if "WKST" in parts:
        said["wkst"] = _DAYS.index(parts["WKST"])
    if "BYDAY" in parts:
        said["byweekday"] = [
            weekday(_DAYS.index(one[-2:]), int(one[:-2]) if one[:-2] else None) for one in parts["BYDAY"].split(",")
        ]
    return rrule(_FREQUENCIES[parts["FREQ"]], dtstart=start, interval=stride, **said)


def _for_dateutil(start: datetime, parts: dict[str, str]) -> tuple[datetime, dict[str, str]]:
    """A start and a rule by which dateutil finds the dates of the RFC, where by those given it finds others."""
    said, frequency = dict(parts), parts["FREQ"]
    own = _DAYS[start.weekday()]
    if frequency != "DAILY" and "BYWEEKNO" in said and not said.keys() & {"BYDAY", "BYMONTHDAY", "BYYEARDAY"}:
        # What a rule does not say is as at its start; it would have every day of the week.
        said["BYDAY"] = own
    if frequency == "WEEKLY" and "BYSETPOS" in said:
        # It would count the places of the first week from the start on.
        said.setdefault("BYDAY", own)
        start -= timedelta(days=(start.weekday() - _DAYS.index(said.get("WKST", "MO"))) % 7)
    if frequency in ("MONTHLY", "YEARLY"):
        said |= _numbered(said)
    return start, said


def _numbered(parts: dict[str, str]) -> dict[str, str]:
    """Days of the week all with their numbers where one has: of some with and some without it would find none."""
    days = parts.get("BYDAY", "").split(",")
    bare = [day for day in days if day in _DAYS]
    if len(bare) in (0, len(days)):
        return {}
    weeks = 5 if parts["FREQ"] == "MONTHLY" or "BYMONTH" in parts else 53
    every = [f"{number}{day}" for day in bare for number in range(1, weeks + 1)]
    return {"BYDAY": ",".join([*every, *(day for day in days if day not in _DAYS)])}


def _parts(rrule: str) -> dict[str, str]:
    """The rule's parts by name; refuses what could not be read, or not in reasonable time."""
    text = rrule.strip().removeprefix("RRULE:").strip(";").upper()
    pairs = [pair.partition("=") for pair in text.split(";")]
    parts = {name.strip(): ",".join(one.strip() for one in told.split(",")) for name, _, told in pairs}
    if len(text) > _LONGEST_RULE or len(parts) < len(pairs) or not parts.keys() <= _PARTS:
        raise _refusal("unreadable")
    if parts.get("FREQ") not in _FREQUENCIES:
        raise _refusal("too_often" if parts.get("FREQ") in _TOO_OFTEN else "unreadable")
    times = math.prod(parts[name].count(",") + 1 for name in ("BYHOUR", "BYMINUTE", "BYSECOND") if name in parts)
    if times > _TIMES_A_DAY:
        raise _refusal("too_often")
    if not all(_is_sound(name, told) for name, told in parts.items()):
        raise _refusal("unreadable")
    return parts


def _is_sound(name: str, told: str) -> bool:
    """Whether a part of a rule is as the RFC has it."""
    match name:
        case "FREQ":
            return told in _FREQUENCIES
        case "INTERVAL":
            return _INTERVAL.fullmatch(told) is not None
        case "COUNT":
            return _COUNT.fullmatch(told) is not None
        case "UNTIL":
            return _UNTIL.fullmatch(told) is not None
        case "WKST":
            return told in _DAYS
        case "BYDAY":
            return all(_is_day(one) for one in told.split(","))
    return all(_is_number(name, one) for one in told.split(","))


def _is_day(text: str) -> bool:
    """`MO`, or with its number within the month or year `2MO`, `+2MO` and `-1MO`."""
    found = _DAY.fullmatch(text)
    return found is not None and (found[2] is None or int(found[2]) in _WEEKS)


def _is_number(name: str, text: str) -> bool:
    found = _NUMBER.fullmatch(text)
    if found is None:
        return False
    number = int(found[2])
    return number in _SIGNED[name] if name in _SIGNED else not found[1] and number in _UNSIGNED[name]


def _count(text: str | None) -> int | None:
    return None if text is None else int(text)


def _until(text: str | None) -> datetime | date | None:
    """An aware instant, a naive local time, or a day; refused where the calendar has none of that name."""
    if text is None:
        return None
    try:
        if len(text) == 8:
            return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007
        local = datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007
    except ValueError as error:
        raise _refusal("unreadable") from error
    return local.replace(tzinfo=UTC) if text.endswith("Z") else local


def _past(occurrence: Occurrence, until: datetime | date | None) -> bool:
    if until is None:
        return False
    if not isinstance(until, datetime):
        return occurrence.local > datetime.combine(until, time.max)
    return (occurrence.start if until.tzinfo else occurrence.local) > until


def _refusal(problem: str) -> Refusal:
    return Refusal(Code.INVALID, what="rrule", problem=problem)
