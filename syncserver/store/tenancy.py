"""Transactions: the server's own, and those of one tenant, which see that tenant's schema and nothing else.

This is the one module that names a schema. Who the tenant is comes in as an argument and ends with the transaction:
nothing is set on a session, so a pooled connection carries no tenant over.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NewType, Protocol, cast

from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine

from shared.model.plan import Tier
from syncserver.store.faults import as_storage_fault
from syncserver.store.pipeline import Transaction, driver_of, send

TenantId = NewType("TenantId", str)


class TenantState(StrEnum):
    """Whether a business may use the service."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """One business: its schema and its database role are named by us, after its id."""

    id: TenantId
    slug: str
    name: str
    is_demo: bool
    state: TenantState
    tier: Tier
    schema: str
    role: str


class Past(Protocol):
    """What is known of a database's history outside of it. Each `require` raises StorageFault."""

    def told(self, tenant: TenantId, /) -> int:
        """The highest version of a tenant that anybody was told of; -1 for none."""

    def require_epoch(self, epoch: str, /) -> None:
        """See that the database is in the epoch that this process has begun with."""

    def require_progress(self, tenant: TenantId, told: int, version: int, /) -> None:
        """See that a tenant has come as far as what somebody had been `told` before it was asked."""


class _Unknown:
    """Nothing: to whoever looks what became of a database, and to migrations."""

    def told(self, *_: object) -> int:
        return -1

    def require_epoch(self, *_: object) -> None:
        pass

    def require_progress(self, *_: object) -> None:
        pass


_PAST: Final = "past"
_UNKNOWN: Final = _Unknown()


def remembering(engine: Engine, past: Past) -> Engine:
    """The same pool for whoever must not go on with a database that was put back.

    A transaction of a tenant requires the epoch of it. Whatever takes a tenant's clock requires its progress too:
    versions that are taken anew would make up for those that are lost, and nobody would notice any more.
    """
    return engine.execution_options(**{_PAST: past})


def _past_of(whose: Engine | Connection) -> Past:
    return cast("Past", whose.get_execution_options().get(_PAST, _UNKNOWN))


_USUAL: Final = 5
"""Seconds of a statement of whoever writes."""
# A row takes some 0.06 ms to write with what watches over it (decision 0059). Whoever has much to write has as much the
# next time: they are not given up for it, on a machine either that takes twenty times as long. Two minutes are the end
# of it, before those five that a clock is held at most.
_ROWS_A_SECOND: Final = 1000
_LONGEST: Final = 120
# Somebody may have taken more before, for all that is to come.
_TIME: Final = """
SELECT set_config('statement_timeout', %s, true) WHERE current_setting('statement_timeout')::interval < %s::interval
"""
# SET LOCAL ends with the transaction. The path never holds the other side's schema, and temporary tables come last.
_AS_SERVER: Final = "SET LOCAL ROLE NONE; SET LOCAL search_path = public, pg_temp"
# Whoever writes may hold a tenant's clock. A process of ours that is stopped within a transaction, while the system
# keeps its connection alive, is given up after what no round needs on the busiest machine: five minutes.
_LIMITS: Final = (
    f"SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '{_USUAL}s'; SET LOCAL timezone = 'UTC'; "
    "SET LOCAL idle_in_transaction_session_timeout = '5min'"
)
# The same as settings of a statement, which unlike SET can have parameters, and a plan that is kept. Each step takes
# what the one before it gives: the limits are set before the clock is waited for, the role changes after. A plan is
# kept, however PostgreSQL guesses its price: making one takes longer than running it. It outlives the size that a table
# had, so it uses indexes alone, which are good for any. Where there is none, the price that older versions put on the
# scan must not make them compile it (PostgreSQL's manual, 20.7 and 30.2). Between the statements of a pipeline
# PostgreSQL takes no transaction for idle: such a one is given up by its whole length, where that can be said, from
# version 17 on.
_CLOCKED: Final = f"""
WITH limits AS MATERIALIZED (
    SELECT concat(set_config('lock_timeout', '2s', true), set_config('statement_timeout', '{_USUAL}s', true),
        set_config('timezone', 'UTC', true), set_config('plan_cache_mode', 'force_generic_plan', true),
        set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true),
        CASE WHEN current_setting('transaction_timeout', true) IS NOT NULL
            THEN set_config('transaction_timeout', '5min', true) END,
        set_config('role', 'none', true), set_config('search_path', 'public, pg_temp', true)) <> '' AS are_set
), clock AS MATERIALIZED (
    SELECT public.take_clock(%s) AS version FROM limits WHERE are_set
), tenant AS MATERIALIZED (
    SELECT version, set_config('role', %s, true), set_config('search_path', %s, true) FROM clock
)
SELECT version, (SELECT epoch FROM public.server_meta) FROM tenant
"""
# The same for a snapshot: what a desk asks again and again is a question by a few keys, whatever the tables' sizes.
_SNAPPED: Final = """
SELECT set_config('statement_timeout', '60s', true), set_config('timezone', 'UTC', true),
    set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
    set_config('jit', 'off', true), set_config('role', %s, true), set_config('search_path', %s, true),
    (SELECT epoch FROM public.server_meta)
"""
# The tenant's role may not read it. Those above are allowed by the role that they begin with, and set it for the next.
_EPOCH: Final = "SELECT epoch FROM public.server_meta"
# A page of a large pull, and a person's network: reads hold no lock that anyone waits for.
_READ_LIMITS: Final = "SET LOCAL statement_timeout = '60s'; SET LOCAL timezone = 'UTC'"
_NO_LIMITS: Final = "SET LOCAL lock_timeout = '60s'; SET LOCAL timezone = 'UTC'"
# What is written is READ COMMITTED, as the engine makes its connections.
_SNAPSHOT: Final = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_BEGIN: Final = "BEGIN ISOLATION LEVEL READ COMMITTED"
_BEGIN_SNAPSHOT: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
# Any number that is ours alone: one migration at a time in a database.
_MIGRATION_LOCK: Final = 7_260_115


