"""A desk without a window: the replica, the edits and questions of a person, and the engine behind them."""

import secrets as random_bytes
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from desktop.config import Account, Home, Login
from desktop.operations.operation import Operation
from desktop.runtime.changes import Changes, Tables
from desktop.runtime.one_owner import Owner
from desktop.runtime.threads import StoreThread
from desktop.store import checksums
from desktop.store.base import Touched
from desktop.store.checksums import Summed
from desktop.store.database import KEY_BYTES
from desktop.store.fork import begin_again
from desktop.store.load import Load
from desktop.store.meta import HIDDEN, VERIFIED, Identity, identity_of
from desktop.store.replica import Edited, Replica
from desktop.store.rows import Line
from desktop.store.turning import Turned
from desktop.sync.device_key import Device, keep_device, kept_device
from desktop.sync.engine import Engine
from desktop.sync.engine_store import Place
from desktop.sync.secret_store import SecretStore, WrappedSecrets
from desktop.sync.session import Session
from desktop.sync.signing_in import sign_in
from desktop.sync.status import SyncStatus
from desktop.sync.transport import Transport
from shared import clock, ids
from shared.clock import instant_text
from shared.errors import NotSignedIn, Unreachable
from shared.model.registry import SCHEMA_VERSION
from shared.protocol.proofs import sign_out_text

T = TypeVar("T")
_NO_SEQ: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """What the server gave to somebody whose password it took."""

    login: Login
    device: Device
    """Where it let them in."""
    refresh_token: str
    user: Mapping[str, Any]


def ask_in(home: Home, secrets: SecretStore | None, login: Login, password: str) -> Admitted:
    """Ask the server to let somebody in; nothing is kept here yet. Raises SignInRefused, Unreachable, Busy.

    `secrets` is None while they cannot be opened: then it is at a device of its own.
    """
    with closing(Transport(login.server)) as transport:
        device, answer = sign_in(transport, home, secrets, login, password)
    return Admitted(login=login, device=device, refresh_token=answer["refresh_token"], user=answer["user"])


def at_own_device(home: Home, secrets: SecretStore, admitted: Admitted, password: str) -> Admitted:
    """The same person, let in at the device whose key the secrets hold, now that they are open.

    Raises SignInRefused, Unreachable, Busy.
    """
    if kept_device(home, secrets) in (None, admitted.device):
        return admitted
    own = ask_in(home, secrets, admitted.login, password)
    token = admitted.refresh_token
    # Where it does not arrive the session lapses: nobody has its token.
    with suppress(Unreachable), closing(Transport(admitted.login.server)) as transport:
        transport.sign_out(token, admitted.device.sign(sign_out_text(token)))
    return own


