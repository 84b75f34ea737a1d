"""What takes an edit back, in short: it stands in the log, so later versions have to find the same."""

from dataclasses import MISSING, fields, replace
from datetime import timedelta
from typing import Any, Final, get_type_hints

import pytest

from shared.model.base import CustomerId, MutationId, UserId
from shared.model.member import Role
from shared.mutations.consent import Say
from shared.mutations.inverse.exactly import MADE_OVER, is_way_back, way_of
from shared.mutations.registry import MUTATIONS, Actor, Context, Line, arguments, as_before
from shared.protocol.codec import arguments_of
from tests.support.recording import releases, story_of
from tests.support.salon import MIRA, NOW


def recorded() -> list[dict[str, Any]]:
    """The edits of every release that are taken back by saying what they had found."""
    stories = [story_of(release, earlier=one) for release in releases().values() for one in (False, True)]
    return [edit for story in stories for edit in story if edit["name"] in MADE_OVER]


def with_later(cls: type) -> type:
    """The arguments as a next version has them, with one that may be left out."""
    defaults = {one.name: one.default for one in fields(cls) if one.default is not MISSING}
    hints = get_type_hints(cls, include_extras=True) | {"later": Line}
    return arguments(type(cls.__name__, (), {"__annotations__": hints, **defaults, "later": ""}))


def test_each_edit_that_is_taken_back_so_is_recorded() -> None:
    assert {edit["name"] for edit in recorded()} == MADE_OVER


@pytest.fixture
def next_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table of a server that was upgraded: each of them takes one thing more."""
    for name in MADE_OVER:
        mutation = MUTATIONS[name]
        later = replace(
            mutation, version=mutation.version + 1, arguments=with_later(mutation.arguments),
            upcasters={**mutation.upcasters, mutation.version: as_before},
        )  # fmt: skip
        monkeypatch.setitem(MUTATIONS, name, later)


NOTED: Final = [
    (edit, way_of(edit["name"], arguments_of(edit["name"], edit["v"], edit["args"]))) for edit in recorded()
]
"""Edits, and the ways that the server has noted before it was upgraded."""
FIRST: Final = {
    "c9cba90ebc3e2e65", "0896421399409ea3", "6239e928a163f989", "87d97deddaf29756", "a4d0f81a497b5392",
    "7a37051bb993d0fb", "7505ac684cc09ca0", "a4d7746a5a5913de", "3f8ccb6e0a991836", "32a5ffb90966f856",
    "79d59bdaba1ec5e9", "980dfe554e414476",
}  # fmt: skip
"""The way of one edit of each name, as the first version notes it."""


def test_the_ways_that_the_first_version_noted_are_found() -> None:
    assert {way for _, way in NOTED} >= FIRST


@pytest.mark.usefixtures("next_version")
@pytest.mark.parametrize(("edit", "way"), NOTED)
def test_what_a_later_version_adds_is_no_other_way_where_it_is_left_out(edit: dict[str, Any], way: str) -> None:
    assert way_of(edit["name"], arguments_of(edit["name"], edit["v"], edit["args"])) == way


@pytest.mark.usefixtures("next_version")
@pytest.mark.parametrize("name", sorted(MADE_OVER))
def test_what_a_later_version_adds_is_another_way_where_it_says_something(name: str) -> None:
    mutation = MUTATIONS[name]
    sent = next(edit["args"] for edit in recorded() if (edit["name"], edit["v"]) == (name, mutation.version - 1))
    left_out, told = (arguments_of(name, mutation.version, args) for args in (sent, {**sent, "later": "more"}))
    assert way_of(name, left_out) != way_of(name, told)


WORD: Final = Say(
    customer_id=CustomerId(MIRA.id), to="text", given=True, said_at=NOW - timedelta(hours=1), instead_of=NOW
)  # fmt: skip
"""Puts a word back that was said an hour before the slip."""
LATER: Final = timedelta(minutes=2)


def taken_back(word: Say, *ways: Say, at: timedelta = timedelta()) -> bool:
    """Whether a word is found, where such ways were noted of a slip that the server counts so much later."""
    ctx = Context(
        at=NOW + timedelta(hours=1), actor=Actor(user_id=UserId("someone"), role=Role.TENANT_STAFF),
        mutation_id=MutationId("back"), takes_back=True, taken_back_at=frozenset({NOW + at}),
        ways_back=frozenset(way_of("customer.consent", one) for one in ways),
    )  # fmt: skip
    return is_way_back(ctx, "customer.consent", word)


@pytest.mark.parametrize("at", [timedelta(), LATER])
def test_a_word_that_an_earlier_version_noted_with_its_time_alone_is_found(at: timedelta) -> None:
    assert taken_back(WORD, WORD, at=at)


def test_a_word_of_another_time_is_found_only_where_the_slip_has_another_time_too() -> None:
    said = WORD.said_at
    assert said is not None
    ways = (replace(WORD, said_at=said + LATER), replace(WORD, said_at=None))
    assert taken_back(WORD, *ways, at=LATER)
    assert not taken_back(WORD, *ways)


def test_another_word_is_never_found() -> None:
    ways = (replace(WORD, given=False), replace(WORD, given=False, said_at=None))
    assert not taken_back(WORD, *ways, at=LATER)
    assert not taken_back(WORD, replace(WORD, given=None, said_at=None), at=LATER)
