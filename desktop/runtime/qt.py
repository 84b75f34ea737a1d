"""Results of other threads on the main thread, and a few threads for what waits for the network."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal, Slot

T = TypeVar("T")
Then = Callable[[T], None]


class MainThread(QObject):
    """Calls back on the thread that it was made on, which is the one of the windows."""

    _arrived = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._arrived.connect(self._call, Qt.ConnectionType.QueuedConnection)

    def post(self, act: Callable[[], None]) -> None:
        """Have `act` called soon; may be asked from any thread, and does nothing once the windows are gone."""
        if shiboken6.isValid(self):
            self._arrived.emit(act)

    def deliver(self, future: "Future[T]", then: Then[T], failed: Callable[[BaseException], None]) -> None:
        """Hand the future's result to `then`, or what it raised to `failed`, on the main thread."""

        def done(ended: "Future[T]") -> None:
            if ended.cancelled():
                return
            error = ended.exception()
            if error is not None:
                self.post(lambda: failed(error))
            else:
                self.post(lambda: then(ended.result()))

        future.add_done_callback(done)

    @Slot(object)
    def _call(self, act: Callable[[], None]) -> None:
        act()


class Background:
    """A few threads for what takes its time and needs no store: signing in, opening a file."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="background")

    def submit(self, job: Callable[[], T]) -> "Future[T]":
        """Run a job; its result or exception is in the future."""
        return self._pool.submit(job)

    def stop(self) -> None:
        """Begin nothing more; what runs is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)
