"""Two visits that change places: in one edit, so that neither is ever in the other's way."""

from collections.abc import Mapping

from shared.errors import Code, Refusal
from shared.model.appointment import Allocation, Appointment, Segment
from shared.model.base import OwnerId, ResourceId, replace
from shared.model.resource import Resource
from shared.model.service import Service
from shared.mutations.appointment.arguments import Swap
from shared.mutations.appointment.place import around, require_override
from shared.mutations.appointment.steps import require_unchanged, target
from shared.mutations.registry import Context
from shared.rules import booking, status, wall_time
from shared.rules.planning import with_parts
from shared.store import Changes, Overlay, Reads, Wanted

Exchange = Mapping[ResourceId, ResourceId]
"""What one visit takes in place of what, and the other the other way round."""


def swap(reads: Reads, ctx: Context, args: Swap) -> Changes:
    """Let two visits have each other's start, and of the same kind each other's resources; both or neither.

    Each keeps its services and their lengths. Two that have changed places already are left alone.
    """
    one, other = target(reads, args.appointment_id), target(reads, args.other_id)
    for reason in (args.override, args.other_override):
        require_override(reads, ctx, reason)
    if one.id == other.id or one.location_id != other.location_id:
        raise Refusal(Code.INVALID, what="swap")
    exchange = _exchange(reads, args)
    if _is_done(one, other, args, exchange):
        return Changes()
    for now, was, seen in ((one, args.was, args.resources), (other, args.other_was, args.other_resources)):
        require_unchanged(now, was)
        if set(now.resources) != set(seen):
            raise Refusal(Code.CHANGED_MEANWHILE, subject=now.id)
        if now.status not in status.OPEN:
            raise Refusal(Code.WRONG_STATUS, status=now.status.value, wanted="reschedule", subject=now.id)
    return _exchanged(reads, ctx, args, places(reads, args))


def places(reads: Reads, args: Swap) -> tuple[Appointment, Appointment]:
    """Both visits as they are to stand, whether or not they fit there. Raises Refusal where one is not to be found."""
    one, other = target(reads, args.appointment_id), target(reads, args.other_id)
    exchange = _exchange(reads, args)
    return _moved(reads, one, other, exchange), _moved(reads, other, one, exchange)


def _exchange(reads: Reads, args: Swap) -> Exchange:
    """Each of one visit's own resources with the other's of the same kind, in order, as far as there are as many."""
    mine = [one for one in args.resources if one not in args.other_resources]
    theirs = [one for one in args.other_resources if one not in args.resources]
    exchange: dict[ResourceId, ResourceId] = {}
    for one in booking.require_resources(reads, mine):
        left = booking.require_resources(reads, [each for each in theirs if each not in exchange])
        other = next((each for each in left if each.kind is one.kind), None)
        if other is not None:
            exchange |= {one.id: other.id, other.id: one.id}
    return exchange


def _is_done(one: Appointment, other: Appointment, args: Swap, exchange: Exchange) -> bool:
    starts = (one.starts_at, other.starts_at) == (args.other_was.start, args.was.start)
    return (
        starts
        and set(one.resources) == {exchange.get(each, each) for each in args.resources}
        and set(other.resources) == {exchange.get(each, each) for each in args.other_resources}
        and (bool(exchange) or args.was.start != args.other_was.start)
    )


def _moved(reads: Reads, one: Appointment, to: Appointment, exchange: Exchange) -> Appointment:
    segments = tuple(_with(reads, segment, one.party, exchange) for segment in one.segments)
    return replace(
        one,
        starts_at=to.starts_at,
        ends_at=to.starts_at + (one.ends_at - one.starts_at),
        wall_start=wall_time.wall_text(to.starts_at, one.zone),
        segments=segments,
        sequence=one.sequence + 1,
    )


def _with(reads: Reads, segment: Segment, party: int, exchange: Exchange) -> Segment:
    resources = tuple(exchange.get(one, one) for one in segment.resources)
    kept = tuple(replace(one, resource_id=exchange.get(one.resource_id, one.resource_id)) for one in segment.parts)
    return with_parts(reads, replace(segment, resources=resources), party, kept=kept)


def _exchanged(reads: Reads, ctx: Context, args: Swap, moved: tuple[Appointment, Appointment]) -> Changes:
    """Both where they are to be: each is checked while neither holds what it held before."""
    held = [one.id for visit in moved for one in reads.allocations_of(visit.id)]
    done = Changes(removed=tuple((Allocation, one) for one in held))
    reasons = args.override, args.override if args.over is None else args.other_override
    for visit, reason in zip(moved, reasons, strict=True):
        done += booking.place(
            Overlay(reads, done), visit, at=ctx.at, role=ctx.actor.role, override=reason, over=args.over,
            comes_back=ctx.takes_back,
        )  # fmt: skip
    kept = {row.id for row in done.put}
    return Changes(put=done.put, removed=tuple(one for one in done.removed if one[1] not in kept))


def wanted(args: Swap) -> Wanted:
    """What a swap reads, as far as its arguments tell."""
    visits, resources = (args.appointment_id, args.other_id), (*args.resources, *args.other_resources)
    return Wanted(
        rows=(*((Appointment, one) for one in visits), *((Resource, one) for one in resources)),
        spans=tuple((resources, around(was.start)) for was in (args.was, args.other_was)),
        owners=tuple(OwnerId(one) for one in resources),
        held_by=visits,
        subjects=visits,
    )


def wanted_next(reads: Reads, args: Swap) -> Wanted:
    """What a swap reads besides: the hours of the location, and the services that are done."""
    found = [one for one in (reads.find(Appointment, row) for row in (args.appointment_id, args.other_id)) if one]
    return Wanted(
        rows=tuple((Service, each.service_id) for one in found for each in one.segments if each.service_id),
        owners=tuple(OwnerId(one.location_id) for one in found),
    )
