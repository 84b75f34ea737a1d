"""What a table is compared by, computed by PostgreSQL: `shared.protocol.checksums` says how."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from shared.model.base import value
from shared.protocol.checksums import DIGITS, MODULUS
from syncserver.store.rows import row_json
from syncserver.store.statements import array_text, ask


@value
class Summed:
    """Rows of a range of keys, and the sum of their numbers as it travels."""

    rows: int
    sum: str


NOTHING: Final = Summed(rows=0, sum="0" * DIGITS)

# Compiling the expression takes longer than a shop's book takes to be summed.
_READY: Final = "SELECT set_config('jit', 'off', true)"
_CHANGED: Final = """
SELECT table_name, pk::text FROM sync_row WHERE version > %s AND table_name = ANY(%s::text[])
ORDER BY table_name, pk LIMIT %s
"""


def changed_keys(connection: Connection, tables: Sequence[str], after: int, most: int) -> list[tuple[str, str]]:
    """Table and id of rows that were put or removed since a version, `most` of them at most."""
    return [(table, key) for table, key in ask(connection, _CHANGED, after, array_text(tables), most)]


def range_sums(connection: Connection, table: str, cuts: Sequence[str], after: int) -> list[Summed]:
    """The rows that are as they were at a version, summed in the ranges between cuts; one more than there are cuts.

    A cut is the first id of the range that it begins; they ascend.
    """
    ask(connection, _READY)
    sums = ask(connection, _sums(table), array_text(cuts), after)
    found = {place: Summed(rows=rows, sum=total) for place, rows, total in sums}
    return [found.get(place, NOTHING) for place in range(len(cuts) + 1)]


def _sums(table: str) -> str:
    text = f"convert_to({row_json(table, 'held')}::text, 'UTF8')"
    # 60 bits of the hash as a bigint, which has room for their sign.
    number = f"('x' || left(encode(sha256({text}), 'hex'), {DIGITS}))::bit({4 * DIGITS})::bigint"
    return f"""
        SELECT place, count(*), lpad(to_hex(mod(sum(number), {MODULUS})::bigint), {DIGITS}, '0')
        FROM (
            SELECT width_bucket(held.id, %s::uuid[]) AS place, {number} AS number FROM {table} held
            WHERE NOT EXISTS (
                SELECT FROM sync_row WHERE table_name = '{table}' AND pk = held.id AND version > %s
            )
        ) numbered
        GROUP BY place
    """
