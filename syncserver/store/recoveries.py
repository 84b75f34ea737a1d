"""Recovery in the database: which tenants are in it, and what desks have handed in."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Engine, select, text, update

from shared.clock import instant_text
from shared.ids import new_id
from shared.model.base import value
from shared.model.registry import canonical
from syncserver.store.statements import array_text, run_all
from syncserver.store.tables import control
from syncserver.store.tables import tenant as tables
from syncserver.store.tenancy import Tenant, TenantId, control_transaction, tenant_part, tenant_transaction
from syncserver.store.tenants import list_tenants


@value
class Offer:
    """An edit that an earlier history of this database had decided, in the newest form of its arguments."""

    id: str
    was_version: int
    seq: int
    """Its place among those that its desk hands in."""
    user_id: str
    name: str
    args: Mapping[str, Any]
    args_hash: str
    at: datetime
    device_id: str | None
    """Who has handed it in; None where that was not asked yet."""
    was_outcome: str | None = None
    was_code: str | None = None
    """How it had ended; None where its desk does not say."""
    made_by: str | None = None
    """Whose edit its desk says that it is, where their session is not known here; `user_id` has brought it then."""
    undoes: Sequence[str] = ()
    """The mutations that it takes back, or does again."""
    is_dated: bool = True
    """Whether it is known when it was made: before its desk came back, for what had been decided earlier."""


@value
class Recovering:
    """A tenant that is in recovery, until when, and how many edits were handed in so far."""

    tenant: Tenant
    until: datetime
    offered: int


_STAND: Final = text("SELECT epoch, lineage FROM server_meta")
_VERSIONS: Final = text("SELECT tenant_id, version FROM tenant_clock")
_EPOCH: Final = text("UPDATE server_meta SET epoch = :epoch")
_COUNT: Final = text("SELECT count(*) FROM tenants WHERE recovering_until IS NOT NULL")
_OFFER: Final = """
INSERT INTO offered (id, was_version, seq, user_id, name, args, args_hash, at, device_id, was_outcome, was_code,
    made_by, undoes)
SELECT id, was_version, seq, user_id, name, args, args_hash, at, device_id, was_outcome, was_code, made_by, undoes
FROM json_to_recordset(%s::json) AS given (id uuid, was_version bigint, seq bigint, user_id uuid, name text, args json,
    args_hash text, at timestamptz, device_id uuid, was_outcome text, was_code text, made_by uuid, undoes json)
ON CONFLICT (id) DO NOTHING
"""
_NEXT: Final = """
SELECT json_build_object('id', id, 'was_version', was_version, 'seq', seq, 'user_id', user_id, 'name', name,
    'args', args, 'args_hash', args_hash, 'device_id', device_id, 'was_outcome', was_outcome, 'was_code', was_code,
    'made_by', made_by, 'undoes', undoes, 'is_dated', coalesce(
        at < (SELECT max(created_at) FROM replica WHERE replica.device_id = offered.device_id), true))::text, at
FROM offered ORDER BY was_version, seq, id LIMIT %s
"""
_DROP: Final = "DELETE FROM offered WHERE id = ANY(%s::uuid[])"
_COUNT_OFFERED: Final = text("SELECT count(*) FROM offered")


def epoch_and_lineage(engine: Engine) -> tuple[str, str]:
    """The epoch of the database's history, and the name that it keeps through all of them."""
    with control_transaction(engine, read_only=True) as connection:
        epoch, lineage = connection.execute(_STAND).one()
    return epoch, lineage


def versions(engine: Engine) -> Mapping[TenantId, int]:
    """How far each tenant has come."""
    with control_transaction(engine, read_only=True) as connection:
        return {TenantId(tenant): version for tenant, version in connection.execute(_VERSIONS)}


