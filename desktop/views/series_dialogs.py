"""Which visits of a series a change is for, and the list of all of them."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QWidget

from desktop.models.rows import DateRow
from desktop.views.build import Button, column, label, marked, row, titled
from desktop.views.date_list import DateList

SCOPES = (("one", "This one"), ("following", "This and following"), ("all", "All"))
"""What a change can be for, and what the buttons say."""
_WIDTH = 480


class ScopeDialog(QDialog):
    """Asks once which visits are meant; keeping everything as it is costs one key."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModal(True)
        self.setFixedWidth(_WIDTH)
        self._then: Callable[[str], None] = lambda scope: None
        self._left: Callable[[], None] = lambda: None
        self._title = label("", "heading", wrap=True)
        self._text = marked(label("", wrap=True), "What becomes of it")
        self.buttons = {name: Button(words) for name, words in SCOPES}
        self.keep = Button("Leave as it is")
        for name, button in self.buttons.items():
            button.clicked.connect(lambda _=False, chosen=name: self._choose(chosen))
        self.keep.clicked.connect(self.reject)
        self.rejected.connect(lambda: self._left())
        self._content = column(
            self._title, self._text, *self.buttons.values(), row(None, self.keep), space=12, margins=(24, 22, 24, 20)
        )
        self.setLayout(self._content)

    def ask(
        self, title: str, text: str, then: Callable[[str], None], *, left: Callable[[], None] = lambda: None
    ) -> None:
        """Ask; `then` gets `one`, `following` or `all`, and `left` is called where nobody says which."""
        self._then, self._left = then, left
        titled(self, title, self._title)
        self._text.setText(text)
        self._content.activate()
        self.setFixedHeight(self._content.totalHeightForWidth(_WIDTH))
        self.open()
        self.buttons["one"].setFocus(Qt.FocusReason.OtherFocusReason)

    def _choose(self, scope: str) -> None:
        self.accept()
        self._then(scope)


class DatesDialog(QDialog):
    """The visits of a series, whatever became of them; further ones can be booked, and the rule changed."""

    extendRequested = Signal()
    changeRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        titled(self, "Dates of the series")
        self.setModal(True)
        self.setMinimumWidth(_WIDTH)
        self._title = label("", "heading", wrap=True)
        self._rule = marked(label("", wrap=True), "How it repeats")
        self.dates = DateList("Dates")
        self.extend, self.change = Button("Book further dates"), Button("Change how it repeats…")
        done = Button("Close", kind="primary")
        self.setLayout(
            column(
                self._title,
                self._rule,
                self.dates,
                row(self.extend, self.change, None, done),
                space=14,
                margins=(24, 22, 24, 20),
            )
        )
        self.extend.clicked.connect(self.extendRequested)
        self.change.clicked.connect(self.changeRequested)
        done.clicked.connect(self.accept)

    def show_series(self, title: str, rule: str, rows: tuple[DateRow, ...], *, may_go_on: bool) -> None:
        """Show these dates; one that has ended neither goes on nor changes."""
        self._title.setText(title)
        self._rule.setText(rule)
        self.dates.show_rows(rows)
        self.extend.setVisible(may_go_on)
        self.change.setVisible(may_go_on)
