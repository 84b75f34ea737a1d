"""Where a series goes on that somebody else has changed, for a person who has seen that and keeps their own edit."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from shared.model.appointment import Appointment
from shared.model.base import SeriesId, replace
from shared.model.series import Series
from shared.mutations.series.arguments import ChangeSeries, EndSeries, Onward
from shared.mutations.series.making import occurrence_of
from shared.rules import series as rules
from shared.store import Reads, Wanted


def end_of_all(reads: Reads, args: EndSeries) -> EndSeries:
    """The same end of what there is now: of the series, and of each that its visits have gone over to."""
    now = reads.find(Series, args.series_id)
    if now is None or now.rrule == args.was:
        return args
    onward = tuple(
        Onward(series_id=one.id, was=one.rrule, since=args.since and rules.shifted(args.since, by))
        for one, by in _goes_on(reads, now, args)
    )
    return replace(args, was=now.rrule, onward=onward)


def change_of_rest(reads: Reads, args: ChangeSeries) -> ChangeSeries:
    """The same change of the one series that goes on from there now.

    Where there is none, or several have what was one, it is left as it is, and refused: another one beside them would
    book the same dates twice.
    """
    now = reads.find(Series, args.series_id)
    if now is None or now.rrule == args.was:
        return args
    onward = _goes_on(reads, now, args)
    if not onward and not rules.is_cut_before(now, args.since):
        return replace(args, was=now.rrule)
    if len(onward) != 1 or not rules.is_cut_before(now, args.since):
        return args
    ((heir, by),) = onward
    return replace(args, series_id=heir.id, was=heir.rrule, since=rules.shifted(args.since, by))


def _goes_on(reads: Reads, series: Series, args: EndSeries | ChangeSeries) -> Sequence[tuple[Series, timedelta]]:
    """The series that visits have gone over to which somebody saw in one, and how much later they lie there.

    A visit that a change takes along keeps its id, and that says of which date of which series it was made.
    """
    seen = replace(series, rrule=args.was, exdates=())
    rules.require_readable(seen)
    if args.since:
        rest = rules.rest(seen, args.since)
        seen = replace(seen, start=rules.wall_of(args.since, "since").isoformat(), rrule=rest)
    heirs = ((reads.find(Series, one), by) for one, by in _gone_over(reads, series, seen).items())
    return [(heir, by) for heir, by in heirs if heir is not None and not heir.archived]


def _gone_over(reads: Reads, series: Series, seen: Series) -> Mapping[SeriesId, timedelta]:
    """The series whose visits are dates by now of what somebody saw as one, and how much later they lie there."""
    later: dict[SeriesId, timedelta] = {}
    # In front are those that have come and gone. Beyond a hundred dates more than are known nothing was made.
    known, found, looked_at = len(reads.occurrences_of(series.id)) + len(series.exdates), 0, 0
    while (most := known + found + rules.MOST_AT_ONCE) > looked_at:
        dates = rules.dates(seen, before=None, limit=most)[looked_at:]
        looked_at = most
        reads.read_ahead(Wanted(rows=tuple((Appointment, occurrence_of(series, one)) for one in dates)))
        for date in dates:
            visit = reads.find(Appointment, occurrence_of(series, date))
            if visit is not None and visit.series_id not in (None, series.id):
                found += 1
                later.setdefault(visit.series_id, rules.wall_of(visit.original_start) - date.local)
    return later
