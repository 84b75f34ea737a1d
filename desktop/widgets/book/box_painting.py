"""Paints the bookings: grouped by what they share, because a change of pen or font costs more than a rectangle."""

from collections.abc import Sequence
from itertools import groupby

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter

from desktop.widgets import icons
from desktop.widgets.book.box_text import MARK, marks_of, paint_texts
from desktop.widgets.book.grid_painting import hatch
from desktop.widgets.book.inks import Inks
from desktop.widgets.book.layout import PlacedBox
from desktop.widgets.book.scene import Scene
from desktop.widgets.tokens import RADIUS


def paint_boxes(painter: QPainter, scene: Scene, boxes: Sequence[PlacedBox], inks: Inks) -> None:
    """Paint these boxes in content coordinates."""
    ordered = sorted(boxes, key=lambda item: (item.box.colour, item.box.status))
    _buffers(painter, ordered, inks)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for (colour, status), same in groupby(ordered, key=lambda item: (item.box.colour, item.box.status)):
        _bodies(painter, list(same), colour, status, inks)
    _gaps(painter, scene, ordered, inks)
    paint_texts(painter, ordered, scene, inks)
    for item in ordered:
        _marks(painter, item, inks)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


def _buffers(painter: QPainter, boxes: Sequence[PlacedBox], inks: Inks) -> None:
    with_buffer = [item for item in boxes if item.outer != item.body]
    if not with_buffer:
        return
    brush = hatch(inks, "hatch", painter.device().devicePixelRatioF())
    for item in with_buffer:
        rect = item.outer.adjusted(2, 0, -2, 0)
        painter.fillRect(rect, inks.colour("sunken"))
        painter.fillRect(rect, brush)


def _bodies(painter: QPainter, boxes: Sequence[PlacedBox], colour: str, status: str, inks: Inks) -> None:
    ink = inks.box(colour, status)
    painter.setBrush(ink.fill)
    painter.setPen(ink.edge)
    for item in boxes:
        painter.drawRoundedRect(QRectF(item.body).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS.m, RADIUS.m)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink.stripe)
    for item in boxes:
        painter.drawRoundedRect(_stripe(item.body), 1.5, 1.5)
    refused = [item for item in boxes if item.box.refused]
    if refused:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(inks.pen("danger", 1.5))
        for item in refused:
            painter.drawRoundedRect(QRectF(item.body).adjusted(0.75, 0.75, -0.75, -0.75), RADIUS.m, RADIUS.m)


def _stripe(body: QRect) -> QRectF:
    return QRectF(body.left() + 4, body.top() + 4, 3, max(6, body.height() - 8))


def _gaps(painter: QPainter, scene: Scene, boxes: Sequence[PlacedBox], inks: Inks) -> None:
    # A processing gap is free time inside a booking: it is drawn as the grid shining through.
    for item in (item for item in boxes if item.box.gaps):
        for starts, ends in item.box.gaps:
            top, bottom = scene.axis.y(starts), scene.axis.y(ends)
            band = QRectF(item.body.left() + 9, top + 1, item.body.width() - 14, bottom - top - 2)
            ink = inks.box(item.box.colour, item.box.status)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(inks.colour("surface"))
            painter.drawRoundedRect(band, RADIUS.s, RADIUS.s)
            painter.setPen(ink.edge.color())
            painter.setBrush(hatch(inks, "grid", painter.device().devicePixelRatioF()))
            painter.drawRoundedRect(band, RADIUS.s, RADIUS.s)


def _marks(painter: QPainter, item: PlacedBox, inks: Inks) -> None:
    right, top = item.body.right() - 4, item.body.top() + min(5, (item.body.height() - MARK) // 2)
    for name, colour in marks_of(item, inks):
        painter.drawPixmap(right - MARK, top, icons.pixmap(name, colour, MARK, painter.device().devicePixelRatioF()))
        right -= MARK + 3
