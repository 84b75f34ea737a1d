"""What the server knows about itself: its epoch, and the keys it signs with."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, insert, select, text

from shared import clock
from syncserver.store.tables import control
from syncserver.store.tenancy import control_transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key in the text form of its maker, and the id that tokens name it by."""

    kid: str
    private_key: str


def read_epoch(engine: Engine) -> str:
    """The epoch: another one means that the server's past is not what a desk remembers."""
    with control_transaction(engine, read_only=True) as connection:
        epoch: str = connection.execute(select(control.server_meta.c.epoch)).scalar_one()
        return epoch


def signing_keys(engine: Engine, candidate: SigningKey) -> Sequence[SigningKey]:
    """Every key in use, newest first; `candidate` becomes the first one where there is none."""
    keys = control.signing_keys
    in_use = select(keys.c.kid, keys.c.private_key).where(keys.c.retired_at.is_(None))
    with control_transaction(engine) as connection:
        # Two servers that start at once agree on one key.
        connection.execute(text("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE"))
        if connection.execute(in_use).first() is None:
            first = {"kid": candidate.kid, "private_key": candidate.private_key, "created_at": clock.now()}
            connection.execute(insert(keys).values(**first))
        rows = connection.execute(in_use.order_by(keys.c.created_at.desc(), keys.c.kid)).all()
    return [SigningKey(kid=row.kid, private_key=row.private_key) for row in rows]


def every_key(engine: Engine) -> Sequence[SigningKey]:
    """Every key that was ever in use, newest first: what one of them has signed outlives it."""
    keys = control.signing_keys
    every = select(keys.c.kid, keys.c.private_key).order_by(keys.c.created_at.desc(), keys.c.kid)
    with control_transaction(engine, read_only=True) as connection:
        return [SigningKey(kid=row.kid, private_key=row.private_key) for row in connection.execute(every)]
