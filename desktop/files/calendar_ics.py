"""Events from the iCalendar files that other programs write (RFC 5545)."""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Final

from dateutil.relativedelta import relativedelta

from desktop.files import calendar_zones
from desktop.files.calendar_event import Draft, Refused, read_event
from desktop.files.calendar_lines import Entry, split
from desktop.files.calendar_series import Patience, dates, in_zone_of, place
from desktop.files.text import decode
from desktop.files.verdict import Note, Verdict, Why, note
from shared.ids import derived_id
from shared.model.base import value
from shared.rules.recurrence import Occurrence, occurrence_id
from shared.visits_ics import visit_of

_MEGABYTES: Final = 20
_MONTHS_AHEAD: Final = 24


@value
class CalendarEvent:
    """One event with a start and an end, aware UTC. A date of a series knows the series and its place in it."""

    id: str
    series: str
    """The id of the series; empty where the event stands alone."""
    original: str
    """Its original local start and fold within the series; empty where the event stands alone."""
    uid: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    """The zone in which its times were written: an IANA name, or one that the file defines."""
    floating: bool
    """Whether it was written without a zone."""
    whole_day: bool
    title: str
    description: str
    location: str
    organizer: str
    people: tuple[str, ...]
    tentative: bool
    transparent: bool

    @property
    def not_an_appointment(self) -> Note | None:
        """Why this cannot be an appointment, if it cannot."""
        if self.whole_day:
            return note(Why.WHOLE_DAY)
        return note(Why.LONGER_THAN_A_DAY) if self.ends_at - self.starts_at > timedelta(hours=24) else None

    @property
    def not_a_block(self) -> Note | None:
        """Why this cannot be a blocked span, if it cannot."""
        return note(Why.FREE) if self.transparent else None


@value
class CalendarRow:
    """What became of one entry of the file. `number` counts the file's entries from 1, zones and alarms aside."""

    number: int
    kind: str
    title: str
    uid: str
    verdict: Verdict
    notes: tuple[Note, ...]
    events: tuple[CalendarEvent, ...]


@value
class CalendarFile:
    """A file that was read: notes on the whole, and the verdict on each entry in its order."""

    notes: tuple[Note, ...]
    rows: tuple[CalendarRow, ...]


def read_calendar(data: bytes, *, zone: str, now: datetime) -> CalendarFile:
    """Read events; times without a zone and whole days are those of `zone` (an IANA name).

    An event's id is the visit's where SmoothSchedule wrote it, else a UUIDv5 of its UID; that of a date in a series is
    a UUIDv5 of the series (itself from the UID) and the original local start with its fold: reading the file again, or
    on another desk, gives the same ids. A recurring event becomes single ones that start within 24 months of `now`
    (aware), the past ones included. Content never raises; UnreadableFile is raised for a file that is no calendar at
    all, or too large.
    """
    text, notes = decode(data, wanted="iCalendar (.ics)", megabytes=_MEGABYTES)
    rows: list[CalendarRow] = []
    drafts: list[Draft] = []
    with warnings.catch_warnings():
        # icalendar warns of zones that it guesses; the notes say it instead.
        warnings.simplefilter("ignore")
        for calendar in split(text):
            calendar_zones.load(calendar.zones)
            for entry in calendar.entries:
                _read(entry, calendar.method, zone, drafts, rows)
        rows.extend(_joined(drafts, now.astimezone(UTC) + relativedelta(months=_MONTHS_AHEAD)))
    if not any(row.kind == "VEVENT" for row in rows):
        notes = (*notes, note(Why.EMPTY_CALENDAR))
    return CalendarFile(notes=notes, rows=tuple(sorted(rows, key=lambda row: row.number)))


def _read(entry: Entry, method: str, zone: str, drafts: list[Draft], rows: list[CalendarRow]) -> None:
    """Add what an entry says to the drafts, or to the rows why it says nothing."""
    try:
        if entry.kind != "VEVENT":
            raise Refused(note(Why.OTHER_KIND, kind=entry.kind))
        draft = read_event(entry, zone)
    except Refused as refused:
        row = CalendarRow(
            number=entry.number,
            kind=entry.kind,
            title=refused.title,
            uid=refused.uid,
            verdict=Verdict.REFUSED,
            notes=(refused.reason,),
            events=(),
        )
        rows.append(row)
    else:
        drafts.append(replace(draft, cancelled=True) if method == "CANCEL" else draft)


