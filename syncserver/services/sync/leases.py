"""Signed server times: what an edit names to say when it was made."""

from datetime import datetime
from typing import Any, Final

from shared import clock
from shared.clock import instant_text, parse_instant
from syncserver.services.server import Server
from syncserver.store.tenancy import Tenant
from syncserver.store.terms import Terms

_PURPOSE: Final = "lease"


def give(server: Server, tenant: Tenant, replica: str) -> str:
    """The server's time of now, good for this replica of this tenant alone."""
    return server.keys.seal(_PURPOSE, {"tenant": tenant.id, "replica": replica, "at": instant_text(clock.now())})


def length(server: Server, terms: Terms) -> int:
    """Seconds for which a desk takes edits after the server's last answer: the business's own, else the setting."""
    return int((terms.offline_lease or server.settings.offline_lease).total_seconds())


def read(server: Server, tenant: Tenant, lease: str, *, replica: str | None = None) -> datetime | None:
    """When a lease was given; None where it is not ours, was changed, or was given to another.

    `replica` None takes the lease of any replica of the tenant.
    """
    if server.keys.is_of_no_key(lease):
        # The key was retired, or went with a history, while a desk was away: what waits there waits for nothing else.
        # Nobody gains by naming one: whoever has a good lease may say the same, and earlier.
        return clock.now()
    told: dict[str, Any] | None = server.keys.unseal(_PURPOSE, lease)
    if told is None or told["tenant"] != tenant.id or replica not in (None, told["replica"]):
        return None
    return parse_instant(told["at"])
