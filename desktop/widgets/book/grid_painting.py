"""Paints what lies under the bookings: open and closed hours, the lines of the slots, blocked spans."""

from functools import cache

from PySide6.QtCore import QLine, QRect, Qt
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
    for column in scene.day.columns:
        for starts, ends in scene.day.open_spans.get(column.resource_id, ()):
            rect = _full(scene, scene.span_rect(column.resource_id, starts, ends))
            if rect.intersects(area):
                painter.fillRect(rect & area, inks.colour("surface"))
    _lines(painter, scene, area, inks)
    for block in scene.day.blocks:
        _block(painter, scene, block, area, inks)


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


def _full(scene: Scene, rect: QRect) -> QRect:
    return rect.adjusted(-3, 0, 3, 1)


def _lines(painter: QPainter, scene: Scene, area: QRect, inks: Inks) -> None:
    step, axis = scene.day.slot_step, scene.axis
    hours = {axis.y(mark.instant) for mark in axis.hours()}
    # Lines nearer than 12 px make a grey field, not a grid: finer steps are drawn at every second, third … slot.
    every = step * max(1, -(-12 // max(1, round(step * 60 * axis.scale))))
    minutes = round((axis.end - axis.start).total_seconds() / 60)
    heights = (round(minute * 60 * axis.scale) for minute in range(0, minutes, every))
    left, right, top, bottom = area.left(), area.right(), area.top(), area.bottom()
    minor = [QLine(left, y, right, y) for y in heights if top <= y <= bottom and y not in hours]
    major = [QLine(left, y, right, y) for y in hours if top <= y <= bottom]
    columns = [QLine(x - 1, top, x - 1, bottom) for x in scene.edges[1:] if left <= x - 1 <= right]
    for token, lines in (("grid_minor", minor), ("grid", major), ("grid", columns)):
        if lines:
            painter.setPen(inks.pen(token, 0))
            painter.drawLines(lines)


def _block(painter: QPainter, scene: Scene, block: BookBlock, area: QRect, inks: Inks) -> None:
    rect = scene.span_rect(block.resource_id, block.starts, block.ends)
    if rect.isEmpty() or not rect.intersects(area):
        return
    ratio = painter.device().devicePixelRatioF()
    painter.fillRect(rect, inks.colour("closed"))
    painter.setBrushOrigin(rect.topLeft())
    painter.fillRect(rect, hatch(inks, "hatch", ratio))
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
