"""One event of a calendar file: its values as icalendar reads them, judged one by one."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Final

from icalendar import Event
from icalendar.prop import vBroken

from desktop.files.calendar_lines import Entry
from desktop.files.calendar_zones import PARSER_ERRORS, name_of
from desktop.files.text import without_controls
from desktop.files.verdict import Note, Why, note
from shared.ids import derived_id
from shared.model.base import LONGEST_LINE, LONGEST_TEXT, value
from shared.rules.wall_time import zone_of

_MOST_PEOPLE: Final = 50
_FIRST_YEAR: Final = 1901
_LAST_YEAR: Final = 2198
_CONTENT: Final = re.compile(r'((?:[^":]|"[^"]*")*):(.*)', re.DOTALL)
_DAY: Final = re.compile(r";VALUE=DATE(;|$)", re.IGNORECASE)
_ZONE: Final = re.compile(r';TZID=("[^"]*"|[^;]*)', re.IGNORECASE)
_MOST_NOTES: Final = 20
_YEARS: Final = range(2, 9998)
_ZONED: Final = ("DTSTART", "DTEND", "RECURRENCE-ID", "RDATE", "EXDATE")


@value
class Moment:
    """A point of local time: naive `wall` on the clock of `tz`; `whole_day` where the file names a day alone."""

    wall: datetime
    fold: int
    tz: tzinfo
    zone: str
    """The IANA name of `tz`, or what the file calls it."""
    floating: bool
    whole_day: bool

    @property
    def instant(self) -> datetime:
        """Aware UTC. A local time that is skipped is read with the offset before the gap (RFC 5545, section 3.3.5)."""
        return self.wall.replace(tzinfo=self.tz, fold=self.fold).astimezone(UTC)

    @property
    def exists(self) -> bool:
        """Whether a clock of the zone ever shows it."""
        return self.instant.astimezone(self.tz).replace(tzinfo=None, fold=0) == self.wall


@value
class Texts:
    """What an event says beside its times."""

    title: str
    description: str
    location: str
    organizer: str
    people: tuple[str, ...]


@value
class Draft:
    """An event as its file describes it, before it is joined with the other versions and dates of the same UID."""

    number: int
    uid: str
    newness: tuple[int, str]
    """Which of two versions is the newer: SEQUENCE, then LAST-MODIFIED or DTSTAMP."""
    start: Moment
    length: timedelta
    """Exact for times of day, whole days otherwise."""
    replaces: Moment | None
    """The date of a series that it stands for (RECURRENCE-ID)."""
    and_later: bool
    """Whether it was meant for all later dates of the series too."""
    rules: tuple[str, ...]
    excluding_rules: tuple[str, ...]
    added: tuple[tuple[Moment, timedelta | None], ...]
    excluded: tuple[Moment, ...]
    cancelled: bool
    tentative: bool
    transparent: bool
    texts: Texts
    notes: tuple[Note, ...]


class Refused(Exception):
    """The event cannot be taken; caught by the reader of the file."""

    def __init__(self, reason: Note, *, title: str = "", uid: str = "") -> None:
        super().__init__(reason.sentence)
        self.reason = reason
        self.title = title
        self.uid = uid


def read_event(entry: Entry, zone: str) -> Draft:
    """The event of an entry; floating times and whole days are those of `zone`. Raises Refused where it is none."""
    if not entry.ended:
        raise Refused(note(Why.NEVER_ENDS))
    try:
        event = Event.from_ical("\r\n".join(_plain(line) for line in entry.lines))
    except PARSER_ERRORS as error:
        raise Refused(note(Why.NOT_READABLE)) from error
    return _Reader(event, entry, zone).draft()


def _plain(line: str) -> str:
    """The line without a zone where the value is an instant or a day, over which a zone has no say."""
    if not line.upper().startswith(_ZONED):
        return line
    split = _CONTENT.match(line)
    if split and (split[2].rstrip().upper().endswith("Z") or _DAY.search(split[1])):
        return _ZONE.sub("", split[1]) + ":" + split[2]
    return line


class _Reader:
    """Reads one event; what had to be read otherwise than it stands is added to the notes."""

    def __init__(self, event: Any, entry: Entry, zone: str) -> None:
        self._event = event
        self._entry = entry
        self._zone = zone
        self._notes: list[Note] = []
        self._title = self._text("SUMMARY", "title", LONGEST_LINE)

    def draft(self) -> Draft:
        uid = " ".join(str(self._one("UID") or "").split())
        try:
            return self._draft(uid)
        except Refused as refused:
            raise Refused(refused.reason, title=self._title, uid=uid) from refused

    def _draft(self, uid: str) -> Draft:
        if self._entry.broken:
            self._remark(note(Why.LINES_LEFT_OUT, count=self._entry.broken))
        start = self._start()
        length = self._length(start)
        texts = self._texts()
        if not uid:
            uid = derived_id("import.event", start.instant.isoformat(), str(length), texts.title, texts.description)
            self._remark(note(Why.NO_UID))
        added, excluded = self._added(start), self._excluded(start)
        return Draft(
            number=self._entry.number,
            uid=uid,
            newness=self._newness(),
            start=start,
            length=length,
            replaces=self._replaces(start),
            and_later=self._is_for_later_dates_too(),
            rules=self._rules("RRULE"),
            excluding_rules=self._rules("EXRULE"),
            added=added,
            excluded=excluded,
            cancelled=self._word("STATUS") == "CANCELLED",
            tentative=self._word("STATUS") == "TENTATIVE",
            transparent=self._word("TRANSP") == "TRANSPARENT",
            texts=texts,
            notes=tuple(self._notes),
        )

    def _remark(self, remark: Note) -> None:
        if remark not in self._notes and len(self._notes) < _MOST_NOTES:
            self._notes.append(remark)

    def _all(self, name: str) -> list[Any]:
        held = self._event.get(name, [])
        return held if isinstance(held, list) else [held]

    def _one(self, name: str) -> Any:
        return next(iter(self._all(name)), None)

    def _word(self, name: str) -> str:
        return str(self._one(name) or "").strip().upper()

    def _start(self) -> Moment:
        held = self._one("DTSTART")
        if held is None:
            raise Refused(note(Why.NO_START))
        start = self._moment(held, None)
        if start is None:
            raise Refused(note(Why.START_UNREADABLE, text=self._first_written("DTSTART")))
        if not _FIRST_YEAR <= start.wall.year <= _LAST_YEAR:
            raise Refused(note(Why.OUT_OF_RANGE, first=_FIRST_YEAR, last=_LAST_YEAR))
        if not start.whole_day and not start.exists:
            self._remark(note(Why.TIME_SKIPPED))
        return start

    def _length(self, start: Moment) -> timedelta:
        length = self._written_length(start)
        if length < timedelta():
            raise Refused(note(Why.END_BEFORE_START))
        if not length and not start.whole_day:
            # Dates that it adds may have lengths of their own.
            if not self._all("RDATE"):
                raise Refused(note(Why.NO_LENGTH))
            return length
        if not length:
            self._remark(note(Why.DAY_ASSUMED))
            return timedelta(days=1)
        if start.wall.year + length.days // 365 > _LAST_YEAR:
            raise Refused(note(Why.OUT_OF_RANGE, first=_FIRST_YEAR, last=_LAST_YEAR))
        return length

    def _written_length(self, start: Moment) -> timedelta:
        """The time between DTSTART and DTEND, or DURATION, or what RFC 5545, section 3.6.1, says where both lack."""
        held = self._one("DTEND")
        if held is not None:
            end = self._moment(held, None)
            if end is None:
                raise Refused(note(Why.END_UNREADABLE, text=self._first_written("DTEND")))
            if end.whole_day is not start.whole_day:
                raise Refused(note(Why.DAY_AND_TIME_MIXED))
            return end.wall - start.wall if start.whole_day else end.instant - start.instant
        held = self._one("DURATION")
        if held is None:
            return timedelta(days=1 if start.whole_day else 0)
        length = None if isinstance(held, vBroken) else getattr(held, "dt", None)
        if not isinstance(length, timedelta):
            raise Refused(note(Why.END_UNREADABLE, text=self._first_written("DURATION")))
        if start.whole_day and length.seconds:
            raise Refused(note(Why.DAY_AND_TIME_MIXED))
        return length

    def _replaces(self, start: Moment) -> Moment | None:
        held = self._one("RECURRENCE-ID")
        if held is None:
            return None
        moment = self._moment(held, start)
        if moment is None:
            raise Refused(note(Why.PLACE_UNREADABLE))
        return moment

    def _is_for_later_dates_too(self) -> bool:
        params = getattr(self._one("RECURRENCE-ID"), "params", {})
        return str(params.get("RANGE", "")).upper() == "THISANDFUTURE"

    def _rules(self, name: str) -> tuple[str, ...]:
        """The rules as they are written: blanks and backslashes in them, which some programs write, mean nothing."""
        return tuple(re.sub(r"[\s\\]", "", text) for text in self._written(name) if text.strip())

    def _first_written(self, name: str) -> str:
        return next(iter(self._written(name)), "")

    def _written(self, name: str) -> list[str]:
        """What the file says in the lines of a property."""
        lines = (_CONTENT.match(line) for line in self._entry.lines if line.upper().startswith(name))
        return [line[2] for line in lines if line]

    def _added(self, start: Moment) -> tuple[tuple[Moment, timedelta | None], ...]:
        added = []
        for held, params in self._dates("RDATE"):
            begin, end = held if isinstance(held, tuple) else (held, None)
            moment = self._read(_midnight(begin) if end else begin, params, start)
            length = end if isinstance(end, timedelta) else self._until(_midnight(end), params, start, moment)
            if moment is None or (length is not None and length <= timedelta()):
                self._remark(note(Why.DATES_LEFT_OUT))
            else:
                added.append((moment, length))
        return tuple(added)

    def _until(self, end: Any, params: Any, start: Moment, begin: Moment | None) -> timedelta | None:
        last = self._read(end, params, start)
        return None if last is None or begin is None else last.instant - begin.instant

    def _excluded(self, start: Moment) -> tuple[Moment, ...]:
        read = (self._read(held, params, start) for held, params in self._dates("EXDATE"))
        return tuple(moment for moment in read if moment is not None)

    def _dates(self, name: str) -> Iterator[tuple[Any, Any]]:
        """Each value of a property that lists dates, with the parameters of its line."""
        for line in self._all(name):
            if isinstance(line, vBroken) or not hasattr(line, "dts"):
                self._remark(note(Why.DATES_LEFT_OUT))
                continue
            for held in line.dts:
                yield held.dt, line.params

    def _moment(self, held: Any, start: Moment | None) -> Moment | None:
        if isinstance(held, vBroken):
            return None
        return self._read(getattr(held, "dt", None), held.params, start)

    def _read(self, read: Any, params: Any, start: Moment | None) -> Moment | None:
        """A date or date-time as a moment; one without a zone of its own takes that of `start`, where there is one."""
        if not isinstance(read, date) or read.year not in _YEARS:
            return None
        written = str(params.get("TZID", ""))
        if not isinstance(read, datetime) or str(params.get("VALUE", "")).upper() == "DATE":
            day = datetime.combine(read, time())
            return self._local(day, whole_day=True)
        if read.tzinfo is None:
            if written:
                self._remark(note(Why.ZONE_UNKNOWN, zone=written, used=self._zone))
            elif start is not None and not start.whole_day:
                return replace(start, wall=read, fold=0)
            return self._local(read, whole_day=False)
        zone = name_of(read.tzinfo, written)
        if written.startswith("/") and written.strip("/") != zone.strip("/"):
            self._remark(note(Why.ZONE_GUESSED, zone=written, used=zone))
        wall = read.replace(tzinfo=None, fold=0)
        return Moment(wall=wall, fold=0, tz=read.tzinfo, zone=zone, floating=False, whole_day=False)

    def _local(self, wall: datetime, *, whole_day: bool) -> Moment:
        tz = zone_of(self._zone)
        return Moment(wall=wall, fold=0, tz=tz, zone=self._zone, floating=True, whole_day=whole_day)

    def _newness(self) -> tuple[int, str]:
        sequence = self._one("SEQUENCE")
        stamp = self._one("LAST-MODIFIED") or self._one("DTSTAMP")
        written = None if isinstance(stamp, vBroken) else getattr(stamp, "dt", None)
        return (int(sequence) if isinstance(sequence, int) else 0, str(written or ""))

    def _texts(self) -> Texts:
        people = [_person(held) for held in self._all("ATTENDEE")]
        return Texts(
            title=self._title,
            description=self._text("DESCRIPTION", "description", LONGEST_TEXT),
            location=self._text("LOCATION", "location", LONGEST_LINE),
            organizer=next((_person(held) for held in self._all("ORGANIZER")), ""),
            people=tuple(dict.fromkeys(person for person in people if person))[:_MOST_PEOPLE],
        )

    def _text(self, name: str, field: str, limit: int) -> str:
        text = without_controls("\n".join(str(held) for held in self._all(name))).strip()
        if field == "title":
            text = " ".join(text.split())
        if len(text) > limit:
            self._remark(note(Why.SHORTENED, field=field, limit=limit))
        return text[:limit]


def _midnight(held: Any) -> Any:
    """A day as its first instant: what a period is written with begins and ends at a time."""
    return datetime.combine(held, time()) if isinstance(held, date) and not isinstance(held, datetime) else held


def _person(held: Any) -> str:
    """The name of an organizer or attendee, else the address."""
    name = str(getattr(held, "params", {}).get("CN", "")).strip()
    return without_controls(name or re.sub(r"^mailto:", "", str(held), flags=re.IGNORECASE))[:LONGEST_LINE]
