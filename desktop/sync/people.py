"""The people of a computer and their secrets: which replica somebody works on, and who can open it.

A replica's key is kept by replica, a refresh token by replica and person. With a keyring everybody's are in it. Without
one each person has a file of keys: a copy of the replica's key gets there while somebody is at the desk who has it.
"""

import secrets as random_bytes
from collections.abc import Iterator, Mapping
from typing import Any, Final

from desktop.config import Account, Home, Login
from desktop.store.database import KEY_BYTES
from desktop.store.people import AnotherBusiness
from desktop.sync.pins import NAME as PIN
from desktop.sync.pins import Pin
from desktop.sync.secret_store import SecretStore, WrappedSecrets
from shared import ids
from shared.model.registry import SCHEMA_VERSION

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

    `user` is the server's word. Whoever had a replica goes on with it, unless their view has become another while
    others use it: what waits there is sent by whoever opens it next. Nobody comes to share one that does not know its
    business yet, as earlier versions left it: it may be of one that had the name before. Raises AnotherBusiness where
    this computer has books of another one under the same name.
    """
    require_business(home, login, user)
    return next(_fitting(home, secrets, login, user), None)


def require_business(home: Home, login: Login, user: Mapping[str, Any]) -> None:
    """Raise AnotherBusiness where it is known here of books that they are of another one under the same name."""
    if any(one.is_of_another_business(login, user) for one in home.accounts()):
        raise AnotherBusiness


def view_of(user: Mapping[str, Any]) -> str:
    """What somebody may hold, by the server's word; empty where that is a name for other columns than this program's.

    Where a server does not say of which columns it is, it counts as one for these.
    """
    view: str = user["view"]
    return view if user.get("schema", SCHEMA_VERSION) == SCHEMA_VERSION else ""


def business_of(user: Mapping[str, Any]) -> str:
    """Which business somebody works for, by the server's word; empty where an older one does not say."""
    business: str = user.get("business", "")
    return business


def account_for(home: Home, secrets: SecretStore, login: Login, user: Mapping[str, Any]) -> Account:
    """The account of somebody whom the server has let in; the key of a new replica is kept. Raises AnotherBusiness."""
    replica = replica_for(home, secrets, login, user)
    pin = Pin(secrets, login)
    if pin.is_set and not home.known_accounts(login):
        # It is of whoever had this e-mail at a business whose books are set aside.
        pin.remove()
    if replica is None:
        replica = ids.new_id()
        secrets.set(key_name(replica), random_bytes.token_hex(KEY_BYTES))
    server = login.server.rstrip("/")
    made = Account(
        server=server, tenant=login.tenant, email=login.email, replica=replica, user_name=user["name"],
        business=business_of(user), user_id=user.get("id", ""), address=login.address,
    )  # fmt: skip
    return made.with_view(view_of(user))


def may_open(home: Home, replica: str, login: Login, user: Mapping[str, Any]) -> bool:
    """Whether somebody whom the server has let in may be given the key of a replica that holds what they may see."""
    here = (one for one in home.accounts() if one.replica == replica)
    return any(one.login.id == login.id or one.is_known_to_be_of(user) for one in here)


def _fitting(home: Home, secrets: SecretStore, login: Login, user: Mapping[str, Any]) -> Iterator[str]:
    """The replicas that somebody can work on, the most fitting first; only their own where the view is not known."""
    view = view_of(user)
    opened = [one for one in home.accounts() if secrets.get(key_name(one.replica)) is not None]
    for one in opened:
        if one.login.id == login.id and not (one.is_of_another_view(view) and others_at(home, one)):
            yield one.replica
    for one in opened:
        if one.is_named_as(login) and one.is_known_to_be_of(user) and view and one.known_view == view:
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
