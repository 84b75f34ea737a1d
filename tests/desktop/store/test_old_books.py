"""What a book has kept for years costs nobody who works with what is shown of it today."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from desktop.queries.day_book import day_book
from desktop.store import finding
from desktop.store.replica import Replica
from shared.model.attention import AttentionItem, AttentionState
from shared.model.base import AttentionItemId, MutationId, Span, TimeBlockId
from shared.model.hours import TimeBlock
from shared.protocol.codec import arguments_of
from tests.bench.sqlite_work import work_of
from tests.support.replicas import patch
from tests.support.salon import ANA, BEN, LOCATION, STAFF_USER, TEN, booking_of, made_id, wire

_TEN_YEARS: Final = 3650
_DAY: Final = timedelta(days=1)


pytestmark = pytest.mark.usefixtures("a_day_before")


def _steps(replica: Replica, call: Callable[[], object]) -> int:
    return work_of(replica.database, call).steps


def _book(replica: Replica, name: str, days: int) -> None:
    args = arguments_of("appointment.book", 1, booking_of(name) | {"start": wire(TEN + days * _DAY)})
    replica.edit("appointment.book", args)


def _breaks(days: int) -> list[TimeBlock]:
    """Half an hour of each of two people on each of so many days that are over."""
    return [
        TimeBlock(
            id=TimeBlockId(made_id(f"break {one.name} {day}")), resource_id=one.id,
            starts_at=TEN - (day + 2) * _DAY, ends_at=TEN - (day + 2) * _DAY + timedelta(minutes=30), reason="Lunch",
        )
        for one in (ANA, BEN) for day in range(days)
    ]  # fmt: skip


def test_the_book_of_a_day_does_not_go_through_ten_years_of_breaks(replica: Replica) -> None:
    def shown() -> object:
        return day_book(replica, TEN.date(), LOCATION)

    before = _steps(replica, shown)
    replica.apply_lines(patch(2, *_breaks(_TEN_YEARS)))
    after = _steps(replica, shown)
    assert after < before + _TEN_YEARS / 10, (before, after)


def test_a_booking_does_not_go_through_ten_years_of_breaks(replica: Replica) -> None:
    before = _steps(replica, lambda: _book(replica, "first", 1))
    replica.apply_lines(patch(2, *_breaks(_TEN_YEARS)))
    after = _steps(replica, lambda: _book(replica, "second", 2))
    assert after < before + _TEN_YEARS / 10, (before, after)


def test_the_breaks_of_a_day_are_those_that_touch_it(replica: Replica) -> None:
    replica.apply_lines(patch(2, *_breaks(30)))
    noon = TEN - 9 * _DAY
    found = replica.tx().blocks([ANA.id, BEN.id], Span(noon + timedelta(minutes=10), noon + _DAY))
    assert {one.id for one in found} == {
        made_id(f"break {one.name} {day}") for one in (ANA, BEN) for day in (7,)
    }  # fmt: skip


def _settled(count: int) -> list[AttentionItem]:
    item = AttentionItem(
        id=AttentionItemId(made_id("item")), mutation_id=MutationId(made_id("mutation")), name="appointment.book",
        args=booking_of("lost"), code="overlap", details={}, subject_id=made_id("lost"), author_id=STAFF_USER,
        as_whom=None, made_at=TEN - 2 * _DAY, state=AttentionState.DROPPED, settled_by=STAFF_USER,
        settled_at=TEN - _DAY, gathered=(),
    )  # fmt: skip
    others = (
        replace(
            item,
            id=AttentionItemId(made_id(f"item {number}")),
            mutation_id=MutationId(made_id(f"mutation {number}")),
            subject_id=made_id(f"lost {number}"),
        )
        for number in range(count)
    )
    return [*others, item]


def test_the_booking_of_a_visit_is_not_looked_for_among_all_that_was_ever_refused(replica: Replica) -> None:
    def found() -> None:
        item = finding.booking_of(replica.database, made_id("lost"))
        assert item is not None
        assert item.id == made_id("item")
        assert finding.booking_of(replica.database, made_id("nobody's")) is None

    replica.apply_lines(patch(2, *_settled(3)))
    before = _steps(replica, found)
    replica.apply_lines(patch(3, *_settled(2000)))
    after = _steps(replica, found)
    assert after < before + 100, (before, after)


def test_what_is_refused_is_not_looked_for_among_all_that_waits(replica: Replica) -> None:
    def refused() -> None:
        assert [one.seq for one in replica.outbox.refused()] == [1]

    _book(replica, "first", 1)
    replica.database.run("UPDATE outbox SET refused = 'overlap'")
    before = _steps(replica, refused)
    replica.database.run_many(
        "INSERT INTO outbox SELECT ?, * FROM (SELECT id, name, v, args, author, user_id, lease, elapsed, at, label, "
        "subject, NULL, details, was_version, was_outcome, was_code, undoes FROM outbox WHERE seq = 1)",
        [(1000 + number,) for number in range(2000)],
    )
    after = _steps(replica, refused)
    assert after < before + 100, (before, after)
