"""The main job from beginning to end through real windows: `python -m tests.support.tour --data DIR --out DIR`.

Two desks of one business, one server, the cable pulled. Each step is done with mouse and keys, read from the
accessibility tree, and kept as a PNG.
"""

import argparse
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from shared import clock
from tests.support import tour_files, tour_secrets
from tests.support.book_page import BookPage
from tests.support.cable import Cable
from tests.support.demo_server import DemoServer
from tests.support.desk_window import DeskWindow, NotShown, middle
from tests.support.tour_table import closing_table

ZONE: Final = ZoneInfo("America/New_York")
EDITS: Final = 200
"""Edits that each desk makes while it is offline, beside the booking that both want."""


@dataclass(slots=True)
class Tour:
    """The server, the cable, the two desks, and what has been done so far."""

    data: Path
    out: Path
    server: DemoServer
    cable: Cable
    a: DeskWindow
    b: DeskWindow
    number: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def today(self) -> date:
        """Today at the business."""
        return clock.now().astimezone(ZONE).date()

    def open_day(self, ahead: int) -> date:
        """A day so many days ahead, or the next one after it that is no Sunday."""
        day = self.today + timedelta(days=ahead)
        return day + timedelta(days=1) if day.weekday() == 6 else day

    def look(self, desk: DeskWindow, name: str) -> None:
        """Keep what a desk shows."""
        self.number += 1
        desk.look(self.out / f"{self.number:02}-{name}-{desk.home.name}.png")

    def both_go_to(self, day: date) -> tuple[BookPage, BookPage]:
        """Both desks at one day, with the morning on screen."""
        pages = BookPage(self.a), BookPage(self.b)
        for page in pages:
            page.go_to(day)
            page.show(9)
        return pages


def sign_in(tour: Tour) -> str:
    """1. Sign in at both desks; start again without a password."""
    for desk, role in ((tour.a, "TENANT_STAFF"), (tour.b, "TENANT_MANAGER")):
        account = tour.server.account(role)
        desk.start()
        desk.fill("Server address", tour.cable.url)
        desk.fill("Business", "demo")
        desk.fill("E-mail", account["email"])
        desk.fill("Password", "wrong" + account["password"])
        desk.click("Sign in", role="Button")
        desk.find("not right", seconds=10)
        tour.look(desk, "sign-in-refused")
        desk.fill("Password", account["password"])
        desk.click("Sign in", role="Button")
        desk.find("bookings", role="Grouping", seconds=30)
        tour.look(desk, "signed-in")
        desk.stop()
        desk.start()
        desk.find("bookings", role="Grouping", seconds=30)
        desk.find("Online", role="Button", seconds=10)
        tour.look(desk, "started-again")
    return "no password asked at the second start; secrets in a store that only tests can give"


def book_by_drag(tour: Tour) -> str:
    """2. Drag a span, find the customer by part of a phone number, save: it is on desk B within a second."""
    here, there = tour.both_go_to(tour.open_day(10))
    hour = here.free_hour("Marcus")
    tour.a.drag(here.point("Marcus", hour), here.point("Marcus", hour + 1, inside=-3))
    tour.a.find("Find customer", role="EditableText")
    tour.a.write("555-0123")
    tour.a.find("555 0123")
    tour.look(tour.a, "customer-by-phone")
    tour.a.press("Return")
    tour.a.find("Choose another customer", role="Button")
    tour.a.write("Blow")
    tour.a.press("Return")
    tour.a.find("Free", seconds=5)
    tour.look(tour.a, "ready-to-save")
    tour.a.click("Save booking", role="Button")
    began = time.monotonic()
    there.box("Felix Fischer", "Blow-dry", "Marcus")
    took = time.monotonic() - began
    here.box("Felix Fischer", "Blow-dry", "Marcus")
    tour.look(tour.a, "booked")
    tour.look(tour.b, "booked-at-the-other-desk")
    if took > 1:
        raise NotShown(f"it took {took:.2f} s to desk B")
    return f"on desk B's screen {took * 1000:.0f} ms after the click"


