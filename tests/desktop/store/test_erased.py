"""What a desk kept of somebody is forgotten once they are erased, and nothing that is not about them."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from desktop.store.erased import forget_erased, went_with_erased
from desktop.store.faults import DamagedFile
from desktop.store.replica import Replica
from desktop.store.rows import put_rows
from desktop.store.turning import Turned
from shared.model.appointment import Appointment
from shared.model.base import AttentionItemId, CustomerId, NoteId, UserId
from shared.model.customer import Customer
from shared.model.member import Role
from shared.model.note import Note, NoteAbout
from shared.model.registry import ENTITIES, Entity
from shared.model.series import Series
from shared.model.waitlist import WaitlistEntry, WaitlistState
from shared.protocol.codec import arguments_of
from tests.support.edits_of_each_kind import ENTRY, REPEATED, RULE, SERIES, WAITING, refused_booking
from tests.support.moving_clock import stopped
from tests.support.replicas import filled, loaded_afresh, patch
from tests.support.salon import CUT, LOCATION, MEMBER, MIRA, STAFF_USER, TEN, Salon, booking_of, made_id

CANARY = "Zaphod"
ERASED = Customer(id=MIRA.id, name="", archived=True)
JO = Customer(id=CustomerId(made_id("jo")), name="Jo Weiß")
VISIT, NOTE, ITEM = made_id("visit"), made_id("note"), made_id("item")


@pytest.fixture(autouse=True)
def _as_it_begins() -> Iterator[None]:
    with stopped(TEN):
        yield


@pytest.fixture
def replica(tmp_path: Path) -> Iterator[Replica]:
    """A book with Mira, who is erased, and Jo, who is not."""
    made = filled(tmp_path / "book.db", Salon())
    made.apply_lines(patch(2, replace(MEMBER, role=Role.TENANT_OWNER), JO))
    yield made
    made.close()


def edit(replica: Replica, name: str, args: Mapping[str, Any]) -> None:
    replica.edit(name, arguments_of(name, 1, args))


def wait_list(replica: Replica, *, notes: str = CANARY) -> None:
    edit(replica, "waitlist.change", {"entry_id": ENTRY, "was": wish(""), "wish": wish(notes)})


def wish(notes: str) -> dict[str, Any]:
    return {"service_id": CUT.id, "notes": notes}


def note(subject: str, *, about: str = "appointment", text: str = CANARY, made: str = NOTE) -> dict[str, Any]:
    return {"note_id": made, "about": about, "subject_id": subject, "text": text}


def all_rows(replica: Replica) -> list[Entity]:
    tx = replica.tx()
    found = []
    for table, kind in ENTITIES.items():
        ids = [row[0] for row in replica.database.rows(f"SELECT id FROM {table}")]
        found += [tx.find(kind.cls, one) for one in ids]
    return [one for one in found if one is not None]


def without_words(rows: list[Entity]) -> list[Entity]:
    """What an erasure of Mira leaves of these."""
    left: list[Entity] = []
    for row in rows:
        if isinstance(row, WaitlistEntry | Series | Appointment) and row.customer_id == MIRA.id:
            left.append(replace(row, notes="", **_ends(row)))
        elif row.id not in (MIRA.id, NOTE, ITEM):
            left.append(row)
    return [*left, ERASED]


def _ends(row: Entity) -> dict[str, Any]:
    return {"state": WaitlistState.WITHDRAWN} if isinstance(row, WaitlistEntry) else {}


def take(replica: Replica, rows: list[Entity], *, by_load: bool = False, refused: tuple[int, ...] = ()) -> None:
    """Take all that waits as decided, with these rows; notes and items that are not among them go."""
    version, last = int(replica.meta.get("version") or "0") + 1, int(replica.meta.get("next_seq") or "1") - 1
    if by_load:
        loaded_afresh(replica, *rows, version=version, last_seq=last)
        return
    kept = {row.id for row in rows}
    gone = {
        table: [one for (one,) in replica.database.rows(f"SELECT id FROM {table}") if one not in kept]
        for table in ("note", "attention_item", "appointment", "allocation")
    }
    lines = list(patch(version, *rows, last_seq=last, gone=gone, of=replica))
    for one in lines[-1]["outcomes"]:
        one["outcome"] = "rejected" if one["seq"] in refused else "applied"
    replica.apply_lines(iter(lines))


def kept(replica: Replica) -> str:
    """All that the desk keeps of what was sent, and of the ways back."""
    return "".join(str(row) for table in ("sent", "undo") for row in replica.database.rows(f"SELECT * FROM {table}"))


def sent(replica: Replica) -> list[str]:
    return [row[0] for row in replica.database.rows("SELECT name FROM sent ORDER BY rowid")]


@pytest.mark.parametrize("by_load", [False, True])
def test_edits_of_a_wish_that_name_nobody_are_forgotten(replica: Replica, *, by_load: bool) -> None:
    edit(replica, *WAITING)
    take(replica, all_rows(replica))
    wait_list(replica)
    take(replica, all_rows(replica))
    assert CANARY in kept(replica)
    take(replica, without_words(all_rows(replica)), by_load=by_load)
    assert (CANARY in kept(replica), sent(replica)) == (False, [])


def test_why_a_series_was_ended_is_forgotten(replica: Replica) -> None:
    edit(replica, *REPEATED)
    edit(replica, "series.end", {"series_id": SERIES, "was": RULE, "reason": CANARY})
    take(replica, all_rows(replica))
    assert CANARY in kept(replica)
    rows = [replace(one, cancel_reason="") if isinstance(one, Appointment) else one for one in all_rows(replica)]
    take(replica, without_words(rows))
    assert (CANARY in kept(replica), sent(replica)) == (False, [])


def test_what_still_waits_about_a_wish_is_sent_and_forgotten_then(replica: Replica) -> None:
    edit(replica, *WAITING)
    take(replica, all_rows(replica))
    wait_list(replica)
    (waits,) = replica.outbox.all()
    replica.apply_lines(patch(9, ERASED, last_seq=1))
    assert [one.id for one in replica.outbox.all()] == [waits.id]
    assert CANARY in str(replica.unsent(9))
    take(replica, without_words(all_rows(replica)), refused=(waits.seq,))
    assert (replica.outbox.count(), CANARY in kept(replica)) == (0, False)


@pytest.mark.parametrize("by_load", [False, True])
def test_what_was_said_of_a_visit_that_was_never_made_is_forgotten(replica: Replica, *, by_load: bool) -> None:
    before = all_rows(replica)
    edit(replica, "appointment.book", booking_of("visit") | {"customer_id": MIRA.id})
    edit(replica, "note.add", note(VISIT))
    other = booking_of("other", TEN + timedelta(hours=3)) | {"customer_id": JO.id}
    edit(replica, "appointment.book", other)
    edit(replica, "note.add", note(made_id("other"), text="about Jo", made=made_id("another note")))
    take(replica, before, refused=(1, 2, 3, 4))
    assert CANARY in kept(replica)
    take(replica, without_words(before), by_load=by_load)
    assert CANARY not in kept(replica)
    # A server that is put back has what was refused from nobody else.
    assert sent(replica) == ["appointment.book", "note.add"]
    assert "about Jo" in kept(replica)


def test_what_was_said_of_such_a_visit_and_still_waits_is_known_to_be_about_them_once_it_is_sent(
    replica: Replica,
) -> None:
    before = all_rows(replica)
    edit(replica, "appointment.book", booking_of("visit") | {"customer_id": MIRA.id})
    edit(replica, "note.add", note(VISIT))
    lines = list(patch(3, ERASED, last_seq=1, of=replica))
    lines[-1]["outcomes"][0]["outcome"] = "rejected"
    replica.apply_lines(iter(lines))
    assert replica.outbox.count() == 1
    take(replica, without_words(before), refused=(2,))
    assert (CANARY in kept(replica), sent(replica)) == (False, [])


@pytest.mark.parametrize("by_load", [False, True])
def test_a_note_that_was_entered_about_another_row_goes_with_whom_it_was_attached_to(
    replica: Replica, *, by_load: bool
) -> None:
    before = [*all_rows(replica), replace(refused_booking(), id=AttentionItemId(made_id("other item")))]
    item = replace(refused_booking(), id=AttentionItemId(ITEM), subject_id=MIRA.id)
    take(replica, [*before, item])
    edit(replica, "appointment.book", booking_of("visit") | {"customer_id": JO.id})
    edit(replica, "note.add", note(VISIT))
    edit(replica, "attention.resolve", {"item_id": ITEM, "choice": "drop"})
    attached = Note(
        id=NoteId(NOTE), about=NoteAbout.CUSTOMER, subject_id=MIRA.id, text=CANARY, author_id=UserId(STAFF_USER),
        as_whom=None, at=TEN,
    )  # fmt: skip
    take(replica, [*before, item, attached], refused=(2,))
    assert len(sent(replica)) == 3
    take(replica, without_words([*before, item, attached]), by_load=by_load)
    assert (CANARY in kept(replica), sent(replica)) == (False, ["appointment.book"])


@pytest.mark.parametrize("by_load", [False, True])
def test_nothing_is_forgotten_that_is_about_somebody_else(replica: Replica, *, by_load: bool) -> None:
    before = all_rows(replica)
    edit(replica, "waitlist.add", WAITING[1] | {"customer_id": JO.id})
    wait_list(replica, notes="Jo can come at any time")
    edit(replica, *REPEATED[:1], REPEATED[1] | {"customer_id": JO.id})
    edit(replica, "series.end", {"series_id": SERIES, "was": RULE, "reason": "Jo moves"})
    edit(replica, "appointment.book", booking_of("visit") | {"customer_id": JO.id})
    edit(replica, "payment.take", payment())
    edit(replica, "note.add", note(JO.id, about="customer", text="of Jo"))
    assert before != all_rows(replica)
    names = [one.name for one in replica.outbox.all()]
    take(replica, all_rows(replica))
    steps = replica.database.rows("SELECT * FROM undo")
    (of_jo,) = [one for one in all_rows(replica) if one.id == NOTE]
    # A load says of no row why it is not there: somebody may have another view by now.
    take(replica, [*without_words(all_rows(replica)), *(() if by_load else (of_jo,))], by_load=by_load)
    assert sent(replica) == names
    assert replica.database.rows("SELECT * FROM undo") == steps
    assert isinstance(replica.undo(), Turned)


def payment() -> dict[str, Any]:
    return {
        "payment_id": made_id("paid"), "appointment_id": VISIT, "location_id": LOCATION.id, "kind": "balance",
        "method": "cash", "amount": 4500, "currency": "EUR",
    }  # fmt: skip


def test_what_was_paid_for_a_visit_of_theirs_stays(replica: Replica) -> None:
    edit(replica, "appointment.book", booking_of("visit") | {"customer_id": MIRA.id})
    edit(replica, "payment.take", payment())
    take(replica, all_rows(replica))
    take(replica, without_words(all_rows(replica)))
    assert sent(replica) == ["payment.take"]


def test_what_was_said_of_a_visit_that_was_refused_to_them_and_then_made_for_somebody_else_stays(
    replica: Replica,
) -> None:
    before = all_rows(replica)
    edit(replica, "appointment.book", booking_of("visit") | {"customer_id": MIRA.id})
    take(replica, before, refused=(1,))
    edit(replica, "appointment.book", booking_of("visit") | {"customer_id": JO.id})
    edit(replica, "note.add", note(VISIT, text="of Jo"))
    take(replica, all_rows(replica))
    (of_jo,) = [one for one in all_rows(replica) if one.id == NOTE]
    take(replica, [*without_words(all_rows(replica)), of_jo])
    assert sent(replica) == ["appointment.book", "note.add"]
    assert MIRA.id not in kept(replica)


def test_an_erasure_asks_no_more_about_many_edits_than_about_few(replica: Replica) -> None:
    before = all_rows(replica)
    asked = []
    for count in (3, 60):
        last = int(replica.meta.get("next_seq") or "1")
        for number in range(count):
            edit(replica, "waitlist.add", WAITING[1] | {"entry_id": made_id(f"entry {number} of {count}")})
            edit(replica, "customer.update", {"customer_id": MIRA.id, "tags_added": [f"tag {number} of {count}"]})
        take(replica, before, refused=tuple(range(last, last + 2 * count)))
        assert len(sent(replica)) == 2 * count
        put_rows(replica.database, "customer", [ENTITIES["customer"].encode(ERASED)])
        said: list[str] = []
        replica.database.connection.set_trace_callback(said.append)
        forget_erased(replica.database, {"customer": {MIRA.id}})
        replica.database.connection.set_trace_callback(None)
        assert sent(replica) == []
        asked.append(len(said))
        take(replica, before)
    assert asked[0] == asked[1]


def test_a_book_that_is_damaged_is_loaded_afresh_after_an_erasure_too(
    replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object) -> Any:
        raise DamagedFile

    with closing(filled(None, Salon())) as fresh:
        fresh.apply_lines(patch(2, ERASED))
        monkeypatch.setattr(replica.database, "rows", damaged)
        assert went_with_erased(replica.database, fresh.database) == {"customer": {MIRA.id}}
