"""Changing a series from one of its occurrences on: another series goes on from there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.errors import Code, Refusal
from shared.model.appointment import Appointment
from shared.model.base import AppointmentId, OwnerId, replace
from shared.model.resource import Resource
from shared.model.series import Series
from shared.model.service import Service
from shared.mutations.appointment.arguments import Cancel, Reschedule, SegmentWish, Was
from shared.mutations.appointment.meeting import was_booked
from shared.mutations.appointment.steps import cancel
from shared.mutations.appointment.wish import moved_to
from shared.mutations.registry import Context
from shared.mutations.series import making, placing
from shared.mutations.series.arguments import ChangeSeries
from shared.mutations.series.placing import Clash, Placing
from shared.rules import booking, wall_time
from shared.rules import series as rules
from shared.rules.planning import require_party
from shared.rules.recurrence import Occurrence
from shared.store import Changes, Overlay, Reads, Wanted

FALLEN_AWAY = "The series was changed"
"""Why an occurrence was cancelled that the changed rule does not have."""


def require_seen(series: Series, was: str) -> None:
    """Refuse an edit that was made against another rule than there is now, or against a series that has ended since."""
    if series.archived:
        raise _changed(series, was)
    require_same_rule(series, was)


def require_same_rule(series: Series, was: str) -> None:
    """Refuse an edit that was made against another rule than there is now."""
    if series.rrule != was:
        raise _changed(series, was)


def _changed(series: Series, was: str) -> Refusal:
    now = {"rule": series.rrule, "ended": series.archived}
    return Refusal(Code.CHANGED_MEANWHILE, subject=series.id, was={"rule": was}, now=now)


def change(reads: Reads, ctx: Context, args: ChangeSeries) -> Changes:
    """Let another series go on from an occurrence.

    What nobody has touched of the old one moves along, keeping what is noted and paid; what was moved or ended by
    itself stays where it is, and no other takes its place. What the new rule has not is cancelled.
    """
    old = making.live(reads, args.series_id)
    if reads.find(Series, args.new_id) is not None:
        return Changes()
    require_seen(old, args.was)
    plan = _planned(reads, ctx, old, args)
    placed = _placed(reads, ctx, plan)
    placing.require_agreed(reads, placed.clashes, taken=len(placed.taken))
    ended = _fallen_away(reads, ctx, plan)
    ends_whole = args.since <= rules.original_of(rules.wall_of(old.start))
    rows = (
        making.without(plan.new, placed.clashes),
        replace(old, rrule=rules.cut(old, args.since), archived=ends_whole),
    )
    items = (_kept(reads, ctx, plan, one) for one in placed.clashes)
    changes = Changes(put=rows) + placed.state.changes() + ended
    told = placing.adjusted(placed.clashes) + placing.left_closed(ctx, _later(reads, old, args))
    return sum(items, changes) + told


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """The new series, what its visits look like, its dates, and which visit of the old one moves to which of them."""

    new: Series
    pattern: Appointment
    dates: Sequence[Occurrence]
    along: Mapping[str, Appointment]
    """By the original start that it gets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    state: Placing
    clashes: list[Clash]
    taken: list[AppointmentId]


