"""What a desk may hold, and the hash by which a replica knows that it still holds that."""

import hashlib
from collections.abc import Collection
from functools import lru_cache

from shared.model.base import value
from shared.model.member import Role
from shared.model.registry import ENTITIES, SCHEMA_VERSION, canonical
from shared.rules.views import tables_of


@value
class View:
    """The tables of a desk, in the order in which they are sent.

    `hash` changes with the tables and their columns, of which `schema` is the version, and with nothing else: equal
    views share a replica.
    """

    tables: tuple[str, ...]
    schema: int
    hash: str


def view_of(role: Role, features: Collection[str]) -> View:
    """What a role may hold under a plan with these features; no tables for whoever has no desk."""
    return _view(tables_of(role, features))


# Asked at every push and pull, of a few roles and plans.
@lru_cache(maxsize=256)
def _view(tables: tuple[str, ...]) -> View:
    shape = {"schema": SCHEMA_VERSION, "tables": {table: ENTITIES[table].names for table in tables}}
    return View(tables=tables, schema=SCHEMA_VERSION, hash=hashlib.sha256(canonical(shape).encode()).hexdigest()[:16])
