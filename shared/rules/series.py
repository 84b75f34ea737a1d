"""What a series comes to: its dates, its rule cut in two, and which of its occurrences nobody has touched."""

from datetime import datetime, timedelta
from typing import Final

from shared.clock import instant_text
from shared.errors import Code, Refusal
from shared.model.appointment import Appointment, Status
from shared.model.series import Series
from shared.rules import recurrence, wall_time
from shared.rules.recurrence import Occurrence

MOST_AT_ONCE: Final = 100
"""Occurrences that are made by one edit at most; further ones are made by later edits."""

MOST_CHANGED: Final = 500
"""Dates that a series may have among the visits that a change takes along, where those are not as many themselves."""

MOST_BLOCKS: Final = 1000
"""Dates of a rule of blocks that are made at most: among these those are looked for that are not made yet."""

CHANGEABLE: Final = frozenset({Status.REQUESTED, Status.BOOKED, Status.CONFIRMED})
"""The statuses in which a change or an end of its series takes an occurrence along."""


_YEARS: Final = range(1901, 2199)
"""Those of an instant on the wire, but for the first and last: by another clock it may be the year beside them."""


def wall_of(text: str, field: str = "first") -> datetime:
    """The naive local start of `2026-05-04T09:00:00` or of an original start.

    Refused as invalid, naming the `field` it was said in, where it is none, or of a year that nobody books in.
    """
    try:
        wall = datetime.fromisoformat(text.partition("/")[0])
    except ValueError as error:
        raise _no_wall(field) from error
    if wall.tzinfo is not None or wall.microsecond:
        raise _no_wall(field)
    if wall.year not in _YEARS:
        why = f"its year is to be from {_YEARS[0]} to {_YEARS[-1]}"
        raise Refusal(Code.INVALID, what="field", field=field, why=why)
    return wall


def _no_wall(field: str) -> Refusal:
    return Refusal(Code.INVALID, what="field", field=field, why="it is no local time in whole seconds")


def original_of(wall: datetime) -> str:
    """The original start of the occurrence at a naive local time, which is always the first where there are two."""
    return f"{wall.isoformat()}/0"


def shifted(original: str, by: timedelta) -> str:
    """The original start that lies so much later by the wall's clock."""
    return original_of(wall_of(original) + by)


def dates(series: Series, *, before: datetime | None, limit: int) -> list[Occurrence]:
    """The first `limit` dates of a series earlier than `before`, an aware instant; those taken out are not among them.

    Raises Refusal(INVALID) for a rule that cannot be read, as `recurrence.expand` does.
    """
    out = [wall_of(one, "exdates") for one in series.exdates]
    return recurrence.occurrences(wall_of(series.start), series.zone, series.rrule, out, before=before, limit=limit)


def most_made(rrule: str, most: int = MOST_AT_ONCE) -> int:
    """How many visits one edit makes by a rule that makes `most` at most, whether it can be read or not."""
    told = (part.removeprefix("COUNT=") for part in _parts(rrule) if _name(part) == "COUNT")
    return min([most, *(int(one) for one in told if one.isascii() and one.isdigit())])


def dates_of(first: str, zone: str, rrule: str, *, before: datetime, limit: int) -> list[Occurrence]:
    """The dates of a rule of which there is no series yet; raises as `dates` does."""
    return recurrence.occurrences(wall_of(first), zone, rrule, (), before=before, limit=limit)


def require_readable(series: Series) -> None:
    """Refuse what `dates` refuses: a rule that nobody can read is looked at again and again, at every desk."""
    dates(series, before=None, limit=1)


def is_of_blocks(series: Series) -> bool:
    """Whether it is a rule by which blocks are made: nothing is booked by it."""
    return not series.segments


def cut(series: Series, original: str) -> str:
    """The rule of what of a series lies before an original start; of one that ends before that, its own."""
    if is_cut_before(series, original):
        return series.rrule
    last = wall_time.resolve(wall_of(original, "since"), series.zone) - timedelta(seconds=1)
    kept = [part for part in _parts(series.rrule) if _name(part) not in ("COUNT", "UNTIL")]
    return ";".join([*kept, f"UNTIL={instant_text(last).replace('-', '').replace(':', '')}"])


def is_cut_before(series: Series, original: str) -> bool:
    """Whether a series ends before an original start that it had once: an earlier change of it could not move that.

    One that has ended as a whole keeps its rule, and has no dates.
    """
    at = recurrence.locate(wall_of(original, "since"), wall_time.zone_of(series.zone))
    return series.archived or (at is not None and recurrence.has_ended(series.rrule, at))


def is_left_behind(one: Appointment, series: Series) -> bool:
    """Whether a visit of a series has an original start at which that has no date any more."""
    try:
        return is_cut_before(series, one.original_start)
    except Refusal:
        # Whoever books a visit into a series may say anything of where it belongs.
        return False


def rest(series: Series, original: str) -> str:
    """The rule of what of a series begins with an original start: one that is counted counts what is left."""
    at = wall_time.resolve(wall_of(original), series.zone)
    found = dict(part.split("=", 1) for part in _parts(series.rrule))
    if "COUNT" not in found:
        return series.rrule
    most = int(found["COUNT"])
    gone = recurrence.occurrences(wall_of(series.start), series.zone, series.rrule, (), before=at, limit=most)
    return ";".join(f"{name}={most_left(most, len(gone)) if name == 'COUNT' else told}" for name, told in found.items())


_WEEK: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def moved_days(rrule: str, days: int) -> str:
    """A rule whose days of the week lie so many days later; one of another kind goes by its start."""
    parts = dict(part.split("=", 1) for part in _parts(rrule))
    named = parts.get("BYDAY", "").split(",")
    if not set(named) <= set(_WEEK):
        return rrule
    later = {_WEEK[(_WEEK.index(one) + days) % 7] for one in named}
    parts["BYDAY"] = ",".join(one for one in _WEEK if one in later)
    if parts.get("INTERVAL", "1") != "1":
        # Which days are of one week, of which every other one counts, is as before: the week moves with them.
        parts["WKST"] = _WEEK[(_WEEK.index(parts.get("WKST", "MO")) + days) % 7]
    return ";".join(f"{name}={told}" for name, told in parts.items())


def most_left(most: int, gone: int) -> int:
    """How many of a count are left; the one that is asked for is always one of them."""
    return max(1, most - gone)


def is_untouched(one: Appointment, series: Series) -> bool:
    """Whether a visit still ahead stands as its series made it: nobody moved or changed it alone."""
    return (
        one.status in CHANGEABLE
        and not one.locked
        and not one.override_reason
        and one.wall_start == one.original_start.partition("/")[0]
        and one.segments == series.segments
        and one.party == series.party
    )


def _parts(rrule: str) -> list[str]:
    # Other calendars write spaces between the parts, and `recurrence` reads them.
    return [part for part in "".join(rrule.split()).upper().removeprefix("RRULE:").split(";") if part]


def _name(part: str) -> str:
    return part.partition("=")[0]
