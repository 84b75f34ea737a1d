"""What is scrolled down where it is higher than its place."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from desktop.views.build import column, part, row


def scroller(page: QWidget) -> QScrollArea:
    """A page that is scrolled down and never sideways, without a frame, and where the focus does not stop."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(page)
    return area


def scrolled(page: QWidget) -> QScrollArea:
    """A page at the left of what scrolls; what is left beyond its greatest width is empty."""
    # Beside a stretch the height is asked for at the width that the page gets; in a column at the whole.
    across = row(page, None)
    across.setStretch(0, 1)
    across.setStretch(1, 0)
    return scroller(part(across))


def scrolled_within(page: QWidget, *, width: int = 760) -> QScrollArea:
    """A page in the middle of what scrolls, no wider than this."""
    page.setMaximumWidth(width)
    return scroller(part(column(page, space=0)))