def _as_tenant(tenant: Tenant) -> str:
    return f'SET LOCAL ROLE "{tenant.role}"; {_path(tenant)}'


def _path(tenant: Tenant) -> str:
    return f"SET LOCAL search_path = {_path_of(tenant)}"


def _path_of(tenant: Tenant) -> str:
    return f'"{tenant.schema}", pg_temp'


@contextmanager
def tenant_transaction(engine: Engine, tenant: Tenant, *, read_only: bool = False) -> Iterator[Connection]:
    """A transaction as the tenant's role in the tenant's schema; committed at the end, rolled back on an exception.

    Writing is READ COMMITTED with a lock timeout of 2 s and a statement timeout of 5 s; `read_only` is one snapshot
    (REPEATABLE READ). Raises StorageFault for trouble that may pass.
    """
    with _transaction(engine, read_only=read_only) as connection:
        (epoch,) = _row(connection, f"{_READ_LIMITS if read_only else _LIMITS}; {_EPOCH}; {_as_tenant(tenant)}")
        _past_of(engine).require_epoch(epoch)
        yield connection


@contextmanager
def clocked_transaction(engine: Engine, tenant: Tenant) -> Iterator[tuple[Connection, Callable[[], int]]]:
    """A writing transaction of a tenant that takes its clock first; with it the version, to be asked for once known.

    Until then it is not known either whether the database was put back, as `remembering` says. What is sent waits for
    no answer until somebody reads one: that of the clock comes with the first question's, and the last writes travel
    with the commit, which is where an error of theirs shows. Limits and errors as in `tenant_transaction`.
    """
    past = _past_of(engine)
    told = past.told(tenant.id)
    with as_storage_fault(), engine.connect() as connection, Transaction(connection, _BEGIN) as transaction:
        clock = transaction.send(_CLOCKED, (tenant.id, tenant.role, _path_of(tenant)))
        # It is taken while the first question is being worked out.
        transaction.begin()

        def taken() -> int:
            ((version, epoch),) = clock.rows()
            past.require_epoch(epoch)
            past.require_progress(tenant.id, told, version - 1)
            return cast("int", version)

        yield connection, taken


@contextmanager
def snapshot_transaction(engine: Engine, tenant: Tenant) -> Iterator[tuple[Connection, Callable[[], None]]]:
    """A reading transaction of a tenant, one snapshot, for questions that find rows by their keys.

    It begins with its first question, in the same round trip; with it what is to be called after that: it requires the
    epoch. Limits and errors as in `tenant_transaction`.
    """
    with as_storage_fault(), engine.connect() as connection, Transaction(connection, _BEGIN_SNAPSHOT) as transaction:
        snapped = transaction.send(_SNAPPED, (tenant.role, _path_of(tenant)))
        yield connection, lambda: _past_of(engine).require_epoch(snapped.rows()[0][-1])


