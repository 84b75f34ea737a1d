"""A file that an older version of the app wrote gets this version's columns, and keeps all that waits."""

from pathlib import Path

import pytest

from desktop.store.replica import Replica
from shared.model.attention import AttentionItem
from shared.model.note import Note
from shared.model.registry import SCHEMA_VERSION
from shared.mutations.note import Add
from shared.protocol.codec import arguments_of
from tests.support.replicas import KEY, contents, filled, loaded_afresh
from tests.support.salon import MIRA, Salon, booking_of, made_id


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A file as schema 1 had it, with an open item and an edit that waits."""
    salon = Salon()
    salon.book("first")
    salon.book("lost")
    path = tmp_path / "book.db"
    replica = filled(path, salon)
    replica.edit("appointment.book", arguments_of("appointment.book", 1, booking_of("mine") | {"start": LATER}))
    database = replica.database
    names = [name for name in AttentionItem.__dataclass_fields__ if name != "also_about"]
    columns = ", ".join(f"{name} {'TEXT PRIMARY KEY' if name == 'id' else 'TEXT'}" for name in names)
    database.run("DROP INDEX attention_item_by_state")
    database.run("DROP INDEX attention_item_by_subject")
    database.run("DROP INDEX note_by_subject")
    database.run("DROP TABLE note")
    database.run("ALTER TABLE attention_item RENAME TO new_item")
    database.run(f"CREATE TABLE attention_item ({columns.replace('author_id TEXT', 'author_id TEXT NOT NULL')})")
    database.run(f"INSERT INTO attention_item SELECT {', '.join(names)} FROM new_item")
    database.run("DROP TABLE new_item")
    database.run("CREATE INDEX attention_item_by_subject ON attention_item (subject_id)")
    replica.meta.set("schema", "1")
    replica.close()
    return path


LATER = "2026-05-05T12:00:00Z"


def test_what_stood_there_is_shown_and_what_waits_goes_on(old: Path) -> None:
    replica = Replica(old, KEY)
    (kept,) = replica.tx().attention_about(made_id("lost"))
    assert kept.also_about == ()
    assert replica.meta.get("schema") == str(SCHEMA_VERSION)
    assert replica.is_usable
    assert [edit.subject for edit in replica.outbox.all()] == [made_id("mine")]
    note = Add(note_id=made_id("note"), about="customer", subject_id=MIRA.id, text="new")  # type: ignore[arg-type]
    replica.edit("note.add", note)
    assert replica.tx().find(Note, made_id("note")) is not None
    replica.close()


def test_everything_is_asked_for_once_more_and_the_edits_stay(old: Path) -> None:
    replica = Replica(old, KEY)
    assert replica.meta.get("cursor") is None
    salon = Salon()
    salon.book("first")
    loaded_afresh(replica, *salon.tx.rows.values(), version=2)
    fresh = filled(None, salon)
    fresh.edit("appointment.book", arguments_of("appointment.book", 1, booking_of("mine") | {"start": LATER}))
    # The steps of the waiting visit have the times of two edits.
    assert {table: len(rows) for table, rows in contents(replica).items()} == {
        table: len(rows) for table, rows in contents(fresh).items()
    }
    assert indexes(replica) == indexes(fresh)
    assert replica.outbox.count() == 1
    replica.close()
    fresh.close()


def indexes(replica: Replica) -> list[str]:
    return sorted(row[0] for row in replica.database.rows("SELECT name FROM sqlite_master WHERE type = 'index'"))