def move_and_end(tour: Tour) -> str:
    """3. Drag to another column and time, resize, arrive, complete, cancel: desk B follows."""
    here, there = BookPage(tour.a), BookPage(tour.b)
    box = here.box("Felix Fischer", "Marcus")
    hour = here.free_hour("Theo", minutes=120, before=16)
    grip = (middle(box)[0], box["y"] + 10)
    tour.a.drag(grip, (here.x_of("Theo"), here.y_of(hour) + 10))
    there.box("Felix Fischer", "Theo")
    tour.look(tour.a, "moved")
    box = here.box("Felix Fischer", "Theo")
    before = box["height"]
    bottom = (middle(box)[0], box["y"] + box["height"] - 2)
    tour.a.drag(bottom, (bottom[0], bottom[1] + (here.y_of(hour + 1) - here.y_of(hour)) // 2))
    there.desk.until(
        lambda: True if there.box("Felix Fischer", "Theo")["height"] > before + 10 else None, "a longer booking"
    )
    tour.look(tour.b, "resized")
    tour.a.click_at(*middle(here.box("Felix Fischer", "Theo")))
    for key, button, status in (("A", "Arrive", "arrived"), ("C", "Complete", "completed")):
        tour.a.find(button, role="Button")
        tour.a.press(key)
        there.box("Felix Fischer", "Theo", status)
    tour.look(tour.b, "completed")
    other = next(node for node in here.boxes("booked") if "Yuki" in node["name"])
    words = other["name"].split(", ")
    tour.a.click_at(*middle(other))
    tour.a.find(words[2], role="StaticText")
    tour.a.press("Del")
    tour.look(tour.a, "cancel-asks")
    tour.a.click("Cancel booking", role="Button")
    there.no_box(words[1], words[2], "booked")
    tour.look(tour.b, "cancelled")
    return "moved, resized, arrived, completed, cancelled; each seen at desk B"


def _wish(tour: Tour, desk: DeskWindow, page: BookPage, digits: str) -> str:
    """Book Olivia at ten for whoever has this number; the customer's name."""
    desk.drag(page.point("Olivia", 10), page.point("Olivia", 10, 30, inside=-3))
    desk.find("Find customer", role="EditableText")
    desk.write(digits)
    desk.find(digits.replace("-", " "))
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


def _free_at_ten(tour: Tour, ahead: int) -> date:
    """The next open day on which Olivia is free from ten to eleven."""
    page = BookPage(tour.a)
    for more in range(20):
        day = tour.open_day(ahead + more)
        page.go_to(day)
        page.show(9)
        if page.is_free("Olivia", 10, 60):
            return day
    raise NotShown("Olivia has no day with ten o'clock free")


def _many_edits(desk: DeskWindow, page: BookPage, name: str, count: int) -> None:
    """Move a booking down and up again with the keys until so many edits wait."""
    desk.click_at(*middle(page.box(name)))
    desk.find(name, role="StaticText")
    desk.press("Esc")
    down = True
    while (missing := count - _waits(desk)) > 0:
        for _ in range(missing):
            desk.press("Alt+Down" if down else "Alt+Up", "Return")
            # As fast as a hand: an edit is on the screen before the next one begins.
            time.sleep(0.06)
            down = not down


def _waits(desk: DeskWindow) -> int:
    """How many edits the status line says are waiting."""
    said = next((node["name"] for node in desk.all("Offline", role="Button")), "")
    found = re.search(r"(\d[\d,]*) edits? waiting", said)
    return int(found[1].replace(",", "")) if found else 0


def _waiting(desk: DeskWindow, at_least: int) -> str:
    """What the status line says, once at least so many edits wait."""
    desk.until(lambda: True if _waits(desk) >= at_least else None, f"{at_least} edits that wait", seconds=30)
    return str(next(desk.all("Offline", role="Button"))["name"])


def apart_and_together(tour: Tour, *, ahead: int, away: Callable[[], None], back: Callable[[], None], how: str) -> str:
    """4 and 5. Both desks alone with the same wish and many edits, killed, started again, and brought together."""
    day = _free_at_ten(tour, ahead)
    here, there = tour.both_go_to(day)
    away()
    for desk in (tour.a, tour.b):
        desk.find("Offline", role="Button", seconds=10)
    names = _wish(tour, tour.a, here, "555-0111"), _wish(tour, tour.b, there, "555-0145")
    tour.look(tour.a, f"{how}-both-want-ten")
    tour.look(tour.b, f"{how}-both-want-ten")
    others = _movable(tour, here)
    for desk, page, name in ((tour.a, here, others[0]), (tour.b, there, others[1])):
        _many_edits(desk, page, name, EDITS + 1)
    said = [_waiting(desk, EDITS + 1) for desk in (tour.a, tour.b)]
    tour.look(tour.a, f"{how}-offline")
    for desk, name in ((tour.a, names[0]), (tour.b, names[1])):
        desk.kill()
        desk.start()
        desk.find("bookings", role="Grouping", seconds=30)
        page = BookPage(desk)
        page.go_to(day)
        page.show(9)
        page.box(name, "Olivia")
        _waiting(desk, EDITS + 1)
    tour.look(tour.b, f"{how}-killed-and-started-again")
    back()
    for desk in (tour.a, tour.b):
        desk.find("all edits accepted", role="Button", seconds=120)
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


def _movable(tour: Tour, page: BookPage) -> tuple[str, str]:
    """The customers of two bookings with room below, one for each desk."""
    found = []
    # Where nothing follows, one that ends by one o'clock has room before any day's closing.
    latest = page.y_of(12) + 60
    for column in ("Marcus", "Yuki", "Dana", "Theo"):
        boxes = [node for node in page.boxes("booked") if f"with {column}" in node["name"]]
        boxes.sort(key=lambda node: int(node["y"]))
        for one, after in zip_longest(boxes, boxes[1:]):
            end = one["y"] + one["height"]
            has_room = after["y"] - end > 60 if after else end < latest
            if has_room and ", room" not in one["name"].lower():
                found.append(str(one["name"].split(", ")[2]))
    if len(found) < 2:
        raise NotShown("no two bookings with room below them")
    return found[0], found[1]


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
        slots = [node for node in desk.all(role="Button") if ":" in node["name"] and "last contact" not in node["name"]]
        return slots[0] if slots else None

    slot = desk.until(look, "a free slot to choose", seconds=20)
    desk.click_at(*middle(slot))
    return str(slot["name"])


def other_secret_stores(tour: Tour) -> str:
    """1, twice more: with the real Secret Service, and on a computer without a keyring."""
    account = tour.server.account("TENANT_OWNER")
    given = tour.cable.url, account["email"], account["password"]
    home = tour.data / "tour-desks"
    real = tour_secrets.in_a_session_of_its_own(*given, home / "keyring", tour.out)
    none = tour_secrets.without_keyring(*given, home / "none", tour.out, away=tour.cable.pull, back=tour.cable.put_back)
    return f"{real}; {none}"


def take_files(tour: Tour) -> str:
    """6. Files of other programs: a dry run, then for good, then once more without doubling."""
    tour.a.stop()
    tour.b.stop()
    # A manager's desk: staff may block nobody's time but their own.
    said = tour_files.import_at(tour.b.home, tour.out)
    for desk in (tour.a, tour.b):
        desk.start()
        desk.find("bookings", role="Grouping", seconds=30)
        desk.find("all edits accepted", role="Button", seconds=30)
    tour.a.click("Search customers", role="EditableText")
    tour.a.write("Tourville")
    tour.a.find("Ada Tourville")
    tour.look(tour.a, "imported-at-the-other-desk")
    tour.a.press("Esc")
    return said


@contextmanager
def _touring(data: Path, out: Path) -> Iterator[Tour]:
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    desks = data / "tour-desks"
    shutil.rmtree(desks, ignore_errors=True)
    with DemoServer(data) as server, Cable(server.port) as cable:
        tour = Tour(data, out, server, cable, DeskWindow(desks / "A"), DeskWindow(desks / "B"))
        try:
            yield tour
        finally:
            tour.a.stop()
            tour.b.stop()


def run(data: Path, out: Path) -> int:
    """The whole story; 0 where every step showed what it should."""
    with _touring(data, out) as tour:
        steps: list[tuple[str, Callable[[], str]]] = [
            ("1 sign in", lambda: sign_in(tour)),
            ("2 book by drag", lambda: book_by_drag(tour)),
            ("3 move, resize, complete, cancel", lambda: move_and_end(tour)),
            (
                "4-5 the server stops",
                lambda: apart_and_together(
                    tour, ahead=1, away=tour.server.stop, back=lambda: _start_server(tour), how="server"
                ),
            ),
            (
                "4-5 the cable is pulled",
                lambda: apart_and_together(tour, ahead=4, away=tour.cable.pull, back=tour.cable.put_back, how="cable"),
            ),
            ("6 files of other programs", lambda: take_files(tour)),
            ("1 other secret stores", lambda: other_secret_stores(tour)),
        ]
        for name, step in steps:
            began = time.monotonic()
            try:
                said = step()
            except (NotShown, TimeoutError) as missed:
                for desk in (tour.a, tour.b):
                    _last_look(tour, desk)
                print(f"FAILED {name}: {missed}", flush=True)
                return 1
            print(f"ok     {name} ({time.monotonic() - began:.1f} s): {said}", flush=True)
        tour.a.stop()
        tour.b.stop()
        table, agreed = closing_table(tour.server, (tour.a.home, tour.b.home))
    print(table)
    print(*tour.notes, sep="\n")
    return 0 if agreed else 1


def _last_look(tour: Tour, desk: DeskWindow) -> None:
    try:
        tour.look(desk, "failed")
    except (NotShown, OSError, ValueError, AssertionError):
        print(f"{desk.home.name} shows nothing any more", flush=True)


def _start_server(tour: Tour) -> None:
    port = tour.server.port
    tour.server.start()
    if tour.server.port != port:
        raise NotShown(f"the server came back on port {tour.server.port}, not {port}")


def main() -> int:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(".demo"))
    parser.add_argument("--out", type=Path, default=Path(".demo/tour-pictures"))
    arguments = parser.parse_args()
    return run(arguments.data.absolute(), arguments.out.absolute())


if __name__ == "__main__":
    sys.exit(main())
