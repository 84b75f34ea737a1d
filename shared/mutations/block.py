"""Spans in which a resource cannot be booked."""

from dataclasses import replace

from shared.errors import Code, Refusal
from shared.model.base import ResourceId, TimeBlockId
from shared.model.hours import TimeBlock
from shared.model.resource import Resource
from shared.mutations.registry import Context, Instant, Line, Mutation, arguments, register
from shared.rules import booking
from shared.rules.permissions import Capability, Scope, scope
from shared.store import Changes, Reads, Wanted


@arguments
class Put:
    """`block.put`: make a block, or make one say what its source says now (a calendar that is read again)."""

    block_id: TimeBlockId
    resource_id: ResourceId
    start: Instant
    end: Instant
    reason: Line = ""
    origin: Line = ""


@arguments
class Remove:
    """`block.remove`."""

    block_id: TimeBlockId


def put(reads: Reads, ctx: Context, args: Put) -> Changes:
    """Block a span. Appointments that stand in it stay: a block keeps new ones out."""
    (resource,) = booking.require_resources(reads, [args.resource_id])
    _require_reach(ctx, resource)
    if args.end <= args.start:
        raise Refusal(Code.INVALID, what="length", minutes=0)
    now = reads.find(TimeBlock, args.block_id)
    wanted = TimeBlock(
        id=args.block_id,
        resource_id=args.resource_id,
        starts_at=args.start,
        ends_at=args.end,
        reason=args.reason,
        origin=args.origin,
    )
    return Changes() if wanted == now else Changes(put=(wanted,))


def remove(reads: Reads, ctx: Context, args: Remove) -> Changes:
    """Free a blocked span; one that is gone already stays gone."""
    now = reads.find(TimeBlock, args.block_id)
    if now is None:
        raise Refusal(Code.NOT_FOUND, what="block", subject=args.block_id)
    resource = reads.find(Resource, now.resource_id)
    if resource is not None:
        _require_reach(ctx, resource)
    return Changes() if now.archived else Changes(put=(replace(now, archived=True),))


def _require_reach(ctx: Context, resource: Resource) -> None:
    own_only = scope(ctx.actor.role, Capability.BLOCK_TIME) is Scope.OWN
    if own_only and resource.member_id != ctx.actor.acts_as:
        raise Refusal(Code.NOT_ALLOWED, capability=Capability.BLOCK_TIME.value, role=ctx.actor.role.value)


PUT = register(
    Mutation(
        name="block.put",
        version=1,
        capability=Capability.BLOCK_TIME,
        arguments=Put,
        run=put,
        wants=lambda args: Wanted(rows=((TimeBlock, args.block_id), (Resource, args.resource_id))),
        subject=lambda args: args.block_id,
    )
)
REMOVE = register(
    Mutation(
        name="block.remove",
        version=1,
        capability=Capability.BLOCK_TIME,
        arguments=Remove,
        run=remove,
        wants=lambda args: Wanted(rows=((TimeBlock, args.block_id),)),
        subject=lambda args: args.block_id,
        depends_on=lambda args: (args.block_id,),
    )
)
