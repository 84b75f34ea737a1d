"""Paints the bookings: first the bodies of all with their marks, then all texts of a font."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from desktop.widgets.book.box_text import paint_texts
from desktop.widgets.book.grid_painting import hatch
from desktop.widgets.book.inks import Inks
from desktop.widgets.book.layout import PlacedBox
from desktop.widgets.book.plan import Plan
from desktop.widgets.book.scene import Scene
from desktop.widgets.tokens import RADIUS


def paint_boxes(painter: QPainter, plan: Plan, boxes: Sequence[PlacedBox]) -> None:
    """Paint these boxes of the plan in content coordinates."""
    _buffers(painter, boxes, plan.inks)
    drawn = [plan.drawn(item) for item in boxes]
    for at, picture, _ in drawn:
        painter.drawPixmap(at, picture)
    _gaps(painter, plan.scene, boxes, plan.inks)
    paint_texts(painter, [text for _, _, text in drawn], plan.inks)


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
    with_gaps = [item for item in boxes if item.box.gaps]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for item in with_gaps:
        axis = scene.axis_at(item.body.left())
        for starts, ends in item.box.gaps:
            top, bottom = axis.y(starts), axis.y(ends)
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
