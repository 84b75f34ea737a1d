"""The password and the second factor of the person at the desk: asked of the server, and never kept here."""

from collections.abc import Callable
from typing import Final, TypeVar

from PySide6.QtCore import QObject

from desktop.desk import Desk
from desktop.presenters.session import SessionPresenter
from desktop.presenters.team import office_words
from desktop.sync.own_account import DrawnFactor
from desktop.sync.problems import SignInRefused, Stopped
from desktop.views.actions import Actions
from desktop.views.factor_dialog import FactorDialog
from desktop.views.main_window import MainWindow
from desktop.views.password_dialog import PasswordDialog
from shared.errors import AppError

T = TypeVar("T")
CHANGED: Final = "Your password is changed. Everywhere else you sign in with the new one."
WITHOUT: Final = "You sign in with your password alone from now on."
_ABOUT: Final = {"wrong_password": "old", "weak_password": "new", "wrong_code": "code"}


class OwnAccountPresenter(QObject):
    """Carries what is asked for in the two dialogs to the server, and shows what came of it to whoever asked."""

    def __init__(self, session: SessionPresenter, window: MainWindow, actions: Actions) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self.password, self.factor = PasswordDialog(window), FactorDialog(window)
        for action, dialog in (("change_password", self.password), ("second_factor", self.factor)):
            actions[action].triggered.connect(dialog.ask)
            dialog.finished.connect(window.activateWindow)
        self.password.changeRequested.connect(self._change)
        self.factor.beginRequested.connect(self._begin)
        self.factor.confirmRequested.connect(self._confirm)
        self.factor.endRequested.connect(self._end)

    def _change(self, old: str, new: str) -> None:
        self._ask(lambda desk: desk.change_password(old, new), self._changed, self._not_changed)

    def _changed(self, _: None) -> None:
        self.password.accept()
        self._window.toast.show_message(CHANGED)

    def _not_changed(self, error: AppError) -> None:
        self.password.show_message(office_words(error), about=_ABOUT.get(_code(error), ""))

    def _begin(self, password: str) -> None:
        self._ask(lambda desk: desk.own_account.begin_factor(password), self._drawn, self._not_begun)

    def _drawn(self, drawn: DrawnFactor) -> None:
        self.factor.show_drawn(drawn.secret, drawn.uri)

    def _not_begun(self, error: AppError) -> None:
        if _code(error) == "second_factor_on":
            self.factor.ask_to_end()
        else:
            self._refused(error)

    def _confirm(self, code: str) -> None:
        self._ask(lambda desk: desk.own_account.confirm_factor(code), self.factor.show_codes, self._refused)

    def _end(self, password: str, code: str) -> None:
        self._ask(lambda desk: desk.own_account.end_factor(password, code), self._ended, self._refused)

    def _ended(self, _: None) -> None:
        self.factor.accept()
        self._window.toast.show_message(WITHOUT)

    def _refused(self, error: AppError) -> None:
        about = "password" if _code(error) == "wrong_password" else _ABOUT.get(_code(error), "")
        self.factor.show_message(office_words(error), about=about)

    def _ask(
        self, question: Callable[[Desk], T], then: Callable[[T], None], failed: Callable[[AppError], None]
    ) -> None:  # fmt: skip
        """Have it asked; whoever has the desk by then is told nothing of another's account."""
        desk = self._session.desk
        if desk is None:
            return
        who = desk.account

        def for_them(tell: Callable[[T], None]) -> Callable[[T], None]:
            return lambda told: tell(told) if self._is_there(desk, who.login.id) else None

        def refused(error: AppError) -> None:
            if self._is_there(desk, who.login.id):
                failed(error)

        self._session.jobs.submit(lambda: question(desk), for_them(then), refused)

    def _is_there(self, desk: Desk, login: str) -> bool:
        return self._session.desk is desk and desk.account.login.id == login


def _code(error: AppError) -> str:
    return error.code if isinstance(error, (SignInRefused, Stopped)) else ""
