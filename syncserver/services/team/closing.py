"""An owner closes their business: nobody of it is let in any more, and nothing of it is erased by that."""

from shared.protocol.account_messages import Closing
from shared.protocol.problems import ProblemCode
from syncserver.services.declined import Declined
from syncserver.services.identity import identity_events
from syncserver.services.identity.holders import Holder, require_password_of, require_still
from syncserver.services.outbox import post
from syncserver.services.server import Server
from syncserver.store.tenancy import TenantState
from syncserver.store.tenants import hold_tenant, write_tenant_state
from syncserver.store.users import owners_of


def close(server: Server, holder: Holder, wish: Closing) -> None:
    """Close the business of an owner who says its short name and their password; a mail tells every owner.

    The platform's people open it again where its owner asks for that. Declined as `not_found` for another name, as
    `wrong_password`, `too_many_tries`, as whoever is an owner no more by then is, and as `tenant_suspended` where it is
    open no more. Raises StorageFault where it cannot be recorded.
    """
    tenant = holder.tenant
    if wish.tenant != tenant.slug:
        raise Declined(ProblemCode.NOT_FOUND)
    require_password_of(server, holder.user, wish.password)
    with server.audit.transaction(tenant) as (connection, record):
        # Checking a password waits for its turn.
        require_still(connection, holder)
        held = hold_tenant(connection, tenant.id)
        if held is None or held.state is not TenantState.ACTIVE:
            raise Declined(ProblemCode.TENANT_SUSPENDED)
        version = write_tenant_state(connection, tenant, TenantState.CLOSED)
        record(identity_events.closed(tenant, holder.user))
        for owner in owners_of(connection, tenant.id):
            fields = {"name": owner.name, "business": tenant.name, "who": holder.user.name}
            post(server, connection, kind="closed", recipient=owner.email, fields=fields)
    server.tell(tenant.id, version)
