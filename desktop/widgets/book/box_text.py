"""What is written on a booking and which marks it carries, as far as its box has room."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from PySide6.QtCore import QPointF
from PySide6.QtGui import QFont, QPainter, QStaticText

from desktop.widgets.book.clock_words import span_words
from desktop.widgets.book.inks import NO_FILL, STATUS_ICONS, Inks
from desktop.widgets.book.layout import PlacedBox
from desktop.widgets.book.scene import Scene

MARK = 14
"""The side of a status icon or sync mark, in logical pixels."""

INSET = 12
"""Where text begins: right of the stripe."""

_MIN_FOR_MARKS = 44
_MIN_TITLE = 16
_MIN_SECOND = 34

_STATUS_TOKENS = {
    "requested": "warning_soft_text",
    "confirmed": "accent_soft_text",
    "arrived": "success_soft_text",
    "in_service": "success_soft_text",
    "no_show": "danger_soft_text",
}

Placed = tuple[QPointF, QStaticText]


class Written(NamedTuple):
    """The texts of one box and where they begin, in content coordinates."""

    titles: tuple[Placed, ...] = ()
    struck: tuple[Placed, ...] = ()
    smalls: tuple[Placed, ...] = ()


@cache
def marks_of(status: str, *, pending: bool, refused: bool, width: int) -> tuple[tuple[str, str], ...]:
    """The icons of a box and their tokens, from right to left: first what the server says, then the status."""
    found = []
    if refused:
        found.append(("warning", "danger_soft_text"))
    elif pending:
        found.append(("pending", "warning_soft_text"))
    if icon := STATUS_ICONS.get(status):
        found.append((icon, _STATUS_TOKENS.get(status, "text_muted")))
    room = width - INSET
    return tuple(found if room >= _MIN_FOR_MARKS + (MARK + 3) * len(found) else found[:1])


def written(item: PlacedBox, scene: Scene, inks: Inks) -> Written:
    """The customer, the service and the times, as far as there is room; struck through where the booking is gone."""
    body, box = item.body, item.box
    width, height = body.width(), body.height()
    title_height, small_height = inks.line_height(inks.title), inks.line_height(inks.small)
    left, room = body.left() + INSET, width - INSET - 6
    marks = marks_of(box.status, pending=box.pending, refused=box.refused, width=width)
    beside_marks = room - (MARK + 3) * len(marks)
    two = height >= title_height + small_height + 6
    top = body.top() + (4 if two else max(1, (min(height, 28) - title_height) // 2))
    titles: tuple[Placed, ...] = ()
    used = 0
    if beside_marks >= _MIN_TITLE:
        title = inks.text(box.title, inks.title, beside_marks)
        titles = ((QPointF(left, top), title),)
        used = round(title.size().width()) + 7
    smalls: tuple[Placed, ...] = ()
    if two:
        smalls = _below(item, scene, inks, QPointF(left, top + title_height), room)
    elif used and beside_marks - used >= _MIN_SECOND:
        place = QPointF(left + used, top + title_height - small_height - 1)
        smalls = ((place, inks.text(box.subtitle, inks.small, beside_marks - used)),)
    return Written(struck=titles, smalls=smalls) if box.status in NO_FILL else Written(titles=titles, smalls=smalls)


def _below(item: PlacedBox, scene: Scene, inks: Inks, place: QPointF, room: int) -> tuple[Placed, ...]:
    box = item.box
    service = (place, inks.text(box.subtitle, inks.small, room))
    title_height, small_height = inks.line_height(inks.title), inks.line_height(inks.small)
    if item.body.height() < title_height + 2 * small_height + 8:
        return (service,)
    times = span_words(box.starts, box.ends, scene.axis, scene.day.locale)
    if inks.advance(times, inks.small) > room:
        return (service,)
    return service, (place + QPointF(0, small_height), inks.text(times, inks.small, room))


def paint_texts(painter: QPainter, texts: Sequence[Written], inks: Inks) -> None:
    """Write the texts of some boxes, each font in one go."""
    painter.setPen(inks.colour("text"))
    _draw(painter, [line for text in texts for line in text.titles], inks.title)
    painter.setPen(inks.colour("text_muted"))
    struck = [line for text in texts for line in text.struck]
    _draw(painter, struck, inks.title)
    _strike(painter, struck)
    _draw(painter, [line for text in texts for line in text.smalls], inks.small)


def _strike(painter: QPainter, lines: Iterable[Placed]) -> None:
    # By hand: Qt 6.11 misplaces the line of a struck font in prepared text on screens of more than one device pixel.
    for place, words in lines:
        y = round(place.y() + words.size().height() * 0.54)
        painter.drawLine(round(place.x()), y, round(place.x() + words.size().width()), y)


def _draw(painter: QPainter, lines: Iterable[Placed], font: QFont) -> None:
    painter.setFont(font)
    draw = painter.drawStaticText
    for place, words in lines:
        draw(place, words)
