"""When a location, a person or a room is open: its week, single dates, blocked times, and who stands outside."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from PySide6.QtCore import QDate, QLocale, Qt, Signal
from PySide6.QtGui import QColor, QTextCharFormat
from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.models.setup_rows import ConcernedRow, DatedRow, SetupRow, Texts
from desktop.views.build import Button, column, field, frame, label, marked, named, row
from desktop.views.scrolling import scrolled
from desktop.views.setup.lines import DatedLines, VisitLines
from desktop.views.setup.listing import SetupList
from desktop.views.setup.pane import LIST_WIDTH
from desktop.views.setup.week import WeekEditor, Weeks
from desktop.widgets import theme
from desktop.widgets.announcing import announce
from desktop.widgets.month_calendar import MonthCalendar

_WIDTH = 640


class DateBegun(NamedTuple):
    """What is half typed for a single date of somebody who is not shown now."""

    hours: str
    reason: str
    day: date


class HoursDrafts(NamedTuple):
    """Everything of the hours that is half typed: weeks, and single dates by their owner."""

    weeks: Weeks
    dates: Mapping[str, DateBegun]


class HoursView(QWidget):
    """Shows what it is given, and says what is chosen, typed and wanted."""

    rowChosen = Signal(str)
    closeRequested = Signal()
    """The date that is chosen in the calendar is to be closed."""
    otherHoursRequested = Signal()
    blockRequested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._owner = ""
        self._begun: dict[str, DateBegun] = {}
        """What is half typed for a date, by its owner."""
        self.list = SetupList("Whose hours")
        self._title = label("", "heading", wrap=True)
        self.week = WeekEditor()
        self.calendar = MonthCalendar("Calendar of dates")
        self.calendar.setFixedHeight(232)
        self.calendar.setMaximumWidth(360)
        self.hours = named(QLineEdit(), "Hours of the date")
        self.reason = named(QLineEdit(), "Reason of the date")
        self.close_day = Button("Closed on this day")
        self.other_hours = Button("Other hours on this day")
        self.block = Button("Block time…")
        self._error = marked(label("", "error", wrap=True), "What is wrong: date")
        self.dates, self.blocks, self.outside = DatedLines(), DatedLines(may_change=True), VisitLines()
        self._outside_note = label("", "muted", wrap=True)
        self._blocking = self._block_part()
        self._build()
        self.list.rowChosen.connect(self.rowChosen)
        self.close_day.clicked.connect(self.closeRequested)
        self.other_hours.clicked.connect(self.otherHoursRequested)
        self.block.clicked.connect(self.blockRequested)
        self.show_errors({})

    def _block_part(self) -> QWidget:
        made = QWidget()
        made.setLayout(column(label("Blocked time", "title"), self.blocks, row(self.block, None), space=8))
        return made

    def _build(self) -> None:
        self.hours.setPlaceholderText("10:00–14:00")
        dates = column(
            label("Single dates", "title"), self.calendar,
            row(field("Hours on the day chosen", self.hours), field("Reason", self.reason)), self._error,
            row(self.close_day, self.other_hours, None), self.dates, space=8,
        )  # fmt: skip
        outside = column(label("Visits outside the hours", "title"), self._outside_note, self.outside, space=8)
        page = QWidget()
        page.setMaximumWidth(_WIDTH)
        page.setLayout(
            column(
                self._title, label("Every week", "title"), self.week, dates, self._blocking, outside, None, space=20,
                margins=(24, 20, 24, 24),
            )
        )  # fmt: skip
        left = frame("nav", column(label("Whose hours", "title"), self.list, space=8, margins=(10, 14, 10, 12)))
        left.setFixedWidth(LIST_WIDTH)
        beside = row(left, scrolled(page), space=0)
        beside.setStretch(1, 1)
        self.setLayout(column(beside))

    # What it is told

    def show_rows(self, rows: tuple[SetupRow, ...], chosen: str) -> None:
        """List whose hours there are."""
        self.list.show_rows(rows, chosen)

    def show_owner(self, owner_id: str, name: str, *, may_be_blocked: bool) -> None:
        """Say whose hours are shown; only what can be booked can be blocked. What is half typed stays with them."""
        if owner_id != self._owner:
            self._keep_date()
            self._owner, begun = owner_id, self._begun.pop(owner_id, None)
            self.hours.setText("" if begun is None else begun.hours)
            self.reason.setText("" if begun is None else begun.reason)
            if begun is not None:
                self.calendar.setSelectedDate(QDate(begun.day.year, begun.day.month, begun.day.day))
        self._title.setText(name)
        self._blocking.setVisible(may_be_blocked)

    def show_calendar(self, locale: str, first_day: int) -> None:
        """Have the calendar in a language, with a first day of the week, 0 is Monday."""
        self.calendar.setLocale(QLocale(locale))
        self.calendar.setFirstDayOfWeek(Qt.DayOfWeek(first_day + 1))

    def show_dates(self, rows: Sequence[DatedRow]) -> None:
        """List the dates that have hours of their own, and mark them in the calendar."""
        self.dates.show_rows(rows, "Every date keeps the hours of the week.")
        self.calendar.setDateTextFormat(QDate(), QTextCharFormat())
        tokens = theme.tokens()
        plain = QTextCharFormat()
        plain.setForeground(QColor(tokens.text))
        for weekend in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
            # Qt's own red is hard to read on a dark ground.
            self.calendar.setWeekdayTextFormat(weekend, plain)
        for one in rows:
            if one.day is not None:
                look = QTextCharFormat()
                look.setBackground(QColor(tokens.danger_soft if one.is_closed else tokens.warning_soft))
                look.setForeground(QColor(tokens.danger_soft_text if one.is_closed else tokens.warning_soft_text))
                look.setToolTip(one.text)
                self.calendar.setDateTextFormat(QDate(one.day.year, one.day.month, one.day.day), look)

    def show_blocks(self, rows: Sequence[DatedRow]) -> None:
        """List the blocked times."""
        self.blocks.show_rows(rows, "Nothing is blocked.")

    def show_outside(self, rows: Sequence[ConcernedRow], note: str) -> None:
        """List the visits that stand outside."""
        self._outside_note.setText(note)
        self.outside.show_rows(rows)

    def show_errors(self, errors: Texts) -> None:
        """Say what is wrong with a date (`hours`)."""
        said = errors.get("hours", "")
        theme.set_property(self.hours, "invalid", bool(said))
        self.hours.setAccessibleDescription(said)
        self._error.setText(said)
        self._error.setVisible(bool(said))
        if said:
            self.hours.setFocus(Qt.FocusReason.OtherFocusReason)
            announce(self, said)

    @property
    def unsaved(self) -> frozenset[str]:
        """Whose week or date is half typed and not shown now."""
        return frozenset((*self.week.unsaved, *self._begun))

    @property
    def typed(self) -> tuple[str, str]:
        """The hours and the reason that stand there for a date."""
        return self.hours.text(), self.reason.text()

    @property
    def day(self) -> date:
        """The date that is chosen in the calendar."""
        chosen = self.calendar.selectedDate()
        return date(chosen.year(), chosen.month(), chosen.day())

    def take_saved(self, owner_id: str, typed: tuple[str, str]) -> None:
        """It is saved: the next one begins empty, but for what was typed since."""
        begun = self._begun.get(owner_id)
        if owner_id == self._owner and self.typed == typed:
            self._clear_date()
        elif begun is not None and (begun.hours, begun.reason) == typed:
            del self._begun[owner_id]

    def forget(self) -> None:
        """Let go of what is half typed."""
        self.week.forget()
        self._owner, self._begun = "", {}
        self._clear_date()
        self.show_errors({})

    def take_drafts(self) -> HoursDrafts:
        """Everything that is half typed, which is gone from here then: it is one person's."""
        self._keep_date()
        taken = HoursDrafts(self.week.take_drafts(), self._begun)
        self.forget()
        return taken

    def give_drafts(self, drafts: HoursDrafts) -> None:
        """Let what was half typed stand again with whose hours it is about."""
        self.week.give_drafts(drafts.weeks)
        self._begun.update(drafts.dates)

    def _keep_date(self) -> None:
        if self._owner and any(one.strip() for one in self.typed):
            self._begun[self._owner] = DateBegun(*self.typed, self.day)

    def _clear_date(self) -> None:
        for editor in (self.hours, self.reason):
            # What is cleared comes back by Ctrl+Z.
            editor.setText("")

    def focus_first(self) -> None:
        """Put the focus into the list."""
        self.list.setFocus()
