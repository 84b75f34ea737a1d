"""A large import that can be taken back costs later edits, and each part of its undo, no more than a small one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest

from desktop.store.replica import Replica
from desktop.store.turning import PART
from desktop.store.undo import Step, forget
from shared.model.registry import canonical
from shared.protocol.codec import arguments_of
from tests.bench.sqlite_work import work_of
from tests.support.salon import STAFF_USER, TEN, booking_of, made_id, wire

_MANY: Final = 4000


pytestmark = pytest.mark.usefixtures("a_day_before")


def _steps(replica: Replica, call: Callable[[], object]) -> int:
    return work_of(replica.database, call).steps


def _imported(replica: Replica, count: int, *, undone: int = 0) -> Step:
    """As if one step of so many edits lay on top, of which the last ones were taken back already."""
    replica.database.run("DELETE FROM undo")
    replica.database.run_many(
        "INSERT INTO undo (user_id, step, place, macro, label, subject, undone, made, edits, leaves) "
        "VALUES (?, 1, ?, 'import', 'Import', ?, ?, ?, '[]', '{}')",
        [
            (STAFF_USER, place, made_id(f"row {place}"), int(place > count - undone), canonical([made_id(f"{place}")]))
            for place in range(1, count + 1)
        ],
    )
    step = replica.undo_stack().done()
    assert step is not None
    return step


def _book(replica: Replica, day: int) -> None:
    args = arguments_of("appointment.book", 1, booking_of(f"{day}") | {"start": wire(TEN + timedelta(days=day))})
    replica.edit("appointment.book", args, label="Booking")


def test_an_edit_does_not_go_through_an_import_that_can_be_taken_back(replica: Replica) -> None:
    _imported(replica, 10)
    few = _steps(replica, lambda: _book(replica, 1))
    _imported(replica, _MANY)
    many = _steps(replica, lambda: _book(replica, 2))
    assert many < few + _MANY / 10, (few, many)


@pytest.mark.parametrize("undone", [0, 1000])
def test_a_part_of_an_undo_reads_no_more_of_its_step_than_it_turns(replica: Replica, undone: int) -> None:
    def parts(step: Step) -> tuple[int, int]:
        stack = replica.undo_stack()
        return (
            _steps(replica, lambda: stack.places(step, PART + 1, undone=False)),
            _steps(replica, lambda: stack.places(step, PART + 1, undone=True)),
        )

    few = parts(_imported(replica, 2 * PART + undone, undone=undone))
    many = parts(_imported(replica, _MANY, undone=undone))
    assert many[0] < few[0] + PART, (few, many)
    assert many[1] < few[1] + PART, (few, many)


def test_the_next_edits_of_a_step_are_told_from_its_end_and_of_those_undone_from_their_beginning(
    replica: Replica,
) -> None:
    step, stack = _imported(replica, 10, undone=4), replica.undo_stack()
    assert stack.places(step, 3, undone=False) == [6, 5, 4]
    assert stack.places(step, 3, undone=True) == [7, 8, 9]
    assert stack.places(step, 100, undone=True) == [7, 8, 9, 10]


@pytest.mark.parametrize("undone", [0, _MANY - 1])
def test_what_can_be_undone_is_told_by_a_count_and_one_row(replica: Replica, undone: int) -> None:
    """The menu says how many edits a step has: that goes through an index, and reads no row of theirs."""

    def told() -> None:
        done, undone_step = replica.undo_stack().done(), replica.undo_stack().undone()
        assert done is not None
        assert (done.label, done.count) == ("Import", _MANY)
        assert (undone_step is not None) == bool(undone)

    _imported(replica, _MANY, undone=undone)
    # Three for each entry of the index.
    assert _steps(replica, told) < _MANY * (3.5 if not undone else 7)


def test_what_came_to_nothing_is_forgotten_without_a_look_at_the_rest(replica: Replica) -> None:
    def forgotten() -> None:
        forget(replica.database, [made_id("3"), made_id("of another book")])

    _imported(replica, 10)
    few = _steps(replica, forgotten)
    _imported(replica, _MANY)
    many = _steps(replica, forgotten)
    assert many < few + _MANY / 10, (few, many)
    assert replica.database.row("SELECT count(*), count(*) FILTER (WHERE place = 3) FROM undo") == (_MANY - 1, 0)


@pytest.mark.parametrize("lost", ["first", "second"])
def test_what_several_edits_have_turned_is_forgotten_by_each_of_them(replica: Replica, lost: str) -> None:
    _imported(replica, 3)
    both = canonical([made_id("first"), made_id("second")])
    replica.database.run("UPDATE undo SET made = ? WHERE place = 2", (both,))
    forget(replica.database, [made_id(lost)])
    assert replica.database.rows("SELECT place FROM undo ORDER BY place") == [(1,), (3,)]
