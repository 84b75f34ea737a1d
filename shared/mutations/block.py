"""Spans in which a resource cannot be booked."""

from datetime import datetime, timedelta
from typing import Annotated

from annotated_types import Ge, Le, MaxLen

from shared import ids
from shared.clock import instant_text
from shared.errors import Code, Refusal
from shared.model.base import ResourceId, SeriesId, Span, TimeBlockId, replace
from shared.model.hours import TimeBlock
from shared.model.resource import Resource
from shared.model.series import Series
from shared.mutations.registry import Context, Instant, Line, Mutation, arguments, as_before, register
from shared.rules import booking, wall_time
from shared.rules import series as rules
from shared.rules.permissions import Capability, Scope, scope
from shared.rules.recurrence import Occurrence
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


def put(reads: Reads, ctx: Context, args: Put) -> Changes:
    """Block a span. Appointments that stand in it stay: a block keeps new ones out.

    What others have changed of a block meanwhile stays where this leaves it as it was seen. Where and when it is goes
    as one, and is refused where both have changed it; of two reasons the last to arrive stands.
    """
    (resource,) = booking.require_resources(reads, [args.resource_id])
    _require_reach(ctx, resource)
    if args.end <= args.start:
        raise Refusal(Code.INVALID, what="length", minutes=0)
    now = reads.find(TimeBlock, args.block_id)
    if now is not None:
        _require_reach_of(reads, ctx, now)
    rule = reads.find(Series, args.origin) if ids.is_id(args.origin) else None
    if rule is not None:
        _require_reach_of_rule(reads, ctx, rule)
    wanted = TimeBlock(
        id=args.block_id,
        resource_id=args.resource_id,
        starts_at=args.start,
        ends_at=args.end,
        reason=args.reason,
        origin=args.origin,
    )
    if wanted != now and args.was is not None:
        wanted = _met(reads, now, wanted, args.was)
    return Changes() if wanted == now else Changes(put=(wanted,))


def seen(block: TimeBlock) -> BlockSeen:
    """What a change of a block says that it is made against."""
    return BlockSeen(
        resource_id=block.resource_id, start=block.starts_at, end=block.ends_at, reason=block.reason,
        archived=block.archived,
    )  # fmt: skip


def _met(reads: Reads, now: TimeBlock | None, wanted: TimeBlock, was: BlockSeen) -> TimeBlock:
    """A block as somebody wants it who saw it as it was, and as others have left it."""
    if now is None:
        raise Refusal(Code.NOT_FOUND, what="block", subject=wanted.id)
    if now.archived and not was.archived:
        raise Refusal(Code.ARCHIVED, what="block", subject=now.id)
    if _place(wanted) == (was.resource_id, was.start, was.end):
        wanted = replace(wanted, resource_id=now.resource_id, starts_at=now.starts_at, ends_at=now.ends_at)
    elif _place(now) not in ((was.resource_id, was.start, was.end), _place(wanted)):
        raise Refusal(
            Code.CHANGED_MEANWHILE,
            what="block",
            subject=now.id,
            was=_told(reads, (was.resource_id, was.start, was.end)),
            now=_told(reads, _place(now)),
        )
    return replace(wanted, reason=now.reason) if wanted.reason == was.reason else wanted


def _told(reads: Reads, place: tuple[ResourceId, datetime, datetime]) -> dict[str, str]:
    resource, start, end = place
    found = reads.find(Resource, resource)
    whose = "" if found is None else found.name
    return {"resource_name": whose, "start": instant_text(start), "end": instant_text(end)}


def _place(block: TimeBlock) -> tuple[ResourceId, datetime, datetime]:
    return block.resource_id, block.starts_at, block.ends_at


def _against_now(reads: Reads, args: Put) -> Put:
    """The same wish against the block as it is: what it leaves alone is taken from there."""
    now = reads.find(TimeBlock, args.block_id)
    if now is None or args.was is None:
        return args
    stays = (args.resource_id, args.start, args.end) == (args.was.resource_id, args.was.start, args.was.end)
    resource, start, end = _place(now) if stays else (args.resource_id, args.start, args.end)
    reason = now.reason if args.reason == args.was.reason else args.reason
    # What was freed is brought back by whoever says so, and not by the way.
    was = replace(seen(now), archived=args.was.archived)
    return replace(args, resource_id=resource, start=start, end=end, reason=reason, was=was)


