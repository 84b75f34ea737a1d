"""How a visit is to repeat, with the dates that this comes to and what is in the way of any of them."""

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtWidgets import QDialog, QWidget

from desktop.models.rows import DateRow, RepeatForm
from desktop.views.build import Button, column, label, marked, row, titled
from desktop.views.date_list import DateList
from desktop.views.repeat_fields import RepeatFields

_WIDTH = 560


class RepeatDialog(QDialog):
    """Holds a `RepeatForm`; booking is a click, and nothing is changed before it."""

    formChanged = Signal()
    bookRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModal(True)
        self.setMinimumWidth(_WIDTH)
        self._title = label("", "heading", wrap=True)
        self._about = label("", "muted", wrap=True)
        self.fields = RepeatFields()
        self._told = marked(label("", "strong", wrap=True), "What it comes to")
        self.dates = DateList("Dates")
        self.keep, self.book = Button("Cancel"), Button("Book", kind="primary")
        self.setLayout(
            column(
                self._title,
                self._about,
                self.fields,
                self._told,
                self.dates,
                row(None, self.keep, self.book),
                space=14,
                margins=(24, 22, 24, 20),
            )
        )
        self.fields.formChanged.connect(self.formChanged)
        self.keep.clicked.connect(self.reject)
        self.book.clicked.connect(self.bookRequested)

    def ask(self, title: str, about: str, form: RepeatForm, *, book: str) -> None:
        """Open with a form; `book` is what the button says."""
        titled(self, title, self._title)
        self._about.setText(about)
        self.book.say(book)
        self.fields.fill(form)
        self.show_dates((), "")
        self.open()
        self.fields.every.setFocus(Qt.FocusReason.OtherFocusReason)
        self.formChanged.emit()

    @property
    def form(self) -> RepeatForm:
        """What stands in it."""
        return self.fields.form

    def show_dates(self, rows: tuple[DateRow, ...], told: str, *, may_book: bool = False) -> None:
        """Show what the form comes to, in a sentence and date by date."""
        self._told.setText(told)
        self.dates.show_rows(rows)
        self.book.setEnabled(may_book)

    def set_latest(self, first: QDate, last: QDate) -> None:
        """Between which days it may end."""
        self.fields.set_latest(first, last)
