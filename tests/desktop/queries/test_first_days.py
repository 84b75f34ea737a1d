"""The days around today, read from rows that are in no book: as a book shows them, and from nothing that is odd."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from desktop.queries.day_book import day_book
from desktop.queries.first_days import FirstDays, read_first_days
from desktop.store.meta import Identity
from desktop.store.rows import Line
from shared.errors import AppError, ProtocolMismatch
from shared.model.registry import ENTITIES, type_of
from tests.support.replicas import filled
from tests.support.salon import LOCATION, STAFF_USER, TEN, Salon, made_id

IDENTITY = Identity(
    replica=made_id("replica"), device=made_id("device"), tenant="salon", session=made_id("session"),
    user_id=STAFF_USER, user_name="Ana", role="TENANT_STAFF",
)  # fmt: skip
DAY = TEN.date()


def lines(salon: Salon) -> list[dict[str, Any]]:
    """Every row of a business, by table."""
    found: dict[str, list[Any]] = {}
    for row in salon.tx.rows.values():
        kind = type_of(row)
        found.setdefault(kind.table, []).append(kind.encode(row))
    return [
        {"kind": "rows", "table": table, "columns": list(ENTITIES[table].names), "rows": rows}
        for table, rows in found.items()
    ]


@pytest.fixture
def salon() -> Salon:
    made = Salon()
    for days in (-1, 0, 1, 2):
        made.book(f"visit {days}", start=TEN + timedelta(days=days))
    return made


def read(told: Sequence[Line], location: str = LOCATION.id) -> FirstDays:
    return read_first_days(told, IDENTITY, location=location, today=DAY)


def test_they_are_what_the_book_shows(salon: Salon, tmp_path: Path) -> None:
    told, book = read(lines(salon)), filled(tmp_path / "book.db", salon)
    days = [day_book(book, DAY + timedelta(days=one), LOCATION) for one in (-1, 0, 1)]
    book.close()
    assert [len(one.bookings) for one in told.days] == [1, 1, 1]
    assert told.days == tuple(replace(one, now=now.now) for one, now in zip(days, told.days, strict=True))


def test_what_a_newer_server_adds_is_passed_over(salon: Salon) -> None:
    known = lines(salon)
    more = [{**one, "columns": [*one["columns"], "mood"], "rows": [[*row, 1] for row in one["rows"]]} for one in known]
    unknown = {"kind": "rows", "table": "mood", "columns": ["id"], "rows": [["x"]]}
    before, after = read(known), read([unknown, *more])
    assert [one.bookings for one in after.days] == [one.bookings for one in before.days]


def of(told: list[dict[str, Any]], table: str) -> dict[str, Any]:
    return next(one for one in told if one["table"] == table)


def put(told: list[dict[str, Any]], table: str, column: str, said: Any) -> list[Any]:
    """The same, with something else in a column of every row."""
    line = of(told, table)
    for row in line["rows"]:
        row[line["columns"].index(column)] = said
    return told


def said_of(told: list[dict[str, Any]], name: str, **odd: Any) -> list[Any]:
    """The same, with something else said of a table."""
    of(told, name).update(odd)
    return told


ODD: dict[str, Callable[[list[dict[str, Any]]], list[Any]]] = {
    "no rows": lambda told: [],
    "no lines": lambda told: [None, 1, "x"],
    "no business": lambda told: [one for one in told if one["table"] != "business"],
    "a column is missing": lambda told: said_of(told, "appointment", columns=["id"]),
    "a row is short": lambda told: said_of(told, "appointment", rows=[["x"]]),
    "a row is none": lambda told: said_of(told, "appointment", rows=[None]),
    "rows are none": lambda told: said_of(told, "appointment", rows=None),
    "a table is no text": lambda told: said_of(told, "appointment", table={}),
    "segments are none": lambda told: put(told, "appointment", "segments", [{"name": 1}]),
    "an end is none": lambda told: put(told, "appointment", "ends_at", "noon"),
    "a status is none": lambda told: put(told, "appointment", "status", "asleep"),
    "a zone is none": lambda told: put(told, "location", "zone", "Nowhere/At all"),
}


@pytest.mark.parametrize("what", ODD)
def test_what_is_odd_is_said_and_is_no_bug_of_the_desk(salon: Salon, what: str) -> None:
    with pytest.raises(AppError):
        read(ODD[what](lines(salon)))


def test_another_location_than_those_that_are_told_of_is_odd(salon: Salon) -> None:
    with pytest.raises(ProtocolMismatch):
        read(lines(salon), location=made_id("nowhere"))
