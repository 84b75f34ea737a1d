"""Two records that are alike and of two people: kept apart once, whoever says so, and whatever is merged then."""

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest

from shared.errors import Code
from shared.model.apart import KeptApart
from shared.model.attention import AttentionItem
from shared.model.base import CustomerId
from shared.model.customer import Customer
from shared.model.member import Role
from shared.mutations.decide import Decision
from shared.rules.apart import apart, apart_id
from shared.store import Changes
from tests.support.salon import MIRA, Salon, made_id

TWIN, SON, OTHER = (
    Customer(id=CustomerId(made_id(name)), name=name, phones=("030 1234567",)) for name in ("twin", "son", "other")
)


@pytest.fixture
def salon() -> Salon:
    made = Salon()
    made.tx.apply(Changes(put=(TWIN, SON, OTHER)))
    return made


def keep(salon: Salon, one: Customer, other: Customer, role: Role = Role.TENANT_MANAGER) -> Decision:
    return salon.send("customer.keep_apart", role=role, one_id=one.id, other_id=other.id)


def suggest(salon: Salon, one: Customer, other: Customer, role: Role = Role.TENANT_MANAGER) -> Decision:
    return salon.send("customer.suggest_again", role=role, one_id=one.id, other_id=other.id)


def merge(salon: Salon, kept: Customer, merged: Customer, *, though_apart: bool = False) -> Decision:
    return salon.send(
        "customer.merge", role=Role.TENANT_MANAGER, kept_id=kept.id, merged_id=merged.id, though_apart=though_apart
    )


def pairs(salon: Salon) -> set[frozenset[CustomerId]]:
    found = salon.tx.all(KeptApart)
    assert all(one == apart(one.one_id, one.other_id) for one in found), "whose id says what it is about"
    return {frozenset((one.one_id, one.other_id)) for one in found}


def pair(one: Customer, other: Customer) -> frozenset[CustomerId]:
    return frozenset((one.id, other.id))


def asked(salon: Salon) -> list[tuple[str, str]]:
    return [(one.name, one.code) for one in salon.tx.all(AttentionItem)]


def is_one(salon: Salon, one: Customer, other: Customer) -> bool:
    rows = [salon.tx.find(Customer, each.id) for each in (one, other)]
    return any(row is not None and row.merged_into is not None for row in rows)


def test_two_who_are_kept_apart_are_so_whichever_is_named_first(salon: Salon) -> None:
    assert keep(salon, MIRA, SON).code is None
    assert keep(salon, SON, MIRA).code is None
    assert pairs(salon) == {pair(MIRA, SON)}


def test_only_those_who_manage_customers_say_so(salon: Salon) -> None:
    assert keep(salon, MIRA, SON, Role.TENANT_STAFF).code is Code.NOT_ALLOWED
    keep(salon, MIRA, SON)
    assert suggest(salon, MIRA, SON, Role.TENANT_STAFF).code is Code.NOT_ALLOWED
    assert pairs(salon) == {pair(MIRA, SON)}


def test_nobody_is_kept_apart_from_themselves_nor_from_nobody(salon: Salon) -> None:
    assert keep(salon, MIRA, MIRA).code is Code.INVALID
    assert suggest(salon, MIRA, MIRA).code is Code.INVALID
    nobody = Customer(id=CustomerId(made_id("nobody")), name="Nobody")
    assert keep(salon, MIRA, nobody).code is Code.NOT_FOUND
    assert keep(salon, nobody, MIRA).code is Code.NOT_FOUND
    assert pairs(salon) == set()


def test_they_are_suggested_again(salon: Salon) -> None:
    keep(salon, MIRA, SON)
    assert suggest(salon, SON, MIRA).code is None
    assert suggest(salon, SON, MIRA).code is None
    assert pairs(salon) == set()


def test_what_waits_for_an_adding_that_was_refused_waits_under_it(salon: Salon) -> None:
    refused: dict[str, Any] = {"customer_id": made_id("late"), "name": " "}
    assert salon.send("customer.create", **refused).code is Code.INVALID
    late = Customer(id=CustomerId(made_id("late")), name="Late")
    assert keep(salon, MIRA, late).code is Code.DEPENDENCY


# Merging


def test_whoever_merges_what_another_keeps_apart_is_asked(salon: Salon) -> None:
    keep(salon, MIRA, TWIN)
    assert merge(salon, MIRA, TWIN).code is Code.CHANGED_MEANWHILE
    assert not is_one(salon, MIRA, TWIN)
    (item,) = salon.tx.all(AttentionItem)
    kept = salon.send("attention.resolve", role=Role.TENANT_MANAGER, item_id=item.id, choice="keep")
    assert kept.code is None
    assert is_one(salon, MIRA, TWIN)
    assert pairs(salon) == set()


