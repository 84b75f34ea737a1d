"""Blocking time on a resource, once and again and again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from desktop.operations.operation import Operation
from shared import ids
from shared.model.base import ResourceId, SeriesId, TimeBlockId, replace
from shared.model.hours import TimeBlock
from shared.model.series import Series
from shared.mutations.block.one import Put, Remove, seen
from shared.mutations.block.repeating import EndRepeat, Repeat
from shared.rules import series as rules


def put(
    *, resource_id: str, start: datetime, end: datetime, reason: str, origin: str = "", was: TimeBlock | None = None
) -> Operation:
    """Block a span, or change the block that was seen."""
    args = Put(
        block_id=TimeBlockId(ids.new_id()) if was is None else was.id,
        resource_id=ResourceId(resource_id),
        start=start,
        end=end,
        reason=reason,
        origin=origin,
        was=None if was is None else seen(was),
    )
    return Operation(name="block.put", args=args, label="blocked time")


def against(change: Operation, now: TimeBlock) -> Operation:
    """The same change of a block by somebody who sees it as it is now."""
    return replace(change, args=replace(change.args, was=seen(now))) if isinstance(change.args, Put) else change


def remove(block_id: str) -> Operation:
    """Free a blocked span."""
    return Operation(name="block.remove", args=Remove(block_id=TimeBlockId(block_id)), label="freed time")


def repeat(
    *, resource_id: str, first: datetime, minutes: int, rrule: str, before: datetime, reason: str, zone: str
) -> Sequence[Operation]:
    """Block a span again and again, from a naive local start on in a zone, as far as `before`.

    As many edits as it takes, for each makes a part of the dates. Raises Refusal for a rule that cannot be read.
    """
    args = Repeat(
        series_id=SeriesId(ids.new_id()),
        resource_id=ResourceId(resource_id),
        first=first.isoformat(),
        minutes=minutes,
        rrule=rrule,
        before=before,
        reason=reason,
    )
    edits = -(-_count(args, zone) // rules.MOST_AT_ONCE)
    return [Operation(name="block.repeat", args=args, label="repeated blocked time")] * max(1, edits)


def _count(args: Repeat, zone: str) -> int:
    return len(rules.dates_of(args.first, zone, args.rrule, before=args.before, limit=rules.MOST_BLOCKS))


def end_repeat(series: Series, *, resource_id: str, since: str = "") -> Operation:
    """Free what is ahead of blocks that repeat, from the one of an original start on or all."""
    args = EndRepeat(series_id=series.id, resource_id=ResourceId(resource_id), was=series.rrule, since=since)
    return Operation(name="block.end_repeat", args=args, label="freed time")


def length(starts: datetime, ends: datetime) -> int:
    """The minutes between two local times of one clock."""
    return (ends - starts) // timedelta(minutes=1)
