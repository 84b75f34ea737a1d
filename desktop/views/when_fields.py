"""When a visit begins, and how long it takes."""

from dataclasses import replace
from datetime import date, time

from PySide6.QtCore import QDate, QLocale, QTime, Signal
from PySide6.QtWidgets import QSpinBox, QWidget

from desktop.models.rows import BookingForm
from desktop.views.build import column, field, indented, label, marked, named, row
from desktop.views.date_time_fields import DateField, TimeField
from desktop.views.patterns import day_pattern, time_pattern


class WhenFields(QWidget):
    """The day, the start and the length of a `BookingForm`."""

    changed = Signal()
    lengthChanged = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.day = named(DateField(), "Day")
        self.day.setCalendarPopup(True)
        self.day.setMinimumWidth(64)
        self.start = named(TimeField(), "Start")
        self.minutes = named(QSpinBox(), "Length in minutes")
        self.minutes.setRange(5, 24 * 60)
        self.minutes.setSingleStep(5)
        self.minutes.setSuffix(" min")
        for editor in (self.start, self.minutes):
            indented(editor).setFixedWidth(88)
        self.length_note = marked(label("", "caption", wrap=True), "What the service takes")
        self.length_note.hide()
        fields = row(field("Day", self.day), field("Start", self.start), field("Length", self.minutes), space=8)
        fields.setStretch(0, 1)
        self.setLayout(column(fields, self.length_note, space=4))
        self.day.dateChanged.connect(self.changed)
        self.start.timeChanged.connect(self.changed)
        self.minutes.valueChanged.connect(self.lengthChanged)

    def set_locale(self, locale: str) -> None:
        """Write dates and times as the place does (`en_US`)."""
        where = QLocale(locale)
        self.day.setLocale(where)
        self.start.setLocale(where)
        self.day.setDisplayFormat(day_pattern(locale))
        self.start.setDisplayFormat(time_pattern(locale))

    def show_form(self, form: BookingForm) -> None:
        """Show when a form is for."""
        if form.day is not None:
            self.day.setDate(QDate(form.day.year, form.day.month, form.day.day))
        if form.start is not None:
            self.start.setTime(QTime(form.start.hour, form.start.minute))
        self.minutes.setValue(form.minutes)
        # In a row each takes as long as it takes.
        self.minutes.setEnabled(not form.more)

    def show_length_note(self, text: str) -> None:
        """Say how long the service takes, where the form's length is another; empty where there is nothing to say."""
        self.length_note.setText(text)
        self.length_note.setVisible(bool(text))

    def entered(self, shown: BookingForm) -> BookingForm:
        """The form that was shown, for when it is now."""
        day, start = self.day.date(), self.start.time()
        at = time(start.hour(), start.minute())
        return replace(
            shown,
            day=date(day.year(), day.month(), day.day()),
            # An hour that the clocks show twice says in its fold which one is meant; the editor cannot.
            start=shown.start if shown.start == at else at,
            minutes=self.minutes.value(),
        )
