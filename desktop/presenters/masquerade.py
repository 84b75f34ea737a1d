"""Acting as somebody else at this desk: one at a time, in a window of its own, until it is over."""

import logging
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import suppress
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QObject, Signal

from desktop.masquerading import End, MasqueradeDesk
from desktop.presenters.edits import TAKEN
from desktop.presenters.link import Link
from desktop.presenters.shell import BookWork
from desktop.presenters.sync_status import SyncStatusPresenter
from desktop.runtime.qt import Background, MainThread
from desktop.runtime.ticker import Ticker
from desktop.store.meta import Identity
from desktop.store.replica import Replica
from desktop.sync.masquerade import Begun
from desktop.sync.status import Connection, SyncStatus
from desktop.views.masquerade_window import MasqueradeWindow
from shared.errors import StorageFault

log = logging.getLogger(__name__)
RUNS: Final = "You act as somebody else in another window already. Stop there first."
_TELL_AT: Final = {300: "5 minutes are left.", 60: "1 minute is left."}
ACTING_OFFLINE: Final = (
    "The server cannot be reached. What is shown may have changed; nothing is taken until it answers."
)
OVER: Final = {
    End.STOPPED: ("You have stopped", "It is ended on the server, too."),
    End.EXPIRED: ("The time is over", "It lasted as long as it may. What the server had taken is kept, in both names."),
    End.REFUSED: (
        "The server has ended it",
        "It was stopped elsewhere, somebody was disabled or has another role, or the business is suspended.",
    ),
}
_SHUT_IN: Final = 3.0
"""Seconds that the end of the program waits for the server to hear of it."""


class Acting(QObject):
    """One masquerade: its desk, its window and the book in it, none of which anything else holds."""

    over = Signal()
    """The window is gone."""

    def __init__(self, begun: Begun, main: MainThread, background: Background, parent: QObject | None = None) -> None:
        """Open the window and load the book. Raises StorageFault."""
        super().__init__(parent)
        self._begun, self._main, self._background = begun, main, background
        self._desk = MasqueradeDesk(begun, lambda why: main.post(lambda: self._end(why)))
        about = begun.about
        self.names = f"{about.actor.name} as {about.target.name}"
        self.window = MasqueradeWindow(self.names, about.business, about.reason)
        self._link: Link | None = Link(self._desk, main, self)
        self.work: BookWork | None = None
        self._stopping: Future[bool] | None = None
        self._told: set[int] = set()
        self._second = Ticker(self, 1000, self._tick)
        self.window.stopRequested.connect(self.stop)
        self.window.closed.connect(self._gone)
        self._link.changed.connect(lambda tables: self._look())
        self._link.statusChanged.connect(self._show_status)
        self.window.book.first_sync.show_business(about.business)
        self.window.book.first_sync.show_progress(0, 0)
        self.window.book.show_first_sync()

    def start(self) -> None:
        """Show it."""
        self._tick()
        self._second.start()
        self.window.show()
        self.window.activateWindow()
        self._desk.start()

    # The book

    def _look(self) -> None:
        """Show the book once it has come."""

        def question(replica: Replica) -> tuple[bool, Identity]:
            return replica.is_usable, replica.identity()

        if self.work is None and self._link is not None:
            self._link.ask(question, self._saw)

    def _saw(self, told: tuple[bool, Identity]) -> None:
        usable, identity = told
        if not usable or self.work is not None or self._link is None:
            return
        book = self.window.book
        self.work = BookWork(self._link, identity, book, self.window.actions_by_name, saved=TAKEN)
        status = ActingStatus(self._link, book, self.work.book, self.window.actions_by_name, self.work)
        self.work.attention.countChanged.connect(status.show_attention)
        self.work.start()
        status.show(self._desk.status)

    def _show_status(self, status: SyncStatus) -> None:
        if self._link is None:
            return
        self.window.show_busy("Asking the server…" if status.waiting else "")
        if self.work is None and status.connection is Connection.OFFLINE:
            self.window.book.first_sync.show_message("The server does not answer. It is tried again by itself.")
        elif self.work is None and status.progress is not None:
            self.window.book.first_sync.show_progress(*status.progress)

    def _tick(self) -> None:
        left = self._desk.seconds_left
        if left <= 0:
            self._desk.expire()
            return
        whole = int(left)
        self.window.show_left(f"{whole // 60:02}:{whole % 60:02}")
        for at, words in _TELL_AT.items():
            if left <= at and at not in self._told:
                self._told.update(one for one in _TELL_AT if one >= at)
                self.window.tell(words)

    # The end

    def stop(self) -> None:
        """End it on the server and here."""
        if self._link is not None and self._stopping is None:
            self._stopping = self._background.submit(self._desk.stop)
            self._main.deliver(self._stopping, self._stopped, self._fail)

    def leave(self) -> None:
        """The person leaves the desk: end it, and its window with it."""
        self._let_go()
        self._stopping = self._stopping or self._background.submit(self._desk.stop)
        self.window.is_over = True
        self.window.close()

    def shut(self) -> None:
        """The program ends: the same, and the server has a moment to hear of it."""
        self.leave()
        if self._stopping is not None:
            with suppress(TookTooLong):
                self._stopping.result(timeout=_SHUT_IN)

    def _stopped(self, told: bool) -> None:  # noqa: FBT001 - what the job has answered
        title, text = OVER[End.STOPPED]
        if not told:
            text = "The server was not reached: there it ends by itself when its time is over."
        self._show_over(title, text)

    def _end(self, why: End) -> None:
        if self._link is not None:
            self._show_over(*OVER[why])
            self._main.deliver(self._background.submit(self._desk.close), lambda _: None, self._fail)

    def _show_over(self, title: str, text: str) -> None:
        if self._let_go():
            self.window.show_over(title, text)

    def _let_go(self) -> bool:
        """Nothing of the book is shown or comes any more; whether anything was."""
        link, self._link = self._link, None
        self._second.stop()
        if link is None:
            return False
        link.close()
        link.deleteLater()
        if self.work is not None:
            self.work.deleteLater()
            self.work = None
        return True

    def _gone(self) -> None:
        self.window.deleteLater()
        self.over.emit()

    def _fail(self, error: BaseException) -> None:
        if not isinstance(error, StorageFault):
            raise error
        # There is no file that could fail: what it was is in the log.
        log.error("masquerade.not_closed", exc_info=error)


class ActingStatus(SyncStatusPresenter):
    """The status line of a book that keeps nothing here: what the server has not taken is not called saved."""

    def show(self, status: SyncStatus) -> None:
        super().show(replace(status, waiting=0))
        if status.connection is Connection.OFFLINE:
            self._window.book_page.banner.show_message(ACTING_OFFLINE, kind="danger", action="Sync now")
