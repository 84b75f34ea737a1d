"""Puts the scheduler where the program has threads, bells, time, chance and sockets."""

import hashlib
import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final, TypeVar
from unittest import mock

from desktop import open_book
from desktop.runtime import threads
from desktop.sync import engine, sealing, session
from desktop.sync import http as desk_http
from shared import clock, ids
from shared.errors import StorageFault
from shared.protocol.proofs import base64url
from syncserver.services.identity import passwords
from tests.support.shop import PASSWORD
from tests.sync.simulate.actors import Actor, Scheduler, current, current_process

T = TypeVar("T")
MONDAY: Final = datetime(2026, 5, 4, 6, 0, tzinfo=UTC)


class SimulatedClock:
    """The scheduler's time; a process whose wall clock is wrong sees its own."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def now(self) -> datetime:
        process = current_process()
        wrong = 0.0 if process is None else process.clock_offset
        seconds = self._scheduler.now + self._scheduler.leapt + wrong
        return (MONDAY + timedelta(seconds=seconds)).replace(microsecond=0)

    def monotonic(self) -> float:
        return 1000.0 + self._scheduler.now + self._scheduler.leapt


class Turns:
    """`StoreThread`: jobs run where they are given, one at a time, and others may have a turn before and after each."""

    scheduler: Scheduler

    def __init__(self, name: str = "store") -> None:
        self._holder: Actor | None = None
        self._ended = False

    def call(self, job: Callable[[], T]) -> T:
        """Run a job as soon as nobody else does."""
        if self._holder is current():
            return job()
        if self._ended:
            raise StorageFault("The book on this computer is closed.")
        self.scheduler.pause("store", ready=lambda: self._holder is None, seconds=None)
        self._holder = current()
        try:
            done = job()
        finally:
            self._holder = None
        self.scheduler.pause("stored")
        return done

    def submit(self, job: Callable[[], T]) -> "Future[T]":
        """Run a job now; its result or exception is in the future."""
        future: Future[T] = Future()
        try:
            future.set_result(self.call(job))
        except Exception as error:  # noqa: BLE001 whoever asked gets it
            future.set_exception(error)
        return future

    def stop(self, last: Callable[[], None] = lambda: None) -> None:
        """Run the last job, and no other after it."""
        self.scheduler.pause("store", ready=lambda: self._holder is None, seconds=None)
        self._ended = True
        last()

    def at_end(self, job: Callable[[], None]) -> None:
        """Do something now: nothing is at work once it has ended."""
        job()


class SimulatedBell:
    """`Bell` in the scheduler's time."""

    scheduler: Scheduler

    def __init__(self) -> None:
        self._rung = False

    def ring(self) -> None:
        """Wake who waits."""
        self._rung = True

    def wait(self, seconds: float | None) -> bool:
        """Wait for a ring, or so many seconds; whether it rang."""
        self.scheduler.pause("bell", seconds=seconds, ready=lambda: self._rung)
        rang, self._rung = self._rung, False
        return rang


class _Lock:
    """A lock that is held while others have turns."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler, self._held = scheduler, False

    def __enter__(self) -> None:
        self._scheduler.pause("lock", seconds=None, ready=lambda: not self._held)
        self._held = True

    def __exit__(self, *raised: object) -> None:
        self._held = False


class _Thread:
    def __init__(self, scheduler: Scheduler, actor: Actor) -> None:
        self._scheduler, self._actor = scheduler, actor

    def join(self, timeout: float | None = None) -> None:
        self._scheduler.pause("join", seconds=timeout, ready=lambda: self._actor.done)


@contextmanager
def patched(scheduler: Scheduler, http: type) -> Iterator[None]:
    """Run the program under the scheduler inside the block; `http` stands for the desks' connections."""
    dice = random.Random(scheduler.chance.random())

    def start(name: str, work: Callable[[], None]) -> Any:
        return _Thread(scheduler, scheduler.spawn(current().process, name, work))

    Turns.scheduler = SimulatedBell.scheduler = scheduler
    chances = SimpleNamespace(Random=lambda: random.Random(dice.random()))
    secrets = SimpleNamespace(
        randbits=dice.getrandbits, token_urlsafe=lambda size: base64url(dice.randbytes(size))
    )  # fmt: skip
    with ExitStack() as stack:
        stack.enter_context(clock.using(SimulatedClock(scheduler)))
        for target, name, value in (
            (open_book, "StoreThread", Turns),
            (threads, "start", start),
            (threads.Bell, "__init__", SimulatedBell.__init__),
            (threads.Bell, "ring", SimulatedBell.ring),
            (threads.Bell, "wait", SimulatedBell.wait),
            (threads.Bell, "scheduler", scheduler),
            (engine, "random", chances),
            (session, "threading", SimpleNamespace(Lock=lambda: _Lock(scheduler))),
            # Who is shut out here comes back. What a book that goes hands in: tests/desktop/sync/test_shut_out.py.
            (engine.Engine, "_leave", lambda self, ended: engine._LONGEST_WAIT),
            (desk_http, "Http", http),
            # What is slow on purpose against whoever guesses is of no use here.
            (sealing, "derived", lambda password, salt: hashlib.sha256(password.encode() + salt).digest()),
            (ids, "secrets", secrets),
            (passwords, "is_right", lambda password, kept: password == PASSWORD and kept is not None),
        ):
            stack.enter_context(mock.patch.object(target, name, value, create=True))
        yield
