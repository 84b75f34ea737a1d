"""Paints the bookings: first the bodies of all with their marks, then all texts of a font."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap

from desktop.widgets import icons
from desktop.widgets.book.box_text import MARK, marks_of, paint_texts
from desktop.widgets.book.grid_painting import hatch
from desktop.widgets.book.inks import Inks, Look
from desktop.widgets.book.layout import PlacedBox
from desktop.widgets.book.scene import Scene
from desktop.widgets.tokens import RADIUS

_MAX_BODIES = 400


def paint_boxes(painter: QPainter, scene: Scene, boxes: Sequence[PlacedBox], inks: Inks) -> None:
    """Paint these boxes in content coordinates."""
    _buffers(painter, boxes, inks)
    ratio = painter.device().devicePixelRatioF()
    for item in boxes:
        body, box = item.body, item.box
        look = Look(box.colour, box.status, box.pending, box.refused, body.width(), body.height(), ratio)
        painter.drawPixmap(body.topLeft(), body_picture(look, inks))
    _gaps(painter, scene, boxes, inks)
    paint_texts(painter, boxes, scene, inks)


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


def _buffers(painter: QPainter, boxes: Sequence[PlacedBox], inks: Inks) -> None:
    with_buffer = [item for item in boxes if item.outer != item.body]
    if not with_buffer:
        return
    brush = hatch(inks, "hatch", painter.device().devicePixelRatioF())
    for item in with_buffer:
        rect = item.outer.adjusted(2, 0, -2, 0)
        painter.fillRect(rect, inks.colour("sunken"))
        painter.fillRect(rect, brush)


def _gaps(painter: QPainter, scene: Scene, boxes: Sequence[PlacedBox], inks: Inks) -> None:
    # A processing gap is free time inside a booking: it is drawn as the grid shining through.
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for item in (item for item in boxes if item.box.gaps):
        for starts, ends in item.box.gaps:
            top, bottom = scene.axis.y(starts), scene.axis.y(ends)
            band = QRectF(item.body.left() + 9, top + 1, item.body.width() - 14, bottom - top - 2)
            ink = inks.box(item.box.colour, item.box.status)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(inks.colour("surface"))
            painter.drawRoundedRect(band, RADIUS.s, RADIUS.s)
            painter.setPen(ink.edge.color())
            # A path filled with a picture makes Qt 6.11 misplace prepared text at ratio 2; a rectangle does not.
            painter.fillRect(band.adjusted(1, 1, -1, -1), hatch(inks, "grid", painter.device().devicePixelRatioF()))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(band, RADIUS.s, RADIUS.s)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
