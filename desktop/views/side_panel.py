"""The frame of whatever stands beside the book: a title, a way to close it, a body that scrolls, a foot that stays."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QApplication, QFrame, QLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.views.build import IconButton, frame, row
from desktop.widgets import theme
from desktop.widgets.elided_label import ElidedLabel

WIDTH = 372
_LEAST_BODY = 34
"""Logical pixels of a body in a low window: what Qt asks for is taken from the foot, whose buttons then overlap."""


class SidePanel(QFrame):
    """A panel of fixed width at the right of the window."""

    closeRequested = Signal()

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_property(self, "role", "side")
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(title)
        self._title = ElidedLabel(title)
        self._title.setProperty("role", "title")
        self._close = IconButton("close", f"Close {title.lower()}")
        self._close.clicked.connect(self.closeRequested)
        self._inside = QVBoxLayout(self)
        self._inside.setContentsMargins(0, 0, 0, 0)
        self._inside.setSpacing(0)
        self._inside.addLayout(row(self._title, self._close, margins=(20, 14, 12, 10)))
        self._inside.setStretch(0, 0)

    def set_title(self, title: str) -> None:
        self._title.setText(title)

    def fill(self, body: QLayout, foot: QLayout) -> None:
        """Put in what the panel shows; done once."""
        page = self._page = QWidget()
        page.setLayout(body)
        area = self._area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setMinimumHeight(_LEAST_BODY)
        area.setWidget(page)
        # Qt fills the page of a scroll area with the window's colour: here it is the panel's.
        page.setAutoFillBackground(False)
        area.viewport().setAutoFillBackground(False)
        self._inside.addWidget(area, 1)
        self._inside.addWidget(frame("footer", foot))

    def bring_into_view(self, shown: QWidget) -> None:
        """Scroll to something in the body, whatever has come or gone above it just now."""
        # Else it stands where it stood before, and what is higher now cannot be scrolled to the end.
        QApplication.sendEvent(self._page, QEvent(QEvent.Type.LayoutRequest))
        self._area.ensureWidgetVisible(shown, 0, 12)
