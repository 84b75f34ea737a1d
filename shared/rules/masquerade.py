"""Who may become whom."""

from shared.model.base import value
from shared.model.member import Role

_TENANT_ROLES = frozenset({Role.TENANT_OWNER, Role.TENANT_MANAGER, Role.TENANT_STAFF, Role.CUSTOMER})


@value
class Party:
    """One side of a masquerade, as far as the decision needs it."""

    role: Role
    active: bool = True
    is_temporary: bool = False


@value
class Circumstances:
    """What lies between the two: whether they are one person, share a tenant, or the actor is masquerading already."""

    is_self: bool
    same_tenant: bool
    already_masquerading: bool


def may_masquerade(actor: Party, target: Party, circumstances: Circumstances) -> bool:
    """Whether the actor may become the target. Suspended and closed tenants make their users inactive."""
    if circumstances.is_self or circumstances.already_masquerading or not (actor.active and target.active):
        return False
    if actor.role is Role.SUPERUSER:
        return True
    if actor.role is Role.PLATFORM_SUPPORT:
        return target.role in _TENANT_ROLES
    if actor.role is Role.PLATFORM_SALES:
        return target.role in _TENANT_ROLES and target.is_temporary
    return actor.role is Role.TENANT_OWNER and target.role is Role.TENANT_STAFF and circumstances.same_tenant
