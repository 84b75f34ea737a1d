"""Offers of the waitlist past their time, and wishes past their last day, written down for the desks to see."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from shared import ids
from shared.model.base import MutationId, UserId
from shared.model.member import Role
from shared.model.plan import Feature
from shared.mutations.registry import Actor
from shared.rules.waitlist import state_at
from shared.rules.wall_time import day_span
from syncserver.services.sync.gateway import Edit
from syncserver.store.handles import Connection
from syncserver.store.plans import plan_in_force
from syncserver.store.waiting import ends_to_come, perhaps_over

_NAME: Final = "waitlist.lapse"
SERVER: Final = Actor(user_id=UserId(ids.derived_id("server")), role=Role.TENANT_OWNER, name="SmoothSchedule")
"""Who does in a business's book what time alone decides, by the rights of the business."""


def due(connection: Connection, now: datetime) -> Sequence[Edit]:
    """What is over in a tenant's waitlist, in its transaction; nothing under a plan that has none."""
    over = [entry for entry, zone in perhaps_over(connection, now) if state_at(entry, now, zone) is not entry.state]
    if not over or Feature.WAITLIST not in plan_in_force(connection).features:
        return []
    return [Edit(id=MutationId(ids.new_id()), name=_NAME, args={"entry_id": one.id}, at=now) for one in over]


def next_due(connection: Connection, now: datetime) -> datetime | None:
    """When the next offer or wish is over that is not over now, in a tenant's transaction; whatever the plan."""
    coming = ends_to_come(connection, now)
    last_days = (day_span(day, zone).end for day, zone in coming.days)
    ends = [*last_days, *([] if coming.offer is None else [coming.offer])]
    return min((end for end in ends if end > now), default=None)
