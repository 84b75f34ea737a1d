"""What the server knows about itself: its epoch, and the keys it signs with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Engine, insert, select, text, update

from shared import clock
from syncserver.store.tables import control
from syncserver.store.tenancy import control_transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key in the text form of its maker, and the id that tokens name it by."""

    kid: str
    private_key: str
    created_at: datetime


def read_epoch(engine: Engine) -> str:
    """The epoch: another one means that the server's past is not what a desk remembers."""
    with control_transaction(engine, read_only=True) as connection:
        epoch: str = connection.execute(select(control.server_meta.c.epoch)).scalar_one()
        return epoch


def signing_keys(engine: Engine, candidate: SigningKey) -> Sequence[SigningKey]:
    """Every key in use, newest first; `candidate` becomes the first one where there is none."""
    with control_transaction(engine) as connection:
        # Two servers that start at once agree on one key.
        connection.execute(text("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE"))
        if connection.execute(_IN_USE).first() is None:
            _insert(connection, candidate)
        return _read(connection)


def keys_in_use(engine: Engine) -> Sequence[SigningKey]:
    """Every key in use, newest first."""
    with control_transaction(engine, read_only=True) as connection:
        return _read(connection)


def every_key(engine: Engine) -> Sequence[SigningKey]:
    """Every key that was ever in use, newest first: what one of them has signed outlives it."""
    with control_transaction(engine, read_only=True) as connection:
        rows = connection.execute(_EVERY.order_by(_KEYS.c.created_at.desc(), _KEYS.c.kid))
        return [SigningKey(**row._asdict()) for row in rows]


def add_key(engine: Engine, key: SigningKey) -> None:
    """Take another key into use."""
    with control_transaction(engine) as connection:
        _insert(connection, key)


def retire_key(connection: Connection, kid: str) -> None:
    """Take a key out of use, for good; in a control transaction."""
    connection.execute(update(_KEYS).where(_KEYS.c.kid == kid).values(retired_at=clock.now()))


_KEYS: Final = control.signing_keys
_EVERY: Final = select(_KEYS.c.kid, _KEYS.c.private_key, _KEYS.c.created_at)
_IN_USE: Final = _EVERY.where(_KEYS.c.retired_at.is_(None))


def _insert(connection: Connection, key: SigningKey) -> None:
    connection.execute(insert(_KEYS).values(kid=key.kid, private_key=key.private_key, created_at=key.created_at))


def _read(connection: Connection) -> Sequence[SigningKey]:
    rows = connection.execute(_IN_USE.order_by(_KEYS.c.created_at.desc(), _KEYS.c.kid))
    return [SigningKey(**row._asdict()) for row in rows]
