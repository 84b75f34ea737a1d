"""The card of one appointment: who, when, what; its steps; and how the server stands to it."""

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from desktop.models.rows import CardRow, StepChoice
from desktop.views.actions import Actions
from desktop.views.build import Button, clear, column, field, inset, label, marked, named, part, row, show_facts
from desktop.views.notes import NotesPart
from desktop.views.side_panel import SidePanel
from desktop.widgets.banner import Banner

STEPS = {
    "confirm": ("Confirm", "check"),
    "decline": ("Decline…", "slash"),
    "arrive": ("Arrive", "arrived"),
    "start": ("Start", "play"),
    "complete": ("Complete", "check-double"),
    "no_show": ("No-show", "slash"),
    "undo_step": ("Undo step", "undo"),
}
"""The words and the icon of each step; cancelling asks for a reason first and stands apart."""

DATA = {"export_customer": "Export data…", "erase_customer": "Erase…"}
"""What can be done with what is kept about the customer, by the name of its action."""

BY_BUSINESS = "The business cancels, not the customer"

REPEAT, DATES = "Repeat…", "All its dates…"
"""What the button says of a visit that stands by itself, and of one that repeats."""


class AppointmentCard(SidePanel):
    """Shows a `CardRow` and asks for steps."""

    stepRequested = Signal(str)
    """The name of the action: `arrive`, `start`, …"""
    cancelRequested = Signal(str, bool)
    """The reason, which may be empty, and whether it is the business that cancels."""
    attentionRequested = Signal()
    repeatRequested = Signal()
    """Its series is to be shown, or it is to become one."""
    declineRequested = Signal()
    paymentRequested = Signal()
    unlockRequested = Signal()

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__("Appointment", parent)
        self._actions = actions
        self._row: CardRow | None = None
        self._begun: dict[str, str] = {}
        """Reasons that somebody was writing when another took the desk, by their visit."""
        self._status = marked(label("", "chip"), "Status")
        self._when = label("", "strong", wrap=True)
        self._alert, self._mark, self._refused, self._locked = (inset(Banner()) for _ in range(4))
        self._facts = column(space=10)
        self.notes = NotesPart()
        self._data_actions = [actions[name] for name in DATA if name in actions]
        self._data = self._data_part()
        self.pay = Button("Take payment…", icon_name="plus")
        self.pay.setToolTip(f"Take a payment or give one back ({actions.keys_of('take_payment')})")
        self._first = row(space=8)
        self._others = column(space=6)
        self._repeat = Button(REPEAT, icon_name="repeat")
        self.change = self._following(actions["change_visit"], "Change what is booked…", "settings")
        self.swap = self._following(actions["swap"], "Swap with…", "sync")
        self._cancel = Button("Cancel booking…", icon_name="trash")
        self.reason = named(QLineEdit(), "Reason for cancelling")
        self.reason.setPlaceholderText("Optional")
        self.by_business = named(QCheckBox(BY_BUSINESS), BY_BUSINESS)
        self.by_business.setToolTip("Then it costs no fee and counts as cancelled by the business.")
        self._sure = Button("Cancel booking", kind="danger")
        self._keep = Button("Keep")
        self._asking = part(
            column(
                field("Reason for cancelling", self.reason),
                self.by_business,
                row(None, self._keep, self._sure),
                margins=(0, 0, 0, 0),
            )
        )
        self._asking.hide()
        others = row(self._repeat, self.swap)
        self._ways = part(column(self._first, self._others, self.change, others))
        """What can be done with the visit but to cancel it: where that is asked, a low window has no room for both."""
        body = column(
            row(self._status, None),
            self._when,
            self._alert,
            self._mark,
            self._refused,
            self._locked,
            self._facts,
            row(self.pay, None),
            self.notes,
            self._data,
            None,
            space=12,
            margins=(20, 2, 20, 16),
        )
        self.fill(
            body,
            column(
                self._ways,
                self._cancel,
                self._asking,
                margins=(20, 14, 20, 16),
            ),
        )
        self._repeat.clicked.connect(self.repeatRequested)
        self._cancel.clicked.connect(self.ask_reason)
        self._keep.clicked.connect(self.stop_asking)
        self._sure.clicked.connect(self._be_sure)
        self.reason.returnPressed.connect(self._keep.setFocus)
        self._refused.actionRequested.connect(self.attentionRequested)
        self._locked.actionRequested.connect(self.unlockRequested)
        self.pay.clicked.connect(self.paymentRequested)

    @property
    def is_asking(self) -> bool:
        """Whether it asks for the reason of a cancellation."""
        return not self._asking.isHidden()

    def show_row(self, shown: CardRow) -> None:
        """Show an appointment, or the same one as it is now."""
        if self._row is None or self._row.appointment_id != shown.appointment_id:
            self.stop_asking()
        self._row = shown
        self.set_title(shown.title)
        self._status.setText(shown.status_text)
        self._status.setAccessibleName(f"Status: {shown.status_text}")
        self._when.setText(shown.when)
        _say(self._alert, shown.alert, "warning")
        _say(self._mark, shown.mark, "info")
        _say(self._refused, shown.refused, "danger", "Needs attention")
        _say(self._locked, shown.locked, "info", "Unlock…" if shown.may_unlock else "")
        show_facts(self._facts, shown.facts)
        self.notes.show_notes(shown.appointment_id, shown.notes, of_customer=shown.has_customer)
        self._show_data()
        self._repeat.setVisible(shown.repeats or shown.may_repeat)
        self._repeat.say(DATES if shown.repeats else REPEAT)
        self._show_steps(shown.steps, shown.main)

    def _data_part(self) -> QWidget:
        """Buttons for what there is in this window: whoever acts as another has none of them."""
        buttons = []
        for action in self._data_actions:
            button = Button(DATA[action.objectName()])
            button.clicked.connect(action.trigger)
            action.changed.connect(self._show_data)
            buttons.append(button)
        made = part(column(label("All that is kept about them", "caption"), row(*buttons, None), space=6))
        made.hide()
        return made

    def _following(self, action: QAction, text: str, icon_name: str) -> Button:
        """A button that is there for as long as its action can be taken."""
        made = Button(text, icon_name=icon_name)
        made.setToolTip(f"{text} ({self._actions.keys_of(action.objectName())})")
        made.clicked.connect(action.trigger)
        action.changed.connect(lambda: made.setVisible(action.isEnabled()))
        made.setVisible(action.isEnabled())
        return made

    def _show_data(self) -> None:
        offered = bool(self._data_actions) and all(action.isVisible() for action in self._data_actions)
        self._data.setVisible(offered and self._row is not None and self._row.has_data)

    def ask_reason(self) -> None:
        """Ask why it is cancelled; the safe answer is the default."""
        if self._cancel.isEnabled() and not self._cancel.isHidden():
            self.reason.setText(self._begun.pop(self._row.appointment_id, "") if self._row else "")
            self.by_business.setChecked(False)
            self._cancel.hide()
            self._ways.hide()
            self._asking.show()
            self.reason.setFocus()

    def _be_sure(self) -> None:
        self.cancelRequested.emit(self.reason.text().strip(), self.by_business.isChecked())

    def stop_asking(self) -> None:
        """Keep the booking."""
        self._asking.hide()
        self._ways.show()
        self._cancel.show()

    def take_reasons(self) -> dict[str, str]:
        """Reasons that are half written, which are gone from here then: they are one person's."""
        taken, self._begun = self._begun, {}
        if self._row is not None and self.is_asking and self.reason.text().strip():
            taken[self._row.appointment_id] = self.reason.text()
        # What is cleared comes back by Ctrl+Z.
        self.reason.setText("")
        self.stop_asking()
        return taken

    def give_reasons(self, reasons: Mapping[str, str]) -> None:
        """Let what was half written stand again where the cancellation is asked for."""
        self._begun.update(reasons)

    def _show_steps(self, steps: tuple[StepChoice, ...], main: str) -> None:
        clear(self._first)
        clear(self._others)
        plain = [step for step in steps if step.action in STEPS]
        offered = next((step for step in plain if step.action == main), None)
        if offered is not None:
            self._first.addWidget(self._button(offered, primary=True), 1)
        rest = [step for step in plain if step is not offered]
        for begin in range(0, len(rest), 2):
            self._others.addLayout(row(*(self._button(step, primary=False) for step in rest[begin : begin + 2])))
        cancel = next((step for step in steps if step.action == "cancel"), None)
        self._cancel.setVisible(cancel is not None and not self.is_asking)
        if cancel is not None:
            self._cancel.setEnabled(not cancel.why_not)
            self._cancel.setToolTip(cancel.why_not or self._actions.keys_of("cancel"))

    def _button(self, step: StepChoice, *, primary: bool) -> Button:
        text, icon_name = STEPS[step.action]
        text = step.text or text
        key = self._actions.keys_of(step.action)
        made = Button(f"{text}   {key}", kind="primary" if primary else "", icon_name=icon_name,
                      tint="accent_text" if primary else "")  # fmt: skip
        named(made, text)
        made.setEnabled(not step.why_not)
        made.setToolTip(step.why_not or f"{text} ({key})")
        if step.action == "decline":
            made.clicked.connect(self.declineRequested)
        else:
            made.clicked.connect(lambda: self.stepRequested.emit(step.action))
        return made


def _say(banner: Banner, text: str, kind: str, action: str = "") -> None:
    if text:
        banner.show_message(text, kind=kind, action=action)
    else:
        banner.clear()
