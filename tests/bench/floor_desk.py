"""A client of the floor: records of about 400 bytes, pushed and pulled."""

from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

import orjson

from shared.ids import new_id
from tests.bench.line import Ear, Json, Line
from tests.bench.processes import Child

_FILLING: Final = "x" * 340


def records(count: int) -> Sequence[Json]:
    """So many new records: `id` and `body`."""
    return [{"id": new_id(), "body": {"name": "Record", "number": at, "text": _FILLING}} for at in range(count)]


class FloorDesk:
    """One connection to the floor."""

    def __init__(self, floor: Child) -> None:
        self._floor = floor
        self._line = Line(floor)
        self.version = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.__exit__(kind, error, trace)

    def body(self, count: int) -> bytes:
        """The body of a push of so many new records."""
        return self.body_of(records(count))

    def body_of(self, rows: Sequence[Json]) -> bytes:
        """The body of a push of these records."""
        return orjson.dumps({"rows": rows})

    def push(self, body: bytes) -> int:
        """Push a body; the version."""
        version: int = self._line.post("/push", body)["version"]
        return version

    def pull(self) -> Sequence[tuple[str, int, Json]]:
        """Take what is new: ids, versions and bodies."""
        *pages, tail = self._line.lines(f"/pull?after={self.version}")
        self.version = tail["version"]
        return [tuple(row) for page in pages for row in page["rows"]]

    def listen(self) -> Ear:
        """An open stream of versions."""
        return Ear(self._floor, "/live")
