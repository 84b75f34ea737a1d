"""A look through a tenant's whole history for whatever names somebody, before the tenant's clock is taken."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection, Engine, text

from syncserver.store.looked import IDS_IN, SAID, Looked, Place, newest_version, pieces
from syncserver.store.statements import array_text
from syncserver.store.tenancy import Tenant, tenant_transaction
from syncserver.store.traces import NOWHERE, Traces, ids_of_days

_FEW: Final = 200
"""Versions since a look that are few enough to be looked at under the clock."""
_ROUNDS: Final = 12
"""Each finds what the one before named: a visit, what was said of it, what was decided about that."""
_NAMED: Final = text(
    f"""
    SELECT version, ordinal FROM mutation_log
    WHERE version > :after AND version <= :upto AND {IDS_IN.format(SAID)} && CAST(:ids AS uuid[])
    """
)

Find = Callable[[Connection, Looked], Traces]
"""The rows about somebody, in a tenant's transaction, with the help of what was looked at."""


def look_through(engine: Engine, tenant: Tenant, find: Find, before: Looked | None = None) -> Looked:
    """Look until nothing new is found, and little was logged since; `before` is what an earlier look has found.

    It takes as long as the history is, in pieces, and nobody waits for it.
    """
    looked, nowhere, days = before or Looked(version=0), _Nowhere(engine, tenant), dict[tuple[str, str], set[str]]()
    for _ in range(_ROUNDS):
        with tenant_transaction(engine, tenant, read_only=True) as connection:
            newest = newest_version(connection)
            # As if nothing had come after it: what has is looked at below.
            traces = find(connection, replace(looked, version=newest, items=None))
        known, looked = looked.ids, replace(looked, items=frozenset(traces.items))
        new, rules = frozenset(traces.all) - known, [one for one in traces.rules if one not in days]
        if not new and not rules and newest - looked.version <= _FEW:
            break
        days |= {one: set(ids_of_days(*one)) for one in rules}
        dates = nowhere.upto(newest) & set().union(*days.values()) if days else set[str]()
        # Looked for in the same pass: each is as long as the history.
        new |= dates - known
        places = {
            *_places(engine, tenant, new, (0, looked.version)),
            *_places(engine, tenant, new | known, (looked.version, newest)),
        }
        looked = replace(
            looked, version=newest, ids=known | new, places=looked.places | places, dates=looked.dates | dates
        )
    return looked


class _Nowhere:
    """What edits are about that was never made, gathered once."""

    def __init__(self, engine: Engine, tenant: Tenant) -> None:
        self._engine, self._tenant = engine, tenant
        self._found = set[str]()
        self._version = 0

    def upto(self, version: int) -> set[str]:
        for connection, piece in pieces(self._engine, self._tenant, (self._version, version)):
            self._found.update(connection.execute(NOWHERE, piece).scalars())
        self._version = version
        return self._found


def _places(engine: Engine, tenant: Tenant, ids: frozenset[str], span: tuple[int, int]) -> set[Place]:
    if not ids:
        return set()
    named = {"ids": array_text(sorted(ids))}
    return {
        (version, ordinal)
        for connection, piece in pieces(engine, tenant, span)
        for version, ordinal in connection.execute(_NAMED, {**named, **piece})
    }
