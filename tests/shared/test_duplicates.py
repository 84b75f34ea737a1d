"""Which records are suggested as one person, and which are a family."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.model.base import CustomerId
from shared.model.customer import Customer
from shared.rules.duplicates import Likeness, is_same_number, keys_of, likeness, pairs_in, suggested
from shared.rules.names import without_accents
from tests.support.salon import made_id


def person(name: str, *phones: str, mail: str = "", archived: bool = False) -> Customer:
    made = made_id(f"{name} {phones} {mail}")
    return Customer(
        id=CustomerId(made), name=name, phones=phones, emails=(mail,) if mail else (), archived=archived
    )  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("+49 30 1234567", "030 1234567", True),
        ("+49 30 1234567", "0049 30 12 34-567", True),
        ("+44 (0)20 7946 0018", "020 7946 0018", True),
        ("+49 30 1234567", "+43 30 1234567", False),
        ("030 1234567", "040 1234567", False),
        ("112", "030 1234112", False),
        ("112", "112", True),
        ("", "", False),
    ],
)
def test_numbers_are_the_same_however_they_are_written(one: str, other: str, *, same: bool) -> None:
    assert is_same_number(one, other) is is_same_number(other, one) is same


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        (person("Mira Holm", "030 1234567"), person("Mira Holm-Lund", "+49 30 1234567"), Likeness.CERTAIN),
        (person("Łukasz Żak", "1234567"), person("lukasz zak", "1234567"), Likeness.CERTAIN),
        (person("Holm, Mira", "1234567"), person("Mira Holm", "1234567"), Likeness.CERTAIN),
        (person("M. Holm", "1234567"), person("Mira Holm", "1234567"), Likeness.CERTAIN),
        (person("Mira Holm", mail="M@x.example"), person("Mira", mail="m@X.example"), Likeness.CERTAIN),
        # A family shares its phone, not its first names.
        (person("Mira Holm", "1234567"), person("Jon Holm", "1234567"), Likeness.POSSIBLE),
        (person("M. Holm", "1234567"), person("Mira Lund", "1234567"), Likeness.POSSIBLE),
        # Whoever has no name has none in common with anybody.
        (person("", "1234567"), person("Mira Holm", "1234567"), Likeness.POSSIBLE),
        (person("", "1234567"), person("17", "1234567"), Likeness.POSSIBLE),
        # Many have one's name.
        (person("Mira Holm", "1234567"), person("Mira Holm", "7654321"), None),
        (person("Mira Holm"), person("Mira Holm", mail="m@x.example"), None),
    ],
)
def test_a_shared_phone_and_a_first_name_are_a_person(one: Customer, other: Customer, how: Likeness | None) -> None:
    assert likeness(one, other) is likeness(other, one) is how


def test_the_surest_are_first_and_the_archived_left_out() -> None:
    mira = person("Mira Holm", "1234567")
    family, twin = person("Jon Holm", "1234567"), person("mira holm", "01234567")
    found = suggested(mira, [mira, family, person("Mira", "1234567", archived=True), twin])
    assert [one.customer_id for one in found] == [twin.id, family.id]


@pytest.mark.parametrize(
    ("text", "plain"),
    [("Łódź", "lodz"), ("Sørensen", "sorensen"), ("Weiß", "weiss"), ("Zoe\u0308", "zoe"), ("ÆBLE", "aeble")],
)
def test_letters_are_compared_without_accents_and_strokes(text: str, plain: str) -> None:
    assert without_accents(text) == plain


PHONES = st.sampled_from(
    ("+49 30 1234567", "030 1234567", "0049 30 12 34 567", "1234567", "34567", "112", "112 ", "", "+44 (0)20 7946 0018")
)
MAILS = st.sampled_from(("mira@holm.example", "MIRA@holm.example ", "", "ida@holm.example"))
PEOPLE = st.builds(
    lambda name, phones, mails, number: Customer(
        id=CustomerId(made_id(f"person {number}")), name=name, phones=tuple(phones), emails=tuple(mails)
    ),
    st.sampled_from(("Mira Holm", "Holm, Mira", "Ida Holm", "M. Holm")),
    st.lists(PHONES, max_size=2),
    st.lists(MAILS, max_size=2),
    st.integers(0, 10_000),
)


@given(PEOPLE, PEOPLE)
def test_whoever_is_alike_shares_a_key(one: Customer, other: Customer) -> None:
    if likeness(one, other) is not None:
        assert keys_of(one.phones, one.emails) & keys_of(other.phones, other.emails)


@given(st.lists(PEOPLE, max_size=8, unique_by=lambda one: one.id))
def test_pairs_are_what_comparing_each_with_each_finds(people: list[Customer]) -> None:
    found = {frozenset((one.one.id, one.other.id)): one.likeness for one in pairs_in([people])}
    wanted = {
        frozenset((one.id, other.id)): how
        for one in people
        for other in people
        if (how := likeness(one, other)) is not None
    }
    assert found == wanted
