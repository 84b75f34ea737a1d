"""The tenant's users as the book shows them."""

from enum import StrEnum

from shared.model.base import UserId, value


class Role(StrEnum):
    """The eight roles; the first four are the platform's and have no tenant."""

    SUPERUSER = "SUPERUSER"
    PLATFORM_MANAGER = "PLATFORM_MANAGER"
    PLATFORM_SALES = "PLATFORM_SALES"
    PLATFORM_SUPPORT = "PLATFORM_SUPPORT"
    TENANT_OWNER = "TENANT_OWNER"
    TENANT_MANAGER = "TENANT_MANAGER"
    TENANT_STAFF = "TENANT_STAFF"
    CUSTOMER = "CUSTOMER"

    @property
    def is_platform(self) -> bool:
        """Whether users of this role belong to the platform and to no tenant."""
        return self in _PLATFORM


_PLATFORM = frozenset({Role.SUPERUSER, Role.PLATFORM_MANAGER, Role.PLATFORM_SALES, Role.PLATFORM_SUPPORT})


@value
class Member:
    """A user of the tenant; the server writes it, desks only read it."""

    id: UserId
    name: str
    email: str
    role: Role
    active: bool = True
