"""Under the book's bar: in which view it is shown, of whom, and which columns."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QComboBox, QFrame, QWidget

from desktop.models.book_views import VIEW_NAMES, View
from desktop.models.rows import Choice
from desktop.views.actions import Actions
from desktop.views.build import Button, named, part, row
from desktop.views.choosing import offer
from desktop.widgets import theme


class ViewBar(QFrame):
    """Shows what it is told, and says what is wanted."""

    viewChosen = Signal(object)
    """A `View`."""
    whoChosen = Signal(str)
    """A resource's id, empty for all that are shown."""
    columnsRequested = Signal()

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_property(self, "role", "bar")
        self._buttons = {view: Button(name, kind="segment") for view, name in VIEW_NAMES.items()}
        self._group = QButtonGroup(self)
        for view, button in self._buttons.items():
            name = f"view_{view.value}"
            button.setCheckable(True)
            button.setProperty("end", {View.DAY: "left", View.AGENDA: "right"}.get(view, ""))
            button.setToolTip(f"{VIEW_NAMES[view]} ({actions.keys_of(name)})")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _=False, chosen=view: self.viewChosen.emit(chosen))
            self._group.addButton(button)
        self.who = named(QComboBox(), "Whose visits")
        self.who.setMinimumWidth(170)
        self.columns = Button("Columns…")
        self.columns.setToolTip("Choose and order the columns")
        self.columns.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        switch = named(part(row(*self._buttons.values(), space=0, margins=(0, 0, 1, 0))), "View")
        self.setLayout(row(switch, self.who, None, self.columns, space=12, margins=(20, 6, 20, 6)))
        self.who.activated.connect(lambda: self.whoChosen.emit(str(self.who.currentData() or "")))
        self.columns.clicked.connect(self.columnsRequested)
        self.show_view(View.DAY)

    def show_view(self, view: View) -> None:
        """Mark a view as the one that is shown."""
        for one, button in self._buttons.items():
            button.setChecked(one is view)
            button.setAccessibleDescription("shown now" if one is view else "")
        self.who.setVisible(view is not View.DAY)
        self.columns.setVisible(view is not View.WEEK)

    def show_who(self, choices: tuple[Choice, ...], chosen: str) -> None:
        """Offer whose visits can be shown."""
        offer(self.who, choices, chosen)
