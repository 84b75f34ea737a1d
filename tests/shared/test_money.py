"""Amounts as they are written and typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.money import digits_of, money_text, plain_amount, typed_amount


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [
        ("45", "EUR", 4500), ("45,5", "EUR", 4550), ("45.05", "EUR", 4505), (" 45 EUR ", "EUR", 4500),
        ("1.234,50", "EUR", 123450), ("1,234.50", "USD", 123450), ("1.234", "EUR", 123400), ("1'000", "CHF", 100000),
        ("1 000", "EUR", 100000), ("4500", "JPY", 4500), ("4,500", "JPY", 4500), ("1.250", "KWD", 1250),
        ("0", "EUR", 0), ("", "EUR", None), ("-5", "EUR", None), ("4.5", "JPY", None), ("1.2345", "EUR", None),
        ("12x", "EUR", None), ("1,23,456", "EUR", None), ("1e5", "EUR", None), ("٤٥", "EUR", None),
        ("9" * 14, "EUR", None),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_people_type_it(typed: str, currency: str, minor: int | None) -> None:
    assert typed_amount(typed, currency) == minor


@given(minor=st.integers(0, 10**12), currency=st.sampled_from(["EUR", "JPY", "KWD"]))
def test_what_is_written_is_read_the_same(minor: int, currency: str) -> None:
    assert typed_amount(plain_amount(minor, currency), currency) == minor


def test_it_is_written_with_the_digits_of_its_currency() -> None:
    assert [money_text(4505, one) for one in ("EUR", "JPY", "KWD")] == ["45.05 EUR", "4505 JPY", "4.505 KWD"]
    assert plain_amount(-150, "EUR") == "-1.50"
    assert digits_of("XYZ") == 2