def test_whoever_knows_that_they_are_kept_apart_merges_them(salon: Salon) -> None:
    keep(salon, MIRA, TWIN)
    assert merge(salon, MIRA, TWIN, though_apart=True).code is None
    assert is_one(salon, MIRA, TWIN)
    assert pairs(salon) == set()


def test_an_app_of_before_merges_nobody_who_is_kept_apart(salon: Salon) -> None:
    keep(salon, MIRA, TWIN)
    sent: dict[str, Any] = {"kept_id": MIRA.id, "merged_id": TWIN.id}
    assert salon.send("customer.merge", role=Role.TENANT_MANAGER, **sent).code is Code.CHANGED_MEANWHILE


def test_whoever_keeps_apart_what_another_has_merged_is_told(salon: Salon) -> None:
    merge(salon, MIRA, TWIN)
    assert keep(salon, MIRA, TWIN).code is Code.CHANGED_MEANWHILE
    assert pairs(salon) == set()
    assert asked(salon) == [("customer.keep_apart", "changed_meanwhile")]
    # Kept, it is refused once more, and stays; there is nothing to be had but to let it go.
    (item,) = salon.tx.all(AttentionItem)
    again = salon.send("attention.resolve", role=Role.TENANT_MANAGER, item_id=item.id, choice="keep")
    assert again.code is Code.CHANGED_MEANWHILE
    assert salon.send("attention.resolve", item_id=item.id, choice="drop").code is None


def test_asking_again_about_two_who_were_merged_changes_nothing(salon: Salon) -> None:
    merge(salon, MIRA, TWIN)
    assert suggest(salon, MIRA, TWIN).code is None
    assert asked(salon) == []


def test_whoever_was_kept_apart_from_the_merged_one_is_from_the_kept_one(salon: Salon) -> None:
    keep(salon, TWIN, SON)
    keep(salon, OTHER, TWIN)
    assert merge(salon, MIRA, TWIN).code is None
    assert pairs(salon) == {pair(MIRA, SON), pair(MIRA, OTHER)}
    # They are so for those who come later, too.
    assert merge(salon, SON, MIRA).code is Code.CHANGED_MEANWHILE


def test_whoever_was_kept_apart_from_both_is_so_once(salon: Salon) -> None:
    keep(salon, TWIN, SON)
    keep(salon, MIRA, SON)
    merge(salon, MIRA, TWIN)
    assert pairs(salon) == {pair(MIRA, SON)}


def test_a_word_about_a_merged_record_is_about_the_one_that_was_kept(salon: Salon) -> None:
    merge(salon, MIRA, TWIN)
    assert keep(salon, SON, TWIN).code is None
    assert pairs(salon) == {pair(MIRA, SON)}
    assert suggest(salon, TWIN, SON).code is None
    assert pairs(salon) == set()


Step = tuple[str, Callable[[Salon], object]]
STEPS: tuple[Step, ...] = (
    ("apart here", lambda salon: keep(salon, MIRA, TWIN)),
    ("apart there", lambda salon: keep(salon, TWIN, MIRA)),
    ("merge", lambda salon: merge(salon, MIRA, TWIN)),
    ("another merge", lambda salon: merge(salon, OTHER, TWIN)),
    ("another apart", lambda salon: keep(salon, TWIN, SON)),
)


@pytest.mark.parametrize("order", list(permutations(STEPS)), ids=lambda order: ", ".join(name for name, _ in order))
def test_in_every_order_of_arrival_nothing_said_is_lost_in_silence(salon: Salon, order: tuple[Step, ...]) -> None:
    for _, step in order:
        step(salon)
    people = {one.id for one in salon.tx.all(Customer) if one.merged_into is None}
    said = pairs(salon)
    assert all(each <= people for each in said), "no pair names whom there is no more"
    assert any(SON.id in each for each in said)
    # What came first counts; whoever said the contrary is asked.
    contrary = {name for name, _ in asked(salon)}
    first = next(name for name, _ in order if name in ("merge", "apart here", "apart there"))
    if first == "merge":
        assert contrary >= {"customer.keep_apart"}
    else:
        assert contrary >= {"customer.merge"}


# Erasing


def test_from_whom_somebody_was_kept_apart_goes_with_them(salon: Salon) -> None:
    keep(salon, MIRA, SON)
    keep(salon, OTHER, SON)
    rows = [apart_id(MIRA.id, SON.id), apart_id(MIRA.id, TWIN.id)]
    erased = salon.send("customer.erase", role=Role.SUPERUSER, customers=[MIRA.id], apart=rows)
    assert erased.code is None
    assert pairs(salon) == {pair(OTHER, SON)}
    assert keep(salon, SON, MIRA).code is Code.ERASED
    assert suggest(salon, MIRA, SON).code is Code.ERASED
