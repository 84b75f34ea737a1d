"""Ending a series, and taking any edit of one back."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from shared.errors import Code, Refusal
from shared.model.appointment import Appointment, Status
from shared.model.attention import AttentionItem, AttentionState
from shared.model.base import AppointmentId, SeriesId, replace
from shared.model.series import Series
from shared.mutations.appointment.arguments import Cancel, TakeStep, Was
from shared.mutations.appointment.meeting import seen_segments
from shared.mutations.appointment.steps import cancel, reopened, require_unchanged, target
from shared.mutations.attention import Close, Reopen, close, reopen
from shared.mutations.registry import Context
from shared.mutations.series import making, placing
from shared.mutations.series.arguments import EndedSeries, EndSeries, Onward, RuleBack, TurnBack, VisitBack
from shared.mutations.series.changing import require_same_rule
from shared.mutations.series.placing import Placing
from shared.rules import recurrence, status, wall_time
from shared.rules import series as rules
from shared.rules.permissions import Capability, may
from shared.store import Changes, Overlay, Reads, Wanted

_OPEN, _DROPPED = AttentionState.OPEN, AttentionState.DROPPED
_CLOCKS_DIFFER: Final = timedelta(seconds=5)
"""By how much a desk's clock and the server's may differ where both are kept right."""
UNDONE = "Undone at the desk"
"""Why a visit was cancelled that is taken back with its series; it stays in the history."""


def end(reads: Reads, ctx: Context, args: EndSeries) -> Changes:
    """Cancel every visit of a series that is ahead, those moved by themselves too, and make nothing more of it.

    One that is paid and closed stays, and is told: whoever wants it cancelled opens it first.
    """
    meant: list[Appointment] = []
    rows = Changes()
    ends: tuple[EndSeries | Onward, ...] = (args, *args.onward)
    for one in ends:
        series = making.live(reads, one.series_id)
        require_same_rule(series, one.was)
        meant += _meant(reads, series, one.since)
        rows += _row(series, one.since)
    wishes = (
        Cancel(appointment_id=one.id, was=_was(one), reason=args.reason, by=args.by)
        for one in sorted(meant, key=lambda one: one.id)
        if one.status in rules.CHANGEABLE and one.starts_at >= ctx.at and not one.locked
    )
    return sum((cancel(reads, ctx, one) for one in wishes), rows + placing.left_closed(ctx, meant))


def _row(series: Series, since: str) -> Changes:
    if series.archived:
        return Changes()
    whole = since <= rules.original_of(rules.wall_of(series.start))
    ended = replace(series, archived=True) if whole else replace(series, rrule=rules.cut(series, since))
    return Changes(put=(ended,))


def _meant(reads: Reads, series: Series, since: str) -> list[Appointment]:
    """The visits of a series by their original starts: from one on, or all.

    What a change of the series has left behind is no date of its any more, and stands among those of the series that
    goes on from there: it is meant by whoever names it, or all.
    """
    later = [one for one in reads.occurrences_of(series.id) if one.original_start >= since]
    if not since or rules.is_cut_before(series, since):
        return later
    return [one for one in later if not rules.is_left_behind(one, series)]


def turn_back(reads: Reads, ctx: Context, args: TurnBack) -> Changes:
    """Make series and visits what they were before an edit; refused where anything of it was changed since.

    What an end has ended the rows tell, and not whoever takes it back: visits may have come to the series of which they
    did not know, and others may have ended one before.
    """
    series = {one.series_id: _turned(reads, one) for one in args.rules}
    visits = _concerned(reads, ctx, args)
    _require_named(reads, args)
    let_go = [now for wish, now in visits if wish.to != "restored"]
    state = Placing(reads, ctx, placing.holdings(reads, let_go))
    ended = Changes()
    for wish, now in visits:
        if wish.to == "ended":
            ended += _ended(reads, ctx, now, state)
        else:
            stood = (now.starts_at, now.resources) == (wish.was.start, wish.resources)
            _put_back(ctx, state, _as_before(reads, series, wish, now), over=wish.over if stood else ())
    for one in _ended_besides(reads, ctx, args, [now for _, now in visits]):
        # Beside whom it stood nobody knows any more.
        _put_back(ctx, state, _restored(reads, one), over=())
    waiting = (change for rule in args.rules for change in _waiting(reads, ctx, rule))
    return sum(waiting, Changes(put=tuple(series.values())) + state.changes() + ended)


def _concerned(reads: Reads, ctx: Context, args: TurnBack) -> list[tuple[VisitBack, Appointment]]:
    """What of the named visits is taken back, as each is now; refused where another edit than an end left it otherwise.

    What an end has ended comes back as it was ended: somebody else may have moved it before, or let somebody arrive.
    """
    if args.ended is None:
        return [(one, _as_left(reads, one)) for one in args.visits]
    visits = [(one, _as_ended(reads, one)) for one in args.visits]
    at = _instant_of(args.ended, [now for _, now in visits if was_ended_so(ctx, args.ended, now)])
    return [
        (one, now)
        for one, now in visits
        if one.to != "restored" or (was_ended_so(ctx, args.ended, now) and at in (None, now.steps[-1].at))
    ]


def _instant_of(ended: EndedSeries, found: Sequence[Appointment]) -> datetime | None:
    """When the server made an end that a desk made by its own clock; None where that is not told.

    With the same words its person may have cancelled single visits, at another desk.
    """
    near = min((one.steps[-1].at for one in found), key=lambda at: abs(at - ended.at), default=None)
    return None if near is None or abs(near - ended.at) > _CLOCKS_DIFFER else near


def _as_ended(reads: Reads, wish: VisitBack) -> Appointment:
    return target(reads, wish.appointment_id) if wish.to == "restored" else _as_left(reads, wish)


def was_ended_so(ctx: Context, ended: EndedSeries, now: Appointment) -> bool:
    """Whether a visit was cancelled by who takes an end back, with the words of that; when, the server counts anew."""
    by = ctx.entered.as_whom or ctx.entered.author_id
    said = (now.cancel_reason, now.cancelled_by) == (ended.end.reason, ended.end.by)
    return now.status is Status.CANCELLED and said and now.steps[-1].shown_by == by


def _ended_besides(reads: Reads, ctx: Context, args: TurnBack, named: Sequence[Appointment]) -> Iterator[Appointment]:
    """What else the end has ended: at the instant at which it was made, or at which the named visits were ended."""
    if args.ended is None:
        return
    known = {one.appointment_id for one in args.visits}
    at = {args.ended.at, *(one.steps[-1].at for one in named)}
    for one in _not_named(reads, args.ended.end, known):
        if was_ended_so(ctx, args.ended, one) and one.steps[-1].at in at:
            yield one


def _not_named(reads: Reads, end: EndSeries, named: Collection[AppointmentId]) -> list[Appointment]:
    """The cancelled visits that an end may have meant beside those that are named, in the order of their dates."""
    ends: tuple[EndSeries | Onward, ...] = (end, *end.onward)
    found = {
        one.id: one
        for each in ends
        for one in reads.occurrences_of(each.series_id)
        if one.status is Status.CANCELLED and one.original_start >= each.since and one.id not in named
    }
    return sorted(found.values(), key=lambda one: (one.original_start, one.id))


def _waiting(reads: Reads, ctx: Context, rule: RuleBack) -> Iterator[Changes]:
    """What waits for a person of a series' dates goes and comes with it; what somebody has settled stays so."""
    for original, was in (*((one, _OPEN) for one in rule.closes), *((one, _DROPPED) for one in rule.reopens)):
        item = reads.find(AttentionItem, placing.item_of_clash(rule.series_id, original))
        if item is None or item.state is not was:
            continue
        if was is _OPEN:
            yield close(reads, ctx, Close(item_id=item.id, settled="dropped"))
        else:
            yield reopen(reads, ctx, Reopen(item_id=item.id, was="dropped"))


