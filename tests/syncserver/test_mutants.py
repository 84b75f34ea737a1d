"""A little wrong, the decision on masquerades and each check of a right would be found out."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import product
from types import ModuleType
from typing import Any, Final

import pytest

from shared.errors import Code, Refusal
from shared.model.base import MutationId, UserId
from shared.model.member import Role
from shared.model.plan import Plan, Tier, boundless
from shared.mutations import decide, rights
from shared.mutations.registry import MUTATIONS, Actor, Context
from shared.protocol.problems import ProblemCode
from shared.rules import grants, masquerade, permissions, plans
from shared.rules.permissions import Capability, Scope
from shared.rules.plans import NEEDS
from syncserver.services.sync import standing
from syncserver.store.tenancy import TenantState
from syncserver.store.terms import Terms
from tests.shared.test_grants import HELD, PLATFORM
from tests.shared.test_masquerade import NEVER, of_the_platform
from tests.shared.test_permissions import CELLS, DESIGN
from tests.support.memory import MemoryTx
from tests.support.mutants import mutants
from tests.support.salon import BUSINESS, TEN, made_id
from tests.vectors.runners import difference
from tests.vectors.test_vectors import rows

ALL_OF_IT: Final = boundless(BUSINESS.id)
NOTHING: Final = Plan(id=BUSINESS.id, tier=Tier.FREE.value, features=())
WHO, WHOM = UserId(made_id("who")), UserId(made_id("whom"))


def refusal(call: Callable[..., object], *arguments: object) -> Code | None:
    try:
        call(*arguments)
    except Refusal as refused:
        return refused.code
    return None


def expected(role: Role, capability: Capability, plan: Plan, *, masked: bool = False) -> Code | None:
    if (masked and capability in NEVER) or CELLS[capability.value, role] is Scope.NONE:
        return Code.NOT_ALLOWED
    return Code.FEATURE_NOT_IN_PLAN if plan is NOTHING and capability in NEEDS else None


def masquerades() -> bool:
    return all(difference("masquerade", row) is None for row in rows("masquerade")) and not any(of_the_platform())


def table() -> bool:
    for capability, role in product(Capability, Role):
        cell = CELLS[capability.value, role]
        if permissions.scope(role, capability) is not cell:
            return False
        if permissions.may(role, capability) is not (cell is not Scope.NONE):
            return False
    return all(
        permissions.may_manage(actor, target) is (target in DESIGN["manages"][actor])
        for actor, target in product(Role, Role)
    )


def usable() -> bool:
    return all(
        refusal(masquerade.require_usable, Role.TENANT_OWNER, one) is (Code.NOT_ALLOWED if one in NEVER else None)
        for one in Capability
    )


def held() -> bool:
    return all(
        refusal(plans.require_held, role, one) is expected(role, one, ALL_OF_IT)
        for role, one in product(Role, Capability)
    )


def features() -> bool:
    return all(
        plans.includes(plan.features, one) is (plan is ALL_OF_IT or one not in NEEDS)
        and (one not in NEEDS or (refusal(plans.require_feature, plan, NEEDS[one]) is None) is (plan is ALL_OF_IT))
        for plan, one in product((ALL_OF_IT, NOTHING), Capability)
    )


def cases() -> Iterator[tuple[MemoryTx, Plan, Role, bool]]:
    for plan in (ALL_OF_IT, NOTHING):
        reads = MemoryTx(BUSINESS, plan)
        for role, masked in product(Role, (False, True)):
            yield reads, plan, role, masked


def right() -> bool:
    return all(
        refusal(plans.require_right, reads, role, one) is expected(role, one, plan)
        for reads, plan, role, _ in cases()
        for one in Capability
    )


def actor(role: Role, *, masked: bool) -> Actor:
    return Actor(user_id=WHO, role=role, as_whom=WHOM if masked else None)


def allowed() -> bool:
    return all(
        refusal(rights.require_allowed, reads, actor(role, masked=masked), one)
        is expected(role, one, plan, masked=masked)
        for reads, plan, role, masked in cases()
        for one in Capability
    )


def edits() -> bool:
    """What is refused is refused before anything of it is looked at."""
    for reads, plan, role, masked in cases():
        ctx = Context(at=TEN, actor=actor(role, masked=masked), mutation_id=MutationId(made_id("one")))
        for name, mutation in MUTATIONS.items():
            code = expected(role, mutation.capability, plan, masked=masked)
            if code is not None and refusal(decide.effect, reads, ctx, name, None) is not code:
                return False
    return True


def routes() -> bool:
    why = {None: None, Code.NOT_ALLOWED: ProblemCode.NOT_ALLOWED}
    why[Code.FEATURE_NOT_IN_PLAN] = ProblemCode.FEATURE_NOT_IN_PLAN
    return all(
        standing._why_not(
            role,
            Terms(state=TenantState.ACTIVE, features=frozenset(plan.features), offline_lease=timedelta(days=7)),
            one,
        )
        is why[expected(role, one, plan)]
        for plan, role, one in product((ALL_OF_IT, NOTHING), Role, Capability)
    )


def given() -> bool:
    for action, giver, getter in product(grants.Action, Role, Role):
        holds = action in HELD.get(giver, set())
        for (giving, getting), masked, same in product(product((True, False), repeat=2), (False, True), (False, True)):
            one = grants.Person(id="one", role=giver, active=giving)
            other = grants.Person(id="one" if same else "other", role=getter, active=getting)
            if grants.holds(one, action) is not (holds and giving):
                return False
            may = holds and giving and getting and getter in PLATFORM and not masked and not same
            if grants.may_grant(one, other, action, masquerading=masked) is not may:
                return False
    return True


WATCHED: Final[dict[str, tuple[ModuleType, str, Callable[[], bool]]]] = {
    "may_masquerade": (masquerade, "may_masquerade", masquerades),
    "require_usable": (masquerade, "require_usable", usable),
    "scope": (permissions, "scope", table),
    "may": (permissions, "may", table),
    "may_manage": (permissions, "may_manage", table),
    "require_held": (plans, "require_held", held),
    "includes": (plans, "includes", features),
    "require_feature": (plans, "require_feature", features),
    "require_right": (plans, "require_right", right),
    "require_allowed": (rights, "require_allowed", allowed),
    "effect": (decide, "effect", edits),
    "_why_not": (standing, "_why_not", routes),
    "holds": (grants, "holds", given),
    "may_grant": (grants, "may_grant", given),
}
LEFT: Final = {
    # Whoever holds an action holds GRANT as well, as the table is.
    "may_grant": {"holds(grantor, action) and may(grantor.role, Capability.GRANT) -> holds(grantor, action)"},
    # What comes after the check, which the tests of each edit look at.
    "effect": {
        "tx.apply(changes) -> nothing", "return changes -> return True", "return changes -> return False",
        "return changes -> return None",
    },
}  # fmt: skip
"""What is no other function, or no check of a right."""


def is_found_out(module: ModuleType, name: str, wrong: Any, check: Callable[[], bool]) -> bool:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, name, wrong)
        try:
            return not check()
        except Exception:  # noqa: BLE001 a function that breaks down is found out, too
            return True


@pytest.mark.parametrize("watched", WATCHED)
def test_whatever_is_a_little_wrong_is_found_out(watched: str) -> None:
    module, name, check = WATCHED[watched]
    assert check(), "as it is it is right"
    tried = [(what, is_found_out(module, name, wrong, check)) for what, wrong in mutants(getattr(module, name))]
    assert len(tried) > 1
    assert {what for what, found in tried if not found} == LEFT.get(watched, set())
