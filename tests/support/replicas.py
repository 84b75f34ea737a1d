"""Replicas of the small salon, filled as a first sync fills them, with a tail to acknowledge edits."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from desktop.store.base import Touched
from desktop.store.meta import Identity
from desktop.store.replica import Replica
from shared.model.registry import ENTITIES, Entity, type_of
from tests.support.salon import STAFF_USER, Salon, made_id

KEY = bytes(range(32))
Lines = list[dict[str, Any]]


def rows_of(entities: Sequence[Entity]) -> Lines:
    """The lines that carry these rows."""
    by_table: dict[str, list[list[Any]]] = {}
    for entity in entities:
        kind = type_of(entity)
        by_table.setdefault(kind.table, []).append(kind.encode(entity))
    return [
        {"kind": "rows", "table": table, "columns": list(ENTITIES[table].names), "rows": rows}
        for table, rows in by_table.items()
    ]


def tail(version: int, last_seq: int = 0, decided: Mapping[int, str] | None = None) -> dict[str, Any]:
    """The last line of a patch; `decided` are the ids of applied edits by their numbers."""
    listed = [{"seq": seq, "id": mutation, "outcome": "applied"} for seq, mutation in (decided or {}).items()]
    return {
        "kind": "tail",
        "cursor": f"cursor-{version}",
        "version": version,
        "last_seq": last_seq,
        "outcomes": listed,
        "counts": {},
    }


def patch(
    version: int,
    *entities: Entity,
    last_seq: int = 0,
    gone: Mapping[str, Sequence[str]] | None = None,
    of: Replica | None = None,
) -> Iterator[dict[str, Any]]:
    """A whole patch; up to `last_seq` it acknowledges what waits in the replica `of`."""
    removals = [{"kind": "removals", "table": table, "ids": list(ids)} for table, ids in (gone or {}).items()]
    decided = {} if of is None else dict(of.outbox.numbers(last_seq))
    return iter([{"kind": "head", "counts": {}}, *rows_of(entities), *removals, tail(version, last_seq, decided)])


def filled(path: Path | None, salon: Salon, *, with_rows: bool = True) -> Replica:
    """A replica of the salon after its first sync, or before it, with Ana at the desk."""
    replica = Replica(path, KEY)
    replica.identify(
        Identity(
            replica=made_id("replica"),
            device=made_id("device"),
            tenant="salon",
            session=made_id("session"),
            user_id=STAFF_USER,
            user_name="Ana",
            role="TENANT_STAFF",
        )
    )
    if with_rows:
        replica.apply_lines(patch(1, *salon.tx.rows.values()))
    return replica


def loaded_afresh(replica: Replica, *entities: Entity, version: int = 9, last_seq: int = 0) -> Touched:
    """The replica after a load of all that the server has, and the closing difference, which is empty."""
    rows = [{**line, "resume": f"after {number}"} for number, line in enumerate(rows_of(entities))]
    counts = {line["table"]: len(line["rows"]) for line in rows}
    load = replica.load()
    load.take(iter([{"kind": "head", "view": "v", "counts": counts}, *rows, tail(version)]), progress=lambda *_: None)
    load.catch_up(patch(version, last_seq=last_seq, of=replica))
    return replica.take_over(load)


def changed_rows(replica: Replica, table: str) -> frozenset[str]:
    """Every row that stands otherwise here than on the server, because an edit waits."""
    return frozenset(row[0] for row in replica.database.rows("SELECT row_id FROM base WHERE table_name = ?", (table,)))


def indexes(replica: Replica) -> list[tuple[str, str]]:
    """Every secondary index of the file: its name, and how it was made."""
    made = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql > '' ORDER BY name"
    return [(name, sql) for name, sql in replica.database.rows(made)]


def contents(replica: Replica) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every entity as it stands in the file."""
    return {table: replica.database.rows(f"SELECT * FROM {table} ORDER BY id") for table in ENTITIES}


SEVENTH_INDEXES = (
    "DROP INDEX time_block_by_end",
    "DROP INDEX attention_item_by_subject",
    "DROP INDEX outbox_by_subject",
    "DROP INDEX outbox_refused",
    "DROP INDEX sent_by_time",
    "DROP INDEX undo_by_turn",
    "DROP INDEX undo_by_mutation",
    "DROP INDEX undo_of_several",
    "CREATE INDEX time_block_by_resource ON time_block (resource_id, starts_at)",
    "UPDATE meta SET value = '7' WHERE name = 'replica_version'",
)
"""Makes the indexes of a fresh file those of the seventh version of its format."""

SIXTH_TABLES = (
    *SEVENTH_INDEXES,
    "ALTER TABLE outbox DROP COLUMN was_outcome",
    "ALTER TABLE outbox DROP COLUMN was_code",
    "ALTER TABLE sent DROP COLUMN code",
    "UPDATE meta SET value = '6' WHERE name = 'replica_version'",
)
"""Makes the tables beside the book of a fresh file those of the sixth version of its format, and so on."""

FIFTH_TABLES = (
    *SIXTH_TABLES,
    "ALTER TABLE outbox DROP COLUMN undoes",
    "ALTER TABLE sent DROP COLUMN undoes",
    "ALTER TABLE sent DROP COLUMN already",
    "UPDATE meta SET value = '5' WHERE name = 'replica_version'",
)
FOURTH_TABLES = (
    *FIFTH_TABLES,
    "DROP INDEX appointment_requested",
    "UPDATE meta SET value = '4' WHERE name = 'replica_version'",
)
THIRD_TABLES = (
    *FOURTH_TABLES,
    "DROP TABLE person",
    "DROP TABLE leaving",
    "UPDATE meta SET value = '3' WHERE name = 'replica_version'",
)
FIRST_TABLES = (
    *SEVENTH_INDEXES,
    "DROP INDEX appointment_requested",
    "DROP TABLE undo",
    "DROP TABLE outbox",
    "DROP TABLE sent",
    """CREATE TABLE outbox (seq INTEGER PRIMARY KEY, id TEXT, name TEXT, v INTEGER, args TEXT, author TEXT,
        user_id TEXT, lease TEXT, elapsed INTEGER, at TEXT, label TEXT, subject TEXT, refused TEXT, details TEXT)""",
    """CREATE TABLE sent (seq INTEGER PRIMARY KEY, id TEXT, name TEXT, v INTEGER, args TEXT, outcome TEXT,
        version INTEGER, at TEXT)""",
    "DROP TABLE person",
    "DROP TABLE leaving",
    "UPDATE meta SET value = '1' WHERE name = 'replica_version'",
)
"""Makes the tables beside the book of a fresh file those of the first version of the app."""
