"""The table of capabilities says what the design of access says, row by row."""

import pytest

from shared.model.member import Role
from shared.mutations.registry import MUTATIONS
from shared.rules.permissions import CAPABILITIES, Capability, Scope, may_manage, scope

# Owner, manager, staff, customer: worked out from the design, not read from the code.
EXPECTED = {
    "see_book": "all all all own",
    "book": "all all all own",
    "progress": "all all all own",
    "override": "all all none none",
    "block_time": "all all own none",
    "edit_customers": "all all all own",
    "manage_customers": "all all none none",
    "manage_setup": "all all none none",
    "set_prices": "all all none none",
    "manage_business": "all none none none",
    "settle_attention": "all all all none",
    "settle_quarantine": "all all none none",
    "manage_users": "all all none none",
    "change_roles": "all none none none",
    "manage_devices": "all own own own",
}
TENANT_ROLES = (Role.TENANT_OWNER, Role.TENANT_MANAGER, Role.TENANT_STAFF, Role.CUSTOMER)


@pytest.mark.parametrize("capability", list(Capability))
def test_each_role_reaches_as_far_as_designed(capability: Capability) -> None:
    assert " ".join(scope(role, capability).value for role in TENANT_ROLES) == EXPECTED[capability.value]


def test_platform_roles_hold_nothing_inside_a_tenant() -> None:
    platform = [role for role in Role if role.is_platform]
    assert len(platform) == 4
    assert {scope(role, capability) for role in platform for capability in Capability} == {Scope.NONE}


def test_every_capability_has_a_row_and_every_mutation_a_capability() -> None:
    assert set(CAPABILITIES) == set(Capability)
    assert all(mutation.capability in CAPABILITIES for mutation in MUTATIONS.values())


def test_who_may_manage_whom() -> None:
    managed = {(role, other) for role in Role for other in Role if may_manage(role, other)}
    owner, manager, staff, customer = TENANT_ROLES
    assert managed == {
        (owner, manager), (owner, staff), (owner, customer), (manager, staff), (manager, customer),
    }  # fmt: skip
