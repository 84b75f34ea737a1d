"""The way back from blocked time and changed hours."""

from datetime import timedelta
from typing import Final

from shared.model.base import Span, TimeBlockId, replace
from shared.model.hours import TimeBlock
from shared.model.series import Series
from shared.mutations.block.one import Put, Remove, seen
from shared.mutations.block.repeating import EndedBlocks, EndRepeat, Repeat, RuleBack, freed_by_end
from shared.mutations.hours import HoursClear, HoursExcept, HoursSet, date_seen, openings_of
from shared.mutations.inverse.table import Done, Edit, Edits, inverts

FARTHEST: Final = 3660
"""Days within which blocks stand that a rule makes: as far as may be booked ahead."""


@inverts("block.put", "block.remove")
def _block_back(done: Done[Put | Remove]) -> Edits:
    before, after = (reads.find(TimeBlock, done.args.block_id) for reads in (done.before, done.after))
    if before is None:
        return (_freed(done.args.block_id, after),)
    put = Edit(name="block.put", args=_put_of(before, after))
    if not before.archived:
        return (put,)
    # Whoever goes back further finds there what that edit has left.
    blocked = replace(before, archived=False)
    freed = _freed(before.id, blocked)
    return (freed,) if after == blocked else (put, freed)


def _freed(block_id: TimeBlockId, after: TimeBlock | None) -> Edit:
    """A block taken away, where it is still what the edit has left."""
    return Edit(name="block.remove", args=Remove(block_id=block_id, was=None if after is None else seen(after)))


def _put_of(one: TimeBlock, after: TimeBlock | None) -> Put:
    """A block as it was, where it is still what the edit has left."""
    return Put(
        was=None if after is None else seen(after),
        block_id=one.id,
        resource_id=one.resource_id,
        start=one.starts_at,
        end=one.ends_at,
        reason=one.reason,
        origin=one.origin,
    )


@inverts("block.repeat", "block.end_repeat")
def _repeated_back(done: Done[Repeat | EndRepeat]) -> Edits:
    """The rule as it was, with what its end has freed; then each other block that was made or freed."""
    one = done.args.series_id
    before, after = done.before.find(Series, one), done.after.find(Series, one)
    if after is None:
        return ()
    rule = RuleBack(
        series_id=one,
        resource_id=done.args.resource_id,
        was=after.rrule,
        was_archived=after.archived,
        rrule=after.rrule if before is None else before.rrule,
        archived=before is None or before.archived,
        ended=EndedBlocks(at=done.ctx.at, since=done.args.since) if isinstance(done.args, EndRepeat) else None,
    )
    others = _blocks(done, after)
    if before == after:
        return tuple(edit for block in others for edit in _turned(done, block))
    along = {block.id for block in freed_by_end(done.after, replace(after, rrule=rule.rrule), rule)}
    apart = (edit for block in others if block.id not in along for edit in _turned(done, block))
    return (Edit(name="block.rule_back", args=rule), *apart)


def _blocks(done: Done[Repeat | EndRepeat], rule: Series) -> list[TimeBlock]:
    since = done.ctx.at - timedelta(days=FARTHEST)
    span = Span(since, done.ctx.at + timedelta(days=FARTHEST))
    found = {
        block.id: block
        for reads in (done.before, done.after)
        for block in reads.blocks([done.args.resource_id], span)
        if block.origin == rule.id
    }
    return sorted(found.values(), key=lambda block: (block.starts_at, block.id))


def _turned(done: Done[Repeat | EndRepeat], block: TimeBlock) -> Edits:
    before, after = done.before.find(TimeBlock, block.id), done.after.find(TimeBlock, block.id)
    if before == after:
        return ()
    # What had the id of a date before, and was none of the rule, has another one by now.
    if before is None or before.archived or before.origin != block.origin:
        return (_freed(block.id, after),)
    return (Edit(name="block.put", args=_put_of(before, after)),)


@inverts("block.rule_back")
def _rule_forth(done: Done[RuleBack]) -> Edits:
    args = done.args
    if args.ended is not None:
        # What came back of which this desk does not know is freed with the rest.
        end = EndRepeat(series_id=args.series_id, resource_id=args.resource_id, was=args.rrule, since=args.ended.since)
        return (Edit(name="block.end_repeat", args=end),)
    back = RuleBack(
        series_id=args.series_id,
        resource_id=args.resource_id,
        was=args.rrule,
        was_archived=args.archived,
        rrule=args.was,
        archived=args.was_archived,
    )
    return (Edit(name="block.rule_back", args=back),)


@inverts("hours.set")
def _week_back(done: Done[HoursSet]) -> Edits:
    owner, weekday = done.args.owner_id, done.args.weekday
    was, openings = (openings_of(reads, owner, weekday) for reads in (done.after, done.before))
    back = HoursSet(owner_id=owner, weekday=weekday, openings=openings, was=was)
    return (Edit(name="hours.set", args=back),)


@inverts("hours.except", "hours.clear")
def _date_back(done: Done[HoursExcept | HoursClear]) -> Edits:
    owner, day = done.args.owner_id, done.args.day
    before, was = (date_seen(reads, owner, day) for reads in (done.before, done.after))
    if before.by_week:
        return (Edit(name="hours.clear", args=HoursClear(owner_id=owner, day=day, was=was)),)
    args = HoursExcept(
        owner_id=owner, day=day, opens=before.opens, closes=before.closes, reason=before.reason, was=was
    )  # fmt: skip
    return (Edit(name="hours.except", args=args),)
