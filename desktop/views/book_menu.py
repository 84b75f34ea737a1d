"""The menus of the book: what can be done with a visit, with free time, and with blocked time under the pointer."""

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QMenu, QWidget

from desktop.views.actions import Actions
from desktop.views.build import named

OF_A_VISIT = (
    "confirm", "arrive", "start", "complete", "no_show", "undo_step", "", "change_visit", "swap", "repeat",
    "take_payment", "note", "", "unlock_visit", "decline", "cancel",
)  # fmt: skip


class BookMenu(QMenu):
    """One at a time; says what was wanted of it."""

    openWanted = Signal()
    bookWanted = Signal()
    blockWanted = Signal()
    changeWanted = Signal()
    freeWanted = Signal()

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self._actions = actions

    def show_visit(self, at: QPoint) -> None:
        """Offer what can be done with the visit that is chosen; its steps are those of its card."""
        named(self, "Menu of the visit")
        self.clear()
        self.addAction("Open", self.openWanted.emit)
        self.addSeparator()
        for name in OF_A_VISIT:
            if not name:
                self.addSeparator()
            elif name in self._actions:
                self.addAction(self._actions[name])
        self.popup(at)

    def show_time(self, words: str, at: QPoint) -> None:
        """Offer to book or to block a time, which `words` name."""
        named(self, "Menu of the time")
        self.clear()
        book = self.addAction(f"Book {words}", self.bookWanted.emit)
        self.addAction(f"Block {words}…", self.blockWanted.emit)
        # Enter books: that is what most spans are drawn for.
        self.setActiveAction(book)
        self.popup(at)

    def show_block(self, words: str, at: QPoint) -> None:
        """Offer what can be done with blocked time; `words` name it."""
        named(self, "Menu of the blocked time")
        self.clear()
        self.addAction(words).setEnabled(False)
        self.addSeparator()
        self.addAction("Change…", self.changeWanted.emit)
        self.addAction("Free this time…", self.freeWanted.emit)
        self.addSeparator()
        self.addAction("Book over it", self.bookWanted.emit)
        self.popup(at)
