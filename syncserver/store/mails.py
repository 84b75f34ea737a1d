"""Mails that wait: written in the transaction of what causes them, and taken out by whoever sends them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Engine, delete, func, insert, select, text, update

from shared.model.base import value
from syncserver.store.tables.control import mails
from syncserver.store.tenancy import control_transaction


@value
class Mail:
    """A mail that waits; `fields` is what it says beside its kind, encrypted."""

    id: str
    kind: str
    recipient: str
    fields: str
    created_at: datetime
    tries: int
    """How often it was tried, this time included."""


@value
class GivenUp:
    """A mail that nobody got."""

    id: str
    kind: str
    recipient: str
    tries: int
    trouble: str
    given_up_at: datetime


# Whoever takes one has it for the pause: where they die with it somebody else sends it, perhaps a second time.
_TAKE: Final = text(
    """
    UPDATE mails SET tries = tries + 1,
        next_try_at = :now + least(:pause * 2.0 ^ least(tries, 20), :longest) * interval '1 second'
    WHERE id = (
        SELECT id FROM mails WHERE next_try_at <= :now AND given_up_at IS NULL
        ORDER BY next_try_at LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING id, kind, recipient, fields, created_at, tries
    """
)
PAUSE: Final = 30
"""Seconds after the first try; longer than a try takes. Each further pause is twice as long."""
LONGEST_PAUSE: Final = 3600


def put_mail(connection: Connection, *, mail_id: str, kind: str, recipient: str, fields: str, now: datetime) -> None:
    """Have a mail sent after the commit of this transaction."""
    connection.execute(
        insert(mails).values(
            id=mail_id, kind=kind, recipient=recipient, fields=fields, created_at=now, next_try_at=now, tries=0
        )
    )


def take_mail(engine: Engine, now: datetime) -> Mail | None:
    """The mail that is due longest, for the caller to send within the pause; None where none is due."""
    with control_transaction(engine) as connection:
        given = {"now": now, "pause": PAUSE, "longest": LONGEST_PAUSE}
        row = connection.execute(_TAKE, given).mappings().one_or_none()
    return None if row is None else Mail(**row)


def drop_mail(engine: Engine, mail_id: str) -> None:
    """Forget a mail that was sent."""
    with control_transaction(engine) as connection:
        connection.execute(delete(mails).where(mails.c.id == mail_id))


def note_trouble(engine: Engine, mail_id: str, trouble: str) -> None:
    """Remember why a mail was not taken."""
    with control_transaction(engine) as connection:
        connection.execute(update(mails).where(mails.c.id == mail_id).values(trouble=trouble))


def give_up_mail(engine: Engine, mail_id: str, trouble: str, now: datetime) -> None:
    """Send a mail no more, and forget what it said."""
    with control_transaction(engine) as connection:
        connection.execute(
            update(mails).where(mails.c.id == mail_id).values(trouble=trouble, given_up_at=now, fields="")
        )


def given_up_mails(engine: Engine) -> Sequence[GivenUp]:
    """The mails that nobody got, the newest first."""
    columns = [mails.c[name] for name in ("id", "kind", "recipient", "tries", "trouble", "given_up_at")]
    wanted = select(*columns).where(mails.c.given_up_at.is_not(None)).order_by(mails.c.given_up_at.desc())
    with control_transaction(engine, read_only=True) as connection:
        return [GivenUp(**row._asdict()) for row in connection.execute(wanted)]


def waiting_mails(engine: Engine, now: datetime) -> tuple[int, timedelta]:
    """How many mails wait, and how long the oldest of them has."""
    wanted = select(func.count(), func.min(mails.c.created_at)).where(mails.c.given_up_at.is_(None))
    with control_transaction(engine, read_only=True) as connection:
        count, oldest = connection.execute(wanted).one()
    return count, now - oldest if oldest else timedelta(0)


def mails_under(connection: Connection, kid: str) -> Sequence[tuple[str, str]]:
    """Mails whose fields are encrypted under a key, and the fields; nobody takes them meanwhile."""
    wanted = select(mails.c.id, mails.c.fields).where(mails.c.fields.startswith(f"{kid}.", autoescape=True))
    return [(row.id, row.fields) for row in connection.execute(wanted.with_for_update())]


def replace_fields(connection: Connection, mail_id: str, fields: str) -> None:
    """Keep what a mail says in another encryption."""
    connection.execute(update(mails).where(mails.c.id == mail_id).values(fields=fields))
