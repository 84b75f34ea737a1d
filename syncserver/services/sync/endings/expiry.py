"""Requests that nobody has answered in time end by themselves."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from shared import ids
from shared.model.appointment import Appointment
from shared.model.base import MutationId, UserId
from shared.model.member import Role
from shared.mutations.appointment import EXPIRE
from shared.mutations.registry import Actor
from shared.rules.requests import expires_at
from syncserver.services.sync.endings.own_edits import still_due
from syncserver.services.sync.gateway import Edit
from syncserver.store.days import business_of
from syncserver.store.handles import Connection
from syncserver.store.open_requests import open_requests

SERVER: Final = Actor(user_id=UserId(ids.derived_id("server")), role=Role.SUPERUSER, name="Server")
"""Who makes what the server does by itself."""


def due(connection: Connection, now: datetime) -> Sequence[Edit]:
    """The ends of requests whose time is over, in a tenant's transaction.

    Each ends by itself once: one that a person has brought back since waits for that person.
    """
    business = business_of(connection)
    over = [_edit(one, now) for one in open_requests(connection) if expires_at(one, business) <= now]
    return still_due(connection, over, SERVER.user_id)


def next_due(connection: Connection, now: datetime) -> datetime | None:
    """When the next request is over that is not over now, in a tenant's transaction."""
    business = business_of(connection)
    ends = (expires_at(one, business) for one in open_requests(connection))
    return min((end for end in ends if end > now), default=None)


def _edit(request: Appointment, now: datetime) -> Edit:
    asked = request.steps[-1].at
    return Edit(
        id=MutationId(ids.derived_id("expiry", request.id, asked.isoformat())),
        name=EXPIRE.name,
        args={"appointment_id": request.id},
        at=now,
    )
