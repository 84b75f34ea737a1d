"""Who is at the desk: opening the book, signing in, the first download, signing out."""

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Signal

from desktop.config import Account, Home, Login, Offer
from desktop.desk import Admitted, Desk, ask_in, at_own_device
from desktop.presenters.link import Link
from desktop.runtime.qt import Background, MainThread
from desktop.runtime.ticker import Ticker
from desktop.store.meta import Identity
from desktop.store.replica import Replica
from desktop.sync import status as sync
from desktop.sync.key_files import KeyFiles
from desktop.sync.problems import SignInRefused
from desktop.sync.secret_store import SecretStore, WrongPassword
from desktop.sync.status import SyncStatus
from desktop.views.main_window import MainWindow
from desktop.views.sign_in import EARLIER_PASSWORD, SESSION_ENDED, SignInForm
from shared.errors import AppError, NotSignedIn, StorageFault, Unreachable

WRONG = "The business, the e-mail or the password is not right."
UNREACHABLE = "The server cannot be reached. Check the address and the network, then try again."
NO_KEYRING = (
    "This computer has no keyring. The keys of the book are kept in a file that only your password opens: it is asked "
    "at every start, also offline."
)
_UNTIL_PAINTED = 300
"""Milliseconds that a book that was opened has to be painted, before the network's threads want the processor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """Somebody whom the server has let in, and whose keys here still lie under an earlier password."""

    admitted: Admitted
    password: str = field(repr=False)
    """The one that the server took."""


class SessionPresenter(QObject):
    """Leads from the start of the application to an open book."""

    opened = Signal(object, object)
    """The `Link` of a desk whose book can be shown, and the `Identity` of the person at it."""
    closed = Signal()

    def __init__(
        self, home: Home, secrets: SecretStore | KeyFiles, window: MainWindow, main: MainThread, background: Background,
        parent: QObject | None = None, *, offer: Offer,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._home, self._secrets, self._window = home, secrets, window
        self._main, self._background, self._offer = main, background, offer
        self._link: Link | None = None
        self._told = self._hidden = False
        self._again = False
        self._earlier: Earlier | None = None
        self._painted = Ticker(self, _UNTIL_PAINTED, self._start_sync, single=True)
        self._syncing = False
        window.sign_in.signInRequested.connect(self._sign_in)
        window.unlock.unlockRequested.connect(self._unlock)
        window.unlock.otherPersonRequested.connect(self._other)
        window.first_sync.retryRequested.connect(self._retry)
        window.first_sync.signOutRequested.connect(self.sign_out)

    def start(self) -> None:
        """Open the book of this computer, or ask who is there."""
        account, secrets = self._home.account(), self._secrets
        if not isinstance(secrets, KeyFiles):
            self._submit(lambda: Desk.open(self._home, secrets), self._maybe, self._not_opened)
        elif account is not None and secrets.holds(account.login):
            self._window.unlock.show_person(f"{account.user_name} · {account.business_name or account.tenant}")
            self._window.show_unlock()
        else:
            self._ask_who(account)

    def stop(self) -> None:
        """Close the book; what waits stays for the next start."""
        link, self._link = self._link, None
        if link is not None:
            link.close()
            link.desk.close()

    def _submit(
        self, job: Callable[[], object], then: Callable[[object], None], failed: Callable[[AppError], None]
    ) -> None:
        def refused(error: BaseException) -> None:
            if not isinstance(error, AppError):
                raise error
            failed(error)

        self._main.deliver(self._background.submit(job), then, refused)

    # Opening

    def _maybe(self, desk: object) -> None:
        if isinstance(desk, Desk):
            self._took(desk)
        else:
            self._ask_who(self._home.account())

    def _not_opened(self, error: AppError) -> None:
        self._ask_who(self._home.account())
        self._window.sign_in.show_message(str(error))

    def _ask_who(self, account: Account | None) -> None:
        view = self._window.sign_in
        self._window.show_sign_in()
        view.show_storage(NO_KEYRING if isinstance(self._secrets, KeyFiles) else "")
        known = account or self._offer
        view.show_values(known.server, known.tenant, known.email)

    def _unlock(self, password: str) -> None:
        account, files = self._home.account(), self._secrets
        if self._again:
            self._sign_in_again(password)
        elif isinstance(files, KeyFiles) and self._earlier is not None:
            self._take_earlier(files, self._earlier, password)
        elif isinstance(files, KeyFiles) and account is not None:
            self._submit(
                lambda: Desk.open(self._home, files.open(account.login, password)), self._maybe, self._still_locked
            )

    def _still_locked(self, error: AppError) -> None:
        self._window.unlock.show_message(str(error))

    def _other(self) -> None:
        files = self._secrets
        if self._again:
            self._again = False
            self._window.show_work()
        elif isinstance(files, KeyFiles) and self._earlier is not None:
            self._leave_earlier(files, self._earlier)
        else:
            self._ask_who(self._home.account())

    # A password that was changed on the server

    def _ask_earlier(self, earlier: Earlier) -> None:
        self._earlier = earlier
        self._window.unlock.show_person(earlier.admitted.user["name"], EARLIER_PASSWORD)
        self._window.show_unlock()

    def _take_earlier(self, files: KeyFiles, earlier: Earlier, password: str) -> None:
        def job() -> Desk:
            kept = files.open(earlier.admitted.login, password)
            desk = Desk.enter(self._home, kept, at_own_device(self._home, kept, earlier.admitted, earlier.password))
            try:
                kept.rewrap(earlier.password)
            except StorageFault:
                desk.close()
                raise
            return desk

        self._submit(job, self._signed_in, self._still_locked)

    def _leave_earlier(self, files: KeyFiles, earlier: Earlier) -> None:
        def job() -> Desk:
            kept = files.begin_anew(earlier.admitted.login, earlier.password)
            return Desk.enter(self._home, kept, earlier.admitted)

        self._window.unlock.set_busy()
        self._submit(job, self._signed_in, self._still_locked)

    # Signing in

    def _sign_in(self, form: SignInForm) -> None:
        login, secrets = Login(server=form.server, tenant=form.business, email=form.email), self._secrets

        def job() -> Desk | Earlier:
            kept = _opened(secrets, login, form.password)
            admitted = ask_in(self._home, kept, login, form.password)
            if kept is None:
                return Earlier(admitted=admitted, password=form.password)
            return Desk.enter(self._home, kept, admitted)

        self._submit(job, self._signed_in, self._refused)

    def _signed_in(self, told: object) -> None:
        self._window.sign_in.set_busy(busy=False)
        self._window.sign_in.forget_password()
        self._earlier = None
        if isinstance(told, Earlier):
            self._ask_earlier(told)
        elif isinstance(told, Desk):
            self._took(told)

    def _refused(self, error: AppError) -> None:
        view = self._window.sign_in
        view.set_busy(busy=False)
        fields = {Unreachable: "server", SignInRefused: "password", NotSignedIn: "password"}
        about = next((name for kind, name in fields.items() if isinstance(error, kind)), "")
        view.show_message(_words_of(error), about=about)

    def sign_in_again(self) -> None:
        """Ask for the password of the person at the desk, whose session the server has ended."""
        if self._link is not None:
            account = self._link.desk.account
            self._again = True
            self._window.unlock.show_person(f"{account.user_name} · {account.tenant}", SESSION_ENDED)
            self._window.show_unlock()

    def _sign_in_again(self, password: str) -> None:
        link = self._link
        if link is None:
            return

        def done(_: object) -> None:
            self._again = False
            self._window.show_work()

        def failed(error: AppError) -> None:
            self._window.unlock.show_message(_words_of(error))

        self._submit(lambda: link.desk.sign_in_again(password), done, failed)

    # The desk

    def _took(self, desk: Desk) -> None:
        self._told = self._syncing = self._hidden = False
        self._link = Link(desk, self._main, self)
        self._link.changed.connect(lambda tables: self._look())
        self._link.statusChanged.connect(self._progress)
        if not desk.status.may_hold:
            # The server's word holds until it takes it back: without a network, too.
            self._progress(desk.status)
            self._start_sync()
        self._look()

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
            self._painted.start()
            return
        self._start_sync()
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
            self._hidden = True
            view.show_refusal(f"{status.message} What was entered here and not sent yet is kept on this computer.")
            self._window.show_first_sync()
            return
        if self._hidden:
            self._show_again()
        if self._told:
            return
        if status.connection in (sync.Connection.OFFLINE, sync.Connection.STOPPED, sync.Connection.SIGN_IN):
            view.show_message(f"{status.message or 'The server does not answer.'} It is tried again by itself.")
        elif status.progress is not None:
            view.show_progress(*status.progress)
        else:
            self._look()

    def _show_again(self) -> None:
        self._hidden = False
        if self._told:
            self._window.show_work()
        elif self._link is not None:
            self._window.first_sync.show_business(self._link.desk.account.tenant)

    def _retry(self) -> None:
        if self._link is not None:
            self._window.first_sync.show_progress(0, 0)
            self._link.desk.engine.sync_now()

    def sign_out(self) -> None:
        """End the session here; the book and what waits stay on this computer."""
        link = self._link
        if link is None:
            return
        waiting = link.desk.status.waiting
        self._link = None
        link.close()
        link.deleteLater()
        self.closed.emit()
        self._ask_who(link.desk.account)
        self._window.sign_in.set_busy(busy=True, said="Signing out…")
        self._submit(link.desk.sign_out, lambda _: self._signed_out(waiting), lambda _: self._signed_out(waiting))

    def _signed_out(self, waiting: int) -> None:
        view = self._window.sign_in
        view.set_busy(busy=False)
        if waiting:
            edits = "1 edit is" if waiting == 1 else f"{waiting} edits are"
            view.show_message(f"{edits} kept on this computer, to be sent when you sign in again.", kind="info")
        view.focus_first()


def _opened(secrets: SecretStore | KeyFiles, login: Login, password: str) -> SecretStore | None:
    """Where the person's keys are kept; None where the password does not open them: it may be newer than they are."""
    if not isinstance(secrets, KeyFiles):
        return secrets
    try:
        return secrets.open(login, password)
    except WrongPassword:
        return None


def _words_of(error: AppError) -> str:
    if isinstance(error, Unreachable):
        return UNREACHABLE
    wrong = isinstance(error, (SignInRefused, NotSignedIn)) and error.code in ("", "sign_in_failed", "reauth")
    return WRONG if wrong else str(error)
