"""How often somebody was refused the same within a window of time; kept for all servers of a database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, delete, select, text

from syncserver.store.tables import control
from syncserver.store.tenancy import control_transaction

_table: Final = control.refusal_counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What was told of a refusal one by one since `began_at`, and how often it came beside that.

    `event` is what an event that tells of the rest says, as text, and `tenant` the id of the tenant that it is of.
    """

    actor: str
    same: str
    event: str
    tenant: str | None
    began_at: datetime
    ends_at: datetime
    told: int
    untold: int


def hold_window(connection: Connection, fresh: Window) -> Window:
    """The window of a refusal, held until the end of the control transaction; `fresh` where there is none yet."""
    connection.execute(_OPEN, _columns(fresh))
    key = (_table.c.actor_id == fresh.actor) & (_table.c.same == fresh.same)
    return _window(connection.execute(select(_table).where(key).with_for_update()).one())


def keep_window(connection: Connection, window: Window) -> None:
    """Write a window that is held."""
    connection.execute(_KEEP, _columns(window))


def ended_windows(engine: Engine, now: datetime, most: int) -> Sequence[Window]:
    """Windows that have ended, the oldest first."""
    asked = select(_table).where(_table.c.ends_at <= now).order_by(_table.c.ends_at).limit(most)
    with control_transaction(engine, read_only=True) as connection:
        return [_window(row) for row in connection.execute(asked)]


def take_window(connection: Connection, window: Window, now: datetime) -> Window | None:
    """A window as it is now, taken away within the control transaction; None where it goes on or another took it."""
    key = (_table.c.actor_id == window.actor) & (_table.c.same == window.same) & (_table.c.ends_at <= now)
    row = connection.execute(delete(_table).where(key).returning(_table)).one_or_none()
    return None if row is None else _window(row)


def _window(row: Row[*tuple[Any, ...]]) -> Window:
    columns = row._asdict()
    return Window(actor=columns.pop("actor_id"), tenant=columns.pop("tenant_id"), **columns)


def _columns(window: Window) -> Mapping[str, object]:
    return {
        "actor_id": window.actor, "same": window.same, "event": window.event, "tenant_id": window.tenant,
        "began_at": window.began_at, "ends_at": window.ends_at, "told": window.told, "untold": window.untold,
    }  # fmt: skip


_OPEN: Final = text(
    """
    INSERT INTO refusal_counts (actor_id, same, event, tenant_id, began_at, ends_at, told, untold)
    VALUES (:actor_id, :same, :event, :tenant_id, :began_at, :ends_at, :told, :untold) ON CONFLICT DO NOTHING
    """
)
_KEEP: Final = text(
    """
    UPDATE refusal_counts SET event = :event, tenant_id = :tenant_id, began_at = :began_at, ends_at = :ends_at,
        told = :told, untold = :untold
    WHERE actor_id = :actor_id AND same = :same
    """
)
