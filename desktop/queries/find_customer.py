"""Finds customers by any part of a name, by any digits of a phone in any format, or by e-mail."""

import re
from typing import Final

from desktop.queries.phones import phones_text, region_of
from desktop.store import finding
from desktop.store.database import digits_of, folded
from desktop.store.replica import Replica
from shared.model.base import CustomerId, value
from shared.model.customer import Customer

_ENOUGH_DIGITS: Final = 2
_NATIONAL: Final = 6
"""So many last digits are taken as the number without its prefix, where the whole number is not found."""
_ABROAD: Final = re.compile(r"\s*(\+|00)")
_CODES: Final = (2, 1, 3)
"""Lengths of country codes, the most frequent first."""
_ENOUGH_WITHOUT_CODE: Final = 4


@value
class FoundCustomer:
    """One line of the customer box."""

    id: CustomerId
    name: str
    phones: tuple[str, ...]
    """As the business writes them."""
    emails: tuple[str, ...]
    alert: str
    blocked: bool


def find_customer(replica: Replica, text: str, *, limit: int = 20) -> tuple[FoundCustomer, ...]:
    """The customers that a text means, best first; everybody from A on for an empty one."""
    words = re.findall(r"[^\W\d_]+", folded(_without_mail(text)))
    digits = digits_of(_without_mail(text))
    mail = next((folded(word) for word in text.split() if "@" in word), "")
    if len(digits) < _ENOUGH_DIGITS and (words or mail):
        digits = ""
    found: list[Customer] = []
    for tried in _ways(digits, abroad=_ABROAD.match(_without_mail(text)) is not None):
        found = finding.search_customers(replica.database, words=words, digits=tried, mail=mail, limit=limit)
        if found:
            break
    if not found and len(words) == 1 and not digits:
        # One word without a name that has it may be the beginning of an address.
        found = finding.search_customers(replica.database, words=(), digits="", mail=words[0], limit=limit)
    region = region_of(replica.tx().business())
    return tuple(found_customer(one, region) for one in found)


def archived_customers(replica: Replica, text: str, *, limit: int = 20) -> tuple[FoundCustomer, ...]:
    """The archived customers whose name, phones or e-mails hold a text, by name; neither merged nor erased ones."""
    region = region_of(replica.tx().business())
    found = finding.archived_customers(replica.database, text, limit)
    return tuple(found_customer(one, region) for one in found)


def found_customer(one: Customer, region: str) -> FoundCustomer:
    """A customer as a line of the box; phones as a business of the region writes them."""
    return FoundCustomer(
        id=one.id,
        name=one.name,
        phones=phones_text(one.phones, region),
        emails=one.emails,
        alert=one.alert,
        blocked=one.blocked,
    )


def _without_mail(text: str) -> str:
    return " ".join(word for word in text.split() if "@" not in word)


def _ways(digits: str, *, abroad: bool) -> tuple[str, ...]:
    """The digits as typed, without a trunk zero or an international prefix, and the last of a long number.

    One that was typed from `abroad` may be kept as it is dialled in its country: without a code of one to three digits.
    """
    bare = digits.lstrip("0")
    ways = [digits, bare]
    if abroad:
        ways += [bare[code:] for code in _CODES if len(bare) - code >= _ENOUGH_WITHOUT_CODE]
    if len(digits) > _NATIONAL:
        ways.append(digits[-_NATIONAL:])
    return tuple(dict.fromkeys(ways))
