"""Requests that nobody has answered in time end by themselves: the server's own edits, logged as such."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog

from shared import clock, ids
from shared.errors import StorageFault
from shared.model.appointment import Appointment
from shared.model.base import MutationId, UserId
from shared.model.member import Role
from shared.mutations.appointment import EXPIRE
from shared.mutations.registry import Actor
from shared.rules.requests import expires_at
from syncserver.services.jobs.rounds import Rounds
from syncserver.services.server import Server
from syncserver.services.sync.gateway import Edit, record_then
from syncserver.store import pushes
from syncserver.store.days import business_of
from syncserver.store.handles import Connection
from syncserver.store.open_requests import open_requests
from syncserver.store.recoveries import recovering
from syncserver.store.tenancy import Tenant, TenantState, tenant_transaction
from syncserver.store.tenants import every_tenant

log = structlog.get_logger()

EVERY: Final = 60.0
"""Seconds between two looks at every business."""
SERVER: Final = Actor(user_id=UserId(ids.derived_id("server")), role=Role.SUPERUSER, name="Server")
"""Who makes what the server does by itself."""


class Expiry:
    """Lets requests expire, a business at a time, for as long as the server runs."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._rounds = Rounds("expiry", self.look, every=EVERY)
        self.start, self.close = self._rounds.start, self._rounds.close

    def look(self) -> None:
        """End what is due in every business that works; trouble with one holds up no other. Raises StorageFault.

        One that is in recovery is left alone: the answer may be among what its desks are still asked for.
        """
        left_alone = {one.tenant.id for one in recovering(self._server.engine)}
        for tenant in every_tenant(self._server.engine):
            if self._rounds.ended:
                return
            if tenant.state is TenantState.ACTIVE and tenant.id not in left_alone:
                try:
                    expire_due(self._server, tenant)
                except StorageFault as trouble:
                    log.warning("requests.not_looked_at", tenant=tenant.id, why=str(trouble))


def expire_due(server: Server, tenant: Tenant) -> int:
    """End the requests of a business whose time is over; how many. Raises StorageFault.

    Each ends by itself once: one that a person has brought back since waits for that person.
    """
    now = clock.now()
    with tenant_transaction(server.engine, tenant, read_only=True) as connection:
        if not _due(connection, now):
            # Nobody is kept from writing, and no desk is told of nothing.
            return 0
    told, made = server.marks.told(tenant.id), list[Edit]()

    def edits(version: int) -> Sequence[Edit]:
        server.require_progress(tenant.id, told, version - 1)
        made.extend(_due(connection, now))
        return made

    with tenant_transaction(server.engine, tenant) as connection:
        version = record_then(connection, tenant, edits, SERVER, must_apply=True).version
    server.note_told(tenant.id, version)
    server.tell(tenant.id, version)
    log.info("requests.expired", tenant=tenant.id, count=len(made))
    return len(made)


def _due(connection: Connection, now: datetime) -> Sequence[Edit]:
    business = business_of(connection)
    due = [_edit(one, now) for one in open_requests(connection) if expires_at(one, business) <= now]
    known = pushes.known(connection, [one.id for one in due])
    return [one for one in due if one.id not in known]


def _edit(request: Appointment, now: datetime) -> Edit:
    asked = request.steps[-1].at
    return Edit(
        id=MutationId(ids.derived_id("expiry", request.id, asked.isoformat())),
        name=EXPIRE.name,
        args={"appointment_id": request.id},
        at=now,
    )
