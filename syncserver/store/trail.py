"""The chains of events as somebody reads them, newest first, and what the last check of each has found."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.ids import is_id
from shared.model.base import value
from syncserver.store.events import ROWS, ChainName, Entry, entry_of
from syncserver.store.tables.audit import events as table
from syncserver.store.tables.control import audit_checks

PAGE: Final = 50
"""Events of one page."""


@value
class Filter:
    """Which events are wanted; `before` is a number, `person` a part of an e-mail or a whole id."""

    kind: str = ""
    person: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


@value
class Check:
    """What a walk along a chain has found; `broken_at` is None where it was whole."""

    checked_at: datetime
    events: int
    broken_at: int | None
    what: str | None


def newest_entries(connection: Connection, wanted: Filter) -> Sequence[Entry]:
    """One more than a page of the chain in this schema, newest first."""
    asked = ROWS.order_by(table.c.number.desc()).limit(PAGE + 1)
    if wanted.kind:
        asked = asked.where(table.c.kind == wanted.kind)
    if is_id(wanted.person):
        asked = asked.where(or_(table.c.actor_id == wanted.person, table.c.as_whom_id == wanted.person))
    elif wanted.person:
        emails = (table.c.actor_email, table.c.as_whom_email, table.c.subject)
        asked = asked.where(or_(*(one.icontains(wanted.person, autoescape=True) for one in emails)))
    if wanted.since is not None:
        asked = asked.where(table.c.at >= wanted.since)
    if wanted.until is not None:
        asked = asked.where(table.c.at < wanted.until)
    if wanted.before is not None:
        asked = asked.where(table.c.number < wanted.before)
    return [entry_of(row) for row in connection.execute(asked)]


def entries_of(connection: Connection, kinds: Collection[str], *, most: int) -> Sequence[Entry]:
    """The newest entries of some kinds of the chain in this schema, newest first."""
    asked = ROWS.where(table.c.kind.in_(kinds)).order_by(table.c.number.desc()).limit(most)
    return [entry_of(row) for row in connection.execute(asked)]


def keep_check(connection: Connection, chain: ChainName, check: Check) -> None:
    """Remember what a walk has found, in place of the one before; in a control transaction."""
    told = {
        "checked_at": check.checked_at, "events": check.events, "broken_at": check.broken_at, "what": check.what
    }  # fmt: skip
    kept = upsert(audit_checks).values(chain=chain, **told)
    connection.execute(kept.on_conflict_do_update(index_elements=["chain"], set_=told))


def last_check(connection: Connection, chain: ChainName) -> Check | None:
    """What the last walk has found; in a control transaction."""
    columns = [audit_checks.c[name] for name in ("checked_at", "events", "broken_at", "what")]
    row = connection.execute(select(*columns).where(audit_checks.c.chain == chain)).one_or_none()
    return None if row is None else Check(**row._asdict())
