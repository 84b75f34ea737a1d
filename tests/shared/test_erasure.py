"""What people have typed is taken out of edits, wherever in them it stands; what is not theirs stays."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.rules.erasure import NO_WORDS, WORDS, without_words

SECRET = "Mira"
OTHER = st.one_of(st.none(), st.booleans(), st.integers(), st.just("appointment.book"))
TYPED = st.one_of(st.just(SECRET), st.lists(st.just(SECRET), min_size=1, max_size=3))


def told(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Arguments in which words are typed, and others around them."""
    typed = st.dictionaries(st.sampled_from(sorted(WORDS)), TYPED | inner, max_size=3)
    plain = st.dictionaries(st.sampled_from(("start", "segments", "details")), OTHER | inner, max_size=3)
    edit = st.builds(
        lambda field, was, value: {"field": field, "was": was, "value": value},
        st.sampled_from(sorted(WORDS)),
        OTHER | TYPED,
        TYPED,
    )
    return st.builds(lambda one, other: one | other, typed, plain) | edit | st.lists(inner, max_size=2)


@given(st.dictionaries(st.sampled_from(("args", "now", "segments")), st.recursive(OTHER, told), max_size=3))
def test_nothing_of_what_was_typed_is_left_however_deep_it_stands(sent: dict[str, Any]) -> None:
    assert SECRET not in str(without_words(sent))


@given(st.recursive(st.none() | st.integers(), lambda one: st.dictionaries(st.sampled_from(("start", "to")), one)))
def test_where_nothing_was_typed_it_is_the_same(sent: Any) -> None:
    assert without_words({"args": sent}) == {"args": sent}


def test_only_of_fields_that_are_typed_the_values_go() -> None:
    edits = [{"field": "notes", "was": " ", "value": "Pram"}, {"field": "price", "was": "45", "value": "60"}]
    assert without_words({"edits": edits})["edits"] == [{**edits[0], "value": NO_WORDS}, edits[1]]


def test_blank_stays_blank_and_each_of_several_is_replaced() -> None:
    sent = {"phones": ["030 1", ""], "note": "  ", "tags": {"name": "vip", "count": 2}}
    assert without_words(sent) == {
        "phones": [NO_WORDS, ""], "note": "  ", "tags": {"name": NO_WORDS, "count": 2},
    }  # fmt: skip


def test_each_word_is_replaced_by_what_is_made_of_it() -> None:
    assert without_words({"name": "Mira", "start": "now"}, str.upper) == {"name": "MIRA", "start": "now"}


def test_the_name_of_an_edit_is_nobodys() -> None:
    refused = {"what": "mutation", "name": "customer.create", "version": 3}
    assert without_words({"details": refused}, people=()) == {"details": refused}
    assert without_words({"details": refused | {"what": "customer"}}, people=())["details"]["name"] == NO_WORDS


@pytest.mark.parametrize(
    "details",
    [
        {"reason": "Lunch", "resource": "r", "resource_name": "Olivia"},
        {"what": "service", "name": "Cut", "subject": "s"},
        {"what": "party", "most": 3, "name": "Cut"},
        {"what": "customer", "name": "Somebody else", "subject": "another"},
        {"clashes": [{"code": "blocked", "details": {"reason": "Lunch", "resource_name": "Olivia"}}]},
    ],
)
def test_what_a_refusal_quotes_of_other_rows_stays(details: dict[str, Any]) -> None:
    refused = {"code": "refused", "details": details}
    assert without_words(refused, people=("who",)) == refused
    # In what was sent nothing is quoted, whatever stands beside it.
    assert without_words(refused) != refused


@pytest.mark.parametrize(
    "details",
    [
        {"what": "customer", "name": SECRET, "subject": "who"},
        {"name": SECRET, "subject": "who"},
        {"what": "customer", "name": SECRET},
        {"reason": SECRET, "subject": "another"},
        {"field": "name", "now": SECRET, "wanted": SECRET, "subject": "another"},
    ],
)
def test_what_a_refusal_says_of_the_person_goes(details: dict[str, Any]) -> None:
    assert SECRET not in str(without_words({"details": details}, people=("who", "merged")))
