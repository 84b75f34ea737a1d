"""Which version the replica's tables have, and their indexes."""

from typing import Final

from desktop.store.database import Database
from shared.errors import ProtocolMismatch
from shared.model.registry import SCHEMA_VERSION

REPLICA_VERSION: Final = 8
"""Counts up with every change of the tables that syncing keeps; those of the entities follow SCHEMA_VERSION."""

INDEXES: Final = (
    "CREATE INDEX allocation_by_resource ON allocation (resource_id, starts_at)",
    "CREATE INDEX allocation_by_appointment ON allocation (appointment_id)",
    "CREATE INDEX appointment_by_start ON appointment (starts_at, status)",
    "CREATE INDEX appointment_requested ON appointment (starts_at) WHERE status = 'requested'",
    "CREATE INDEX appointment_by_customer ON appointment (customer_id, starts_at)",
    "CREATE INDEX customer_by_archived ON customer (archived)",
    # By its end: what is over is not read. With its start: what is to come is passed over without a look at its row.
    "CREATE INDEX time_block_by_end ON time_block (resource_id, ends_at, starts_at)",
    "CREATE INDEX hours_rule_by_owner ON hours_rule (owner_id)",
    "CREATE INDEX hours_exception_by_owner ON hours_exception (owner_id, day)",
    "CREATE INDEX attention_item_by_state ON attention_item (state)",
    "CREATE INDEX attention_item_by_subject ON attention_item (subject_id)",
    "CREATE INDEX appointment_by_series ON appointment (series_id) WHERE series_id IS NOT NULL",
    "CREATE INDEX payment_by_appointment ON payment (appointment_id)",
    "CREATE INDEX payment_by_time ON payment (at)",
    "CREATE INDEX payment_by_customer ON payment (customer_id)",
    "CREATE INDEX waitlist_entry_by_state ON waitlist_entry (state)",
    "CREATE INDEX note_by_subject ON note (subject_id, at)",
)
"""Secondary indexes of entities; a load makes them last."""

INDEXES_BESIDE: Final = (
    "CREATE INDEX outbox_by_subject ON outbox (subject)",
    "CREATE INDEX outbox_refused ON outbox (seq) WHERE refused IS NOT NULL",
    "CREATE INDEX sent_by_time ON sent (at)",
    "CREATE INDEX undo_by_turn ON undo (user_id, undone, step, place)",
    "CREATE INDEX undo_by_mutation ON undo (made)",
    # Few: what is turned by several edits, once it was.
    "CREATE INDEX undo_of_several ON undo (user_id) WHERE instr(made, ',') > 0",
)
"""Those of the tables that syncing keeps."""


def prepare(database: Database) -> None:
    """Make the tables of a new file, or bring those of an old one up to date, all at once or not at all.

    Raises ProtocolMismatch for a file that a newer version of the app has written, and leaves that as it is.
    """
    row = database.row("SELECT name FROM sqlite_master WHERE name = 'meta'")
    if row is None:
        with database.transaction():
            create_tables(database)
            create_indexes(database)
        return
    version = int((database.row("SELECT value FROM meta WHERE name = 'replica_version'") or ("0",))[0])
    if version > REPLICA_VERSION or entity_schema(database) > SCHEMA_VERSION:
        raise ProtocolMismatch("The book on this computer was written by a newer version of SmoothSchedule.")
    if version < REPLICA_VERSION:
        with database.transaction():
            bring_up(database, version)
            database.run("UPDATE meta SET value = ? WHERE name = 'replica_version'", (str(REPLICA_VERSION),))
    if entity_schema(database) < SCHEMA_VERSION:
        _adopt_columns(database)


def bring_up(database: Database, version: int) -> None:
    """Make of the tables that syncing keeps, as a version had them, those of this one; within a transaction."""
    # Once after an upgrade of the app.
    from desktop.store.tables import upgrade
    from desktop.store.upgrades import rebuild

    upgrade(database)
    rebuild(database, version)


def _adopt_columns(database: Database) -> None:
    """Give the tables of entities this version's columns, and ask the server for everything once more."""
    from desktop.store.reshape import reshape

    with database.transaction():
        for (index,) in database.rows("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"):
            database.run(f'DROP INDEX "{index}"')
        reshape(database)
        create_indexes(database)
        # A view has another name in each version of the columns.
        database.run("DELETE FROM meta WHERE name IN ('cursor', 'view')")
        database.run("UPDATE meta SET value = ? WHERE name = 'schema'", (str(SCHEMA_VERSION),))


def create_tables(database: Database) -> None:
    """Make the tables of an empty file, without their secondary indexes."""
    # Once in a book's life: no other start waits for what makes tables.
    from desktop.store.tables import create

    create(database)
    database.run_many(
        "INSERT INTO meta VALUES (?, ?)",
        [("replica_version", str(REPLICA_VERSION)), ("schema", str(SCHEMA_VERSION)), ("next_seq", "1")],
    )


def entity_schema(database: Database) -> int:
    """The version of the entities' columns in the file."""
    return int((database.row("SELECT value FROM meta WHERE name = 'schema'") or ("0",))[0])


def create_indexes(database: Database) -> None:
    """Make every secondary index."""
    for statement in (*INDEXES, *INDEXES_BESIDE):
        database.run(statement)
