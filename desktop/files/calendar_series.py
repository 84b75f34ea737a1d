"""Which dates a recurring event of a calendar file has."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from desktop.files.calendar_event import Draft, Moment, Refused
from desktop.files.verdict import Note, Why, note
from shared.errors import Refusal
from shared.model.base import value
from shared.rules.recurrence import Occurrence, expand

_MOST_SEARCHED: Final = 20_000
_MOST_KEPT: Final = 2_000
_MOST_IN_FILE: Final = 50_000
_MOST_STEPS: Final = 5_000_000
_STEPS_A_YEAR: Final = {"DAILY": 366, "WEEKLY": 106, "MONTHLY": 36, "YEARLY": 20}
_YEARS_WITHOUT_A_DATE: Final = 800


@value
class Dates:
    """The dates of one recurring event, in order: each with its own length, where the file gives it one."""

    occurrences: tuple[tuple[Occurrence, timedelta | None], ...]
    notes: tuple[Note, ...]


class Patience:
    """How much work and how many dates a whole file may still ask for."""

    def __init__(self) -> None:
        self._steps = _MOST_STEPS
        self._dates = _MOST_IN_FILE

    def search(self, rule: str, years: int) -> None:
        """Pay for looking through some years by a rule; raises Refused when the file has asked for too much."""
        frequency = re.search(r"FREQ=(\w+)", rule, re.IGNORECASE)
        steps = _STEPS_A_YEAR.get(frequency[1].upper(), 0) if frequency else 0
        self._steps -= steps * max(years, 1) * (1 + rule.count(","))
        self._check()

    def keep(self, dates: int) -> None:
        """Pay for dates that become events."""
        self._dates -= dates
        self._check()

    def _check(self) -> None:
        if self._steps < 0 or self._dates < 0:
            raise Refused(note(Why.RULE_TOO_MANY))


def dates(draft: Draft, horizon: datetime, patience: Patience) -> Dates:
    """The dates of a recurring event that start before `horizon`, at most the 2,000 latest. Raises Refused."""
    notes: list[Note] = []
    found: dict[datetime, tuple[Occurrence, timedelta | None]] = {}
    by_rule = [one for rule in draft.rules for one in _by_rule(draft, rule, horizon, patience, notes)]
    if not by_rule and (notes or not draft.rules):
        by_rule = [place(draft.start, draft)]
    for occurrence in by_rule:
        found.setdefault(occurrence.start, (occurrence, None))
    for moment, length in draft.added:
        added = place(moment, draft)
        found[added.start] = (added, length)
    for rule in draft.excluding_rules:
        for occurrence in _by_rule(draft, rule, horizon, patience, notes):
            found.pop(occurrence.start, None)
    excluded = _excluded(draft)
    kept = sorted(
        (pair for start, pair in found.items() if start < horizon and not excluded(pair[0])),
        key=lambda pair: pair[0].start,
    )
    if len(kept) > _MOST_KEPT:
        notes.append(note(Why.OLDER_LEFT_OUT, count=len(kept) - _MOST_KEPT))
    kept = kept[-_MOST_KEPT:]
    patience.keep(len(kept))
    return Dates(occurrences=tuple(kept), notes=tuple(notes))


def place(moment: Moment, draft: Draft) -> Occurrence:
    """Where a moment lies in the series: on the clock of the zone in which the series was written."""
    if draft.start.whole_day or moment.whole_day:
        wall = datetime.combine(moment.wall.date(), draft.start.wall.time())
        return Occurrence(start=in_zone_of(wall, draft.start), local=wall, fold=0)
    local = moment.instant.astimezone(draft.start.tz)
    return Occurrence(start=moment.instant, local=local.replace(tzinfo=None, fold=0), fold=local.fold)


def in_zone_of(wall: datetime, start: Moment) -> datetime:
    """The instant of a local time in the zone of a series' start, aware UTC."""
    return wall.replace(tzinfo=start.tz, fold=0).astimezone(UTC)


def _by_rule(draft: Draft, rule: str, horizon: datetime, patience: Patience, notes: list[Note]) -> list[Occurrence]:
    """What a rule gives; a rule that gives nothing adds a note. Raises Refused for one that gives too much."""
    patience.search(rule, horizon.year - draft.start.wall.year + 1)
    # Days exist where the midnight that begins them does not, so whole days are reckoned without a zone.
    tz = UTC if draft.start.whole_day else draft.start.tz
    before = horizon + timedelta(days=1) if draft.start.whole_day else horizon
    try:
        found = expand(draft.start.wall, tz, rule, (), before=before, limit=_MOST_SEARCHED)
    except Refusal as refusal:
        problem = refusal.details["problem"]
        if problem == "too_often":
            raise Refused(note(Why.RULE_TOO_OFTEN, rule=rule)) from refusal
        if problem == "never":
            patience.search(rule, _YEARS_WITHOUT_A_DATE)
        notes.append(note(Why.RULE_NEVER if problem == "never" else Why.RULE_UNREADABLE, rule=rule))
        return []
    if len(found) == _MOST_SEARCHED:
        raise Refused(note(Why.RULE_TOO_OFTEN, rule=rule))
    if not draft.start.whole_day:
        return found
    return [Occurrence(start=in_zone_of(one.local, draft.start), local=one.local, fold=0) for one in found]


def _excluded(draft: Draft) -> Callable[[Occurrence], bool]:
    """Whether a date is one of the EXDATEs: an instant, or any time of a day where a day alone is written."""
    days = {one.wall.date() for one in draft.excluded if one.whole_day or draft.start.whole_day}
    instants = {one.instant for one in draft.excluded if not one.whole_day}
    return lambda occurrence: occurrence.local.date() in days or occurrence.start in instants
