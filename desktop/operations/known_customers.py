"""Whom a file means that names people as another program knew them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from desktop.store import finding
from desktop.store.database import folded
from desktop.store.replica import Replica
from shared.model.base import CustomerId
from shared.model.customer import Customer
from shared.rules.pieces import Pieces

_TAIL: Final = 9
"""Last digits by which numbers are the same, with or without the code of their country."""


class Known:
    """The customers that there are, found by what a file says of a person."""

    def __init__(self) -> None:
        self._by_phone: dict[str, list[Customer]] = defaultdict(list)
        self._by_email: dict[str, list[Customer]] = defaultdict(list)
        self._by_name: dict[str, list[Customer]] = defaultdict(list)

    @classmethod
    def read(cls, replica: Replica) -> Pieces["Known"]:
        """Everybody who is neither archived nor merged into another, a page a piece."""
        known, last = cls(), ""
        while page := finding.customers_page(replica.database, last, finding.PAGE):
            for one in page:
                known._add(one)
            last = page[-1].id
            yield
        return known

    def _add(self, one: Customer) -> None:
        self._by_name[folded(one.name)].append(one)
        for phone in one.phones:
            self._by_phone[_tail(phone)].append(one)
        for email in one.emails:
            self._by_email[email.strip().casefold()].append(one)

    def fitting(self, name: str, phones: Sequence[str], emails: Sequence[str]) -> Sequence[CustomerId]:
        """Who it may be: of those with one of the numbers or addresses those of the name, else all of the name.

        Families share numbers: somebody of another name is another person, where a name is given. Who is found by name
        alone is not meant where a number or an address is given that they do not have.
        """
        near = [one for phone in phones for one in self._by_phone[_tail(phone)]]
        near += [one for email in emails for one in self._by_email[email.casefold()]]
        reached = {one.id: one for one in near}
        if name and not (phones or emails):
            reached = {one.id: one for one in self._by_name[folded(name)]}
        elif name:
            reached = {key: one for key, one in reached.items() if folded(one.name) == folded(name)}
        return [CustomerId(one) for one in reached]


def _tail(phone: str) -> str:
    return "".join(one for one in phone if one.isdecimal())[-_TAIL:]
