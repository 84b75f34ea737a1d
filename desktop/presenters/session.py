"""Who is at the desk: opening the book, signing in, the first download, signing out."""

import logging
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from desktop.businesses import Businesses
from desktop.config import Account, Home, Login, Offer
from desktop.desk import Desk, TookAnother
from desktop.presenters.jobs import Jobs
from desktop.presenters.link import DeskLink
from desktop.presenters.pages import PasswordPage, PeoplePage
from desktop.presenters.showing import Showing
from desktop.presenters.signing_out import SigningOut
from desktop.presenters.turns import Anew, Earlier, NotThatServer, Turns
from desktop.presenters.words_of_errors import NEEDS_CODE, WRONG_CODE, is_shut_out, is_wrong, needs_code, words_of
from desktop.runtime.qt import Background, MainThread
from desktop.store.people import ANOTHER_BUSINESS
from desktop.sync.key_files import KeyFiles
from desktop.sync.problems import SignInRefused
from desktop.sync.secret_store import KeyringAway, SecretStore, WrappedSecrets
from desktop.sync.shut_out import ShutOut, finish_left
from desktop.sync.unlocking import unlock
from desktop.views.main_window import MainWindow
from desktop.views.sign_in import (
    AT_START,
    EARLIER_PASSWORD,
    FROM_FILE,
    KEYRING_AWAY,
    SESSION_ENDED,
    SWITCH,
    SWITCH_BY_PIN,
    Asking,
    SignInForm,
)
from shared.errors import AppError, NotSignedIn, StorageFault, Unreachable

log = logging.getLogger(__name__)

NO_KEYRING = (
    "This computer has no keyring. The keys of the book are kept in a file that only your password opens: it is asked "
    "at every start, also offline."
)
BEGIN_ANEW = f"{ANOTHER_BUSINESS} Or begin with a new book: then this one is kept, and not shown."
MOVED = "Your book of {business} is of the server {before}: does that server have the address {now} now?"
KEYRING_STILL_AWAY = "It still does not answer. Look whether it is unlocked, then try again."


