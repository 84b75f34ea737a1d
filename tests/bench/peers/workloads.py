"""The workloads that every peer is given, each the same as ours."""

import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import psutil

from tests.bench.figures import milliseconds, seconds
from tests.bench.other_desk import QUIET
from tests.bench.peers.peer import SHOP, Desk, Kind, Peer
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
    a, b = peer.desk(SHOP), peer.desk(SHOP)
    _taken(a.ready(1), 1)
    rate = offline / seconds(_taken, a.ready(offline), offline)
    b.pull()
    one = [milliseconds(_taken, a.ready(1), 1) for _ in range(each + _WARM)][_WARM:]
    b.pull()
    other = [_milliseconds_between(a, b) for _ in range(each + _WARM)][_WARM:]
    kept = synced([*_processes(peer), *database()], lambda: _one_by_one(a), EDITS)
    desks = [peer.desk(f"person{number}") for number in range(clients)]
    batch = _crowd([desk.ready(EDITS) for desk in desks])[0] if peer.batches else None
    single, taken = _crowd([partial(_one_by_one, desk) for desk in desks])
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


def _taken(send: Callable[[], int], count: int) -> None:
    taken = send()
    assert taken == count, f"{count - taken} of {count} edits were refused"


def _one_by_one(desk: Desk) -> int:
    return sum(desk.ready(1)() for _ in range(EDITS))


def _milliseconds_between(a: Desk, b: Desk) -> float:
    send = a.ready(1)
    time.sleep(QUIET)
    return milliseconds(_saved, send, b)


def _saved(send: Callable[[], int], b: Desk) -> None:
    _taken(send, 1)
    found = b.pull()
    assert found == 1, found


def _crowd(works: Sequence[Callable[[], int]]) -> tuple[float, int]:
    """Edits a second of all clients at once, and how many were taken."""
    with ThreadPoolExecutor(len(works)) as pool:
        counts: list[int] = []
        took = seconds(lambda: counts.extend(pool.map(_call, works)))
    return sum(counts) / took, sum(counts)


def _call(work: Callable[[], int]) -> int:
    return work()
