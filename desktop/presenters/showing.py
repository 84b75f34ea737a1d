"""Whether the book of an open desk can be shown: the first download, and what the server says of who may hold it."""

from typing import Final

from PySide6.QtCore import QObject, Signal

from desktop.desk import Desk
from desktop.presenters.first_days import FirstDaysPresenter
from desktop.presenters.jobs import Jobs
from desktop.presenters.link import DeskLink
from desktop.presenters.words_of_errors import words_of
from desktop.runtime.ticker import Ticker
from desktop.store.meta import Identity
from desktop.store.replica import Replica
from desktop.sync.status import Connection, SyncStatus
from desktop.views.main_window import MainWindow
from shared.errors import AppError

_UNTIL_PAINTED: Final = 300
"""Milliseconds that a book that was opened has to be painted, before the network's threads want the processor."""
_QUIET: Final = (Connection.OFFLINE, Connection.STOPPED, Connection.SIGN_IN)


class Showing(QObject):
    """Begins to sync, and says when the book is there; hides it where the server says no."""

    opened = Signal(object, object)
    """The `DeskLink` of a desk whose book can be shown, and the `Identity` of the person at it."""
    moved = Signal(object)
    """The `Desk` of a book that the person at the desk may hold now, which took the other's place."""
    notMoved = Signal(object)
    """The `AppError` after which no book is open any more."""
    cleared = Signal()
    """A book was deleted whose device or person was shut out; what to tell of it is in `ShutOut.gone`."""

    def __init__(self, jobs: Jobs, window: MainWindow, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._window = jobs, window
        self._link: DeskLink | None = None
        self._told = self._hidden = self._syncing = self._clearing = False
        self.days = FirstDaysPresenter(jobs, window.first_sync, self)
        """What can be read while there is no book yet."""
        self._painted = Ticker(self, _UNTIL_PAINTED, self._start_sync, single=True)
        window.first_sync.retryRequested.connect(self._retry)

    def syncs(self, desk: Desk) -> bool:
        """Whether this desk has begun to sync."""
        return self._syncing and self._link is not None and self._link.desk is desk

    def show(self, link: DeskLink, *, syncs: bool) -> None:
        """Show the book of a desk as soon as there is one; `syncs` where it has begun to before."""
        self._link, self._told, self._hidden, self._syncing, self._clearing = link, False, False, syncs, False
        link.changed.connect(lambda tables: self._look())
        link.statusChanged.connect(self._progress)
        if not link.desk.status.may_hold:
            # The server's word holds until it takes it back: without a network, too.
            self._progress(link.desk.status)
            self._start_sync()
        self._look()

    def let_go(self) -> None:
        """Nobody is at the desk any more."""
        self._link, self._told, self._hidden, self._syncing = None, False, False, False
        self.days.end()

    def back_to_work(self) -> None:
        """Show again what the person at the desk may see."""
        if self._told and not self._hidden:
            self._window.go_on()
        elif self._link is not None:
            self._window.show_first_sync()

    def _look(self) -> None:
        """Show the book once the first download has come to its end."""
        if self._told or self._hidden or self._link is None:
            return

        def question(replica: Replica) -> tuple[bool, Identity]:
            return replica.is_usable, replica.identity()

        self._link.ask(question, self._saw, self._start_sync)

    def _saw(self, told: tuple[bool, Identity]) -> None:
        usable, identity = told
        if self._told or self._hidden or self._link is None:
            return
        if usable:
            self._told = True
            self.opened.emit(self._link, identity)
            self.days.end()
            self._painted.start()
            return
        self._start_sync()
        self.days.begin(self._link.desk, identity)
        if self._window.first_sync.isHidden() or not self._window.first_sync.isVisible():
            self._window.first_sync.show_business(self._link.desk.account.tenant)
            self._window.first_sync.show_progress(0, 0)
            self._window.show_first_sync()

    def _start_sync(self) -> None:
        if self._link is not None and not self._syncing:
            self._syncing = True
            self._link.desk.start()

    def _progress(self, status: SyncStatus) -> None:
        view = self._window.first_sync
        if not status.may_hold:
            self._hide(status)
            return
        if self._hidden:
            self._show_again()
        if self._told:
            return
        self.days.look(status)
        if status.connection in _QUIET:
            view.show_message(f"{status.message or 'The server does not answer.'} It is tried again by itself.")
        elif status.progress is not None:
            view.show_progress(*status.progress)
        else:
            self._look()

    def _hide(self, status: SyncStatus) -> None:
        if self._link is None:
            return
        view, begins, self._hidden = self._window.first_sync, not self._hidden, True
        self.days.end()
        waits = "" if status.over else " What was entered here and not sent yet is saved on this computer."
        said = f"{status.message}{waits}"
        view.show_refusal(self._link.desk.account.user_name, said)
        # Later on somebody else may be on the way to the desk already.
        if begins:
            self._window.put_work_away()
            self._window.show_first_sync()
        if begins and status.elsewhere:
            self._move()
        if status.over and not self._clearing:
            self._clearing = True
            link = self._link
            self._jobs.submit(
                lambda: link.desk.clear(link.account),
                lambda _: self.cleared.emit(),
                lambda error: self._not_moved(link, error),
            )

    def _show_again(self) -> None:
        self._hidden = False
        if self._told:
            if self._window.first_sync.isVisible():
                self._window.go_on()
        elif self._link is not None:
            self._window.first_sync.show_business(self._link.desk.account.tenant)

    def _retry(self) -> None:
        if self._link is None:
            return
        self._window.first_sync.show_progress(0, 0)
        if self._link.desk.status.elsewhere:
            self._move()
        else:
            self._link.desk.engine.sync_now()

    def _move(self) -> None:
        """Go on with a book of what the person may hold now."""
        if (link := self._link) is not None:
            self._jobs.submit(
                lambda: link.desk.move(link.account),
                lambda desk: self._moved(link, desk),
                lambda error: self._not_moved(link, error),
            )

    def _moved(self, link: DeskLink, desk: Desk) -> None:
        if self._link is link:
            self.moved.emit(desk)
        else:
            # Nobody waits for it any more.
            self._jobs.submit(desk.close, lambda _: None, lambda _: None)

    def _not_moved(self, link: DeskLink, error: AppError) -> None:
        if self._link is not link:
            return
        if link.desk.is_closed:
            self.notMoved.emit(error)
        else:
            self._window.first_sync.show_message(f"{words_of(error)} Nothing is lost.")