def _turned(reads: Reads, wish: RuleBack) -> Series:
    now = making.live(reads, wish.series_id)
    if (now.rrule, now.archived) != (wish.was, wish.was_archived):
        raise _changed(now.id)
    turned = replace(now, rrule=wish.rrule, archived=wish.archived, exdates=wish.exdates)
    rules.require_readable(turned)
    return turned


def _as_left(reads: Reads, wish: VisitBack) -> Appointment:
    """The visit as the edit has left it."""
    now = target(reads, wish.appointment_id)
    require_unchanged(now, wish.was)
    if (now.ends_at, now.resources) != (wish.until, wish.resources):
        raise _changed(now.id)
    if wish.booked not in (None, seen_segments(now)) or wish.party not in (None, now.party):
        raise _changed(now.id)
    if wish.to == "restored" and now.status is not Status.CANCELLED:
        raise Refusal(Code.WRONG_STATUS, status=now.status.value, wanted="undo", subject=now.id)
    return now


def _require_named(reads: Reads, args: TurnBack) -> None:
    """Refuse to end a series of which others have made more than is taken back."""
    named = {one.appointment_id for one in args.visits}
    for rule in args.rules:
        if not rule.archived or rule.was_archived:
            continue
        others = [one for one in reads.occurrences_of(rule.series_id) if one.id not in named]
        if any(one.status in status.OPEN for one in others):
            raise _changed(rule.series_id)


