"""Who of the platform may take everything that is kept of a business: by role, or by a grant for some minutes."""

from shared.rules import grants as rules
from shared.rules.grants import Action
from shared.rules.permissions import Capability
from syncserver.services.identity.platform_accounts import Admin
from syncserver.services.platform import grants
from syncserver.services.platform.platform_reach import tenant_within
from syncserver.services.platform.platform_tenants import require_reason
from syncserver.services.server import Server
from syncserver.store.tenancy import Tenant


def exports_by_role(admin: Admin) -> bool:
    """Whether somebody exports any business, without a grant."""
    who = rules.Person(id=admin.user.id, role=admin.user.role, active=admin.user.is_active)
    return rules.holds(who, Action.EXPORT_TENANT_DATA)


def may_export(server: Server, admin: Admin, tenant: Tenant) -> bool:
    """Whether somebody is offered the export of a business now."""
    if admin.under is not None or exports_by_role(admin):
        return admin.under is None
    return tenant.id in grants.tenants_with(server, admin.user, Action.EXPORT_TENANT_DATA)


def admit(server: Server, admin: Admin, tenant_id: str, reason: str) -> tuple[Tenant, str]:
    """The business that somebody exports, and the reason as it is recorded; a grant that it takes is used by this.

    Declined as `not_found`, as `invalid` without a reason, and as `not_allowed` where it takes a grant that there is
    not, which is recorded.
    """
    tenant = tenant_within(server, admin, tenant_id, Capability.FIND_TENANTS)
    said = require_reason(reason)
    if not exports_by_role(admin):
        grants.use(server, admin.user, tenant, Action.EXPORT_TENANT_DATA, under=admin.under)
    return tenant, said
