"""Streams that are open and cost their holder nothing: who listens, and when all of them have heard."""

import re
import selectors
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final

from sqlalchemy import Engine

from shared.ids import new_id
from shared.model.member import Role
from syncserver.services.identity.passwords import hash_password
from syncserver.store.users import create_user
from tests.bench.processes import Child
from tests.bench.shop_book import PASSWORD, Book
from tests.bench.wire_desk import WireDesk

_OF_ONE: Final = 60
"""Streams that one person holds open: fewer than one may."""
_VERSION: Final = re.compile(rb'"version":(\d+)')
_PATIENCE: Final = 30.0


def staff_tokens(engine: Engine, server: Child, book: Book, streams: int) -> list[str]:
    """The token for each of so many streams, of as many new members of staff as it takes."""
    tokens: list[str] = []
    for _ in range(-(-streams // _OF_ONE)):
        email = f"quiet-{new_id()}@{book.tenant.slug}.example"
        create_user(
            engine, book.tenant, email=email, name="Quiet", role=Role.TENANT_STAFF,
            password_hash=hash_password(PASSWORD),
        )  # fmt: skip
        with WireDesk(server, book, email=email) as desk:
            tokens += [desk.token] * _OF_ONE
    return tokens[:streams]


@contextmanager
def listening(server: Child, tokens: Sequence[str]) -> Iterator["Streams"]:
    """A stream for each token, open from its first event until the end of the block."""
    with ExitStack() as stack, selectors.DefaultSelector() as arrivals:
        for token in tokens:
            arrivals.register(stack.enter_context(_opened(server, token)), selectors.EVENT_READ)
        yield Streams(arrivals)


class Streams:
    """Open streams, read in one thread when somebody waits for what they say."""

    def __init__(self, arrivals: selectors.BaseSelector) -> None:
        self._arrivals = arrivals

    def wait_for(self, version: int) -> None:
        """Return once every stream has told this version."""
        deaf = set(self._arrivals.get_map())
        while deaf:
            heard = self._arrivals.select(_PATIENCE)
            assert heard, f"{len(deaf)} streams do not tell version {version}"
            for key, _ in heard:
                if _newest(_read(key.fileobj)) >= version:
                    deaf.discard(key.fd)


def _newest(heard: bytes) -> int:
    return max(map(int, _VERSION.findall(heard)), default=0)


def _read(stream: object) -> bytes:
    assert isinstance(stream, socket.socket)
    part = stream.recv(4096)
    assert part, "the server has hung up"
    return part


def _opened(server: Child, token: str) -> socket.socket:
    """An open stream whose first event has come."""
    stream = socket.create_connection(("127.0.0.1", server.port), timeout=_PATIENCE)
    stream.sendall(f"GET /v1/sync/live HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    heard = b""
    while b"data: " not in heard:
        heard += _read(stream)
    return stream
