"""The way back from every edit of a series: one that says what each visit and each rule was."""

from collections.abc import Collection
from typing import Any, Literal

from shared.model.appointment import Appointment, Status
from shared.model.attention import AttentionItem, AttentionState
from shared.model.base import SeriesId
from shared.model.series import Series
from shared.mutations.appointment.arguments import Was
from shared.mutations.appointment.meeting import seen_segments
from shared.mutations.inverse.table import Done, Edit, Edits, inverts
from shared.mutations.series.arguments import (
    BookSeries,
    ChangeSeries,
    EndedSeries,
    EndSeries,
    ExtendSeries,
    RuleBack,
    TurnBack,
    VisitBack,
)
from shared.mutations.series.ending import was_ended_so
from shared.mutations.series.placing import item_of_clash
from shared.rules.booking import stood_over
from shared.store import Reads


@inverts("series.book", "series.extend", "series.change", "series.end", "series.turn_back")
def _as_it_was(done: Done[BookSeries | ExtendSeries | ChangeSeries | EndSeries | TurnBack]) -> Edits:
    if isinstance(done.args, TurnBack) and done.args.ended is not None:
        # What came back of which this desk does not know is ended with the rest.
        return (Edit(name="series.end", args=done.args.ended.end),)
    ids = _concerned(done.args)
    rules, visits, ended = _rules(done, ids), _visits(done, ids), _ended(done, ids)
    args = TurnBack(series_id=done.args.series_id, rules=rules, visits=visits, ended=ended)
    return (Edit(name="series.turn_back", args=args),)


def _ended(done: Done[Any], ids: tuple[SeriesId, ...]) -> EndedSeries | None:
    """The end that is taken back; none where a visit was ended so in the same second before: nothing tells those."""
    if not isinstance(done.args, EndSeries):
        return None
    ended = EndedSeries(at=done.ctx.at, end=done.args)
    before = (row for one in ids for row in done.before.occurrences_of(one))
    alike = any(was_ended_so(done.ctx, ended, row) and row.steps[-1].at == ended.at for row in before)
    return None if alike else ended


def _concerned(args: Any) -> tuple[SeriesId, ...]:
    if isinstance(args, ChangeSeries):
        return (args.series_id, args.new_id)
    if isinstance(args, EndSeries):
        return (args.series_id, *(one.series_id for one in args.onward))
    if isinstance(args, TurnBack):
        return tuple(one.series_id for one in args.rules)
    return (args.series_id,)


def _rules(done: Done[Any], ids: tuple[SeriesId, ...]) -> tuple[RuleBack, ...]:
    back = []
    for one in ids:
        before, after = done.before.find(Series, one), done.after.find(Series, one)
        if after is not None:
            could_not_be_had = {date for row in (before, after) if row for date in row.exdates}
            waited, waits = (_waiting(reads, one, could_not_be_had) for reads in (done.before, done.after))
            back.append(
                RuleBack(
                    series_id=one,
                    was=after.rrule,
                    was_archived=after.archived,
                    rrule=before.rrule if before else after.rrule,
                    archived=before.archived if before else True,
                    exdates=before.exdates if before else after.exdates,
                    closes=tuple(sorted(waits - waited)),
                    reopens=tuple(sorted(waited - waits)),
                )
            )
    return tuple(back)


def _waiting(reads: Reads, series: SeriesId, dates: Collection[str]) -> set[str]:
    """Of dates of a series those that wait for a person."""
    items = {date: reads.find(AttentionItem, item_of_clash(series, date)) for date in dates}
    return {date for date, item in items.items() if item is not None and item.state is AttentionState.OPEN}


def _visits(done: Done[Any], ids: tuple[SeriesId, ...]) -> tuple[VisitBack, ...]:
    found = {row.id: row for one in ids for row in done.after.occurrences_of(one)}
    named = done.args.visits if isinstance(done.args, TurnBack) else ()
    left = (done.after.find(Appointment, one.appointment_id) for one in named)
    found |= {row.id: row for row in left if row is not None}
    back = []
    for after in sorted(found.values(), key=lambda row: (row.original_start, row.id)):
        before = done.before.find(Appointment, after.id)
        if before == after:
            continue
        home, to = before or after, _to(before, after)
        back.append(
            VisitBack(
                appointment_id=after.id,
                was=Was(status=after.status, start=after.starts_at),
                until=after.ends_at,
                resources=after.resources,
                to=to,
                series_id=home.series_id,
                original_start=home.original_start,
                # One that was cancelled is brought back as it is.
                booked=None if to == "restored" else seen_segments(after),
                party=None if to == "restored" else after.party,
                over=() if before is None else stood_over(done.before, before),
            )
        )
    return tuple(back)


def _to(before: Appointment | None, after: Appointment) -> Literal["ended", "restored", "moved"]:
    if before is None or before.status is Status.CANCELLED:
        return "ended"
    return "restored" if after.status is Status.CANCELLED else "moved"
