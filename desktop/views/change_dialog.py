"""What is booked in a visit, to be changed: its services, who does each and where, how many come, and when."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, time

from PySide6.QtCore import QDate, QEvent, QLocale, Qt, QTime, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QFrame, QLayout, QLineEdit, QSpinBox, QWidget

from desktop.models.book_deeds import ChangeForm, ChangeLine, ContestRow
from desktop.models.rows import Choice
from desktop.views.build import (
    Button,
    IconButton,
    clear,
    column,
    field,
    frame,
    indented,
    inset,
    label,
    marked,
    named,
    part,
    row,
    titled,
)
from desktop.views.choosing import choose
from desktop.views.date_time_fields import DateField, TimeField
from desktop.views.layouts import widgets_in
from desktop.views.patterns import day_pattern, time_pattern
from desktop.views.reading_order import InReadingOrder
from desktop.widgets.announcing import announce
from desktop.widgets.banner import Banner
from shared.model.base import LONGEST_LINE

TITLE = "Change what is booked"
_WIDTH = 760
_ADD = "Add a service…"
_LEAVE = "Leave as it is"


class ChangeDialog(InReadingOrder, QDialog):
    """Shows a `ChangeForm` and says each change of it; whether it can be saved it is told."""

    changed = Signal(object)
    """The `ChangeForm` after a change."""
    saveRequested = Signal(object)
    slotChosen = Signal(str)
    """The id of one of the next free starts."""
    mineChosen = Signal(object)
    """A `Part` of which there are two: what was entered is to stand."""
    theirsChosen = Signal(object)
    """The same: what others have made of it is."""
    copyRequested = Signal(object)
    """The `ChangeForm` that can be saved no more."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        titled(self, TITLE)
        self.setModal(True)
        self.setFixedWidth(_WIDTH)
        self._form = ChangeForm(lines=(), day=date(2000, 1, 1), start=time())
        self._services: tuple[Choice, ...] = ()
        self._staff: Mapping[str, Sequence[Choice]] = {}
        self._rooms: Mapping[str, Sequence[Choice]] = {}
        self._quiet = self._is_over = False
        self._shown_contests: Sequence[ContestRow] = ()
        self._about = label("", "muted", wrap=True)
        self.meanwhile = marked(inset(Banner()), "What others have changed")
        self._contests = column(space=8)
        self._lines = column(space=8)
        self.add = named(QComboBox(), "Add a service")
        self.day = named(DateField(), "Day")
        self.day.setCalendarPopup(True)
        self.start = named(TimeField(), "Start")
        self.party = named(QSpinBox(), "How many come")
        self.becomes = marked(label("", "strong", wrap=True), "What it becomes")
        self.verdict = marked(inset(Banner()), "Whether it fits")
        self.verdict.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.why, self.anyway = Button("Why not?", kind="link"), Button("Change anyway…", kind="link")
        self.against = marked(label("", "caption", wrap=True), "What is in the way")
        self.reason = named(QLineEdit(), "Reason to change it anyway")
        self.reason.setMaxLength(LONGEST_LINE)
        self._reason_part = part(field("Reason to change it anyway", self.reason))
        self._slots = row(space=6)
        self._slots_part = part(column(label("Next free", "caption"), self._slots, space=4))
        self.copy = Button("Copy what was entered")
        self.no, self.yes = Button(_LEAVE), Button("Save", kind="primary")
        for editor in (self.start, self.party):
            indented(editor).setFixedWidth(96)
        self._build()
        self._connect()

    def _build(self) -> None:
        when = (field("Day", self.day), field("Start", self.start), part(field("How many come", self.party)))
        self._what, self._when = part(self._lines), part(row(*when, None, space=8))
        self._contests_part = part(self._contests)
        for hidden in (
            self._contests_part, self.against, self._reason_part, self._slots_part, self.why, self.anyway, self.copy,
        ):  # fmt: skip
            hidden.hide()
        self._content = column(
            label(TITLE, "heading"), self._about, self.meanwhile, self._contests_part, self._what,
            row(self.add, None), self._when, self.becomes, self.verdict, row(self.why, self.anyway, None),
            self.against, self._reason_part, self._slots_part, None, row(self.copy, None, self.no, self.yes),
            space=12, margins=(24, 22, 24, 20),
        )  # fmt: skip
        self.setLayout(self._content)

    def _connect(self) -> None:
        self.add.activated.connect(self._add_line)
        self.day.dateChanged.connect(self._say)
        self.start.timeChanged.connect(self._say)
        self.party.valueChanged.connect(self._say)
        self.reason.textEdited.connect(self._say)
        self.reason.returnPressed.connect(self._save)
        self.why.clicked.connect(self._unfold_why)
        self.anyway.clicked.connect(self._ask_reason)
        self.copy.clicked.connect(lambda: self.copyRequested.emit(self.form))
        self.no.clicked.connect(self.reject)
        self.yes.clicked.connect(self._save)

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest:
            # Words that are wrapped later on are not cut off. It never shrinks: no button leaps away from a hand.
            self.setMinimumHeight(self._content.totalHeightForWidth(_WIDTH))
        return done

    # What it is told

    def show_choices(
        self,
        *,
        services: Sequence[Choice],
        staff: Mapping[str, Sequence[Choice]],
        rooms: Mapping[str, Sequence[Choice]],
    ) -> None:
        """Offer these services and, by the service, people and rooms; those under an empty text for any other."""
        self._services, self._staff, self._rooms = tuple(services), staff, rooms
        self.add.clear()
        self.add.addItem(_ADD)
        for one in self._services:
            self.add.addItem(f"{one.text}   {one.detail}", one.id)
        self._show_lines()

    def ask(self, about: str, form: ChangeForm, *, locale: str, largest_party: int) -> None:
        """Show a visit as it is booked; `about` says whose it is and when."""
        self.show_about(about)
        where = QLocale(locale)
        for editor in (self.day, self.start):
            editor.setLocale(where)
        self.day.setDisplayFormat(day_pattern(locale))
        self.start.setDisplayFormat(time_pattern(locale))
        self._quiet = True
        self.party.setRange(1, max(largest_party, form.party))
        self.show_form(form)
        self.open()
        self.add.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_form(self, form: ChangeForm) -> None:
        """Let this stand in the dialog; where somebody is in a field they stay there."""
        before, self._form, self._quiet = self._form, form, True
        self.party.setMaximum(max(self.party.maximum(), form.party))
        self.party.setEnabled(self.party.maximum() > 1)
        self.day.setDate(QDate(form.day.year, form.day.month, form.day.day))
        self.start.setTime(QTime(form.start.hour, form.start.minute))
        self.party.setValue(form.party)
        self._quiet = False
        if before.lines != form.lines:
            self._show_lines()

    @property
    def about(self) -> str:
        """Whose visit it is, and when."""
        return self._about.text()

    def show_about(self, words: str) -> None:
        """Say whose visit it is, and when."""
        self._about.setText(words)

    def show_meanwhile(self, sentences: Sequence[str]) -> None:
        """Say what others have made of the visit since it was opened, where they have."""
        if sentences:
            self.meanwhile.show_message("\n".join(sentences), kind="info")
        else:
            self.meanwhile.clear()

    def show_contests(self, rows: Sequence[ContestRow]) -> None:
        """Ask which of two is to stand, once for each part that both have changed."""
        if rows == self._shown_contests:
            return
        self._shown_contests = rows
        focused: QWidget | None = self.focusWidget()
        was_answered = focused is not None and self._contests_part.isAncestorOf(focused)
        clear(self._contests)
        for one in rows:
            self._contests.addWidget(self._contest(one))
        self._contests_part.setVisible(bool(rows))
        if was_answered:
            # The button that was pressed is gone; the next one is not to be found by the same press.
            self.add.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_over(self, why: str) -> None:
        """Say why nothing of it can be saved any more, and let what was entered be seen; empty where it can."""
        if why:
            self.show_against(())
            self.show_slots(())
            self.show_contests(())
            self.meanwhile.clear()
            self.show_becomes("")
            self.show_verdict(why, kind="danger", saveable=False)
        self.becomes.setVisible(not why)
        self.yes.setToolTip(why)
        if bool(why) is self._is_over:
            return
        self._is_over = bool(why)
        self.copy.setVisible(self._is_over)
        self.no.say("Close" if self._is_over else _LEAVE)
        self._set_editable(editable=not self._is_over)

    def show_sending(self, *, sending: bool) -> None:
        """Take nothing more while it is being saved."""
        if sending:
            # The key that is pressed once more is not to find the button that leaves.
            self.yes.setFocus(Qt.FocusReason.OtherFocusReason)
        self._set_editable(editable=not sending)
        if not sending:
            first = self.add if self._reason_part.isHidden() else self.reason
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _set_editable(self, *, editable: bool) -> None:
        for one in (
            self._contests_part, self._what, self.add, self._when, self.reason, self._slots_part, self.anyway,
        ):  # fmt: skip
            one.setEnabled(editable)

    def show_becomes(self, words: str) -> None:
        """Say what the visit comes to."""
        self.becomes.setText(words)

    def show_verdict(self, words: str, *, kind: str, saveable: bool, anyway_why_not: str | None = None) -> None:
        """Say whether it fits; `anyway_why_not` is None where no reason helps, empty where this person's does."""
        self.verdict.show_message(words, kind=kind)
        if not saveable and self.yes.hasFocus():
            # Else it goes to a field that the next key would change, or to the button that leaves.
            self.verdict.setFocus(Qt.FocusReason.OtherFocusReason)
        self.yes.setEnabled(saveable)
        if saveable and self.verdict.hasFocus():
            self.yes.setFocus(Qt.FocusReason.OtherFocusReason)
        self.anyway.setVisible(anyway_why_not is not None and self._reason_part.isHidden())
        self.anyway.setEnabled(not anyway_why_not)
        self.anyway.setToolTip(anyway_why_not or "Change it over the rule, with a reason that is kept.")

    def show_against(self, sentences: Sequence[str]) -> None:
        """Keep every rule that is against it at hand."""
        self.against.setText("\n".join(sentences))
        self.why.setVisible(bool(sentences))
        if not sentences:
            self.against.hide()

    def show_slots(self, slots: Sequence[Choice]) -> None:
        """Offer the next starts that are free."""
        focused = _name_of(self.focusWidget(), within=self._slots_part)
        again: QWidget = self.verdict
        clear(self._slots)
        for one in slots:
            button = Button(one.text)
            named(button, f"Next free: {one.detail}")
            again = button if button.accessibleName() == focused else again
            button.setToolTip(one.detail)
            button.clicked.connect(lambda _=False, chosen=one.id: self.slotChosen.emit(chosen))
            self._slots.addWidget(button)
        self._slots.addStretch(1)
        self._slots_part.setVisible(bool(slots))
        if focused:
            # Else it goes to a field that the next key would change. What was chosen leads to Save from there.
            again.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def form(self) -> ChangeForm:
        """What stands in it now."""
        day, start = self.day.date(), self.start.time()
        typed = time(start.hour(), start.minute())
        # An hour that the clocks show twice says in its fold which one is meant; the editor cannot.
        same = self._form.start.replace(fold=0) == typed
        return replace(
            self._form,
            day=date(day.year(), day.month(), day.day()),
            start=self._form.start if same else typed,
            party=self.party.value(),
            override=None if self._reason_part.isHidden() else self.reason.text(),
        )

    # The services

    def _show_lines(self) -> None:
        focused = _name_of(self.focusWidget(), within=self._what)
        clear(self._lines)
        last = len(self._form.lines) - 1
        for place, line in enumerate(self._form.lines):
            self._lines.addWidget(self._line(place, line, last))
        _focus(focused, self._lines)

    def _line(self, place: int, line: ChangeLine, last: int) -> QFrame:
        made = named(frame("line"), f"Service {place + 1}: {line.title}")
        staff = _combo(f"Who does {line.title}", self._staff, line.service_id, line.staff_id)
        rooms = _combo(f"Where {line.title} is done", self._rooms, line.service_id, line.room_id)
        staff.activated.connect(lambda _: self._put(place, staff_id=str(staff.currentData())))
        rooms.activated.connect(lambda _: self._put(place, room_id=str(rooms.currentData())))
        up = IconButton("chevron-up", f"{line.title} earlier")
        down = IconButton("chevron-down", f"{line.title} later")
        drop = IconButton("trash", f"Remove {line.title}")
        up.setEnabled(place > 0)
        down.setEnabled(place < last)
        drop.setEnabled(last > 0)
        up.clicked.connect(lambda: self._shift(place, -1))
        down.clicked.connect(lambda: self._shift(place, 1))
        drop.clicked.connect(lambda: self._drop(place))
        title = label(line.title, "strong", wrap=True)
        inside = row(title, staff, rooms, up, down, drop, space=6, margins=(12, 6, 6, 6))
        inside.setStretch(0, 1)
        made.setLayout(inside)
        return made

    def _put(self, place: int, **changes: str) -> None:
        lines = self._form.lines
        changed = replace(lines[place], **changes)  # type: ignore[arg-type]
        self._form = replace(self._form, lines=(*lines[:place], changed, *lines[place + 1 :]))
        self._say()

    def _shift(self, place: int, by: int) -> None:
        lines = list(self._form.lines)
        lines.insert(place + by, lines.pop(place))
        self._with_lines(lines)

    def _drop(self, place: int) -> None:
        self._with_lines([*self._form.lines[:place], *self._form.lines[place + 1 :]])

    def _add_line(self, index: int) -> None:
        chosen = next((one for one in self._services if one.id == self.add.itemData(index)), None)
        self.add.setCurrentIndex(0)
        if chosen is not None:
            self._with_lines([*self._form.lines, ChangeLine(service_id=chosen.id, title=chosen.text)])

    def _with_lines(self, lines: Sequence[ChangeLine]) -> None:
        self._form = replace(self._form, lines=tuple(lines))
        self._show_lines()
        # The button that was pressed is gone.
        self.add.setFocus(Qt.FocusReason.OtherFocusReason)
        self._say()

    # Of which there are two

    def _contest(self, one: ContestRow) -> QFrame:
        made = named(frame("line"), one.title)
        mine = Button("Take mine after all" if one.is_settled else "Keep mine")
        named(mine, f"{mine.text()}: {one.title}, {one.mine}")
        mine.clicked.connect(lambda: self.mineChosen.emit(one.part))
        buttons = [mine]
        if not one.is_settled:
            theirs = Button("Take theirs")
            named(theirs, f"Take theirs: {one.title}, {one.now}")
            theirs.clicked.connect(lambda: self.theirsChosen.emit(one.part))
            buttons.append(theirs)
        now = f"Theirs is taken: {one.now}" if one.is_settled else f"Changed meanwhile to: {one.now}"
        said = f"You had: {one.mine}" if one.is_settled else f"You have: {one.mine}"
        words = column(label(one.title, "strong"), label(now, wrap=True), label(said, wrap=True), space=2)
        inside = row(words, *buttons, space=6, margins=(12, 8, 8, 8))
        inside.setStretch(0, 1)
        made.setLayout(inside)
        return made

    # What a person does

    def _say(self) -> None:
        if not self._quiet:
            self._form = self.form
            self.changed.emit(self._form)

    def _save(self) -> None:
        self.saveRequested.emit(self.form)

    def _unfold_why(self) -> None:
        self.against.setVisible(self.against.isHidden())
        if not self.against.isHidden():
            announce(self.against, self.against.text())

    def _ask_reason(self) -> None:
        self.anyway.hide()
        self._reason_part.show()
        self.reason.setFocus()
        self._say()


def _combo(name: str, by_service: Mapping[str, Sequence[Choice]], service: str, chosen: str) -> QComboBox:
    made = named(QComboBox(), name)
    made.setFixedWidth(196)
    everything = by_service.get("", ())
    offered = by_service.get(service, everything)
    # Whoever is booked stays to be seen, though the service would not have them today.
    others = [] if any(one.id == chosen for one in offered) else [one for one in everything if one.id == chosen]
    for one in (*offered, *others):
        made.addItem(one.text, one.id)
    choose(made, chosen)
    return made


def _name_of(focused: QWidget | None, *, within: QWidget) -> str:
    """What the widget with the focus is called; empty where it is not within another."""
    return focused.accessibleName() if focused is not None and within.isAncestorOf(focused) else ""


def _focus(name: str, layout: QLayout) -> None:
    """Give the focus to what is called so now, where it was made anew."""
    inside = (inner for one in widgets_in(layout) for inner in one.findChildren(QWidget))
    found = [inner for inner in inside if inner.accessibleName() == name]
    if name and found:
        found[0].setFocus(Qt.FocusReason.OtherFocusReason)
