"""The calendars of other programs that the library icalendar carries, against the table of what to expect of each."""

from collections.abc import Sequence
from pathlib import Path

import icalendar
import pytest

from desktop.files.calendar_ics import CalendarRow, read_calendar
from desktop.files.verdict import UnreadableFile, Why
from shared.clock import instant_text, parse_instant
from tests.desktop.files.icalendar_table import EXPECTED, NOW, ZONE, Row

# The wheel carries its tests, calendars included; they are read where they are installed, and never copied.
FOLDER = Path(icalendar.__file__).parent / "tests"
INSTALLED = {str(path.relative_to(FOLDER)): path for path in sorted(FOLDER.rglob("*.ics"))}


def differences(path: Path, expected: Why | Sequence[Row]) -> list[str]:
    """What was found otherwise than expected; empty where all is as the table says."""
    try:
        file = read_calendar(path.read_bytes(), zone=ZONE, now=parse_instant(NOW))
    except UnreadableFile as refused:
        return [] if refused.note.why == expected else [f"file refused: {refused.note.why}"]
    if isinstance(expected, Why):
        return [f"file not refused: {expected}"]
    if len(file.rows) != len(expected):
        return [f"{len(file.rows)} entries instead of {len(expected)}"]
    return [
        f"{seen} instead of {wanted}"
        for row, wanted in zip(file.rows, expected, strict=True)
        if (seen := seen_as(row, wanted.known_by)) != wanted
    ]


def seen_as(row: CalendarRow, name: str) -> Row:
    """An entry as the table would say it; `name` is what the table knows it by, kept if it is a name of the entry."""
    spans = [f"{instant_text(event.starts_at)}/{instant_text(event.ends_at)}" for event in row.events]
    names = {row.uid, row.title} if row.kind == "VEVENT" else {row.kind}
    return Row(
        known_by=name if name in names else row.title,
        verdict=row.verdict,
        whys=frozenset(note.why for note in row.notes),
        count=len(spans),
        first=spans[0] if spans else "",
        last=spans[-1] if spans else "",
    )


def test_the_table_and_the_installed_calendars_name_the_same_files() -> None:
    assert len(INSTALLED) > 150
    assert INSTALLED.keys() == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_reads_a_calendar_of_another_program_as_expected(name: str) -> None:
    assert differences(INSTALLED[name], EXPECTED[name]) == []


def test_reads_every_file_the_same_whatever_was_read_before() -> None:
    wrong = [name for name in reversed(EXPECTED) if differences(INSTALLED[name], EXPECTED[name])]
    assert wrong == []
