"""The day book as a person at a desk sees it: where an hour and a column are, and which bookings stand there."""

import re
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from tests.support.desk_window import DeskWindow, NotShown, middle

Node = dict[str, Any]
_HOUR = re.compile(r"^(\d{1,2})(?::(\d\d))?\s*([AP]M)?", re.IGNORECASE)


class BookPage:
    """Reads the accessibility tree of the day book and points at places in it."""

    def __init__(self, desk: DeskWindow) -> None:
        self.desk = desk

    def title(self) -> str:
        """The day that is shown and the number of its bookings."""
        return str(self.desk.find("booking", role="Grouping")["name"])

    def day(self) -> date:
        """The day that the book is on."""
        said = self.desk.find("Day shown: ", role="Button")["name"].removeprefix("Day shown: ")
        return datetime.strptime(said, "%A, %B %d, %Y").date()  # noqa: DTZ007 - a day has no zone

    def go_to(self, day: date) -> None:
        """Step to a day with the keys for it, and look again until it is there."""

        def there() -> bool | None:
            away = (day - self.day()).days
            for _ in range(abs(away)):
                self.desk.press("Ctrl+PgDown" if away > 0 else "Ctrl+PgUp")
            words = f"{day:%B} {day.day}, {day.year}"
            return True if away == 0 and words in self.title() else None

        self.desk.until(there, f"the book of {day}", seconds=15)

    def hours(self) -> list[tuple[int, Node]]:
        """Every hour of the axis that is on screen, by the wall clock."""
        found = []
        for node in self.desk.all(role="RowHeader"):
            if (match := _HOUR.match(node["name"])) is not None:
                half = (match[3] or "").upper()
                hour = int(match[1]) % 12 + 12 * (half == "PM") if half else int(match[1])
                found.append((hour, node))
        return found

    def show(self, hour: int) -> None:
        """Scroll until an hour and the three after it are on screen."""
        for _ in range(40):
            whole = sorted(shown for shown, _ in self._whole_hours())
            if whole and whole[0] <= hour and hour + 3 <= whole[-1]:
                return
            book = self.desk.find("booking", role="Grouping")
            self.desk.scroll(*middle(book), notches=-1 if whole and whole[0] > hour else 1)
        raise NotShown(f"{hour}:00 cannot be scrolled to")

    def _whole_hours(self) -> list[tuple[int, Node]]:
        # One that is cut off at the edge begins elsewhere than its rectangle says.
        tallest = max((node["height"] for _, node in self.hours()), default=0)
        return [(hour, node) for hour, node in self.hours() if node["height"] == tallest]

    def y_of(self, hour: int, minute: int = 0) -> int:
        """Where a time is on the screen."""
        for shown, node in self._whole_hours():
            if shown == hour:
                return int(node["y"] + node["height"] * minute / 60)
        raise NotShown(f"{hour}:{minute:02} is not on screen: {[hour for hour, _ in self._whole_hours()]}")

    def column(self, name: str) -> Node:
        """The column of a resource."""
        return self.desk.find(name, role="List")

    def columns(self) -> list[Node]:
        """Every column of the book, from left to right."""
        lists = [node for node in self.desk.all(role="List") if "," in node["name"] or node["height"] > 200]
        return sorted(lists, key=lambda node: int(node["x"]))

    def x_of(self, name: str) -> int:
        """The middle of a column."""
        return middle(self.column(name))[0]

    def point(self, column: str, hour: int, minute: int = 0, *, inside: int = 3) -> tuple[int, int]:
        """A point of the screen, `inside` pixels below a time."""
        return self.x_of(column), self.y_of(hour, minute) + inside

    def boxes(self, name: str = "") -> list[Node]:
        """The bookings whose sentence holds `name`."""
        return [node for node in self.desk.all(name, role="ListItem") if node["height"] > 4]

    def box(self, *words: str, seconds: float = 5) -> Node:
        """The one booking whose sentence holds all the words."""

        def look() -> Node | None:
            return next((node for node in self.boxes() if all(word in node["name"] for word in words)), None)

        return self.desk.until(look, f"a booking that says {words}", seconds=seconds)

    def no_box(self, *words: str, seconds: float = 5) -> None:
        """Wait until no booking says all the words."""

        def look() -> bool | None:
            return None if any(all(word in node["name"] for word in words) for node in self.boxes()) else True

        self.desk.until(look, f"no booking that says {words}", seconds=seconds)

    def is_free(self, column: str, hour: int, minutes: int) -> bool:
        """Whether nothing stands in a span that begins at a full hour, nor so shortly before that it holds longer."""
        x, top = self.x_of(column), self.y_of(hour)
        tall = self.y_of(hour + 1) - top
        bottom = top + tall * minutes // 60
        # What is held after a visit is no box: a quarter of an hour at most in the demo.
        held_from = top - tall // 4
        inside = [node for node in self.boxes() if node["x"] <= x <= node["x"] + node["width"]]
        return all(node["y"] + node["height"] <= held_from or node["y"] >= bottom for node in inside)

    def free_hour(self, column: str, *, minutes: int = 60, after: int = 9, before: int = 17) -> int:
        """The first full hour with so many free minutes."""
        for hour in range(after, before):
            try:
                if self.is_free(column, hour, minutes):
                    return hour
            except NotShown:
                continue
        raise NotShown(f"{column} has no free {minutes} minutes on screen")

    def free_column(self, *columns: str, minutes: int, before: int) -> tuple[str, int]:
        """The first of the columns with so many free minutes from a full hour on, and that hour."""
        for column in columns:
            with suppress(NotShown):
                return column, self.free_hour(column, minutes=minutes, before=before)
        raise NotShown(f"none of {', '.join(columns)} has {minutes} free minutes on screen")
