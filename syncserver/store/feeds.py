"""What a pull reads: rows as PostgreSQL writes them on the wire, never as objects."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import orjson
from sqlalchemy import Connection

from shared.model.base import value
from shared.model.registry import ENTITIES
from syncserver.store.pushes import Person, person_of
from syncserver.store.rows import row_json
from syncserver.store.statements import Statement, ask, ask_last
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


@value
class Difference:
    """What is new since a version, of every table that there is: the caller tells what the person may see of it."""

    put: dict[str, int]
    """Rows of each table that were put; tables without any are left out, here and below."""
    pages: dict[str, Page]
    """The first of them, `PAGE` at most."""
    removed: dict[str, str]
    """The JSON array of the ids that were removed from each table."""
    outcomes: list[dict[str, Any]]
    """What became of the replica's mutations beyond a seq."""
    stored: int
    """Outcomes up to that seq that are still kept, though the replica has them; counted up to `MANY`."""


MANY: Final = 100
"""Outcomes that are worth a write by which they go."""
_SNAPSHOT: Final = """
SELECT json_build_array(session.id, session.user_id, session.device_id, session.ended_at IS NULL, member.role,
    member.name, member.active, session.actor_id, clock.version, tenant_state.state, plan.features, replica.device_id,
    replica.schema, replica.last_seq, tenant_state.sync_floor, replica.seen_at, replica.retired_at IS NOT NULL,
    tenant_state.recovering_until, tenant_state.offline_lease)::text
FROM clock CROSS JOIN tenant_state CROSS JOIN plan
LEFT JOIN session ON session.id = %s::uuid LEFT JOIN member ON member.id = session.user_id
LEFT JOIN replica ON replica.id = %s::uuid
"""
# One statement for all of it: a dozen small ones cost more in being sent than in being answered.
_CHANGED: Final = "WITH changed AS MATERIALIZED (SELECT table_name, pk, op FROM sync_row WHERE version > %s::bigint)"
_NEWS: Final = f"""
{_CHANGED}
SELECT 'now' AS kind, NULL AS name, ({_SNAPSHOT}) AS body, 1 AS count
UNION ALL
SELECT 'told', NULL, json_agg(json_build_array(seq, id, outcome, version, details) ORDER BY seq)::text, count(*)
FROM outcome WHERE replica_id = %s::uuid AND seq > %s::bigint
UNION ALL
SELECT 'stored', NULL, NULL, count(*)
FROM (SELECT FROM outcome WHERE replica_id = %s::uuid AND seq <= %s::bigint LIMIT {MANY}) kept
UNION ALL
SELECT 'put', table_name, NULL, count(*) FROM changed WHERE op = 'put' GROUP BY table_name
UNION ALL
SELECT 'removed', table_name, json_agg(pk)::text, count(*) FROM changed WHERE op = 'remove' GROUP BY table_name
"""
# OFFSET 0 keeps the planner from joining a whole table with a list whose length it cannot know.
_PAGES: Final = {
    table: f"""
SELECT '{table}', string_agg(held.line, ','), count(*), max(one.pk::text COLLATE "C")
FROM (SELECT pk FROM changed WHERE table_name = '{table}' AND op = 'put' ORDER BY pk LIMIT {PAGE}) one
CROSS JOIN LATERAL (SELECT {row_json(table)}::text AS line FROM {table} WHERE id = one.pk OFFSET 0) held
"""
    for table in ENTITIES
}
_FEW: Final = 3
"""Tables that have something new, up to which only they are asked: each set of them has a plan of its own."""
NO_KEY: Final = "00000000-0000-0000-0000-000000000000"
"""The id before all others."""


def snapshot(connection: Connection, session: str, replica: str) -> Snapshot:
    """Everything that decides what may be pulled."""
    ((told,),) = ask(connection, _SNAPSHOT, session, replica)
    return _snapshot_of(told)


