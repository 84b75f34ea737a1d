"""The body of a box and its marks as a picture, made once for all boxes that look alike."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap

from desktop.widgets import icons
from desktop.widgets.book.box_text import MARK, marks_of
from desktop.widgets.book.inks import Inks, Look
from desktop.widgets.tokens import RADIUS

_MAX_BODIES = 400


def body_picture(look: Look, inks: Inks) -> QPixmap:
    """The body and marks of all boxes that look alike: most of a day is copies of a few, and copies are cheap."""
    picture = inks.bodies.get(look)
    if picture is None:
        if len(inks.bodies) > _MAX_BODIES:
            inks.bodies.clear()
        picture = inks.bodies[look] = _body(look, inks)
    return picture


def _body(look: Look, inks: Inks) -> QPixmap:
    size = QSize(look.width, look.height)
    picture = QPixmap(size * look.ratio)
    picture.setDevicePixelRatio(look.ratio)
    picture.fill(Qt.GlobalColor.transparent)
    # One pixel less than what can be hit, so that two bookings in a row are two.
    ink, whole = inks.box(look.colour, look.status), QRectF(0, 0, look.width, look.height - 1)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(ink.fill)
    painter.setPen(inks.pen("danger", 1.5) if look.refused else ink.edge)
    inset = 0.75 if look.refused else 0.5
    painter.drawRoundedRect(whole.adjusted(inset, inset, -inset, -inset), RADIUS.m, RADIUS.m)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink.stripe)
    painter.drawRoundedRect(QRectF(4, 4, 3, max(6, look.height - 9)), 1.5, 1.5)
    _marks(painter, look, inks)
    painter.end()
    return picture


def _marks(painter: QPainter, look: Look, inks: Inks) -> None:
    right, top = look.width - 5, min(5, (look.height - MARK) // 2)
    for name, token in marks_of(look.status, pending=look.pending, refused=look.refused, width=look.width):
        picture = icons.pixmap(name, inks.colour(token).name(), MARK, look.ratio)
        painter.drawPixmap(right - MARK, top, picture)
        right -= MARK + 3
