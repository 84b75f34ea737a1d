"""Paints what comes and goes above the bookings: the ghost, the now-line, what is selected, focused or hovered."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QRegion

from desktop.widgets import icons
from desktop.widgets.book.clock_words import span_words, time_words
from desktop.widgets.book.gestures import Ghost
from desktop.widgets.book.inks import Inks
from desktop.widgets.book.layout import MIN_TARGET, PlacedBox
from desktop.widgets.book.scene import Scene, Slot
from desktop.widgets.tokens import RADIUS

MARGIN = 4
"""How far the rings reach beyond a box."""

_LABEL_PAD = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer to a ghost in words; `ok` is None while nobody has answered."""

    text: str = ""
    ok: bool | None = None


def paint_now(painter: QPainter, scene: Scene, area: QRect, inks: Inks) -> None:
    """Paint the now-line across all columns of today, where it runs through `area`."""
    line = scene.now_line(scene.day.now)
    if not line.intersects(area):
        return
    y = line.bottom()
    # Over a booking it is only hinted at: a full line would strike its text through.
    at_now = scene.boxes_in(QRect(line.left(), y, line.width(), 1))
    crossed = [item.body for item in at_now if item.body.top() <= y <= item.body.bottom()]
    free = QRegion(line)
    for body in crossed:
        free -= body
    for part in cast(Iterable[QRect], free):
        painter.fillRect(part, inks.colour("now"))
    hint = QColor(inks.colour("now"))
    hint.setAlphaF(0.3)
    for body in crossed:
        painter.fillRect(body & line, hint)


def paint_rings(painter: QPainter, selected: list[PlacedBox], focused: QRect, inks: Inks) -> None:
    """Paint a frame around each box of the selected booking and a ring around what has the keyboard."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(inks.pen("accent", 2))
    for item in selected:
        painter.drawRoundedRect(QRectF(item.body).adjusted(0, 0, 0, 0), RADIUS.m, RADIUS.m)
    if not focused.isEmpty():
        painter.setPen(inks.pen("surface", 2))
        painter.drawRoundedRect(QRectF(focused).adjusted(-1.5, -1.5, 1.5, 1.5), RADIUS.m + 1, RADIUS.m + 1)
        painter.setPen(inks.pen("focus", 2))
        painter.drawRoundedRect(QRectF(focused).adjusted(-3, -3, 3, 3), RADIUS.m + 2, RADIUS.m + 2)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


def paint_hover(painter: QPainter, scene: Scene, box: PlacedBox | None, slot: Slot | None, inks: Inks) -> None:
    """Lift the box under the pointer, or show which slot a click would take."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if box:
        veil = QColor(inks.colour("text"))
        veil.setAlphaF(0.05)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(veil)
        painter.drawRoundedRect(QRectF(box.body).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS.m, RADIUS.m)
    elif slot:
        rect = scene.slot_rect(slot)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(inks.colour("accent_soft"))
        painter.drawRoundedRect(rect, RADIUS.s, RADIUS.s)
        if rect.height() >= inks.line_height(inks.small):
            painter.setPen(inks.colour("accent_soft_text"))
            painter.setFont(inks.small_medium)
            words = "+ " + time_words(slot.starts, scene.axis, scene.day.locale)
            painter.drawText(rect.adjusted(8, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), words)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


def ghost_rect(scene: Scene, ghost: Ghost) -> QRect:
    """Where the ghost itself lies."""
    rect = scene.span_rect(ghost.resource_id, ghost.starts, ghost.ends)
    return rect.adjusted(0, 0, 0, max(0, MIN_TARGET - rect.height()))


def _ghost_rects(scene: Scene, ghost: Ghost) -> list[QRect]:
    """Where all of the ghost lies: in several columns, where it runs past midnight in a week."""
    return [ghost_rect(scene, ghost), *scene.span_rects(ghost.resource_id, ghost.starts, ghost.ends)[1:]]


def label_rect(scene: Scene, ghost: Ghost, verdict: Verdict, inks: Inks) -> QRect:
    """Where the ghost's label lies: under it, or above it at the end of the day."""
    rect = ghost_rect(scene, ghost)
    lines = _label(scene, ghost, verdict)
    widths = [inks.metrics[id(font)].horizontalAdvance(text) for text, font in zip(lines, _fonts(inks), strict=False)]
    width = round(max(widths)) + 2 * _LABEL_PAD + (20 if verdict.ok is not None else 0)
    height = 6 + sum(inks.line_height(font) for _, font in zip(lines, _fonts(inks), strict=False)) + 6
    top = rect.bottom() + 6
    if top + height > scene.height:
        top = rect.top() - height - 6
    left = max(2, min(rect.left(), scene.width - width - 2))
    return QRect(left, top, width, height)


def ghost_area(scene: Scene, ghost: Ghost, verdict: Verdict, inks: Inks) -> list[QRect]:
    """All that has to be painted again when the ghost comes, changes or goes."""
    areas = [*_ghost_rects(scene, ghost), label_rect(scene, ghost, verdict, inks)]
    return [area.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN) for area in areas]


def paint_ghost(painter: QPainter, scene: Scene, ghost: Ghost, verdict: Verdict, inks: Inks) -> None:
    """Paint the ghost with its times and the verdict: a full edge where it is free, a dashed one where it is not."""
    rect = ghost_rect(scene, ghost)
    if rect.isEmpty():
        return
    bad = verdict.ok is False
    fill = QColor(inks.colour("danger_soft" if bad else "accent_soft"))
    fill.setAlphaF(0.95)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(fill)
    painter.setPen(inks.pen("danger" if bad else "accent", 2, Qt.PenStyle.DashLine if bad else Qt.PenStyle.SolidLine))
    for part in _ghost_rects(scene, ghost):
        painter.drawRoundedRect(QRectF(part).adjusted(1, 1, -1, -1), RADIUS.m, RADIUS.m)
    if ghost.box and rect.height() >= inks.line_height(inks.title):
        painter.setPen(inks.colour("text"))
        painter.setFont(inks.title)
        words = inks.text(ghost.box.title, inks.title, rect.width() - 16)
        painter.drawStaticText(rect.left() + 8, rect.top() + 4, words)
    _paint_label(painter, scene, ghost, verdict, inks)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


def _label(scene: Scene, ghost: Ghost, verdict: Verdict) -> list[str]:
    times = span_words(ghost.starts, ghost.ends, scene.axis, scene.day.locale)
    return [times, verdict.text] if verdict.text else [times]


def _fonts(inks: Inks) -> tuple[QFont, QFont]:
    return inks.title, inks.small_medium


def _paint_label(painter: QPainter, scene: Scene, ghost: Ghost, verdict: Verdict, inks: Inks) -> None:
    rect = label_rect(scene, ghost, verdict, inks)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(inks.colour("tip"))
    painter.drawRoundedRect(rect, RADIUS.m, RADIUS.m)
    left, top = rect.left() + _LABEL_PAD, rect.top() + 6
    if verdict.ok is not None:
        name = "check" if verdict.ok else "slash"
        ratio = painter.device().devicePixelRatioF()
        painter.drawPixmap(left - 2, top + 1, icons.pixmap(name, inks.tokens.tip_text, 16, ratio))
        left += 20
    painter.setPen(inks.colour("tip_text"))
    for text, font in zip(_label(scene, ghost, verdict), _fonts(inks), strict=False):
        painter.setFont(font)
        painter.drawStaticText(left, top, inks.text(text, font, rect.width()))
        top += inks.line_height(font)