def _changed(subject: str) -> Refusal:
    return Refusal(Code.CHANGED_MEANWHILE, subject=subject)


def _ended(reads: Reads, ctx: Context, now: Appointment, state: Placing) -> Changes:
    args = Cancel(appointment_id=now.id, was=_was(now), reason=UNDONE, by="business")
    return cancel(Overlay(reads, Changes(removed=state.released)), ctx, args)


def _as_before(reads: Reads, series: Mapping[SeriesId, Series], wish: VisitBack, now: Appointment) -> Appointment:
    if wish.to == "restored":
        return _restored(reads, now)
    if wish.series_id is None:
        return replace(now, series_id=None, original_start="")
    home = series.get(wish.series_id) or making.live(reads, wish.series_id)
    minutes = sum(one.minutes for one in home.segments)
    moved = replace(
        now,
        series_id=home.id,
        ends_at=now.starts_at + timedelta(minutes=minutes),
        segments=home.segments,
        price=sum(one.price for one in home.segments),
        party=home.party,
        sequence=now.sequence + 1,
    )
    date = recurrence.locate(rules.wall_of(wish.original_start, "original_start"), wall_time.zone_of(home.zone))
    if date is None:
        raise _changed(now.id)
    return making.at_date(moved, date)


def _restored(reads: Reads, now: Appointment) -> Appointment:
    back = Overlay(reads, reopened(reads, TakeStep(appointment_id=now.id, was=_was(now))))
    return replace(target(back, now.id), fee=0)


def _put_back(ctx: Context, state: Placing, wish: Appointment, *, over: Collection[AppointmentId] | None) -> None:
    may_override = may(ctx.actor.role, Capability.OVERRIDE)
    refusal = state.place(wish, override=(wish.override_reason or None) if may_override else None, over=over)
    if refusal is not None:
        raise refusal


def _was(one: Appointment) -> Was:
    return Was(status=one.status, start=one.starts_at)


def wanted_by_end(args: EndSeries) -> Wanted:
    """What the end of a series reads, as far as its arguments tell."""
    ends = _ending(args)
    return Wanted(rows=tuple((Series, one) for one in ends), series=ends, subjects=(args.series_id,))


def wanted_next_by_end(reads: Reads, args: EndSeries) -> Wanted:
    """What it reads besides: what the visits hold."""
    return Wanted(held_by=tuple(one.id for series in _ending(args) for one in reads.occurrences_of(series)))


def _ending(args: EndSeries) -> tuple[SeriesId, ...]:
    return (args.series_id, *(one.series_id for one in args.onward))


def wanted_by_turn_back(args: TurnBack) -> Wanted:
    """What taking an edit of a series back reads, as far as its arguments tell."""
    visits = tuple(one.appointment_id for one in args.visits)
    return Wanted(
        rows=(
            *((Series, one.series_id) for one in args.rules),
            *((Appointment, one) for one in visits),
        ),
        held_by=visits,
        series=(*(one.series_id for one in args.rules), *(() if args.ended is None else _ending(args.ended.end))),
        subjects=(args.series_id,),
    )


def wanted_next_by_turn_back(reads: Reads, args: TurnBack) -> Wanted:
    """What it reads besides: what stands around the places that the visits go back to, and what waits of its dates."""
    wanted = Wanted()
    for rule in args.rules:
        series = reads.find(Series, rule.series_id)
        if series is None:
            continue
        resources = tuple(dict.fromkeys(one for segment in series.segments for one in segment.resources))
        back = [one for one in args.visits if one.to != "ended" and one.series_id == series.id]
        spans = tuple((resources, making.around(one.was.start)) for one in back)
        items = tuple(placing.item_of_clash(series.id, one) for one in (*rule.closes, *rule.reopens))
        wanted += making.made_of(series) + Wanted(spans=spans, rows=tuple((AttentionItem, one) for one in items))
    if args.ended is not None:
        # Others may have moved one before it was ended, elsewhere than its series knows.
        ended = _not_named(reads, args.ended.end, named=())
        wanted += Wanted(
            held_by=tuple(one.id for one in ended),
            spans=tuple((one.resources, making.around(one.starts_at)) for one in ended),
        )
    return wanted
