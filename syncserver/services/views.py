"""The hash by which a replica knows that it still holds what its role may hold."""

import hashlib
from functools import cache

from shared.model.member import Role
from shared.model.registry import ENTITIES, SCHEMA_VERSION, canonical
from shared.rules.views import tables_of


def view_hash(role: Role) -> str:
    """Changes with the tables and columns of the role's view, and with nothing else: equal views share a replica."""
    return _hash(tables_of(role))


@cache
def _hash(tables: tuple[str, ...]) -> str:
    shape = {"schema": SCHEMA_VERSION, "tables": {table: ENTITIES[table].names for table in tables}}
    return hashlib.sha256(canonical(shape).encode()).hexdigest()[:16]
