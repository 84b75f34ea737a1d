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
from syncserver.services.sync.gateway import Edit
from syncserver.store.handles import Connection
from syncserver.store.plans import plan_in_force
from syncserver.store.waiting import perhaps_over

_NAME: Final = "waitlist.lapse"
SERVER: Final = Actor(user_id=UserId(ids.derived_id("server")), role=Role.TENANT_OWNER, name="SmoothSchedule")
"""Who does in a business's book what time alone decides, by the rights of the business."""


def due(connection: Connection, now: datetime) -> Sequence[Edit]:
    """What is over in a tenant's waitlist, in its transaction; nothing under a plan that has none."""
    over = [entry for entry, zone in perhaps_over(connection, now) if state_at(entry, now, zone) is not entry.state]
    if not over or Feature.WAITLIST not in plan_in_force(connection).features:
        return []
    return [Edit(id=MutationId(ids.new_id()), name=_NAME, args={"entry_id": one.id}, at=now) for one in over]
