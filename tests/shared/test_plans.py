"""What each plan includes."""

from itertools import pairwise

import pytest

from shared.rules.permissions import Capability
from shared.rules.plans import INCLUDED, NEEDS, Feature, Tier, includes


def test_a_higher_plan_has_all_that_a_lower_one_has_and_more() -> None:
    for lower, higher in pairwise(Tier):
        assert INCLUDED[lower] < INCLUDED[higher], (lower, higher)
    assert INCLUDED[Tier.ENTERPRISE] == frozenset(Feature)


def test_the_book_itself_is_in_every_plan() -> None:
    for tier in Tier:
        assert includes(tier, Capability.BOOK)
        assert includes(tier, Capability.SEE_BOOK)


def test_what_needs_a_feature_is_in_those_plans_that_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NEEDS, Capability.OVERRIDE, Feature.REPORTS)
    assert [tier for tier in Tier if includes(tier, Capability.OVERRIDE)] == [Tier.PROFESSIONAL, Tier.ENTERPRISE]
