"""What a service needs and how each person does it: sets, to which two desks that are apart both add."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Code
from shared.model.base import ResourceId
from shared.model.member import Role
from shared.model.registry import unstructured
from shared.model.resource import ResourceKind
from shared.model.service import Need, Service, Terms
from shared.mutations.decide import Decision
from shared.mutations.service import to_sets, what_is_needed
from tests.support.salon import ANA, BEN, CUT, Salon, made_id

STAFF, ROOM = Need(kind=ResourceKind.STAFF), Need(kind=ResourceKind.ROOM, pool="Treatment")
LAMP = Need(kind=ResourceKind.EQUIPMENT)
OF_ANA, OF_BEN = Terms(resource_id=ANA.id, price=7000), Terms(resource_id=BEN.id, active=60)

NEEDS = st.lists(
    st.builds(
        Need,
        kind=st.sampled_from(ResourceKind),
        any_of=st.sampled_from([(), (ANA.id,), (ANA.id, BEN.id)]),
        count=st.integers(1, 3),
    ),
    max_size=5,
)
TERMS = st.lists(
    st.builds(Terms, resource_id=st.sampled_from([ANA.id, BEN.id, CUT.id]), price=st.sampled_from([None, 10, 20])),
    max_size=3,
    unique_by=lambda one: one.resource_id,
)


def offered(salon: Salon) -> Service:
    found = salon.tx.find(Service, CUT.id)
    assert found is not None
    return found


def wants(salon: Salon, seen: Service, needs: Sequence[Need], terms: Sequence[Terms] = ()) -> Decision:
    """Somebody who has seen the service so wants it to need this."""
    args = unstructured(to_sets(seen, needs, terms))
    return salon.send("service.update", role=Role.TENANT_OWNER, **args)


def counted(needs: Sequence[Need]) -> Counter[Need]:
    counts: Counter[Need] = Counter()
    for one in needs:
        counts[what_is_needed(one)] += one.count
    return counts


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_what_desks_add_and_take_away_while_apart_is_all_there(order: Sequence[int]) -> None:
    salon = Salon()
    wants(salon, offered(salon), [STAFF, LAMP], [OF_ANA])
    seen = offered(salon)
    wishes = (([STAFF, LAMP, ROOM], [OF_ANA]), ([STAFF], [OF_ANA]), ([STAFF, LAMP], [OF_ANA, OF_BEN]))
    for one in order:
        assert wants(salon, seen, *wishes[one]).code is None
    assert set(offered(salon).needs) == {STAFF, ROOM}
    assert set(offered(salon).terms) == {OF_ANA, OF_BEN}


def test_the_same_need_that_two_desks_add_is_needed_once() -> None:
    salon = Salon()
    for _ in range(2):
        wants(salon, CUT, [ROOM])
    assert offered(salon).needs == (ROOM,)


def test_of_another_count_and_of_one_persons_terms_the_last_to_arrive_are_taken() -> None:
    salon = Salon()
    wants(salon, CUT, [STAFF, ROOM], [OF_ANA])
    seen = offered(salon)
    two, three = replace(ROOM, count=2), replace(ROOM, count=3)
    dearer, dearest = replace(OF_ANA, price=8000), replace(OF_ANA, price=9000)
    wants(salon, seen, [STAFF, two], [dearer])
    wants(salon, seen, [STAFF, three], [dearest])
    assert (set(offered(salon).needs), offered(salon).terms) == ({STAFF, three}, (dearest,))


def test_what_was_taken_away_meanwhile_is_taken_away_once() -> None:
    salon = Salon()
    wants(salon, CUT, [STAFF, ROOM], [OF_ANA])
    seen = offered(salon)
    for _ in range(2):
        assert wants(salon, seen, [STAFF]).code is None
    assert (offered(salon).needs, offered(salon).terms) == ((STAFF,), ())


def test_earlier_versions_set_them_whole() -> None:
    salon = Salon()
    wants(salon, CUT, [STAFF], [OF_ANA])
    args = {"service_id": CUT.id, "needs": unstructured((ROOM,)), "terms": []}
    salon.send("service.update", role=Role.TENANT_OWNER, **args)
    assert (offered(salon).needs, offered(salon).terms) == ((ROOM,), ())


def test_what_comes_to_be_too_much_is_refused_whole() -> None:
    salon = Salon()
    many = [Need(kind=ResourceKind.ROOM, any_of=(ResourceId(made_id(str(number))),)) for number in range(21)]
    assert wants(salon, CUT, many[:20]).code is None
    assert wants(salon, CUT, many[20:]).code is Code.INVALID
    assert offered(salon).needs == tuple(many[:20])


def test_prices_of_people_are_set_by_those_who_may() -> None:
    salon = Salon()
    args = unstructured(to_sets(CUT, (), [OF_ANA]))
    assert salon.send("service.update", **args).code is Code.NOT_ALLOWED


@given(before=NEEDS, after=NEEDS, terms_before=TERMS, terms_after=TERMS)
def test_whatever_was_seen_and_is_wanted_it_is_what_comes_of_it(
    before: list[Need], after: list[Need], terms_before: list[Terms], terms_after: list[Terms]
) -> None:
    salon = Salon()
    assert wants(salon, CUT, before, terms_before).code is None
    wanted = wants(salon, offered(salon), after, terms_after)
    assert wanted.code is None
    assert counted(offered(salon).needs) == counted(after)
    assert set(offered(salon).terms) == set(terms_after)
