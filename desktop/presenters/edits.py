"""Edits with the toast that says what was done; what one person did here last is taken back and done again by key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction

from desktop.operations.operation import Operation
from desktop.presenters.link import Latest, Link
from desktop.queries.undo_steps import NamedStep, UndoSteps, step_words, undo_steps
from desktop.store.replica import Edited, Replica
from desktop.store.turning import Turned
from desktop.views.actions import Actions
from desktop.widgets.toast import Toast
from shared import ids
from shared.dates import Dates
from shared.errors import Refusal
from shared.model.appointment import Appointment
from shared.texts import sentence

SAVED = " Saved on this computer."
TAKEN = " The server has taken it."
GONE = "It is not in the book any more."
_TAKEN_OVER = "Somebody else has taken the desk"
_MEANWHILE = "Something else was done meanwhile"

Make = Callable[[Replica], Operation | None]
"""Draws an edit from the book as it is when its turn comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Undo or redo, and how it is spoken of."""

    turn: Callable[[Replica, Turn], Turned | None]
    doing: str
    done: str
    not_done: str


class Whose:
    """Who has begun something that is done in parts: the desk may be somebody else's before the next one."""

    def __init__(self) -> None:
        self._user = ""

    def goes_on(self, replica: Replica) -> bool:
        """Whether whoever is at the desk has begun it, or begins it now; asked with each part, on the store thread."""
        now = replica.identity().user_id
        self._user = self._user or now
        return self._user == now


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One undo or redo on its way: of which step, where that is known, and what came of it so far."""

    kind: Kind
    number: int | None = None
    seen: NamedStep | None = None
    """The step that the menu named when somebody asked."""
    made: int = 0
    refusals: tuple[Refusal, ...] = ()
    whose: Whose = field(default_factory=Whose)
    """Steps are numbered for each person: those of another are not meant."""

    @property
    def has_begun(self) -> bool:
        """Whether a part of it has been turned."""
        return bool(self.made or self.refusals)

    def and_then(self, told: Turned) -> Turn:
        """With what came of the next part of its step."""
        return replace(
            self, number=told.step.number, made=self.made + told.made, refusals=self.refusals + told.refusals
        )


_UNDO = Kind(
    turn=lambda replica, turn: replica.undo(turn.number, seen=turn.seen.number if turn.seen else None),
    doing="Undoing",
    done="Undone",
    not_done="Not undone",
)
_REDO = Kind(
    turn=lambda replica, turn: replica.redo(turn.number),
    doing="Doing again",
    done="Done again",
    not_done="Not done again",
)


class Edits(QObject):
    """Runs edits and says what came of them; undo and redo name what they would do, as long as there is something."""

    moving = Signal(str)
    """appointment_id of a visit that is about to leave its place."""
    done = Signal(object)
    """The `Edited` of an edit that was made."""

    def __init__(
        self, link: Link, toast: Toast, actions: Actions, parent: QObject | None = None, *, saved: str = SAVED
    ) -> None:
        """`saved` ends what is said of an edit whose place a person fears for."""
        super().__init__(parent)
        self.saved = saved
        self.link = link
        self._toast = toast
        self._offered: int | None = None
        """The step that the toast's button takes back."""
        self._steps = Latest(link)
        self._undo, self._redo = actions["undo"], actions["redo"]
        self._named: NamedStep | None = None
        """The step that the menu says it takes back."""
        self._took_steps(UndoSteps(undo=None, redo=None))
        toast.undoRequested.connect(self._undo_offered)
        self._undo.triggered.connect(self.undo)
        self._redo.triggered.connect(self.redo)
        link.changed.connect(self._changed)
        self.dates = Dates()
        self._steps.ask(undo_steps, self._took_steps)

    def run(
        self,
        operation: Operation,
        said: str,
        *,
        then: Callable[[Edited], None] = lambda edited: None,
        refused: Callable[[Refusal], None] | None = None,
        lost: Callable[[], object] = lambda: None,
    ) -> None:
        """Make an edit; say `said` once it is saved, or why it was refused; `lost` is called where the disk fails."""

        def done(edited: Edited) -> None:
            self.say(said, step=edited.step)
            then(edited)
            self.done.emit(edited)

        if operation.name == "appointment.reschedule":
            self.moving.emit(operation.args.appointment_id)
        self.link.run(operation, done, refused or self.say_refusal, lost)

    def run_all(
        self,
        operations: Sequence[Operation],
        said: str,
        *,
        then: Callable[[Edited], None] = lambda edited: None,
        refused: Callable[[Refusal], None] | None = None,
        lost: Callable[[], object] = lambda: None,
    ) -> None:
        """Make several edits that are undone as one, one after another; the first that is refused ends it.

        So does somebody else who takes the desk: the rest is not made in their name.
        """
        macro, whose = ids.new_id(), Whose()
        waiting = [replace(one, macro=macro) for one in operations]

        def following() -> None:
            one = waiting.pop(0)

            def make(replica: Replica) -> Operation | None:
                return one if whose.goes_on(replica) else None

            def made(edited: Edited | None) -> None:
                if edited is None:
                    taken_over()
                    lost()
                else:
                    following()

            def taken_over() -> None:
                count = len(operations) - len(waiting) - 1
                self._say_broken_off(_TAKEN_OVER, count, "saved")

            if waiting:
                self.link.run_from(make, made, refused or self.say_refusal, lost)
            else:
                self.run_from(make, said, then=then, refused=refused, lost=lost, none=taken_over)

        if waiting:
            following()

    def run_from(
        self,
        make: Make,
        said: str,
        *,
        then: Callable[[Edited], None] = lambda edited: None,
        refused: Callable[[Refusal], None] | None = None,
        lost: Callable[[], object] = lambda: None,
        none: Callable[[], None] | None = None,
    ) -> None:
        """Make the edit that `make` draws from the book when its turn comes; say `said`, or why there is none.

        `lost` is called where there is none, and where the disk fails. Where there can be none for other reasons than
        that what it is about is gone, `none` says why.
        """

        def done(edited: Edited | None) -> None:
            if edited is None:
                (none or self.say_gone)()
                lost()
            else:
                self.say(said, step=edited.step)
                then(edited)
                self.done.emit(edited)

        self.link.run_from(make, done, refused or self.say_refusal, lost)

    def say(self, words: str, *, step: int | None = None) -> None:
        """Say something just done; a step is offered to be taken back."""
        self._toast.show_message(words, "Undo" if step is not None else "")
        self._offered = step
        if step is not None:
            # Its name comes with the next answer; its key works at once.
            self._undo.setEnabled(True)

    def say_gone(self) -> None:
        """Say that there is nothing any more that could be changed."""
        self.say(GONE)

    def say_refusal(self, refusal: Refusal) -> None:
        """Say which rule was in the way; nothing was changed."""
        self.say(self._sentence(refusal))

    def undo(self) -> None:
        """Take back what the person at the desk did here last."""
        self._turn(Turn(kind=_UNDO, seen=self._named))

    def redo(self) -> None:
        """Do again what was taken back last."""
        self._turn(Turn(kind=_REDO))

    def _undo_offered(self) -> None:
        if self._offered is not None:
            self._turn(Turn(kind=_UNDO, number=self._offered))

    def _turn(self, turn: Turn) -> None:
        def turned(replica: Replica) -> tuple[Turned | None, tuple[bool, str, UndoSteps]]:
            is_theirs = turn.whose.goes_on(replica)
            told = turn.kind.turn(replica, turn) if is_theirs else None
            words = "" if told is None else step_words(replica.tx(), told.step)
            return told, (is_theirs, words, undo_steps(replica))

        def done(answer: tuple[Turned | None, tuple[bool, str, UndoSteps]]) -> None:
            told, (is_theirs, words, steps) = answer
            self._took_steps(steps)
            if told is not None:
                self._took_turn(turn.and_then(told), words, goes_on=told.goes_on)
            elif turn.has_begun:
                why = _MEANWHILE if is_theirs else _TAKEN_OVER
                self._say_broken_off(why, turn.made, turn.kind.done.lower())
            elif turn.seen is not None and turn.number is None:
                self.say(f"Nothing was undone: the server did not take the {turn.seen.words}.")

        # Whoever presses twice means the next one.
        self._named = None
        if not turn.made:
            self._toast.dismiss()
        self.link.turn(turned, done, self.say_refusal)

    def _took_turn(self, turn: Turn, words: str, *, goes_on: bool) -> None:
        kind, refused = turn.kind, self._sentence(turn.refusals[0]) if turn.refusals else ""
        if goes_on:
            self._say_going_on(f"{kind.doing}: {words}…")
            self._turn(turn)
        elif not turn.made and refused:
            self.say(f"{kind.not_done}. {refused}")
        elif refused:
            self.say(f"{kind.done}: {words}. {len(turn.refusals):,} of them not: {refused}")
        else:
            self.say(f"{kind.done}: {words}.")

    def _say_broken_off(self, why: str, count: int, done: str) -> None:
        entries = "1 entry" if count == 1 else f"{count:,} entries"
        self.say(f"{why}: {entries} had been {done} by then, the rest was not.")

    def _say_going_on(self, words: str) -> None:
        if not self._toast.isVisible() or self._toast.text() != words:
            self.say(words)

    def _sentence(self, refusal: Refusal) -> str:
        return sentence(refusal.code, refusal.details, self.dates)

    # What can be undone

    def _changed(self, tables: frozenset[str]) -> None:
        if tables & {"outbox", "customer"}:
            self._steps.ask(undo_steps, self._took_steps)

    def _took_steps(self, steps: UndoSteps) -> None:
        self._named = steps.undo
        _name(self._undo, "Undo", steps.undo)
        _name(self._redo, "Redo", steps.redo)
        if self._offered is not None and (steps.undo is None or steps.undo.number != self._offered):
            self._offered = None
            self._toast.withdraw_undo()


def _name(action: QAction, verb: str, step: NamedStep | None) -> None:
    # An ampersand in a name is no mnemonic.
    action.setText(f"{verb} {step.words.replace('&', '&&')}" if step else verb)
    action.setEnabled(step is not None)


def seen(replica: Replica, appointment_id: str) -> Appointment | None:
    """The appointment as this desk shows it."""
    return replica.tx().find(Appointment, appointment_id)
