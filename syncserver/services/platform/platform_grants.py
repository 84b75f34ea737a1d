"""Grants as they are worked from the admin: whose one sees, what one can give to whom, and what one revokes."""

from collections.abc import Sequence

from shared.model.base import UserId, value
from shared.protocol.problems import ProblemCode
from shared.rules import grants as rules
from shared.rules.grants import Action
from shared.rules.permissions import Capability, may
from syncserver.services.declined import Declined
from syncserver.services.identity.platform_accounts import Admin
from syncserver.services.platform import grants
from syncserver.services.platform.grants import Grant, State
from syncserver.services.platform.platform_reach import holds
from syncserver.services.server import Server
from syncserver.store.directory import PAGE, Found
from syncserver.store.tenants import find_tenant_by_slug
from syncserver.store.users import User, platform_users


@value
class GrantWish:
    """A grant as it is asked for; `tenant` is a short name."""

    grantee: str
    tenant: str
    action: Action
    reason: str
    minutes: int


def sees_all(admin: Admin) -> bool:
    """Whether somebody sees the grants of all, and not only those that they have."""
    return may(admin.user.role, Capability.GRANT)


def find_grants(server: Server, admin: Admin, state: State, page: int) -> Found[Grant]:
    """A page of the grants that somebody may see, the newest first; without GRANT their own active ones."""
    if sees_all(admin):
        found = grants.listed(server, state=state)
    else:
        found = grants.listed(server, state=State.ACTIVE, grantee=admin.user.id)
    start = (page - 1) * PAGE
    return Found(rows=found[start : start + PAGE], total=len(found), page=page)


def grantees(server: Server, admin: Admin) -> Sequence[User]:
    """To whom somebody can give one."""
    return [one for one in platform_users(server.engine) if one.is_active and one.id != admin.user.id]


def actions_to_give(admin: Admin) -> Sequence[Action]:
    """Which actions somebody can give: those that they hold by role."""
    if not holds(admin, Capability.GRANT):
        return ()
    who = rules.Person(id=admin.user.id, role=admin.user.role, active=admin.user.is_active)
    return [one for one in Action if rules.holds(who, one)]


def give(server: Server, admin: Admin, wish: GrantWish) -> Grant:
    """Give an action. Declined as `not_found` for a tenant that there is not, and as `grants.create` says."""
    tenant = find_tenant_by_slug(server.engine, wish.tenant)
    if tenant is None:
        raise Declined(ProblemCode.NOT_FOUND, "There is no tenant of this short name.", field="tenant")
    return grants.create(
        server, admin.user, UserId(wish.grantee), tenant, wish.action, reason=wish.reason, minutes=wish.minutes,
        under=admin.under,
    )  # fmt: skip


def revoke(server: Server, admin: Admin, ids: Sequence[str]) -> int:
    """Revoke grants at once; how many were active until now. Declined as `grants.revoke_many` says."""
    return grants.revoke_many(server, admin.user, ids, under=admin.under)
