"""The tour of two desks that are cut off, want the same hour, are killed, and come together again."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from tests.support.book_page import BookPage
from tests.support.desk_window import DeskWindow, NotShown, middle
from tests.support.tour_stage import Tour

EDITS: Final = 200
"""Edits that each desk makes while it is offline, beside the booking that both want."""
_BOOKED: Final = 10
"""Days ahead on which the demo has bookings."""
_FREE: Final = ("Marcus", "Yuki", "Dana", "Theo", "Quiet room", "Nail studio")
"""What the bookings take that the desks move; Olivia is who both want."""


def apart_and_together(tour: Tour, *, ahead: int, away: Callable[[], None], back: Callable[[], None], how: str) -> str:
    """4 and 5. Both desks alone with the same wish and many edits, killed, started again, and brought together."""
    day, others = _free_at_ten(tour, ahead) or _made_ready(tour, ahead)
    here, there = tour.both_go_to(day)
    for name in others:
        there.box(name)
    away()
    for desk in (tour.a, tour.b):
        desk.find("Offline", role="Button", seconds=10)
    names = _book(tour.a, here, 10, "555-0111"), _book(tour.b, there, 10, "555-0145")
    tour.look(tour.a, f"{how}-both-want-ten")
    tour.look(tour.b, f"{how}-both-want-ten")
    for desk, page, name in ((tour.a, here, others[0]), (tour.b, there, others[1])):
        _many_edits(desk, page, name, EDITS + 1)
    said = [_waiting(desk, EDITS + 1) for desk in (tour.a, tour.b)]
    tour.look(tour.a, f"{how}-offline")
    for desk, name in ((tour.a, names[0]), (tour.b, names[1])):
        _kill_and_start(desk, day, name)
    tour.look(tour.b, f"{how}-killed-and-started-again")
    back()
    for desk in (tour.a, tour.b):
        desk.find("nothing waiting, 1 needs attention", role="Button", seconds=120)
    loser, winner = _who_lost(tour)
    lost = names[0] if loser is tour.a else names[1]
    tour.look(loser, f"{how}-needs-attention")
    slot = _take_first_slot(loser)
    loser.gone("Needs attention, 1")
    for desk in (tour.a, tour.b):
        desk.click("Book", role="Button")
        page = BookPage(desk)
        page.go_to(day)
        page.box(names[1] if loser is tour.a else names[0], "Olivia")
    tour.look(winner, f"{how}-together-again")
    tour.notes.append(f"{how}: {winner.home.name} had 10:00, {loser.home.name}'s {lost} took {slot}")
    return f"{said[0]!r}; {tour.notes[-1]}"


def _book(desk: DeskWindow, page: BookPage, hour: int, digits: str) -> str:
    """Book Olivia from a full hour on; the customer's name."""
    desk.drag(page.point("Olivia", hour), page.point("Olivia", hour, 30, inside=-3))
    desk.find("Book ", role="MenuItem")
    desk.press("Return")
    desk.find("Find customer", role="EditableText")
    desk.write(digits)
    # As the book writes a number: what was typed stands in the offer of a new customer, too.
    desk.find(f") {digits}")
    desk.press("Return")
    desk.find("Choose another customer", role="Button")
    name = _after(desk, "Customer")
    desk.write("Gloss")
    desk.press("Return")
    desk.find("Free", seconds=5)
    desk.click("Save booking", role="Button")
    page.box(name, "Gloss", "Olivia")
    return name


def _after(desk: DeskWindow, label: str) -> str:
    """The text that is shown right after a label."""
    texts = [node["name"] for node in desk.all(role="StaticText") if node["name"]]
    return str(texts[texts.index(label) + 1])


def _free_at_ten(tour: Tour, ahead: int) -> tuple[date, list[str]] | None:
    """The next open day on which Olivia is free from ten to eleven, and whose bookings the desks can move on it."""
    page = BookPage(tour.a)
    for more in range(_BOOKED):
        day = tour.open_day(ahead + more)
        page.go_to(day)
        page.show(9)
        # What there is on a day depends on the hour at which the demo was made.
        if page.is_free("Olivia", 10, 60) and len(names := _movable(page)) >= 2:
            return day, names[:2]
    return None