class Desk:
    """Everything that one window, or none, needs of a business on this computer."""

    def __init__(self, home: Home, secrets: SecretStore, account: Account, owner: Owner) -> None:
        """Open the replica of an account whose key the secret store has; `open` and `sign_in` make desks."""
        key = secrets.get(_key_name(account.replica))
        if key is None:
            raise NotSignedIn
        self.home, self.account = home, account
        self.changes = Changes()
        self._owner, self._secrets = owner, secrets
        self._store = StoreThread()
        try:
            self.replica = self._store.call(lambda: Replica(home.replica(account.replica), bytes.fromhex(key)))
        except BaseException:
            self._store.stop()
            raise
        self._transport = Transport(account.server)
        self.session = Session(
            self._transport, secrets, _token_name(account.replica), device=lambda: kept_device(home, secrets)
        )
        self.engine = Engine(self._transport, self.session, _Store(self), on_status=lambda status: self._tell(status))
        self._closed = False
        self._listeners: list[Callable[[SyncStatus], None]] = []

    @classmethod
    def open(cls, home: Home, secrets: SecretStore) -> "Desk | None":
        """The desk that this computer is set up for, with no question asked; None where somebody must sign in first.

        Raises StorageFault where another process has it open or the file is damaged.
        """
        account = home.account()
        if account is None or secrets.get(_key_name(account.replica)) is None:
            return None
        return cls._owned(home, secrets, account)

    @classmethod
    def sign_in(
        cls, home: Home, secrets: SecretStore, *, server: str, tenant: str, email: str, password: str
    ) -> "Desk":
        """Sign in at the server; the desk is new, or the one that this computer has for the same person.

        Raises SignInRefused, Unreachable, Busy, StorageFault.
        """
        login = Login(server=server, tenant=tenant, email=email)
        return cls.enter(home, secrets, ask_in(home, secrets, login, password))

    @classmethod
    def enter(cls, home: Home, secrets: SecretStore, admitted: Admitted) -> "Desk":
        """The desk of somebody whom the server has let in. Raises StorageFault."""
        login, user = admitted.login, admitted.user
        account = _account_for(home, secrets, login, user)
        desk = cls._owned(home, secrets, account)
        identity = Identity(
            replica=account.replica,
            device=admitted.device.id,
            tenant=login.tenant,
            session=user["session"],
            user_id=user["id"],
            user_name=user["name"],
            role=user["role"],
        )
        try:
            # The book first: where the program dies before the token is kept, the password is asked once more, and no
            # edit is ever sent by a device on which its author has no session.
            desk.do(lambda replica: replica.identify(identity))
            keep_device(home, secrets, admitted.device)
            secrets.set(_token_name(account.replica), admitted.refresh_token)
            # Last of all: what is opened at the next start has an owner.
            home.keep_account(account)
        except BaseException:
            desk.close()
            raise
        return desk

    @classmethod
    def _owned(cls, home: Home, secrets: SecretStore, account: Account) -> "Desk":
        owner = Owner(home.lock)
        try:
            return cls(home, secrets, account, owner)
        except BaseException:
            owner.release()
            raise

    def sign_in_again(self, password: str) -> None:
        """Begin a new session for the person at the desk, after the server has ended the last one.

        Where the password wraps the keys, it is the one that the server takes from now on.
        """
        identity = self.do(lambda replica: replica.identity())
        device, answer = sign_in(self._transport, self.home, self._secrets, self.account.login, password)
        user = answer["user"]
        renewed = Identity(
            replica=identity.replica,
            device=device.id,
            tenant=identity.tenant,
            session=user["session"],
            user_id=user["id"],
            user_name=user["name"],
            role=user["role"],
        )
        self.do(lambda replica: replica.identify(renewed))
        keep_device(self.home, self._secrets, device)
        self.session.begin(answer)
        self.engine.sync_now()
        if isinstance(self._secrets, WrappedSecrets):
            self._secrets.rewrap(password)

    def sign_out(self) -> None:
        """End the session here and on the server, and close; what waits is sent when the same person signs in again.

        Raises Unreachable where the server could not be told; it is done here all the same.
        """
        self.home.forget_account()
        try:
            self.session.sign_out()
        finally:
            self.close()

    def start(self) -> None:
        """Begin to sync."""
        self.engine.start()

    def close(self) -> None:
        """End syncing and close the book; what waits stays for the next start. A second time does nothing."""
        if self._closed:
            return
        self._closed = True
        self.engine.stop()
        self._store.call(self.replica.close)
        self._store.stop()
        self._owner.release()

    def run(self, operation: Operation) -> "Future[Edited]":
        """Make an edit. The future raises Refusal where the rules say no, StorageFault where the disk does."""
        return self._store.submit(lambda: self._edit(operation))

    def run_from(self, make: Callable[[Replica], Operation | None]) -> "Future[Edited | None]":
        """Make the edit that `make` draws from the book as it is when its turn comes; none where it draws none."""

        def job() -> Edited | None:
            operation = make(self.replica)
            return None if operation is None else self._edit(operation)

        return self._store.submit(job)

    def edit(self, operation: Operation) -> Edited:
        """Make an edit and wait for it."""
        return self._store.call(lambda: self._edit(operation))

    def _edit(self, operation: Operation) -> Edited:
        edited = self.replica.edit(operation.name, operation.args, label=operation.label, macro=operation.macro)
        self.changes.tell(dict(edited.touched) | {"outbox": frozenset()})
        self.engine.edited()
        return edited

    def turn(self, turn: Callable[[Replica], tuple[Turned | None, T]]) -> "Future[tuple[Turned | None, T]]":
        """Take back a step or do it again, as `turn` does; the future raises StorageFault where the disk does."""

        def job() -> tuple[Turned | None, T]:
            turned, answer = turn(self.replica)
            self.changes.tell(dict(turned.touched if turned else {}) | {"outbox": frozenset()})
            self.engine.edited()
            return turned, answer

        return self._store.submit(job)

    def change(self, work: Callable[[Replica], tuple[T, Tables]]) -> T:
        """Have the store thread make several edits of one kind and say which rows they touched, and wait for it."""
        return self._store.call(lambda: self._change(work))

    def _change(self, work: Callable[[Replica], tuple[T, Tables]]) -> T:
        answer, touched = work(self.replica)
        self.changes.tell(dict(touched) | {"outbox": frozenset()})
        self.engine.edited()
        return answer

    def ask(self, question: Callable[[Replica], T]) -> "Future[T]":
        """Ask the book something."""
        return self._store.submit(lambda: question(self.replica))

    def do(self, question: Callable[[Replica], T]) -> T:
        """Ask the book something and wait for the answer."""
        return self._store.call(lambda: question(self.replica))

    @property
    def status(self) -> SyncStatus:
        """How syncing stands."""
        return self.engine.status

    def on_status(self, listener: Callable[[SyncStatus], None]) -> None:
        """Tell `listener`, on the engine's thread, whenever the status changes."""
        self._listeners.append(listener)

    def _tell(self, status: SyncStatus) -> None:
        for listener in self._listeners:
            listener(status)


