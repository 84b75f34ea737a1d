"""The way back from blocked time and changed hours."""

from shared.model.hours import HoursException, TimeBlock
from shared.mutations.block import Put, Remove
from shared.mutations.hours import HoursClear, HoursExcept, HoursSet, Opening, exception_id
from shared.mutations.inverse.table import Done, Edit, Edits, inverts


@inverts("block.put", "block.remove")
def _block_back(done: Done[Put | Remove]) -> Edits:
    before = done.before.find(TimeBlock, done.args.block_id)
    if before is None or before.archived:
        return (Edit(name="block.remove", args=Remove(block_id=done.args.block_id)),)
    args = Put(
        block_id=before.id,
        resource_id=before.resource_id,
        start=before.starts_at,
        end=before.ends_at,
        reason=before.reason,
        origin=before.origin,
    )
    return (Edit(name="block.put", args=args),)


@inverts("hours.set")
def _week_back(done: Done[HoursSet]) -> Edits:
    owner, weekday = done.args.owner_id, done.args.weekday
    rules = sorted(
        (rule for rule in done.before.hours([owner]) if rule.weekday == weekday), key=lambda rule: rule.opens
    )
    openings = tuple(Opening(opens=rule.opens, closes=rule.closes) for rule in rules)
    return (Edit(name="hours.set", args=HoursSet(owner_id=owner, weekday=weekday, openings=openings)),)


@inverts("hours.except", "hours.clear")
def _date_back(done: Done[HoursExcept | HoursClear]) -> Edits:
    owner, day = done.args.owner_id, done.args.day
    before = done.before.find(HoursException, exception_id(owner, day))
    if before is None:
        return (Edit(name="hours.clear", args=HoursClear(owner_id=owner, day=day)),)
    args = HoursExcept(owner_id=owner, day=day, opens=before.opens, closes=before.closes, reason=before.reason)
    return (Edit(name="hours.except", args=args),)
