"""One day laid out at one width: what lies where, and what lies under a point."""

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from PySide6.QtCore import QPoint, QRect

from desktop.widgets.book.axis import PIXELS_PER_MINUTE, DayAxis
from desktop.widgets.book.layout import PlacedBox, column_edges, place
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

    def __init__(self, day: BookDay, room: int, scale: float = 1.0) -> None:
        self.day = day
        self.axis = DayAxis(day.day, day.zone, PIXELS_PER_MINUTE * scale)
        self.edges = column_edges(len(day.columns), room)
        self.width = self.edges[-1]
        self.height = self.axis.height
        self.index = {column.resource_id: number for number, column in enumerate(day.columns)}
        self.placed = self._place()
        self.flat = [item for column in self.placed for item in column]

    def _place(self) -> list[list[PlacedBox]]:
        sorted_boxes: list[list[BookBox]] = [[] for _ in self.day.columns]
        for box in self.day.boxes:
            if box.resource_id in self.index and box.ends > self.axis.start and box.starts < self.axis.end:
                sorted_boxes[self.index[box.resource_id]].append(box)
        return [
            place(boxes, self.axis, self.edges[number], self.edges[number + 1])
            for number, boxes in enumerate(sorted_boxes)
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
        return next((item for item in reversed(self.placed[number]) if item.body.contains(point)), None)

    def edge_at(self, item: PlacedBox, point: QPoint) -> str:
        """`start` or `end` where the point takes that edge of the box, else an empty text."""
        reach = min(EDGE, item.body.height() // 4)
        if point.y() >= item.body.bottom() - reach:
            return "end"
        return "start" if point.y() < item.body.top() + reach else ""

    def boxes_of(self, appointment_id: str) -> list[PlacedBox]:
        return [item for item in self.flat if item.box.appointment_id == appointment_id]

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
