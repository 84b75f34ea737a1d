"""The desk's threads: one that owns the store, and those that wait for the network."""

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, TypeVar

from shared import clock
from shared.errors import StorageFault

T = TypeVar("T")
log = logging.getLogger(__name__)
_END: Final = object()
_PATIENCE: Final = 30.0
"""Seconds that whoever ends a thread waits for what it is at."""
_PART: Final = 5.0
"""Seconds after which whoever waits looks how long that was: a wait stands still while the machine sleeps."""


class StoreThread:
    """Runs what it is given, one after the other, on a thread of its own."""

    def __init__(self, name: str = "store") -> None:
        self._jobs: queue.SimpleQueue[Any] = queue.SimpleQueue()
        # Nothing is queued behind the end: nobody would ever run it, and whoever waits would wait for ever.
        self._queueing = threading.Lock()
        self._ended = False
        self._is_over = False
        self._at_end: list[Callable[[], None]] = []
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[], T]) -> "Future[T]":
        """Queue a job; its result or exception is in the future, StorageFault where the thread has ended."""
        future: Future[T] = Future()
        with self._queueing:
            if not self._ended:
                self._jobs.put((job, future))
                return future
        future.set_exception(StorageFault("The book on this computer is closed."))
        return future

    def call(self, job: Callable[[], T]) -> T:
        """Run a job and wait for it; called from the store thread itself it runs at once."""
        if threading.current_thread() is self._thread:
            return job()
        return self.submit(job).result()

    def stop(self, last: Callable[[], None] = lambda: None) -> None:
        """End once everything that was queued before has run, and `last` after it; a second time does nothing.

        What is submitted from now on is not run: it finds the book closed. Raises what `last` raises, and StorageFault
        where something is at work still after half a minute: the end follows on it.
        """
        ended: Future[None] = Future()
        with self._queueing:
            is_first, self._ended = not self._ended, True
            if is_first:
                self._jobs.put((last, ended))
                self._jobs.put(_END)
        if threading.current_thread() is self._thread:
            return
        self._thread.join(timeout=_PATIENCE)
        if self._thread.is_alive():
            raise StorageFault("The book on this computer is at work still. It closes as soon as that is done.")
        if is_first:
            ended.result()

    def at_end(self, job: Callable[[], None]) -> None:
        """Do something once the thread does nothing any more: at once where it has ended, else on it as the last."""
        with self._queueing:
            if not self._is_over:
                self._at_end.append(job)
                return
        job()

    def _work(self) -> None:
        self._run_jobs()
        with self._queueing:
            self._is_over = True
        for job in self._at_end:
            job()

    def _run_jobs(self) -> None:
        while (item := self._jobs.get()) is not _END:
            job, future = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(job())
            except BaseException as error:  # noqa: BLE001 - whoever asked gets it, whatever it is
                future.set_exception(error)
            # Whoever asked may be a window, and must not be held until the next job.
            del item, job, future


Loop = threading.Thread
"""A thread that was started, to be waited for."""


def start(name: str, work: Callable[[], None]) -> Loop:
    """Start a thread for the network. What it lets through is logged: it was not meant to."""

    def run() -> None:
        try:
            work()
        except Exception:
            log.exception("thread.failed", extra={"worker": name})

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread


class Bell:
    """Something to wait for that others ring; a ring before the wait is not lost."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def ring(self) -> None:
        """Wake who waits."""
        self._event.set()

    def wait(self, seconds: float | None) -> bool:
        """Wait for a ring, or so many seconds, those that the machine sleeps among them; whether it rang."""
        rang = self._event.wait() if seconds is None else self._rings_within(seconds)
        self._event.clear()
        return rang

    def _rings_within(self, seconds: float) -> bool:
        end = clock.monotonic() + seconds
        while not self._event.wait(min(seconds, _PART)):
            # A laptop that was opened again is out of date: it must not wait on for what was left when it was closed.
            seconds = min(seconds - _PART, end - clock.monotonic())
            if seconds <= 0:
                return False
        return True
