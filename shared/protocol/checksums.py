"""What two copies of a table are compared by: a number for each row, added up over ranges of keys.

The number of a row is the first 60 bits of the SHA-256 of its JSON on the wire. Sums are taken modulo 2^60, so that the
order in which rows are read does not matter, and travel as 15 hexadecimal digits: no integer of JSON is as large. Rows
that differ have the same number once in 2^60 times. That is good against accidents; whoever means harm would have to
deceive a copy of their own.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from shared.model.registry import canonical

DIGITS: Final = 15
"""Hexadecimal digits of a number and of a sum."""
MODULUS: Final = 16**DIGITS
_SUM: Final = re.compile(f"[0-9a-f]{{{DIGITS}}}")


def row_text(row: Sequence[Any]) -> str:
    """The JSON of a row on the wire as it is summed: `[1, "two"]`, nested JSON in its canonical form."""
    return f"[{', '.join(map(canonical, row))}]"


def sum_of(texts: Iterable[str]) -> tuple[int, int]:
    """How many rows there are of these texts, and the sum of their numbers, which is below MODULUS."""
    sha256, count, total = hashlib.sha256, 0, 0
    for text in texts:
        count += 1
        total += int(sha256(text.encode()).hexdigest()[:DIGITS], 16)
    return count, total % MODULUS


def sum_text(total: int) -> str:
    """A sum as it travels."""
    return f"{total % MODULUS:0{DIGITS}x}"


def is_sum(text: str) -> bool:
    """Whether `text` is a sum as it travels."""
    return _SUM.fullmatch(text) is not None