class _Store:
    """The replica as the engine sees it: every call waits for the store thread."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def place(self) -> Place:
        return self._desk.do(_place)

    def registered(self, answer: Mapping[str, Any]) -> None:
        self._desk.do(lambda replica: replica.registered(answer))

    def unsent(self, limit: int, after: int) -> Sequence[Mapping[str, Any]]:
        return self._desk.do(lambda replica: replica.unsent(limit, after))

    def waiting(self) -> int:
        return self._desk.do(lambda replica: replica.outbox.count())

    def last_contact(self) -> datetime | None:
        return self._desk.do(lambda replica: replica.meta.moment("last_contact"))

    def begin_again(self, *, offer_sent: bool) -> None:
        self._desk.do(lambda replica: begin_again(replica.database, ids.new_id(), offer_sent=offer_sent))

    def hidden(self) -> str | None:
        return self._desk.do(lambda replica: replica.meta.get(HIDDEN))

    def note_hidden(self, why: str | None) -> None:
        self._desk.do(lambda replica: _note_hidden(replica, why))

    def verified(self) -> datetime | None:
        return self._desk.do(lambda replica: replica.meta.moment(VERIFIED))

    def note_verified(self) -> None:
        self._desk.do(lambda replica: _note_now(replica, VERIFIED))

    def most_rows(self) -> int:
        return self._desk.do(lambda replica: checksums.most_rows(replica.database))

    def next_sum(self, table: str, start: str | None, rows: int) -> Summed:
        return self._desk.do(lambda replica: checksums.next_sum(replica.database, table, start, rows))

    def range_sum(self, table: str, start: str | None, before: str | None, without: Collection[str]) -> Summed:
        return self._desk.do(
            lambda replica: checksums.range_sum(replica.database, table, start, before, without=without)
        )

    def touch_contact(self) -> None:
        self._desk.do(lambda replica: _note_now(replica, "last_contact"))

    def apply_lines(self, lines: Iterator[Line]) -> None:
        self._tell(self._desk.do(lambda replica: replica.apply_lines(lines)))

    def load(self) -> Load:
        return self._desk.do(lambda replica: replica.load())

    def take_over(self, load: Load) -> None:
        self._tell(self._desk.do(lambda replica: replica.take_over(load)))

    def _tell(self, touched: Touched) -> None:
        rows = {table: frozenset(found) for table, found in touched.items()}
        self._desk.changes.tell(rows | {"outbox": frozenset()})


def _note_now(replica: Replica, name: str) -> None:
    with replica.database.transaction():
        replica.meta.set(name, instant_text(clock.now()))


def _note_hidden(replica: Replica, why: str | None) -> None:
    with replica.database.transaction():
        if why is None:
            replica.meta.delete(HIDDEN)
        else:
            replica.meta.set(HIDDEN, why)


def _place(replica: Replica) -> Place:
    known = replica.meta.all()
    identity = identity_of(known)
    return Place(
        replica=identity.replica,
        device=identity.device,
        schema=SCHEMA_VERSION,
        epoch=known.get("epoch"),
        cursor=known.get("cursor"),
        version=int(known.get("version") or _NO_SEQ),
        view=known.get("view"),
        is_loading=replica.is_loading,
    )


def _account_for(home: Home, secrets: SecretStore, login: Login, user: Mapping[str, Any]) -> Account:
    """The account as it is kept; the same person at the same business goes on with the same replica."""
    known = (one.replica for one in home.known_accounts(login))
    replica = next((one for one in known if secrets.get(_key_name(one)) is not None), None)
    if replica is None:
        replica = ids.new_id()
        secrets.set(_key_name(replica), random_bytes.token_hex(KEY_BYTES))
    server = login.server.rstrip("/")
    return Account(server=server, tenant=login.tenant, email=login.email, replica=replica, user_name=user["name"])


def _key_name(replica: str) -> str:
    return f"key:{replica}"


def _token_name(replica: str) -> str:
    return f"session:{replica}"
