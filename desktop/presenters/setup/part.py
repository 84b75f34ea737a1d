"""What the parts of the set-up have in common: the book as it was told last, edits, and asking before some of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from desktop.models.rows import Choice
from desktop.models.setup_rows import Texts
from desktop.operations.operation import Operation
from desktop.presenters.concerned_words import concerned_note, concerned_row
from desktop.presenters.edits import Edits
from desktop.presenters.link import Link
from desktop.presenters.words import Words, words_of
from desktop.queries.business_setup import BusinessSetup
from desktop.queries.consequences import Concerned, consequences
from desktop.store.replica import Edited
from desktop.views.setup.consequences import ConsequencesDialog
from desktop.views.setup.form import FormView, Mark
from shared.errors import Refusal
from shared.texts import sentence

COLOURS = (
    ("#6c5ce7", "Violet"), ("#1e88e5", "Blue"), ("#00897b", "Teal"), ("#43a047", "Green"), ("#c0ca33", "Lime"),
    ("#f9a825", "Yellow"), ("#ef6c00", "Orange"), ("#d84315", "Rust"), ("#d81b60", "Pink"), ("#8e24aa", "Purple"),
    ("#6d4c41", "Brown"), ("#546e7a", "Grey"),
)  # fmt: skip


class FormPage(Protocol):
    """A page of the set-up that has a form."""

    form: FormView

    def show_errors(self, errors: Texts) -> None:
        """Say what is wrong, each beside its field."""

    def isVisible(self) -> bool:
        """Whether a person sees it."""


class Part(QObject):
    """One part; whoever derives from it shows what it is told."""

    stale = Signal()
    """Something was saved: the book is to be asked again."""

    def __init__(self, link: Link, edits: Edits, asking: ConsequencesDialog, parent: QObject) -> None:
        super().__init__(parent)
        self._link, self._edits, self._asking = link, edits, asking
        self._told: BusinessSetup | None = None

    @property
    def words(self) -> Words:
        """How the business says things, in its own zone."""
        told = self._told
        return Words() if told is None else words_of(told.business, told.business.zone)

    def words_in(self, zone: str) -> Words:
        """The same with the times of a zone."""
        return replace(self.words, zone=zone)

    def _sentence(self, refusal: Refusal) -> str:
        return sentence(refusal.code, refusal.details, self.words.dates)

    def _save(
        self,
        operation: Operation,
        said: str,
        done: Callable[[Edited], None],
        failed: Callable[[str], None],
        lost: Callable[[], object] = lambda: None,
    ) -> None:
        """Make an edit; `failed` gets the sentence of what is in the way, `lost` is called where the disk fails."""

        def then(edited: Edited) -> None:
            done(edited)
            self.stale.emit()

        refused = lambda refusal: failed(self._sentence(refusal))  # noqa: E731
        self._edits.run(operation, said, then=then, refused=refused, lost=lost)

    def _save_all(
        self,
        operations: Sequence[Operation],
        said: str,
        done: Callable[[Edited], None],
        failed: Callable[[str], None],
        lost: Callable[[], object] = lambda: None,
    ) -> None:
        """Make several edits that are undone as one, one after another; the first that is refused ends it."""

        def then(edited: Edited) -> None:
            done(edited)
            self.stale.emit()

        refused = lambda refusal: failed(self._sentence(refusal))  # noqa: E731
        self._edits.run_all(operations, said, then=then, refused=refused, lost=lost)

    def _ask_first(
        self,
        operations: Sequence[Operation],
        title: str,
        go_on: Callable[[], None],
        left: Callable[[], object] = lambda: None,
    ) -> None:
        """Go on, after a person has seen which visits the edits would leave without hours or room; else `left`."""

        def told(found: tuple[Concerned, ...]) -> None:
            if not found:
                go_on()
                return
            rows = [concerned_row(one, self.words_in(one.visit.zone)) for one in found]
            self._asking.ask(title, concerned_note(len(found)), rows, go_on, left=left)

        self._link.ask(lambda replica: consequences(replica, operations), told, left)

    def _refused(self, view: FormPage, mark: Mark, why: str, *, about: str = "") -> None:
        """Say why a form was not saved: where it is shown beside its field, else where the person is."""
        is_shown = view.form.take_refused(mark, why)
        if is_shown:
            view.show_errors({about: why})
        if not is_shown or not view.isVisible():
            title = mark.shown.title if mark.shown else ""
            self._edits.say(f"{title}: not saved, and kept in the set-up. {why}")


def colour_choices(now: str) -> tuple[Choice, ...]:
    """The colours to choose from, and the one that it has."""
    known = {colour for colour, _ in COLOURS}
    other = () if not now or now in known else (Choice(id=now, text=f"Other ({now})", colour=now),)
    return (
        Choice(id="", text="None"), *(Choice(id=one, text=name, colour=one) for one, name in COLOURS), *other
    )  # fmt: skip
