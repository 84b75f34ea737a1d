"""Closing the business, for its owner: asked with its name and a password, and done by the server."""

from typing import Final

from PySide6.QtCore import QObject

from desktop.presenters.link import DeskLink
from desktop.presenters.team import office_words
from desktop.runtime.qt import Background
from desktop.sync.problems import Busy, SignInRefused, Stopped
from desktop.views.actions import Actions
from desktop.views.closing_dialog import ClosingDialog
from desktop.views.main_window import MainWindow
from shared.errors import AppError, Unreachable
from shared.model.member import Role
from shared.rules.permissions import Capability, may

MEANING: Final = (
    "Nobody of it is let in any more, at no desk, and nothing more is booked. Nothing is erased: whoever runs the "
    "server can open it again as it was, or erase it where you ask for that. To have everything yourself, export it "
    "before (File, Export everything…). A mail tells every owner that you did it."
)
WAITING: Final = "\n\n{What} not sent yet, and would wait until the business is open again."
NOT_KNOWN: Final = "The server did not answer, so it may be closed or not. To ask again does no harm in either case."
BUSY: Final = "The server is busy just now. Nothing was done: try again in a moment."
CLOSED: Final = "{name} is closed. A mail tells its owners."


class ClosingPresenter(QObject):
    """Offers it to whoever may, and carries it to the server."""

    def __init__(
        self, link: DeskLink, window: MainWindow, actions: Actions, background: Background, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._link, self._window, self._background = link, window, background
        self._action = actions["close_business"]
        self.dialog = ClosingDialog(window)
        self.dialog.closeRequested.connect(self._close)
        self._action.triggered.connect(self._ask)

    def set_role(self, role: Role) -> None:
        """Say what the person at the desk is: whoever may not do it does not see it."""
        self._action.setVisible(may(role, Capability.CLOSE_BUSINESS))

    def let_go(self) -> None:
        """The person leaves the desk."""
        self.dialog.reject()
        self.dialog.deleteLater()

    def _ask(self) -> None:
        desk = self._link.desk
        waiting = desk.status.waiting
        what = "1 edit of this computer is" if waiting == 1 else f"{waiting} edits of this computer are"
        words = MEANING + (WAITING.format(What=what) if waiting else "")
        self.dialog.ask(self._business, desk.account.tenant, words)

    @property
    def _business(self) -> str:
        account = self._link.desk.account
        return account.business_name or account.tenant

    def _close(self, password: str) -> None:
        desk, name = self._link.desk, self._business
        office, tenant = desk.office, desk.account.tenant

        def over(words: str) -> None:
            self.dialog.accept()
            self._window.toast.show_message(words)
            desk.engine.sync_now()

        def failed(error: AppError | OSError) -> None:
            if _code(error) == "tenant_suspended":
                # Asked before, and the answer was lost; or somebody was faster.
                over(str(error))
            else:
                self.dialog.show_message(
                    _not_closed(error), about="password" if _code(error) == "wrong_password" else ""
                )

        self._link.await_job(
            self._background.submit(lambda: office.close_business(tenant, password)),
            lambda _: over(CLOSED.format(name=name)), failed,
        )  # fmt: skip


def _code(error: AppError | OSError) -> str:
    return error.code if isinstance(error, (SignInRefused, Stopped)) else ""


def _not_closed(error: AppError | OSError) -> str:
    if isinstance(error, Busy):
        return BUSY
    return NOT_KNOWN if isinstance(error, Unreachable) else office_words(error)
