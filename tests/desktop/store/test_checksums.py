"""SQLite sums what the wire says, of the server's rows alone, and ranges are rows between two ids."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from desktop.store import checksums
from desktop.store.replica import Replica
from desktop.store.rows import STORED
from shared.model.base import CustomerId
from shared.model.customer import Customer
from shared.model.registry import ENTITIES
from shared.protocol.checksums import row_text, sum_of, sum_text
from shared.protocol.codec import arguments_of
from tests.support.replicas import filled, patch
from tests.support.salon import MIRA, TEN, Salon, booking_of, made_id, wire

EVERY_CHARACTER = "".join(map(chr, range(1, 0xD800))) + "\ue000\ufeff\uffff\U0001f600"
TEXTS = ("", " ", '"', "\\", "\\u0041", "a\tb\r\n", "/", "null", "1", EVERY_CHARACTER)


@pytest.fixture
def replica() -> Iterator[Replica]:
    made = filled(None, Salon())
    odd = [
        Customer(id=CustomerId(made_id(f"odd {number}")), name=text, phones=(text, text), notes=text, blocked=True)
        for number, text in enumerate(TEXTS)
    ]
    made.apply_lines(patch(2, *odd))
    yield made
    made.close()


def on_wire(replica: Replica, table: str) -> dict[str, list[Any]]:
    rows = map(STORED[table].from_file, replica.database.rows(STORED[table].select))
    return {row[0]: row for row in rows}


def all_of(replica: Replica, table: str) -> tuple[int, str]:
    one = checksums.range_sum(replica.database, table, None, None)
    return one.rows, one.sum


@pytest.mark.parametrize("table", ENTITIES)
def test_a_sum_is_that_of_the_rows_on_the_wire(replica: Replica, table: str) -> None:
    count, total = sum_of(map(row_text, on_wire(replica, table).values()))
    assert all_of(replica, table) == (count, sum_text(total))


@pytest.mark.parametrize("rows", [1, 3, 4, 100])
def test_ranges_have_so_many_rows_and_leave_none_out(replica: Replica, rows: int) -> None:
    ids = sorted(on_wire(replica, "customer"))
    start: str | None = None
    found: list[int] = []
    while not found or start is not None:
        one = checksums.next_sum(replica.database, "customer", start, rows)
        assert one.start == start
        found.append(one.rows)
        start = one.before
    assert sum(found) == len(ids)
    assert all(count == rows for count in found[:-1])
    assert 0 < found[-1] <= rows
    assert checksums.ids_between(replica.database, "customer", ids[1], ids[4]) == ids[1:4]


def test_a_table_without_rows_is_one_range(replica: Replica) -> None:
    replica.database.run("DELETE FROM customer")
    assert checksums.next_sum(replica.database, "customer", None, 3) == checksums.Summed(
        table="customer", start=None, before=None, rows=0, sum="0" * 15
    )


def test_what_is_left_out_is_as_if_it_were_not_there(replica: Replica) -> None:
    ids = sorted(on_wire(replica, "customer"))
    left = checksums.range_sum(replica.database, "customer", None, None, without=ids[2:])
    assert left.sum == checksums.range_sum(replica.database, "customer", None, ids[2]).sum
    assert left.rows == 2
    assert checksums.range_sum(replica.database, "customer", None, None, without=[made_id("nobody")]).rows == len(ids)


def test_edits_change_no_sum_and_the_servers_word_does(replica: Replica) -> None:
    before = {table: all_of(replica, table) for table in ENTITIES}
    replica.edit("appointment.book", arguments_of("appointment.book", 1, booking_of("visit", TEN)))
    edits = [{"field": "notes", "was": MIRA.notes, "value": "Mine"}]
    replica.edit("customer.update", arguments_of("customer.update", 1, {"customer_id": MIRA.id, "edits": edits}))
    assert {table: all_of(replica, table) for table in ENTITIES} == before
    assert checksums.range_sum(replica.database, "customer", None, None, without=[MIRA.id]).rows == len(TEXTS)
    replica.apply_lines(patch(3, replace(MIRA, alert="Nickel")))
    assert all_of(replica, "customer") != before["customer"]
    was = {"status": "booked", "start": wire(TEN)}
    cancelled = {"appointment_id": made_id("visit"), "was": was}
    replica.edit("appointment.cancel", arguments_of("appointment.cancel", 1, cancelled))
    assert all_of(replica, "appointment") == before["appointment"]


def test_rows_are_bounded_without_being_counted(replica: Replica) -> None:
    rows = sum(len(on_wire(replica, table)) for table in ENTITIES)
    assert rows <= checksums.most_rows(replica.database) < 10 * rows
