"""Several processes that do the same work: started, watched, replaced when they die or hang, and ended together."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from multiprocessing.process import BaseProcess
from typing import Any, Final, cast

import structlog

from shared import clock
from shared.errors import AppError
from syncserver.web.serving import GRACE, SIGN_OF_LIFE

log = structlog.get_logger()

# Not fork: a thread's lock or a database's connection would come along as it is just then.
_SPAWN: Final = multiprocessing.get_context("spawn")
_SHORTEST: Final = 0.5
_LONGEST: Final = 30.0
"""Seconds until a worker that has died is started again, twice as long each time."""
_SETTLED: Final = 60.0
"""Seconds after which a death has nothing to do with the start any more."""
_MOST_MISSED: Final = 6
"""Signs of life in a row without which a worker hangs."""
_TO_BEGIN: Final = 30
"""Signs of life that are not missed of one that was just started: it loads the program, on a machine that is busy."""
_END: Final = GRACE + 3.0
"""Seconds in which a worker ends that was told to."""

Work = Callable[..., None]
"""What a worker does, in its own process: it is given a connection, on which it sends anything once it is at work.

From then on it sends something every `SIGN_OF_LIFE` seconds.
"""


class WorkerFailed(AppError):
    """The first workers could not begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Vacancy:
    """A worker that is to be started, when, and how often in a row it has died."""

    number: int
    due: float = 0.0
    deaths: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Worker:
    number: int
    deaths: int
    process: SpawnProcess
    began: float


class Workers:
    """So many processes of one work, which gets what is `given` after its connection."""

    def __init__(self, count: int, work: Work, *given: Any) -> None:
        self._work = work
        self._given = given
        self._vacant = [_Vacancy(number=number) for number in range(1, count + 1)]
        # By what there is to wait for: it has something to read when its worker is at work, and when that is dead.
        self._running: dict[Connection, _Worker] = {}
        self._missed: dict[Connection, int] = {}
        """How many signs of life did not come since the last that did; below 0 of one that may still be starting."""
        self._look_at = 0.0
        self._awaited = set(range(1, count + 1))

    def run(self, *, on_start: Callable[[], None]) -> None:
        """Keep them at work until an exception such as SystemExit ends it; then they end, too.

        `on_start` is called once all are at work. Raises WorkerFailed where one dies before.
        """
        try:
            while self._awaited:
                self._go_on()
            on_start()
            while True:
                self._go_on()
        finally:
            self._end()

    def _go_on(self) -> None:
        now = clock.monotonic()
        due, self._vacant = (
            [one for one in self._vacant if one.due <= now],
            [one for one in self._vacant if one.due > now],
        )
        for vacancy in due:
            self._start(vacancy)
        next_one = min((one.due for one in self._vacant), default=self._look_at)
        for told in wait(list(self._running), max(0.0, min(next_one, self._look_at) - now)):
            self._hear(cast(Connection, told))
        if clock.monotonic() >= self._look_at:
            self._look()

    def _look(self) -> None:
        """Replace who has missed too many signs of life.

        They are counted by looks of this process, not by the clock: where the whole computer stood still, nobody hangs.
        """
        self._look_at = clock.monotonic() + SIGN_OF_LIFE
        for told, missed in list(self._missed.items()):
            if missed < _MOST_MISSED:
                self._missed[told] = missed + 1
                continue
            worker = self._running[told]
            log.error("worker.hangs", worker=worker.number, pid=worker.process.pid)
            self._bury(told)

    def _start(self, vacancy: _Vacancy) -> None:
        told, tells = _SPAWN.Pipe(duplex=False)
        # The interpreter ends one that is daemonic, should anything go wrong between here and the end.
        process = _SPAWN.Process(
            target=_begin, args=(self._work, tells, *self._given), name=f"worker-{vacancy.number}", daemon=True
        )
        process.start()
        # Its end of the pipe is the worker's alone, so that the pipe ends with it.
        tells.close()
        self._running[told] = _Worker(
            number=vacancy.number, deaths=vacancy.deaths, process=process, began=clock.monotonic()
        )
        self._missed[told] = -_TO_BEGIN

    def _hear(self, told: Connection) -> None:
        try:
            told.recv()
        except (EOFError, OSError):
            self._bury(told)
        else:
            self._awaited.discard(self._running[told].number)
            self._missed[told] = 0

    def _bury(self, told: Connection) -> None:
        worker = self._running.pop(told)
        self._missed.pop(told, None)
        told.close()
        # One that has closed its pipe serves nobody, if it should still be there.
        worker.process.kill()
        worker.process.join()
        status = worker.process.exitcode
        if self._awaited:
            raise WorkerFailed(f"A worker ended before all were at work (exit status {status}).")
        settled = clock.monotonic() - worker.began > _SETTLED
        deaths = 1 if settled else worker.deaths + 1
        pause = min(_LONGEST, _SHORTEST * 2.0 ** min(deaths - 1, 10))
        log.error("worker.died", worker=worker.number, pid=worker.process.pid, status=status, again_in=pause)
        self._vacant.append(_Vacancy(number=worker.number, due=clock.monotonic() + pause, deaths=deaths))

    def _end(self) -> None:
        processes = [worker.process for worker in self._running.values()]
        for process in processes:
            process.terminate()
        deadline = clock.monotonic() + _END
        for process in processes:
            process.join(max(0.0, deadline - clock.monotonic()))
            if process.exitcode is None:
                log.error("worker.killed", pid=process.pid)
                process.kill()
                process.join()


def _begin(work: Work, tells: Connection, *given: Any) -> None:
    # Ctrl+C goes to every process of a terminal: the parent says when to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    work(tells, *given)


def _end_with_parent() -> None:
    """End as if told to once the parent is gone, however that ended; at once where that takes too long."""
    cast(BaseProcess, multiprocessing.parent_process()).join()
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(_END)
    os._exit(1)
