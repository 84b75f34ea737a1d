"""What a role may hold on a desk, and the hash by which a replica knows that it is still that."""

import hashlib
from functools import cache

from shared.model.member import Role
from shared.model.registry import ENTITIES, SCHEMA_VERSION, canonical
from shared.rules.permissions import Capability, Scope, scope


@cache
def tables_of(role: Role) -> tuple[str, ...]:
    """The tables that a desk of this role holds, in the order in which they are sent; none for whoever has no desk."""
    return tuple(ENTITIES) if scope(role, Capability.SEE_BOOK) is Scope.ALL else ()


@cache
def view_hash(role: Role) -> str:
    """Changes with the tables and columns of the role's view, and with nothing else: equal views share a replica."""
    shape = {"schema": SCHEMA_VERSION, "tables": {table: ENTITIES[table].names for table in tables_of(role)}}
    return hashlib.sha256(canonical(shape).encode()).hexdigest()[:16]
