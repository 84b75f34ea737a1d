"""The one table of capabilities: which role may do what, to everything or only to its own."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from shared.model.member import Role


class Capability(StrEnum):
    """What a person can be allowed to do: first within a business, then to the businesses of the platform."""

    SEE_BOOK = "see_book"
    BOOK = "book"
    BOOK_SERIES = "book_series"
    """Visits that repeat."""
    PROGRESS = "progress"
    UNLOCK = "unlock"
    """Opening a visit again that is paid and closed."""
    OVERRIDE = "override"
    BLOCK_TIME = "block_time"
    EDIT_CUSTOMERS = "edit_customers"
    MANAGE_CUSTOMERS = "manage_customers"
    ERASE = "erase"
    """All that is kept about a customer, for good."""
    WAITLIST = "waitlist"
    MANAGE_SETUP = "manage_setup"
    SEE_PRICES = "see_prices"
    SET_PRICES = "set_prices"
    RECORD_PAYMENT = "record_payment"
    REFUND = "refund"
    SEE_REPORTS = "see_reports"
    MANAGE_TEAM = "manage_team"
    """Inviting and disabling people: whom, `may_manage` says."""
    CHANGE_ROLES = "change_roles"
    MANAGE_BUSINESS = "manage_business"
    """Settings and branding."""
    MANAGE_DEVICES = "manage_devices"
    """Listing and revoking."""
    READ_AUDIT = "read_audit"
    EXPORT = "export"
    SHARE_CALENDAR = "share_calendar"
    """A secret address at which somebody's visits can be read by a calendar."""
    CLOSE_BUSINESS = "close_business"
    SETTLE_ATTENTION = "settle_attention"
    SETTLE_QUARANTINE = "settle_quarantine"
    SEE_BILLING = "see_billing"
    """Held in the business by its owner, on the platform for every business."""

    FIND_TENANTS = "find_tenants"
    INVITE_TENANTS = "invite_tenants"
    SUSPEND_TENANTS = "suspend_tenants"
    SET_PLANS = "set_plans"
    """Tiers, stored plans, and overrides of a tenant's limits and features."""
    MANAGE_USERS = "manage_users"
    """The platform's people and those of tenants: whom, `may_manage` says."""
    HELP_USERS = "help_users"
    """Finding, unlocking and resetting a tenant's people."""
    REVOKE_DEVICES = "revoke_devices"
    """Of any person of any tenant."""
    GRANT = "grant"
    READ_PLATFORM_AUDIT = "read_platform_audit"
    """The platform's trail, and that of any tenant."""
    EXPIRE_REQUESTS = "expire_requests"
    """What the server does by itself, once the time for an answer is over."""


class Scope(StrEnum):
    """How far a capability reaches."""

    NONE = "none"
    OWN = "own"
    DEMO = "demo"
    """Demo tenants, and the temporary users there."""
    ALL = "all"


_O, _M, _S, _C = Role.TENANT_OWNER, Role.TENANT_MANAGER, Role.TENANT_STAFF, Role.CUSTOMER
_ROOT, _LEAD = Role.SUPERUSER, Role.PLATFORM_MANAGER
_SALES, _SUPPORT = Role.PLATFORM_SALES, Role.PLATFORM_SUPPORT
_OWNER = {_O: Scope.ALL}
_LEADS = {**_OWNER, _M: Scope.ALL}
_DESK = {**_LEADS, _S: Scope.ALL}
_PLATFORM = {_ROOT: Scope.ALL, _LEAD: Scope.ALL}

CAPABILITIES: Final[Mapping[Capability, Mapping[Role, Scope]]] = {
    Capability.SEE_BOOK: {**_DESK, _C: Scope.OWN},
    Capability.BOOK: {**_DESK, _C: Scope.OWN},
    Capability.BOOK_SERIES: _DESK,
    Capability.PROGRESS: {**_DESK, _C: Scope.OWN},
    Capability.UNLOCK: _LEADS,
    Capability.OVERRIDE: _LEADS,
    Capability.BLOCK_TIME: {**_LEADS, _S: Scope.OWN},
    Capability.EDIT_CUSTOMERS: {**_DESK, _C: Scope.OWN},
    Capability.MANAGE_CUSTOMERS: _LEADS,
    Capability.ERASE: {**_OWNER, _ROOT: Scope.ALL},
    Capability.WAITLIST: {**_DESK, _C: Scope.OWN},
    Capability.MANAGE_SETUP: _LEADS,
    Capability.SEE_PRICES: {**_DESK, _C: Scope.ALL},
    Capability.SET_PRICES: _LEADS,
    Capability.RECORD_PAYMENT: _DESK,
    Capability.REFUND: _LEADS,
    Capability.SEE_REPORTS: _LEADS,
    Capability.MANAGE_TEAM: _LEADS,
    Capability.CHANGE_ROLES: _OWNER,
    Capability.MANAGE_BUSINESS: _OWNER,
    Capability.MANAGE_DEVICES: {**_OWNER, _S: Scope.OWN, _C: Scope.OWN},
    Capability.READ_AUDIT: _OWNER,
    Capability.EXPORT: _OWNER,
    Capability.SHARE_CALENDAR: {**_LEADS, _S: Scope.OWN},
    Capability.CLOSE_BUSINESS: _OWNER,
    Capability.SETTLE_ATTENTION: _DESK,
    Capability.SETTLE_QUARANTINE: _LEADS,
    Capability.SEE_BILLING: {**_OWNER, **_PLATFORM},
    Capability.FIND_TENANTS: {**_PLATFORM, _SALES: Scope.DEMO, _SUPPORT: Scope.ALL},
    Capability.INVITE_TENANTS: {**_PLATFORM, _SALES: Scope.DEMO},
    Capability.SUSPEND_TENANTS: _PLATFORM,
    Capability.SET_PLANS: _PLATFORM,
    Capability.MANAGE_USERS: {**_PLATFORM, _SALES: Scope.DEMO},
    Capability.HELP_USERS: {**_PLATFORM, _SUPPORT: Scope.ALL},
    Capability.REVOKE_DEVICES: {**_PLATFORM, _SUPPORT: Scope.ALL},
    Capability.GRANT: _PLATFORM,
    Capability.READ_PLATFORM_AUDIT: _PLATFORM,
    Capability.EXPIRE_REQUESTS: {_ROOT: Scope.ALL},
}
"""Roles that a row does not name hold nothing; inside a tenant's book platform roles hold nothing."""

_TENANTS: Final = frozenset({_O, _M, _S, _C})
_MANAGED: Final[Mapping[Role, frozenset[Role]]] = {
    _ROOT: frozenset(Role),
    _LEAD: frozenset(Role) - {_ROOT},
    _SALES: _TENANTS,
    _O: _TENANTS - {_O},
    _M: frozenset({_S, _C}),
}


def scope(role: Role, capability: Capability) -> Scope:
    """How far a role's capability reaches."""
    return CAPABILITIES[capability].get(role, Scope.NONE)


def may(role: Role, capability: Capability) -> bool:
    """Whether a role holds a capability at all, if only for its own."""
    return scope(role, capability) is not Scope.NONE


def may_manage(actor: Role, target: Role) -> bool:
    """Whether somebody of one role may invite, change and disable people of another.

    Where they may, MANAGE_TEAM and MANAGE_USERS say: their own tenant, a demo tenant's temporary users, or everywhere.
    """
    return target in _MANAGED.get(actor, frozenset())
