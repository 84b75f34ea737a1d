"""What desks take that are connected and hear nothing: of a core, and of the server's memory."""

import time

from tests.bench.figures import Figure, figure
from tests.bench.processes import Child, cpu_seconds, memory_of, with_workers
from tests.bench.shop_book import open_book
from tests.bench.stage import Stage
from tests.bench.streams import listening, staff_tokens


def measure(stage: Stage) -> list[Figure]:
    """A server of its own with one worker, and one with two: nothing but listening has ever been asked of them."""
    return [figure_of for workers in (1, 2) for figure_of in _measure(stage, workers)]


def _measure(stage: Stage, workers: int) -> list[Figure]:
    desks, seconds = (40, 3.0) if stage.quick else (1000, 60.0)
    book = open_book(stage.engine, appointments=0)
    with stage.server_of(workers) as server:
        tokens = staff_tokens(stage.engine, server, book, desks)
        before = _memory(server)
        with listening(server, tokens):
            time.sleep(1)
            after, busy = _memory(server), _busy(server)
            time.sleep(seconds)
            busy = _busy(server) - busy
    said = f"{desks} quiet desks, {workers} worker{'s' * (workers > 1)}"
    return [
        figure(f"idle: {said}, of a core", "%", [busy / seconds * 100], bar=2, goal=1),
        figure(f"idle: {said}, memory of each", "KiB", [(after - before) * 1024 / desks], goal=20),
    ]


def _busy(server: Child) -> float:
    return sum(cpu_seconds(pid) for pid in with_workers(server.pid))


def _memory(server: Child) -> float:
    return sum(memory_of(pid, "VmRSS") for pid in with_workers(server.pid))
