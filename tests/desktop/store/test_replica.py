"""The replica: edits, rebase and what a crash leaves of them."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from desktop.store.database import Database, Journal
from desktop.store.people import AnotherBusiness, Person
from desktop.store.replica import Replica
from desktop.store.schema import REPLICA_VERSION
from shared.errors import Code, ProtocolMismatch, Refusal, StorageFault, Unreachable
from shared.model.appointment import Allocation, Appointment, Status
from shared.model.base import Span
from shared.model.customer import Customer
from shared.model.registry import canonical
from shared.protocol.codec import arguments_of
from tests.support.moving_clock import stopped
from tests.support.replicas import (
    FIFTH_TABLES,
    FIRST_TABLES,
    FOURTH_TABLES,
    KEY,
    SEVENTH_INDEXES,
    SIXTH_TABLES,
    THIRD_TABLES,
    contents,
    filled,
    indexes,
    loaded_afresh,
    patch,
    rows_of,
)
from tests.support.salon import ANA, LOCATION, MIRA, OWNER_USER, TEN, Salon, booking_of, made_id, was, wire


@pytest.fixture(autouse=True)
def _a_day_before() -> Iterator[None]:
    with stopped(TEN - timedelta(days=1)):
        yield


@pytest.fixture
def salon() -> Salon:
    return Salon()


@pytest.fixture
def replica(tmp_path: Path, salon: Salon) -> Iterator[Replica]:
    made = filled(tmp_path / "book.db", salon)
    yield made
    made.close()


def edit(replica: Replica, name: str, **args: Any) -> int:
    return replica.edit(name, arguments_of(name, 1, args), label=name).seq


def book(replica: Replica, name: str, **changes: Any) -> int:
    return edit(replica, "appointment.book", **(booking_of(name) | changes))


def decided(salon: Salon, replica: Replica) -> None:
    """Let the authority decide what waits."""
    for waiting in replica.outbox.all():
        salon.send(waiting.name, **waiting.args)


def test_an_edit_is_seen_at_once_and_waits(replica: Replica) -> None:
    assert book(replica, "first") == 1
    assert replica.tx().find(Appointment, made_id("first")) is not None
    assert [(one.seq, one.name, one.subject) for one in replica.outbox.all()] == [
        (1, "appointment.book", made_id("first"))
    ]


@pytest.mark.parametrize(
    ("of", "known"), [("another", "this"), ("", "this"), ("this", ""), ("", "")], ids=["both", "book", "server", "none"]
)
def test_nobody_of_another_business_comes_to_the_book(tmp_path: Path, salon: Salon, of: str, known: str) -> None:
    """The same e-mail with another user's id: no business gives its people others."""
    with closing(filled(tmp_path / "book.db", salon)) as book:
        book.identify(book.identity(), login="ana", business=known)
        before = (book.meta.all(), book.database.rows("SELECT * FROM person"))
        theirs = replace(book.identity(), device=made_id("another"), user_id=made_id("another ana"))
        with pytest.raises(AnotherBusiness):
            book.identify(theirs, login="ana", business=of)
        assert (book.meta.all(), book.database.rows("SELECT * FROM person")) == before


def test_people_of_one_business_come_to_its_book(tmp_path: Path, salon: Salon) -> None:
    with closing(filled(tmp_path / "book.db", salon)) as book:
        book.identify(book.identity(), login="ana", business="this")
        for business in ("this", ""):
            ben = replace(book.identity(), user_id=made_id("ben"), user_name="Ben")
            book.identify(ben, login="ben", business=business)
            assert book.identity() == ben


def test_a_refused_edit_leaves_nothing_behind(replica: Replica) -> None:
    before = contents(replica)
    with pytest.raises(Refusal):
        book(replica, "first", segments=[{"service_id": None, "resources": [made_id("nobody")], "minutes": 30}])
    assert contents(replica) == before
    assert replica.outbox.count() == 0
    assert book(replica, "second") == 1


def test_what_an_edit_changes_is_read_for_the_rules_and_to_be_kept_and_no_third_time(replica: Replica) -> None:
    book(replica, "first")
    read: list[str] = []
    replica.database.connection.set_trace_callback(read.append)
    edit(replica, "appointment.confirm", appointment_id=made_id("first"), was=was("booked"))
    replica.database.connection.set_trace_callback(None)
    assert len([one for one in read if " FROM appointment WHERE " in one]) == 2
    # Of what the book knows of itself as well: what stays as it is is not written again.
    assert [one for one in read if "tick_run" in one] == []


