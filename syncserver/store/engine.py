"""The connections to PostgreSQL."""

import select
from typing import Any, Final

from psycopg.types.string import TextLoader
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from syncserver.settings import BadSetting
from syncserver.store.faults import as_storage_fault
from syncserver.store.pipeline import keep_plans

# The server's own texts for ids and JSON: no object is made of what is only passed on.
_KEPT_AS_TEXT: Final = ("uuid", "json")


def make_engine(url: str, *, pool_size: int = 10, pooled: bool = False) -> Engine:
    """A pool for a PostgreSQL URL in any of the spellings in use; BadSetting where it is none.

    `uuid` and `json` columns are read as text. `pooled` says that a transaction pooler stands in between: then no plan
    is kept on the database's side, which makes an edit a third dearer.
    """
    engine = create_engine(
        _with_driver(url),
        isolation_level="READ COMMITTED",
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=False,
        # The connection that was used last has its plans ready.
        pool_use_lifo=True,
        # What a statement is given may be a secret, and an error's text is logged.
        hide_parameters=True,
        # Which plans are kept the store says itself.
        connect_args={"prepare_threshold": None, "connect_timeout": 5},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, record: ConnectionPoolEntry) -> None:
        for name in _KEPT_AS_TEXT:
            connection.adapters.register_loader(name, TextLoader)
        keep_plans(record.info, kept=not pooled)

    @event.listens_for(engine, "checkout")
    def _require_alive(connection: Any, _: object, __: object) -> None:
        if _has_ended(connection):
            # Whatever ended it, those that are older have most likely ended with it; new ones are made at once.
            raise InvalidatePoolError

    return engine


def _has_ended(connection: Any) -> bool:
    """Whether the other end of an idle connection is gone, without asking it: nothing else is said unasked."""
    if connection.closed:
        return True
    heard = select.poll()
    heard.register(connection.fileno(), select.POLLIN)
    return bool(heard.poll(0))


_ROOM: Final = """
SELECT least(
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0),
    (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
    (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database())
)
"""


def room(engine: Engine) -> int:
    """How many connections this login may have at once, all its processes together. Raises StorageFault."""
    with as_storage_fault(), engine.connect() as connection:
        many: int = connection.exec_driver_sql(_ROOM).scalar_one()
    return many


def _with_driver(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise BadSetting("DATABASE_URL is not an address like postgresql://user:password@host/database.") from None
    if parsed.drivername.partition("+")[0] not in ("postgres", "postgresql"):
        raise BadSetting(f"DATABASE_URL names {parsed.drivername}: only PostgreSQL is supported.")
    return parsed.set(drivername="postgresql+psycopg")
