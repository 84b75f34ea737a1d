"""How each strike is done."""

import errno
import random
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

import psutil

from tests.sync.chaos.desks import ChaosDesk
from tests.sync.chaos.schedule import Strike
from tests.sync.chaos.server import ChaosServer

_DAY = 86_400.0


class Striker:
    """Strikes desks and their server; `chance` says how hard."""

    def __init__(self, server: ChaosServer) -> None:
        self._server = server
        self._does: dict[Strike, Callable[[ChaosDesk, random.Random], None]] = {
            Strike.CABLE_PULLED: _pull_cable,
            Strike.DESK_KILLED: lambda desk, chance: desk.die(),
            Strike.DESK_STOPPED: _stop_desk,
            Strike.DISK_FULL: _fill_disk,
            Strike.NO_SPACE: _failing(syncs=False, error=errno.ENOSPC),
            Strike.WRITES_FAIL: _failing(syncs=False, error=errno.EIO),
            Strike.SYNCS_FAIL: _failing(syncs=True, error=errno.EIO),
            Strike.CLOCK_SET: _set_clock,
            Strike.COMPUTER_SLEPT: lambda desk, chance: desk.set_clock(slept=chance.choice((90.0, 1200.0, 9 * 3600.0))),
            Strike.SECOND_INSTANCE: _open_twice,
            Strike.SERVER_ENDED: lambda desk, chance: self._again(server.end),
            Strike.SERVER_KILLED: lambda desk, chance: self._again(server.kill),
            Strike.SERVER_STOPPED: lambda desk, chance: _stopped(server.processes(), chance),
            Strike.WORKER_KILLED: self._kill_worker,
            Strike.POSTGRES_KILLED: lambda desk, chance: server.postmaster().kill(),
            Strike.BACKEND_KILLED: self._kill_backend,
            Strike.POSTGRES_STOPPED: self._stop_postgres,
            Strike.NETWORK_SWALLOWS: _swallow,
        }

    def strike(self, strike: Strike, desk: ChaosDesk, chance: random.Random) -> None:
        """Do it; what it ends is healed with everything else, what it stops goes on by itself."""
        self._does[strike](desk, chance)

    def _again(self, end: Callable[[], None]) -> None:
        end()
        self._server.start()

    def _kill_worker(self, desk: ChaosDesk, chance: random.Random) -> None:
        workers = self._server.served_by()
        if workers:
            chance.choice(workers).kill()
        else:
            self._again(self._server.kill)

    def _kill_backend(self, desk: ChaosDesk, chance: random.Random) -> None:
        backends = self._server.backends()
        if backends:
            chance.choice(backends).kill()

    def _stop_postgres(self, desk: ChaosDesk, chance: random.Random) -> None:
        postmaster = self._server.postmaster()
        _stopped([postmaster, *postmaster.children()], chance)


def _failing(*, syncs: bool, error: int) -> Callable[[ChaosDesk, random.Random], None]:
    return lambda desk, chance: desk.fail_disk(chance, syncs=syncs, error=error)


def _pull_cable(desk: ChaosDesk, chance: random.Random) -> None:
    desk.proxy.pull()
    time.sleep(chance.uniform(0.05, 0.5))
    desk.proxy.heal()


def _swallow(desk: ChaosDesk, chance: random.Random) -> None:
    desk.proxy.swallow()
    # Long enough for the desk to notice: what is swallowed by itself is waited for half a minute.
    time.sleep(chance.uniform(2.5, 4.0))
    desk.proxy.heal()


def _stop_desk(desk: ChaosDesk, chance: random.Random) -> None:
    desk.signal(signal.SIGSTOP)
    time.sleep(chance.uniform(0.05, 1.0))
    desk.signal(signal.SIGCONT)


def _stopped(processes: Iterable[psutil.Process], chance: random.Random) -> None:
    stopped = list(processes)
    for one in stopped:
        with suppress(psutil.NoSuchProcess):
            one.suspend()
    time.sleep(chance.uniform(0.5, 3.0))
    for one in stopped:
        with suppress(psutil.NoSuchProcess):
            one.resume()


def _fill_disk(desk: ChaosDesk, chance: random.Random) -> None:
    desk.tell("fill_disk", room=chance.randrange(40_000))


def _set_clock(desk: ChaosDesk, chance: random.Random) -> None:
    desk.set_clock(wrong_by=chance.choice((-_DAY, -3600.0, -60.0, 60.0, 3600.0, _DAY, 400 * _DAY)))


def _open_twice(desk: ChaosDesk, chance: random.Random) -> None:
    said = desk.open_twice()
    assert "is open already" in said, said
