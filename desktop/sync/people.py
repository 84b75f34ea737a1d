"""The people of a computer and their secrets: which replica somebody works on, and who can open it.

A replica's key is kept by replica, a refresh token by replica and person. With a keyring everybody's are in it. Without
one each person has a file of keys: a copy of the replica's key gets there while somebody is at the desk who has it.
"""

import secrets as random_bytes
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, Final

from desktop.config import Account, Home, Login
from desktop.store.database import KEY_BYTES, Database
from desktop.store.meta import Meta
from desktop.sync.device_key import kept_device
from desktop.sync.pins import NAME as PIN
from desktop.sync.secret_store import SecretStore, WrappedSecrets
from shared import ids
from shared.errors import StorageFault

_OF_A_REPLICA: Final = "key:"
_OF_A_PERSON: Final = ("session:", "verifier:", PIN)


def key_name(replica: str) -> str:
    """Under which name the key of a replica is kept."""
    return f"{_OF_A_REPLICA}{replica}"


def token_name(account: Account) -> str:
    """Under which name a person's refresh token at a replica is kept."""
    return f"session:{account.replica}:{account.login.person}"


def verifier_name(account: Account) -> str:
    """Under which name it is kept by what a person's password is known again."""
    # Another server takes other passwords, and has another replica.
    return f"verifier:{account.replica}:{account.login.person}"


def names_of(account: Account, *, alone: bool) -> list[str]:
    """Under which names a person's own secrets at a replica are kept; `alone`: they have no other replica here."""
    own = [token_name(account), verifier_name(account)]
    return [*own, f"{PIN}{account.login.id}"] if alone else own


def adopt_token(secrets: SecretStore, account: Account) -> None:
    """Give the token of a person who had a replica alone, as in versions up to 0.1, the name that it has now."""
    before = f"session:{account.replica}"
    kept = secrets.get(before)
    if kept is None:
        return
    if secrets.get(token_name(account)) is None:
        secrets.set(token_name(account), kept)
    secrets.delete(before)


def others_at(home: Home, account: Account) -> bool:
    """Whether anybody else works on the replica of an account."""
    mine = account.login.person
    return any(one.replica == account.replica and one.login.person != mine for one in home.accounts())


def replica_for(home: Home, secrets: SecretStore, login: Login, user: Mapping[str, Any]) -> str | None:
    """The replica on which somebody works whom the server has let in: theirs, or one to share; None for a new one.

    `user` is the server's word. Whoever had a replica goes on with it, unless it is another device's, or their view has
    become another while others use it: what waits there is sent by whoever opens it next.
    """
    return next(_fitting(home, secrets, login, user["view"]), None)


def account_for(home: Home, secrets: SecretStore, login: Login, user: Mapping[str, Any]) -> Account:
    """The account of somebody whom the server has let in; the key of a new replica is kept."""
    replica = replica_for(home, secrets, login, user)
    if replica is None:
        replica = ids.new_id()
        secrets.set(key_name(replica), random_bytes.token_hex(KEY_BYTES))
    server = login.server.rstrip("/")
    made = Account(server=server, tenant=login.tenant, email=login.email, replica=replica, user_name=user["name"])
    return made.with_view(user["view"])


def account_at(home: Home, secrets: SecretStore, login: Login) -> Account | None:
    """The account by which somebody goes on who may have several books here; None where the secrets open none.

    That is one of the device whose key the secrets hold, where there is such: in a book of another device every session
    is over, and what others have waiting there would be set aside. Among those it is the one that they had last, which
    shows what they saw last.
    """
    opened = (one for group in _opened(home, secrets) for one in group)
    return next((one for one in opened if one.login.id == login.id), None)


def _opened(home: Home, secrets: SecretStore) -> tuple[Sequence[Account], Sequence[Account]]:
    """Everybody's accounts whose books the secrets open, the latest first: those of this device, and of another."""
    found = [one for one in reversed(home.accounts()) if secrets.get(key_name(one.replica)) is not None]
    replicas = {one.replica for one in found}
    device = kept_device(home, secrets) if len(replicas) > 1 else None
    if device is None:
        return found, ()
    elsewhere = {one for one in replicas if _device_of(home, secrets, one) not in (None, device.id)}
    here = [one for one in found if one.replica not in elsewhere]
    return here, [one for one in found if one.replica in elsewhere]


def _device_of(home: Home, secrets: SecretStore, replica: str) -> str | None:
    """The device of a book; None where that cannot be read, or the book has none yet."""
    key, path = secrets.get(key_name(replica)), home.replica(replica)
    if key is None or not path.exists():
        return None
    try:
        with closing(Database(path, bytes.fromhex(key))) as database:
            return Meta(database).get("device")
    except StorageFault:
        return None


def _fitting(home: Home, secrets: SecretStore, login: Login, view: str) -> Iterator[str]:
    """The replicas that somebody can work on, the most fitting first."""
    for opened in _opened(home, secrets):
        for one in opened:
            if one.login.id == login.id and (one.known_view in ("", view) or not others_at(home, one)):
                yield one.replica
        for one in opened:
            same_book = (one.server, one.tenant) == (login.server.rstrip("/"), login.tenant)
            if same_book and one.known_view == view:
                yield one.replica


def share(giver: SecretStore, taker: SecretStore, replica: str) -> None:
    """Let another person open a replica: a copy of its key, and of all that is the computer's and no one person's.

    With a keyring both are the same store, and nothing is to be done.
    """
    if not isinstance(giver, WrappedSecrets) or not isinstance(taker, WrappedSecrets) or giver is taker:
        return
    held = taker.all()
    given = {
        name: secret
        for name, secret in giver.all().items()
        if name == key_name(replica) or not name.startswith((_OF_A_REPLICA, *_OF_A_PERSON))
    }
    taker.set_all({name: secret for name, secret in given.items() if name not in held})
