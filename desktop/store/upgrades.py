"""Brings the tables that syncing keeps beside the book from one version of the app to the next."""

from collections.abc import Mapping, Sequence
from typing import Final

from desktop.store.database import Database

UPGRADES: Final[Mapping[int, Sequence[str]]] = {
    # What was sent is offered again to a server that has lost it: as its author made it, and when.
    3: (
        "ALTER TABLE outbox ADD COLUMN was_version INTEGER",
        "ALTER TABLE sent RENAME TO sent_before",
        """CREATE TABLE sent (
            id TEXT PRIMARY KEY, seq INTEGER, name TEXT, v INTEGER, args TEXT, author TEXT, user_id TEXT, lease TEXT,
            elapsed INTEGER, made_at TEXT, label TEXT, subject TEXT, outcome TEXT, version INTEGER, at TEXT
        )""",
        """INSERT INTO sent
            SELECT id, seq, name, v, args, coalesce((SELECT value FROM meta WHERE name = 'session'), ''),
                coalesce((SELECT value FROM meta WHERE name = 'user_id'), ''), '', 0, at, '', '', outcome, version, at
            FROM sent_before ORDER BY seq""",
        "DROP TABLE sent_before",
    ),
    # Whoever had the file alone is the first of those who share it; who that is by their login, the next start says.
    4: (
        """INSERT INTO person (user_id, login, name, role, session)
            SELECT id.value, '', name.value, role.value, session.value
            FROM meta AS id, meta AS name, meta AS role, meta AS session
            WHERE (id.name, name.name, role.name, session.name) = ('user_id', 'user_name', 'role', 'session')""",
    ),
    # Who lists a day asks for every request to come: without it for every visit to come.
    5: ("CREATE INDEX IF NOT EXISTS appointment_requested ON appointment (starts_at) WHERE status = 'requested'",),
    # What an undo takes back: where that came to nothing at the server, so does the undo.
    6: (
        "ALTER TABLE outbox ADD COLUMN undoes TEXT",
        "ALTER TABLE sent ADD COLUMN undoes TEXT",
        "ALTER TABLE sent ADD COLUMN already INTEGER",
    ),
    # What had come to nothing is handed in as that to a server that has lost it.
    7: (
        "ALTER TABLE outbox ADD COLUMN was_outcome TEXT",
        "ALTER TABLE outbox ADD COLUMN was_code TEXT",
        "ALTER TABLE sent ADD COLUMN code TEXT",
    ),
    # Nothing goes through all that is over, that waits, or that an import can take back, for the few rows that it asks
    # for. In the place of a damaged book a new one has the indexes of entities already.
    8: (
        "DROP INDEX IF EXISTS time_block_by_resource",
        "CREATE INDEX IF NOT EXISTS time_block_by_end ON time_block (resource_id, ends_at, starts_at)",
        "CREATE INDEX IF NOT EXISTS attention_item_by_subject ON attention_item (subject_id)",
        "CREATE INDEX outbox_by_subject ON outbox (subject)",
        "CREATE INDEX outbox_refused ON outbox (seq) WHERE refused IS NOT NULL",
        "CREATE INDEX sent_by_time ON sent (at)",
        "CREATE INDEX undo_by_turn ON undo (user_id, undone, step, place)",
        "CREATE INDEX undo_by_mutation ON undo (made)",
        "CREATE INDEX undo_of_several ON undo (user_id) WHERE instr(made, ',') > 0",
    ),
}
"""The statements that change what an earlier version had made, for each version that does."""


def rebuild(database: Database, version: int) -> None:
    """Change the tables of a version into those of the newest one, within a transaction."""
    for newer in sorted(one for one in UPGRADES if one > version):
        for statement in UPGRADES[newer]:
            database.run(statement)
