"""A link for a new password, asked for on the page on which somebody signs in."""

from contextlib import closing
from typing import Final

from PySide6.QtCore import QObject

from desktop.presenters.jobs import Jobs
from desktop.presenters.words_of_errors import words_of
from desktop.sync.transport import Transport
from desktop.views.main_window import MainWindow
from desktop.views.sign_in import SignInForm
from shared.errors import AppError, Unreachable

ASKED: Final = (
    "Where this e-mail is known, a mail with a link is on its way, good once and for one hour. Set a new password by "
    "it, then sign in here."
)


class ForgottenPresenter(QObject):
    """Asks the server that is typed in; what is said is the same whoever is known there."""

    def __init__(self, jobs: Jobs, window: MainWindow) -> None:
        super().__init__(window)
        self._jobs, self._view = jobs, window.sign_in
        self._view.linkRequested.connect(self._ask)

    def _ask(self, form: SignInForm) -> None:
        self._jobs.submit(lambda: ask_for_link(form), self._asked, self._failed)

    def _asked(self, _: None) -> None:
        self._view.set_busy(busy=False)
        self._view.show_message(ASKED, kind="info")

    def _failed(self, error: AppError) -> None:
        self._view.set_busy(busy=False)
        self._view.show_message(words_of(error), about="server" if isinstance(error, Unreachable) else "")


def ask_for_link(form: SignInForm) -> None:
    """Have a link mailed. Raises Unreachable, and what the server has against it."""
    with closing(Transport(form.server)) as transport:
        transport.forgotten(form.business, form.email)
