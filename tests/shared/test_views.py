"""What a role may hold on a desk."""

import pytest

from shared.model.member import Role
from shared.model.plan import Feature, Tier
from shared.model.registry import ENTITIES
from shared.rules.permissions import Capability
from shared.rules.plans import DEFAULTS, NEEDS
from shared.rules.views import HELD_BY, tables_of

FREE, STARTER = DEFAULTS[Tier.FREE].features, DEFAULTS[Tier.STARTER].features
DESKS = (Role.TENANT_OWNER, Role.TENANT_MANAGER, Role.TENANT_STAFF)


def test_every_table_says_by_which_capability_it_is_held() -> None:
    assert HELD_BY.keys() == ENTITIES.keys()


def test_whoever_works_in_the_business_holds_its_book_and_nobody_else_does() -> None:
    for role in Role:
        for tier in Tier:
            assert tables_of(role, DEFAULTS[tier].features) == (tuple(ENTITIES) if role in DESKS else ()), (role, tier)


def test_a_table_that_not_everybody_may_hold_is_left_out_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(HELD_BY, "customer", Capability.MANAGE_SETUP)
    assert tables_of(Role.TENANT_MANAGER, FREE) == tuple(ENTITIES)
    assert tables_of(Role.TENANT_STAFF, FREE) == tuple(table for table in ENTITIES if table != "customer")


def test_what_somebody_may_do_to_their_own_is_no_reason_to_hold_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(HELD_BY, "time_block", Capability.BLOCK_TIME)
    assert "time_block" in tables_of(Role.TENANT_MANAGER, FREE)
    assert "time_block" not in tables_of(Role.TENANT_STAFF, FREE)


def test_a_table_of_a_feature_is_held_where_the_plan_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NEEDS, Capability.SETTLE_ATTENTION, Feature.WAITLIST)
    monkeypatch.setitem(HELD_BY, "attention_item", Capability.SETTLE_ATTENTION)
    for role in DESKS:
        assert "attention_item" not in tables_of(role, FREE)
        assert tables_of(role, STARTER) == tuple(ENTITIES)
