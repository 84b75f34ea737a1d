"""Which two records were found to be of two people."""

from shared import ids
from shared.model.apart import KeptApart
from shared.model.base import CustomerId, KeptApartId
from shared.store import Reads


def apart_id(one: CustomerId, other: CustomerId) -> KeptApartId:
    """The id of the row that keeps two apart, whichever is named first."""
    return KeptApartId(ids.derived_id("kept apart", min(one, other), max(one, other)))


def apart(one: CustomerId, other: CustomerId) -> KeptApart:
    """The row that keeps two apart."""
    first, second = sorted((one, other))
    return KeptApart(id=apart_id(one, other), one_id=first, other_id=second)


def are_apart(reads: Reads, one: CustomerId, other: CustomerId) -> bool:
    """Whether somebody found them to be two people."""
    return reads.find(KeptApart, apart_id(one, other)) is not None
