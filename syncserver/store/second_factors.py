"""Second factors as they are kept, and what of them was used."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.model.base import UserId, value
from syncserver.store.tables.control import recovery_codes, second_factors, used_steps


@value
class Factor:
    """A person's second factor; `secret` is encrypted. It counts once it is confirmed."""

    secret: str
    is_confirmed: bool


def find_factor(connection: Connection, user: UserId, *, held: bool = False) -> Factor | None:
    """The second factor of a person; `held` keeps others from changing it until the end of the transaction."""
    factors = second_factors.c
    wanted = select(factors.secret, factors.confirmed_at).where(factors.user_id == user)
    row = connection.execute(wanted.with_for_update() if held else wanted).one_or_none()
    return None if row is None else Factor(secret=row.secret, is_confirmed=row.confirmed_at is not None)


def begin_factor(connection: Connection, user: UserId, secret: str, now: datetime) -> bool:
    """Keep a secret that is to be confirmed, in place of one that never was; False where one is confirmed already."""
    drawn = upsert(second_factors).values(user_id=user, secret=secret, begun_at=now)
    kept = drawn.on_conflict_do_update(
        index_elements=["user_id"],
        set_={"secret": secret, "begun_at": now},
        where=second_factors.c.confirmed_at.is_(None),
    )
    return connection.execute(kept.returning(second_factors.c.user_id)).first() is not None


def confirm_factor(connection: Connection, user: UserId, recovery_hashes: Sequence[str], now: datetime) -> None:
    """Let a factor count from now on, with these recovery codes."""
    connection.execute(update(second_factors).where(second_factors.c.user_id == user).values(confirmed_at=now))
    connection.execute(insert(recovery_codes), [{"user_id": user, "code_hash": one} for one in recovery_hashes])


def replace_recovery_codes(connection: Connection, user: UserId, recovery_hashes: Sequence[str]) -> None:
    """Let these recovery codes count, and none of before."""
    connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user))
    connection.execute(insert(recovery_codes), [{"user_id": user, "code_hash": one} for one in recovery_hashes])


def recovery_codes_left(connection: Connection, user: UserId) -> int:
    """How many recovery codes of a person were not used yet."""
    codes = recovery_codes.c
    wanted = select(func.count()).select_from(recovery_codes).where(codes.user_id == user, codes.used_at.is_(None))
    return int(connection.execute(wanted).scalar_one())


def drop_factor(connection: Connection, user: UserId) -> None:
    """Forget a factor, its recovery codes, and what of it was used."""
    connection.execute(delete(second_factors).where(second_factors.c.user_id == user))


def use_step(connection: Connection, user: UserId, step: int, *, forget_before: int) -> bool:
    """Use the code of a step; False where it was used before. Steps that no code can be of any more are forgotten."""
    used = upsert(used_steps).values(user_id=user, step=step).on_conflict_do_nothing()
    is_first = connection.execute(used.returning(used_steps.c.step)).first() is not None
    connection.execute(delete(used_steps).where(used_steps.c.user_id == user, used_steps.c.step < forget_before))
    return is_first


def use_recovery_code(connection: Connection, user: UserId, code_hash: str, now: datetime) -> bool:
    """Use a recovery code; False where there is no such code, or none any more."""
    codes = recovery_codes.c
    mine = update(recovery_codes).where(codes.user_id == user, codes.code_hash == code_hash, codes.used_at.is_(None))
    return connection.execute(mine.values(used_at=now)).rowcount == 1


def factors_under(connection: Connection, kid: str) -> Sequence[tuple[UserId, str]]:
    """Whose secrets are encrypted under a key, and the secrets; nobody changes them meanwhile."""
    factors = second_factors.c
    wanted = select(factors.user_id, factors.secret).where(factors.secret.startswith(f"{kid}.", autoescape=True))
    found = connection.execute(wanted.with_for_update())
    return [(UserId(user), secret) for user, secret in found]


def replace_secret(connection: Connection, user: UserId, secret: str) -> None:
    """Keep a factor's secret in another encryption."""
    connection.execute(update(second_factors).where(second_factors.c.user_id == user).values(secret=secret))
