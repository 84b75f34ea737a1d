"""The day list: what is asked for, who comes, who waits and who is late, each a key away from the next step."""

from PySide6.QtCore import QItemSelection, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from desktop.models.day_rows import DayRow, DayTable, RequestRow
from desktop.models.row_list import ROW
from desktop.models.rows import Choice
from desktop.views.actions import Actions
from desktop.views.build import Button, clear, column, label, named, part, row
from desktop.views.choosing import offer
from desktop.views.day_stepper import DayStepper
from desktop.views.scrolling import scroller
from desktop.views.tables import dress_table
from desktop.widgets import theme
from desktop.widgets.elided_label import ElidedLabel
from desktop.widgets.empty_state import EmptyState

KEYS = (
    "arrive",
    "start",
    "complete",
    "no_show",
    "undo_step",
    "confirm",
    "decline",
    "take_payment",
    "unlock_visit",
    "change_visit",
)
"""The actions whose keys act on the chosen visit; each is a button below the list, too, but for those of requests."""
BUTTONS = {
    "arrive": "Arrive", "start": "Start", "complete": "Complete", "no_show": "No-show", "undo_step": "Undo step",
    "take_payment": "Take payment…", "unlock_visit": "Unlock…", "change_visit": "Change…",
}  # fmt: skip
_ROW = 40
_WRAPPED = (1, 2, 3, 4)
"""Columns that share what the others leave: what they say is read in two lines too."""
_NARROWEST = 84
"""Logical pixels in which "Completed, locked" is read."""
_REQUESTS = 190
"""Logical pixels that the requests take at most; what is more is scrolled to."""


class RequestLine(QFrame):
    """One request with its two answers."""

    answered = Signal(str, str)
    """`confirm` or `decline`, and the id of the visit."""

    def __init__(self, shown: RequestRow) -> None:
        super().__init__()
        self.setProperty("role", "line")
        named(self, f"Request: {shown.title}, {shown.detail}")
        title, detail = ElidedLabel(shown.title), ElidedLabel(shown.detail)
        title.setProperty("role", "strong")
        detail.setProperty("role", "caption")
        inside = QHBoxLayout(self)
        inside.setContentsMargins(12, 8, 8, 8)
        inside.setSpacing(10)
        inside.addLayout(column(title, detail, space=1), 1)
        for answer, words, kind in (("confirm", "Accept", "primary"), ("decline", "Decline…", "")):
            button = Button(words, kind=kind)
            named(button, f"{words.rstrip('…')}: {shown.title}", shown.why_not)
            button.setEnabled(not shown.why_not)
            button.setToolTip(shown.why_not)
            button.clicked.connect(lambda _=False, chosen=answer: self.answered.emit(chosen, shown.id))
            inside.addWidget(button)


