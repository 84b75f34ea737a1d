"""The fields that say how something is to repeat, of a visit and of blocked time alike."""

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QSpinBox, QWidget

from desktop.models.rows import RepeatForm
from desktop.views.build import column, field, indented, label, named, part, row
from desktop.views.choosing import choose
from desktop.views.date_time_fields import DateField

_UNITS = (("days", "DAILY"), ("weeks", "WEEKLY"), ("months", "MONTHLY"))
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_COUNT, _UNTIL, _OPEN = range(3)


class RepeatFields(QWidget):
    """Holds a `RepeatForm`."""

    formChanged = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
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
        self.until = named(DateField(), "Last day")
        self.until.setCalendarPopup(True)
        self._week_starts = 0
        self.setLayout(
            column(
                row(field("Every", self.every), field(" ", self.unit), None, space=10),
                self._weekdays,
                row(field("Ends", self.ends), field(" ", self.count), field(" ", self.until), None, space=10),
                space=14,
            )
        )
        self._follow()
        self._show_what_counts()

    def _follow(self) -> None:
        self.every.valueChanged.connect(self._changed)
        self.unit.currentIndexChanged.connect(self._changed)
        for one in self.days:
            one.toggled.connect(self._changed)
        self.ends.currentIndexChanged.connect(self._changed)
        self.count.valueChanged.connect(self._changed)
        self.until.dateChanged.connect(self._changed)

    def fill(self, form: RepeatForm) -> None:
        """Show a form, without a signal."""
        self.blockSignals(True)
        self._week_starts = form.week_starts
        self.every.setValue(form.every)
        choose(self.unit, form.unit)
        for day, box in enumerate(self.days):
            box.setChecked(day in form.weekdays)
        self.ends.setCurrentIndex(_UNTIL if form.until else _COUNT if form.count else _OPEN)
        if form.count:
            self.count.setValue(form.count)
        if form.until:
            self.until.setDate(QDate(form.until.year, form.until.month, form.until.day))
        self.blockSignals(False)
        self._show_what_counts()

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
            week_starts=self._week_starts,
        )

    def set_latest(self, first: QDate, last: QDate) -> None:
        """Between which days it may end."""
        self.until.setDateRange(first, last)

    def _changed(self) -> None:
        self._show_what_counts()
        self.formChanged.emit()

    def _show_what_counts(self) -> None:
        self._weekdays.setVisible(self.unit.currentData() == "WEEKLY")
        self.count.setVisible(self.ends.currentIndex() == _COUNT)
        self.until.setVisible(self.ends.currentIndex() == _UNTIL)
