"""Blocked time as the desk shows it: by which rule it came, and what a change of it would come to."""

from collections.abc import Sequence
from datetime import datetime

from desktop.queries.consequences import Concerned, consequences
from desktop.queries.verdict import refused
from desktop.store.replica import Replica, Wish
from shared.errors import Refusal
from shared.model.base import replace, value
from shared.model.business import Location
from shared.model.hours import TimeBlock
from shared.model.resource import Resource
from shared.model.series import Series
from shared.mutations.block.reach import repeated_id
from shared.mutations.decide import effect
from shared.rules import series as rules


@value
class BlockShown:
    """A block with its resource and the clock it goes by; of one that repeats its rule, and its date by the rule."""

    block: TimeBlock
    resource: Resource
    zone: str
    series: Series | None = None
    original: str = ""
    ahead: str = ""
    """The date of the first one that is still to begin; the block's own where none is."""


@value
class BlockOutcome:
    """What edits of blocked time come to: when the blocks begin that they make, and which visits lie in them.

    `why_not` says why they are refused; empty where they are not.
    """

    why_not: str = ""
    starts: tuple[datetime, ...] = ()
    concerned: tuple[Concerned, ...] = ()


def block_shown(replica: Replica, block_id: str) -> BlockShown | None:
    """A block; None where it is gone."""
    reads = replica.tx()
    block = reads.find(TimeBlock, block_id)
    resource = None if block is None else reads.find(Resource, block.resource_id)
    location = None if resource is None else reads.find(Location, resource.location_id)
    if block is None or resource is None or location is None or block.archived:
        return None
    # What came of an imported calendar has its UID for an origin.
    series = reads.find(Series, block.origin) if block.origin else None
    if series is None or not rules.is_of_blocks(series):
        return BlockShown(block=block, resource=resource, zone=location.zone)
    # What its rule leaves out was freed once, and may stand again.
    dates = rules.dates(replace(series, exdates=()), before=None, limit=rules.MOST_BLOCKS)
    original = next((one.original for one in dates if repeated_id(series.id, one.original) == block.id), "")
    ahead = next((one.original for one in dates if one.start >= replica.now()), original)
    return BlockShown(block=block, resource=resource, zone=location.zone, series=series, original=original, ahead=ahead)


def block_outcome(replica: Replica, operations: Sequence[Wish]) -> BlockOutcome:
    """What edits of blocked time would come to. Nothing is changed."""
    reads, ctx, made = replica.tx(), replica.context(), list[datetime]()
    try:
        for one in operations:
            changes = effect(reads, ctx, one.name, one.args)
            made += [row.starts_at for row in changes.put if isinstance(row, TimeBlock) and not row.archived]
    except Refusal as refusal:
        return BlockOutcome(why_not=refused(replica.tx(), refusal).why_not)
    return BlockOutcome(starts=tuple(sorted(made)), concerned=consequences(replica, operations))
