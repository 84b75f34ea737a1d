"""Whose time somebody may block."""

from shared import ids
from shared.errors import Code, Refusal
from shared.model.base import SeriesId, TimeBlockId
from shared.model.hours import TimeBlock
from shared.model.resource import Resource
from shared.model.series import Series
from shared.mutations.registry import Context
from shared.rules import series as rules
from shared.rules.permissions import Capability, Scope, scope
from shared.store import Reads


def require_reach(ctx: Context, resource: Resource) -> None:
    """Refuse whoever blocks their own time alone, at a resource that is not theirs."""
    own_only = scope(ctx.actor.role, Capability.BLOCK_TIME) is Scope.OWN
    if own_only and resource.member_id != ctx.actor.acts_as:
        raise Refusal(Code.NOT_ALLOWED, capability=Capability.BLOCK_TIME.value, role=ctx.actor.role.value)


def require_reach_of(reads: Reads, ctx: Context, block: TimeBlock) -> None:
    """The same of a block that is there."""
    resource = reads.find(Resource, block.resource_id)
    if resource is not None:
        require_reach(ctx, resource)


def require_reach_of_rule(reads: Reads, ctx: Context, rule: Series) -> None:
    """The resource that an edit names is its own word; whose a rule is, its first block says."""
    first = reads.find(TimeBlock, repeated_id(rule.id, rules.original_of(rules.wall_of(rule.start))))
    if first is not None and first.origin == rule.id:
        require_reach_of(reads, ctx, first)


def repeated_id(series: SeriesId, original_start: str) -> TimeBlockId:
    """The id that every desk makes for a block of a rule."""
    return TimeBlockId(ids.derived_id("repeated block", series, original_start))
