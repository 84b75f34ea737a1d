"""Words about somebody who was erased that came later, or were known to be about them later."""

from typing import Final

import structlog

from shared.errors import StorageFault
from syncserver.services.data.erasing import erase_said_later
from syncserver.services.jobs.rounds import Rounds
from syncserver.services.server import Server
from syncserver.store.recoveries import recovering
from syncserver.store.tenancy import TenantId
from syncserver.store.tenants import every_tenant

log = structlog.get_logger()

_EVERY: Final = 6 * 3600.0


class SaidLater:
    """Looks through the histories of businesses that have erased somebody, for as long as the server runs."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._upto = dict[TenantId, int]()
        """By tenant up to which version nothing was left: what was logged since is new."""
        self._rounds = Rounds("said later", self.look, every=_EVERY)
        self.start, self.close = self._rounds.start, self._rounds.close

    def look(self) -> None:
        """Erase what is found; trouble with one business holds up no other, and one in recovery is left alone."""
        left_alone = {one.tenant.id for one in recovering(self._server.engine)}
        for tenant in every_tenant(self._server.engine):
            if self._rounds.ended:
                return
            if tenant.id in left_alone:
                continue
            try:
                after = self._upto.get(tenant.id, 0)
                self._upto[tenant.id] = erase_said_later(self._server, tenant, after=after).upto
            except StorageFault as trouble:
                log.warning("said_later.not_looked_at", tenant=tenant.id, why=str(trouble))
            except Exception:
                log.exception("said_later.failed", tenant=tenant.id)
