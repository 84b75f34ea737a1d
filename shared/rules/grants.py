"""One action for a short time: which there are, who holds each by role, and who may give one to whom."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

from shared.model.base import value
from shared.model.member import Role
from shared.rules.permissions import Capability, Scope, may, scope

SHORTEST: Final = timedelta(minutes=1)
LONGEST: Final = timedelta(minutes=30)


class Action(StrEnum):
    """What can be granted. Names are kept in the database and the audit trail."""

    VIEW_BILLING = "view_billing"
    EDIT_SCHEDULE = "edit_schedule"
    EDIT_TENANT_USERS = "edit_tenant_users"
    EXPORT_TENANT_DATA = "export_tenant_data"
    RESTORE_DELETED = "restore_deleted"


def _everywhere(capability: Capability) -> frozenset[Role]:
    """Who of the platform holds a capability in every business."""
    return frozenset(role for role in Role if role.is_platform and scope(role, capability) is Scope.ALL)


_ROOT: Final = frozenset({Role.SUPERUSER})
HELD: Final[Mapping[Action, frozenset[Role]]] = {
    Action.VIEW_BILLING: _everywhere(Capability.SEE_BILLING),
    Action.EDIT_SCHEDULE: _ROOT,
    Action.EDIT_TENANT_USERS: _everywhere(Capability.MANAGE_USERS),
    Action.EXPORT_TENANT_DATA: _ROOT,
    Action.RESTORE_DELETED: _ROOT,
}
"""Who of the platform holds an action in every business without a grant."""

EDITS: Final[Mapping[Action, Mapping[str, Role]]] = {
    Action.EDIT_SCHEDULE: {
        "appointment.book": Role.TENANT_STAFF,
        "appointment.reschedule": Role.TENANT_STAFF,
        "appointment.swap": Role.TENANT_STAFF,
        "appointment.cancel": Role.TENANT_STAFF,
        "block.put": Role.TENANT_MANAGER,
        "block.remove": Role.TENANT_MANAGER,
    },
    Action.RESTORE_DELETED: {
        "customer.restore": Role.TENANT_MANAGER,
        "location.update": Role.TENANT_MANAGER,
        "resource.update": Role.TENANT_MANAGER,
        "service.update": Role.TENANT_MANAGER,
    },
}
"""Which edits of a book an action carries, and the role whose rights decide each, as the log keeps it.

Visits are decided as for staff, who book over no rule; blocked time is not, since staff block their own alone. Of the
updates only what takes the archive mark off is made.
"""


@value
class Person:
    """Who gives, or who gets."""

    id: str
    role: Role
    active: bool = True


def holds(person: Person, action: Action) -> bool:
    """Whether somebody has an action by their role: a grant that they have themselves counts for nothing here."""
    return person.active and person.role in HELD[action]


def may_grant(grantor: Person, grantee: Person, action: Action, *, masquerading: bool) -> bool:
    """Whether one may give an action to another. Nobody gives to themselves, and nobody as somebody else."""
    if masquerading or grantor.id == grantee.id:
        return False
    if not (grantee.active and grantee.role.is_platform):
        return False
    return holds(grantor, action) and may(grantor.role, Capability.GRANT)