def remove(reads: Reads, ctx: Context, args: Remove) -> Changes:
    """Free a blocked span; one that is gone already stays gone."""
    now = reads.find(TimeBlock, args.block_id)
    if now is None:
        raise Refusal(Code.NOT_FOUND, what="block", subject=args.block_id)
    _require_reach_of(reads, ctx, now)
    return Changes() if now.archived else Changes(put=(replace(now, archived=True),))


def _require_reach(ctx: Context, resource: Resource) -> None:
    own_only = scope(ctx.actor.role, Capability.BLOCK_TIME) is Scope.OWN
    if own_only and resource.member_id != ctx.actor.acts_as:
        raise Refusal(Code.NOT_ALLOWED, capability=Capability.BLOCK_TIME.value, role=ctx.actor.role.value)


def _require_reach_of(reads: Reads, ctx: Context, block: TimeBlock) -> None:
    resource = reads.find(Resource, block.resource_id)
    if resource is not None:
        _require_reach(ctx, resource)


@arguments
class Repeat:
    """`block.repeat`: blocks by a rule, those that begin before an instant."""

    series_id: SeriesId
    resource_id: ResourceId
    first: Line
    """The local start of the first one, `2026-05-04T12:00:00`."""
    minutes: Annotated[int, Ge(1), Le(booking.LONGEST)]
    rrule: Annotated[str, MaxLen(400)]
    before: Instant
    reason: Line = ""


@arguments
class EndRepeat:
    """`block.end_repeat`: free what is ahead of blocks that repeat, and make nothing more by their rule."""

    series_id: SeriesId
    resource_id: ResourceId
    was: Annotated[str, MaxLen(400)]
    since: Line = ""
    """The original start of the first one that is freed; empty for all."""


@arguments
class RuleBack:
    """`block.rule_back`: what a rule of blocks is to say again, and what it said when that was seen."""

    series_id: SeriesId
    resource_id: ResourceId
    was: Annotated[str, MaxLen(400)]
    was_archived: bool
    rrule: Annotated[str, MaxLen(400)]
    archived: bool


def repeat(reads: Reads, ctx: Context, args: Repeat) -> Changes:
    """Block a resource again and again. Said again with a later instant it goes on; what is there stays.

    A block that has the id of a date, and is none of the rule, makes way under an id of its own: ids follow from the
    rule, so that anybody can give one to a block, and would keep the date from being made.
    """
    (resource,) = booking.require_resources(reads, [args.resource_id])
    _require_reach(ctx, resource)
    rule = _rule(reads, resource, args)
    _require_reach_of_rule(reads, ctx, rule)
    if rule.archived:
        raise Refusal(Code.ARCHIVED, what="series", subject=rule.id)
    wall_time.typed(rules.wall_of(rule.start), rule.zone)
    before = min(args.before, ctx.at + timedelta(days=reads.business().max_advance))
    dates = rules.dates(rule, before=before, limit=rules.MOST_BLOCKS)
    blocks = (_block(rule, args, one) for one in dates)
    made = tuple(one for one in blocks if not _is_made(reads, one))[: rules.MOST_AT_ONCE]
    aside = tuple(_aside(ctx, held) for one in made if (held := reads.find(TimeBlock, one.id)) is not None)
    known = reads.find(Series, rule.id) is not None
    return Changes(put=(*made, *aside) if known else (rule, *made, *aside))


def _is_made(reads: Reads, block: TimeBlock) -> bool:
    """Whether the block of a date is there, wherever it stands by now, or was freed."""
    held = reads.find(TimeBlock, block.id)
    return held is not None and held.origin == block.origin


def _aside(ctx: Context, block: TimeBlock) -> TimeBlock:
    # Nobody knows the id of an edit before it is made: this one is taken by nobody.
    return replace(block, id=TimeBlockId(ids.derived_id("block aside", block.id, ctx.mutation_id)))


def _rule(reads: Reads, resource: Resource, args: Repeat) -> Series:
    if reads.find(Series, args.series_id) is not None:
        return _known(reads, args.series_id)
    return Series(
        id=args.series_id,
        customer_id=None,
        location_id=resource.location_id,
        zone=booking.require_location(reads, resource.location_id).zone,
        start=rules.wall_of(args.first).isoformat(),
        rrule=args.rrule,
        exdates=(),
        segments=(),
        notes=args.reason,
    )


def _known(reads: Reads, series_id: SeriesId) -> Series:
    found = reads.find(Series, series_id)
    if found is None or not rules.is_of_blocks(found):
        raise Refusal(Code.NOT_FOUND, what="series", subject=series_id)
    return found


