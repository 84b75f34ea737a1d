"""New passwords by mail: who asked for one, and the links that let them set it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select, text, update

from shared.model.base import UserId, value
from syncserver.store.tables.control import reset_links, reset_wishes


@value
class Wish:
    """Somebody, known or not, wants a new password; `tenant` is a short name, None for platform people."""

    id: str
    tenant: str | None
    email: str


# Whoever takes a wish answers it in the same transaction; others go on with the next ones.
_TAKE: Final = text(
    """
    DELETE FROM reset_wishes WHERE id IN (
        SELECT id FROM reset_wishes ORDER BY made_at LIMIT :most FOR UPDATE SKIP LOCKED
    )
    RETURNING id, tenant, email
    """
)


def put_wish(connection: Connection, wish: Wish, now: datetime) -> None:
    """Keep a wish until it is answered."""
    connection.execute(insert(reset_wishes).values(id=wish.id, tenant=wish.tenant, email=wish.email, made_at=now))


def waiting_wishes(connection: Connection) -> int:
    """How many wishes wait."""
    count: int = connection.execute(select(func.count()).select_from(reset_wishes)).scalar_one()
    return count


def take_wishes(connection: Connection, *, most: int) -> Sequence[Wish]:
    """The oldest wishes, which are gone with the commit."""
    return [Wish(**row) for row in connection.execute(_TAKE, {"most": most}).mappings()]


def put_link(connection: Connection, user: UserId, *, token_hash: str, expires_at: datetime) -> None:
    """Let somebody set a password by a link, and by none that they were given before."""
    drop_links(connection, user)
    connection.execute(insert(reset_links).values(token_hash=token_hash, user_id=user, expires_at=expires_at))


def drop_links(connection: Connection, user: UserId) -> None:
    """Let somebody set a password by none of the links that they were given."""
    connection.execute(delete(reset_links).where(reset_links.c.user_id == user))


def link_owner(connection: Connection, token_hash: str, now: datetime) -> UserId | None:
    """Whose link this is; None where it was used, is too old, or is none."""
    links = reset_links.c
    good = select(links.user_id).where(links.token_hash == token_hash, links.used_at.is_(None), links.expires_at > now)
    found = connection.execute(good).scalar_one_or_none()
    return None if found is None else UserId(found)


def use_link(connection: Connection, token_hash: str, now: datetime) -> UserId | None:
    """Use a link: whose it was; None as in `link_owner`. Of many that use it at once one does."""
    links = reset_links.c
    good = update(reset_links).where(links.token_hash == token_hash, links.used_at.is_(None), links.expires_at > now)
    found = connection.execute(good.values(used_at=now).returning(links.user_id)).scalar_one_or_none()
    return None if found is None else UserId(found)