def allow_for(connection: Connection, rows: int) -> None:
    """Give what is written from here on in this transaction the time that so many rows may take, if that is more.

    The statement timeout is 5 s up to 5,000 rows, then a second for each thousand, and two minutes at most.
    """
    seconds = min(rows // _ROWS_A_SECOND, _LONGEST)
    if seconds > _USUAL:
        send(connection, _TIME, (f"{seconds}s", f"{seconds}s"))


@contextmanager
def control_transaction(engine: Engine, *, read_only: bool = False) -> Iterator[Connection]:
    """A transaction as the server's own role in the control schema, with the same limits and errors."""
    with _transaction(engine, read_only=read_only) as connection:
        connection.exec_driver_sql(f"{_READ_LIMITS if read_only else _LIMITS}; {_AS_SERVER}")
        yield connection


@contextmanager
def migration_transaction(engine: Engine) -> Iterator[Connection]:
    """A control transaction that may take its time; one at a time in a database."""
    with _transaction(engine, read_only=False) as connection:
        connection.exec_driver_sql(f"{_NO_LIMITS}; {_AS_SERVER}")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
        yield connection


@contextmanager
def _transaction(engine: Engine, *, read_only: bool) -> Iterator[Connection]:
    with as_storage_fault(), engine.connect() as connection:
        if read_only:
            connection.execution_options(**_SNAPSHOT)
        with connection.begin():
            yield connection


@contextmanager
def server_part(connection: Connection, tenant: Tenant) -> Iterator[None]:
    """Within a tenant's transaction: the server's own role and the control schema, then the tenant's again."""
    connection.exec_driver_sql(_AS_SERVER)
    with _returning_to(connection, _as_tenant(tenant)):
        yield


@contextmanager
def tenant_part(connection: Connection, tenant: Tenant) -> Iterator[None]:
    """Within a control transaction: the tenant's role and schema, then the server's again."""
    connection.exec_driver_sql(_as_tenant(tenant))
    with _returning_to(connection, _AS_SERVER):
        yield


@contextmanager
def schema_part(connection: Connection, tenant: Tenant) -> Iterator[None]:
    """Within a control transaction: the server's own role in the tenant's schema, which it owns.

    For migrations, and for what the tenant's role may not do to its log.
    """
    connection.exec_driver_sql(_path(tenant))
    with _returning_to(connection, _AS_SERVER):
        yield


def found_chain(connection: Connection, tenant: Tenant) -> None:
    """Have a tenant's chain of events made in its schema, within a migration of it; the tenant's role may add to it."""
    connection.exec_driver_sql(f"SELECT public.found_chain('{tenant.schema}', '{tenant.role}')")


def drop_schema(connection: Connection, tenant: Tenant) -> None:
    """Take away a tenant's schema with all that is in it, within a control transaction; its role is left."""
    connection.exec_driver_sql(f'DROP SCHEMA "{tenant.schema}" CASCADE')


@contextmanager
def _returning_to(connection: Connection, statements: str) -> Iterator[None]:
    try:
        yield
    finally:
        # After an error of the database nothing can be set any more, and nothing but a rollback can follow.
        if driver_of(connection).info.transaction_status == TransactionStatus.INTRANS:
            connection.exec_driver_sql(statements)


def take_clock(connection: Connection, tenant: Tenant) -> int:
    """The tenant's next version, asked within the tenant's transaction or part of one.

    Until the end of the transaction nobody else writes to this tenant, and only now its synced tables may be written.
    Raises StorageFault where the database was put back, as `remembering` says.
    """
    past = _past_of(connection)
    told = past.told(tenant.id)
    taken = f"SELECT take_clock('{tenant.id}'), (SELECT epoch FROM server_meta)"
    version, epoch = _row(connection, f"{_AS_SERVER}; {taken}; {_as_tenant(tenant)}")
    past.require_epoch(epoch)
    past.require_progress(tenant.id, told, version - 1)
    return cast("int", version)


def _row(connection: Connection, statements: str) -> tuple[Any, ...]:
    """The row that one of some statements selects, all in one round trip."""
    cursor = driver_of(connection).cursor()
    cursor.execute(statements.encode())
    while cursor.description is None:
        cursor.nextset()
    return cast("tuple[Any, ...]", cursor.fetchone())
