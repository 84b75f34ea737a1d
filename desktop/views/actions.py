"""Every action of the desktop with its one key: menus, shortcuts and the list of keys are all made from this table."""

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QWidget

from desktop.models.rows import KeyLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One action. `place` says where its key acts: `window`, or only in the `book` or in `attention`."""

    name: str
    text: str
    group: str
    keys: str = ""
    place: str = "window"
    also: str = ""
    """A second key, for hands that learned it elsewhere."""


SPECS = (
    Spec(name="new_booking", text="New booking", group="Book", keys="N", place="book"),
    Spec(name="today", text="Today", group="Book", keys="T", place="book"),
    Spec(name="previous_day", text="Previous day, week or month", group="Book", keys="Ctrl+PgUp"),
    Spec(name="next_day", text="Next day, week or month", group="Book", keys="Ctrl+PgDown"),
    Spec(name="view_day", text="Show the day", group="Book", keys="Alt+D"),
    Spec(name="view_week", text="Show the week of one resource", group="Book", keys="Alt+W"),
    Spec(name="view_month", text="Show the month as load", group="Book", keys="Alt+M"),
    Spec(name="view_agenda", text="Show the agenda", group="Book", keys="Alt+A"),
    Spec(name="choose_columns", text="Choose columns…", group="Book"),
    Spec(name="pick_day", text="Go to a day…", group="Book", keys="G", place="book"),
    Spec(name="block_time", text="Block time…", group="Book", keys="B", place="book"),
    Spec(name="find", text="Find customer", group="Book", keys="Ctrl+F"),
    Spec(name="save_booking", text="Save booking", group="Book", keys="Ctrl+Return"),
    Spec(name="book_slot_1", text="Take the 1st free slot", group="Book", keys="Alt+1"),
    Spec(name="book_slot_2", text="Take the 2nd free slot", group="Book", keys="Alt+2"),
    Spec(name="book_slot_3", text="Take the 3rd free slot", group="Book", keys="Alt+3"),
    Spec(name="book_slot_4", text="Take the 4th free slot", group="Book", keys="Alt+4"),
    Spec(name="book_slot_5", text="Take the 5th free slot", group="Book", keys="Alt+5"),
    Spec(name="confirm", text="Confirm", group="Appointment", keys="F", place="book"),
    Spec(name="arrive", text="Arrive", group="Appointment", keys="A", place="book"),
    Spec(name="start", text="Start", group="Appointment", keys="S", place="book"),
    Spec(name="complete", text="Complete", group="Appointment", keys="C", place="book"),
    Spec(name="no_show", text="No-show", group="Appointment", keys="X", place="book"),
    Spec(name="cancel", text="Cancel booking…", group="Appointment", keys="Del", place="book"),
    Spec(name="undo_step", text="Undo step", group="Appointment", keys="U", place="book"),
    Spec(name="decline", text="Decline request…", group="Appointment", keys="E", place="book"),
    Spec(name="take_payment", text="Take payment…", group="Appointment", keys="P", place="book"),
    Spec(name="unlock_visit", text="Unlock…", group="Appointment", keys="Shift+U", place="book"),
    Spec(name="note", text="Add a note", group="Appointment", keys="O", place="book"),
    Spec(name="repeat", text="Repeat, or show all its dates", group="Appointment", keys="Shift+R", place="book"),
    Spec(name="change_visit", text="Change what is booked…", group="Appointment", keys="Shift+C", place="book"),
    Spec(name="swap", text="Swap with…", group="Appointment", keys="Shift+W", place="book"),
    Spec(name="slot_1", text="Take the 1st free slot", group="Needs attention", keys="1", place="attention"),
    Spec(name="slot_2", text="Take the 2nd free slot", group="Needs attention", keys="2", place="attention"),
    Spec(name="slot_3", text="Take the 3rd free slot", group="Needs attention", keys="3", place="attention"),
    Spec(name="slot_4", text="Take the 4th free slot", group="Needs attention", keys="4", place="attention"),
    Spec(name="slot_5", text="Take the 5th free slot", group="Needs attention", keys="5", place="attention"),
    Spec(name="keep", text="Keep…", group="Needs attention", keys="K", place="attention"),
    Spec(name="restore", text="Bring back and apply", group="Needs attention", keys="R", place="attention"),
    Spec(name="attach", text="Attach to another customer…", group="Needs attention", keys="W", place="attention"),
    Spec(name="drop", text="Drop", group="Needs attention", keys="D", place="attention"),
    Spec(name="go_book", text="Book", group="Window", keys="Ctrl+1"),
    Spec(name="go_day", text="Day list", group="Window", keys="Ctrl+D"),
    Spec(name="go_cash", text="Cash sheet", group="Window", keys="Ctrl+Shift+D"),
    Spec(name="go_numbers", text="Numbers", group="Window", keys="Ctrl+6"),
    Spec(name="go_attention", text="Needs attention", group="Window", keys="Ctrl+2"),
    Spec(name="go_customers", text="Customers", group="Window", keys="Ctrl+Shift+C"),
    Spec(name="go_waitlist", text="Waitlist", group="Window", keys="Ctrl+Shift+W"),
    Spec(name="go_team", text="Team", group="Window", keys="Ctrl+3"),
    Spec(name="go_setup", text="Set-up", group="Window", keys="Ctrl+5"),
    Spec(name="go_audit", text="Audit trail", group="Window", keys="Ctrl+4"),
    Spec(name="undo", text="Undo", group="Window", keys="Ctrl+Z"),
    Spec(name="redo", text="Redo", group="Window", keys="Ctrl+Shift+Z", also="Ctrl+Y"),
    Spec(name="close", text="Close panel", group="Window", keys="Esc"),
    Spec(name="sync_now", text="Sync now", group="Window", keys="F5"),
    Spec(name="sync_details", text="Sync status", group="Window", keys="Ctrl+Shift+S"),
    Spec(name="import_customers", text="Import customers…", group="Window"),
    Spec(name="import_services", text="Import services…", group="Window"),
    Spec(name="import_bookings", text="Import bookings…", group="Window"),
    Spec(name="import_calendar", text="Import calendar…", group="Window"),
    Spec(name="save_customers", text="Save customers as CSV…", group="Window"),
    Spec(name="save_services", text="Save services as CSV…", group="Window"),
    Spec(name="save_bookings", text="Save bookings as CSV…", group="Window"),
    Spec(name="save_calendar", text="Save calendar of a person or room…", group="Window"),
    Spec(name="save_waiting", text="Save what waits…", group="Window"),
    Spec(name="save_visit", text="Save visit as calendar file…", group="Window"),
    Spec(name="calendar_feeds", text="Calendar addresses…", group="Window"),
    Spec(name="export_customer", text="Export customer’s data…", group="Window"),
    Spec(name="export_all", text="Export everything…", group="Window"),
    Spec(name="erase_customer", text="Erase customer…", group="Window"),
    Spec(name="close_business", text="Close the business…", group="Window"),
    Spec(name="lock", text="Lock", group="Window", keys="Ctrl+L"),
    Spec(name="switch_person", text="Switch person or business…", group="Window", keys="Ctrl+Shift+L"),
    Spec(name="paste_code", text="Paste code…", group="Window"),
    Spec(name="lock_settings", text="Lock and PIN…", group="Window"),
    Spec(name="change_password", text="Change password…", group="Window"),
    Spec(name="second_factor", text="Second factor…", group="Window"),
    Spec(name="sign_out", text="Sign out", group="Window"),
    Spec(name="quit", text="Quit", group="Window", keys="Ctrl+Q"),
    Spec(name="look_system", text="As the system", group="Window"),
    Spec(name="look_light", text="Light", group="Window"),
    Spec(name="look_dark", text="Dark", group="Window"),
    Spec(name="look_high_contrast", text="High contrast", group="Window"),
    Spec(name="keys", text="Keys", group="Window", keys="F1"),
)
_OF_THE_DESK = frozenset(
    {
        "go_numbers", "go_team", "go_setup", "go_audit",
        "import_customers", "import_services", "import_bookings", "import_calendar", "save_customers", "save_services",
        "save_bookings", "save_calendar", "save_visit", "save_waiting", "calendar_feeds", "export_customer",
        "export_all", "erase_customer", "close_business", "switch_person", "paste_code", "lock_settings",
        "change_password", "second_factor", "sign_out", "quit", "look_system",
        "look_light", "look_dark", "look_high_contrast",
    }
)  # fmt: skip
"""What has to do with one's own desk, and not with another's book."""
ACTING = (
    *(spec for spec in SPECS if spec.name not in _OF_THE_DESK),
    Spec(name="stop", text="Stop", group="Window", keys="Ctrl+Shift+Q"),
)
"""The actions of a window in which somebody acts as somebody else."""
IN_THE_DAY = (
    KeyLine(group="In the day", text="Walk over bookings and free times", keys="Arrows"),
    KeyLine(group="In the day", text="Previous or next booking of the column", keys="Ctrl+Up/Down"),
    KeyLine(group="In the day", text="Previous or next day, or week", keys="Ctrl+Left/Right"),
    KeyLine(group="In the day", text="First or last booking of the column", keys="Home, End"),
    KeyLine(group="In the day", text="Two hours earlier or later", keys="PgUp, PgDown"),
    KeyLine(group="In the day", text="Open the booking, or book the free time", keys="Enter"),
    KeyLine(group="In the day", text="Mark a longer time to book", keys="Shift+Down"),
    KeyLine(group="In the day", text="Move the booking", keys="Alt+Arrows"),
    KeyLine(group="In the day", text="Make the booking shorter or longer", keys="Alt+Shift+Up/Down"),
    KeyLine(group="In the day", text="Leave it there, or where it was", keys="Enter, Esc"),
)
"""Keys of the day itself, which belong to no action."""
LOOKS = ("look_system", "look_light", "look_dark", "look_high_contrast")


BOOK_SLOTS = ("book_slot_1", "book_slot_2", "book_slot_3", "book_slot_4", "book_slot_5")
"""The actions that take one of the free slots which the booking panel offers, in order."""


class Actions(QObject):
    """The actions by name. One whose key acts only in a place has to be given to the widgets of that place."""

    pressed = Signal(str)
    """The name of an action that was triggered."""

    def __init__(self, parent: QObject | None = None, specs: Iterable[Spec] = SPECS) -> None:
        super().__init__(parent)
        self._specs = {spec.name: spec for spec in specs}
        self._made = {name: self._make(spec) for name, spec in self._specs.items()}
        looks = QActionGroup(self)
        for name in LOOKS:
            if name in self:
                self[name].setCheckable(True)
                looks.addAction(self[name])

    def _make(self, spec: Spec) -> QAction:
        action = QAction(spec.text, self)
        action.setObjectName(spec.name)
        action.triggered.connect(lambda: self.pressed.emit(spec.name))
        if spec.keys:
            action.setShortcuts([QKeySequence(keys) for keys in (spec.keys, spec.also) if keys])
        within = Qt.ShortcutContext.WidgetWithChildrenShortcut
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut if spec.place == "window" else within)
        return action

    def __getitem__(self, name: str) -> QAction:
        return self._made[name]

    def __contains__(self, name: str) -> bool:
        return name in self._made

    def attach(self, place: str, *widgets: QWidget) -> None:
        """Let the keys of a place act while the focus is in one of these widgets."""
        for spec in self._specs.values():
            if spec.place == place:
                for widget in widgets:
                    widget.addAction(self._made[spec.name])

    def keys_of(self, name: str) -> str:
        """The key as it is printed on a button, empty where there is none."""
        return self[name].shortcut().toString(QKeySequence.SequenceFormat.NativeText)

    def lines(self) -> tuple[KeyLine, ...]:
        """Every action that has a key, and the keys of the day, for the list of keys."""
        named = tuple(
            KeyLine(group=spec.group, text=spec.text.rstrip("…"), keys=_all_keys(self[name]))
            for name, spec in self._specs.items()
            if spec.keys
        )
        return (*named, *IN_THE_DAY)


def _all_keys(action: QAction) -> str:
    return ", ".join(keys.toString(QKeySequence.SequenceFormat.NativeText) for keys in action.shortcuts())
