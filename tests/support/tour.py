"""The main job from beginning to end through real windows: `python -m tests.support.tour --data DIR --out DIR`.

Two desks of one business, one server, the cable pulled. Each step is done with mouse and keys, read from the
accessibility tree, and kept as a PNG.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.support import tour_files, tour_secrets
from tests.support.desk_window import DeskWindow, NotShown
from tests.support.tour_apart import apart_and_together
from tests.support.tour_booking import book_by_drag, move_and_end, sign_in
from tests.support.tour_stage import Tour, touring
from tests.support.tour_table import closing_table


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


def run(data: Path, out: Path) -> int:
    """The whole story; 0 where every step showed what it should."""
    with touring(data, out) as tour:
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
