"""A form of the set-up: fields under one another, what more belongs to it, and saving what was changed."""

from collections.abc import Callable, Iterator, Sequence
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
    """Which form was shown, and its last change."""

    shown: FormRow | None
    touched: int


class Draft(NamedTuple):
    """What is half typed in a form that is not shown now, and why it could not be saved where that was tried."""

    shown: FormRow
    texts: Texts
    touched: int
    more: object
    why: str = ""


class FormView(QWidget):
    """Shows a `FormRow`; what is typed stays with it until it is saved or put back, though another is shown."""

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
        self._changes = self._touched = 0
        """How many changes there were in all, and the last of this form."""
        self._sent: list[FormRow] = []
        """Forms that are being saved."""
        self._drafts: list[Draft] = []
        self.more_typed: Callable[[], object] = lambda: None
        """What stands in that which belongs to the form beside its fields."""
        self.more_begun: object = None
        """The same of the form that is shown, as it was when it was left; None where it was not begun."""
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
        """Show a form; one that is half filled in is as it was left, unless `anew`."""
        same = self._shown is not None and _key(self._shown) == _key(shown)
        if same and not anew and (self.is_changed or shown == self._shown):
            self._see(shown)
            return
        focused = next((name for name, one in self._fields.items() if one.editor.hasFocus()), "") if same else ""
        if not same or self.is_sent:
            self._keep()
        draft = None if anew else next((one for one in self._drafts if _key(one.shown) == _key(shown)), None)
        self._shown, self.is_changed, self.more_begun = shown, False, None
        texts: Texts = {}
        if draft is not None:
            self._drafts.remove(draft)
            self._shown, self.is_changed, self.more_begun = draft.shown, True, draft.more
            self._touched, texts = draft.touched, draft.texts
            self._see(shown)
        self._title.setText(shown.title)
        self._note.setText(shown.note)
        self._note.setVisible(bool(shown.note))
        self._fill([one if one.why_not else replace(one, value=texts.get(one.name, one.value)) for one in shown.fields])
        for one in (*self._fields.values(), *self._more):
            one.setEnabled(not shown.is_archived)
        if focused in self._fields:
            self._fields[focused].editor.setFocus(Qt.FocusReason.OtherFocusReason)
        self.show_errors({"": draft.why} if draft is not None and draft.why else {})
        if not same:
            self._area.verticalScrollBar().setValue(0)
        self._offer()

    def _see(self, shown: FormRow) -> None:
        """Take up what the form is drawn from now; what was typed is a change of what was seen when it was begun."""
        now = self._shown
        if now is not None and not self.is_sent and (not self.is_changed or (now.seen is None and shown.seen)):
            self._shown = replace(now, seen=shown.seen)

    def keeps(self, shown: FormRow) -> bool:
        """Whether this form is shown and half filled in."""
        return self.is_changed and self._shown is not None and _key(self._shown) == _key(shown)

    def _keep(self) -> None:
        if self._shown is not None and self.is_changed:
            self._drafts.append(Draft(self._shown, self.texts(), self._touched, self.more_typed()))

    def forget(self) -> None:
        """Let go of what is half typed: nothing stands here until a form is shown, anew."""
        self._shown, self.is_changed, self.more_begun = None, False, None
        self._drafts, self._sent = [], []
        self._title.setText("")
        self._note.hide()
        self._fill(())
        self.show_errors({})
        for one in (*self._more, self.save):
            one.setEnabled(False)
        for button in (self.back, self.archive):
            button.hide()

    def take_drafts(self, unanswered: str) -> tuple[Draft, ...]:
        """Everything that is half typed, which is gone from here then: it is one person's.

        Of what is being saved it is `unanswered` whether it was.
        """
        self._keep()
        taken = tuple(
            one._replace(why=unanswered) if any(one.shown is sent for sent in self._sent) else one
            for one in self._drafts
        )
        self.forget()
        return taken

    def give_drafts(self, drafts: Sequence[Draft]) -> None:
        """Let what was half typed stand again in the forms that it was typed in."""
        self._drafts.extend(drafts)

    @property
    def seen(self) -> object:
        """What the form was drawn from that is shown; None for something new."""
        return None if self._shown is None else self._shown.seen

    @property
    def unsaved(self) -> frozenset[str]:
        """The ids of what is half typed and not shown now."""
        return frozenset(one.shown.id for one in self._drafts)

    @property
    def is_sent(self) -> bool:
        """Whether what is shown is being saved: who presses twice means once."""
        return any(one is self._shown for one in self._sent)

    def send(self) -> Mark:
        """What stands here is being saved; what to compare with once it is."""
        if self._shown is not None:
            self._sent.append(self._shown)
        return Mark(self._shown, self._touched)

    def take_refused(self, mark: Mark, why: str = "") -> bool:
        """What was sent was refused: it can be sent again. False where it is not shown now; it then says why later."""
        self._sent = [one for one in self._sent if one is not mark.shown]
        self._drafts = [one._replace(why=why) if one.shown is mark.shown else one for one in self._drafts]
        return self._shown is not None and self._shown is mark.shown

    def take_saved(self, mark: Mark, row_id: str) -> bool:
        """What stood here at a mark is saved in this row; what was typed since stays and is not saved yet.

        False where another form is shown since.
        """
        self._sent = [one for one in self._sent if one is not mark.shown]
        for draft in [one for one in self._drafts if one.shown is mark.shown]:
            self._drafts.remove(draft)
            if draft.touched != mark.touched:
                self._drafts.append(draft._replace(shown=replace(draft.shown, id=row_id, seen=None)))
        if self._shown is None or self._shown is not mark.shown:
            return False
        if self._touched == mark.touched:
            self.is_changed = False
        else:
            self._shown = replace(self._shown, id=row_id, seen=None)
            self._offer()
        return True

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
        self._changes += 1
        self._touched = self._changes
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


def _key(shown: FormRow) -> str:
    """What a form is about; of something new, what that is."""
    return shown.id or shown.title


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
