"""Spans in which a resource cannot be booked, one by one."""

from datetime import datetime
from typing import Any

from shared import ids
from shared.clock import instant_text
from shared.errors import Code, Refusal
from shared.model.base import ResourceId, TimeBlockId, replace
from shared.model.hours import TimeBlock
from shared.model.resource import Resource
from shared.model.series import Series
from shared.mutations.block.reach import require_reach, require_reach_of, require_reach_of_rule
from shared.mutations.registry import Context, Instant, Line, Mutation, arguments, as_before, register
from shared.rules import booking
from shared.rules.permissions import Capability
from shared.store import Changes, Reads, Wanted


@arguments
class BlockSeen:
    """What a block said when somebody began to change it."""

    resource_id: ResourceId
    start: Instant
    end: Instant
    reason: Line = ""
    archived: bool = False
    """Whether it had been freed: then it is blocked again."""


@arguments
class Put:
    """`block.put`: make a block, change one, or make one say what its source says now (a calendar that is read again).

    Since version 2 a change carries what was seen of the block.
    """

    block_id: TimeBlockId
    resource_id: ResourceId
    start: Instant
    end: Instant
    reason: Line = ""
    origin: Line = ""
    was: BlockSeen | None = None
    """Null for a block that is made, and for what its source says, whoever has changed it."""


@arguments
class Remove:
    """`block.remove`."""

    block_id: TimeBlockId
    was: BlockSeen | None = None
    """What it says now, for the way back from blocking it; a person frees it whatever it says."""


def put(reads: Reads, ctx: Context, args: Put) -> Changes:
    """Block a span. Appointments that stand in it stay: a block keeps new ones out.

    What others have changed of a block meanwhile stays where this leaves it as it was seen. Where and when it is goes
    as one, and is refused where both have changed it; of two reasons the last to arrive stands, save where one takes
    back another.
    """
    (resource,) = booking.require_resources(reads, [args.resource_id])
    require_reach(ctx, resource)
    if args.end <= args.start:
        raise Refusal(Code.INVALID, what="length", minutes=0)
    now = reads.find(TimeBlock, args.block_id)
    if now is not None:
        require_reach_of(reads, ctx, now)
    rule = reads.find(Series, args.origin) if ids.is_id(args.origin) else None
    if rule is not None:
        require_reach_of_rule(reads, ctx, rule)
    wanted = _block_of(args)
    if wanted != now and args.was is not None:
        _require_as_seen(reads, ctx, now, wanted=wanted, was=args.was)
        wanted = _block_of(_against_now(reads, args))
    return Changes() if wanted == now else Changes(put=(wanted,))


def _block_of(args: Put) -> TimeBlock:
    return TimeBlock(
        id=args.block_id,
        resource_id=args.resource_id,
        starts_at=args.start,
        ends_at=args.end,
        reason=args.reason,
        origin=args.origin,
    )


def seen(block: TimeBlock) -> BlockSeen:
    """What a change of a block says that it is made against."""
    return BlockSeen(
        resource_id=block.resource_id, start=block.starts_at, end=block.ends_at, reason=block.reason,
        archived=block.archived,
    )  # fmt: skip


def _require_as_seen(reads: Reads, ctx: Context, now: TimeBlock | None, *, wanted: TimeBlock, was: BlockSeen) -> None:
    """Refuse a change of a block that is not there, that others have freed, or that they have moved elsewhere.

    What takes a reason back is for its own alone.
    """
    if now is None:
        raise Refusal(Code.NOT_FOUND, what="block", subject=wanted.id)
    if now.archived and not was.archived:
        raise Refusal(Code.ARCHIVED, what="block", subject=now.id)
    is_moved = _is_contested(_place(seen(now)), _place(was), _place(seen(wanted)))
    if is_moved or (ctx.takes_back and _is_contested(now.reason, was.reason, wanted.reason)):
        raise _changed(reads, now, was)


def _is_contested(now: Any, was: Any, wanted: Any) -> bool:
    """Whether two have made something else of what was seen."""
    return wanted != was and now not in (was, wanted)


def _changed(reads: Reads, now: TimeBlock, was: BlockSeen) -> Refusal:
    """What the block was and is, with the reasons where those differ."""
    sides = {"was": was, "now": seen(now)}
    told = {name: _told(reads, side, reason=now.reason != was.reason) for name, side in sides.items()}
    return Refusal(Code.CHANGED_MEANWHILE, what="block", subject=now.id, **told)


def _told(reads: Reads, side: BlockSeen, *, reason: bool) -> dict[str, str]:
    found = reads.find(Resource, side.resource_id)
    whose = "" if found is None else found.name
    told = {"resource_name": whose, "start": instant_text(side.start), "end": instant_text(side.end)}
    return told | {"reason": side.reason} if reason else told


def _place(side: BlockSeen | Put) -> tuple[ResourceId, datetime, datetime]:
    return side.resource_id, side.start, side.end


def _against_now(reads: Reads, args: Put) -> Put:
    """The same wish against the block as it is: what it leaves alone is taken from there."""
    now = reads.find(TimeBlock, args.block_id)
    if now is None or args.was is None:
        return args
    resource, start, end = _place(seen(now)) if _place(args) == _place(args.was) else _place(args)
    reason = now.reason if args.reason == args.was.reason else args.reason
    # What was freed is brought back by whoever says so, and not by the way.
    was = replace(seen(now), archived=args.was.archived)
    return replace(args, resource_id=resource, start=start, end=end, reason=reason, was=was)


def remove(reads: Reads, ctx: Context, args: Remove) -> Changes:
    """Free a blocked span; one that is gone already stays gone, and what others have made of it since does not go."""
    now = reads.find(TimeBlock, args.block_id)
    if now is None:
        raise Refusal(Code.NOT_FOUND, what="block", subject=args.block_id)
    require_reach_of(reads, ctx, now)
    if now.archived:
        return Changes()
    if args.was is not None and args.was != seen(now):
        raise _changed(reads, now, args.was)
    return Changes(put=(replace(now, archived=True),))


def _freed_against_now(reads: Reads, args: Remove) -> Remove:
    now = reads.find(TimeBlock, args.block_id)
    return args if now is None or args.was is None else replace(args, was=seen(now))


PUT = register(
    Mutation(
        name="block.put",
        version=2,
        capability=Capability.BLOCK_TIME,
        arguments=Put,
        run=put,
        wants=lambda args: Wanted(rows=((TimeBlock, args.block_id), (Resource, args.resource_id))),
        subject=lambda args: args.block_id,
        depends_on=lambda args: () if args.was is None else (args.block_id,),
        refreshed=_against_now,
        upcasters={1: as_before},
    )
)
REMOVE = register(
    Mutation(
        name="block.remove",
        version=2,
        capability=Capability.BLOCK_TIME,
        arguments=Remove,
        run=remove,
        wants=lambda args: Wanted(rows=((TimeBlock, args.block_id),)),
        subject=lambda args: args.block_id,
        depends_on=lambda args: (args.block_id,),
        refreshed=_freed_against_now,
        upcasters={1: as_before},
    )
)
