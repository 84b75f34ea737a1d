"""What may be used of somebody else's rights, and whose an edit is that is made as them."""

from dataclasses import replace

import pytest

from shared.errors import Code, Refusal
from shared.ids import derived_id
from shared.model.base import MutationId, UserId
from shared.model.member import Role
from shared.model.plan import boundless
from shared.model.registry import unstructured
from shared.mutations.decide import effect
from shared.mutations.registry import MUTATIONS, Actor, Context
from shared.rules import masquerade
from shared.rules.masquerade import require_usable
from shared.rules.permissions import Capability
from tests.support.salon import BUSINESS, TEN, Salon, made_id

NEVER = {
    Capability.MANAGE_TEAM, Capability.CHANGE_ROLES, Capability.MANAGE_DEVICES, Capability.READ_AUDIT,
    Capability.EXPORT, Capability.ERASE, Capability.CLOSE_BUSINESS, Capability.SEE_BILLING, Capability.REFUND,
    Capability.FIND_TENANTS, Capability.INVITE_TENANTS, Capability.SUSPEND_TENANTS, Capability.SET_PLANS,
    Capability.MANAGE_USERS, Capability.HELP_USERS, Capability.REVOKE_DEVICES, Capability.GRANT,
    Capability.READ_PLATFORM_AUDIT, Capability.EXPIRE_REQUESTS, Capability.SHARE_CALENDAR,
}  # fmt: skip
"""From the design: what is about people, money, what leaves the business, and what works after the session."""
WHO, WHOM = UserId(derived_id("who")), UserId(derived_id("whom"))


@pytest.mark.parametrize("capability", list(Capability))
def test_the_book_may_be_used_and_nothing_else(capability: Capability) -> None:
    if capability in NEVER:
        with pytest.raises(Refusal) as refused:
            require_usable(Role.TENANT_OWNER, capability)
        assert refused.value.code is Code.NOT_ALLOWED
    else:
        require_usable(Role.TENANT_OWNER, capability)


def of_the_platform() -> list[bool]:
    """Whether sales become somebody of the platform who is marked as temporary, which no row of the vectors has."""
    apart = masquerade.Circumstances(is_self=False, same_tenant=False, already_masquerading=False)
    sales = masquerade.Party(role=Role.PLATFORM_SALES)
    marked = [masquerade.Party(role=one, is_temporary=True) for one in Role if one.is_platform]
    return [masquerade.may_masquerade(sales, one, apart) for one in marked]


def test_a_mark_makes_nobody_of_the_platform_a_target_of_sales() -> None:
    assert of_the_platform() == [False] * 4


def test_what_is_not_of_the_book_is_refused_whatever_the_other_holds() -> None:
    salon = Salon()
    plan = boundless(BUSINESS.id)
    row = unstructured(replace(plan, customers=1))
    args = MUTATIONS["plan.set"].parse({"business_id": row.pop("id"), **row})
    actor = Actor(user_id=WHO, role=Role.SUPERUSER)
    ctx = Context(at=TEN, actor=actor, mutation_id=MutationId(made_id("one")))
    effect(salon.tx, ctx, "plan.set", args)
    with pytest.raises(Refusal) as refused:
        effect(salon.tx, replace(ctx, actor=replace(actor, as_whom=WHOM)), "plan.set", args)
    assert refused.value.code is Code.NOT_ALLOWED


def test_whoever_acts_as_somebody_decides_with_their_rights() -> None:
    assert Actor(user_id=WHO, role=Role.TENANT_STAFF).acts_as == WHO
    assert Actor(user_id=WHO, role=Role.TENANT_STAFF, as_whom=WHOM).acts_as == WHOM
