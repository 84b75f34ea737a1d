"""What a pull reads: rows as PostgreSQL writes them on the wire, never as objects."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection

from shared.model.base import value
from syncserver.store.pushes import Person, person_of
from syncserver.store.rows import row_json
from syncserver.store.statements import array_text, ask
from syncserver.store.terms import Terms, terms_of

PAGE: Final = 2000
"""Rows of one line."""


@value
class Snapshot:
    """Where tenant, session and replica stand in the snapshot that a pull reads."""

    version: int
    terms: Terms
    person: Person | None
    device_id: str | None
    """The device of the replica; None where there is no such replica."""
    schema: int
    last_seq: int
    floor: int
    """The version below which a difference cannot be told any more."""
    seen_at: datetime | None
    """When the replica was last known to be in use; None where nobody noted it."""
    retired: bool
    recovering_until: datetime | None


@value
class Page:
    """Some rows of a table: the inside of a JSON array of arrays, and the id of the last of them."""

    json: str
    last: str


_SNAPSHOT: Final = """
SELECT session.id, session.user_id, session.device_id, session.ended_at IS NULL, member.role, member.name,
    member.active, clock.version, tenant_state.state, tenant_state.tier, replica.device_id, replica.schema,
    replica.last_seq, tenant_state.sync_floor, replica.seen_at, replica.retired_at IS NOT NULL,
    tenant_state.recovering_until
FROM clock CROSS JOIN tenant_state
LEFT JOIN session ON session.id = %s::uuid LEFT JOIN member ON member.id = session.user_id
LEFT JOIN replica ON replica.id = %s::uuid
WHERE set_config('enable_seqscan', 'off', true) <> ''
"""
# What is new is found by its version, whatever the planner takes for the size of a book that it has not looked at yet:
# OFFSET 0 keeps all other conditions, and their index, out of it.
_NEW: Final = "(SELECT table_name, pk, op FROM sync_row WHERE version > %s OFFSET 0) new"
_CHANGED: Final = f"""
SELECT table_name, op, count(*) FROM {_NEW} WHERE table_name = ANY(%s::text[]) GROUP BY table_name, op
"""
_REMOVED: Final = f"""
SELECT json_agg(pk)::text FROM {_NEW} WHERE table_name = %s AND op = 'remove'
"""
_OUTCOMES: Final = """
SELECT seq, id, outcome, version, details::text FROM outcome WHERE replica_id = %s::uuid AND seq > %s ORDER BY seq
"""
_KEPT: Final = "SELECT 1 FROM outcome WHERE replica_id = %s::uuid AND seq <= %s LIMIT 1"
NO_KEY: Final = "00000000-0000-0000-0000-000000000000"
"""The id before all others."""


def snapshot(connection: Connection, session: str, replica: str) -> Snapshot:
    """Everything that decides what may be pulled; from here on the transaction reads by indexes where there are any."""
    (row,) = ask(connection, _SNAPSHOT, session, replica)
    person, (version, state, tier, device, schema, last_seq, floor, seen_at, retired, recovering) = row[:7], row[7:]
    return Snapshot(
        version=version,
        terms=terms_of(state, tier),
        person=None if person[4] is None else person_of(person),
        device_id=device,
        schema=schema or 0,
        last_seq=last_seq or 0,
        floor=floor,
        seen_at=seen_at,
        retired=retired,
        recovering_until=recovering,
    )


def count_all(connection: Connection, tables: Sequence[str], beyond: str) -> dict[str, int]:
    """Rows of each table, of the first one those beyond an id."""
    counts = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in tables[1:])
    first = f"SELECT '{tables[0]}', count(*) FROM {tables[0]} WHERE id > %s::uuid"
    return dict(ask(connection, f"{first} UNION ALL {counts}" if counts else first, beyond))


def count_changed(connection: Connection, tables: Sequence[str], after: int) -> tuple[dict[str, int], dict[str, int]]:
    """Rows of each table that were put, and that were removed, since a version; tables without any are left out."""
    put: dict[str, int] = {}
    removed: dict[str, int] = {}
    for table, op, count in ask(connection, _CHANGED, after, array_text(tables)):
        (put if op == "put" else removed)[table] = count
    return put, removed


def all_rows(connection: Connection, table: str, beyond: str) -> Iterator[Page]:
    """Every row of a table beyond an id, in the order of its key."""
    return _pages(connection, _all(table), beyond=beyond)


def changed_rows(connection: Connection, table: str, after: int, count: int) -> Iterator[Page]:
    """The rows of a table that were put since a version, as they are now; `count` is how many that are."""
    # The pages of a long difference are found by their order: each would look through all that is new.
    return _pages(connection, _newest(table) if count <= PAGE else _changed(table), after)


def rows_between(connection: Connection, table: str, start: str | None, before: str | None) -> Iterator[Page]:
    """The rows of a table from an id up to another that is not among them; without either from or to the end."""
    return _pages(connection, _between(table), start or NO_KEY, before, before)


def removed_ids(connection: Connection, table: str, after: int) -> str:
    """The JSON array of the ids that were removed since a version."""
    ((ids,),) = ask(connection, _REMOVED, after, table)
    return str(ids)


def outcomes(connection: Connection, replica: str, after: int) -> list[dict[str, Any]]:
    """What became of a replica's mutations beyond a seq."""
    rows = ask(connection, _OUTCOMES, replica, after)
    return [
        {"seq": seq, "id": told, "outcome": outcome, "version": version, **orjson.loads(details)}
        for seq, told, outcome, version, details in rows
    ]


