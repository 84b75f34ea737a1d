"""The actions that can be granted, where they are asked for: held by role, or by a grant that each deed uses."""

from shared.rules import grants as rules
from shared.rules.grants import Action
from syncserver.services.audit.recorder import Record
from syncserver.services.identity.platform_accounts import Admin
from syncserver.services.platform import grants
from syncserver.services.server import Server
from syncserver.store.handles import Connection
from syncserver.store.tenancy import Tenant
from syncserver.store.users import User, steady_user


def by_role(admin: Admin, action: Action) -> bool:
    """Whether somebody has an action in every business, without a grant."""
    return admin.under is None and _holds(admin.user, action)


def _holds(user: User, action: Action) -> bool:
    return rules.holds(rules.Person(id=user.id, role=user.role, active=user.is_active), action)


def offered(server: Server, admin: Admin, tenant: Tenant) -> frozenset[Action]:
    """Which actions somebody is offered in a business now: none while they act as somebody else."""
    if admin.under is not None:
        return frozenset()
    return frozenset(
        one for one in Action if by_role(admin, one) or tenant.id in grants.tenants_with(server, admin.user, one)
    )


def use(
    server: Server, admin: Admin, tenant: Tenant, action: Action, *, within: tuple[Connection, Record] | None = None
) -> None:
    """Let whoever holds an action by role go on, and have everybody else use their grant.

    `within` as `grants.use` takes it: then a role, too, stays what it is until the deed is done. Declined as
    `not_allowed`, recorded, where it takes a grant that there is not.
    """
    if not _by_role_within(admin, action, within):
        grants.use(server, admin.user, tenant, action, within=within, under=admin.under)


def _by_role_within(admin: Admin, action: Action, within: tuple[Connection, Record] | None) -> bool:
    if within is None or not by_role(admin, action):
        return by_role(admin, action)
    # They were let in before: somebody may have disabled them meanwhile, or changed their role.
    who = steady_user(within[0], admin.user.id)
    return who is not None and _holds(who, action)
