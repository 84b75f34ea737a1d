"""A desk without a window: the replica, the edits and questions of a person, and the engine behind them."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar
from weakref import WeakSet, WeakValueDictionary

from desktop.config import Account, Home, Login
from desktop.runtime.one_owner import Owner
from desktop.runtime.threads import Bell
from desktop.store import finding
from desktop.store.damage import Replaced, give_way, require_not_noted
from desktop.store.faults import DamagedFile
from desktop.store.meta import Identity
from desktop.store.people import AnotherBusiness
from desktop.store.replica import Replica
from desktop.sync import people, unlocking
from desktop.sync.admission import Admitted, ask_in
from desktop.sync.device_key import Device, keep_device, kept_device
from desktop.sync.ending import end_sessions
from desktop.sync.engine import Engine
from desktop.sync.exporting import Export
from desktop.sync.first_days import ToldDays, ask_days
from desktop.sync.office import Office
from desktop.sync.own_account import OwnAccount
from desktop.sync.replica_store import ReplicaStore
from desktop.sync.secret_store import SecretStore, WrappedSecrets
from desktop.sync.session import AtDesk, Session
from desktop.sync.shut_out import Departure, ShutOut, finish, finish_left
from desktop.sync.signing_in import sign_in
from desktop.sync.status import Connection
from desktop.sync.transport import Transport
from desktop.synced_book import SyncedBook
from shared import clock
from shared.errors import AppError, NotSignedIn, ProtocolMismatch, StorageFault, Unreachable
from shared.model.base import value

_T = TypeVar("_T")
log = logging.getLogger(__name__)
SECONDS_TO_SEND: Final = 15.0
"""How long a sign-out waits for what the server has not accepted yet, where the server is there."""


class TookAnother(AppError):
    """It comes too late: the desk is somebody else's by now, or the book has been closed."""

    def __init__(self) -> None:
        super().__init__("Somebody else is at the desk by now, or the book was closed. Nothing has changed.")


