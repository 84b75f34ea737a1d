"""People, rooms and equipment by location and kind, in the order of the book's columns; and the locations."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from desktop.models.setup_rows import FormRow, SetupRow, Texts
from desktop.views.build import Button, column, label, named
from desktop.views.setup.form import FormView
from desktop.views.setup.listing import SetupList
from desktop.views.setup.pane import two_panes


class PlacesView(QWidget):
    """Shows what it is given, and says what is chosen, typed, wanted and in which order."""

    rowChosen = Signal(str)
    newRequested = Signal()
    newLocationRequested = Signal()
    archivedShown = Signal(bool)
    orderChanged = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.list = SetupList("People, rooms and equipment", ordered=True)
        self.new = Button("New person, room or device", icon_name="plus")
        self.new_location = Button("New location", icon_name="plus")
        self.archived = named(QCheckBox("Show what is archived"), "Show archived people, rooms and equipment")
        self.form = FormView()
        hint = label("Drag, or Alt and the arrows, to order the columns of the book.", "caption", wrap=True)
        self.setLayout(column(two_panes(self.new, self.list, self.archived, self.form, self.new_location, hint)))
        self.list.rowChosen.connect(self.rowChosen)
        self.list.orderChanged.connect(self.orderChanged)
        self.new.clicked.connect(self.newRequested)
        self.new_location.clicked.connect(self.newLocationRequested)
        self.archived.toggled.connect(self.archivedShown)

    def show_rows(self, rows: tuple[SetupRow, ...], chosen: str) -> None:
        """List what there is."""
        self.list.show_rows(rows, chosen)

    def show_form(self, form: FormRow, *, anew: bool = False) -> None:
        """Show one of them, unless the same one is half changed here."""
        self.form.show_form(form, anew=anew)

    def forget(self) -> None:
        """Let go of what is half typed."""
        self.form.forget()

    def show_errors(self, errors: Texts) -> None:
        """Say what is wrong, each beside its field."""
        self.form.show_errors(errors)

    def focus_first(self) -> None:
        """Put the focus into the list."""
        self.list.setFocus()
