"""Which two records may be of one person: a shared phone or address says so, and first names say how surely."""

import re
from collections.abc import Iterable, Sequence
from enum import IntEnum
from itertools import combinations
from typing import Final

from shared.model.base import CustomerId, value
from shared.model.customer import Customer
from shared.rules.names import without_accents

_WORDS: Final = re.compile(r"[^\W\d_]+")
_NO_DIGIT: Final = re.compile(r"\D+")
_SHORTEST: Final = 6
"""Digits of which a number has at least so many: fewer say nothing about whose it is."""


class Likeness(IntEnum):
    """How surely two records are of one person; the more, the higher."""

    POSSIBLE = 1
    """They share a phone or an address, as families do."""
    CERTAIN = 2
    """They share one, and a first name."""


@value
class Suggestion:
    """Somebody who may be the same person."""

    customer_id: CustomerId
    likeness: Likeness


def is_same_number(one: str, other: str) -> bool:
    """Whether two phone numbers reach one line, however they are written: `+49 30 12 34` is `0049 30 1234`, `030 1234`.

    One without a country is the same as any with one that ends so.
    """
    left, right = _significant(one), _significant(other)
    if min(len(left), len(right)) < _SHORTEST:
        return left == right and bool(left) and one.strip() == other.strip()
    if _is_international(one) and _is_international(other):
        return left == right
    return left.endswith(right) or right.endswith(left)


def _significant(phone: str) -> str:
    """The digits of a number without its trunk zero, and without what leads abroad."""
    # As in `+44 (0)20`: that zero is for those who are in the country.
    return _NO_DIGIT.sub("", phone.replace("(0)", "")).lstrip("0")


def _is_international(phone: str) -> bool:
    return phone.lstrip().startswith("+") or _NO_DIGIT.sub("", phone).startswith("00")


def likeness(one: Customer, other: Customer) -> Likeness | None:
    """How surely two records are of one person; None where nothing says so.

    The same name alone says nothing: many share theirs.
    """
    if one.id == other.id or not (_shares_phone(one, other) or _shares_mail(one, other)):
        return None
    return Likeness.CERTAIN if _has_first_name_of(one, other) else Likeness.POSSIBLE


def _shares_phone(one: Customer, other: Customer) -> bool:
    return any(is_same_number(left, right) for left in one.phones for right in other.phones)


def _shares_mail(one: Customer, other: Customer) -> bool:
    mails = {mail.strip().casefold() for mail in other.emails if mail.strip()}
    return any(mail.strip().casefold() in mails for mail in one.emails)


def _has_first_name_of(one: Customer, other: Customer) -> bool:
    left: list[str] = _WORDS.findall(without_accents(one.name))
    right: list[str] = _WORDS.findall(without_accents(other.name))
    if not left or not right:
        return False
    if sorted(left) == sorted(right):
        # `Holm, Mira` is `Mira Holm`.
        return True
    first, second = left[0], right[0]
    if min(len(first), len(second)) == 1:
        # An initial is a first name where the family's name is the same.
        return first[0] == second[0] and left[-1] == right[-1]
    return first == second


def suggested(one: Customer, others: Iterable[Customer]) -> tuple[Suggestion, ...]:
    """Who of the others may be the same person, the surest first; archived and merged ones are left out."""
    found = [
        (how, other)
        for other in others
        if not other.archived and other.merged_into is None and (how := likeness(one, other)) is not None
    ]
    found.sort(key=lambda each: (-each[0], without_accents(each[1].name), each[1].id))
    return tuple(Suggestion(customer_id=other.id, likeness=how) for how, other in found)


def keys_of(phones: Iterable[str], emails: Iterable[str]) -> frozenset[str]:
    """What two records that are alike share one of, at least: the ends of numbers, and addresses.

    With these the alike among many are found without comparing each with each.
    """
    digits = {one: _significant(one) for one in phones}
    ends = (tail[-_SHORTEST:] if len(tail) >= _SHORTEST else one.strip() for one, tail in digits.items() if tail)
    return frozenset((*ends, *(one.strip().casefold() for one in emails if one.strip())))


@value
class Pair:
    """Two records that may be of one person."""

    one: Customer
    other: Customer
    likeness: Likeness


def pairs_in(groups: Iterable[Sequence[Customer]]) -> tuple[Pair, ...]:
    """The pairs that are alike among those who share a key, each once, the surest first, then by name."""
    found: dict[frozenset[CustomerId], Pair] = {}
    for group in groups:
        for one, other in combinations(sorted(group, key=lambda each: each.id), 2):
            how = likeness(one, other)
            if how is not None:
                found[frozenset((one.id, other.id))] = Pair(one=one, other=other, likeness=how)
    return by_likeness(found.values())


def by_likeness(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """Pairs, the surest first, then by name."""
    return tuple(sorted(pairs, key=lambda each: (-each.likeness, without_accents(each.one.name), each.one.id)))
