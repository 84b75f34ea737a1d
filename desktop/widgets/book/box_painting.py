"""Paints the bookings: grouped by what they share, because a change of pen or font costs more than a rectangle."""

from collections.abc import Sequence
from itertools import groupby

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPixmap

from desktop.widgets import icons
from desktop.widgets.book.grid_painting import hatch
from desktop.widgets.book.inks import FADED, NO_FILL, STATUS_ICONS, Inks
from desktop.widgets.book.layout import PlacedBox
from desktop.widgets.book.scene import Scene
from desktop.widgets.tokens import RADIUS

MARK = 14
"""The side of a status icon or sync mark, in logical pixels."""

_INSET = 11
_MIN_FOR_MARKS = 44


def paint_boxes(painter: QPainter, scene: Scene, boxes: Sequence[PlacedBox], inks: Inks) -> None:
    """Paint these boxes in content coordinates."""
    ordered = sorted(boxes, key=lambda item: (item.box.colour, item.box.status))
    _buffers(painter, ordered, inks)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for (colour, status), same in groupby(ordered, key=lambda item: (item.box.colour, item.box.status)):
        _bodies(painter, list(same), colour, status, inks)
    _gaps(painter, scene, ordered, inks)
    _texts(painter, ordered, inks)
    for item in ordered:
        _marks(painter, item, inks)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


def marks_of(item: PlacedBox, inks: Inks) -> list[tuple[str, str]]:
    """The icons of a box from right to left with their colours: first what the server says, then the status."""
    found = []
    if item.box.refused:
        found.append(("warning", inks.tokens.danger_soft_text))
    elif item.box.pending:
        found.append(("pending", inks.tokens.warning_soft_text))
    if icon := STATUS_ICONS.get(item.box.status):
        found.append((icon, _status_colour(item.box.status, inks)))
    room = item.body.width() - _INSET
    return found if room >= _MIN_FOR_MARKS + (MARK + 3) * len(found) else found[:1]


def _status_colour(status: str, inks: Inks) -> str:
    t = inks.tokens
    return {
        "requested": t.warning_soft_text, "confirmed": t.accent_soft_text, "arrived": t.success_soft_text,
        "in_service": t.success_soft_text, "no_show": t.danger_soft_text,
    }.get(status, t.text_muted)  # fmt: skip


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


def _texts(painter: QPainter, boxes: Sequence[PlacedBox], inks: Inks) -> None:
    title_height, small_height = inks.line_height(inks.title), inks.line_height(inks.small)
    titles: dict[int, list[tuple[QPointF, object]]] = {}
    smalls: list[tuple[QPointF, object]] = []
    for item in boxes:
        body, box = item.body, item.box
        marks = (MARK + 3) * len(marks_of(item, inks))
        room = body.width() - _INSET - 5
        font = inks.struck if box.status in NO_FILL else inks.title
        two = body.height() >= title_height + small_height + 6
        top = body.top() + (5 if two else max(1, (min(body.height(), 30) - title_height) // 2))
        if room - marks >= 16:
            title = inks.text(box.title, font, room - marks)
            titles.setdefault(id(font), []).append((QPointF(body.left() + _INSET, top), title))
            used = round(title.size().width()) + 6
        else:
            used = 0
        if two:
            smalls.append((QPointF(body.left() + _INSET, top + title_height), inks.text(box.subtitle, inks.small, room)))
            if body.height() >= title_height + 2 * small_height + 10:
                times = inks.text(_times(item, inks), inks.small, room)
                smalls.append((QPointF(body.left() + _INSET, top + title_height + small_height), times))
        elif used and room - marks - used >= 30:
            place = QPointF(body.left() + _INSET + used, top + title_height - small_height)
            smalls.append((place, inks.text(box.subtitle, inks.small, room - marks - used)))
    painter.setPen(inks.colour("text"))
    for font in (inks.title, inks.struck):
        _draw(painter, titles.get(id(font), ()), font)
    painter.setPen(inks.colour("text_muted"))
    _draw(painter, smalls, inks.small)
