"""Spans that are blocked again and again, by a rule."""

from datetime import timedelta
from typing import Annotated

from annotated_types import Ge, Le, MaxLen

from shared import ids
from shared.errors import Code, Refusal
from shared.model.base import ResourceId, SeriesId, Span, TimeBlockId, replace
from shared.model.hours import TimeBlock
from shared.model.resource import Resource
from shared.model.series import Series
from shared.mutations.block.reach import repeated_id, require_reach, require_reach_of_rule
from shared.mutations.registry import Context, Instant, Line, Mutation, arguments, register
from shared.rules import booking, wall_time
from shared.rules import series as rules
from shared.rules.permissions import Capability
from shared.rules.recurrence import Occurrence
from shared.store import Changes, Reads, Wanted


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
    require_reach(ctx, resource)
    rule = _rule(reads, resource, args)
    require_reach_of_rule(reads, ctx, rule)
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
    require_reach(ctx, resource)
    require_reach_of_rule(reads, ctx, rule)
    return rule, resource


def _block(rule: Series, args: Repeat, date: Occurrence) -> TimeBlock:
    return TimeBlock(
        id=repeated_id(rule.id, date.original),
        resource_id=args.resource_id,
        starts_at=date.start,
        ends_at=date.start + timedelta(minutes=args.minutes),
        reason=args.reason,
        origin=rule.id,
    )


def end_repeat(reads: Reads, ctx: Context, args: EndRepeat) -> Changes:
    """Free the blocks of a rule from one on; those that have begun stay."""
    rule, resource = _known_in_reach(reads, ctx, args)
    if rule.archived:
        return Changes()
    _require_seen(rule, args.was, archived=False)
    whole = args.since <= rules.original_of(rules.wall_of(rule.start))
    since = ctx.at if whole else max(ctx.at, wall_time.resolve(rules.wall_of(args.since, "since"), rule.zone))
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


REPEAT = register(
    Mutation(
        name="block.repeat",
        version=1,
        capability=Capability.BLOCK_TIME,
        arguments=Repeat,
        run=repeat,
        wants=lambda args: Wanted(rows=((Series, args.series_id), (Resource, args.resource_id))),
        subject=lambda args: args.series_id,
        makes=lambda args: rules.MOST_AT_ONCE,
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
        makes=lambda args: rules.MOST_AT_ONCE,
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