class SessionPresenter(QObject):
    """Leads from the start of the application to an open book."""

    opened = Signal(object, object)
    """The `DeskLink` of a desk whose book can be shown, and the `Identity` of the person at it."""
    closed = Signal()
    shutOut = Signal(object)
    """A book of this computer was deleted; the ids of the logins that are known here still."""
    taken = Signal()
    """Somebody is at the desk now; whether their book can be shown is another question."""

    def __init__(
        self, home: Home, secrets: SecretStore | KeyFiles, window: MainWindow, main: MainThread, background: Background,
        parent: QObject | None = None, *, offer: Offer,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._businesses, self._secrets, self._window = Businesses(home), secrets, window
        self._home = home
        self._main, self._offer = main, offer
        self.jobs = Jobs(main, background)
        self._submit = self.jobs.submit
        self._link: DeskLink | None = None
        self._asked = 0
        """Counts what was asked of people: an answer to something before brings nobody to the desk any more."""
        self._opened: dict[str, SecretStore] = {}
        """By login: the secrets of those who have given their password since the start."""
        self._password, self._people = PasswordPage(window, self), PeoplePage(self._businesses, window, self)
        self.showing = Showing(self.jobs, window, self)
        self.showing.opened.connect(self.opened)
        self.showing.moved.connect(self._took)
        self.showing.notMoved.connect(self._not_moved)
        self.showing.cleared.connect(self._cleared)
        window.sign_in.signInRequested.connect(self._sign_in)
        self._agree: Callable[[], None] = lambda: None
        self._decline: Callable[[], None] = lambda: None
        window.sign_in.agreed.connect(lambda: self._agree())
        window.sign_in.declined.connect(lambda: self._decline())
        self._has_moved: dict[Login, bool] = {}
        """What somebody has said of the server that they sign in to, while the form is shown."""
        window.first_sync.switchRequested.connect(self.ask_who_is_there)
        window.sign_in.backRequested.connect(self.ask_who_is_there)
        self._people.chosen.connect(self._choose)
        self._people.backWanted.connect(self._back_to_work)
        window.people.somebodyElseRequested.connect(self._ask_for_another)
        self.signing_out = SigningOut(self.jobs, window, self)
        self.signing_out.begun.connect(self._leave)
        self.signing_out.ended.connect(self._left)
        self.signing_out.failed.connect(self._not_left)

    def start(self) -> None:
        """Open the book of this computer, or ask who is there."""
        try:
            said = [one for home in self._businesses.homes_left() for one in finish_left(home, self._secrets_of(home))]
        except StorageFault as fault:
            self._not_opened(fault)
            return
        self._go_to(self._businesses.current())
        if said:
            self._ask_who_and_tell()
        else:
            self._begin()

    def _secrets_of(self, home: Home) -> SecretStore | KeyFiles:
        return self._secrets.at(home) if isinstance(self._secrets, KeyFiles) else self._secrets

    def _begin(self) -> None:
        account, secrets = self._home.account(), self._secrets
        if account is not None and self._has_file(account):
            # Where there is a keyring, they had a file while it did not answer: what it opens is not to be forgotten.
            self._ask_at_start(account, AT_START if isinstance(secrets, KeyFiles) else FROM_FILE)
        elif isinstance(secrets, KeyFiles):
            self._ask_who(account)
        else:
            self._submit(lambda: Desk.open(self._home, secrets), self._maybe, self._not_opened)

    def _has_file(self, account: Account) -> bool:
        return KeyFiles(self._home).holds(account.login)

    def _go_to(self, home: Home) -> None:
        """Be at the business whose folder this is."""
        if home.folder != self._home.folder:
            self._home = home
            self._secrets = self._secrets_of(home)

    def stop(self) -> None:
        """Close the book; what waits stays for the next start."""
        link, self._link = self._link, None
        if link is not None:
            link.close()
            try:
                link.desk.close()
            except StorageFault:
                # It ends with the program, and what was saved is safe.
                log.exception("session.not_closed")

    # Opening

    def _maybe(self, desk: object) -> None:
        if isinstance(desk, Desk):
            self._took(desk)
        else:
            self._ask_who_and_tell()

    def _not_opened(self, error: AppError) -> None:
        self._show_form(self._home.account())
        self._window.sign_in.show_message(str(error))

    def _ask_who(self, account: Account | None, message: str = "") -> None:
        """Let somebody of this computer come to the desk: by their name, where several have signed in here."""
        if len(self._people.people()) > 1:
            self.show_people(message)
        else:
            self._show_form(account)
            self._window.sign_in.show_message(message, kind="info")

    def _ask_who_and_tell(self) -> None:
        """Ask who is there, and tell what became of books that have gone: that is kept until it is on the screen."""
        try:
            told = [(notes, notes.gone()) for notes in map(ShutOut, self._businesses.homes_left())]
        except StorageFault as fault:
            self._not_opened(fault)
            return
        self._ask_who(self._home.account(), " ".join(words for _, gone in told for words in gone.values()))
        try:
            for notes, gone in told:
                notes.note_told(gone)
        except StorageFault:
            # It is told once more.
            log.exception("session.not_noted_as_told")

    def _show_form(self, account: Account | None) -> None:
        self._asked += 1
        self._has_moved.clear()
        view, people = self._window.sign_in, self._people.people()
        view.set_busy(busy=False)
        # What somebody was asked, and was let in for already, is not for the next one to agree to.
        view.show_message("")
        view.show_way_back(shown=len(people) > 1 or self._link is not None)
        self._window.show_sign_in()
        view.show_storage(self._storage_words())
        view.forget_password()
        # Who is alone on this computer, and has signed out, is who comes back.
        comes = account or (people[0] if len(people) == 1 else None)
        known = comes.login if comes is not None else self._offer
        view.show_values(known.reached, known.tenant, known.email)

    def _storage_words(self) -> str:
        if not isinstance(self._secrets, KeyFiles):
            return ""
        return NO_KEYRING if self._secrets.are_all else str(KeyringAway())

    def _ask_at_start(self, account: Account, asking: Asking) -> None:
        def then(password: str) -> None:
            job = lambda: Desk.open(self._home, unlock(self._home, self._secrets, account, password))  # noqa: E731
            self._submit(job, self._maybe, self._still_locked)

        who = f"{account.user_name} · {account.business_name or account.tenant}"
        self._password.ask(who, asking, then, other=lambda: self._ask_who(self._home.account()))

    def _still_locked(self, error: AppError) -> None:
        self._window.unlock.show_message(words_of(error))
        self.let_go_if_closed()

    # A password that was changed on the server

    def _ask_earlier(self, earlier: Earlier) -> None:
        admitted = earlier.admitted

        def leave() -> None:
            self._window.unlock.set_busy()
            turns = self._turns()
            self._try(lambda: turns.sign_in_without(earlier), self._signed_in, self._still_locked)

        def then(password: str) -> None:
            turns = self._turns()
            failed = self._or_code(admitted.login, admitted.password, self._still_locked)
            self._try(lambda: turns.sign_in_by_earlier(earlier, password), self._signed_in, failed)

        # Where their server has moved, the book that was open asked at the address of before.
        self.let_go_if_closed()
        self._password.ask(admitted.user["name"], EARLIER_PASSWORD, then, other=leave, back=self._not_they)

    # A keyring that does not answer

    def _or_keyring(
        self, login: Login, password: str, failed: Callable[[AppError], None], *, back: Callable[[], None]
    ) -> Callable[[AppError], None]:  # fmt: skip
        """Where somebody's keys are in the keyring, and it does not answer, ask again once they have unlocked it.

        `back` shows where they came from.
        """

        def refused(error: AppError) -> None:
            if isinstance(error, KeyringAway):
                self._ask_keyring(login, password, back)
            else:
                failed(error)

        return refused

    def _ask_keyring(self, login: Login, password: str, back: Callable[[], None]) -> None:
        account = self._turns().at(login).home.known_accounts(login)[-1]

        def still_away(error: AppError) -> None:
            self._still_locked(error)
            if isinstance(error, KeyringAway):
                # What else there is to say of it stands on the page.
                self._window.unlock.show_message(KEYRING_STILL_AWAY)

        def again(given: str) -> None:
            turns, failed = self._turns(), self._or_code(login, given, still_away)
            self._try(lambda: turns.take(account, given), self._signed_in, failed)

        def without() -> None:
            self._window.unlock.set_busy()
            if isinstance(self._secrets, KeyFiles):
                self._secrets.give_up_keyring(login)
            turns, failed = self._turns(), self._or_code(login, password, self._still_locked)
            self._try(lambda: turns.sign_in(login, password), self._signed_in, failed)

        self.let_go_if_closed()
        self._password.ask(account.user_name, KEYRING_AWAY, again, other=without, back=back)

    def _not_they(self) -> None:
        """Whoever can give nothing now leaves the desk to the others, and to who is at it."""
        self._ask_who(self._home.account())

    # People who take turns

    def _turns(self) -> Turns:
        asked = self._asked
        return Turns(
            home=self._home, secrets=self._secrets, desk=self._link.desk if self._link else None, opened=self._opened,
            businesses=self._businesses, is_wanted=lambda: asked == self._asked,
        )  # fmt: skip

    def _try(
        self, job: Callable[[], object], then: Callable[[object], None], failed: Callable[[AppError], None]
    ) -> None:  # fmt: skip
        """Have a job done that may bring somebody to the desk.

        Whoever has gone on meanwhile hears of it only where the desk is theirs by now.
        """
        asked = self._asked

        def done(told: object) -> None:
            if asked == self._asked or isinstance(told, Desk):
                then(told)
            else:
                self.let_go_if_closed()

        def refused(error: AppError) -> None:
            if asked == self._asked:
                failed(error)
            else:
                self.let_go_if_closed()

        self._submit(job, done, refused)

    def give_up_asking(self) -> None:
        """Let nobody come to the desk by what they have said so far."""
        self._asked += 1

    @property
    def desk(self) -> Desk | None:
        """The desk that is open, and somebody at it."""
        return self._link.desk if self._link is not None else None

    @property
    def opens_unasked(self) -> bool:
        """Whether the book opens at a start with no question."""
        account = self._home.account()
        return not isinstance(self._secrets, KeyFiles) and account is not None and not self._has_file(account)

    def servers(self) -> frozenset[str]:
        """The servers that people of this computer have signed in to."""
        return frozenset(one.login.reached for one in self._businesses.accounts())

    def let_in(self, told: object) -> None:
        """Take what the server has made of somebody who has shown who they are."""
        self._signed_in(told)

    def turns(self) -> Turns:
        """What opens a desk on this computer, as it stands now."""
        return self._turns()

    def ask_who_is_there(self) -> None:
        """Show who has signed in on this computer, for one of them to take the desk."""
        self.show_people()

    def show_people(self, message: str = "") -> None:
        """The same, with something to say to them."""
        self._asked += 1
        self._people.show_people(self._link.desk.account if self._link is not None else None, message)

    def _choose(self, account: Account) -> None:
        def then(password: str) -> None:
            failed = self._or_code(account.login, password, self._still_locked)
            failed = self._or_keyring(account.login, password, failed, back=self.ask_who_is_there)
            turns = self._turns()
            self._try(lambda: turns.take(account, password), self._signed_in, failed)

        asking = SWITCH if self._turns().at(account.login).pin_of(account) is None else SWITCH_BY_PIN
        self._password.ask(
            f"{account.user_name} · {self._people.words_of(account)}", asking, then, other=self.ask_who_is_there
        )

    def _ask_for_another(self) -> None:
        account = self._link.desk.account if self._link is not None else self._home.account()
        # Nobody is known where all books were set aside, and the one that was to come could not be begun.
        account = account or next(reversed(self._people.people()), None)
        self._show_form(account)
        if account is not None:
            self._window.sign_in.show_values(account.login.reached, account.tenant, "")

    def _back_to_work(self) -> None:
        self._asked += 1
        if self._window.is_locked:
            self._window.show_lock()
        else:
            self.showing.back_to_work()

    def go_on(self) -> None:
        """Let the person at the desk go on where they were: the lock is off."""
        self._window.unlock_pages()
        self._back_to_work()

    # Signing in

    def _sign_in(self, form: SignInForm) -> None:
        typed = Login(server=form.server, tenant=form.business, email=form.email)
        try:
            login = self._businesses.login_of(typed)
            before = self._businesses.elsewhere(login)
        except StorageFault as fault:
            self._refused(fault)
            return
        if before is None:
            self._sign_in_as(login, form)
        elif login not in self._has_moved:
            self._ask_moved(before, login, form)
        elif self._has_moved[login]:
            self._sign_in_moved(before, form)
        else:
            self._sign_in_as(login, form)

    def _ask_moved(self, before: Account, login: Login, form: SignInForm) -> None:
        """Ask whether it is the server of a book that is here: nothing but its person can say whose an address is."""

        def say(has_moved: bool) -> Callable[[], None]:  # noqa: FBT001 - the answer to a question
            def said() -> None:
                self._has_moved[login] = has_moved
                self._sign_in(form)

            return said

        self._agree, self._decline = say(True), say(False)
        view = self._window.sign_in
        view.set_busy(busy=False)
        named = before.business_name or before.tenant
        words = MOVED.format(business=named, before=before.login.reached, now=login.reached)
        view.ask(words, "Yes, sign in there", otherwise="No, this is another business")

    def _sign_in_moved(self, before: Account, form: SignInForm) -> None:
        def failed(error: AppError) -> None:
            if isinstance(error, NotThatServer):
                # It may have been a slip.
                self._has_moved.clear()
            self._refused(error)

        turns, code = self._turns(), form.code or None
        job = lambda: turns.sign_in_moved(before, form.server, form.password, code=code)  # noqa: E731
        away = self._or_keyring(before.login, form.password, failed, back=lambda: self._show_typed(before.login))
        self._try(job, self._signed_in, away)

    def _sign_in_as(self, login: Login, form: SignInForm) -> None:
        turns = self._turns()
        job = lambda: turns.sign_in(login, form.password, code=form.code or None)  # noqa: E731
        failed = self._or_keyring(login, form.password, self._refused, back=lambda: self._show_typed(login))
        self._try(job, self._signed_in, failed)

    def _show_typed(self, login: Login) -> None:
        """Show the whole form as somebody filled it in, but for what nobody else is to send."""
        self._show_form(None)
        self._window.sign_in.show_message("")
        self._window.sign_in.show_values(login.reached, login.tenant, login.email)

    def _or_code(
        self, login: Login, password: str, failed: Callable[[AppError], None]
    ) -> Callable[[AppError], None]:  # fmt: skip
        """Where the server asks for a code as well, the whole form asks for it, with all that was typed."""

        def refused(error: AppError) -> None:
            if needs_code(error):
                self.ask_code(login, password)
            else:
                failed(error)

        return refused

    def ask_code(self, login: Login, password: str) -> None:
        """Let the whole form ask for the code that the server wants beside a password, with all that was typed."""
        self.let_go_if_closed()
        self._show_typed(login)
        view = self._window.sign_in
        view.show_password(password)
        view.ask_code(NEEDS_CODE)

    def _signed_in(self, told: object) -> None:
        self._window.sign_in.set_busy(busy=False)
        self._window.sign_in.forget_password()
        if isinstance(told, Desk):
            # Whoever has shown who they are takes the lock off with it.
            self._window.unlock_pages()
            self._took(told)
        elif isinstance(told, Earlier):
            self._ask_earlier(told)
        elif isinstance(told, Anew):
            self._ask_anew(told)

    def _ask_anew(self, anew: Anew) -> None:
        """Ask somebody whom another business has let in than the one whose book is here."""

        def begin() -> None:
            turns = self._turns()
            self._try(lambda: turns.begin_anew(anew), self._signed_in, self._refused)

        self.let_go_if_closed()
        self._show_typed(anew.admitted.login)
        self._agree = begin
        self._window.sign_in.ask(BEGIN_ANEW, "Begin with a new book")

    def _refused(self, error: AppError) -> None:
        view = self._window.sign_in
        view.set_busy(busy=False)
        if needs_code(error):
            view.ask_code(NEEDS_CODE)
        elif view.asks_code and is_wrong(error):
            view.show_message(WRONG_CODE, about="code")
        else:
            fields = {Unreachable: "server", SignInRefused: "password", NotSignedIn: "password"}
            about = next((name for kind, name in fields.items() if isinstance(error, kind)), "")
            # Nothing that they could type is wrong.
            view.show_message(words_of(error), about="" if is_shut_out(error) else about)
        self.let_go_if_closed()

    def sign_in_again(self) -> None:
        """Ask for the password of the person at the desk, whose session the server has ended."""
        if self._link is None:
            return
        desk = self._link.desk
        account = desk.account

        def done(_: object) -> None:
            self._back_to_work()

        def then(password: str) -> None:
            failed = self._or_code(account.login, password, self._still_locked)
            self._try(lambda: desk.sign_in_again(password), done, failed)

        who = f"{desk.account.user_name} · {desk.account.tenant}"
        self._password.ask(who, SESSION_ENDED, then, other=self._back_to_work)

    # The desk

    def _took(self, desk: Desk) -> None:
        self._asked += 1
        syncs = self.showing.syncs(desk)
        self._let_go()
        self._go_to(desk.home)
        if not isinstance(desk.secrets, WrappedSecrets):
            # The keyring answers again, where it had not.
            self._secrets = desk.secrets
        self._note_business()
        self._link = DeskLink(desk, self._main, self)
        self.signing_out.set_link(self._link)
        self.showing.show(self._link, syncs=syncs)
        self.taken.emit()

    def _not_moved(self, error: AppError) -> None:
        self._let_go()
        self._not_opened(error)

    def _cleared(self) -> None:
        """The book that was open is deleted, for the server has shut out this computer or this person."""
        if self._link is not None:
            self._opened.pop(self._link.desk.account.login.id, None)
        # Nothing is behind a lock any more.
        self._window.unlock_pages()
        self._let_go()
        self.shutOut.emit(frozenset(one.login.id for one in self._businesses.accounts()))
        self._go_to(self._businesses.current())
        self._ask_who_and_tell()

    def _note_business(self) -> None:
        try:
            self._businesses.keep_current(self._home)
        except StorageFault:
            # It is open all the same: only the next start begins elsewhere.
            log.exception("session.business_not_noted")

    def _let_go(self) -> None:
        """The person before is not at the desk any more: nothing of theirs is shown, or comes."""
        link, self._link = self._link, None
        if link is not None:
            link.close()
            link.deleteLater()
            self.signing_out.set_link(None)
            self.showing.let_go()
            self.closed.emit()

    def let_go_if_closed(self) -> None:
        """Where the book of the one before had to be closed, and the next one's did not open, nobody is at the desk."""
        if self._link is not None and self._link.desk.is_closed:
            self._let_go()

    # Signing out

    def _leave(self, link: DeskLink, said: str) -> None:
        self._opened.pop(link.desk.account.login.id, None)
        self._let_go()
        self._show_form(link.desk.account)
        self._window.sign_in.set_busy(busy=True, said=said)

    def _left(self, said: str) -> None:
        self._window.sign_in.set_busy(busy=False)
        self._ask_who(self._home.account(), said)

    def _not_left(self, error: AppError) -> None:
        self._window.sign_in.set_busy(busy=False)
        if isinstance(error, TookAnother) and self._link is not None:
            # Somebody came before them, and is there.
            self._back_to_work()
        else:
            self._not_opened(error)
