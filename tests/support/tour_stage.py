"""What a tour plays on: the server, the cable, two desks, and the pictures that are kept."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from shared import clock
from syncserver.store.postgres_files import Place
from tests.support.book_page import BookPage
from tests.support.cable import Cable
from tests.support.demo_server import DemoServer
from tests.support.desk_window import DeskWindow

ZONE: Final = ZoneInfo("America/New_York")


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
    guest: str = ""
    """Whom the first booking is for: several have the number that is typed, and who comes first depends on the day."""
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


@contextmanager
def touring(data: Path, out: Path) -> Iterator[Tour]:
    """A tour whose windows and server end with it; `out` is emptied for the pictures.

    Its book is one of its own in `data`, made anew each time: the story begins where nobody has told it yet, and what a
    person did in the demo stays as it is.
    """
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    book = data / "tour-book"
    _forget(book)
    desks = book / "tour-desks"
    with DemoServer(book) as server, Cable(server.port) as cable:
        tour = Tour(book, out, server, cable, DeskWindow(desks / "A"), DeskWindow(desks / "B"))
        try:
            yield tour
        finally:
            tour.a.stop()
            tour.b.stop()


def _forget(book: Path) -> None:
    if book.exists():
        # As root the cluster is not in the folder.
        shutil.rmtree(Place.of(book).cluster, ignore_errors=True)
        shutil.rmtree(book)