def begin_recovery(engine: Engine, tenants: Collection[TenantId], until: datetime) -> str:
    """Put tenants into recovery, then begin a new epoch; its id.

    In this order: where it is broken off the next start finds the old epoch, and does it again.
    """
    with control_transaction(engine, read_only=True) as connection:
        known = [one for one in list_tenants(connection) if one.id in tenants]
    for tenant in known:
        recover_until(engine, tenant, until)
    epoch = new_id()
    with control_transaction(engine) as connection:
        connection.execute(_EPOCH, {"epoch": epoch})
    return epoch


def leave_recovery(engine: Engine, tenant: Tenant) -> None:
    """Let a tenant be decided for and pulled from again."""
    recover_until(engine, tenant, None)


def end_recovery_by(engine: Engine, tenant: Tenant, until: datetime) -> None:
    """Let recovery last no longer than until an instant; where it ends sooner, or there is none, nothing changes."""
    tenants, state = control.tenants, tables.tenant_state
    theirs = (tenants.c.id == tenant.id) & (tenants.c.recovering_until > until)
    with control_transaction(engine) as connection:
        connection.execute(update(tenants).where(theirs).values(recovering_until=until))
        with tenant_part(connection, tenant):
            sooner = update(state).where(state.c.recovering_until > until)
            connection.execute(sooner.values(recovering_until=until))


def recover_until(engine: Engine, tenant: Tenant, until: datetime | None) -> None:
    """Put a tenant into recovery until an instant, or take it out; the epoch stays what it is."""
    tenants = control.tenants
    with control_transaction(engine) as connection:
        connection.execute(update(tenants).where(tenants.c.id == tenant.id).values(recovering_until=until))
        with tenant_part(connection, tenant):
            connection.execute(update(tables.tenant_state).values(recovering_until=until))


def count_recovering(engine: Engine) -> int:
    """How many tenants are in recovery."""
    with control_transaction(engine, read_only=True) as connection:
        count: int = connection.execute(_COUNT).scalar_one()
    return count


def recovering(engine: Engine) -> Sequence[Recovering]:
    """The tenants that are in recovery, by age."""
    tenants = control.tenants.c
    until = select(tenants.id, tenants.recovering_until).where(tenants.recovering_until.is_not(None))
    with control_transaction(engine, read_only=True) as connection:
        ends = {row.id: row.recovering_until for row in connection.execute(until)}
        known = [one for one in list_tenants(connection) if one.id in ends]
    return [Recovering(tenant=one, until=ends[one.id], offered=_count_offered(engine, one)) for one in known]


def is_recovering(engine: Engine, tenant: Tenant) -> bool:
    """Whether what the desks of a tenant have is still collected."""
    until = select(control.tenants.c.recovering_until).where(control.tenants.c.id == tenant.id)
    with control_transaction(engine, read_only=True) as connection:
        return connection.execute(until).scalar_one_or_none() is not None


def _count_offered(engine: Engine, tenant: Tenant) -> int:
    with tenant_transaction(engine, tenant, read_only=True) as connection:
        count: int = connection.execute(_COUNT_OFFERED).scalar_one()
    return count


def keep_offers(connection: Connection, offers: Sequence[Offer]) -> None:
    """Keep what is handed in; what was handed in before is left as it is."""
    rows = [
        {
            "id": one.id, "was_version": one.was_version, "seq": one.seq, "user_id": one.user_id, "name": one.name,
            "args": one.args, "args_hash": one.args_hash, "at": instant_text(one.at),
            "device_id": one.device_id, "was_outcome": one.was_outcome, "was_code": one.was_code,
            "made_by": one.made_by, "undoes": one.undoes,
        }
        for one in offers
    ]  # fmt: skip
    run_all(connection, [(_OFFER, (canonical(rows),))])


def next_offers(connection: Connection, limit: int) -> Sequence[Offer]:
    """The oldest of what was handed in, by the versions that it once had."""
    ((rows),) = run_all(connection, [(_NEXT, (limit,))])
    return [Offer(**orjson.loads(told), at=at) for told, at in rows]


def drop_offers(connection: Connection, ids: Collection[str]) -> None:
    """Forget what is decided by now."""
    run_all(connection, [(_DROP, (array_text(ids),))])
