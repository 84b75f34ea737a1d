"""Where columns and boxes lie: pure geometry in logical pixels of the book's content."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from PySide6.QtCore import QRect

from desktop.widgets.book.axis import DayAxis
from desktop.widgets.book_rows import BookBox

MIN_COLUMN = 132
"""A column is never narrower; where not all fit, the book scrolls sideways."""

MIN_TARGET = 24
"""No box is lower, however short the booking (WCAG 2.2, 2.5.8)."""

MIN_DAY = 104
"""The same of a column that is one day of several."""

GUTTER = 8
"""Room at the right of a column that is never covered, so that a full column can still be clicked to book."""

MIN_WIDTH = 4
"""However many bookings overlap, something of each is seen."""

_GAP = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedBox:
    """A box with its rectangles: `body` is what is drawn and hit, `outer` holds the buffers too."""

    box: BookBox
    body: QRect
    outer: QRect


@dataclass(slots=True)
class _Lane:
    box: BookBox
    top: int
    bottom: int
    body_top: int
    body_bottom: int
    lane: int = 0


def column_edges(count: int, room: int, least: int = MIN_COLUMN) -> list[int]:
    """The left edges of `count` columns and the right edge of the last, filling `room` where it is wide enough."""
    if count == 0:
        return [0]
    width = max(least, room / count)
    return [round(index * width) for index in range(count + 1)]


def place(boxes: Sequence[BookBox], axis: DayAxis, left: int, right: int) -> list[PlacedBox]:
    """The boxes of one column between two edges, overlapping ones side by side, in order of their start."""
    lanes = sorted((_lane(box, axis) for box in boxes), key=lambda item: (item.top, -item.bottom))
    placed: list[PlacedBox] = []
    cluster: list[_Lane] = []
    reach = 0
    for item in lanes:
        if cluster and item.top >= reach:
            placed += _spread(cluster, left, right)
            cluster = []
        cluster.append(item)
        reach = max(reach, item.bottom) if len(cluster) > 1 else item.bottom
    return placed + _spread(cluster, left, right)


def _lane(box: BookBox, axis: DayAxis) -> _Lane:
    body_top = axis.y(box.starts)
    body_bottom = max(axis.y(box.ends), body_top + MIN_TARGET)
    if body_bottom > axis.height:
        body_top, body_bottom = axis.height - max(MIN_TARGET, axis.height - body_top), axis.height
    top = axis.y(box.starts - timedelta(minutes=box.buffer_before)) if box.buffer_before else body_top
    bottom = axis.y(box.ends + timedelta(minutes=box.buffer_after)) if box.buffer_after else body_bottom
    return _Lane(box, min(top, body_top), max(bottom, body_bottom), body_top, body_bottom)


def _spread(cluster: list[_Lane], left: int, right: int) -> list[PlacedBox]:
    inner_left, inner_right = left + 3, right - GUTTER
    if len(cluster) == 1:
        return [_boxed(cluster[0], inner_left, max(MIN_WIDTH, inner_right - _GAP - inner_left))]
    ends: list[int] = []
    for item in cluster:
        free = next((index for index, end in enumerate(ends) if end <= item.top), len(ends))
        item.lane = free
        ends[free : free + 1] = [item.bottom]
    width = (inner_right - inner_left) / max(1, len(ends))
    return [_placed(item, cluster, len(ends), inner_left, width) for item in cluster]


def _placed(item: _Lane, cluster: list[_Lane], count: int, left: int, width: float) -> PlacedBox:
    span = 1
    while item.lane + span < count and not any(
        other.lane == item.lane + span and other.top < item.bottom and item.top < other.bottom for other in cluster
    ):
        span += 1
    x = round(left + item.lane * width)
    right = round(left + (item.lane + span) * width) - _GAP
    return _boxed(item, x, max(MIN_WIDTH, right - x))


def _boxed(item: _Lane, x: int, width: int) -> PlacedBox:
    body = QRect(x, item.body_top, width, item.body_bottom - item.body_top)
    buffered = (item.top, item.bottom) != (item.body_top, item.body_bottom)
    outer = QRect(x, item.top, width, item.bottom - item.top) if buffered else body
    return PlacedBox(box=item.box, body=body, outer=outer)