def _joined(drafts: Sequence[Draft], horizon: datetime) -> Iterator[CalendarRow]:
    """The verdict on each event, once its other versions and the other dates of its series are known."""
    whole = {draft.uid for draft in drafts if draft.replaces is None}
    drafts = [draft if draft.uid in whole else _standing_alone(draft) for draft in drafts]
    newest: dict[tuple[str, object], Draft] = {}
    for draft in drafts:
        known = newest.setdefault(_version_key(draft), draft)
        if draft.newness >= known.newness:
            newest[_version_key(draft)] = draft
    overrides: dict[str, list[Draft]] = {}
    for draft in newest.values():
        if draft.replaces is not None:
            overrides.setdefault(draft.uid, []).append(draft)
    patience = Patience()
    for draft in drafts:
        winner = newest[_version_key(draft)]
        if winner is not draft:
            yield _row(draft, (), refused=note(Why.REPLACED, number=winner.number))
        else:
            master = newest.get((draft.uid, None), draft)
            yield _decided(draft, master, overrides.get(draft.uid, ()), horizon, patience)


def _decided(
    draft: Draft, master: Draft, overrides: Iterable[Draft], horizon: datetime, patience: Patience
) -> CalendarRow:
    """The verdict on an event of which there is no newer version."""
    if draft.cancelled:
        return _row(draft, (), changed=[note(Why.CANCELLED)])
    if draft.replaces is None and (draft.rules or draft.added):
        return _series(draft, overrides, horizon, patience)
    if not draft.length:
        return _row(draft, (), refused=note(Why.NO_LENGTH))
    if draft.replaces is None:
        return _row(draft, [_single(draft)])
    changed = [note(Why.THIS_AND_FUTURE)] if draft.and_later else []
    return _row(draft, [_dated(draft, place(draft.replaces, master))], changed=changed)


def _standing_alone(draft: Draft) -> Draft:
    """A date of a series that names dates of its own is the series, where the file has no other (Notes writes them)."""
    return replace(draft, replaces=None) if draft.rules or draft.added else draft


def _version_key(draft: Draft) -> tuple[str, object]:
    """What two versions of the same event, or of the same date of a series, have in common."""
    return draft.uid, None if draft.replaces is None else (draft.replaces.whole_day, draft.replaces.instant)


def _series(draft: Draft, overrides: Iterable[Draft], horizon: datetime, patience: Patience) -> CalendarRow:
    try:
        found = dates(draft, horizon, patience)
    except Refused as refused:
        return _row(draft, (), refused=refused.reason)
    replaced = {place(one.replaces, draft).original for one in overrides if one.replaces is not None}
    due = [(one, length or draft.length) for one, length in found.occurrences if one.original not in replaced]
    events = [_at(draft, occurrence, length) for occurrence, length in due if length]
    notes = [*found.notes, *([note(Why.NO_LENGTH)] if len(events) < len(due) else [])]
    if due and not events:
        return _row(draft, (), refused=note(Why.NO_LENGTH))
    single = note(Why.BECOMES_SINGLE, count=len(events), until=horizon.date())
    return _row(draft, events, changed=[*notes, single])


def _row(
    draft: Draft, events: Sequence[CalendarEvent], *, changed: Sequence[Note] = (), refused: Note | None = None
) -> CalendarRow:
    notes = (refused,) if refused else (*draft.notes, *changed)
    verdict = Verdict.REFUSED if refused else Verdict.CHANGED if notes else Verdict.TAKEN
    return CalendarRow(
        number=draft.number, kind="VEVENT", title=draft.texts.title, uid=draft.uid,
        verdict=verdict, notes=notes, events=tuple(events),
    )  # fmt: skip


def _single(draft: Draft) -> CalendarEvent:
    own = visit_of(draft.uid)
    return _event(draft, own or derived_id("import.event", draft.uid), draft.start.instant, draft.length)


def _dated(draft: Draft, occurrence: Occurrence) -> CalendarEvent:
    """The event that stands in for a date of a series, at a time and with texts of its own."""
    return _in_series(_event(draft, "", draft.start.instant, draft.length), occurrence)


def _at(draft: Draft, occurrence: Occurrence, length: timedelta) -> CalendarEvent:
    return _in_series(_event(draft, "", occurrence.start, length), occurrence)


def _in_series(event: CalendarEvent, occurrence: Occurrence) -> CalendarEvent:
    series = derived_id("import.series", event.uid)
    return replace(event, id=occurrence_id(series, occurrence), series=series, original=occurrence.original)


def _event(draft: Draft, event_id: str, start: datetime, length: timedelta) -> CalendarEvent:
    return CalendarEvent(
        id=event_id,
        series="",
        original="",
        uid=draft.uid,
        starts_at=start,
        ends_at=_end(draft, start, length),
        zone=draft.start.zone,
        floating=draft.start.floating,
        whole_day=draft.start.whole_day,
        title=draft.texts.title,
        description=draft.texts.description,
        location=draft.texts.location,
        organizer=draft.texts.organizer,
        people=draft.texts.people,
        tentative=draft.tentative,
        transparent=draft.transparent,
    )


def _end(draft: Draft, start: datetime, length: timedelta) -> datetime:
    """Whole days end at a local midnight, however many hours that is; times of day after an exact length."""
    if not draft.start.whole_day:
        return start + length
    first = start.astimezone(draft.start.tz).date()
    return in_zone_of(datetime.combine(first + length, time()), draft.start)
