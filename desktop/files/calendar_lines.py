"""The entries of a calendar file as lines of text: who stands inside whom, before any value is read."""

import re
from typing import Final

from icalendar.parser import Contentlines

from desktop.files.verdict import UnreadableFile, Why
from shared.model.base import value

_MOST_ENTRIES: Final = 20_000
_DEEPEST: Final = 20
_MOST_CHARACTERS: Final = 300_000
_MOST_ZONE_LINES: Final = 2_000
_KNOWN: Final = frozenset({"VCALENDAR", "VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VAVAILABILITY"})
_OBSERVANCES: Final = frozenset({"STANDARD", "DAYLIGHT"})
_EVENT_LINES: Final = frozenset(
    {"UID", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "STATUS", "TRANSP", "DTSTART", "DTEND", "DURATION", "RECURRENCE-ID"}
    | {"RRULE", "RDATE", "EXDATE", "EXRULE", "SUMMARY", "DESCRIPTION", "LOCATION", "ORGANIZER", "ATTENDEE"}
)
_ZONE_LINES: Final = frozenset({"TZID", "DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE", "TZNAME"})
_NAME: Final = re.compile(r"\s*([A-Za-z0-9-][A-Za-z0-9- \t]*)[;:]")


@value
class Entry:
    """One component of a calendar: its place in the file, what it is, and the lines of it that matter to us."""

    number: int
    kind: str
    lines: tuple[str, ...]
    ended: bool
    broken: int
    """How many of its lines are not of the form `NAME:value`."""


@value
class CalendarLines:
    """One calendar: its method (RFC 5546, `PUBLISH`, `CANCEL`, …), the zones it defines, and its entries in order."""

    method: str
    zones: tuple[tuple[str, ...], ...]
    entries: tuple[Entry, ...]


def split(text: str) -> tuple[CalendarLines, ...]:
    """The calendars of a file; events that stand outside any calendar make up the last one.

    A component that is not ended ends with the one around it. Raises UnreadableFile where there is no calendar, nesting
    without end, or more entries than anyone has.
    """
    splitter = _Splitter()
    lines: list[str] = Contentlines.from_ical(_with_line_feeds(text))  # type: ignore[no-untyped-call]
    for line in lines:
        splitter.take(line)
    return splitter.finish()


def _with_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "" if "\n" in text else "\n")


class _Open:
    """A component whose end has not come yet."""

    def __init__(self, kind: str, number: int) -> None:
        self.kind = kind
        self.number = number
        self.lines: list[str] = []
        self.characters = 0
        self.broken = 0
        self.method = ""


class _Calendar:
    def __init__(self) -> None:
        self.zones: list[tuple[str, ...]] = []
        self.entries: list[Entry] = []

    def finished(self, method: str) -> CalendarLines:
        entries = sorted(self.entries, key=lambda entry: entry.number)
        return CalendarLines(method=method, zones=tuple(self.zones), entries=tuple(entries))


class _Splitter:
    def __init__(self) -> None:
        self._stack: list[_Open] = []
        self._entries = 0
        self._calendars: list[CalendarLines] = []
        self._current = _Calendar()
        self._recognised = False

    def take(self, line: str) -> None:
        matched = _NAME.match(line)
        name = re.sub(r"\s", "", matched[1]).upper() if matched else ""
        if name == "BEGIN":
            self._begin(line.partition(":")[2].strip().upper())
        elif name == "END":
            self._end(line.partition(":")[2].strip().upper())
        elif self._stack and line.strip():
            _keep(self._stack[-1], name, line)

    def finish(self) -> tuple[CalendarLines, ...]:
        while self._stack:
            self._close(ended=False)
        if not self._recognised:
            raise UnreadableFile(Why.NOT_A_CALENDAR)
        if self._current.entries or not self._calendars:
            self._calendars.append(self._current.finished(""))
        return tuple(self._calendars)

    def _begin(self, kind: str) -> None:
        if len(self._stack) == _DEEPEST:
            raise UnreadableFile(Why.TOO_DEEP, limit=_DEEPEST)
        self._recognised = self._recognised or kind in _KNOWN
        if kind not in {"VCALENDAR", "VTIMEZONE"} and (kind == "VEVENT" or not self._inside_entry()):
            self._entries += 1
        if self._entries > _MOST_ENTRIES:
            raise UnreadableFile(Why.TOO_MANY, limit=_MOST_ENTRIES)
        self._stack.append(_Open(kind, self._entries))

    def _end(self, kind: str) -> None:
        if all(one.kind != kind for one in self._stack):
            return
        while self._stack[-1].kind != kind:
            self._close(ended=False)
        self._close(ended=True)

    def _inside_entry(self) -> bool:
        return any(one.kind != "VCALENDAR" for one in self._stack)

    def _close(self, *, ended: bool) -> None:
        closed = self._stack.pop()
        if closed.kind == "VCALENDAR":
            self._calendars.append(self._current.finished(closed.method))
            self._current = _Calendar()
        elif closed.kind == "VTIMEZONE":
            self._current.zones.append(_wrapped(closed))
        elif closed.kind in _OBSERVANCES and self._stack and self._stack[-1].kind == "VTIMEZONE":
            zone = self._stack[-1]
            zone.lines.extend(_wrapped(closed) if len(zone.lines) < _MOST_ZONE_LINES else ())
        elif closed.kind == "VEVENT" or not self._inside_entry():
            lines = _wrapped(closed) if closed.kind == "VEVENT" else ()
            self._current.entries.append(
                Entry(number=closed.number, kind=closed.kind, lines=lines, ended=ended, broken=closed.broken)
            )


def _wrapped(component: _Open) -> tuple[str, ...]:
    return (f"BEGIN:{component.kind}", *component.lines, f"END:{component.kind}")


def _keep(component: _Open, name: str, line: str) -> None:
    if component.kind == "VCALENDAR":
        component.method = line.partition(":")[2].strip().upper() if name == "METHOD" else component.method
        return
    wanted = _EVENT_LINES if component.kind == "VEVENT" else _ZONE_LINES
    if not name or component.characters + len(line) > _MOST_CHARACTERS:
        component.broken += 1
    elif name in wanted:
        component.characters += len(line)
        component.lines.append(line)
