"""What stands behind the status line: the three facts in full, and a way to try now."""

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QLayout, QWidget

from desktop.models.rows import Fact
from desktop.views.build import Button, column, height_needed, label, marked, named, row, show_facts
from desktop.widgets import theme
from desktop.widgets.announcing import announce

WIDTH = 340
"""Logical pixels."""


class SyncDetails(QFrame):
    """A small sheet over the status line."""

    syncRequested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        theme.set_property(self, "role", "popup")
        named(self, "Sync details")
        self._headline = label("", "title", wrap=True)
        self._meaning = label("", "muted", wrap=True)
        self._facts = column(space=10)
        self._done = marked(label("", "caption", wrap=True), "Result of sync now")
        self._now = Button("Sync now", kind="primary", icon_name="sync", tint="accent_text")
        foot = row(self._done, self._now)
        self._inside = column(self._headline, self._meaning, self._facts, foot, space=12, margins=(18, 16, 18, 16))
        # A constraint of the layout would put its own width and height in place of these.
        self._inside.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self.setLayout(self._inside)
        self.setFixedWidth(WIDTH)
        self._now.clicked.connect(self._ask)

    def show_facts(self, headline: str, meaning: str, facts: tuple[Fact, ...]) -> None:
        """Show the state in words: what it is, what it means for the edits here, and the facts."""
        self._headline.setText(headline)
        self._meaning.setText(meaning)
        show_facts(self._facts, facts)
        self._fit()

    def show_busy(self, *, busy: bool, said: str = "") -> None:
        """Say at once that it is being tried, and later what came of it."""
        self._now.setEnabled(not busy)
        if not busy and self.isVisible():
            # It lost the focus as it could not be pressed, and is all that there is to press.
            self._now.setFocus()
        self._now.setText("Syncing…" if busy else "Sync now")
        self._done.setText(said)
        self._fit()
        if said:
            announce(self, said)

    def open_over(self, widget: QWidget) -> None:
        """Show the sheet above a widget."""
        self._done.setText("")
        self._fit()
        place = widget.mapToGlobal(QPoint(0, 0))
        self.move(place.x(), place.y() - self.height() - 8)
        self.show()
        self._now.setFocus()

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() in (QEvent.Type.Show, QEvent.Type.LayoutRequest):
            # What was measured before it was shown may need another height. Measured anew, it would ask for ever.
            self._take(self._inside.totalHeightForWidth(WIDTH))
        return done

    def _fit(self) -> None:
        self._take(height_needed(self, self._inside))

    def _take(self, height: int) -> None:
        """Be as high as that, in logical pixels; it grows upwards, away from the status line."""
        foot = self.y() + self.height()
        self.resize(WIDTH, height)
        self.move(self.x(), foot - self.height())

    def _ask(self) -> None:
        self.show_busy(busy=True)
        self.syncRequested.emit()
