"""The table of capabilities says what the design of access says, cell by cell."""

import tomllib
from pathlib import Path

import pytest

from shared.model.member import Role
from shared.mutations.decide import NOUNS
from shared.mutations.registry import MUTATIONS
from shared.rules.permissions import CAPABILITIES, Capability, Scope, may, may_manage, scope

DESIGN = tomllib.loads(Path(__file__).with_name("access.toml").read_text())
ROLES = (
    Role.TENANT_OWNER, Role.TENANT_MANAGER, Role.TENANT_STAFF, Role.CUSTOMER,
    Role.SUPERUSER, Role.PLATFORM_MANAGER, Role.PLATFORM_SALES, Role.PLATFORM_SUPPORT,
)  # fmt: skip
CELLS = {
    (capability, role): Scope("none" if cell == "-" else cell)
    for capability, row in (DESIGN["business"] | DESIGN["platform"]).items()
    for role, cell in zip(ROLES, row.replace("|", "").split(), strict=True)
}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("capability", list(Capability))
def test_each_role_reaches_as_far_as_designed(capability: Capability, role: Role) -> None:
    expected = CELLS[capability.value, role]
    assert scope(role, capability) is expected
    assert may(role, capability) is (expected is not Scope.NONE)


@pytest.mark.parametrize("target", list(Role))
@pytest.mark.parametrize("actor", list(Role))
def test_each_role_manages_those_that_it_was_designed_to(actor: Role, target: Role) -> None:
    assert may_manage(actor, target) is (target in DESIGN["manages"][actor])


def test_whoever_manages_somebody_may_manage_people_at_all() -> None:
    for actor in Role:
        manages = any(may_manage(actor, target) for target in Role)
        assert manages is (may(actor, Capability.MANAGE_TEAM) or may(actor, Capability.MANAGE_USERS))


def test_the_design_knows_every_capability_and_the_code_every_row_of_it() -> None:
    assert {capability for capability, _ in CELLS} == set(Capability) == set(CAPABILITIES)
    assert len(ROLES) == len(Role) == len(DESIGN["manages"])


def test_every_mutation_needs_a_capability() -> None:
    # With the nouns come their mutations, whoever else has imported them or not.
    assert len(MUTATIONS) > len(NOUNS) > 1
    assert all(mutation.capability in CAPABILITIES for mutation in MUTATIONS.values())
