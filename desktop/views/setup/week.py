"""One owner's week as seven lines of text, and for which days of the year it holds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QWidget

from desktop.models.rows import Choice
from desktop.models.setup_rows import Texts, WeekRow
from desktop.views.build import Button, clear, column, field, label, marked, named, part, row
from desktop.views.choosing import offer
from desktop.widgets import theme
from desktop.widgets.announcing import announce

OTHER_DATES = "other"
"""The id of the choice that asks for dates of its own."""
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NAME, _SPACE = 96, 8


class Begun(NamedTuple):
    """A week that is half typed and not shown now, and why it could not be saved where that was tried."""

    days: Mapping[int, str]
    dates: tuple[str, str]
    touched: int
    seen: Sequence[str]
    """What was shown before anything was typed."""
    why: str = ""


Weeks = Mapping[tuple[str, str], Begun]
"""Weeks that are half typed, by their owner and season."""


class WeekEditor(QWidget):
    """Shows a `WeekRow`; what is typed stays with it until it is saved or put back, though another is shown."""

    seasonChosen = Signal(str)
    saveRequested = Signal()
    putBack = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._shown: WeekRow | None = None
        self._season = ""
        self._seasons: tuple[Choice, ...] = ()
        self.is_changed = False
        self._changes = self.touched = 0
        """How often something was changed or another week shown in all, and when this one was last."""
        self.seen: Sequence[str] = ()
        """By the day of the week what a person knows to stand in the book, whatever they have typed over it."""
        self._begun: dict[tuple[str, str], Begun] = {}
        """By the owner and the season."""
        self.season = named(QComboBox(), "Hours that hold")
        self.since = named(QLineEdit(), "First day of these hours")
        self.until = named(QLineEdit(), "Last day of these hours")
        for line in (self.since, self.until):
            line.setPlaceholderText("2026-06-01")
            line.textEdited.connect(self._touch)
        self._dates = part(row(field("From (empty: always)", self.since), field("Until (empty: for good)", self.until)))
        self._dates_error = marked(label("", "error", wrap=True), "What is wrong: dates")
        self._note = label("", "muted", wrap=True)
        self.lines: dict[int, QLineEdit] = {}
        self._errors: dict[int, QLabel] = {}
        self._inside = column(space=6)
        self._message = marked(label("", "error", wrap=True), "Why the hours were not saved")
        self._message.hide()
        self.copy_from, self.copy = named(QComboBox(), "Day to copy"), Button("Copy to every day")
        self.copy_from.setMinimumWidth(96)
        self.copy_week = Button("Copy to Mon–Fri")
        self.save = Button("Save hours", kind="primary", icon_name="check", tint="accent_text")
        self.back = Button("Put back")
        named(self.back, "Put the hours back")
        self.setLayout(
            column(
                field("Hours that hold", self.season), self._dates, self._dates_error, self._note, self._inside,
                row(self.copy_from, self.copy_week, self.copy, None), self._message,
                row(self.save, self.back, None), space=10,
            )
        )  # fmt: skip
        self.season.activated.connect(lambda _: self.seasonChosen.emit(str(self.season.currentData())))
        self.copy.clicked.connect(lambda: self._copy(range(7)))
        self.copy_week.clicked.connect(lambda: self._copy(range(5)))
        self.save.clicked.connect(self.saveRequested)
        self.back.clicked.connect(self._put_back)
        self._dates_error.hide()

    def show_week(
        self, shown: WeekRow, seasons: tuple[Choice, ...], season: str, first_day: int, *, anew: bool = False
    ) -> None:
        """Show a week, unless the same one is half changed here; `first_day` of 0 begins it with Monday."""
        same = self._shown is not None and self._shown.owner_id == shown.owner_id and self._season == season
        if same and not anew and (self.is_changed or (shown, seasons) == (self._shown, self._seasons)):
            return
        if not same:
            self._keep()
        begun = self._begun.pop((shown.owner_id, season), None)
        self._shown, self._season, self._seasons, self.is_changed = shown, season, seasons, begun is not None
        self._changes += 1
        self.touched = self._changes if begun is None else begun.touched
        offer(self.season, seasons, season)
        self._dates.setVisible(season == OTHER_DATES)
        self.seen = shown.days if begun is None else begun.seen
        if begun is not None:
            shown = replace(shown, days=tuple(begun.days[day] for day in range(7)))
        if not same:
            for line, text in zip((self.since, self.until), ("", "") if begun is None else begun.dates, strict=True):
                line.setText(text)
        self._note.setText(shown.note)
        self._note.setVisible(bool(shown.note))
        self._fill(shown, [(first_day + number) % 7 for number in range(7)])
        self.show_errors({"": begun.why} if begun is not None and begun.why else {})
        self._offer()

    def take_saved(self, touched: int) -> bool:
        """What stood here when it was touched so is saved; whether nothing was typed since, and no other week shown."""
        self._begun = {key: one for key, one in self._begun.items() if one.touched != touched}
        if self.touched == touched:
            self.is_changed = False
            self._offer()
        return self.touched == touched

    def take_refused(self, touched: int, why: str) -> bool:
        """Why that was not saved; False where another week is shown since, at which it is not said."""
        self._begun = {
            key: one._replace(why=why) if one.touched == touched else one for key, one in self._begun.items()
        }
        is_shown = not any(one.touched == touched for one in self._begun.values())
        if is_shown:
            self.show_errors({"": why})
        return is_shown

    def take_theirs(self, days: Mapping[int, str], seen: Sequence[str]) -> None:
        """Show what others have made of these days; `seen` is what a person knows of all of them now."""
        for day, text in days.items():
            self.lines[day].setText(text)
        self.seen = seen

    def _keep(self) -> None:
        if self._shown is not None and self.is_changed:
            dates = (self.since.text(), self.until.text())
            self._begun[self._shown.owner_id, self._season] = Begun(self.days(), dates, self.touched, self.seen)

    @property
    def unsaved(self) -> Mapping[str, str]:
        """Whose weeks are half typed and not shown now, each with the season of the last one."""
        return dict(self._begun.keys())

    def forget(self) -> None:
        """Let go of what is half typed: nothing stands here until a week is shown, anew."""
        self._shown, self.is_changed = None, False
        self._begun = {}
        for line in (*self.lines.values(), self.since, self.until):
            # What is cleared comes back by Ctrl+Z.
            line.setText("")
        self.show_errors({})
        self._offer()

    def take_drafts(self) -> Weeks:
        """Everything that is half typed, which is gone from here then: it is one person's."""
        self._keep()
        taken = self._begun
        self.forget()
        return taken

    def give_drafts(self, weeks: Weeks) -> None:
        """Let what was half typed stand again in the weeks that it was typed in."""
        self._begun.update(weeks)

    def _fill(self, shown: WeekRow, order: list[int]) -> None:
        clear(self._inside)
        self.copy_from.clear()
        for day in order:
            line = named(QLineEdit(shown.days[day]), f"Hours of {DAYS[day]}")
            line.setPlaceholderText("closed")
            line.setMinimumWidth(120)
            line.textEdited.connect(self._touch)
            line.returnPressed.connect(self.saveRequested)
            name = label(DAYS[day])
            name.setFixedWidth(_NAME)
            name.setBuddy(line)
            error = marked(label("", "error", wrap=True), f"What is wrong: {DAYS[day]}")
            # Under the line that it is about.
            error.setContentsMargins(_NAME + _SPACE, 0, 0, 0)
            error.hide()
            self.lines[day], self._errors[day] = line, error
            self._inside.addLayout(column(row(name, line, space=_SPACE), error, space=2))
            self.copy_from.addItem(DAYS[day], day)

    def days(self) -> dict[int, str]:
        """What stands in the lines, by the day of the week."""
        return {day: line.text() for day, line in self.lines.items()}

    def show_errors(self, errors: Texts) -> None:
        """Say what is wrong: by the number of the day, `season` for the dates, `` for the whole."""
        for day, line in self.lines.items():
            said, error = errors.get(str(day), ""), self._errors[day]
            theme.set_property(line, "invalid", bool(said))
            line.setAccessibleDescription(said)
            error.setText(said)
            error.setVisible(bool(said))
        for text, where in ((errors.get("season", ""), self._dates_error), (errors.get("", ""), self._message)):
            where.setText(text)
            where.setVisible(bool(text))
        if errors:
            wrong = next((line for day, line in self.lines.items() if str(day) in errors), None)
            if wrong is not None:
                wrong.setFocus(Qt.FocusReason.OtherFocusReason)
            announce(self, next(iter(errors.values())))

    def _copy(self, days: range) -> None:
        text = self.lines[int(self.copy_from.currentData())].text()
        for day in days:
            self.lines[day].setText(text)
        self._touch()

    def _touch(self) -> None:
        self.is_changed = True
        self._changes += 1
        self.touched = self._changes
        self.show_errors({})
        self._offer()

    def _offer(self) -> None:
        self.save.setEnabled(self.is_changed)
        self.back.setVisible(self.is_changed)

    def _put_back(self) -> None:
        self.is_changed = False
        self.putBack.emit()
