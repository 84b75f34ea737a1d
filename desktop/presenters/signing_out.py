"""Signing out: what is asked before it, and whom the desk is shown to after it."""

from PySide6.QtCore import QObject, Signal

from desktop.presenters.jobs import Jobs
from desktop.presenters.leaving import leaving_words, left_words
from desktop.presenters.link import DeskLink
from desktop.store.replica import Replica
from desktop.sync.status import Connection
from desktop.views.main_window import MainWindow


class SigningOut(QObject):
    """Lets the person at the desk go."""

    begun = Signal(object, str)
    """The `DeskLink` of who leaves, of whom nothing is shown from now on, and what is being done meanwhile."""
    ended = Signal(str)
    """What there is to say to whoever comes next."""
    failed = Signal(object)
    """The `AppError` that was in the way."""

    def __init__(self, jobs: Jobs, window: MainWindow, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._window = jobs, window
        self._link: DeskLink | None = None
        window.first_sync.signOutRequested.connect(self.ask)
        window.leave.signOutRequested.connect(self.sign_out)

    def set_link(self, link: DeskLink | None) -> None:
        """Say who is at the desk."""
        self._link = link

    def ask(self) -> None:
        """Sign out; where something waits that cannot be sent now, only after saying what becomes of it."""
        if self._link is None:
            return
        if self._link.desk.status.connection is Connection.ONLINE:
            self.sign_out()
        else:
            self._link.ask(Replica.mine_that_wait, self._ask_about, self.sign_out)

    def _ask_about(self, mine: int) -> None:
        if mine and self._link is not None:
            self._window.leave.ask(*leaving_words(mine, closed=self._link.desk.status.closed))
        else:
            self.sign_out()

    def sign_out(self) -> None:
        """End the session here; the book stays on this computer, and what waits until it is sent."""
        link = self._link
        if link is None:
            return
        self.begun.emit(link, "Sending what waits…" if link.desk.status.waiting else "Signing out…")
        job = lambda: link.desk.sign_out(link.account)  # noqa: E731
        self._jobs.submit(job, lambda waiting: self.ended.emit(left_words(waiting)), self.failed.emit)
