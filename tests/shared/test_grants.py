"""Who may give which action to whom: every pair of roles, against a table that the code does not read."""

import pytest

from shared.model.member import Role
from shared.mutations.decide import NOUNS
from shared.mutations.registry import MUTATIONS
from shared.rules.grants import EDITS, Action, Person, holds, may_grant
from shared.rules.permissions import Capability, may

ALL = set(Action)
HELD: dict[Role, set[Action]] = {
    Role.SUPERUSER: ALL,
    Role.PLATFORM_MANAGER: {Action.VIEW_BILLING, Action.EDIT_TENANT_USERS},
}
"""From the design: the superuser everything, the manager what the table of capabilities has of it."""
PLATFORM = {Role.SUPERUSER, Role.PLATFORM_MANAGER, Role.PLATFORM_SALES, Role.PLATFORM_SUPPORT}


def test_the_actions_are_the_five_of_the_design() -> None:
    assert {"view_billing", "edit_schedule", "edit_tenant_users", "export_tenant_data", "restore_deleted"} == ALL


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("giver", list(Role))
def test_who_holds_an_action_gives_it_to_others_of_the_platform(giver: Role, action: Action) -> None:
    one = Person(id="one", role=giver)
    assert holds(one, action) is (action in HELD.get(giver, set()))
    for getter in Role:
        expected = action in HELD.get(giver, set()) and getter in PLATFORM
        assert may_grant(one, Person(id="other", role=getter), action, masquerading=False) is expected


def test_nobody_gives_to_themselves_or_as_somebody_else_or_to_or_from_the_disabled() -> None:
    root, support = Person(id="root", role=Role.SUPERUSER), Person(id="pat", role=Role.PLATFORM_SUPPORT)
    gone = Person(id="gone", role=Role.SUPERUSER, active=False)
    assert may_grant(root, support, Action.EDIT_SCHEDULE, masquerading=False)
    assert not may_grant(root, root, Action.EDIT_SCHEDULE, masquerading=False)
    assert not may_grant(root, support, Action.EDIT_SCHEDULE, masquerading=True)
    assert not may_grant(gone, support, Action.EDIT_SCHEDULE, masquerading=False)
    assert not may_grant(root, gone, Action.EDIT_SCHEDULE, masquerading=False)


CARRIED = {
    Action.EDIT_SCHEDULE: {
        "appointment.book", "appointment.reschedule", "appointment.swap", "appointment.cancel", "block.put",
        "block.remove",
    },
    Action.RESTORE_DELETED: {"customer.restore", "location.update", "resource.update", "service.update"},
}  # fmt: skip
"""From the design: the book of visits and blocked time, and bringing back; no money, nobody's erasure, no set-up."""


def test_an_action_carries_the_edits_that_it_names_and_no_others() -> None:
    assert {action: set(edits) for action, edits in EDITS.items()} == CARRIED


def test_each_edit_is_decided_by_a_role_that_may_make_it_and_books_over_nothing() -> None:
    # With the nouns come their mutations, whoever else has imported them or not.
    assert len(MUTATIONS) > len(NOUNS)
    for name, role in (one for edits in EDITS.values() for one in edits.items()):
        assert may(role, MUTATIONS[name].capability), name
        assert not (name.startswith("appointment.") and may(role, Capability.OVERRIDE)), name
