"""A list as a CSV file that spreadsheets open as it is meant, and that can be read in again (RFC 4180)."""

import codecs
import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from desktop.files.text import without_controls

# What a spreadsheet takes for a formula (OWASP, CSV injection), the apostrophe that tells it not to, and wide twins.
_RISKY: Final = tuple("=+-@'＝＋－＠")


def csv_bytes(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with a byte order mark and lines that end as RFC 4180 has them.

    A cell that a spreadsheet would take for a formula begins with an apostrophe; `desktop.files.table` takes it off.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return codecs.BOM_UTF8 + text.getvalue().encode()


def _safe(cell: str) -> str:
    plain = without_controls(cell).strip()
    return f"'{plain}" if plain.startswith(_RISKY) else plain
