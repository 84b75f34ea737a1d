"""What an answer of the server costs a desk: as much after two weeks of work as on its first day."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from desktop.store.replica import Replica
from shared import clock
from shared.clock import instant_text
from shared.model.base import CustomerId
from shared.protocol.codec import arguments_of
from tests.bench.sqlite_work import work_of
from tests.support.replicas import patch
from tests.support.salon import MIRA, TEN, booking_of, made_id, wire

_LONG_AGO: Final = 2000
"""Edits that were sent in the last two weeks."""


pytestmark = pytest.mark.usefixtures("a_day_before")


def _steps(replica: Replica, call: Callable[[], object]) -> int:
    return work_of(replica.database, call).steps


def _have_sent(replica: Replica, count: int, *, days_ago: int = 3) -> None:
    """As if so many edits had been sent and answered, some days ago."""
    at = instant_text(clock.now() - timedelta(days=days_ago))
    replica.database.run_many(
        "INSERT INTO sent (id, seq, name, v, args, author, user_id, lease, elapsed, made_at, label, subject, outcome, "
        "version, at) VALUES (?, NULL, 'appointment.confirm', 1, '{}', '', '', '', 0, ?, '', '', 'applied', 1, ?)",
        [(made_id(f"sent {days_ago} {number}"), at, at) for number in range(count)],
    )


def _book(replica: Replica, name: str, hours: int) -> int:
    args = arguments_of("appointment.book", 1, booking_of(name) | {"start": wire(TEN + timedelta(hours=hours))})
    return replica.edit("appointment.book", args, label="Booking").seq


def _answered(replica: Replica, version: int, last_seq: int) -> None:
    lines = list(patch(version, last_seq=last_seq, of=replica))
    lines[-1]["server_time"] = instant_text(clock.now())
    replica.apply_lines(iter(lines))


def test_an_answer_does_not_go_through_what_was_sent_before(replica: Replica) -> None:
    seq = _book(replica, "first", 0)
    before = _steps(replica, lambda: _answered(replica, 2, seq))
    _have_sent(replica, _LONG_AGO)
    seq = _book(replica, "second", 1)
    after = _steps(replica, lambda: _answered(replica, 3, seq))
    assert after < before + _LONG_AGO / 10, (before, after)
    known = replica.database.rows("SELECT seq, outcome, version FROM sent WHERE seq IS NOT NULL ORDER BY seq")
    assert known == [(1, "applied", 2), (2, "applied", 3)]


def test_an_answer_does_not_go_through_everybody_who_ever_came(replica: Replica) -> None:
    before = _steps(replica, lambda: _answered(replica, 2, 0))
    people = [replace(MIRA, id=CustomerId(made_id(f"person {number}"))) for number in range(_LONG_AGO)]
    replica.apply_lines(patch(3, *people))
    after = _steps(replica, lambda: _answered(replica, 4, 0))
    assert after < before + _LONG_AGO / 10, (before, after)


def test_each_of_many_answers_costs_as_much_as_each_of_a_few(replica: Replica) -> None:
    def answered(count: int, version: int) -> float:
        for number in range(count):
            _book(replica, f"{count} {number}", 2 + number)
        last = replica.outbox.all()[-1].seq
        return _steps(replica, lambda: _answered(replica, version, last)) / count

    few = answered(5, 2)
    many = answered(200, 3)
    assert many < few * 1.5, (few, many)


def test_what_is_older_than_two_weeks_is_forgotten_and_nothing_else(replica: Replica) -> None:
    _have_sent(replica, 30, days_ago=20)
    _have_sent(replica, 20, days_ago=3)
    _answered(replica, 2, 0)
    assert replica.database.rows("SELECT count(*) FROM sent") == [(20,)]
    _answered(replica, 3, 0)
    assert replica.database.rows("SELECT count(*) FROM sent") == [(20,)]


def test_one_row_of_a_clock_that_leapt_keeps_nothing_behind_it(replica: Replica) -> None:
    _have_sent(replica, 1, days_ago=-400)
    _have_sent(replica, 30, days_ago=20)
    _answered(replica, 2, 0)
    assert replica.database.rows("SELECT count(*) FROM sent") == [(1,)]


def test_all_is_forgotten_where_all_is_old(replica: Replica) -> None:
    _have_sent(replica, 30, days_ago=20)
    _answered(replica, 2, 0)
    assert replica.database.rows("SELECT count(*) FROM sent") == [(0,)]
    _answered(replica, 3, 0)
