"""Who of the platform may take everything that is kept of a business: by role, or by a grant for some minutes."""

from shared.rules.grants import Action
from shared.rules.permissions import Capability
from syncserver.services.identity.platform_accounts import Admin
from syncserver.services.platform import platform_actions
from syncserver.services.platform.platform_reach import tenant_within
from syncserver.services.platform.platform_tenants import require_reason
from syncserver.services.server import Server
from syncserver.store.tenancy import Tenant


def admit(server: Server, admin: Admin, tenant_id: str, reason: str) -> tuple[Tenant, str]:
    """The business that somebody exports, and the reason as it is recorded; a grant that it takes is used by this.

    Declined as `not_found`, as `invalid` without a reason, and as `not_allowed` where it takes a grant that there is
    not, which is recorded.
    """
    tenant = tenant_within(server, admin, tenant_id, Capability.FIND_TENANTS)
    said = require_reason(reason)
    platform_actions.use(server, admin, tenant, Action.EXPORT_TENANT_DATA)
    return tenant, said