def difference(
    connection: Connection, session: str, replica: str, *, after: int, last_seq: int, ends: bool = False
) -> tuple[Snapshot, Difference]:
    """Everything that decides what may be pulled, and what is new since a version and a seq.

    First which tables have anything new, then the first page of each: being asked, a table that has nothing takes
    PostgreSQL as long as one that has. Where `ends` is true the transaction ends with that, if it is all there is.
    """
    given = (after, session, replica, replica, last_seq, replica, last_seq)
    found: dict[str, dict[str, tuple[str, int]]] = defaultdict(dict)
    for kind, name, *told in ask(connection, _NEWS, *given):
        found[kind][name or ""] = (told[0], told[1])
    # A newer program may have written rows of tables that this one does not know: nobody here is shown them.
    put = {table: count for table, (_, count) in found["put"].items() if table in ENTITIES}
    pages = dict[str, Page]()
    if put:
        ask_them = ask_last if ends and max(put.values()) <= PAGE else ask
        asked = put if len(put) <= _FEW else ENTITIES
        for table, rows, count, last in ask_them(connection, _first_pages(frozenset(asked)), after):
            if count:
                pages[table] = Page(json=rows, last=last)
    return _snapshot_of(found["now"][""][0]), Difference(
        put=put,
        pages=pages,
        removed={table: ids for table, (ids, _) in found["removed"].items()},
        outcomes=_outcomes(found["told"][""][0]),
        stored=found["stored"][""][1],
    )


@lru_cache(maxsize=128)
def _first_pages(tables: frozenset[str]) -> str:
    return _CHANGED + "UNION ALL".join(page for table, page in _PAGES.items() if table in tables)


def _snapshot_of(told: str) -> Snapshot:
    row = orjson.loads(told)
    person, (version, state, features, device, schema, last_seq, floor, seen_at, retired, recovering, lease) = (
        row[:8], row[8:]
    )  # fmt: skip
    return Snapshot(
        version=version,
        terms=terms_of(state, features, lease),
        person=None if person[4] is None else person_of(person),
        device_id=device,
        schema=schema or 0,
        last_seq=last_seq or 0,
        floor=floor,
        seen_at=None if seen_at is None else datetime.fromisoformat(seen_at),
        retired=retired,
        recovering_until=None if recovering is None else datetime.fromisoformat(recovering),
    )


def _outcomes(told: str | None) -> list[dict[str, Any]]:
    return [
        {"seq": seq, "id": one, "outcome": outcome, "version": version, **details}
        for seq, one, outcome, version, details in (orjson.loads(told) if told else ())
    ]


def count_all(connection: Connection, tables: Sequence[str], beyond: str) -> dict[str, int]:
    """Rows of each table, of the first one those beyond an id."""
    counts = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in tables[1:])
    first = f"SELECT '{tables[0]}', count(*) FROM {tables[0]} WHERE id > %s::uuid"
    return dict(ask(connection, f"{first} UNION ALL {counts}" if counts else first, beyond))


def all_rows(connection: Connection, table: str, beyond: str) -> Iterator[Page]:
    """Every row of a table beyond an id, in the order of its key."""
    return _pages(connection, _all(table), beyond=beyond)


def changed_rows(connection: Connection, table: str, after: int, first: Page, count: int) -> Iterator[Page]:
    """The `count` rows of a table that were put since a version, as they are now, of which the first page is known."""
    yield first
    if count > PAGE:
        yield from _pages(connection, _changed(table), after, beyond=first.last)


def rows_between(connection: Connection, table: str, start: str | None, before: str | None) -> Iterator[Page]:
    """The rows of a table from an id up to another that is not among them; without either from or to the end."""
    return _pages(connection, _between(table), start or NO_KEY, before, before)


def rows_where(connection: Connection, wanted: Mapping[str, Statement], most: int) -> dict[str, Page] | None:
    """The rows of some tables that a condition each holds for, by key; None where those of one are more than `most`.

    Tables without any are left out.
    """
    found = dict[str, Page]()
    given = [one for _, parameters in wanted.values() for one in parameters]
    asked = " UNION ALL ".join(_some(table, condition, most + 1) for table, (condition, _) in wanted.items())
    for table, rows, count, last in ask(connection, asked, *given):
        if count > most:
            return None
        if count:
            found[table] = Page(json=rows, last=last)
    return {table: found[table] for table in wanted if table in found}


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


def _some(table: str, condition: str, limit: int) -> str:
    return f"""
        SELECT '{table}', string_agg({row_json(table, "held")}::text, ','), count(*), max(held.id::text COLLATE "C")
        FROM (SELECT * FROM {table} WHERE {condition} ORDER BY id LIMIT {limit}) held
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
