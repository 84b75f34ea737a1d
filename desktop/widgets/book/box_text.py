"""What is written on a booking and which marks it carries, as far as its box has room."""

from collections.abc import Iterable, Sequence

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

Placed = tuple[QPointF, QStaticText]


def marks_of(item: PlacedBox, inks: Inks) -> list[tuple[str, str]]:
    """The icons of a box from right to left with their colours: first what the server says, then the status."""
    found = []
    if item.box.refused:
        found.append(("warning", inks.tokens.danger_soft_text))
    elif item.box.pending:
        found.append(("pending", inks.tokens.warning_soft_text))
    if icon := STATUS_ICONS.get(item.box.status):
        found.append((icon, _status_colour(item.box.status, inks)))
    room = item.body.width() - INSET
    return found if room >= _MIN_FOR_MARKS + (MARK + 3) * len(found) else found[:1]


def _status_colour(status: str, inks: Inks) -> str:
    t = inks.tokens
    return {
        "requested": t.warning_soft_text, "confirmed": t.accent_soft_text, "arrived": t.success_soft_text,
        "in_service": t.success_soft_text, "no_show": t.danger_soft_text,
    }.get(status, t.text_muted)  # fmt: skip


def paint_texts(painter: QPainter, boxes: Sequence[PlacedBox], scene: Scene, inks: Inks) -> None:
    """Write the customer, the service and the times, each font in one go."""
    titles: list[Placed] = []
    struck: list[Placed] = []
    smalls: list[Placed] = []
    for item in boxes:
        gone = item.box.status in NO_FILL
        _lines(item, scene, inks, struck if gone else titles, smalls)
    painter.setPen(inks.colour("text"))
    _draw(painter, titles, inks.title)
    painter.setPen(inks.colour("text_muted"))
    _draw(painter, struck, inks.title)
    _strike(painter, struck)
    _draw(painter, smalls, inks.small)


def _lines(item: PlacedBox, scene: Scene, inks: Inks, titles: list[Placed], smalls: list[Placed]) -> None:
    body, box = item.body, item.box
    title_height, small_height = inks.line_height(inks.title), inks.line_height(inks.small)
    left, room = body.left() + INSET, body.width() - INSET - 6
    beside_marks = room - (MARK + 3) * len(marks_of(item, inks))
    two = body.height() >= title_height + small_height + 6
    top = body.top() + (4 if two else max(1, (min(body.height(), 28) - title_height) // 2))
    used = 0
    if beside_marks >= _MIN_TITLE:
        title = inks.text(box.title, inks.title, beside_marks)
        titles.append((QPointF(left, top), title))
        used = round(title.size().width()) + 7
    if two:
        smalls.append((QPointF(left, top + title_height), inks.text(box.subtitle, inks.small, room)))
        if body.height() >= title_height + 2 * small_height + 8:
            times = inks.text(span_words(box.starts, box.ends, scene.axis, scene.day.locale), inks.small, 1000)
            if times.size().width() <= room:
                smalls.append((QPointF(left, top + title_height + small_height), times))
    elif used and beside_marks - used >= _MIN_SECOND:
        place = QPointF(left + used, top + title_height - small_height - 1)
        smalls.append((place, inks.text(box.subtitle, inks.small, beside_marks - used)))


def _strike(painter: QPainter, lines: Iterable[Placed]) -> None:
    # By hand: Qt 6.11 misplaces the line of a struck font in prepared text on screens of more than one device pixel.
    for place, words in lines:
        y = round(place.y() + words.size().height() * 0.54)
        painter.drawLine(round(place.x()), y, round(place.x() + words.size().width()), y)


def _draw(painter: QPainter, lines: Iterable[Placed], font: QFont) -> None:
    painter.setFont(font)
    for place, words in lines:
        painter.drawStaticText(place, words)
