"""What was archived in a business and can be brought back, in a tenant's transaction."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection

from shared.model.base import value
from shared.model.business import Location
from shared.model.customer import Customer
from shared.model.resource import Resource
from shared.model.service import Service
from syncserver.store.rows import entities

MOST: Final = 200
"""Rows of a kind that are listed; a search finds the others."""


class Kind(StrEnum):
    """What can be archived."""

    CUSTOMER = "customer"
    SERVICE = "service"
    RESOURCE = "resource"
    LOCATION = "location"


Row = Customer | Service | Resource | Location


@value
class Archivable:
    """A kind of row: its class, and the edit that brings one back."""

    cls: type[Row]
    edit: str


ARCHIVABLE: Final[Mapping[Kind, Archivable]] = {
    Kind.CUSTOMER: Archivable(cls=Customer, edit="customer.restore"),
    Kind.SERVICE: Archivable(cls=Service, edit="service.update"),
    Kind.RESOURCE: Archivable(cls=Resource, edit="resource.update"),
    Kind.LOCATION: Archivable(cls=Location, edit="location.update"),
}


def archived_rows(connection: Connection, kind: Kind, text: str) -> Sequence[Row]:
    """The archived rows of a kind whose name holds a text, by name, `MOST` at most.

    Customers who were erased, or stand in another's record, are not among them: they cannot be brought back.
    """
    # A name is missing of whoever was erased alone.
    own = "AND name <> '' AND merged_into IS NULL" if kind is Kind.CUSTOMER else ""
    where = f"archived {own} AND strpos(lower(name), lower(%s)) > 0 ORDER BY lower(name), id LIMIT {MOST}"
    return entities(connection, ARCHIVABLE[kind].cls, (where, (text,)))
