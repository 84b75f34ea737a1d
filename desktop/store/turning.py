"""Undo and redo: the newest step of a person taken back, or done again, by ordinary edits."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from desktop.store.base import Touched
from desktop.store.database import Database
from desktop.store.left import Left, require_as_left
from desktop.store.undo import Step, UndoStack, WayBack
from shared.errors import Refusal
from shared.model.base import value
from shared.mutations.inverse.table import Edit
from shared.mutations.registry import MUTATIONS

PART: Final = 200
"""Edits of a step that are turned in one transaction: an import of thousands leaves the store free in between."""

Make = Callable[[Edit, tuple[str, ...]], tuple[Mapping[str, frozenset[str]], WayBack]]
"""Makes an edit that undoes mutations within the transaction: the rows it touched, and its own way back."""


@value
class Turned:
    """What came of an undo or a redo. What was refused is let go of: the steps below it stay within reach."""

    step: Step
    made: int
    """How many of the step's edits were turned."""
    refusals: tuple[Refusal, ...]
    touched: Mapping[str, frozenset[str]]
    goes_on: bool
    """Whether there are more edits of the step to be turned: the same call with its number turns the next ones."""


class Turning:
    """One undo or redo, within the transaction of whoever asks for it."""

    def __init__(self, database: Database, stack: UndoStack, make: Make) -> None:
        self._database = database
        self._stack = stack
        self._make = make
        self._made = 0
        self._refusals: list[Refusal] = []
        self._touched: Touched = {}

    def undo(self, number: int | None = None, *, seen: int | None = None) -> Turned | None:
        """Take the newest step back; None where there is none, or where it is not the step of the number.

        None also where the step `seen` on top is there no more: the one below it was not meant.
        """
        step = self._stack.done()
        if step is None or number not in (None, step.number):
            return None
        if seen is not None and step.number < seen and not self._stack.has(seen):
            return None
        return self._turn(step, undone=True)

    def redo(self, number: int | None = None) -> Turned | None:
        """Do again what was taken back last; None where there is nothing, or it is not the step of the number."""
        step = self._stack.undone()
        if step is None or number not in (None, step.number):
            return None
        return self._turn(step, undone=False)

    def _turn(self, step: Step, *, undone: bool) -> Turned:
        places = self._stack.places(step, PART + 1, undone=not undone)
        for place in places[:PART]:
            try:
                with self._database.attempt():
                    way = self._turned(self._stack.way(step, place))
            except Refusal as refusal:
                self._refusals.append(refusal)
                self._stack.drop(step, place)
                continue
            self._made += 1
            if way.edits:
                self._stack.turn(step, place, way, undone=undone)
            else:
                self._stack.drop(step, place)
        touched = {table: frozenset(rows) for table, rows in self._touched.items()}
        return Turned(
            step=step,
            made=self._made,
            refusals=tuple(self._refusals),
            touched=touched,
            goes_on=len(places) > PART,
        )

    def _turned(self, way: WayBack) -> WayBack:
        """Make the edits of a way back, all or none; how they are turned in their turn."""
        require_as_left(self._database, way.left)
        made: tuple[str, ...] = ()
        back: tuple[Edit, ...] = ()
        left: dict[str, Mapping[str, Any] | None] = {}
        for edit in way.edits:
            undoes = (*way.made, *made) if MUTATIONS[edit.name].takes_back_latest else way.made
            touched, one = self._make(edit, undoes)
            made, back = made + one.made, one.edits + back
            _add(left, one.left)
            for table, rows in touched.items():
                self._touched.setdefault(table, set()).update(rows)
        return WayBack(made=made, edits=back, left=left)


def _add(left: dict[str, Mapping[str, Any] | None], later: Left) -> None:
    for key, fields in later.items():
        before = left.get(key)
        left[key] = fields if fields is None or before is None else {**before, **fields}
