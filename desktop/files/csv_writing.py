"""A list as a CSV file that spreadsheets open as it is meant, and that can be read in again (RFC 4180)."""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

from desktop.files.text import without_controls

# What a spreadsheet takes for a formula (OWASP, CSV injection), the apostrophe that tells it not to, and wide twins: at
# the begin of a cell, and behind what is the end of one where a spreadsheet's list separator is no comma.
_RISKY: Final = re.compile(r"(?:\A|(?<=[;\t\r\n]))(?=[=+\-@'＝＋－＠])")


def csv_bytes(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with a byte order mark and lines that end as RFC 4180 has them.

    What a spreadsheet would take for a formula begins with an apostrophe; `desktop.files.table` takes it off.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return codecs.BOM_UTF8 + text.getvalue().encode()


def _safe(cell: str) -> str:
    return _RISKY.sub("'", without_controls(cell).strip())
