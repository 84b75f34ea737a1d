"""The tour's files, written by us in the shape of other programs' exports, and what becomes of their rows."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Final

from shared import clock
from tests.support.desk_window import NotShown

ROOT = Path(__file__).parents[2]
CUSTOMERS: Final = """\
First Name,Last Name,Phone,Email,Notes
Ada,Tourville,(212) 555-0177,ada@tour.example,"Likes mornings, and
tea"
Bo,Tourville,212-555-0178,,
,,,,
Cy,Tourville,12,not a mail,
Half,a row
"""


def calendar_text() -> str:
    """A calendar with one event, a weekly one, one that was cancelled, and one without times."""
    day = clock.now() + timedelta(days=30)
    weekly = f"{day:%Y%m%d}T113000Z"
    return "\r\n".join(
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//ours//in the shape of another program's export//EN",
            *_event("one@tour", "Dentist", f"DTSTART:{day:%Y%m%d}T080000Z", f"DTEND:{day:%Y%m%d}T090000Z"),
            *_event("weekly@tour", "Course", f"DTSTART:{weekly}", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=4"),
            *_event("off@tour", "Off", f"DTSTART:{day:%Y%m%d}T100000Z", "DURATION:PT1H", "STATUS:CANCELLED"),
            *_event("never@tour", "No times"),
            "END:VCALENDAR",
            "",
        ]
    )


def _event(uid: str, summary: str, *lines: str) -> list[str]:
    return ["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", f"SUMMARY:{summary}", *lines, "END:VEVENT"]


def import_at(home: Path, out: Path) -> str:
    """Rehearse, import, and import again at a desk whose window is closed; `out` keeps what was said."""
    customers, calendar = home / "customers.csv", home / "calendar.ics"
    customers.write_text(CUSTOMERS, encoding="utf-8-sig")
    calendar.write_text(calendar_text(), encoding="utf-8", newline="")
    asked = (
        ("customers", str(customers)),
        ("calendar", str(calendar), "--resource", "Dana"),
    )
    sums = []
    for words in asked:
        rehearsed = _run(home, out, *words, "--dry-run")
        _require(rehearsed, "nothing was stored")
        first = _run(home, out, *words)
        again = _run(home, out, *words)
        _require(first, "taken")
        _require(again, "here already")
        _require(first, "refused")
        if "refused" not in again or _count(again, "taken"):
            raise NotShown(f"a second import of {words[0]} took something:\n{again}")
        sums.append(f"{words[0]}: {_sum(first)} Again: {_sum(again)}")
    return " ".join(sums)


def _run(home: Path, out: Path, *words: str) -> str:
    command = [sys.executable, "-m", "tests.support.import_process", str(home), *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    with (out / "imports.txt").open("a", encoding="utf-8") as file:
        file.write(f"$ smoothschedule import {' '.join(words)}\n{done.stdout}{done.stderr}\n")
    if done.returncode != 0:
        raise NotShown(f"import {words} ended with {done.returncode}:\n{done.stdout}\n{done.stderr[-2000:]}")
    return done.stdout


def _require(said: str, words: str) -> None:
    if words not in said:
        raise NotShown(f"the import does not say {words!r}:\n{said}")


def _sum(said: str) -> str:
    return next((line for line in said.splitlines() if " rows: " in line), "")


def _count(said: str, verdict: str) -> int:
    found = next((part for part in _sum(said).replace(".", "").split(": ", 1)[-1].split(", ") if verdict in part), "0")
    return int(found.split()[0])
