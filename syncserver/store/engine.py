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
# A host that vanishes says nothing, and by the system's own defaults its connections live on for two hours: at our end
# a writer waits for an answer, at the other one a tenant's clock stays taken. After half a minute it counts as gone;
# a switch or a firewall that changes over takes less. What was sent and never acknowledged is given up after the same
# time (libpq's `tcp_user_timeout`). The database has no such limit from us: there it would end a long pull, too, whose
# reader is slow.
_PATIENCE: Final = {
    "connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}  # fmt: skip
"""Seconds, the last one milliseconds; of TCP connections alone, but for the first. What the URL says counts instead."""
_PATIENCE_OF_THE_OTHER_END: Final = (
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 4"
)


def make_engine(url: str, *, pool_size: int = 10, pooled: bool = False) -> Engine:
    """A pool for a PostgreSQL URL in any of the spellings in use; BadSetting where it is none.

    `uuid` and `json` columns are read as text. Options of libpq in the URL count before ours. `pooled` says that a
    transaction pooler stands in between: then no plan is kept on the database's side, which makes an edit a third
    dearer.
    """
    address = _with_driver(url)
    patience = {name: said for name, said in _PATIENCE.items() if name not in address.query}
    engine = create_engine(
        address,
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
        connect_args={"prepare_threshold": None, **patience},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, record: ConnectionPoolEntry) -> None:
        for name in _KEPT_AS_TEXT:
            connection.adapters.register_loader(name, TextLoader)
        keep_plans(record.info, kept=not pooled)
        if not pooled and "options" not in address.query:
            _keep_alive(connection)

    @event.listens_for(engine, "checkout")
    def _require_alive(connection: Any, _: object, __: object) -> None:
        if _has_ended(connection):
            # Whatever ended it, those that are older have most likely ended with it; new ones are made at once.
            raise InvalidatePoolError

    return engine


def _keep_alive(connection: Any) -> None:
    """Let the database look whether we are still there.

    Not by options of the start, which poolers refuse; it is asked once for each connection.
    """
    is_local = not connection.info.hostaddr
    if is_local:
        return
    # What is set within a transaction would go with its rollback.
    connection.autocommit = True
    connection.execute(_PATIENCE_OF_THE_OTHER_END)
    connection.autocommit = False


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
