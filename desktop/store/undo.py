"""What each person at this desk can take back or do again: one row for each edit, kept with the edit itself."""

from collections.abc import Collection, Sequence
from typing import Final

import orjson

from desktop.store.database import Database
from desktop.store.left import Left
from shared.model.base import value
from shared.model.registry import canonical
from shared.mutations.inverse.table import Edit
from shared.mutations.registry import MUTATIONS
from shared.protocol.codec import arguments_of, told

KEPT: Final = 100
"""Steps that are kept of each person; the oldest go first."""


@value
class WayBack:
    """How an edit is turned: the ids of the mutations that made it, the edits that take it back, what it left."""

    made: tuple[str, ...]
    edits: tuple[Edit, ...]
    left: Left


@value
class Step:
    """What one undo takes back or one redo does again: an edit, or several that a person made as one."""

    number: int
    label: str
    subject: str
    """The row that its last edit was about."""
    count: int
    """How many edits it is."""


class UndoStack:
    """The steps of one person, the newest done one on top; those that were undone lie above it."""

    def __init__(self, database: Database, user_id: str) -> None:
        self._database = database
        self._user = user_id

    def push(self, way: WayBack, *, label: str, subject: str, macro: str = "") -> int:
        """Put an edit on top, and drop what could be done again; the number of its step.

        Edits of one `macro` that follow one another are one step.
        """
        self._database.run("DELETE FROM undo WHERE user_id = ? AND undone = 1", (self._user,))
        number, place = self._next(macro)
        self._database.run(
            "INSERT INTO undo (user_id, step, place, macro, label, subject, undone, made, edits, leaves) "
            "VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?)",
            (self._user, number, place, macro, label, subject, *_texts(way)),
        )
        self._database.run("DELETE FROM undo WHERE user_id = ? AND step <= ?", (self._user, number - KEPT))
        return number

    def _next(self, macro: str) -> tuple[int, int]:
        sql = "SELECT step, place, macro FROM undo WHERE user_id = ? ORDER BY step DESC, place DESC LIMIT 1"
        step, place, before = self._database.row(sql, (self._user,)) or (0, 0, "")
        return (step, place + 1) if macro and macro == before else (step + 1, 1)

    def done(self) -> Step | None:
        """The step that undo takes back next."""
        return self._step("SELECT max(step) FROM undo WHERE user_id = ?1 AND undone = 0")

    def undone(self) -> Step | None:
        """The step that redo does again next."""
        return self._step("SELECT min(step) FROM undo WHERE user_id = ?1 AND undone = 1")

    def _step(self, which: str) -> Step | None:
        sql = (
            "SELECT step, label, subject, (SELECT count(*) FROM undo WHERE user_id = ?1 AND step = newest.step) "
            f"FROM undo AS newest WHERE user_id = ?1 AND step = ({which}) ORDER BY place DESC LIMIT 1"
        )
        row = self._database.row(sql, (self._user,))
        return None if row is None else Step(number=row[0], label=row[1], subject=row[2], count=row[3])

    def has(self, number: int) -> bool:
        """Whether anything of a step can still be taken back or done again."""
        return bool(self._database.row("SELECT 1 FROM undo WHERE user_id = ? AND step = ?", (self._user, number)))

    def places(self, step: Step, limit: int, *, undone: bool) -> Sequence[int]:
        """The places of the edits of a step that are turned next, so many at most.

        Of those that are undone the one that was made first comes first, of the others the one that was made last.
        """
        order = "ASC" if undone else "DESC"
        sql = f"SELECT place FROM undo WHERE user_id = ? AND step = ? AND undone = ? ORDER BY place {order} LIMIT ?"
        return [row[0] for row in self._database.rows(sql, (self._user, step.number, int(undone), limit))]

    def way(self, step: Step, place: int) -> WayBack:
        """How an edit is turned; raises Refusal for one that this version of the app cannot read."""
        sql = "SELECT made, edits, leaves FROM undo WHERE user_id = ? AND step = ? AND place = ?"
        ((made, edits, left),) = self._database.rows(sql, (self._user, step.number, place))
        read = tuple(Edit(name=name, args=arguments_of(name, v, args)) for name, v, args in orjson.loads(edits))
        return WayBack(made=tuple(orjson.loads(made)), edits=read, left=orjson.loads(left))

    def turn(self, step: Step, place: int, way: WayBack, *, undone: bool) -> None:
        """Keep how an edit that was turned is turned again."""
        self._database.run(
            "UPDATE undo SET undone = ?, made = ?, edits = ?, leaves = ? WHERE user_id = ? AND step = ? AND place = ?",
            (int(undone), *_texts(way), self._user, step.number, place),
        )

    def drop(self, step: Step, place: int) -> None:
        """Forget an edit that cannot be turned."""
        sql = "DELETE FROM undo WHERE user_id = ? AND step = ? AND place = ?"
        self._database.run(sql, (self._user, step.number, place))


def forget(database: Database, mutations: Collection[str]) -> None:
    """Drop what was made by mutations that came to nothing, of whomever: there is nothing to take back."""
    if not mutations:
        return
    lost = canonical([*mutations])
    # Nearly everything was made by one, and is found by that.
    database.run("DELETE FROM undo WHERE made IN (SELECT json_array(value) FROM json_each(?))", (lost,))
    database.run(
        "DELETE FROM undo WHERE instr(made, ',') > 0 AND EXISTS (SELECT 1 FROM json_each(made) AS made "
        "WHERE made.value IN (SELECT value FROM json_each(?)))",
        (lost,),
    )


def _texts(way: WayBack) -> tuple[str, str, str]:
    # However large: an undo that no push has room for is refused as it is made, and not what it would take back.
    edits = [
        [one.name, MUTATIONS[one.name].version, told(one.name, MUTATIONS[one.name].version, one.args)]
        for one in way.edits
    ]
    return canonical(way.made), canonical(edits), canonical(way.left)
