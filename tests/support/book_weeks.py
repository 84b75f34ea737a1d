"""Small weeks of one person for tests of the widgets that show them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from desktop.widgets.book_rows import BookBox, BookColumn, BookDay

MONDAY = date(2026, 11, 23)
CLOCKS_BACK = date(2026, 10, 19)
"""The Monday of the week in which Berlin's clocks go back, on its Sunday at 3:00."""
CLOCKS_ON = date(2026, 3, 23)
"""The Monday of the week in which they go on, on its Sunday at 2:00."""
BERLIN = "Europe/Berlin"


def on(day: int, hour: int, minute: int = 0, *, monday: date = MONDAY, zone: str = "UTC", fold: int = 0) -> datetime:
    """A time of a day of a week, 0 being its Monday."""
    there = datetime(monday.year, monday.month, monday.day, hour, minute, tzinfo=ZoneInfo(zone), fold=fold)
    return (there + timedelta(days=day)).replace(fold=fold).astimezone(UTC)


def visit(name: str, starts: datetime, minutes: int = 60, **more: Any) -> BookBox:
    """A booking of Bo whose id is its customer's name."""
    fields: dict[str, Any] = {"subtitle": "Cut", "colour": "#2563eb", "spoken": f"{starts:%a %H:%M}, {name}, Cut"}
    ends = starts + timedelta(minutes=minutes)
    return BookBox(appointment_id=name, resource_id="bo", starts=starts, ends=ends, title=name, **(fields | more))


def week(*boxes: BookBox, monday: date = MONDAY, zone: str = "UTC", **more: Any) -> BookDay:
    """A week of Bo, open from nine to seventeen from Monday to Friday."""
    days = [monday + timedelta(days=number) for number in range(7)]
    columns = tuple(
        BookColumn(
            resource_id="bo",
            title=f"{day:%a}",
            colour="#2563eb",
            day=day,
            badge=str(day.day),
            spoken=f"{day:%A} {day.day}",
        )
        for day in days
    )
    hours = tuple((on(n, 9, monday=monday, zone=zone), on(n, 17, monday=monday, zone=zone)) for n in range(5))
    fields: dict[str, Any] = {"boxes": boxes, "open_spans": {"bo": hours}, "title": f"Week of {monday:%d %B}, Bo"}
    return BookDay(day=monday, zone=zone, columns=columns, **(fields | more))
