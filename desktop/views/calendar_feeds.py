"""Calendar addresses: whose there are, making one, and the one moment in which it can be read and copied."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QDialog, QFrame, QLineEdit, QScrollArea, QWidget

from desktop.models.rows import Choice, TeamRow
from desktop.views.build import Button, column, field, inset, label, named, part, row, titled
from desktop.views.choosing import offer
from desktop.views.question import Question
from desktop.views.team import TeamPart
from desktop.widgets.banner import Banner

_WIDTH, _HEIGHT = 620, 560
_ABOUT = (
    "A phone or another calendar program can subscribe to the visits of one person. Whoever knows the address can read "
    "them: when, where, which service, and the customers’ first names. Revoke an address that came into wrong hands."
)


class CalendarFeedsDialog(QDialog):
    """Shows what it is given, and says what somebody wants."""

    makeRequested = Signal(str)
    """For whom: an id."""
    wanted = Signal(str, str)
    """What is to be done, and to which address."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModal(True)
        self.resize(_WIDTH, _HEIGHT)
        titled(self, "Calendar addresses")
        self.message = inset(Banner())
        self.whose = named(QComboBox(), "Whose visits")
        self.make = Button("Make an address", kind="primary", icon_name="plus", tint="accent_text")
        self.address = named(QLineEdit(), "Address", "It is shown this once.")
        self.address.setReadOnly(True)
        self.copy = Button("Copy")
        self._made = part(
            column(
                row(field("The new address: it is shown this once", self.address), column(None, self.copy)),
                label("Enter it where your calendar adds a calendar by its address (URL).", "caption", wrap=True),
                space=6,
            )
        )
        self._made.hide()
        self.feeds = TeamPart("Addresses")
        self.question = Question(self)
        self.leave = Button("Close")
        asked = row(field("For", self.whose), column(None, self.make), space=12)
        asked.setStretch(0, 1)
        kept = self._scrolled()
        content = column(
            label("Calendar addresses", "heading"), label(_ABOUT, wrap=True), self.message, asked, self._made, kept,
            row(None, self.leave), space=14, margins=(24, 22, 24, 20),
        )  # fmt: skip
        content.setStretchFactor(kept, 1)
        self.setLayout(content)
        self.make.clicked.connect(lambda: self.makeRequested.emit(str(self.whose.currentData() or "")))
        self.copy.clicked.connect(self._copy)
        self.leave.clicked.connect(self.accept)
        self.feeds.wanted.connect(self.wanted)

    def _scrolled(self) -> QScrollArea:
        page = QWidget()
        page.setLayout(column(self.feeds, None))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(page)
        return area

    def show_people(self, people: tuple[Choice, ...]) -> None:
        """For whom an address can be made; who was chosen stays chosen."""
        chosen = self.whose.currentData()
        offer(self.whose, people, chosen)

    def show_feeds(self, rows: tuple[TeamRow, ...]) -> None:
        """The addresses that there are."""
        self.feeds.show_rows(rows)

    def show_busy(self, *, busy: bool) -> None:
        """Whether the server is being asked."""
        self.make.setEnabled(not busy)
        self.feeds.setEnabled(not busy)

    def show_address(self, address: str) -> None:
        """A new one, to be copied now."""
        self.address.setText(address)
        self.address.setCursorPosition(0)
        self.copy.setText("Copy")
        self._made.show()
        self.copy.setFocus()

    def show_message(self, text: str) -> None:
        """Why something was not done; empty where nothing was wrong."""
        if text:
            self.message.show_message(text, kind="danger")
        else:
            self.message.clear()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.address.text())
        self.copy.setText("Copied")
