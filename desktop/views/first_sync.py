"""The first download of the book: how far it is, and what comes after."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QWidget

from desktop.views.build import Button, IconLabel, column, frame, label, marked, named, row


class FirstSyncView(QWidget):
    """Shows the progress of a first sync and lets a person try again, sign out, or leave the desk to another."""

    retryRequested = Signal()
    signOutRequested = Signal()
    switchRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = label("Fetching the book", "heading")
        self._text = marked(label("", "muted", wrap=True), "First sync progress")
        self._bar = named(QProgressBar(), "Progress of the first sync")
        self._bar.setTextVisible(False)
        self._message = marked(label("", "error", wrap=True), "First sync message")
        self._retry = Button("Try again", kind="primary")
        self._leave = Button("Sign out", kind="quiet")
        self._switch = Button("Switch person…", kind="quiet")
        self._message.hide()
        self._retry.hide()
        card = frame(
            "card",
            column(
                row(IconLabel("sync", size=22, tint="accent"), self._title, None),
                self._text,
                self._bar,
                self._message,
                row(self._switch, None, self._leave, self._retry),
                space=14,
                margins=(32, 28, 32, 24),
            ),
        )
        card.setFixedWidth(460)
        self.setLayout(row(None, column(None, card, None), None))
        self._retry.clicked.connect(self.retryRequested)
        self._leave.clicked.connect(self.signOutRequested)
        self._switch.clicked.connect(self.switchRequested)

    def show_business(self, name: str) -> None:
        """Name whose book is being fetched."""
        self._title.setText(f"Fetching the book of {name}" if name else "Fetching the book")
        self._bar.show()

    def show_progress(self, done: int, total: int) -> None:
        """`done` of `total` rows have arrived; a total of 0 is not known yet."""
        self._message.hide()
        self._retry.hide()
        self._bar.setRange(0, max(0, total))
        self._bar.setValue(min(done, total))
        self._text.setText(f"{done:,} of {total:,} rows" if total else "Asking the server…")

    def show_refusal(self, who: str, text: str) -> None:
        """Say why there is no book to be shown to the person who is at the desk."""
        self._title.setText("The book cannot be shown")
        self._text.setText(who)
        self._bar.hide()
        self.show_message(text)

    def show_message(self, text: str) -> None:
        """Say why it stopped; what has arrived is kept."""
        self._message.setText(text)
        self._message.show()
        self._retry.show()
        self._retry.setFocus()
