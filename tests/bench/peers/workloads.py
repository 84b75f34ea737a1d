"""The workloads that every peer is given, each the same as ours."""

import statistics
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from tests.bench.figures import milliseconds, seconds
from tests.bench.peers.peer import Desk, Kind, Peer
from tests.bench.peers.synced import Synced, synced

_WARM: Final = 5
EDITS: Final = 20
"""Of each client of a crowd."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a peer has shown; None where it has no such thing."""

    records: int
    first_sync: float
    """Seconds."""
    offline: float
    """Edits a second."""
    one_edit: float
    """ms, p50."""
    other: float
    """ms, p50: one saves, and another one asks as soon as that is answered."""
    batch: float | None
    single: float
    """Edits a second of a crowd, in one batch each and one edit a request."""
    refused: int
    """Of the crowd's single edits."""
    memory: float
    """MiB of the server's processes, after all of it."""
    synced: Synced


def run(kind: Kind, peer: Peer, folder: Path, *, database: Callable[[], list[int]], quick: bool) -> Told:
    """Every workload, one after the other; `database` names the processes that may write a peer's data."""
    first, offline = (100, 50) if quick else (kind.first, kind.offline)
    each, clients = (10, 5) if quick else (100, 50)
    a, b = peer.desk(), peer.desk()
    assert a.save(1) == 1
    rate = offline / seconds(_taken, a, offline)
    b.pull()
    one = [milliseconds(_taken, a, 1) for _ in range(each + _WARM)][_WARM:]
    b.pull()
    other = [milliseconds(_saved, a, b) for _ in range(each + _WARM)][_WARM:]
    kept = synced([*_processes(peer), *database()], lambda: _one_by_one(a), EDITS)
    desks = [peer.desk() for _ in range(clients)]
    batch = _crowd(desks, lambda desk: desk.save(EDITS))[0] if peer.batches else None
    single, taken = _crowd(desks, _one_by_one)
    peer.fill(first)
    records, took = peer.first_sync(folder)
    assert records >= first, records
    return Told(
        records=records, first_sync=took, offline=rate, one_edit=statistics.median(one),
        other=statistics.median(other), batch=batch, single=single, refused=clients * EDITS - taken,
        memory=sum(psutil.Process(pid).memory_info().rss for pid in _processes(peer)) / 2**20, synced=kept,
    )  # fmt: skip


def _processes(peer: Peer) -> list[int]:
    process = psutil.Process(peer.server.pid)
    return [process.pid, *(child.pid for child in process.children(recursive=True))]


def _taken(desk: Desk, count: int) -> None:
    taken = desk.save(count)
    assert taken == count, f"{count - taken} of {count} edits were refused"


def _one_by_one(desk: Desk) -> int:
    return sum(desk.save(1) for _ in range(EDITS))


def _saved(a: Desk, b: Desk) -> None:
    _taken(a, 1)
    found = b.pull()
    assert found == 1, found


def _crowd(desks: list[Desk], work: Callable[[Desk], int]) -> tuple[float, int]:
    """Edits a second of all desks at once, and how many were taken."""
    with ThreadPoolExecutor(len(desks)) as pool:
        counts: list[int] = []
        took = seconds(lambda: counts.extend(pool.map(work, desks)))
    return sum(counts) / took, sum(counts)
