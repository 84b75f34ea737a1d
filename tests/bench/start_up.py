"""The start of the app: from nothing to today's book painted, and another desk's edit painted in it."""

import time
from pathlib import Path

from tests.bench.desk import desk
from tests.bench.figures import Figure, figure
from tests.bench.floor_desk import FloorDesk
from tests.bench.other_desk import QUIET, bare_milliseconds
from tests.bench.shop_book import Book
from tests.bench.stage import Stage
from tests.bench.window import window


def measure(stage: Stage) -> list[Figure]:
    """A book of 10,000 appointments, 400 of them today."""
    book = stage.book(1000 if stage.quick else 10_000)
    folder = _home(stage, book)
    rounds = 2 if stage.quick else 7
    log = stage.folder / "windows.log"
    bare, ours = [], []
    for what in ("bare", str(folder)):
        with window(what, log) as unmeasured:
            unmeasured.first()
    for _ in range(rounds):
        with window("bare", log) as empty:
            bare.append(empty.first())
        with window(str(folder), log) as shown:
            ours.append(shown.first())
    limit = figure("", "s", bare).value
    started = figure("start of the app to today's book painted", "s", ours, limit=limit, limit_is="bare Qt window")
    return [started, _on_screen(stage, book, folder, log)]


def _home(stage: Stage, book: Book) -> Path:
    """A desk's folder after its first sync."""
    folder = stage.new_folder()
    with desk(folder, stage.server, book) as one:
        one.ask("first_sync")
    return folder


def _on_screen(stage: Stage, book: Book, folder: Path, log: Path) -> Figure:
    """A confirms a visit of today on a desk of its own; B's window paints it."""
    count = 10 if stage.quick else 60
    ours = []
    with desk(stage.new_folder(), stage.server, book) as a, window(str(folder), log) as b:
        a.ask("first_sync")
        b.first()
        for visit, start in a.ask("booked_today")[: count + 1]:
            was = {"status": "booked", "start": start}
            time.sleep(QUIET)
            saved = a.ask("save", name="appointment.confirm", args={"appointment_id": visit, "was": was})
            ours.append((b.painted(visit, "confirmed") - saved) * 1000)
            a.ask("drained")
    with FloorDesk(stage.floor) as bare_a, FloorDesk(stage.floor) as bare_b:
        floor = bare_milliseconds(bare_a, bare_b, count, quiet=QUIET)
    limit = figure("", "ms", floor).value
    # The first one finds caches cold on both sides.
    return figure("W4 A's save to B's changed screen, p50", "ms", ours[1:], limit=limit, limit_is="floor")