def test_edits_are_there_after_a_restart(tmp_path: Path, salon: Salon) -> None:
    first = filled(tmp_path / "again.db", salon)
    book(first, "first")
    first.close()
    second = Replica(tmp_path / "again.db", KEY)
    assert second.outbox.count() == 1
    assert second.tx().find(Appointment, made_id("first")) is not None
    assert book(second, "other", start=wire(TEN + timedelta(hours=2))) == 2
    second.close()


def test_a_patch_that_acknowledges_takes_the_edit_out_of_the_queue(replica: Replica, salon: Salon) -> None:
    book(replica, "first")
    decided(salon, replica)
    replica.apply_lines(patch(2, *salon.tx.rows.values(), last_seq=1, of=replica))
    assert replica.outbox.count() == 0
    assert replica.database.rows("SELECT * FROM base") == []
    assert replica.database.rows("SELECT seq, outcome FROM sent") == [(1, "applied")]


def test_a_lost_slot_goes_back_to_what_the_server_has(replica: Replica, salon: Salon) -> None:
    book(replica, "mine")
    salon.book("theirs")
    salon.book("mine")
    replica.apply_lines(patch(2, *salon.tx.rows.values(), last_seq=1, of=replica))
    assert replica.tx().find(Appointment, made_id("mine")) is None
    assert held(replica) == [made_id("theirs")]


def held(replica: Replica) -> list[str]:
    span = Span(TEN, TEN + timedelta(hours=1))
    return [one.appointment_id for one in replica.tx().overlapping([ANA.id], span)]


def test_a_queued_edit_that_is_refused_now_stays_and_says_so(replica: Replica, salon: Salon) -> None:
    """Replay over the server's patch: the slot went to another desk meanwhile (sync design, rebase)."""
    book(replica, "mine")
    salon.book("theirs")
    replica.apply_lines(patch(2, *salon.tx.rows.values()))
    (waiting,) = replica.outbox.all()
    assert waiting.refused == Code.SLOT_TAKEN
    assert [one["seq"] for one in replica.unsent(10)] == [1]


def test_an_edit_made_while_a_pull_was_under_way_survives_it(replica: Replica, salon: Salon) -> None:
    """P11: an edit between request and reply is not overwritten by the reply."""
    lines = list(patch(2, replace(MIRA, notes="from the server")))
    edit(
        replica, "customer.update", customer_id=MIRA.id, edits=[{"field": "alert", "was": "", "value": "Latex"}]
    )  # fmt: skip
    replica.apply_lines(iter(lines))
    found = replica.tx().find(Customer, MIRA.id)
    assert found is not None
    assert (found.notes, found.alert) == ("from the server", "Latex")


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_a_stream_that_breaks_off_changes_nothing(replica: Replica, salon: Salon, kept: int) -> None:
    """P5: rows and cursor move together or not at all."""
    book(replica, "first")
    before, cursor = contents(replica), replica.meta.get("cursor")
    lines = [*rows_of([replace(MIRA, name="Other")]), {"kind": "removals", "table": "customer", "ids": [MIRA.id]}]
    with pytest.raises(Unreachable):
        replica.apply_lines(iter(lines[:kept]))
    assert contents(replica) == before
    assert replica.meta.get("cursor") == cursor
    assert replica.outbox.count() == 1


def test_a_rejected_removal_comes_back(replica: Replica, salon: Salon) -> None:
    """P14: a cancelled appointment gets its allocation back when the server did not cancel it."""
    salon.book("first")
    replica.apply_lines(patch(2, *salon.tx.rows.values()))
    edit(replica, "appointment.cancel", appointment_id=made_id("first"), was=was("booked"))
    assert held(replica) == []
    replica.apply_lines(patch(3, last_seq=1, of=replica))
    assert held(replica) == [made_id("first")]
    found = replica.tx().find(Appointment, made_id("first"))
    assert found is not None
    assert found.status is Status.BOOKED


def test_rows_created_and_removed_in_one_patch_are_gone(replica: Replica, salon: Salon) -> None:
    """P13: update and removal of one row inside one patch."""
    salon.book("first")
    (held,) = salon.tx.all(Allocation)
    lines = patch(2, held, gone={"allocation": [held.id]})
    replica.apply_lines(lines)
    assert replica.tx().find(Allocation, held.id) is None


def test_the_file_is_encrypted(tmp_path: Path, salon: Salon) -> None:
    path = tmp_path / "secret.db"
    replica = filled(path, salon)
    book(replica, "first", notes="Zanzibar")
    files = [path, Path(f"{path}-wal")]
    assert files[1].exists()
    for word in (b"Mira", b"1234567", b"Zanzibar", b"Salon", b"appointment"):
        assert all(word not in file.read_bytes() for file in files if file.exists())
    replica.close()
    assert not path.read_bytes().startswith(b"SQLite format 3")


