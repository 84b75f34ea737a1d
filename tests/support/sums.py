"""The sums of rows that a test holds in memory, as a desk tells them."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.protocol.checksums import row_text, sum_of, sum_text

Rows = Mapping[str, Sequence[Any]]
"""Rows on the wire by their ids."""
Json = dict[str, Any]


def sums(rows: Rows, *, each: int = 3) -> list[Json]:
    """The ranges of a table, `each` rows in every one but the last, which has as many or fewer."""
    ids = sorted(rows)
    cuts: list[str | None] = [*ids[each::each], None]
    starts: list[str | None] = [None, *cuts[:-1]]
    return [{"before": end, **_sum(within(rows, start, end))} for start, end in zip(starts, cuts, strict=True)]


def _sum(rows: Rows) -> Json:
    count, total = sum_of(map(row_text, rows.values()))
    return {"rows": count, "sum": sum_text(total)}


def within(rows: Rows, start: str | None, before: str | None) -> Rows:
    """The rows of a range."""
    return {
        key: row
        for key, row in rows.items()
        if (start is None or start <= key) and (before is None or key < before)
    }  # fmt: skip


def is_settled(rows: Rows, told: Json) -> bool:
    """Whether a range that the server named is the same as soon as what has changed is left out."""
    left = {key: row for key, row in within(rows, told["start"], told["before"]).items() if key not in told["changed"]}
    return _sum(left) == {"rows": told["rows"], "sum": told["sum"]}
