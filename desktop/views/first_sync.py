"""The first download of the book: how far it is, and what comes after."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QProgressBar, QWidget

from desktop.views.build import Button, IconLabel, column, frame, label, marked, named, row
from desktop.views.first_days import FirstDaysView


class FirstSyncView(QWidget):
    """Shows the progress of a first sync and lets a person try again, sign out, or leave the desk to another.

    Below it there are days that can be read meanwhile, where there are any.
    """

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
        self.days, self._has_days = FirstDaysView(), False
        self._inside = column(None, row(None, card, None), None, space=0)
        self.setLayout(self._inside)
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

    def show_days(self, *, shown: bool) -> None:
        """Whether there are days to be read below the progress."""
        self._has_days = shown
        self._put_days(shown=shown and self.isVisible())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._put_days(shown=self._has_days)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        # A screen reader reads the pages of a stack that are not shown, too: at a lock they are nobody's.
        self._put_days(shown=False)

    def _put_days(self, *, shown: bool) -> None:
        if shown == (self.days.parent() is self):
            return
        for place in (0, 2):
            self._inside.setStretch(place, 0 if shown else 1)
        self._inside.setContentsMargins(0, 16 if shown else 0, 0, 0)
        self._inside.setSpacing(16 if shown else 0)
        if shown:
            self._inside.addWidget(self.days, 1)
            self.days.show()
        else:
            self._inside.removeWidget(self.days)
            self.days.setParent(None)

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
