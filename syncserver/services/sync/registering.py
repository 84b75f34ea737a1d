"""A replica made known to the server."""

from typing import Any, Final

from shared import clock
from shared.clock import instant_text
from shared.model.registry import SCHEMA_VERSION, unstructured
from shared.protocol.messages import Register, Registered
from shared.protocol.problems import ProblemCode
from syncserver.services.declined import Declined
from syncserver.services.server import Principal, Server
from syncserver.services.sync import leases
from syncserver.services.sync.recovery import count_from_first, end_if_due
from syncserver.services.sync.standing import require_desk, telling_why
from syncserver.store.replicas import recovering_until, register_replica, standing
from syncserver.store.tenancy import tenant_transaction

OLDER: Final = "The server is older than this program: it will be upgraded."
UPGRADED_AFTER: Final = 3600
"""Seconds after which a look for the upgrade is worth while."""


def register(server: Server, principal: Principal, wish: Register) -> Registered:
    """Bind a replica to the token's device, and give it its first lease. Again is the same, with a newer lease.

    Raises Declined, for a replica of other columns too: that is known from then on, and told so.
    """
    now, told = clock.now(), server.marks.told(principal.tenant.id)
    with telling_why(server, principal), tenant_transaction(server.engine, principal.tenant) as connection:
        person, terms, version = standing(connection, principal.session)
        server.marks.require_progress(principal.tenant.id, told, version)
        view = require_desk(principal, person, terms)
        if wish.device != principal.device:
            raise Declined(ProblemCode.NOT_FOUND)
        known = register_replica(
            connection,
            replica=wish.replica,
            device=principal.device,
            user=principal.user,
            schema=wish.schema,
            now=now,
        )
        until = recovering_until(connection)
    if known is None:
        raise Declined(ProblemCode.NOT_FOUND)
    if known.retired:
        raise Declined(ProblemCode.REPLICA_RETIRED)
    until = count_from_first(server, principal, until)
    registered = Registered(
        epoch=server.epoch,
        lease=leases.give(server, principal.tenant, wish.replica),
        server_time=instant_text(now),
        last_seq=known.last_seq,
        view=view.hash,
        offline_lease=leases.length(server, terms),
        business=principal.tenant.id,
        recovering=end_if_due(server.engine, principal.tenant, until),
    )
    require_schema(wish.schema, registered=unstructured(registered))
    return registered


def require_schema(schema: int, **told: Any) -> None:
    """Decline a replica whose columns are not the server's; what it has queued is taken all the same.

    `told` are further members of the problem.
    """
    if schema < SCHEMA_VERSION:
        raise Declined(ProblemCode.UPGRADE_REQUIRED, push_ok=True, **told)
    if schema > SCHEMA_VERSION:
        raise Declined(ProblemCode.RETRY, OLDER, retry_after=UPGRADED_AFTER, push_ok=True, **told)
