"""How a visit is to repeat, with the dates that this comes to and what is in the way of any of them."""

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDateEdit, QDialog, QSpinBox, QWidget

from desktop.models.rows import DateRow, RepeatForm
from desktop.views.build import Button, column, field, indented, label, marked, named, part, row
from desktop.views.date_list import DateList

_UNITS = (("days", "DAILY"), ("weeks", "WEEKLY"), ("months", "MONTHLY"))
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_COUNT, _UNTIL, _OPEN = range(3)
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
        self.every = indented(named(QSpinBox(), "Every how many"))
        self.every.setRange(1, 99)
        self.unit = named(QComboBox(), "Days, weeks or months")
        for text, unit in _UNITS:
            self.unit.addItem(text, unit)
        self.days = [named(QCheckBox(name[:3]), name) for name in _DAYS]
        self._weekdays = part(column(label("On", "caption"), row(*self.days, None, space=10), space=4))
        self.ends = named(QComboBox(), "Ends")
        self.ends.addItems(["after so many times", "on a day", "not before the book does"])
        self.count = indented(named(QSpinBox(), "How many times"))
        self.count.setRange(2, 366)
        self.until = named(QDateEdit(), "Last day")
        self.until.setCalendarPopup(True)
        self._told = marked(label("", "strong", wrap=True), "What it comes to")
        self.dates = DateList("Dates")
        self.keep, self.book = Button("Cancel"), Button("Book", kind="primary")
        self.setLayout(
            column(
                self._title,
                self._about,
                row(field("Every", self.every), field(" ", self.unit), None, space=10),
                self._weekdays,
                row(field("Ends", self.ends), field(" ", self.count), field(" ", self.until), None, space=10),
                self._told,
                self.dates,
                row(None, self.keep, self.book),
                space=14,
                margins=(24, 22, 24, 20),
            )
        )
        self._follow()

    def _follow(self) -> None:
        self.every.valueChanged.connect(self._changed)
        self.unit.currentIndexChanged.connect(self._changed)
        for one in self.days:
            one.toggled.connect(self._changed)
        self.ends.currentIndexChanged.connect(self._changed)
        self.count.valueChanged.connect(self._changed)
        self.until.dateChanged.connect(self._changed)
        self.keep.clicked.connect(self.reject)
        self.book.clicked.connect(self.bookRequested)

    def ask(self, title: str, about: str, form: RepeatForm, *, book: str) -> None:
        """Open with a form; `book` is what the button says."""
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self._title.setText(title)
        self._about.setText(about)
        self.book.setText(book)
        named(self.book, book)
        self._fill(form)
        self.show_dates((), "")
        self.open()
        self.every.setFocus(Qt.FocusReason.OtherFocusReason)
        self._changed()

    def _fill(self, form: RepeatForm) -> None:
        self.blockSignals(True)
        self.every.setValue(form.every)
        self.unit.setCurrentIndex(max(0, self.unit.findData(form.unit)))
        for day, box in enumerate(self.days):
            box.setChecked(day in form.weekdays)
        self.ends.setCurrentIndex(_UNTIL if form.until else _COUNT if form.count else _OPEN)
        if form.count:
            self.count.setValue(form.count)
        if form.until:
            self.until.setDate(QDate(form.until.year, form.until.month, form.until.day))
        self.blockSignals(False)

    @property
    def form(self) -> RepeatForm:
        """What stands in it."""
        ends, day = self.ends.currentIndex(), self.until.date().toPython()
        return RepeatForm(
            every=self.every.value(),
            unit=str(self.unit.currentData()),
            weekdays=tuple(place for place, box in enumerate(self.days) if box.isChecked()),
            count=self.count.value() if ends == _COUNT else None,
            until=day if ends == _UNTIL else None,  # type: ignore[arg-type]
        )

    def show_dates(self, rows: tuple[DateRow, ...], told: str, *, may_book: bool = False) -> None:
        """Show what the form comes to, in a sentence and date by date."""
        self._told.setText(told)
        self.dates.show_rows(rows)
        self.book.setEnabled(may_book)

    def set_latest(self, first: QDate, last: QDate) -> None:
        """Between which days it may end."""
        self.until.setDateRange(first, last)

    def _changed(self) -> None:
        self._weekdays.setVisible(self.unit.currentData() == "WEEKLY")
        self.count.setVisible(self.ends.currentIndex() == _COUNT)
        self.until.setVisible(self.ends.currentIndex() == _UNTIL)
        self.formChanged.emit()