def _known_in_reach(reads: Reads, ctx: Context, args: EndRepeat | RuleBack) -> tuple[Series, Resource]:
    """The rule that an edit is about, and the resource that it names, where whoever makes it may."""
    rule = _known(reads, args.series_id)
    (resource,) = booking.require_resources(reads, [args.resource_id])
    _require_reach(ctx, resource)
    _require_reach_of_rule(reads, ctx, rule)
    return rule, resource


def _require_reach_of_rule(reads: Reads, ctx: Context, rule: Series) -> None:
    """The resource that an edit names is its own word; whose a rule is, its first block says."""
    first = reads.find(TimeBlock, repeated_id(rule.id, rules.original_of(rules.wall_of(rule.start))))
    if first is not None and first.origin == rule.id:
        _require_reach_of(reads, ctx, first)


def _block(rule: Series, args: Repeat, date: Occurrence) -> TimeBlock:
    return TimeBlock(
        id=repeated_id(rule.id, date.original),
        resource_id=args.resource_id,
        starts_at=date.start,
        ends_at=date.start + timedelta(minutes=args.minutes),
        reason=args.reason,
        origin=rule.id,
    )


def repeated_id(series: SeriesId, original_start: str) -> TimeBlockId:
    """The id that every desk makes for a block of a rule."""
    return TimeBlockId(ids.derived_id("repeated block", series, original_start))


def end_repeat(reads: Reads, ctx: Context, args: EndRepeat) -> Changes:
    """Free the blocks of a rule from one on; those that have begun stay."""
    rule, resource = _known_in_reach(reads, ctx, args)
    if rule.archived:
        return Changes()
    _require_seen(rule, args.was, archived=False)
    whole = args.since <= rules.original_of(rules.wall_of(rule.start))
    since = ctx.at if whole else max(ctx.at, wall_time.resolve(rules.wall_of(args.since), rule.zone))
    span = Span(since, since + timedelta(days=2 * reads.business().max_advance))
    ahead = (one for one in reads.blocks([resource.id], span) if one.origin == rule.id and one.starts_at >= since)
    freed = tuple(replace(one, archived=True) for one in sorted(ahead, key=lambda one: one.id))
    ended = replace(rule, archived=True) if whole else replace(rule, rrule=rules.cut(rule, args.since))
    return Changes(put=(ended, *freed))


def _require_seen(rule: Series, was: str, *, archived: bool) -> None:
    if (rule.rrule, rule.archived) != (was, archived):
        now = {"rule": rule.rrule, "ended": rule.archived}
        raise Refusal(Code.CHANGED_MEANWHILE, subject=rule.id, was={"rule": was, "ended": archived}, now=now)


def rule_back(reads: Reads, ctx: Context, args: RuleBack) -> Changes:
    """Let a rule of blocks say what it said before; its blocks come and go by edits of their own."""
    rule, _ = _known_in_reach(reads, ctx, args)
    _require_seen(rule, args.was, archived=args.was_archived)
    turned = replace(rule, rrule=args.rrule, archived=args.archived)
    rules.require_readable(turned)
    return Changes(put=(turned,))


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
        version=1,
        capability=Capability.BLOCK_TIME,
        arguments=Remove,
        run=remove,
        wants=lambda args: Wanted(rows=((TimeBlock, args.block_id),)),
        subject=lambda args: args.block_id,
        depends_on=lambda args: (args.block_id,),
    )
)
REPEAT = register(
    Mutation(
        name="block.repeat",
        version=1,
        capability=Capability.BLOCK_TIME,
        arguments=Repeat,
        run=repeat,
        wants=lambda args: Wanted(rows=((Series, args.series_id), (Resource, args.resource_id))),
        subject=lambda args: args.series_id,
    )
)
END_REPEAT = register(
    Mutation(
        name="block.end_repeat",
        version=1,
        capability=Capability.BLOCK_TIME,
        arguments=EndRepeat,
        run=end_repeat,
        wants=lambda args: Wanted(rows=((Series, args.series_id), (Resource, args.resource_id))),
        subject=lambda args: args.series_id,
        depends_on=lambda args: (args.series_id,),
    )
)
RULE_BACK = register(
    Mutation(
        name="block.rule_back",
        version=1,
        capability=Capability.BLOCK_TIME,
        arguments=RuleBack,
        run=rule_back,
        wants=lambda args: Wanted(rows=((Series, args.series_id), (Resource, args.resource_id))),
        subject=lambda args: args.series_id,
        depends_on=lambda args: (args.series_id,),
    )
)