class Desk(SyncedBook):
    """Everything that one window, or none, needs of a business on this computer; people take turns at it."""

    def __init__(self, home: Home, secrets: SecretStore, account: Account, owner: Owner) -> None:
        """Open the replica of an account whose key the secret store has; `open` and `sign_in` make desks."""
        key = secrets.get(people.key_name(account.replica))
        if key is None:
            raise NotSignedIn
        people.adopt_token(secrets, account)
        self.home, self.account = home, account
        super().__init__(home.replica(account.replica), bytes.fromhex(key), account.login.reached)
        self._owner, self._secrets = owner, secrets
        self._transport = Transport(account.login.reached)
        self._sessions = WeakValueDictionary[str, Session]()
        self.session = AtDesk(self._session_of(secrets, account))
        self._replica_store = ReplicaStore(
            self.do,
            self.changes,
            is_shared=lambda: people.others_at(home, self.account),
            holds=lambda view, business: home.note_book(account.replica, view, business),
        )
        self._departure = Departure(
            home,
            self._transport,
            self._replica_store,
            at_desk=lambda: (self.account, self._secrets),
            known=lambda: self.do(lambda replica: replica.meta.all()),
            business=lambda: self.do(lambda replica: finding.name_of_business(replica.database)),
        )
        try:
            self.engine = Engine(
                self._transport, self.session, self._replica_store, departure=self._departure,
                on_status=lambda status: self._tell(status),
            )  # fmt: skip
        except BaseException:
            # It asks the book how it stands.
            self._store.stop(self.replica.close)
            raise
        self.office = Office(self._transport, self.session)
        self.own_account = OwnAccount(self._transport, self.session)
        self._exports = WeakSet[Export]()
        self._closed = self._is_let_go = False
        # Who comes to the desk, who leaves it and who closes it: one after the other, on whatever threads.
        self._changing = threading.RLock()

    @classmethod
    def open(cls, home: Home, secrets: SecretStore) -> "Desk | None":
        """The desk that this computer is set up for, with no question asked; None where somebody must sign in first.

        What is to be told of books that go with it is kept for the caller (`ShutOut.gone`). Raises StorageFault where
        another process has it open or the file is damaged.
        """
        finish_left(home, secrets)
        account = home.account()
        if account is None or secrets.get(people.key_name(account.replica)) is None:
            return None
        try:
            with cls._opening(home, secrets, account) as desk:
                desk._begin_as_noted()
        except NotSignedIn:
            return None
        return desk

    def _begin_as_noted(self) -> None:
        """Go on as the person of the account; raises NotSignedIn where that may be somebody else's place."""
        person = self.account.login.person
        # A crash may have come between taking the desk and noting that; a file of keys has asked for the password.
        if not isinstance(self._secrets, WrappedSecrets) and not self.do(lambda replica: replica.was_last(person)):
            raise NotSignedIn
        self._become(person)
        self._gather(self._secrets, self.account)
        self.engine.begin_with_another()

    def _become(self, person: str) -> None:
        """Let somebody go on who was let in before; an earlier version did not note at which device, and as whom."""
        identity, users = self.do(lambda replica: (replica.become(person), replica.people.users()))
        try:
            self.home.note_device_of(self.account.replica, identity.device)
            self.home.note_users(self.account.replica, users)
        except StorageFault:
            # They are at the desk all the same: a book of which that is not known goes with none.
            log.exception("desk.device_not_noted")

    @classmethod
    def open_for(cls, home: Home, secrets: SecretStore, account: Account) -> "Desk":
        """The desk of somebody who has unlocked their own secrets here. Raises StorageFault.

        Raises NotSignedIn where their session is over: then only the server can let them in.
        """
        with cls._opening(home, secrets, account) as desk:
            desk._begin_session(secrets, account)
            desk.engine.begin_with_another()
            home.keep_account(account)
        return desk

    @classmethod
    def sign_in(
        cls, home: Home, secrets: SecretStore, *, server: str, tenant: str, email: str, password: str
    ) -> "Desk":
        """Sign in at the server; the desk is new, or the one that this computer has for such a person.

        Raises SignInRefused, Unreachable, Busy, StorageFault, AnotherBusiness.
        """
        login = Login(server=server, tenant=tenant, email=email)
        return cls.enter(home, secrets, ask_in(home, secrets, login, password))

    @classmethod
    def enter(cls, home: Home, secrets: SecretStore, admitted: Admitted) -> "Desk":
        """The desk of somebody whom the server has let in. Raises StorageFault and AnotherBusiness."""
        account = people.account_for(home, secrets, admitted.login, admitted.user)
        with cls._opening(home, secrets, account) as desk:
            desk._let_in(secrets, account, admitted)
            desk.engine.begin_with_another()
            # Last of all: what is opened at the next start has an owner.
            home.keep_account(account)
        return desk

    @classmethod
    @contextmanager
    def _opening(cls, home: Home, secrets: SecretStore, account: Account) -> Iterator["Desk"]:
        """A desk that is closed again where the block fails.

        Raises Replaced where its book proves to be damaged: it has given way to another then.
        """
        book = home.replica(account.replica)
        try:
            require_not_noted(book)
            desk = cls._owned(home, secrets, account)
            with desk._closed_if_it_fails():
                # Found now it gives way at once; found as it is sent, at the next start.
                desk.do(lambda replica: replica.outbox.look_through())
                yield desk
        except DamagedFile as damaged:
            log.exception("desk.book_damaged", extra={"replica": account.replica})
            key = bytes.fromhex(secrets.get(people.key_name(account.replica)) or "")
            owner = Owner(home.lock)
            try:
                replaced = give_way(book, key)
            finally:
                owner.release()
            raise replaced from damaged

    @classmethod
    def _owned(cls, home: Home, secrets: SecretStore, account: Account) -> "Desk":
        owner = Owner(home.lock)
        try:
            return cls(home, secrets, account, owner)
        except BaseException:
            owner.release()
            raise

    @contextmanager
    def _closed_if_it_fails(self) -> Iterator[None]:
        """Whoever tries again finds the book free."""
        try:
            yield
        except BaseException:
            with suppress(StorageFault):
                self.close()
            raise

    def _session_of(self, secrets: SecretStore, account: Account) -> Session:
        """The session of whoever takes the desk: that of before where they were at it and it is still at work."""
        name = people.token_name(account)
        known = self._sessions.get(name)
        if known is not None and known.secrets is secrets:
            return known
        device = lambda: kept_device(self.home, secrets)  # noqa: E731
        made = self._sessions[name] = Session(self._transport, secrets, name, device=device)
        return made

    def _let_in(self, secrets: SecretStore, account: Account, admitted: Admitted) -> None:
        """Keep what the server gave to somebody."""
        # The book first: where the program dies before the token is kept, the password is asked once more, and no
        # edit is ever sent by a device on which its author has no session.
        self._identify(account, admitted.user, admitted.device)
        keep_device(self.home, secrets, admitted.device)
        self._let_go_elsewhere(secrets, account)
        self._session_of(secrets, account).renew(admitted.refresh_token)
        unlocking.remember(secrets, account, admitted.password)
        self._gather(secrets, account)

    def _identify(self, account: Account, user: Mapping[str, Any], device: Device) -> None:
        """Note who is at the desk, as the server has named them: whom it lets in has no book that goes.

        Raises AnotherBusiness, and nothing has changed then.
        """
        self._require_business(account.login, user)
        ShutOut(self.home).forget(account, device.id)
        identity = Identity(
            replica=account.replica,
            device=device.id,
            tenant=account.tenant,
            session=user["session"],
            user_id=user["id"],
            user_name=user["name"],
            role=user["role"],
        )
        if self.home.device_of(account.replica) != device.id:
            # Of neither, in case the program ends before both say the same: the book is not to go with another's.
            self.home.note_device_of(account.replica, "")
        person = account.login.person
        self.do(lambda replica: replica.identify(identity, login=person, business=people.business_of(user)))
        self.home.note_device_of(account.replica, device.id)

    def _require_business(self, login: Login, user: Mapping[str, Any]) -> None:
        """Raise AnotherBusiness where the book is of another one than the server's word."""
        people.require_business(self.home, login, user)
        business, user_id = people.business_of(user), user["id"]
        # What an earlier version has noted beside the book does not say it.
        self.do(lambda replica: replica.require_business(business, user_id=user_id, login=login.person))

    # People who take turns

    def device_for(self, secrets: SecretStore, login: Login) -> SecretStore:
        """The secrets with whose device somebody signs in: the desk's, unless they have another and another book."""
        works_here = any(one.replica == self.account.replica for one in self.home.known_accounts(login))
        return self._secrets if works_here or kept_device(self.home, secrets) is None else secrets

    def shares_with(self, secrets: SecretStore, admitted: Admitted) -> bool:
        """Whether somebody whom the server has let in works on this book: they get what opens it, where they may.

        Raises AnotherBusiness.
        """
        login, user, mine = admitted.login, admitted.user, self.account
        same_book = mine.is_named_as(login)
        if same_book:
            self._require_business(login, user)
        if admitted.device != kept_device(self.home, self._secrets):
            # The server knows a replica as one device's.
            return False
        same_view = people.view_of(user) == self.do(lambda replica: replica.meta.get("view"))
        if same_book and same_view and people.may_open(self.home, mine.replica, login, user):
            people.share(self._secrets, secrets, mine.replica)
        return people.replica_for(self.home, secrets, login, user) == mine.replica

    def admit(
        self, secrets: SecretStore, admitted: Admitted, *, is_wanted: Callable[[], bool] = lambda: True
    ) -> None:  # fmt: skip
        """Hand the desk to somebody whom the server has let in and who works on this book.

        Raises StorageFault, AnotherBusiness, and TookAnother where it was closed meanwhile or they wait for it no more.
        """
        with self._made_way(is_wanted):
            account = people.account_for(self.home, secrets, admitted.login, admitted.user)
            try:
                self._let_in(secrets, account, admitted)
            except BaseException:
                self._stay()
                raise
            self._go_on_as(secrets, account)

    @contextmanager
    def _made_way(self, is_wanted: Callable[[], bool]) -> Iterator[None]:
        """Within the block book, account and session may name two people: nobody else comes, and no round counts."""
        with self._changing:
            if self._closed or self._is_let_go or not is_wanted():
                raise TookAnother
            self.engine.make_way()
            try:
                yield
            except BaseException:
                self.engine.stay()
                raise
            self.engine.begin_with_another()

    def _stay(self) -> None:
        """Let who was at the desk be at it still: no edit of theirs is to be in another's name. Else it is closed."""
        person = self.account.login.person
        with suppress(NotSignedIn, StorageFault), self._closed_if_it_fails():
            self.do(lambda replica: replica.become(person))

    def hand_over(
        self, secrets: SecretStore, account: Account, *, is_wanted: Callable[[], bool] = lambda: True
    ) -> None:  # fmt: skip
        """Hand the desk to somebody who has unlocked their own secrets and works on this book. Raises StorageFault.

        Raises NotSignedIn where their session is over or was another device's, and TookAnother as `admit` does; nothing
        has changed then.
        """
        with self._made_way(is_wanted):
            self._let_go_elsewhere(secrets, account)
            try:
                self._begin_session(secrets, account)
            except Replaced:
                self._stay()
                raise
            self._go_on_as(secrets, account)

    def _let_go_elsewhere(self, secrets: SecretStore, account: Account) -> None:
        """Have an exchange of before end first where it keeps its token in another store of the same file."""
        name = people.token_name(account)
        at_work = self._sessions.get(name)
        if at_work is not None and at_work.secrets is not secrets and (token := at_work.hand_over()) is not None:
            secrets.set(name, token)

    def _begin_session(self, secrets: SecretStore, account: Account) -> None:
        """Let the person of an account be the one at the desk, with the session that they have."""
        people.adopt_token(secrets, account)
        person, token = account.login.person, secrets.get(people.token_name(account))
        if token is None:
            token = self.do(lambda replica: replica.kept_token(person))
            if token is None:
                raise NotSignedIn
            secrets.set(people.token_name(account), token)
        device = kept_device(self.home, secrets)
        if device is not None and device.id != self.do(lambda replica: replica.identity().device):
            raise NotSignedIn
        self._become(person)
        self._gather(secrets, account)

    def _gather(self, secrets: SecretStore, account: Account) -> None:
        """Take in what somebody, who is at the desk, entered into other books here: nobody else would ever send it.

        There is another where the keyring did not answer for a while. What cannot be taken in stays where it is.
        Raises Replaced where one proves to be damaged: it has given way to another then, of which whoever tries again
        takes in what could be read.
        """
        for one in self.home.known_accounts(account.login):
            if one.replica == account.replica:
                continue
            try:
                key, path = secrets.get(people.key_name(one.replica)), self.home.replica(one.replica)
                if key is not None:
                    self._take_in(_Beside(path=path, key=bytes.fromhex(key)), account)
            except Replaced:
                log.exception("desk.book_beside_damaged", extra={"replica": one.replica})
                raise
            except AppError as error:
                log.warning("desk.not_gathered", extra={"replica": one.replica, "why": str(error)})

    def _take_in(self, other: "_Beside", account: Account) -> None:
        user = self.do(Replica.identity).user_id
        waiting = other.ask(lambda replica: replica.outbox.of(user))
        if waiting:
            if account.replica not in {one.replica for one in self.home.known_accounts(account.login)}:
                # First of all: after a crash nobody would open a new book that nothing is known of.
                self.home.know(account)
            # In this order: a crash in between leaves them in both, and they are known by their ids.
            self.change(lambda replica: (None, replica.take_in(waiting)))
            other.ask(lambda replica: replica.give_away(waiting))
            log.info("desk.gathered", extra={"count": len(waiting)})

    def _go_on_as(self, secrets: SecretStore, account: Account) -> None:
        self._secrets, self.account = secrets, account
        self.session.session = self._session_of(secrets, account)
        try:
            self.home.keep_account(account)
        except StorageFault:
            # They are at the desk all the same: only the next start does not know of it.
            log.exception("desk.person_not_noted")

    def sign_in_again(self, password: str) -> None:
        """Begin a new session for the person at the desk, after the server has ended the last one.

        Where the password wraps the keys, it is the one that the server takes from now on. Raises TookAnother where
        somebody else has come to the desk before the server's answer, and AnotherBusiness; nothing of it is kept then.
        """
        secrets, account, session = self._secrets, self.account, self.session.session
        device, answer = sign_in(self._transport, self.home, secrets, account.login, password)
        try:
            with self._made_way(lambda: self.session.session is session):
                self._identify(account, answer["user"], device)
                keep_device(self.home, secrets, device)
                session.begin(answer)
        except (TookAnother, AnotherBusiness):
            with suppress(AppError):
                session.sign_out(answer["refresh_token"])
            raise
        _know_by(secrets, account, password)

    def _require_still(self, account: Account | None) -> None:
        """Raise TookAnother where the desk is not theirs any more whose it was; None for whoever is there."""
        is_theirs = account is None or self.account.login.id == account.login.id
        if self._closed or self._is_let_go or not is_theirs:
            raise TookAnother

    def change_password(self, old: str, new: str) -> None:
        """Set another password of the person at the desk, by which this computer knows them from then on, too.

        Raises what the server has against it, and StorageFault where it is changed there and cannot be kept here.
        """
        # Whoever takes the desk meanwhile has a password of their own.
        secrets, account = self._secrets, self.account
        self.own_account.change_password(old, new)
        _know_by(secrets, account, new)

    def sign_out(self, account: Account | None = None) -> int:
        """Let the person at the desk go, and close: how many of their edits still wait.

        `account` is whose wish it is: raises TookAnother, and nothing has changed, where that is not who is there.

        They are sent first, where the server is there. What cannot be sent now waits in the book under their name, and
        their session goes on until it is decided: whoever opens the book next sees to both. Raises StorageFault.
        """
        with self._changing:
            self._require_still(account)
            # From here on nobody comes to it.
            self._is_let_go = True
        with closing(self):
            self._wait(lambda: not self.do(Replica.mine_that_wait) or self.status.connection is not Connection.ONLINE)
            # A round that is under way finds nobody signed in from here on, which says nothing of the server.
            is_online = self.status.connection is Connection.ONLINE
            token = self.session.session.hand_over()
            if token is not None:
                self.do(lambda replica: replica.leave(token))
            # In this order: a crash in between leaves somebody signed in, and never a session that nobody could end.
            self.home.forget_account()
            self.session.session.forget()
            waiting = self.do(Replica.mine_that_wait)
            if is_online:
                # Elsewhere it goes on for now: who comes back without a network finds it.
                with suppress(Unreachable):
                    end_sessions(self.session, self._replica_store)
        return waiting

    def move(self, account: Account | None = None) -> "Desk":
        """Close this book, which others go on with, and open one of what the person at the desk may hold now.

        Raises Unreachable and what a refresh raises where the server has not answered all that waits, or does not say
        who this is, and ProtocolMismatch where what they may hold has a name of another version; then this desk is open
        still. Raises TookAnother where it is not the desk of who wished it any more (`account`), or was closed
        meanwhile; it stays as it is then. Raises StorageFault, and it is closed.
        """
        with self._changing:
            self._require_still(account)
            before, secrets, session = self.account, self._secrets, self.session.session
        self._wait(lambda: self.engine.is_all_sent)
        if not self.engine.is_all_sent:
            raise Unreachable("What was entered here is not sent yet.")
        device, user = kept_device(self.home, secrets), session.who()
        if device is None:
            raise NotSignedIn
        if not people.view_of(user):
            # It would be this book again, which is not to be seen.
            raise ProtocolMismatch("The server and this program are not of the same version: one is to be upgraded.")
        with self._changing:
            self._require_still(before)
            self.close()
        after = people.account_for(self.home, secrets, before.login, user)
        if after.replica != before.replica and (token := session.hand_over()) is not None:
            secrets.set(people.token_name(after), token)
        with Desk._opening(self.home, secrets, after) as desk:
            desk._identify(after, user, device)
            desk.engine.begin_with_another()
            self.home.keep_account(after)
        if after.replica != before.replica:
            session.forget()
        return desk

    def _wait(self, over: Callable[[], bool]) -> None:
        """Sync until it is over, or for as long as somebody would look at a clock."""
        bell, end = Bell(), clock.monotonic() + SECONDS_TO_SEND
        listens_no_more = self.on_status(lambda status: bell.ring())
        try:
            self.engine.sync_now()
            while not over() and (left := end - clock.monotonic()) > 0:
                bell.wait(left)
        finally:
            listens_no_more()

    def days_around_today(self, location: str = "") -> ToldDays:
        """What the server has of yesterday, today and tomorrow: to be read while there is no book. Raises as a pull."""
        return ask_days(self._transport, self.session, location)

    def export(self, customer: str | None) -> Export:
        """An export of the business, or of one customer by their id; it comes to nothing where the desk closes."""
        made = Export(self.server, self.session, customer)
        self._exports.add(made)
        return made

    def close(self) -> None:
        """End syncing and close the book; what waits stays for the next start. A second time does nothing."""
        with self._closing():
            pass

    def clear(self, account: Account | None = None) -> list[str]:
        """Close the book of a device or person that was shut out, and delete what is to be deleted; what to tell of it.

        `account` is who was at the desk then: raises TookAnother where somebody else has come, and nothing has changed.
        Raises StorageFault; the next start goes on with it.
        """
        with self._changing:
            self._require_still(account)
            with self._closing():
                return finish(self.home, self._secrets)

    @contextmanager
    def _closing(self) -> Iterator[None]:
        """Nothing of the desk is open within the block, and it is nobody else's yet."""
        # Whoever comes to the desk just now may be waiting for the network.
        self._transport.interrupt()
        with self._changing:
            try:
                if not self._closed:
                    self._closed = True
                    try:
                        for one in tuple(self._exports):
                            one.cancel()
                        self.engine.stop()
                    finally:
                        self._store.stop(self.replica.close)
                yield
            finally:
                # Whatever the disk says to the end of it: whoever comes next finds the book free, and nothing at work
                # in it.
                self._store.at_end(self._owner.release)

    @property
    def secrets(self) -> SecretStore:
        """The secrets of the person at the desk."""
        return self._secrets

    @property
    def is_closed(self) -> bool:
        """Whether the book is closed."""
        return self._closed


@value
class _Beside:
    """A book of the home that is not gone on with, and that nobody else opens while this desk has the home."""

    path: Path
    key: bytes

    def ask(self, question: Callable[[Replica], _T]) -> _T | None:
        """What it answers; None where it is not there. Raises Replaced where it proves to be damaged."""
        try:
            require_not_noted(self.path)
            if not self.path.exists():
                return None
            with closing(Replica(self.path, self.key)) as replica:
                return question(replica)
        except DamagedFile as damaged:
            raise give_way(self.path, self.key) from damaged


def _know_by(secrets: SecretStore, account: Account, password: str) -> None:
    """Have this computer open what it keeps of a person by the password that the server takes."""
    if isinstance(secrets, WrappedSecrets):
        secrets.rewrap(password)
    unlocking.remember(secrets, account, password)
