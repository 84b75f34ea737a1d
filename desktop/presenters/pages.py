"""The pages before the book on which somebody says who they are: the people of the computer, and a password."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from desktop.businesses import Businesses
from desktop.config import Account
from desktop.models.rows import PersonRow
from desktop.views.main_window import MainWindow
from desktop.views.sign_in import Asking


class PasswordPage(QObject):
    """Asks one person for a password, and hands the answer to whoever wanted to know."""

    def __init__(self, window: MainWindow, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window = window
        self._then: Callable[[str], None] = lambda password: None
        self._other: Callable[[], None] = lambda: None
        self._back: Callable[[], None] | None = None
        window.unlock.unlockRequested.connect(lambda password: self._then(password))
        window.unlock.otherPersonRequested.connect(lambda: self._other())
        window.unlock.backRequested.connect(self._go_back)

    def ask(
        self, who: str, asking: Asking, then: Callable[[str], None], *,
        other: Callable[[], None], back: Callable[[], None] | None = None,
    ) -> None:  # fmt: skip
        """Ask; `then` gets each password that is given, `other` is called where the way out is taken.

        `back` is another way, for where that one does more than to leave the page.
        """
        self._then, self._other, self._back = then, other, back
        self._window.unlock.show_person(who, asking, way_back=back is not None)
        self._window.show_unlock()

    def _go_back(self) -> None:
        if self._back is not None:
            self._back()


class PeoplePage(QObject):
    """Shows everybody who has signed in on this computer, each once."""

    chosen = Signal(object)
    """The `Account` of somebody who is not at the desk yet."""
    backWanted = Signal()

    def __init__(self, businesses: Businesses, window: MainWindow, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._businesses, self._window = businesses, window
        self._here: Account | None = None
        window.people.personChosen.connect(self._choose)
        window.people.backRequested.connect(self.backWanted)

    def people(self) -> tuple[Account, ...]:
        """Those who can be chosen, by the replica that each has had last."""
        return tuple({one.login.id: one for one in self._businesses.accounts()}.values())

    def words_of(self, account: Account) -> str:
        """What tells somebody from the others: the e-mail, and the business where there are several here."""
        several = len({(one.server, one.tenant) for one in self.people()}) > 1
        return f"{account.email} · {account.business_name or account.tenant}" if several else account.email

    def show_people(self, here: Account | None, message: str = "") -> None:
        """Show them; `here` is who is at the desk, and can go back to the book."""
        self._here = here
        rows = [
            PersonRow(
                id=one.login.id, name=one.user_name, detail=self.words_of(one),
                is_here=self._is_here(one.login.id),
            )
            for one in self.people()
        ]  # fmt: skip
        shown = tuple(sorted(rows, key=lambda one: (one.name.casefold(), one.detail)))
        self._window.show_people()
        self._window.people.show_people(
            shown, may_go_back=here is not None, is_locked=self._window.is_locked, message=message
        )

    def _is_here(self, login: str) -> bool:
        return self._here is not None and self._here.login.id == login

    def _choose(self, login: str) -> None:
        found = next((one for one in self.people() if one.login.id == login), None)
        if self._is_here(login):
            self.backWanted.emit()
        elif found is not None:
            self.chosen.emit(found)