def has_outcomes(connection: Connection, replica: str, up_to: int) -> bool:
    """Whether outcomes are kept that the replica has stored by now."""
    return bool(ask(connection, _KEPT, replica, up_to))


def _pages(connection: Connection, sql: str, *given: Any, beyond: str = NO_KEY) -> Iterator[Page]:
    # By key and not by a cursor: a page is a short statement whose memory ends with it.
    last = beyond
    while True:
        ((rows, count, last),) = ask(connection, sql, *given, last)
        if count:
            yield Page(json=rows, last=last)
        if count < PAGE:
            return


def _all(table: str) -> str:
    return f"""
        SELECT string_agg({row_json(table, "held")}::text, ','), count(*), max(held.id::text COLLATE "C")
        FROM (SELECT * FROM {table} WHERE id > %s::uuid ORDER BY id LIMIT {PAGE}) held
    """


def _newest(table: str) -> str:
    return f"""
        SELECT string_agg({row_json(table, "held")}::text, ','), count(*), max(held.id::text COLLATE "C")
        FROM (
            SELECT pk FROM {_NEW} WHERE table_name = '{table}' AND op = 'put' AND pk > %s::uuid ORDER BY pk LIMIT {PAGE}
        ) newest
        CROSS JOIN LATERAL (SELECT * FROM {table} WHERE id = newest.pk OFFSET 0) held
    """


def _changed(table: str) -> str:
    return f"""
        SELECT string_agg({row_json(table, "held")}::text, ','), count(*), max(held.id::text COLLATE "C")
        FROM (
            SELECT {table}.* FROM sync_row JOIN {table} ON {table}.id = sync_row.pk
            WHERE sync_row.table_name = '{table}' AND sync_row.op = 'put' AND sync_row.version > %s
                AND sync_row.pk > %s::uuid
            ORDER BY sync_row.pk LIMIT {PAGE}
        ) held
    """


def _between(table: str) -> str:
    return f"""
        SELECT string_agg({row_json(table, "held")}::text, ','), count(*), max(held.id::text COLLATE "C")
        FROM (
            SELECT * FROM {table} WHERE id >= %s::uuid AND (%s::uuid IS NULL OR id < %s::uuid)
                AND id > %s::uuid ORDER BY id LIMIT {PAGE}
        ) held
    """
