"""What desks take that are connected and hear nothing: of a core, and of the server's memory."""

import socket
import time

from shared.model.member import Role
from syncserver.services.passwords import hash_password
from syncserver.store.users import create_user
from tests.bench.figures import Figure, figure
from tests.bench.processes import Child, cpu_seconds, memory_of, with_workers
from tests.bench.shop_book import PASSWORD, open_book
from tests.bench.stage import Stage
from tests.bench.wire_desk import WireDesk

OF_ONE = 60
"""Streams that one person holds open: fewer than one may."""


def measure(stage: Stage) -> list[Figure]:
    """A server of its own with one worker, and one with two: nothing but listening has ever been asked of them."""
    return [figure_of for workers in (1, 2) for figure_of in _measure(stage, workers)]


def _measure(stage: Stage, workers: int) -> list[Figure]:
    desks, seconds = (40, 3.0) if stage.quick else (1000, 60.0)
    book = open_book(stage.engine, appointments=0)
    streams: list[socket.socket] = []
    with stage.server_of(workers) as server:
        tokens = []
        for number in range(-(-desks // OF_ONE)):
            email = f"quiet-{number}@{book.tenant.slug}.example"
            create_user(
                stage.engine, book.tenant, email=email, name="Quiet", role=Role.TENANT_STAFF,
                password_hash=hash_password(PASSWORD),
            )  # fmt: skip
            with WireDesk(server, book, email=email) as desk:
                tokens.append(desk.token)
        before = _memory(server)
        streams = [_listen(server, tokens[number // OF_ONE]) for number in range(desks)]
        time.sleep(1)
        after, busy = _memory(server), _busy(server)
        time.sleep(seconds)
        busy = _busy(server) - busy
    for one in streams:
        one.close()
    said = f"{desks} quiet desks, {workers} worker{'s' * (workers > 1)}"
    return [
        figure(f"idle: {said}, of a core", "%", [busy / seconds * 100], bar=2, goal=1),
        figure(f"idle: {said}, memory of each", "KiB", [(after - before) * 1024 / desks], goal=20),
    ]


def _listen(server: Child, token: str) -> socket.socket:
    """An open stream whose first event has come."""
    stream = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    stream.sendall(f"GET /v1/sync/live HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    heard = b""
    while b"data: " not in heard:
        part = stream.recv(4096)
        assert part, heard
        heard += part
    return stream


def _busy(server: Child) -> float:
    return sum(cpu_seconds(pid) for pid in with_workers(server.pid))


def _memory(server: Child) -> float:
    return sum(memory_of(pid, "VmRSS") for pid in with_workers(server.pid))
