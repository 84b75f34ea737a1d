"""The one table of capabilities: which role may do what, to everything or only to its own."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from shared.model.member import Role


class Capability(StrEnum):
    """What a person can be allowed to do."""

    SEE_BOOK = "see_book"
    BOOK = "book"
    PROGRESS = "progress"
    OVERRIDE = "override"
    BLOCK_TIME = "block_time"
    EDIT_CUSTOMERS = "edit_customers"
    MANAGE_CUSTOMERS = "manage_customers"
    MANAGE_SETUP = "manage_setup"
    SET_PRICES = "set_prices"
    MANAGE_BUSINESS = "manage_business"
    SETTLE_ATTENTION = "settle_attention"
    SETTLE_QUARANTINE = "settle_quarantine"
    MANAGE_USERS = "manage_users"
    CHANGE_ROLES = "change_roles"
    MANAGE_DEVICES = "manage_devices"


class Scope(StrEnum):
    """How far a capability reaches."""

    NONE = "none"
    OWN = "own"
    ALL = "all"


_O, _M, _S, _C = Role.TENANT_OWNER, Role.TENANT_MANAGER, Role.TENANT_STAFF, Role.CUSTOMER
_DESK = {_O: Scope.ALL, _M: Scope.ALL, _S: Scope.ALL}
_LEADS = {_O: Scope.ALL, _M: Scope.ALL}

CAPABILITIES: Final[Mapping[Capability, Mapping[Role, Scope]]] = {
    Capability.SEE_BOOK: {**_DESK, _C: Scope.OWN},
    Capability.BOOK: {**_DESK, _C: Scope.OWN},
    Capability.PROGRESS: {**_DESK, _C: Scope.OWN},
    Capability.OVERRIDE: _LEADS,
    Capability.BLOCK_TIME: {**_LEADS, _S: Scope.OWN},
    Capability.EDIT_CUSTOMERS: {**_DESK, _C: Scope.OWN},
    Capability.MANAGE_CUSTOMERS: _LEADS,
    Capability.MANAGE_SETUP: _LEADS,
    Capability.SET_PRICES: _LEADS,
    Capability.MANAGE_BUSINESS: {_O: Scope.ALL},
    Capability.SETTLE_ATTENTION: _DESK,
    Capability.SETTLE_QUARANTINE: _LEADS,
    Capability.MANAGE_USERS: _LEADS,
    Capability.CHANGE_ROLES: {_O: Scope.ALL},
    Capability.MANAGE_DEVICES: {_O: Scope.ALL, _M: Scope.OWN, _S: Scope.OWN, _C: Scope.OWN},
}
"""Roles that a row does not name hold nothing; platform roles hold nothing inside a tenant."""

MANAGED: Final[Mapping[Role, frozenset[Role]]] = {
    _O: frozenset({_M, _S, _C}),
    _M: frozenset({_S, _C}),
}
"""Users of which roles each role that holds MANAGE_USERS invites, disables and enables."""


def may_manage(role: Role, other: Role) -> bool:
    """Whether somebody of a role may invite, disable and enable users of another."""
    return other in MANAGED.get(role, frozenset())


def scope(role: Role, capability: Capability) -> Scope:
    """How far a role's capability reaches."""
    return CAPABILITIES[capability].get(role, Scope.NONE)


def may(role: Role, capability: Capability) -> bool:
    """Whether a role holds a capability at all, if only for its own."""
    return scope(role, capability) is not Scope.NONE
