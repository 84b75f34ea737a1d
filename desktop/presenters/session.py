"""Who is at the desk: opening the book, signing in, the first download, signing out."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from desktop.config import Account, Home, Offer
from desktop.desk import Desk
from desktop.presenters.link import Link
from desktop.runtime.qt import Background, MainThread
from desktop.store.meta import Identity
from desktop.store.replica import Replica
from desktop.sync import status as sync
from desktop.sync.problems import SignInRefused
from desktop.sync.secret_store import SecretStore, WrappedSecrets, WrongPassword
from desktop.sync.status import SyncStatus
from desktop.views.main_window import MainWindow
from desktop.views.sign_in import SignInForm
from shared.errors import AppError, NotSignedIn, Unreachable

WRONG = "The business, the e-mail or the password is not right."
UNREACHABLE = "The server cannot be reached. Check the address and the network, then try again."
NO_KEYRING = (
    "This computer has no keyring. The keys of the book are kept in a file that only your password opens: it is asked "
    "at every start, also offline."
)


class SessionPresenter(QObject):
    """Leads from the start of the application to an open book."""

    opened = Signal(object, object)
    """The `Link` of a desk whose book can be shown, and the `Identity` of the person at it."""
    closed = Signal()

    def __init__(
        self, home: Home, secrets: SecretStore, window: MainWindow, main: MainThread, background: Background,
        parent: QObject | None = None, *, offer: Offer,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._home, self._secrets, self._window = home, secrets, window
        self._main, self._background, self._offer = main, background, offer
        self._link: Link | None = None
        self._told = False
        self._again = False
        window.sign_in.signInRequested.connect(self._sign_in)
        window.unlock.unlockRequested.connect(self._unlock)
        window.unlock.otherPersonRequested.connect(self._other)
        window.first_sync.retryRequested.connect(self._retry)
        window.first_sync.signOutRequested.connect(self.sign_out)

    def start(self) -> None:
        """Open the book of this computer, or ask who is there."""
        account = self._home.account()
        kept = self._secrets
        locked = isinstance(kept, WrappedSecrets) and not kept.is_open
        if isinstance(kept, WrappedSecrets) and locked and account is not None and kept.exists:
            self._window.unlock.show_person(f"{account.user_name} · {account.business_name or account.tenant}")
            self._window.show_unlock()
        elif locked:
            self._ask_who(account)
        else:
            self._submit(lambda: Desk.open(self._home, self._secrets), self._maybe, self._not_opened)

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
        view.show_storage(NO_KEYRING if isinstance(self._secrets, WrappedSecrets) else "")
        known = account or self._offer
        view.show_values(known.server, known.tenant, known.email)

    def _unlock(self, password: str) -> None:
        if self._again:
            self._sign_in_again(password)
            return

        def job() -> Desk | None:
            if isinstance(self._secrets, WrappedSecrets):
                self._secrets.open(password)
            return Desk.open(self._home, self._secrets)

        self._submit(job, self._maybe, lambda error: self._window.unlock.show_message(str(error)))

    def _other(self) -> None:
        if self._again:
            self._again = False
            self._window.show_work()
        else:
            self._ask_who(self._home.account())

    # Signing in

    def _sign_in(self, form: SignInForm) -> None:
        def job() -> Desk:
            kept = self._secrets
            # Until something is kept under it, a password may have been a wrong one.
            if isinstance(kept, WrappedSecrets) and not (kept.is_open and kept.exists):
                kept.open(form.password)
            return Desk.sign_in(
                self._home, self._secrets, server=form.server, tenant=form.business, email=form.email,
                password=form.password,
            )  # fmt: skip

        self._submit(job, self._signed_in, self._refused)

    def _signed_in(self, desk: object) -> None:
        self._window.sign_in.set_busy(busy=False)
        self._window.sign_in.forget_password()
        if isinstance(desk, Desk):
            self._took(desk)

    def _refused(self, error: AppError) -> None:
        view = self._window.sign_in
        view.set_busy(busy=False)
        if isinstance(error, Unreachable):
            view.show_message(UNREACHABLE, about="server")
        elif isinstance(error, (SignInRefused, NotSignedIn, WrongPassword)):
            code = getattr(error, "code", "")
            view.show_message(WRONG if code in ("", "sign_in_failed", "reauth") else str(error), about="password")
        else:
            view.show_message(str(error))

    def sign_in_again(self) -> None:
        """Ask for the password of the person at the desk, whose session the server has ended."""
        if self._link is not None:
            account = self._link.desk.account
            self._again = True
            self._window.unlock.show_person(f"{account.user_name} · {account.tenant}", again=True)
            self._window.show_unlock()

    def _sign_in_again(self, password: str) -> None:
        link = self._link
        if link is None:
            return

        def done(_: object) -> None:
            self._again = False
            self._window.show_work()

        def failed(error: AppError) -> None:
            self._window.unlock.show_message(UNREACHABLE if isinstance(error, Unreachable) else WRONG)

        self._submit(lambda: link.desk.sign_in_again(password), done, failed)

    # The desk

    def _took(self, desk: Desk) -> None:
        self._told = False
        self._link = Link(desk, self._main, self)
        self._link.changed.connect(lambda tables: self._look())
        self._link.statusChanged.connect(self._progress)
        desk.start()
        self._look()

    def _look(self) -> None:
        """Show the book once the first download has come to its end."""
        if self._told or self._link is None:
            return

        def question(replica: Replica) -> tuple[bool, Identity]:
            return replica.is_usable, replica.identity()

        self._link.ask(question, self._saw)

    def _saw(self, told: tuple[bool, Identity]) -> None:
        usable, identity = told
        if self._told or self._link is None:
            return
        if usable:
            self._told = True
            self.opened.emit(self._link, identity)
        elif self._window.first_sync.isHidden() or not self._window.first_sync.isVisible():
            self._window.first_sync.show_business(self._link.desk.account.tenant)
            self._window.first_sync.show_progress(0, 0)
            self._window.show_first_sync()

    def _progress(self, status: SyncStatus) -> None:
        if self._told:
            return
        view = self._window.first_sync
        if status.connection in (sync.Connection.OFFLINE, sync.Connection.STOPPED, sync.Connection.SIGN_IN):
            view.show_message(f"{status.message or 'The server does not answer.'} It is tried again by itself.")
        elif status.progress is not None:
            view.show_progress(*status.progress)
        else:
            self._look()

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
