"""The waitlist: who waits for what, and what could be offered to them."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QStackedWidget, QWidget

from desktop.models.people_rows import WaitDetail
from desktop.models.rows import Choice
from desktop.views.build import Button, clear, column, field, frame, inset, label, marked, named, part, row, show_facts
from desktop.views.people_list import PeopleList, listed_beside
from desktop.views.scrolling import scrolled_within
from desktop.views.wish_form import WishFormView
from desktop.widgets.banner import Banner
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.search_rows import SearchRow

GOOD_FOR = ((1, "for an hour"), (2, "for two hours"), (4, "for four hours"), (24, "for a day"))
"""Hours for which an offer can be good, and how that reads."""


class WishView(QWidget):
    """One wish: what is asked for, where it stands, and slots that suit it."""

    editRequested = Signal()
    withdrawRequested = Signal()
    offerRequested = Signal(str, int)
    """The id of a slot, and for how many hours it is offered."""
    bookRequested = Signal(str)
    """The id of a slot; empty for the one that was offered."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = marked(label("", "heading", wrap=True), "Who waits for what")
        self._state = label("", "muted", wrap=True)
        self._offer = inset(Banner())
        self.accept = Button("Book what was offered", kind="primary")
        self.edit, self.withdraw = Button("Edit", icon_name="note"), Button("Take from the waitlist", icon_name="trash")
        self._facts, self._slots = column(space=10), column(space=6)
        self._slots_title = label("", "strong")
        self.good_for = named(QComboBox(), "Offers are good")
        for hours, text in GOOD_FOR:
            self.good_for.addItem(text, hours)
        self._good_for = part(field("Offers are good", self.good_for))
        asked = frame("card", column(label("What is wished for", "strong"), self._facts, margins=(16, 14, 16, 16)))
        self.setLayout(
            column(
                column(self._title, self._state, space=2),
                self._offer,
                row(self.accept, self.edit, self.withdraw, None),
                asked,
                column(row(self._slots_title, None, self._good_for), self._slots, space=8),
                None,
                space=16,
                margins=(28, 22, 28, 24),
            )
        )
        self.accept.clicked.connect(lambda: self.bookRequested.emit(""))
        self.edit.clicked.connect(self.editRequested)
        self.withdraw.clicked.connect(self.withdrawRequested)

    def show_detail(self, shown: WaitDetail) -> None:
        """Show one wish."""
        self._title.setText(shown.title)
        self._state.setText(" ".join(filter(None, (shown.state, shown.mark))))
        if shown.offered:
            self._offer.show_message(shown.offered)
        else:
            self._offer.clear()
        self.accept.setVisible(bool(shown.offered))
        show_facts(self._facts, shown.facts)
        clear(self._slots)
        for slot in shown.slots:
            self._slots.addWidget(self._slot(slot))
        nothing = "Nothing suits in the next three weeks." if shown.slots_known else "Looking for what suits…"
        self._slots_title.setText("Suits and is free" if shown.slots else nothing)
        self._slots_title.setVisible(not shown.offered)
        self._good_for.setVisible(bool(shown.slots))

    def _slot(self, slot: Choice) -> QWidget:
        offer, book = Button("Offer"), Button("Book")
        named(offer, f"Offer {slot.text}")
        named(book, f"Book {slot.text}")
        offer.clicked.connect(lambda: self.offerRequested.emit(slot.id, int(self.good_for.currentData())))
        book.clicked.connect(lambda: self.bookRequested.emit(slot.id))
        words = column(label(slot.text, "strong"), label(slot.detail, "caption"), space=1)
        line = row(words, None, offer, book, margins=(12, 8, 8, 8))
        return frame("well", line)


class WaitlistView(QWidget):
    """Who waits, in the order of their turn, beside one wish or its form."""

    entryChosen = Signal(str)
    addRequested = Signal()
    everybodyRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = PeopleList("Waitlist")
        self._heading = label("", "caption", wrap=True)
        self._heading.setIndent(10)
        self.everybody = Button("Show everybody", kind="quiet")
        self.add = Button("Add to waitlist", icon_name="plus")
        self.wish, self.form = WishView(), WishFormView()
        self._empty = EmptyState()
        self._pages = QStackedWidget()
        self._areas: dict[str, QWidget] = {
            "empty": self._empty, "wish": scrolled_within(self.wish), "form": scrolled_within(self.form)
        }  # fmt: skip
        for area in self._areas.values():
            self._pages.addWidget(area)
        heading = label("Waitlist", "title")
        heading.setIndent(10)
        listed = column(heading, self._heading, self.everybody, self.list, self.add, space=10, margins=(8, 18, 8, 12))
        listing = frame("nav", listed)
        self.setLayout(listed_beside(listing, self._pages))
        self.list.rowChosen.connect(self.entryChosen)
        self.add.clicked.connect(self.addRequested)
        self._empty.actionRequested.connect(self.addRequested)
        self.everybody.clicked.connect(self.everybodyRequested)
        self.show_rows("", (), "", narrowed=False)
        self.show_nobody("Nobody waits. Whoever finds no time that suits can wait for one here.")

    def focus_first(self) -> None:
        """Put the focus where one begins."""
        (self.list if self.list.rows() else self.add).setFocus(Qt.FocusReason.OtherFocusReason)

    def show_rows(self, heading: str, rows: tuple[SearchRow, ...], chosen: str, *, narrowed: bool) -> None:
        """List who waits; `narrowed` says that others wait besides."""
        self._heading.setText(heading)
        self._heading.setVisible(bool(heading))
        self.everybody.setVisible(narrowed)
        self.list.show_rows(rows, chosen)

    def mark_new(self, *, begun: bool) -> None:
        """Say whether one that is new is half typed: the button leads to it."""
        self.add.say("Add to waitlist: not saved" if begun else "Add to waitlist")

    def show_part(self, which: str) -> None:
        """Show `wish`, `form` or `empty`."""
        self._pages.setCurrentWidget(self._areas[which])

    @property
    def part(self) -> str:
        """Which part is shown."""
        return next(name for name, area in self._areas.items() if area is self._pages.currentWidget())

    def show_nobody(self, sentence: str) -> None:
        """Say why no wish is shown."""
        self._empty.show_state("hourglass", sentence, "Add to waitlist")
        self.show_part("empty")