def _made_ready(tour: Tour, ahead: int) -> tuple[date, list[str]]:
    """The same on a day beyond what the demo has booked, with what is booked for it."""
    page = BookPage(tour.a)
    for more in range(_BOOKED, 3 * _BOOKED):
        day = tour.open_day(ahead + more)
        page.go_to(day)
        page.show(9)
        if not page.boxes():
            return day, [_book(tour.a, page, hour, digits) for hour, digits in ((11, "555-0120"), (12, "555-0133"))]
    raise NotShown("no day on which nothing is booked yet")


def _many_edits(desk: DeskWindow, page: BookPage, name: str, count: int) -> None:
    """Move a booking down and up again with the keys, once for each edit that is missing."""
    desk.click_at(*middle(page.box(name)))
    desk.find(name, role="StaticText")
    desk.press("Esc")
    # As fast as no hand is: none is lost, and each begins where the last one ended.
    for number in range(count - _waits(desk)):
        desk.press("Alt+Up" if number % 2 else "Alt+Down", "Return")


def _waits(desk: DeskWindow) -> int:
    """How many edits the status line says are waiting."""
    said = next((node["name"] for node in desk.all("Offline", role="Button")), "")
    found = re.search(r"(\d[\d,]*) edits? waiting", said)
    return int(found[1].replace(",", "")) if found else 0


def _waiting(desk: DeskWindow, at_least: int) -> str:
    """What the status line says, once at least so many edits wait."""
    desk.until(lambda: True if _waits(desk) >= at_least else None, f"{at_least} edits that wait", seconds=60)
    return str(next(desk.all("Offline", role="Button"))["name"])


def _kill_and_start(desk: DeskWindow, day: date, name: str) -> None:
    """End a desk without a word; started again it still has the booking of this name and all that waits."""
    desk.kill()
    desk.start()
    desk.find("bookings", role="Grouping", seconds=30)
    page = BookPage(desk)
    page.go_to(day)
    page.show(9)
    page.box(name, "Olivia")
    _waiting(desk, EDITS + 1)


def _movable(page: BookPage) -> list[str]:
    """The customers of bookings with room below, on the day that is shown."""
    # Where nothing follows, one that ends by one o'clock has room before any day's closing.
    latest = page.y_of(12) + 60
    nodes = [(str(node["name"]), int(node["y"]), int(node["height"])) for node in page.boxes()]
    found = []
    # One that takes a room as well stands in two columns, and says the same in both.
    for said in dict.fromkeys(name for name, _, _ in nodes):
        end = max(top + height for name, top, height in nodes if name == said)
        # Whatever is there is in the way, at the room as well, and also what is confirmed already.
        others = [top for name, top, _ in nodes if name != said and _taking(name) & _taking(said)]
        after = min((top for top in others if top >= end), default=None)
        has_room = end < latest if after is None else after - end > 60
        if has_room and _taking(said) and "Olivia" not in said and ", booked" in said:
            found.append(said.split(", ")[2])
    return found


def _taking(said: str) -> set[str]:
    """Who and what a booking takes, of what the desks move."""
    return {*_FREE} & set(said.partition(", with ")[2].split(", "))


def _who_lost(tour: Tour) -> tuple[DeskWindow, DeskWindow]:
    """The desk whose person's booking needs attention, and the other; it is open at the first afterwards."""
    for desk in (tour.a, tour.b):
        desk.find("Needs attention, 1", role="Button", seconds=20)
    tour.a.click("Needs attention, 1", role="Button")
    entered = tour.a.find("Entered by", role="StaticText")["name"]
    loser, winner = (tour.a, tour.b) if "Olivia Park" in entered else (tour.b, tour.a)
    if loser is tour.b:
        tour.b.click("Needs attention, 1", role="Button")
        tour.b.find("Entered by", role="StaticText")
    return loser, winner


def _take_first_slot(desk: DeskWindow) -> str:
    def look() -> dict[str, Any] | None:
        slots = [node for node in desk.all(role="Button") if node["name"].startswith("Take ")]
        return slots[0] if slots else None

    slot = desk.until(look, "a free slot to choose", seconds=20)
    desk.click_at(*middle(slot))
    return str(slot["name"]).removeprefix("Take ")
