"""The customers: found by any letters or digits, and everything about the chosen one."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QStackedWidget, QToolButton, QWidget

from desktop.views.build import Button, column, frame, label, named
from desktop.views.customer_form import CustomerFormView, MergeView
from desktop.views.customer_page import CustomerPageView
from desktop.views.people_list import PeopleList, listed_beside
from desktop.views.question import Question
from desktop.views.scrolling import scrolled_within
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.search_rows import SearchRow


class CustomersView(QWidget):
    """A search and its hits on the left; on the right a customer, the form of one, or two to be made one."""

    queryChanged = Signal(str)
    customerChosen = Signal(str)
    pairChosen = Signal(str)
    """Two records of the list of possible duplicates, by the id of their row."""
    duplicatesWanted = Signal(bool)
    """Whether the list is to be of possible duplicates, or of customers again."""
    newRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = named(QLineEdit(), "Search customers")
        self.search.setPlaceholderText("Phone, name or e-mail")
        self.search.setClearButtonEnabled(True)
        # Qt makes the button that clears the field and gives it no name.
        for button in self.search.findChildren(QToolButton):
            named(button, "Search customers: clear")
        self._heading = label("", "caption")
        self._heading.setIndent(10)
        self.list = PeopleList("Customers")
        self.new = Button("New customer", icon_name="plus")
        self.duplicates = Button("Possible duplicates", icon_name="users")
        self.duplicates.setCheckable(True)
        self.duplicates.hide()
        self.archived = named(QCheckBox("Show archived"), "Show archived customers")
        self.page, self.form, self.merge = CustomerPageView(), CustomerFormView(), MergeView()
        self._empty = EmptyState()
        self.question = Question(self)
        self._pages = QStackedWidget()
        self._areas = {
            "empty": self._empty, "page": scrolled_within(self.page, width=940), "form": scrolled_within(self.form),
            "merge": scrolled_within(self.merge, width=860),
        }  # fmt: skip
        for area in self._areas.values():
            self._pages.addWidget(area)
        heading = label("Customers", "title")
        heading.setIndent(10)
        ways = column(self.archived, self.duplicates, self.new, space=10)
        found = column(
            heading, self.search, self._heading, self.list, ways, space=10, margins=(8, 18, 8, 12)
        )  # fmt: skip
        listing = frame("nav", found)
        self.setLayout(listed_beside(listing, self._pages))
        self.search.textEdited.connect(self._typed)
        self.duplicates.toggled.connect(self.duplicatesWanted)
        self.archived.toggled.connect(lambda: self.duplicates.setChecked(False))
        self.search.returnPressed.connect(self._take_first)
        self.list.rowChosen.connect(self._chosen)
        self.new.clicked.connect(self.newRequested)
        self._empty.actionRequested.connect(self.newRequested)
        self.show_nobody("Choose a customer, or search for a name, phone or e-mail.")

    def focus_first(self) -> None:
        """Put the focus where one begins."""
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)
        self.search.selectAll()

    def show_found(self, heading: str, rows: tuple[SearchRow, ...], chosen: str) -> None:
        """List who was found; `heading` says what the list is of."""
        self._heading.setText(heading)
        self.list.show_rows(rows, chosen)

    def mark_new(self, *, begun: bool) -> None:
        """Say whether one that is new is half typed: the button leads to it."""
        self.new.say("New customer: not saved" if begun else "New customer")

    def show_part(self, which: str) -> None:
        """Show `page`, `form`, `merge` or `empty`."""
        self._pages.setCurrentWidget(self._areas[which])

    @property
    def part(self) -> str:
        """Which part is shown."""
        return next(name for name, area in self._areas.items() if area is self._pages.currentWidget())

    def show_nobody(self, sentence: str) -> None:
        """Say why nobody is shown."""
        self._empty.show_state("users", sentence, "New customer")
        self.show_part("empty")

    def take_query(self) -> str:
        """What was typed to find somebody, which is gone from here then: it is one person's."""
        taken = self.search.text()
        # What is cleared comes back by Ctrl+Z.
        self.search.setText("")
        return taken

    def offer_duplicates(self, *, offered: bool) -> None:
        """Whether possible duplicates can be asked for: by those who may merge them."""
        self.duplicates.setVisible(offered)
        if not offered:
            self.duplicates.setChecked(False)

    @property
    def is_of_pairs(self) -> bool:
        """Whether the list is of possible duplicates."""
        return self.duplicates.isChecked()

    def _typed(self, text: str) -> None:
        # Whoever searches wants to find somebody.
        self.duplicates.setChecked(False)
        self.queryChanged.emit(text)

    def _chosen(self, row_id: str) -> None:
        chosen = self.pairChosen if self.is_of_pairs else self.customerChosen
        chosen.emit(row_id)

    def _take_first(self) -> None:
        rows = self.list.rows()
        if rows:
            self._chosen(rows[0].id)
