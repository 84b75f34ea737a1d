"""Whether an edit that nobody decides is about somebody who was erased."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from shared.errors import StorageFault
from shared.ids import is_id
from shared.model.appointment import Appointment
from shared.model.base import CustomerId
from shared.model.customer import Customer
from shared.model.payment import Payment
from shared.model.series import Series
from shared.model.waitlist import WaitlistEntry
from shared.mutations.registry import Mutation
from shared.store import Reads, Wanted

_OF_A_CUSTOMER: Final[tuple[type[Any], ...]] = (Appointment, Series, WaitlistEntry, Payment)


def is_about_erased(reads: Reads, mutation: Mutation[Any], args: Any, sent: Mapping[str, Any]) -> bool:
    """Whether any of the customers that an edit would be decided by was erased.

    Where it fails to say what it reads, it may be set aside for that: then by the rows that it names.
    """
    try:
        wanted = mutation.wants(args) + mutation.wants_next(reads, args)
    except (StorageFault, MemoryError):
        raise
    except Exception:  # noqa: BLE001 whatever is wrong with an edit, it is kept
        whose = _named(reads, sent)
    else:
        whose = {CustomerId(row_id) for cls, row_id in wanted.rows if cls is Customer}
    return any(one.is_erased for one in (reads.find(Customer, row_id) for row_id in whose) if one is not None)


def _named(reads: Reads, sent: Mapping[str, Any]) -> set[CustomerId]:
    """The customers who are named, or of whom a row is that is named."""
    ids = set(_ids_in(sent))
    classes: tuple[type[Any], ...] = (Customer, *_OF_A_CUSTOMER)
    reads.read_ahead(Wanted(rows=tuple((cls, one) for cls in classes for one in ids)))
    rows = (reads.find(cls, one) for cls in _OF_A_CUSTOMER for one in ids)
    return {CustomerId(one) for one in ids} | {one.customer_id for one in rows if one is not None and one.customer_id}


def _ids_in(said: Any) -> Iterator[str]:
    if isinstance(said, str):
        if is_id(said):
            yield said
    elif isinstance(said, Mapping):
        for one in said.values():
            yield from _ids_in(one)
    elif isinstance(said, list | tuple):
        for one in said:
            yield from _ids_in(one)
