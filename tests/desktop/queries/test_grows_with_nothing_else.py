"""What a screen asks while much waits and much needs attention elsewhere: as much as while nothing does."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from desktop.queries.appointment_card import appointment_card
from desktop.queries.attention_items import count_attention
from desktop.queries.coming_already import coming_already
from desktop.queries.customer_card import customer_card
from desktop.queries.customer_page import customer_page
from desktop.queries.day_book import day_book
from desktop.queries.day_list import day_list
from desktop.queries.notes import notes_about
from desktop.queries.visit_payments import visit_payments
from desktop.queries.waiting import waiting
from desktop.store.replica import Replica
from shared.clock import instant_text
from shared.model.attention import AttentionItem, AttentionState
from shared.model.base import AttentionItemId, MutationId
from shared.model.registry import canonical
from shared.rules import wall_time
from tests.bench.figures import Work
from tests.bench.sqlite_work import work_of
from tests.support.moving_clock import stopped
from tests.support.replicas import filled, patch
from tests.support.salon import LOCATION, MIRA, STAFF_USER, TEN, Salon, booking_of, made_id, wire

_FEW, _MANY = 10, 300
_TABLES = ("appointment", "customer", "note", "payment", "waitlist_entry")

Screen = Callable[[Replica], object]
_SCREENS: Final[dict[str, Screen]] = {
    "day book": lambda replica: day_book(replica, TEN.date(), LOCATION),
    "empty day": lambda replica: day_book(replica, (TEN + timedelta(days=3)).date(), LOCATION),
    "day list": lambda replica: day_list(replica, TEN.date(), LOCATION, None),
    "card": lambda replica: appointment_card(replica, made_id("here")),
    "coming already": lambda replica: coming_already(replica, MIRA.id, wall_time.day_span(TEN.date(), "UTC"), but=""),
    "customer card": lambda replica: customer_card(replica, MIRA.id),
    "customer page": lambda replica: customer_page(replica, MIRA.id, at=TEN),
    "notes": lambda replica: notes_about(replica, customer=MIRA),
    "payments": lambda replica: visit_payments(replica, made_id("here")),
    "waitlist": lambda replica: waiting(replica, at=TEN),
}


@pytest.fixture(autouse=True)
def _a_day_before() -> Iterator[None]:
    with stopped(TEN - timedelta(days=1)):
        yield


@pytest.fixture
def replica(tmp_path: Path) -> Iterator[Replica]:
    salon = Salon()
    salon.book("here", start=TEN)
    made = filled(tmp_path / "book.db", salon)
    yield made
    made.close()


def _waits_elsewhere(replica: Replica, first: int, last: int, refused: str | None = None) -> None:
    """Let edits of other visits wait, far away, and change rows of every kind."""
    far = {number: made_id(f"far {number}") for number in range(first, last)}
    args = canonical(booking_of("far") | {"start": wire(TEN + timedelta(days=300))})
    replica.database.run_many(
        "INSERT INTO outbox (seq, id, name, v, args, author, user_id, lease, elapsed, at, label, subject, refused) "
        "VALUES (?, ?, 'appointment.book', 1, ?, '', '', '', 0, ?, '', ?, ?)",
        [(1000 + number, made_id(f"m {one}"), args, instant_text(TEN), one, refused) for number, one in far.items()],
    )
    replica.database.run_many(
        "INSERT INTO base (table_name, row_id, row) VALUES (?, ?, NULL)",
        [(table, one) for table in _TABLES for one in far.values()],
    )


def _need_attention_elsewhere(replica: Replica, count: int, version: int) -> None:
    """Let bookings be open that the server has refused, a hundred days from now."""
    one = AttentionItem(
        id=AttentionItemId(""), mutation_id=MutationId(""), name="appointment.book", args={}, code="slot_taken",
        details={}, subject_id="", author_id=STAFF_USER, as_whom=None, made_at=TEN - timedelta(days=1),
        state=AttentionState.OPEN,
    )  # fmt: skip
    items = [
        replace(
            one,
            id=AttentionItemId(made_id(f"item {number}")),
            mutation_id=MutationId(made_id(f"refused {number}")),
            args=booking_of(f"lost {number}") | {"start": wire(TEN + timedelta(days=100, hours=number))},
            subject_id=made_id(f"lost {number}"),
        )
        for number in range(count)
    ]
    replica.apply_lines(patch(version, *items))


def _work(replica: Replica, name: str) -> Work:
    screen = _SCREENS[name]
    # The search index asks once after each write whether it is what it was.
    screen(replica)
    return work_of(replica.database, lambda: screen(replica))


@pytest.mark.parametrize("name", _SCREENS)
def test_no_screen_reads_what_waits_elsewhere(replica: Replica, name: str) -> None:
    _waits_elsewhere(replica, 0, _FEW)
    few = _work(replica, name)
    _waits_elsewhere(replica, _FEW, _MANY)
    many = _work(replica, name)
    assert (many.rows, many.statements) == (few.rows, few.statements)


@pytest.mark.parametrize("name", _SCREENS)
def test_what_waits_is_found_by_what_is_shown(replica: Replica, name: str) -> None:
    _waits_elsewhere(replica, 0, _FEW)
    few = _work(replica, name).steps
    _waits_elsewhere(replica, _FEW, _MANY)
    many = _work(replica, name).steps
    assert many < few + _MANY / 10, (few, many)


@pytest.mark.parametrize("name", _SCREENS)
def test_no_screen_reads_what_would_be_refused_elsewhere(replica: Replica, name: str) -> None:
    _waits_elsewhere(replica, 0, _FEW, "slot_taken")
    few = _work(replica, name)
    _waits_elsewhere(replica, _FEW, _MANY, "slot_taken")
    many = _work(replica, name)
    assert (many.rows, many.statements) == (few.rows, few.statements)


@pytest.mark.parametrize("name", ["day book", "empty day"])
def test_the_book_draws_no_wish_that_lies_elsewhere(replica: Replica, name: str) -> None:
    _need_attention_elsewhere(replica, _FEW, 2)
    few = _work(replica, name)
    _need_attention_elsewhere(replica, _MANY, 3)
    many = _work(replica, name)
    assert (many.rows, many.statements) == (few.rows, few.statements)


def test_counting_what_needs_attention_works_out_none_of_it(replica: Replica) -> None:
    _need_attention_elsewhere(replica, _FEW, 2)
    few = work_of(replica.database, lambda: count_attention(replica))
    _need_attention_elsewhere(replica, _MANY, 3)
    many = work_of(replica.database, lambda: count_attention(replica))
    assert (few.statements, many.statements) == (2, 2)
    assert many.rows == _MANY


def test_counting_what_needs_attention_does_not_read_what_waits(replica: Replica) -> None:
    _need_attention_elsewhere(replica, _FEW, 2)
    few = work_of(replica.database, lambda: count_attention(replica)).steps
    _waits_elsewhere(replica, 0, _MANY)
    many = work_of(replica.database, lambda: count_attention(replica)).steps
    assert many < few + _MANY / 10, (few, many)
