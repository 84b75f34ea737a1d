"""Small days of a book for tests of the widgets that show it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from desktop.widgets.book_rows import BookBlock, BookBox, BookColumn, BookDay

DAY = date(2026, 11, 23)


def at(hour: int, minute: int = 0) -> datetime:
    """A time of the test day, in UTC."""
    return datetime(2026, 11, 23, hour, minute, tzinfo=UTC)


def box(name: str, who: str, starts: datetime, minutes: int = 60, **more: Any) -> BookBox:
    """A booking whose id is its customer's name."""
    fields: dict[str, Any] = {"subtitle": "Cut", "colour": "#2563eb", "spoken": f"{starts:%H:%M}, {name}, Cut, {who}"}
    ends = starts + timedelta(minutes=minutes)
    return BookBox(appointment_id=name, resource_id=who, starts=starts, ends=ends, title=name, **(fields | more))


def day(*boxes: BookBox, **more: Any) -> BookDay:
    """Two people and a room, open from nine to seventeen; Ann has a break at noon."""
    columns = (
        BookColumn(resource_id="bo", title="Bo", subtitle="Stylist", colour="#2563eb"),
        BookColumn(resource_id="ann", title="Ann", subtitle="Colourist", colour="#db2777"),
        BookColumn(resource_id="r1", title="Room 1", subtitle="Room", kind="ROOM"),
    )
    fields: dict[str, Any] = {
        "day": DAY,
        "zone": "UTC",
        "columns": columns,
        "boxes": boxes,
        "blocks": (BookBlock(resource_id="ann", starts=at(12), ends=at(13), reason="Lunch"),),
        "open_spans": {column.resource_id: ((at(9), at(17)),) for column in columns},
    }
    return BookDay(**(fields | more))
