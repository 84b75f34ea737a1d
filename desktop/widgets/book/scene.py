"""One day, or the days of one resource, laid out at one width: what lies where, and what lies under a point."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from PySide6.QtCore import QPoint, QRect

from desktop.widgets.book.axis import PIXELS_PER_MINUTE, DayAxis
from desktop.widgets.book.heights import Heights
from desktop.widgets.book.layout import MIN_COLUMN, MIN_DAY, MIN_WIDTH, PlacedBox, column_edges, place
from desktop.widgets.book.ruler import wall_axes
from desktop.widgets.book_rows import BookBox, BookColumn, BookDay, ColumnKey

EDGE = 6
"""How near to a box's edge a press takes the edge instead of the box."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place in a column where nothing needs to be."""

    resource_id: str
    starts: datetime


class Scene:
    """The laid out columns. Each has an axis; `axis` is that of the day, or of the day with the most hours.

    Points and rectangles are in content coordinates: (0, 0) is the first column at midnight.
    """

    def __init__(self, day: BookDay, room: int, scale: float = 1.0, *, before: "Scene | None" = None) -> None:
        """Lay out a day; columns that look as they did in the scene `before` are taken over from it."""
        self.day = day
        self.axes = _axes(day, PIXELS_PER_MINUTE * scale)
        self.axis = max(self.axes, key=lambda one: len(one.hours))
        self.start, self.end = min(one.start for one in self.axes), max(one.end for one in self.axes)
        has_days = any(column.day for column in day.columns)
        self.edges = column_edges(len(day.columns), room, MIN_DAY if has_days else MIN_COLUMN)
        self.width = self.edges[-1]
        self.height = self.axis.height
        self._numbers: dict[str, list[int]] = {}
        for number, column in enumerate(day.columns):
            self._numbers.setdefault(column.resource_id, []).append(number)
        self._booked = self._by_column()
        self.placed = self._place(before if before and self._is_shaped_like(before) else None)
        self.flat = [item for column in self.placed for item in column]
        self._heights: dict[int, Heights] = {}

    def _is_shaped_like(self, other: "Scene") -> bool:
        mine, theirs = (
            (scene.day.day, scene.day.zone, scene.axis.scale, scene.edges, [one.day for one in scene.day.columns])
            for scene in (self, other)
        )
        return mine == theirs

    def _by_column(self) -> list[list[BookBox]]:
        sorted_boxes: list[list[BookBox]] = [[] for _ in self.day.columns]
        for box in self.day.boxes:
            for number in self._touched(box.resource_id, box.starts, box.ends):
                sorted_boxes[number].append(box)
        return sorted_boxes

    def _touched(self, resource_id: str, starts: datetime, ends: datetime) -> Iterator[int]:
        """The columns of a resource that a span reaches into: several, where it runs past midnight."""
        for number in self._numbers.get(resource_id, ()):
            if ends > self.axes[number].start and starts < self.axes[number].end:
                yield number

    def _place(self, before: "Scene | None") -> list[list[PlacedBox]]:
        return [
            before.placed[number]
            if before and before._booked[number] == boxes
            else place(boxes, self.axes[number], self.edges[number], self.edges[number + 1])
            for number, boxes in enumerate(self._booked)
        ]

    def set_now(self, now: datetime | None) -> None:
        self.day = replace(self.day, now=now)

    def column_at(self, x: int) -> int | None:
        """The number of the column under `x`, or None beside all of them."""
        number = bisect_right(self.edges, x) - 1
        return number if 0 <= number < len(self.day.columns) else None

    def nearest_column(self, x: int) -> int:
        """The column under `x` or else the one closest to it."""
        return min(max(0, bisect_right(self.edges, x) - 1), len(self.day.columns) - 1)

    def shows(self, resource_id: str) -> bool:
        """Whether the resource has a column."""
        return resource_id in self._numbers

    def kind(self, resource_id: str) -> str:
        """What kind of resource has a column; empty where it has none."""
        return next((self.day.columns[one].kind for one in self._numbers.get(resource_id, ())), "")

    def number(self, resource_id: str, instant: datetime) -> int | None:
        """The number of the column of a resource that an instant belongs to; the nearest, where none shows its day."""
        numbers = self._numbers.get(resource_id)
        if numbers is None:
            return None
        return next((number for number in numbers if instant < self.axes[number].end), numbers[-1])

    def column(self, resource_id: str, instant: datetime) -> BookColumn | None:
        """The column of a resource that an instant belongs to."""
        number = self.number(resource_id, instant)
        return None if number is None else self.day.columns[number]

    def number_of(self, key: ColumnKey) -> int | None:
        """The number of a column by its key."""
        return next((number for number, column in enumerate(self.day.columns) if column.key == key), None)

    def axis_at(self, x: int) -> DayAxis:
        """The axis of the column at `x`, or of the one closest to it."""
        return self.axes[self.nearest_column(x)] if self.day.columns else self.axis

    def beside(self, number: int, other: int, instant: datetime) -> datetime:
        """The instant of another column that is at the same height as one of this column."""
        return self.axes[other].at_depth(self.axes[number].depth(instant))

    def clamped(self, instant: datetime) -> datetime:
        return min(self.end, max(self.start, instant))

    def box_at(self, point: QPoint) -> PlacedBox | None:
        number = self.column_at(point.x())
        if number is None:
            return None
        near = self._column_heights(number).between(point.y(), point.y())
        return next((item for item in reversed(near) if item.body.contains(point)), None)

    def boxes_in(self, area: QRect) -> list[PlacedBox]:
        """All boxes that meet an area with their buffers, column by column."""
        # The narrowest boxes of a crowded column may reach over its right edge.
        first = max(0, bisect_right(self.edges, area.left() - MIN_WIDTH) - 1)
        last = min(len(self.placed), bisect_left(self.edges, area.right() + 1))
        return [
            item
            for number in range(first, last)
            for item in self._column_heights(number).between(area.top(), area.bottom())
            if item.outer.intersects(area)
        ]

    def _column_heights(self, number: int) -> Heights:
        if number not in self._heights:
            self._heights[number] = Heights(self.placed[number])
        return self._heights[number]

    def edge_at(self, item: PlacedBox, point: QPoint) -> str:
        """`start` or `end` where the point takes that edge of the box, else an empty text."""
        reach, axis = min(EDGE, item.body.height() // 4), self.axis_at(item.body.left())
        if point.y() >= item.body.bottom() - reach and item.box.ends <= axis.end:
            return "end"
        return "start" if point.y() < item.body.top() + reach and item.box.starts >= axis.start else ""

    def boxes_of(self, appointment_id: str) -> list[PlacedBox]:
        return self._of_appointments.get(appointment_id, [])

    def twin(self, box: BookBox, *, sent_to: str = "") -> BookBox | None:
        """Which box of its visit one of other rows is now, that was perhaps sent to another resource meanwhile.

        A visit stands in several columns, and a room never becomes a person.
        """

        def unlike(other: BookBox) -> tuple[bool, ...]:
            is_of_kind = self.kind(other.resource_id) == self.kind(box.resource_id)
            shares = not set(box.segments).isdisjoint(other.segments)
            return not is_of_kind, not shares, other.resource_id != sent_to, other.resource_id != box.resource_id

        return min((item.box for item in self.boxes_of(box.appointment_id)), key=unlike, default=None)

    @cached_property
    def _of_appointments(self) -> dict[str, list[PlacedBox]]:
        found: dict[str, list[PlacedBox]] = {}
        for item in self.flat:
            found.setdefault(item.box.appointment_id, []).append(item)
        return found

    @cached_property
    def open_rects(self) -> list[QRect]:
        """Where columns are open, in their whole width and with the last line."""
        spans = ((resource, span) for resource, found in self.day.open_spans.items() for span in found)
        rects = (rect for resource, span in spans for rect in self.span_rects(resource, *span))
        return [rect.adjusted(-3, 0, 3, 1) for rect in rects]

    @cached_property
    def void_rects(self) -> list[QRect]:
        """Where no time lies: an hour that the column's day skips, or that another day has twice."""
        return [
            QRect(self.edges[number], top, self.edges[number + 1] - self.edges[number], bottom - top)
            for number in range(len(self.day.columns))
            for top, bottom in self.axes[number].voids()
        ]

    @cached_property
    def hour_heights(self) -> list[int]:
        """Where whole hours begin."""
        return [self.axis.y(mark.instant) for mark in self.axis.hours]

    @cached_property
    def slot_heights(self) -> list[int]:
        """Where the other slots begin that are worth a line."""
        step, scale = self.day.slot_step, self.axis.scale
        # Lines nearer than 12 px make a grey field, not a grid: finer steps are drawn at every second, third … slot.
        every = step * max(1, -(-12 // max(1, round(step * 60 * scale))))
        minutes = round(self.height / (60 * scale))
        hours = set(self.hour_heights)
        return [y for minute in range(0, minutes, every) if (y := round(minute * 60 * scale)) not in hours]

    def slot_at(self, point: QPoint) -> Slot | None:
        """The slot under a point, its start on the step."""
        number = self.column_at(point.x())
        if number is None or not 0 <= point.y() < self.height:
            return None
        axis = self.axes[number]
        if any(top <= point.y() < bottom for top, bottom in axis.voids()):
            return None
        starts = axis.floored(axis.at(point.y()), self.day.slot_step)
        return Slot(resource_id=self.day.columns[number].resource_id, starts=starts)

    def covering(self, resource_id: str, instant: datetime) -> PlacedBox | None:
        """The first box of the column whose time holds the instant."""
        number = self.number(resource_id, instant)
        if number is None:
            return None
        return next((i for i in self.placed[number] if i.box.starts <= instant < i.box.ends), None)

    def is_open(self, resource_id: str, instant: datetime) -> bool:
        return any(start <= instant < end for start, end in self.day.open_spans.get(resource_id, ()))

    def blocked_by(self, resource_id: str, instant: datetime) -> str:
        """The reason of the block that holds the instant, empty where none does."""
        blocks = (block for block in self.day.blocks if block.resource_id == resource_id)
        return next((block.reason for block in blocks if block.starts <= instant < block.ends), "")

    def span_rect(self, resource_id: str, starts: datetime, ends: datetime) -> QRect:
        """The rectangle of a span in the column in which it begins, empty where the column is not shown."""
        number = self.number(resource_id, starts)
        return QRect() if number is None else self._span_rect(number, starts, ends)

    def span_rects(self, resource_id: str, starts: datetime, ends: datetime) -> list[QRect]:
        """The rectangles of a span in each column that it reaches into."""
        return [self._span_rect(number, starts, ends) for number in self._touched(resource_id, starts, ends)]

    def _span_rect(self, number: int, starts: datetime, ends: datetime) -> QRect:
        top, bottom = self.axes[number].y(starts), self.axes[number].y(ends)
        left, right = self.edges[number], self.edges[number + 1]
        return QRect(left + 3, top, right - left - 6, max(1, bottom - top - 1))

    def now_line(self, now: datetime | None) -> QRect:
        """The line of an instant across the columns whose day it is on, 2 px high; empty where there is none."""
        numbers = [] if now is None else [n for n, axis in enumerate(self.axes) if axis.start <= now < axis.end]
        if now is None or not numbers or not self.day.columns:
            return QRect()
        left, right = self.edges[numbers[0]], self.edges[numbers[-1] + 1]
        return QRect(left, self.axes[numbers[0]].y(now) - 1, right - left, 2)

    def slot_rect(self, slot: Slot) -> QRect:
        return self.span_rect(slot.resource_id, slot.starts, slot.starts + timedelta(minutes=self.day.slot_step))

    def first_open(self) -> datetime:
        """When the first resource opens, or eight hours into the first day where none does."""
        starts = [span[0] for spans in self.day.open_spans.values() for span in spans]
        return max(self.start, min(starts, default=self.start + timedelta(hours=8)))

    def open_heights(self) -> tuple[int, int]:
        """From which height to which any column is open; from eight hours on where none is."""
        tops = [rect.top() for rect in self.open_rects]
        bottoms = [rect.bottom() for rect in self.open_rects]
        eight = round(8 * 3600 * self.axis.scale)
        return min(tops, default=eight), max(bottoms, default=self.height)


def _axes(day: BookDay, pixels_per_minute: float) -> list[DayAxis]:
    """The axis of each column; without columns that of the day."""
    if not any(column.day for column in day.columns):
        return [DayAxis(day.day, day.zone, pixels_per_minute)] * max(1, len(day.columns))
    days = tuple(dict.fromkeys(column.day or day.day for column in day.columns))
    by_day = wall_axes(days, day.zone, pixels_per_minute)
    return [by_day[column.day or day.day] for column in day.columns]
