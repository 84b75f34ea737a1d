"""A desk that is only its protocol: what the server alone takes, without replica or screen."""

from collections.abc import Iterable, Sequence
from itertools import islice
from types import TracebackType
from typing import Self

import orjson

from shared.ids import new_id
from shared.model.registry import SCHEMA_VERSION
from tests.bench.edits import Edit
from tests.bench.line import Ear, Json, Line
from tests.bench.processes import Child
from tests.bench.shop_book import PASSWORD, Book
from tests.support.device_keys import proven


class WireDesk:
    """The book's manager, or who is named, at a device of their own with a registered replica."""

    def __init__(self, server: Child, book: Book, *, email: str = "") -> None:
        device = new_id()
        with Line(server) as line:
            wish = {
                "email": email or book.email,
                "password": PASSWORD,
                "tenant": book.tenant.slug,
                "device": {"id": device, "name": "Bench"},
            }
            challenge = line.post("/v1/auth/challenge", b"{}")["challenge"]
            told = line.post("/v1/auth/sign-in", orjson.dumps(proven(wish, challenge)))
        self._server = server
        self._token: str = told["access_token"]
        self._session = told["user"]["session"]
        self._replica = new_id()
        self._seq = 0
        self.line = Line(server, token=self._token)
        made_known = {"device": device, "replica": self._replica, "schema": SCHEMA_VERSION}
        registered = self.line.post("/v1/sync/register", orjson.dumps(made_known))
        self._epoch, self._lease = registered["epoch"], registered["lease"]
        self.cursor = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.line.__exit__(kind, error, trace)

    def body(self, edits: Iterable[Edit]) -> bytes:
        """The body of the next push."""
        return orjson.dumps(
            {
                "replica": self._replica,
                "epoch": self._epoch,
                "schema": SCHEMA_VERSION,
                "mutations": [self._mutation(name, args) for name, args in edits],
            }
        )

    def _mutation(self, name: str, args: Json) -> Json:
        self._seq += 1
        made = {"seq": self._seq, "id": new_id(), "name": name, "v": 1, "args": args}
        return {**made, "author": self._session, "lease": self._lease, "elapsed": 0}

    @property
    def token(self) -> str:
        """What shows who this is."""
        return self._token

    def push(self, body: bytes) -> int:
        """Push a body; the version. Every edit must have been taken."""
        answer = self.line.post("/v1/sync/push", body)
        refused = [one for one in answer["outcomes"] if one["outcome"] != "applied"]
        assert not refused, refused[0]
        version: int = answer["version"]
        return version

    def pull(self) -> list[Json]:
        """The lines of what is new; the cursor moves on."""
        since = f"&cursor={self.cursor}" if self.cursor else ""
        lines = list(self.line.lines(f"/v1/sync/pull?replica={self._replica}{since}"))
        self.cursor = lines[-1]["cursor"]
        return lines

    def listen(self) -> Ear:
        """An open stream of pokes."""
        return Ear(self._server, "/v1/sync/live", token=self._token)


def batches(edits: Iterable[Edit], count: int, size: int) -> Sequence[list[Edit]]:
    """The next `count` edits in lists of `size`."""
    some = list(islice(edits, count))
    return [some[start : start + size] for start in range(0, count, size)]
