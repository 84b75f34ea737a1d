"""Results of other threads on the main thread, and a few threads for what waits for the network."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import shiboken6
from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal, Slot

T = TypeVar("T")
Then = Callable[[T], None]


class _Relay(QObject):
    """Carries calls to the main thread, for as long as the application is there.

    Whoever is called may be deleted at any moment, and a signal of what is being deleted must not be sent from another
    thread: so this one outlives them all.
    """

    arrived = Signal(object)

    def __init__(self, application: QCoreApplication | None) -> None:
        super().__init__(application)
        self.arrived.connect(self._call, Qt.ConnectionType.QueuedConnection)

    @Slot(object)
    def _call(self, act: Callable[[], None]) -> None:
        act()


def _relay() -> _Relay:
    application = QCoreApplication.instance()
    found = application.findChild(_Relay) if application is not None else None
    return found if found is not None else _Relay(application)


class MainThread:
    """Calls back on the thread of the windows, on which it is made, until its owner is deleted."""

    def __init__(self, owner: QObject) -> None:
        self._owner = owner
        self._relay = _relay()

    def post(self, act: Callable[[], None]) -> None:
        """Have `act` called soon; may be asked from any thread, and does nothing once the owner is gone."""
        self._carry(lambda: act() if shiboken6.isValid(self._owner) else None)

    def deliver(self, future: "Future[T]", then: Then[T], failed: Callable[[BaseException], None]) -> None:
        """Hand the future's result to `then`, or what it raised to `failed`, on the main thread."""
        # They belong to windows, which must not end on another thread: the main one takes them out of here.
        told = [(then, failed)]

        def done(ended: "Future[T]") -> None:
            if not ended.cancelled():
                self._carry(lambda: self._tell(ended, told))

        future.add_done_callback(done)

    def _carry(self, act: Callable[[], None]) -> None:
        # Threads that nobody waits for may be at work when the application has ended.
        if shiboken6.isValid(self._relay):
            self._relay.arrived.emit(act)

    def _tell(self, ended: "Future[Any]", told: list[tuple[Then[Any], Callable[[BaseException], None]]]) -> None:
        then, failed = told.pop()
        if not shiboken6.isValid(self._owner):
            return
        error = ended.exception()
        if error is not None:
            failed(error)
        else:
            then(ended.result())


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
