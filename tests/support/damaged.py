"""Files of a book that the disk has damaged."""

from contextlib import closing
from pathlib import Path

from desktop.store.database import Database
from desktop.store.faults import DamagedFile
from tests.support.replicas import KEY

_PAGE = 4096
_TABLES = "SELECT * FROM sqlite_master"
"""Without those nothing can be read."""


def spoil(path: Path, sql: str, key: bytes = KEY) -> None:
    """Damage one page of a book that nobody has open, the last without which a query comes to no end."""
    whole = path.read_bytes()
    for start in range(len(whole) - _PAGE, 0, -_PAGE):
        path.write_bytes(whole[: start + 100] + bytes(100) + whole[start + 200 :])
        if _answers(path, _TABLES, key) and not _answers(path, sql, key):
            return
    raise AssertionError(f"no page is needed for: {sql}")


def _answers(path: Path, sql: str, key: bytes) -> bool:
    try:
        with closing(Database(path, key)) as database:
            database.rows(sql)
    except DamagedFile:
        return False
    return True