def _planned(reads: Reads, ctx: Context, old: Series, args: ChangeSeries) -> _Plan:
    first = rules.wall_of(args.first)
    at = wall_time.typed(first, old.zone)
    shift = first - rules.wall_of(args.since, "since")
    later = _later(reads, old, args)
    free = [one for one in later if rules.is_untouched(one, old) and one.starts_at >= ctx.at]
    # One that an earlier change has left behind waits for a person: the rule has no date for it to fall away from.
    free = [one for one in free if not rules.is_cut_before(old, one.original_start)]
    along = {rules.shifted(one.original_start, shift): one for one in free}
    moving = {one.original_start for one in free}
    # A date that could not be had was taken out, and may have been booked by a person since.
    gone = {one for one in old.exdates if one >= args.since}
    out = {rules.shifted(one, shift) for one in ({one.original_start for one in later} | gone) - moving}
    new = replace(
        old,
        id=args.new_id,
        start=first.isoformat(),
        rrule=args.rrule,
        exdates=tuple(sorted(out)),
        party=old.party if args.party is None else args.party,
        follows_id=old.id,
    )
    known = _known(free, shift, at)
    before = max(making.horizon(reads, ctx, args.before), known)
    dates = _dates(new, before=before, known=known, along=len(free))
    if not dates:
        raise Refusal(Code.INVALID, what="rrule", problem="never")
    pattern = _pattern(reads, ctx, old, args, dates[0])
    return _Plan(new=replace(new, segments=pattern.segments), pattern=pattern, dates=dates, along=along)


def _known(visits: Sequence[Appointment], shift: timedelta, at: datetime) -> datetime:
    """Before when all of these visits lie, so much later than they do now; where there are none, shortly after `at`."""
    return max((one.starts_at + max(shift, timedelta()) for one in visits), default=at) + timedelta(days=1)


def _dates(new: Series, *, before: datetime, known: datetime, along: int) -> Sequence[Occurrence]:
    """As many dates as are made at once, and in any case all among which the visits lie that go `along`.

    What lies beyond those is made as time goes on. Before the last of them nobody would look for a gap, and a visit for
    which a date of the rule was not looked up would seem to have none.
    """
    usual = rules.MOST_AT_ONCE + along
    most = max(usual, rules.MOST_CHANGED)
    among = len(rules.dates(new, before=known, limit=most + 1))
    if among > most:
        raise Refusal(Code.INVALID, what="rrule", problem="too_many", most=most)
    return rules.dates(new, before=before, limit=max(usual, among))


def _later(reads: Reads, old: Series, args: ChangeSeries) -> list[Appointment]:
    return [one for one in reads.occurrences_of(old.id) if one.original_start >= args.since]


def _pattern(reads: Reads, ctx: Context, old: Series, args: ChangeSeries, date: Occurrence) -> Appointment:
    """What the visits look like from now on: as before, but for what was asked for."""
    made = making.pattern(reads, ctx, old, date)
    if args.wishes is None and args.party in (None, old.party):
        return made
    asked = Reschedule(
        appointment_id=made.id,
        was=was_booked(made),
        start=date.start,
        segments=args.wishes,
        party=args.party,
    )
    wanted = moved_to(reads, made, asked)
    require_party(reads, wanted)
    booking.require_sound(wanted.segments)
    return wanted


def _was(one: Appointment) -> Was:
    return Was(status=one.status, start=one.starts_at)


def _placed(reads: Reads, ctx: Context, plan: _Plan) -> _Placed:
    """Every date placed, but for the visits that stay where they are for want of another place.

    One that stays may stand where another was to go: then it is all tried again around those that stay.
    """
    stay: dict[str, Clash] = {}
    while True:
        tried = _tried(reads, ctx, plan, stay)
        stuck = {one.original: one for one in tried.clashes if one.original in plan.along}
        if not stuck:
            return replace(tried, clashes=[*stay.values(), *tried.clashes])
        stay |= stuck


def _tried(reads: Reads, ctx: Context, plan: _Plan, stay: Mapping[str, Clash]) -> _Placed:
    moving = [one for original, one in plan.along.items() if original not in stay]
    tried = _Placed(state=Placing(reads, ctx, placing.holdings(reads, moving)), clashes=[], taken=[])
    for date in plan.dates:
        if date.original in stay:
            continue
        moved = plan.along.get(date.original)
        wish = _wish(plan, date, moved)
        if moved is None and reads.find(Appointment, wish.id) is not None:
            continue
        refusal = tried.state.place(wish, is_new=moved is None)
        if refusal is None:
            tried.taken.append(wish.id)
        else:
            tried.clashes.append(Clash(series_id=plan.new.id, wish=wish, refusal=refusal, original=date.original))
    return tried


