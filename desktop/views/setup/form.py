"""A form of the set-up: fields under one another, what more belongs to it, and saving what was changed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from desktop.models.setup_rows import FieldRow, FormRow, Texts
from desktop.views.build import Button, clear, column, frame, label, marked, row
from desktop.views.scrolling import scrolled
from desktop.views.setup.field import FieldEditor
from desktop.widgets.announcing import announce

_BESIDE = 3
"""Narrow fields beside one another."""
_WIDTH = 640


class Mark(NamedTuple):
    """Which form was shown, and how often it had been changed."""

    shown: FormRow | None
    touched: int


class FormView(QWidget):
    """Shows a `FormRow`; what is typed stays until it is saved, put back, or another form is shown."""

    saveRequested = Signal(object)
    """The texts by the name of their field."""
    archiveRequested = Signal(bool)
    """True archives it, false brings it back."""
    edited = Signal()
    putBack = Signal()

    def __init__(self, *more: QWidget) -> None:
        """`more` stands under the fields."""
        super().__init__()
        self._shown: FormRow | None = None
        self._fields: dict[str, FieldEditor] = {}
        self._touched = 0
        self._sent: FormRow | None = None
        self.is_changed = False
        self._title = label("", "heading", wrap=True)
        self._note = label("", "muted", wrap=True)
        self._inside = column(space=12)
        self._message = marked(label("", "error", wrap=True), "Why it was not saved")
        self._message.hide()
        self.save = Button("Save", kind="primary", icon_name="check", tint="accent_text")
        self.back = Button("Put back")
        self.archive = Button("Archive")
        self._more = more
        page = QWidget()
        page.setMaximumWidth(_WIDTH)
        page.setLayout(column(self._title, self._note, self._inside, *more, None, space=14, margins=(24, 20, 24, 20)))
        foot = frame(
            "footer",
            column(self._message, row(self.save, self.back, None, self.archive), space=8, margins=(24, 10, 24, 10)),
        )
        self._area = scrolled(page)
        self.setLayout(column(self._area, foot, space=0))
        self.save.clicked.connect(self.request_save)
        self.back.clicked.connect(self._put_back)
        self.archive.clicked.connect(self._archive)

    # What it is told

    def show_form(self, shown: FormRow, *, anew: bool = False) -> None:
        """Show a form; one that is half filled in is kept, unless it is about something else or `anew`."""
        same = self.is_about(shown.id)
        if same and not anew and (self.is_changed or shown == self._shown):
            return
        self._shown, self.is_changed = shown, False
        self._title.setText(shown.title)
        self._note.setText(shown.note)
        self._note.setVisible(bool(shown.note))
        focused = next((name for name, one in self._fields.items() if one.editor.hasFocus()), "") if same else ""
        self._fill(shown.fields)
        for one in (*self._fields.values(), *self._more):
            one.setEnabled(not shown.is_archived)
        if focused in self._fields:
            self._fields[focused].editor.setFocus(Qt.FocusReason.OtherFocusReason)
        self.show_errors({})
        if not same:
            self._area.verticalScrollBar().setValue(0)
        self._offer()

    def forget(self) -> None:
        """Let go of what is half typed: the next form is shown anew."""
        self._shown, self.is_changed = None, False

    @property
    def is_sent(self) -> bool:
        """Whether what is shown is being saved: who presses twice means once."""
        return self._sent is not None and self._sent is self._shown

    def send(self) -> Mark:
        """What stands here is being saved; what to compare with once it is."""
        self._sent = self._shown
        return Mark(self._shown, self._touched)

    def take_refused(self) -> None:
        """What was sent was refused: it can be sent again."""
        self._sent = None

    def take_saved(self, mark: Mark, row_id: str) -> bool:
        """What stood here at a mark is saved in this row; what was typed since stays and is not saved yet.

        False where another form is shown since.
        """
        if self._sent is mark.shown:
            self._sent = None
        if self._shown is None or self._shown is not mark.shown:
            return False
        if self._touched == mark.touched:
            self.is_changed = False
        else:
            self._shown = replace(self._shown, id=row_id)
            self._offer()
        return True

    def is_about(self, row_id: str) -> bool:
        """Whether the form of this row is shown."""
        return self._shown is not None and self._shown.id == row_id

    def _fill(self, fields: Sequence[FieldRow]) -> None:
        clear(self._inside)
        self._fields = {}
        for group in _groups(fields):
            editors = [FieldEditor(one) for one in group]
            for one in editors:
                self._fields[one.name] = one
                one.edited.connect(self.touch)
                one.entered.connect(self.request_save)
            beside = row(space=12)
            for one in editors:
                beside.addWidget(one, 1, Qt.AlignmentFlag.AlignTop)
            self._inside.addLayout(beside)

    def _offer(self) -> None:
        shown = self._shown
        if shown is None:
            return
        self.save.setEnabled(not shown.is_archived and (self.is_changed or not shown.id))
        self.save.setText("Save" if shown.id else "Add")
        self.save.setAccessibleName(self.save.text())
        self.back.setVisible(self.is_changed or not shown.id)
        self.back.setText("Put back" if shown.id else "Leave it")
        self.back.setAccessibleName(self.back.text())
        self.archive.setVisible(bool(shown.id) and shown.may_archive)
        self.archive.setText("Bring back" if shown.is_archived else "Archive")
        self.archive.setAccessibleName(f"{self.archive.text()}: {shown.title}")

    def show_errors(self, errors: Texts) -> None:
        """Say what is wrong beside each field; the one named `` is about the whole."""
        for name, editor in self._fields.items():
            editor.show_error(errors.get(name, ""))
        self._message.setText(errors.get("", ""))
        self._message.setVisible(bool(errors.get("")))
        if errors:
            wrong = next((one for name, one in self._fields.items() if name in errors), None)
            if wrong is not None:
                wrong.editor.setFocus(Qt.FocusReason.OtherFocusReason)
            announce(self, next(iter(errors.values())))

    def texts(self) -> dict[str, str]:
        """What stands in the fields."""
        return {name: editor.text() for name, editor in self._fields.items()}

    def editor(self, name: str) -> FieldEditor:
        """The field of a name."""
        return self._fields[name]

    def focus_first(self) -> None:
        """Put the focus into the first field that can be changed."""
        able = next((one for one in self._fields.values() if one.editor.isEnabled()), None)
        (able.editor if able else self.save).setFocus(Qt.FocusReason.OtherFocusReason)

    def touch(self) -> None:
        """Something was changed and is not saved yet."""
        self.is_changed = True
        self._touched += 1
        self._offer()
        self.edited.emit()

    # What a person does

    def request_save(self) -> None:
        """Save, where there is something to save."""
        if self.save.isEnabled():
            self.saveRequested.emit(self.texts())

    def _put_back(self) -> None:
        self.is_changed = False
        self.putBack.emit()

    def _archive(self) -> None:
        if self._shown is not None:
            self.archiveRequested.emit(not self._shown.is_archived)


def _groups(fields: Sequence[FieldRow]) -> Iterator[list[FieldRow]]:
    """The fields by the lines that they stand in."""
    group: list[FieldRow] = []
    for one in fields:
        if group and (not one.is_narrow or not group[-1].is_narrow or len(group) == _BESIDE):
            yield group
            group = []
        group.append(one)
    if group:
        yield group
