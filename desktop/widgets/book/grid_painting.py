"""Paints what lies under the bookings: open and closed hours, the lines of the slots, blocked spans."""

from collections.abc import Sequence
from functools import cache

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPixmap

from desktop.widgets.book.inks import Inks
from desktop.widgets.book.scene import Scene
from desktop.widgets.book_rows import BookBlock

HATCH = 8
"""The distance of two lines of a hatch, in logical pixels."""


def paint_grid(painter: QPainter, scene: Scene, area: QRect, inks: Inks) -> None:
    """Paint the grid inside `area`, a rectangle in content coordinates that the painter is clipped to."""
    painter.fillRect(area, inks.colour("closed"))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    _fill(painter, [rect & area for rect in scene.open_rects if rect.intersects(area)], inks.colour("surface"))
    _lines(painter, scene, area, inks)
    for void in scene.void_rects:
        _hatched(painter, void.adjusted(0, 0, -1, 0) & area, inks, "grid")
    for block in scene.day.blocks:
        for rect in scene.span_rects(block.resource_id, block.starts, block.ends):
            _block(painter, rect, block, area, inks)


def hatch(inks: Inks, colour: str, ratio: float) -> QBrush:
    """A brush of thin slanting lines that tiles without a seam."""
    return _hatch(inks.colour(colour).name(), ratio)


@cache
def _hatch(colour: str, ratio: float) -> QBrush:
    side = round(HATCH * ratio)
    tile = QPixmap(side, side)
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(colour), ratio))
    for shift in (-side, 0, side):
        painter.drawLine(shift, side, shift + side, 0)
    painter.end()
    tile.setDevicePixelRatio(ratio)
    return QBrush(tile)


def _lines(painter: QPainter, scene: Scene, area: QRect, inks: Inks) -> None:
    # As rectangles: Qt draws a line with a pen dot by dot, ten times slower than it fills.
    thin = 1 / painter.device().devicePixelRatioF()
    left, top, width, height = area.left(), area.top(), area.width(), area.height()
    heights = range(top, top + height)
    minor = [QRectF(left, y, width, thin) for y in scene.slot_heights if y in heights]
    major = [QRectF(left, y, width, thin) for y in scene.hour_heights if y in heights]
    columns = [QRectF(x - 1, top, thin, height) for x in scene.edges[1:] if left < x <= left + width]
    _fill(painter, minor, inks.colour("grid_minor"))
    _fill(painter, [*major, *columns], inks.colour("grid"))


def _fill(painter: QPainter, rects: Sequence[QRect] | Sequence[QRectF], colour: QColor) -> None:
    if rects:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRects(rects)


def _hatched(painter: QPainter, rect: QRect, inks: Inks, colour: str) -> None:
    painter.fillRect(rect, inks.colour("closed"))
    painter.fillRect(rect, hatch(inks, colour, painter.device().devicePixelRatioF()))


def _block(painter: QPainter, rect: QRect, block: BookBlock, area: QRect, inks: Inks) -> None:
    if not rect.intersects(area):
        return
    painter.setBrushOrigin(rect.topLeft())
    _hatched(painter, rect, inks, "hatch")
    if rect.height() >= inks.line_height(inks.small_medium) + 4 and block.reason:
        words = inks.text(block.reason, inks.small_medium, rect.width() - 22)
        width = round(words.size().width()) + 12
        label = QRect(rect.left() + 5, rect.top() + 4, width, inks.line_height(inks.small_medium) + 3)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(inks.colour("closed"))
        painter.drawRoundedRect(label, 4, 4)
        painter.setPen(inks.colour("text_muted"))
        painter.setFont(inks.small_medium)
        painter.drawStaticText(label.left() + 6, label.top() + 1, words)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
