"""One day laid out at one width: what lies where, and what lies under a point."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from PySide6.QtCore import QPoint, QRect

from desktop.widgets.book.axis import PIXELS_PER_MINUTE, DayAxis
from desktop.widgets.book.heights import Heights
from desktop.widgets.book.layout import MIN_WIDTH, PlacedBox, column_edges, place
from desktop.widgets.book_rows import BookBox, BookColumn, BookDay

EDGE = 6
"""How near to a box's edge a press takes the edge instead of the box."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place in a column where nothing needs to be."""

    resource_id: str
    starts: datetime


class Scene:
    """The laid out day. Points and rectangles are in content coordinates: (0, 0) is the first column at midnight."""

    def __init__(self, day: BookDay, room: int, scale: float = 1.0, *, before: "Scene | None" = None) -> None:
        """Lay out a day; columns that look as they did in the scene `before` are taken over from it."""
        self.day = day
        self.axis = DayAxis(day.day, day.zone, PIXELS_PER_MINUTE * scale)
        self.edges = column_edges(len(day.columns), room)
        self.width = self.edges[-1]
        self.height = self.axis.height
        self.index = {column.resource_id: number for number, column in enumerate(day.columns)}
        self._booked = self._by_column()
        self.placed = self._place(before if before and self._is_shaped_like(before) else None)
        self.flat = [item for column in self.placed for item in column]
        self._heights: dict[int, Heights] = {}

    def _is_shaped_like(self, other: "Scene") -> bool:
        mine, theirs = ((scene.day.day, scene.day.zone, scene.axis.scale, scene.edges) for scene in (self, other))
        return mine == theirs

    def _by_column(self) -> list[list[BookBox]]:
        sorted_boxes: list[list[BookBox]] = [[] for _ in self.day.columns]
        for box in self.day.boxes:
            if box.resource_id in self.index and box.ends > self.axis.start and box.starts < self.axis.end:
                sorted_boxes[self.index[box.resource_id]].append(box)
        return sorted_boxes

    def _place(self, before: "Scene | None") -> list[list[PlacedBox]]:
        return [
            before.placed[number]
            if before and before._booked[number] == boxes
            else place(boxes, self.axis, self.edges[number], self.edges[number + 1])
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

    def column(self, resource_id: str) -> BookColumn | None:
        number = self.index.get(resource_id)
        return None if number is None else self.day.columns[number]

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
        reach = min(EDGE, item.body.height() // 4)
        if point.y() >= item.body.bottom() - reach:
            return "end"
        return "start" if point.y() < item.body.top() + reach else ""

    def boxes_of(self, appointment_id: str) -> list[PlacedBox]:
        return self._of_appointments.get(appointment_id, [])

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
        rects = (self.span_rect(resource, *span) for resource, span in spans if resource in self.index)
        return [rect.adjusted(-3, 0, 3, 1) for rect in rects]

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
        minutes = round((self.axis.end - self.axis.start).total_seconds() / 60)
        hours = set(self.hour_heights)
        return [y for minute in range(0, minutes, every) if (y := round(minute * 60 * scale)) not in hours]

    def slot_at(self, point: QPoint) -> Slot | None:
        """The slot under a point, its start on the step."""
        number = self.column_at(point.x())
        if number is None or not 0 <= point.y() < self.height:
            return None
        starts = self.axis.floored(self.axis.at(point.y()), self.day.slot_step)
        return Slot(resource_id=self.day.columns[number].resource_id, starts=starts)

    def covering(self, resource_id: str, instant: datetime) -> PlacedBox | None:
        """The first box of the column whose time holds the instant."""
        number = self.index.get(resource_id)
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
        """The rectangle of a span in a column, empty where the column is not shown."""
        number = self.index.get(resource_id)
        if number is None:
            return QRect()
        top, bottom = self.axis.y(starts), self.axis.y(ends)
        left, right = self.edges[number], self.edges[number + 1]
        return QRect(left + 3, top, right - left - 6, max(1, bottom - top - 1))

    def slot_rect(self, slot: Slot) -> QRect:
        return self.span_rect(slot.resource_id, slot.starts, slot.starts + timedelta(minutes=self.day.slot_step))

    def first_open(self) -> datetime:
        """When the first resource opens, or eight hours into the day where none does."""
        starts = [span[0] for spans in self.day.open_spans.values() for span in spans]
        return max(self.axis.start, min(starts, default=self.axis.start + timedelta(hours=8)))

    def last_open(self) -> datetime:
        """When the last resource closes; the end of the day where none is open."""
        ends = [span[1] for spans in self.day.open_spans.values() for span in spans]
        return min(self.axis.end, max(ends, default=self.axis.end))
