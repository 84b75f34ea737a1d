"""Offers of the waitlist past their time, and wishes past their last day, written down for the desks to see."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog

from shared import clock, ids
from shared.errors import StorageFault
from shared.model.base import MutationId, UserId
from shared.model.member import Role
from shared.model.plan import Feature
from shared.mutations.registry import Actor
from shared.rules.waitlist import state_at
from syncserver.services.jobs.rounds import Rounds
from syncserver.services.server import Server
from syncserver.services.sync.gateway import Edit, record_then
from syncserver.store.handles import Connection
from syncserver.store.plans import plan_in_force
from syncserver.store.replicas import recovering_until
from syncserver.store.tenancy import Tenant, TenantState, tenant_transaction
from syncserver.store.tenants import every_tenant
from syncserver.store.waiting import perhaps_over

log = structlog.get_logger()

EVERY: Final = 60.0
"""Seconds between two looks: a desk knows by itself that an offer is over."""
_NAME: Final = "waitlist.lapse"
SERVER: Final = Actor(user_id=UserId(ids.derived_id("server")), role=Role.TENANT_OWNER, name="SmoothSchedule")
"""Who does in a business's book what time alone decides, by the rights of the business."""


class Lapses:
    """Looks through every tenant's waitlist, for as long as the server runs; several servers share the work."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._rounds = Rounds("lapses", self.look, every=EVERY)
        self.start, self.close = self._rounds.start, self._rounds.close

    def look(self) -> None:
        """Write down what is over; trouble with one business holds up no other. Raises StorageFault."""
        for tenant in every_tenant(self._server.engine):
            if self._rounds.ended:
                return
            if tenant.state is not TenantState.ACTIVE:
                continue
            try:
                if self._is_due(tenant):
                    lapse(self._server, tenant)
            except StorageFault as trouble:
                log.warning("waitlist.not_looked_at", tenant=tenant.id, why=str(trouble))

    def _is_due(self, tenant: Tenant) -> bool:
        with tenant_transaction(self._server.engine, tenant, read_only=True) as connection:
            if recovering_until(connection) is not None or Feature.WAITLIST not in plan_in_force(connection).features:
                # What desks hand in after a restore is decided before anything else.
                return False
            return bool(_edits(connection, clock.now()))


def lapse(server: Server, tenant: Tenant) -> None:
    """End what is over in one tenant's waitlist. Raises StorageFault."""
    now, told = clock.now(), server.marks.told(tenant.id)
    with tenant_transaction(server.engine, tenant) as connection:

        def edits(version: int) -> Sequence[Edit]:
            server.require_progress(tenant.id, told, version - 1)
            # Asked again: another server may have been here, or a desk.
            return _edits(connection, now)

        done = record_then(connection, tenant, edits, SERVER)
    server.note_told(tenant.id, done.version)
    server.tell(tenant.id, done.version)
    log.info("waitlist.lapsed", tenant=tenant.id, count=len(done.outcomes))


def _edits(connection: Connection, now: datetime) -> Sequence[Edit]:
    return [
        Edit(id=MutationId(ids.new_id()), name=_NAME, args={"entry_id": entry.id}, at=now)
        for entry, zone in perhaps_over(connection, now)
        if state_at(entry, now, zone) is not entry.state
    ]
