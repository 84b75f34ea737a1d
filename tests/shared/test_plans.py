"""What each plan includes."""

from itertools import pairwise

import pytest

from shared.errors import Code, Refusal
from shared.model.base import BusinessId
from shared.model.plan import Feature, Limit, Tier, boundless
from shared.rules.permissions import Capability
from shared.rules.plans import (
    DEFAULTS,
    GROUPS,
    NEEDS,
    Override,
    cheapest_with,
    effective,
    includes,
    plan_row,
    require_feature,
)
from tests.support.salon import BUSINESS


def test_a_higher_plan_has_all_that_a_lower_one_has_and_more() -> None:
    for lower, higher in pairwise(Tier):
        assert DEFAULTS[lower].features < DEFAULTS[higher].features, (lower, higher)
        for limit in Limit:
            more, less = DEFAULTS[higher].limits[limit], DEFAULTS[lower].limits[limit]
            assert more is None or (less is not None and less <= more), (lower, limit)
    assert DEFAULTS[Tier.ENTERPRISE].features == frozenset(Feature)
    assert set(DEFAULTS[Tier.ENTERPRISE].limits.values()) == {None}


def test_every_feature_stands_in_one_group() -> None:
    assert [one for group in GROUPS.values() for one in group] == list(Feature)


def test_the_book_itself_is_in_every_plan() -> None:
    for tier in Tier:
        assert includes(DEFAULTS[tier].features, Capability.BOOK)
        assert includes(DEFAULTS[tier].features, Capability.SEE_BOOK)


def test_what_needs_a_feature_is_in_those_plans_that_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NEEDS, Capability.OVERRIDE, Feature.REPORTS)
    having = [tier for tier in Tier if includes(DEFAULTS[tier].features, Capability.OVERRIDE)]
    assert having == [Tier.PROFESSIONAL, Tier.ENTERPRISE]


def test_the_cheapest_plan_with_a_feature_is_the_first_of_those_that_have_it() -> None:
    for feature in Feature:
        cheapest = cheapest_with(feature)
        assert feature in DEFAULTS[cheapest].features
        assert not any(
            feature in DEFAULTS[tier].features for tier in Tier if list(Tier).index(tier) < list(Tier).index(cheapest)
        )
    assert cheapest_with(Feature.REPORTS) is Tier.PROFESSIONAL


def test_an_override_changes_what_it_names_and_nothing_else() -> None:
    free = DEFAULTS[Tier.FREE]
    assert effective(free, None) == free
    more = effective(free, Override(limits={Limit.CUSTOMERS: None, Limit.USERS: 7}))
    assert more.features == free.features
    assert more.limits == {**free.limits, Limit.CUSTOMERS: None, Limit.USERS: 7}
    assert effective(free, Override(features=frozenset({Feature.REPORTS}), limits={})).features == {Feature.REPORTS}


def test_the_row_of_a_plan_says_what_it_includes() -> None:
    row = plan_row(BUSINESS.id, Tier.FREE, DEFAULTS[Tier.FREE])
    assert (row.id, row.tier, row.features) == (BUSINESS.id, "FREE", ("mail_reminders", "series"))
    assert {limit: row.most(limit) for limit in Limit} == DEFAULTS[Tier.FREE].limits
    assert plan_row(BUSINESS.id, Tier.ENTERPRISE, DEFAULTS[Tier.ENTERPRISE]) == boundless(BUSINESS.id)


def test_what_is_not_included_is_refused_with_the_plan_that_has_it() -> None:
    plan = plan_row(BusinessId(BUSINESS.id), Tier.FREE, DEFAULTS[Tier.FREE])
    require_feature(plan, Feature.SERIES)
    with pytest.raises(Refusal) as refused:
        require_feature(plan, Feature.WAITLIST)
    assert refused.value.code is Code.FEATURE_NOT_IN_PLAN
    assert refused.value.details == {"feature": "waitlist", "tier": "STARTER"}