@pytest.mark.parametrize("journal", ["WAL", "DELETE"])
def test_what_is_saved_is_on_the_disk_before_anybody_is_told(tmp_path: Path, journal: Journal) -> None:
    """2 is FULL: with less, a power cut takes back what was pushed, and its numbers are given once more."""
    with closing(Database(tmp_path / "book.db", KEY, journal=journal)) as database:
        assert database.row("PRAGMA synchronous") == (2,)
        assert database.row("PRAGMA journal_mode") == (journal.lower(),)


def test_another_key_does_not_open_it(tmp_path: Path, salon: Salon) -> None:
    filled(tmp_path / "book.db", salon).close()
    with pytest.raises(StorageFault, match="cannot be opened with the key"):
        Replica(tmp_path / "book.db", bytes(32))


def test_a_file_of_a_newer_version_is_refused_politely(tmp_path: Path, salon: Salon) -> None:
    replica = filled(tmp_path / "book.db", salon)
    with replica.database.transaction():
        replica.meta.set("replica_version", "99")
    replica.close()
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(ProtocolMismatch, match="newer version"):
        Replica(tmp_path / "book.db", KEY)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.mark.parametrize("of", [FIRST_TABLES, THIRD_TABLES, FOURTH_TABLES, FIFTH_TABLES, SIXTH_TABLES, SEVENTH_INDEXES])
def test_a_file_of_an_earlier_version_is_given_every_index(tmp_path: Path, salon: Salon, of: tuple[str, ...]) -> None:
    first = filled(tmp_path / "book.db", salon)
    made = indexes(first)
    for statement in of:
        first.database.run(statement)
    assert indexes(first) != made
    first.close()
    second = Replica(tmp_path / "book.db", KEY)
    assert indexes(second) == made
    assert second.meta.get("replica_version") == str(REPLICA_VERSION)
    assert book(second, "first") == 1
    second.close()


@pytest.mark.parametrize(
    "entered", [{"notes": "x" * 4001}, {"notes": "a\0b"}, {"notes": "\ud800"}, {"override": "x" * 201}]
)
def test_what_no_server_takes_is_refused_before_it_is_queued(replica: Replica, entered: dict[str, str]) -> None:
    """P8: one edit that the server answers 422 would hold up every later one of this desk."""
    args = replace(arguments_of("appointment.book", 1, booking_of("first")), **entered)
    with pytest.raises(Refusal) as refused:
        replica.edit("appointment.book", args)
    assert refused.value.code is Code.INVALID
    assert replica.outbox.count() == 0
    assert book(replica, "second") == 1


@pytest.mark.parametrize("args", ['{"appointment_id":5}', '{"new_name":1}'])
def test_a_queued_edit_that_cannot_be_read_holds_up_no_pull(replica: Replica, salon: Salon, args: str) -> None:
    book(replica, "mine")
    replica.database.run("UPDATE outbox SET args = ?", (args,))
    replica.apply_lines(patch(2, *salon.tx.rows.values()))
    (waiting,) = replica.outbox.all()
    assert waiting.refused == Code.INVALID
    assert replica.meta.get("version") == "2"


def test_a_queued_edit_whose_row_no_file_can_hold_holds_up_no_pull(replica: Replica, salon: Salon) -> None:
    book(replica, "mine")
    book(replica, "later", start=wire(TEN + timedelta(hours=2)))
    args = {"resource_id": made_id("far"), "location_id": LOCATION.id, "kind": "ROOM", "name": "Far", "position": 2**63}
    replica.database.run(
        "UPDATE outbox SET name = 'resource.create', args = ?, user_id = ? WHERE seq = 1", (canonical(args), OWNER_USER)
    )
    owner = Person(user_id=OWNER_USER, login="", name="Olga", role="TENANT_OWNER", session=made_id("hers"))
    replica.people.note(owner)
    replica.apply_lines(patch(2, *salon.tx.rows.values()))
    assert [waiting.refused for waiting in replica.outbox.all()] == [Code.INVALID, None]
    assert replica.tx().find(Appointment, made_id("later")) is not None
    assert replica.tx().find(Appointment, made_id("mine")) is None


def test_what_comes_into_a_book_that_is_not_loaded_yet_is_replayed_once_it_is(
    tmp_path: Path, replica: Replica, salon: Salon, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody's other book is gathered at the sign-in that makes them a new one."""
    book(replica, "first")
    fresh = filled(tmp_path / "new.db", salon, with_rows=False)
    fresh.take_in(replica.outbox.all())
    assert [one.refused for one in fresh.outbox.all()] == [None]
    assert not caplog.records
    loaded_afresh(fresh, *salon.tx.rows.values())
    assert fresh.tx().find(Appointment, made_id("first")) is not None
    assert [one.refused for one in fresh.outbox.all()] == [None]
    fresh.close()
