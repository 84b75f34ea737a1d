"""Which instants a recurrence rule means (RFC 5545, section 3.3.10), and the ids of its occurrences."""

import math
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from dateutil.rrule import rrulestr

from shared.errors import Code, Refusal
from shared.ids import derived_id
from shared.model.base import value
from shared.rules.wall_time import zone_of

_FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_TOO_OFTEN = frozenset({"HOURLY", "MINUTELY", "SECONDLY"})
_PARTS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYSETPOS"}) | {
    f"BY{unit}" for unit in ("SECOND", "MINUTE", "HOUR", "DAY", "MONTHDAY", "YEARDAY", "WEEKNO", "MONTH")
}
_LONGEST_RULE = 400
_TIMES_A_DAY = 24
_START_YEARS = range(1583, 2300)
_CYCLES = 19 * 400
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


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
    UNTIL is inclusive and may be an instant, a local time or a day. Raises Refusal(INVALID) with a `problem`:
    `unreadable`, `too_often` for a rule of more than 24 starts a day, `never` for one that has no date at all.
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
    # dateutil looks for the next date of a rule that has none up to the year 9999, for seconds. The calendar repeats
    # every 400 years, weekdays included, so the search is made in its last cycles, where the end is near.
    shifted = start.replace(year=start.year + _CYCLES)
    never = True
    yield start
    try:
        begins, said = _for_dateutil(shifted, parts)
        for wall in rrulestr(";".join(f"{name}={text}" for name, text in said.items()), dtstart=begins):
            never = False
            if wall > shifted:
                yield wall.replace(year=wall.year - _CYCLES)
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        raise _refusal("unreadable") from error
    if never:
        raise _refusal("never")


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
    days = [day.strip() for day in parts.get("BYDAY", "").split(",")]
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
    parts = {name.strip(): content.strip() for name, _, content in pairs}
    if len(text) > _LONGEST_RULE or len(parts) < len(pairs) or not parts.keys() <= _PARTS or not all(parts.values()):
        raise _refusal("unreadable")
    if parts.get("FREQ") not in _FREQUENCIES:
        raise _refusal("too_often" if parts.get("FREQ") in _TOO_OFTEN else "unreadable")
    times = math.prod(parts[name].count(",") + 1 for name in ("BYHOUR", "BYMINUTE", "BYSECOND") if name in parts)
    if times > _TIMES_A_DAY:
        raise _refusal("too_often")
    if parts.get("INTERVAL", "1").strip("0") == "":
        raise _refusal("unreadable")
    return parts


def _count(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or int(text) == 0:
        raise _refusal("unreadable")
    return int(text)


def _until(text: str | None) -> datetime | date | None:
    """An aware instant, a naive local time, or a day."""
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
