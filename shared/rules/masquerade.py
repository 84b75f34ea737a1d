"""Who may become whom."""

from typing import Final

from shared.errors import Code, Refusal
from shared.model.base import value
from shared.model.member import Role
from shared.rules.permissions import Capability

_TENANT_ROLES = frozenset({Role.TENANT_OWNER, Role.TENANT_MANAGER, Role.TENANT_STAFF, Role.CUSTOMER})
USABLE: Final = frozenset(
    {
        Capability.SEE_BOOK, Capability.BOOK, Capability.BOOK_SERIES, Capability.PROGRESS, Capability.UNLOCK,
        Capability.OVERRIDE,
        Capability.BLOCK_TIME, Capability.EDIT_CUSTOMERS, Capability.MANAGE_CUSTOMERS, Capability.WAITLIST,
        Capability.MANAGE_SETUP, Capability.SEE_PRICES, Capability.SET_PRICES, Capability.RECORD_PAYMENT,
        Capability.SEE_REPORTS, Capability.MANAGE_BUSINESS, Capability.SETTLE_ATTENTION, Capability.SETTLE_QUARANTINE,
    }
)  # fmt: skip
"""What somebody who masquerades may use of what the other holds: the book. Whatever is not here is refused."""
SHOWN: Final = frozenset({Capability.FIND_TENANTS, Capability.READ_PLATFORM_AUDIT})
"""What somebody who masquerades may use of the administration: they look at it, and change nothing there."""


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


def require_usable(role: Role, capability: Capability) -> None:
    """Refuse somebody who masquerades what is not for them, whatever the other's role holds."""
    if capability not in USABLE:
        raise Refusal(Code.NOT_ALLOWED, capability=capability.value, role=role.value)