def _wish(plan: _Plan, date: Occurrence, moved: Appointment | None) -> Appointment:
    if moved is None:
        return making.made_at(plan.pattern, plan.new, date)
    pattern = plan.pattern
    same = replace(
        moved,
        series_id=plan.new.id,
        starts_at=pattern.starts_at,
        ends_at=pattern.ends_at,
        segments=pattern.segments,
        price=pattern.price,
        party=pattern.party,
        sequence=moved.sequence + 1,
    )
    return making.at_date(same, date)


def _fallen_away(reads: Reads, ctx: Context, plan: _Plan) -> Changes:
    """The visits that the new rule has no date for, cancelled; what they held is let go of already."""
    dates = {one.original for one in plan.dates}
    gone = [one for original, one in plan.along.items() if original not in dates]
    state = Overlay(reads, Changes(removed=placing.holdings(reads, gone)))
    args = (Cancel(appointment_id=one.id, was=_was(one), reason=FALLEN_AWAY, by="business") for one in gone)
    return sum((cancel(state, ctx, one) for one in args), Changes())


def _kept(reads: Reads, ctx: Context, plan: _Plan, clash: Clash) -> Changes:
    """The item of a date that could not be had: of a visit that stays, its move; else its booking."""
    moved = plan.along.get(clash.original)
    date = next(one for one in plan.dates if one.original == clash.original)
    if moved is None:
        booking = making.booking_of(plan.new, plan.new.segments, date)
        return placing.kept(reads, ctx, clash, "appointment.book", booking)
    same = moved.segments == plan.new.segments and moved.party == plan.new.party
    segments = None if same else _wishes(plan.new)
    move = Reschedule(
        appointment_id=moved.id,
        was=was_booked(moved, segments=segments, party=plan.new.party),
        start=date.start,
        segments=segments,
        party=plan.new.party,
    )
    return placing.kept(reads, ctx, clash, "appointment.reschedule", move)


def _wishes(series: Series) -> tuple[SegmentWish, ...]:
    return tuple(
        SegmentWish(service_id=one.service_id, resources=one.resources, minutes=one.minutes) for one in series.segments
    )


def wanted_by_change(args: ChangeSeries) -> Wanted:
    """What a change of a series reads, as far as its arguments tell."""
    wishes = args.wishes or ()
    resources = tuple(dict.fromkeys(one for wish in wishes for one in wish.resources))
    return Wanted(
        rows=(
            (Series, args.series_id),
            (Series, args.new_id),
            *((Resource, one) for one in resources),
            *((Service, wish.service_id) for wish in wishes if wish.service_id),
        ),
        owners=tuple(OwnerId(one) for one in resources),
        series=(args.series_id,),
        subjects=(args.series_id,),
    )


def wanted_next_by_change(reads: Reads, args: ChangeSeries) -> Wanted:
    """What it reads besides: the visits that it moves, and what stands around their new places."""
    old = reads.find(Series, args.series_id)
    if old is None:
        return Wanted()
    named = [one for wish in args.wishes or () for one in wish.resources]
    kept = [one for segment in old.segments for one in segment.resources]
    resources = tuple(dict.fromkeys([*named, *kept]))
    visits = reads.occurrences_of(old.id)
    held = tuple(one.id for one in visits)
    try:
        first = rules.wall_of(args.first)
        new = replace(old, id=args.new_id, start=first.isoformat(), rrule=args.rrule)
        known = _known(visits, first - rules.wall_of(args.since, "since"), args.before)
        dates = max(
            rules.dates(new, before=args.before, limit=rules.MOST_AT_ONCE),
            rules.dates(new, before=known, limit=rules.MOST_CHANGED),
            key=len,
        )
    except Refusal:
        # It is refused when it is run.
        return making.made_of(old)
    return making.made_of(old) + making.wanted_at(new, resources, dates) + Wanted(held_by=held)