class _Cell(QStyledItemDelegate):
    """Says by weight and colour, beside the words, who waits and what is over."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        shown = index.data(ROW)
        if not isinstance(shown, DayRow):
            return
        if index.column() == 5 and shown.urgent:
            option.font.setWeight(QFont.Weight.DemiBold)
            colour = theme.tokens().warning_soft_text
        elif shown.over:
            colour = theme.tokens().text_muted
        else:
            return
        option.palette.setColor(QPalette.ColorRole.Text, QColor(colour))


class DayListView(QWidget):
    """Shows rows; the chosen one is what the keys act on."""

    chosen = Signal(object)
    """The id of a visit, or None."""
    opened = Signal(str)
    """A visit that is to be shown in the book."""
    answered = Signal(str, str)
    personChosen = Signal(str)
    """A resource's id, empty for everybody."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.stepper = DayStepper()
        self.person = named(QComboBox(), "Whose visits")
        self._summary = label("", "muted")
        self._asked = column(space=6)
        self._asked_title = label("", "title")
        self._rows = DayTable(self)
        self.table = named(QTableView(), "Day list", "Enter opens the visit in the book")
        self._empty = EmptyState()
        self._buttons = {name: Button(text) for name, text in BUTTONS.items()}
        self._dress_table()
        self._build()
        self._connect(actions)
        self.show_requests(())
        self.show_nothing("Nobody comes on this day.")

    def _build(self) -> None:
        area = self._area = scroller(part(column(self._asked, None, space=0)))
        self._requests = part(column(self._asked_title, area, space=8))
        # In two lines a window of half a screen shows all of them.
        steps, money = list(self._buttons.values())[:5], list(self._buttons.values())[5:]
        foot = column(row(*steps, None), row(*money, None), space=8)
        self.middle = part(column(self.table, self._empty, space=0))
        """What messages may lie over, so that they cover no button."""
        content = column(
            row(label("Day list", "heading"), None, self.person),
            self.stepper, self._requests, self._summary, self.middle, foot,
            space=12, margins=(28, 22, 28, 18),
        )  # fmt: skip
        content.setStretchFactor(self.middle, 1)
        self.setLayout(content)

    def _dress_table(self) -> None:
        table = self.table
        head = dress_table(table, self._rows, row=_ROW)
        table.setItemDelegate(_Cell(table))
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        # Names are read in the narrowest window too; the rest is scrolled to.
        head.setMinimumSectionSize(_NARROWEST)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for place in _WRAPPED:
            head.setSectionResizeMode(place, QHeaderView.ResizeMode.Stretch)

    def _connect(self, actions: Actions) -> None:
        for name in KEYS:
            self.table.addAction(actions[name])
        for name, button in self._buttons.items():
            action, keys = actions[name], actions.keys_of(name)
            button.setText(f"{BUTTONS[name]}   {keys}")
            button.setToolTip(f"{BUTTONS[name].rstrip('…')} ({keys})")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setEnabled(action.isEnabled())
            action.enabledChanged.connect(button.setEnabled)
            button.clicked.connect(action.trigger)
        self.table.selectionModel().selectionChanged.connect(self._chose)
        self.table.activated.connect(lambda index: self.opened.emit(index.data(ROW).id))
        self.person.activated.connect(lambda: self.personChosen.emit(str(self.person.currentData() or "")))

    def focus_first(self) -> None:
        """Put the focus where one begins."""
        (self.table if not self.table.isHidden() else self.stepper.today).setFocus()

    @property
    def chosen_id(self) -> str | None:
        """The visit that is chosen."""
        index = self.table.currentIndex()
        return index.data(ROW).id if index.isValid() else None

    def show_people(self, choices: tuple[Choice, ...], chosen: str) -> None:
        """Offer the people by whom the list can be narrowed."""
        offer(self.person, (Choice(id="", text="Everybody"), *choices), chosen)

    def show_rows(self, rows: tuple[DayRow, ...], summary: str) -> None:
        """Show the visits; the chosen one stays chosen, else the first that is not over."""
        held = self.chosen_id
        self._summary.setText(summary)
        self.table.show()
        self._empty.hide()
        if self._rows.show_rows(rows):
            place = self._rows.place_of(held) if held else -1
            urgent = next((at for at, one in enumerate(rows) if not one.over), 0)
            self.table.selectRow(place if place >= 0 else urgent)

    def show_nothing(self, sentence: str) -> None:
        """Say why nobody is listed."""
        self._rows.show_rows(())
        self._summary.clear()
        self.table.hide()
        self._empty.show_state("check-double", sentence)
        self._empty.show()
        self.chosen.emit(None)

    def show_requests(self, rows: tuple[RequestRow, ...]) -> None:
        """Show what waits for an answer."""
        clear(self._asked)
        self._asked_title.setText(f"Requests ({len(rows)})" if rows else "")
        for one in rows:
            line = RequestLine(one)
            line.answered.connect(self.answered)
            self._asked.addWidget(line)
        self._requests.setVisible(bool(rows))
        self._area.setFixedHeight(min(_REQUESTS, max(1, len(rows)) * 62))

    def _chose(self, _now: QItemSelection, _before: QItemSelection) -> None:
        self.chosen.emit(self.chosen_id)
