"""What the servers of a database tell one another through it: that a tenant has a newer version, never what it is."""

import selectors
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, Final, cast

import orjson
import psycopg
from sqlalchemy import Engine

from syncserver.store.faults import as_storage_fault
from syncserver.store.statements import array_text, ask
from syncserver.store.tenancy import TenantId, control_transaction

NAME: Final = "smoothschedule line"
"""What a line is called in the database's list of connections."""
# Who comes later hears of those who are there, and they hear of it: an empty notice says no more than that.
_JOIN: Final = f"SET application_name = '{NAME}'; LISTEN tenant_version; NOTIFY tenant_version, '[]'"
_OTHERS: Final = f"""
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = '{NAME}' AND pid <> pg_backend_pid()
"""
# Who commits a NOTIFY holds a lock on all that do: this waits for no disk, since what is lost is found by
# `newest_versions`.
_NOTIFY: Final = """
SELECT pg_notify('tenant_version', said) FROM unnest(%s::text[]) said
WHERE set_config('synchronous_commit', 'off', true) <> ''
"""
_IN_ONE: Final = 100
"""Tenants in one notice: a tenth of the 8,000 bytes that PostgreSQL takes is left over."""
_NEWEST: Final = "SELECT tenant_id::text, version FROM tenant_clock WHERE tenant_id = ANY(%s::uuid[])"


def newest_versions(engine: Engine, tenants: Iterable[TenantId]) -> dict[TenantId, int]:
    """The version of each of these tenants, whoever wrote it; nobody else's is read. Raises StorageFault."""
    with control_transaction(engine, read_only=True) as connection:
        return dict(cast("list[tuple[TenantId, int]]", ask(connection, _NEWEST, array_text(tenants))))


class Line:
    """A connection that tells and hears notices. Every method raises StorageFault where it is lost."""

    def __init__(self, driver: "psycopg.Connection[tuple[Any, ...]]", waker: socket.socket) -> None:
        self._driver = driver
        driver.execute(_JOIN)
        self.in_company = driver.execute(_OTHERS).fetchone() != (0,)
        """Whether others have been on the line since it was opened."""
        # Not `select`, which takes no more than the first 1,024 files of a process.
        self._arrivals = selectors.DefaultSelector()
        for source in (driver, waker):
            self._arrivals.register(source, selectors.EVENT_READ)

    def tell(self, versions: Mapping[TenantId, int]) -> None:
        """Tell every server on the line; however many tenants it is about, this is one short transaction."""
        pairs = list(versions.items())
        notices = [orjson.dumps(pairs[start : start + _IN_ONE]).decode() for start in range(0, len(pairs), _IN_ONE)]
        with as_storage_fault():
            self._driver.execute(_NOTIFY, (notices,))

    def heard(self) -> Iterator[tuple[TenantId, int]]:
        """What others have told by now; waits for nothing."""
        with as_storage_fault():
            for notice in self._driver.notifies(timeout=0):
                if notice.pid != self._driver.info.backend_pid:
                    self.in_company = True
                    yield from orjson.loads(notice.payload)

    def wait(self, seconds: float) -> None:
        """Wait until something is heard or the waker has something to read, so many seconds at most."""
        self._arrivals.select(max(0.0, seconds))

    def close(self) -> None:
        """Wait for nothing any more."""
        self._arrivals.close()


@contextmanager
def open_line(engine: Engine, waker: socket.socket) -> Iterator[Line]:
    """A line of its own, beside the connections of the pool. Raises StorageFault."""
    with as_storage_fault(), engine.connect() as connection:
        driver = cast("psycopg.Connection[tuple[Any, ...]]", connection.connection.driver_connection)
        connection.detach()
        driver.autocommit = True
        with closing(Line(driver, waker)) as line:
            yield line
