"""Waiting for a ring, or for time to pass: that of a machine that slept as well; and the end of a thread."""

import queue
import threading
import time
import weakref

import pytest

from desktop.runtime import threads
from desktop.runtime.threads import Bell, StoreThread
from shared import clock
from shared.errors import StorageFault
from tests.support.waiting import until

NIGHT = 9 * 3600.0


class Sleeping(clock.SystemClock):
    """A machine that sleeps for a night as soon as somebody has begun to wait."""

    def __init__(self) -> None:
        self._slept = 0.0

    def monotonic(self) -> float:
        told = super().monotonic() + self._slept
        self._slept = NIGHT
        return told


def test_a_ring_before_the_wait_is_not_lost_and_counts_once() -> None:
    bell = Bell()
    bell.ring()
    assert bell.wait(None)
    assert not bell.wait(0.0)


def test_whoever_waits_is_woken_by_a_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_PART", 0.001)
    bell = Bell()
    threading.Timer(0.05, bell.ring).start()
    assert bell.wait(60)


def test_a_wait_is_as_long_as_it_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_PART", 0.02)
    begun = time.monotonic()
    assert not Bell().wait(0.15)
    assert time.monotonic() - begun >= 0.14


def test_what_the_machine_sleeps_is_a_part_of_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a desk would show yesterday's book for as long as was left of its wait when the lid was closed."""
    monkeypatch.setattr(threads, "_PART", 0.01)
    with clock.using(Sleeping()):
        assert not Bell().wait(NIGHT / 2)


def test_a_thread_that_is_at_work_is_not_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_PATIENCE", 0.05)
    thread, may_end, told = StoreThread(), threading.Event(), list[str]()
    working = thread.submit(may_end.wait)
    with pytest.raises(StorageFault, match="at work still"):
        thread.stop(lambda: told.append("last"))
    thread.at_end(lambda: told.append("free"))
    assert told == []
    may_end.set()
    thread._thread.join(timeout=5)
    assert working.result()
    assert told == ["last", "free"]
    thread.stop(lambda: told.append("again"))
    thread.at_end(lambda: told.append("at once"))
    assert told == ["last", "free", "at once"]


def test_whoever_asks_as_a_thread_ends_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job behind the end would never run, and whoever had asked would wait for ever."""
    meanwhile: list[threading.Thread] = []

    class Queue(queue.SimpleQueue[object]):
        def put(self, item: object, *given: object) -> None:
            if not meanwhile:
                meanwhile.append(threading.Thread(target=thread.stop))
                meanwhile[0].start()
                meanwhile[0].join(timeout=0.2)
            super().put(item)

    monkeypatch.setattr(queue, "SimpleQueue", Queue)
    thread = StoreThread()
    assert thread.submit(lambda: "done").result(timeout=5) == "done"
    meanwhile[0].join(timeout=5)
    with pytest.raises(StorageFault, match="closed"):
        thread.call(lambda: "too late")


def test_nothing_of_a_job_is_held_once_it_is_done() -> None:
    """What asked may be a window: the thread, which waits for the next job, must not keep it until then."""

    class Asking:
        def __call__(self) -> str:
            return "done"

    thread, job = StoreThread(), Asking()
    held = weakref.ref(job)
    assert thread.submit(job).result(timeout=5) == "done"
    del job
    until(lambda: held() is None)
    thread.stop()
