"""The table of capabilities says what the design of access says, row by row."""

import pytest

from shared.errors import Code
from shared.model.member import Role
from shared.mutations.registry import MUTATIONS
from shared.rules.permissions import CAPABILITIES, Capability, Scope, scope
from shared.texts import SENTENCES, sentence

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


@pytest.mark.parametrize("code", list(Code))
@pytest.mark.parametrize("language", sorted(SENTENCES))
def test_every_code_has_a_sentence_in_every_language(code: Code, language: str) -> None:
    assert code in SENTENCES[language]
    said = sentence(code.value, {}, language=language)
    assert said.endswith(".")
    assert code.value not in said or " " not in code.value


def test_a_span_within_a_day_names_the_day_once() -> None:
    details = {"resource_name": "Ana", "taken_from": "2026-05-05T08:00:00Z", "taken_until": "2026-05-05T08:30:00Z"}
    said = sentence(Code.SLOT_TAKEN, details, zone="Europe/Berlin")
    assert said == "Ana is taken Tue 5 May, 10:00 to 10:30."
    overnight = details | {"taken_until": "2026-05-06T01:00:00Z"}
    assert sentence(Code.SLOT_TAKEN, overnight, zone="UTC") == "Ana is taken Tue 5 May, 08:00 to Wed 6 May, 01:00."
