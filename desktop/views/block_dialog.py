"""Blocked time: whose, from when until when, why, whether it repeats, and which visits lie in it."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QDate, QDateTime, QLocale, Qt, QTime, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDateTimeEdit, QDialog, QLineEdit, QWidget

from desktop.models.book_deeds import BlockForm
from desktop.models.rows import Choice, RepeatForm
from desktop.models.setup_rows import ConcernedRow
from desktop.views.build import Button, column, field, label, marked, named, part, row, titled
from desktop.views.choosing import offer
from desktop.views.date_time_fields import DateTimeField
from desktop.views.focus_keeper import FocusKeeper
from desktop.views.patterns import day_pattern, time_pattern
from desktop.views.reading_order import InReadingOrder
from desktop.views.repeat_fields import RepeatFields
from desktop.views.scrolling import scrolled
from desktop.views.setup.lines import VisitLines
from desktop.widgets import theme
from shared.model.base import LONGEST_LINE

REASONS = ("Break", "Leave", "Maintenance", "Training")
_WIDTH = 560


class BlockDialog(InReadingOrder, QDialog):
    """Holds a `BlockForm`; nothing is changed before it is saved."""

    formChanged = Signal()
    saveRequested = Signal()
    opened = Signal(str)
    """A visit that lies in it is to be opened."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModal(True)
        self.setMinimumWidth(_WIDTH)
        self._title = label("", "heading", wrap=True)
        self.resource = named(QComboBox(), "For")
        self.reason = named(QComboBox(), "Reason")
        self.reason.setEditable(True)
        self.reason.addItems(REASONS)
        # Enter blocks: what was typed is no suggestion for the next one.
        self.reason.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._words = named(QLineEdit(), "Reason")
        self._words.setMaxLength(LONGEST_LINE)
        self.reason.setLineEdit(self._words)
        self.starts, self.ends = named(DateTimeField(), "From"), named(DateTimeField(), "Until")
        for editor in (self.starts, self.ends):
            editor.setCalendarPopup(True)
        self._began = self.starts.dateTime()
        self.repeats = named(QCheckBox("It repeats"), "It repeats")
        self.fields = RepeatFields()
        self._told = marked(label("", "strong", wrap=True), "What it comes to")
        self.lines = VisitLines()
        holder = QWidget()
        holder.setLayout(column(self.lines, None))
        self._inside = part(column(scrolled(holder)))
        self._inside.setMinimumHeight(150)
        self.keep, self.save = Button("Cancel"), Button("Block time", kind="primary")
        self._repeating = part(column(self.repeats, self.fields, space=12))
        whose = row(field("For", self.resource), field("Reason", self.reason), space=10)
        when = row(field("From", self.starts), field("Until", self.ends), space=10)
        self._entered = part(column(whose, when, self._repeating, space=14))
        self.setLayout(
            column(
                self._title, self._entered, self._told,
                self._inside, row(None, self.keep, self.save), space=14, margins=(24, 22, 24, 20),
            )
        )  # fmt: skip
        # What was typed in has the focus again where it could not be saved.
        self._keeper = FocusKeeper(self, lambda _: self.reason.setFocus())
        self._follow()

    def _follow(self) -> None:
        self.resource.currentIndexChanged.connect(self._changed)
        self.reason.currentTextChanged.connect(self._changed)
        self.starts.dateTimeChanged.connect(self._start_moved)
        self.ends.dateTimeChanged.connect(self._changed)
        self.repeats.toggled.connect(self._changed)
        self.fields.formChanged.connect(self.formChanged)
        self.keep.clicked.connect(self.reject)
        self.save.clicked.connect(self.saveRequested)
        self._words.returnPressed.connect(self.save.click)
        self.lines.opened.connect(self._open)

    def ask(
        self, title: str, form: BlockForm, repeat: RepeatForm, resources: Sequence[Choice], *, save: str, locale: str,
        may_repeat: bool,
    ) -> None:  # fmt: skip
        """Open with a form; `repeat` is what the repetition begins with, `save` what the button says."""
        titled(self, title, self._title)
        self.save.say(save)
        self.blockSignals(True)
        self._fill(form, resources, locale)
        self.fields.fill(form.repeat or repeat)
        self.repeats.setChecked(form.repeat is not None)
        self._repeating.setVisible(may_repeat)
        self.blockSignals(False)
        self.show_outcome("", (), may_save=False)
        self.open()
        self.reason.setFocus(Qt.FocusReason.OtherFocusReason)
        self._words.selectAll()
        self._changed()

    def _fill(self, form: BlockForm, resources: Sequence[Choice], locale: str) -> None:
        offer(self.resource, resources, form.resource_id)
        self.reason.setEditText(form.reason)
        for editor, at in ((self.starts, form.starts), (self.ends, form.ends)):
            editor.setLocale(QLocale(locale))
            editor.setDisplayFormat(f"{day_pattern(locale)} yyyy  {time_pattern(locale)}")
            editor.setDateTime(QDateTime(QDate(at.year, at.month, at.day), QTime(at.hour, at.minute)))
        self._began = self.starts.dateTime()

    @property
    def form(self) -> BlockForm:
        """What stands in it."""
        return BlockForm(
            resource_id=str(self.resource.currentData() or ""),
            starts=_minute(self.starts),
            ends=_minute(self.ends),
            reason=self.reason.currentText().strip(),
            repeat=self.fields.form if self.repeats.isChecked() else None,
        )

    def set_latest(self, first: QDate, last: QDate) -> None:
        """Between which days its repetition may end."""
        self.fields.set_latest(first, last)

    def show_sending(self, *, sending: bool) -> None:
        """Take nothing more while it is being saved."""
        self._entered.setEnabled(not sending)

    def show_outcome(self, told: str, concerned: Sequence[ConcernedRow], *, may_save: bool) -> None:
        """Say in a sentence what it comes to, or what is in the way, and list the visits that lie in it."""
        theme.set_property(self._told, "role", "strong" if may_save else "error")
        self._told.setText(told)
        self.lines.show_rows(concerned)
        self._inside.setVisible(bool(concerned))
        self.save.setEnabled(may_save)
        self.adjustSize()

    def _start_moved(self, at: QDateTime) -> None:
        """Whoever moves the beginning moves the whole: its length stays."""
        gap, self._began = self._began.secsTo(at), at
        self.ends.setDateTime(self.ends.dateTime().addSecs(gap))
        self._changed()

    def _changed(self) -> None:
        self.fields.setVisible(self.repeats.isChecked())
        self.adjustSize()
        self.formChanged.emit()

    def _open(self, appointment_id: str) -> None:
        self.reject()
        self.opened.emit(appointment_id)


def _minute(editor: QDateTimeEdit) -> datetime:
    day, time = editor.date(), editor.time()
    return datetime(day.year(), day.month(), day.day(), time.hour(), time.minute())  # noqa: DTZ001 - by the wall's clock
