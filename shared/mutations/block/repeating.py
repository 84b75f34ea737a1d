"""Spans that are blocked again and again, by a rule."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Annotated

from annotated_types import Ge, Le, MaxLen

from shared import ids
from shared.errors import Code, Refusal
from shared.model.base import ResourceId, SeriesId, Span, TimeBlockId, replace
from shared.model.hours import TimeBlock
from shared.model.resource import Resource
from shared.model.series import Series
from shared.mutations.block.reach import repeated_id, require_reach, require_reach_of_rule
from shared.mutations.registry import Context, Instant, Line, Mutation, arguments, as_before, register
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
class EndedBlocks:
    """An end of a rule of blocks that is taken back: when it was made, and from which one on; empty for all."""

    at: Instant
    since: Line = ""


@arguments
class RuleBack:
    """`block.rule_back`: what a rule of blocks is to say again, and what it said when that was seen.

    Since version 2 an end can be named: then all that it has freed is blocked again.
    """

    series_id: SeriesId
    resource_id: ResourceId
    was: Annotated[str, MaxLen(400)]
    was_archived: bool
    rrule: Annotated[str, MaxLen(400)]
    archived: bool
    ended: EndedBlocks | None = None
    """Null where the blocks of the rule come and go by edits of their own."""


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
    """Free the blocks of a rule from one on; those that have begun stay.

    A block does not say by what it was freed: the dates of those that were before are left out of the rule, so that
    whoever takes the end back knows them.
    """
    rule, resource = _known_in_reach(reads, ctx, args)
    if rule.archived:
        return Changes()
    _require_seen(rule, args.was, archived=False)
    span = _ahead(reads, rule, args.since, ctx.at)
    ahead = (one for one in reads.blocks([resource.id], span) if one.origin == rule.id and one.starts_at >= span.start)
    freed = tuple(replace(one, archived=True) for one in sorted(ahead, key=lambda one: one.id))
    noted = replace(rule, exdates=_freed_before(reads, rule, span.end))
    whole = _is_whole(rule, args.since)
    ended = replace(noted, archived=True) if whole else replace(noted, rrule=rules.cut(rule, args.since))
    return Changes(put=(ended, *freed))


def _is_whole(rule: Series, since: str) -> bool:
    return since <= rules.original_of(rules.wall_of(rule.start))


def _ahead(reads: Reads, rule: Series, since: str, at: datetime) -> Span:
    """Within which time the blocks begin that an end frees which is made at an instant."""
    start = at if _is_whole(rule, since) else max(at, wall_time.resolve(rules.wall_of(since, "since"), rule.zone))
    return Span(start, start + timedelta(days=2 * reads.business().max_advance))


def _dates(rule: Series, before: datetime) -> dict[str, TimeBlockId]:
    """The blocks of the dates of a rule by their original starts."""
    found = rules.dates(rule, before=before, limit=rules.MOST_BLOCKS)
    return {one.original: repeated_id(rule.id, one.original) for one in found}


def _freed_before(reads: Reads, rule: Series, before: datetime) -> tuple[str, ...]:
    """The original starts of a rule whose blocks are freed, those that an earlier end has noted among them."""
    dates = _dates(rule, before) | {one: repeated_id(rule.id, one) for one in rule.exdates}
    freed = {one.id for one in _of_rule(reads, rule, dates.values()) if one.archived}
    return tuple(sorted(original for original, block in dates.items() if block in freed))


def _of_rule(reads: Reads, rule: Series, blocks: Collection[TimeBlockId]) -> list[TimeBlock]:
    reads.read_ahead(Wanted(rows=tuple((TimeBlock, one) for one in blocks)))
    found = (reads.find(TimeBlock, one) for one in blocks)
    return [one for one in found if one is not None and one.origin == rule.id]


def freed_by_end(reads: Reads, rule: Series, args: RuleBack) -> tuple[TimeBlock, ...]:
    """What the end has freed that an edit takes back, of the rule as it was before it."""
    if args.ended is None:
        return ()
    span = _ahead(reads, rule, args.ended.since, args.ended.at)
    found = _of_rule(reads, rule, _dates(rule, span.end).values())
    here = (one for one in found if one.archived and one.resource_id == args.resource_id)
    return tuple(one for one in here if span.start <= one.starts_at < span.end)


def _require_seen(rule: Series, was: str, *, archived: bool) -> None:
    if (rule.rrule, rule.archived) != (was, archived):
        now = {"rule": rule.rrule, "ended": rule.archived}
        raise Refusal(Code.CHANGED_MEANWHILE, subject=rule.id, was={"rule": was, "ended": archived}, now=now)


def rule_back(reads: Reads, ctx: Context, args: RuleBack) -> Changes:
    """Let a rule of blocks say what it said before, and what its end has freed be blocked again."""
    rule, _ = _known_in_reach(reads, ctx, args)
    _require_seen(rule, args.was, archived=args.was_archived)
    turned = replace(rule, rrule=args.rrule, archived=args.archived)
    rules.require_readable(turned)
    back = (replace(one, archived=False) for one in freed_by_end(reads, turned, args))
    return Changes(put=(turned, *back))


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
        version=2,
        upcasters={1: as_before},
        capability=Capability.BLOCK_TIME,
        arguments=RuleBack,
        run=rule_back,
        wants=lambda args: Wanted(rows=((Series, args.series_id), (Resource, args.resource_id))),
        subject=lambda args: args.series_id,
        makes=lambda args: 1 if args.ended is None else rules.MOST_AT_ONCE,
        depends_on=lambda args: (args.series_id,),
    )
)
