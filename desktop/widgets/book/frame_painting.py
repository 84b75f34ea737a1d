"""Paints what stays in place while the book scrolls: the names above the columns and the hours beside them."""

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter

from desktop.widgets import icons
from desktop.widgets.book.clock_words import hour_words
from desktop.widgets.book.inks import Inks
from desktop.widgets.book.scene import Scene
from desktop.widgets.book_rows import BookColumn

HEADER = 56
"""The height of the header, in logical pixels."""

AXIS = 64
"""The width of the time axis, in logical pixels."""

_AVATAR = 30
_KIND_ICONS = {"ROOM": "room", "EQUIPMENT": "equipment"}
_LEFT, _RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
_MIDDLE, _CENTRE = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignCenter


def paint_header(painter: QPainter, scene: Scene, scroll: QPoint, width: int, inks: Inks) -> None:
    """Paint the sticky header across the viewport's `width`."""
    painter.fillRect(0, 0, width, HEADER, inks.colour("surface"))
    painter.save()
    painter.setClipRect(AXIS, 0, width - AXIS, HEADER)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for number, column in enumerate(scene.day.columns):
        left, right = (AXIS + edge - scroll.x() for edge in scene.edges[number : number + 2])
        if right > AXIS and left < width:
            _head(painter, column, QRect(left, 0, right - left, HEADER), min(right, width), inks)
    painter.restore()
    painter.setPen(inks.colour("text_faint"))
    painter.setFont(inks.small)
    names = (axis.local(axis.at(scene.height / 2)).strftime("%Z") for axis in scene.axes)
    zone = "\n".join(dict.fromkeys(names))
    painter.drawText(QRect(0, 0, AXIS - 10, HEADER - 8), int(_RIGHT | Qt.AlignmentFlag.AlignBottom), zone)
    painter.fillRect(0, HEADER - 1, width, 1, inks.colour("line_strong"))


def paint_axis(
    painter: QPainter, scene: Scene, scroll: QPoint, area: QRect, inks: Inks, *, without: QRect | None = None
) -> None:
    """Paint the hours beside the columns; `area` is the axis' rectangle in the viewport.

    An hour that would lie in part under `without`, where the time of now is written, is left out.
    """
    painter.save()
    painter.setClipRect(area)
    painter.fillRect(area, inks.colour("surface"))
    painter.fillRect(area.right(), area.top(), 1, area.height(), inks.colour("line"))
    painter.setFont(inks.small)
    half = inks.line_height(inks.small)
    for mark in scene.axis.hours:
        y = HEADER + scene.axis.y(mark.instant) - scroll.y()
        if area.top() - half <= y <= area.bottom() + half and mark.instant > scene.axis.start:
            place = QRect(0, y - half // 2 - 1, AXIS - 10, half + 2)
            if without is not None and without.intersects(place):
                continue
            painter.setPen(inks.colour("text_muted"))
            painter.drawText(place, int(_RIGHT | _MIDDLE), hour_words(mark.hour, scene.day.locale))
            if mark.abbreviation:
                painter.setPen(inks.colour("warning_soft_text"))
                painter.drawText(place.translated(0, half), int(_RIGHT | _MIDDLE), mark.abbreviation)
    painter.restore()


def now_label_rect(time: str, y: int, inks: Inks) -> QRect:
    """Where the time of now is written on the axis; `y` is the now-line's height in the viewport."""
    words = inks.text(time, inks.small_medium, AXIS)
    width, height = round(words.size().width()) + 10, inks.line_height(inks.small_medium) + 3
    return QRect(AXIS - width - 4, y - height // 2, width, height)


def paint_now_label(painter: QPainter, time: str, label: QRect, inks: Inks) -> None:
    """Paint the time on the axis where the now-line begins, in the rectangle that is its own."""
    words = inks.text(time, inks.small_medium, AXIS)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(inks.colour("now"))
    painter.drawRoundedRect(label, 4, 4)
    painter.setPen(inks.colour("now_text"))
    painter.setFont(inks.small_medium)
    painter.drawStaticText(label.left() + 5, label.top() + 1, words)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


def _head(painter: QPainter, column: BookColumn, rect: QRect, visible: int, inks: Inks) -> None:
    """Paint the head of a column, whose texts end in an ellipsis where the viewport does, at `visible`."""
    ink = inks.avatar(column.colour or inks.tokens.box)
    avatar = QRectF(rect.left() + 12, (HEADER - _AVATAR) / 2, _AVATAR, _AVATAR)
    painter.setPen(ink.edge)
    painter.setBrush(ink.fill)
    if column.badge:
        _day_badge(painter, column, avatar, inks)
    elif symbol := _KIND_ICONS.get(column.kind):
        painter.drawRoundedRect(avatar, 8, 8)
        ratio = painter.device().devicePixelRatioF()
        painter.drawPixmap(avatar.toRect().topLeft() + QPoint(6, 6), icons.pixmap(symbol, ink.text.name(), 18, ratio))
    else:
        painter.drawEllipse(avatar)
        painter.setPen(ink.text)
        painter.setFont(inks.small_medium)
        painter.drawText(avatar, int(_CENTRE), initials(column.title))
    left = rect.left() + 12 + _AVATAR + 10
    room = min(rect.right(), visible) - left - 8
    if room <= 0:
        return
    high, low = inks.line_height(inks.head), inks.line_height(inks.small)
    top = (HEADER - high - (low if column.subtitle else 0)) // 2
    painter.setPen(inks.colour("text"))
    painter.setFont(inks.head)
    painter.drawStaticText(left, top, inks.text(column.title, inks.head, room))
    painter.setPen(inks.colour("text_muted"))
    painter.setFont(inks.small)
    painter.drawStaticText(left, top + high, inks.text(column.subtitle, inks.small, room))
    painter.fillRect(rect.right(), 14, 1, HEADER - 28, inks.colour("line"))
    if column.marked:
        painter.fillRect(rect.left(), HEADER - 3, rect.width(), 3, inks.colour("accent"))


def _day_badge(painter: QPainter, column: BookColumn, badge: QRectF, inks: Inks) -> None:
    """The number of a day; today's is a full disc, the others' have nothing around them."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(inks.colour("accent" if column.marked else "surface"))
    painter.drawEllipse(badge)
    painter.setPen(inks.colour("accent_text" if column.marked else "text"))
    painter.setFont(inks.head)
    painter.drawText(badge, int(_CENTRE), column.badge)


def initials(name: str) -> str:
    """The first letters of the first and the last word."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0].upper() for word in (words[:1] + words[1:][-1:]))
