"""A CSV file as rows of cells: its delimiter found, its first row understood, what cannot be read told row by row."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import field
from itertools import islice
from typing import Final

from desktop.files.columns import Chosen, Kind, Layout, layout
from desktop.files.text import decode, without_controls
from desktop.files.verdict import Note, UnreadableFile, Why, note
from shared.ids import is_id
from shared.model.base import LONGEST_LINE, value

MOST_BYTES: Final = 60_000_000
"""How much of a file to read: more than is taken, so that what is larger is refused by its size and not cut off."""
_MEGABYTES: Final = 50
_MOST_ROWS: Final = 100_000
_MOST_COLUMNS: Final = 500
_LONGEST_CELL: Final = 32_000
_DELIMITERS: Final = ",;\t|"
_GUARDED: Final = re.compile(r'^(?:="(.*)"|\'([=+\-@\'＝＋－＠\d].*))$', re.DOTALL)
_GUARDED_WITHIN: Final = re.compile(r"(?<=[;\t\n])'(?=[=+\-@'＝＋－＠])")


@value
class Column:
    """A column of a file as a person sees it: its heading, what stands first in it, and its role."""

    heading: str
    sample: str
    role: str
    """`columns.LEFT_OUT` where it has none."""


@value
class TableRow:
    """One row that is not blank. `number` counts rows as a spreadsheet does: the headings are row 1."""

    number: int
    cells: tuple[str, ...]
    """Trimmed and without controls, as many as there are headings; none where the row cannot be read."""
    notes: tuple[Note, ...]
    """What was changed on the way, or why it cannot be read."""


@value
class Table:
    """A file that has the columns of its kind."""

    layout: Layout
    columns: tuple[Column, ...]
    notes: tuple[Note, ...]
    rows: Iterator[TableRow] = field(repr=False)
    """To be walked once; raises UnreadableFile where there are too many."""


def read_table(data: bytes, kind: Kind, chosen: Chosen | None = None) -> Table:
    """Read a list; `chosen` says what columns are where a person says otherwise than their headings.

    Content never raises; UnreadableFile is raised for what is no list of this kind at all, or too large.
    """
    text, notes = decode(data, wanted="CSV", megabytes=_MEGABYTES)
    delimiter, found = _best_layout(text, kind, chosen)
    headings = _first_row(text, delimiter)
    if found.width > _MOST_COLUMNS:
        raise UnreadableFile(Why.TOO_MANY_COLUMNS, limit=_MOST_COLUMNS)
    columns = _columns(text, delimiter, headings, found)
    if not found.is_whole:
        raise NotAllColumns(kind, columns, headings)
    if found.left_out:
        notes = (*notes, note(Why.COLUMNS_LEFT_OUT, columns=", ".join(found.left_out)))
    return Table(layout=found, columns=columns, notes=notes, rows=_rows(text, delimiter, found.width))


class NotAllColumns(UnreadableFile):
    """A list without a column that its kind needs; `columns` are those it has, for a person to say which it is."""

    def __init__(self, kind: Kind, columns: Sequence[Column], headings: Sequence[str]) -> None:
        super().__init__(kind.without, first_row=", ".join(headings))
        self.columns = tuple(columns)


def _best_layout(text: str, kind: Kind, chosen: Chosen | None) -> tuple[str, Layout]:
    """The delimiter under which the first row makes most sense, and what it then says."""
    said = re.match(r"sep=(.)\r?\n", text, re.IGNORECASE)
    choices = said[1] if said else _DELIMITERS
    found = [(one, layout(_first_row(text, one)[: _MOST_COLUMNS + 1], kind)) for one in choices]
    delimiter, guessed = max(found, key=lambda pair: (pair[1].known, pair[1].width))
    return delimiter, layout(_first_row(text, delimiter)[: _MOST_COLUMNS + 1], kind, chosen) if chosen else guessed


def _columns(text: str, delimiter: str, headings: Sequence[str], found: Layout) -> tuple[Column, ...]:
    first = next((row.cells for row in islice(_rows(text, delimiter, found.width), 20) if row.cells), ())
    samples = first or ("",) * found.width
    return tuple(
        Column(heading=headings[at].strip(), sample=samples[at], role=found.role_at(at)) for at in range(found.width)
    )


def _first_row(text: str, delimiter: str) -> list[str]:
    return next((cells for _, cells in _records(text, delimiter) if isinstance(cells, list)), [])


def _rows(text: str, delimiter: str, width: int) -> Iterator[TableRow]:
    """Every row after the headings, blank ones left out."""
    records = _records(text, delimiter)
    for _, cells in records:
        if isinstance(cells, list):
            break
    for count, (number, cells) in enumerate(records):
        if count == _MOST_ROWS:
            raise UnreadableFile(Why.TOO_MANY, limit=_MOST_ROWS)
        yield _row(number, cells, width)


def _row(number: int, cells: list[str] | Note, width: int) -> TableRow:
    problem = cells if isinstance(cells, Note) else _shape_problem(cells, width)
    if problem is not None or isinstance(cells, Note):
        return TableRow(number=number, cells=(), notes=(problem,) if problem else ())
    plain = [without_controls(cell) for cell in cells]
    lost = any(len(cell) < len(raw) for cell, raw in zip(plain, cells, strict=True))
    return TableRow(
        number=number,
        cells=tuple(_unguarded(cell.strip()) for cell in plain[:width]),
        notes=(note(Why.CONTROL_CHARACTERS),) if lost else (),
    )


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str] | Note]]:
    """Each row that is not blank with its number, or why it cannot be read. Excel's `sep=;` is no row."""
    body = re.sub(r"\Asep=.\r?\n", "", text, flags=re.IGNORECASE)
    # csv wants its lines whole; a lone carriage return ends one too (old spreadsheets on the Mac write them).
    reader = csv.reader(io.StringIO(body, newline=None), delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            # An open quote swallows what follows until it is too much for one cell or the file ends.
            swallowed = reader.line_num > line
            yield (
                number,
                note(Why.QUOTE_OPEN, first=line, last=reader.line_num) if swallowed else note(Why.QUOTE_BROKEN),
            )
            continue
        if any(cell.strip() for cell in cells):
            yield number, cells


def _shape_problem(cells: Sequence[str], width: int) -> Note | None:
    if len(cells) < width:
        return note(Why.CELLS_MISSING, found=len(cells), wanted=width)
    if any(cell.strip() for cell in cells[width:]):
        return note(Why.CELLS_TOO_MANY, found=len(cells), wanted=width)
    if any(len(cell) > _LONGEST_CELL for cell in cells):
        return note(Why.CELL_TOO_LONG, limit=_LONGEST_CELL)
    return None


def _unguarded(cell: str) -> str:
    """The cell without what spreadsheets are told to keep a text by: `="0171"`, `'+49…`, `'=sum`."""
    guarded = _GUARDED.match(cell)
    return _GUARDED_WITHIN.sub("", (guarded[1] or guarded[2] or "").strip() if guarded else cell)


class Cells:
    """The cells of one row by the role of their column; what is changed in reading them is added to `notes`.

    Those of a row that cannot be read are all empty.
    """

    def __init__(self, row: TableRow, layout: Layout) -> None:
        self._cells, self._layout = row.cells, layout
        self.are_read = bool(row.cells)
        self.notes: list[Note] = list(row.notes)

    def all(self, role: str) -> list[str]:
        """Every cell of a role that is not empty."""
        columns = self._layout.columns.get(role, ()) if self.are_read else ()
        return [cell for at in columns if (cell := self._cells[at])]

    def first(self, role: str) -> str:
        """The first of them; empty where there is none."""
        return next(iter(self.all(role)), "")

    def own_id(self, role: str) -> str:
        """The first of them where it is an id of SmoothSchedule's own; else empty."""
        said = self.first(role)
        return said if is_id(said) else ""

    def split(self, role: str, separator: re.Pattern[str]) -> list[str]:
        """The values of cells that hold several."""
        return [part.strip() for cell in self.all(role) for part in separator.split(cell) if part.strip()]

    def line(self, text: str, field: str) -> str:
        """The text with single blanks, no longer than a line."""
        return self.cut(" ".join(text.split()), field, LONGEST_LINE)

    def cut(self, text: str, field: str, limit: int) -> str:
        """The text, no longer than may be."""
        if len(text) > limit:
            self.notes.append(note(Why.SHORTENED, field=field, limit=limit))
        return text[:limit]
