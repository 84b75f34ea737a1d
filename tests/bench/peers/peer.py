"""What a peer is to the workloads: a server, and desks that save and pull."""

import base64
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Final, Protocol

from tests.bench.processes import Child

_PATIENCE: Final = 60.0
FILLING: Final = "x" * 340
"""What makes a record one of about 400 bytes of JSON, as the floor's are."""

SHOP: Final = "shop"
"""The person whose desks hear of one another."""


class Desk(Protocol):
    """One client of a peer. Every method may be called from one thread at a time."""

    def ready(self, count: int) -> Callable[[], int]:
        """Make new records; what is given sends them in as few requests as may be, and says how many were taken."""

    def pull(self) -> int:
        """Fetch what is new since the last pull; how many records that was."""


class Peer(Protocol):
    """A peer whose server runs."""

    server: Child
    batches: bool
    """Whether several edits go into one request."""

    def desk(self, person: str) -> Desk:
        """A new client with nothing pulled yet; whose it is matters where a person's data are theirs alone."""

    def fill(self, count: int) -> None:
        """Let `SHOP` have so many records more."""

    def first_sync(self, folder: Path) -> tuple[int, float]:
        """How many records a fresh client has stored in a folder in the end, and in how many seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A peer that can be installed and run: its name and terms, and how it is begun."""

    name: str
    terms: str
    """What of the comparison is to be known when its figures are read."""
    first: int
    """Records of a first sync: fewer where the usual number takes too long."""
    offline: int
    """Edits that are pushed at once."""
    serving: "Serving"


class Serving(Protocol):
    """Installs a peer and runs it inside the block."""

    def __call__(self, cache: Path, folder: Path, database: "Databases") -> AbstractContextManager[Peer]:
        """`cache` keeps what is installed, `folder` what the server writes. Raises NotInstalled."""


class Databases(Protocol):
    """Gives a peer a PostgreSQL database of its own, on the cluster that the product is measured on."""

    def __call__(self, name: str) -> str:
        """The URL of a new database."""


class Session:
    """HTTP over one connection that is kept as long as the peer keeps it."""

    def __init__(self, server: Child, headers: Mapping[str, str]) -> None:
        self._connection = HTTPConnection("127.0.0.1", server.port, timeout=_PATIENCE)
        self._headers = dict(headers)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[HTTPResponse, bytes]:
        """The reply, whatever its status, and its body; the next one opens a connection where this one is reset."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            self._connection.request(method, path, body, self._headers | named)
            reply = self._connection.getresponse()
            return reply, reply.read()
        except ConnectionError:
            self._connection.close()
            raise


def basic(user: str, password: str) -> dict[str, str]:
    """The header of a name and a password (RFC 7617)."""
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


def good(answer: tuple[HTTPResponse, bytes]) -> bytes:
    """The body of a reply that is one of success; any other is an error of the bench."""
    reply, body = answer
    assert reply.status < 300, f"{reply.status} {body[:500]!r}"
    return body


def free_port() -> int:
    """A port of 127.0.0.1 that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


@contextmanager
def answering(command: Sequence[str], port: int, log: Path, **environment: str) -> Iterator[Child]:
    """A server as a process of its own, from when it takes connections until the end of the block."""
    with (
        log.open("ab") as output,
        subprocess.Popen(
            command, cwd=log.parent, stdout=output, stderr=output, env=os.environ | environment
        ) as process,
    ):
        try:
            _await(process, port, log)
            yield Child(pid=process.pid, port=port)
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()


def _await(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"{process.args!r} does not answer:\n{log.read_text(errors='replace')[-3000:]}")
