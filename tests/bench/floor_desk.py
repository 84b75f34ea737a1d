"""A client of the floor: records of about 400 bytes, pushed and pulled."""

from types import TracebackType
from typing import Final, Self

import orjson

from shared.ids import new_id
from tests.bench.line import Ear, Line
from tests.bench.processes import Child

_FILLING: Final = "x" * 340


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
        rows = ({"name": "Record", "number": number, "text": _FILLING} for number in range(count))
        return orjson.dumps({"rows": [{"id": new_id(), "body": row} for row in rows]})

    def push(self, body: bytes) -> int:
        """Push a body; the version."""
        version: int = self._line.post("/push", body)["version"]
        return version

    def pull(self) -> int:
        """Take what is new; how many rows that was."""
        *pages, tail = self._line.lines(f"/pull?after={self.version}")
        self.version = tail["version"]
        return sum(len(page["rows"]) for page in pages)

    def listen(self) -> Ear:
        """An open stream of versions."""
        return Ear(self._floor, "/live")
