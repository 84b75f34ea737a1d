"""Masquerades and the codes that open them, told to the control side and to the tenant's schema in one transaction."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, Select, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.model.base import UserId, value
from syncserver.store.tables import control
from syncserver.store.tables import tenant as tables
from syncserver.store.tenancy import Tenant, TenantId, control_transaction, take_clock, tenant_part

_MASQUERADES: Final = control.masquerades
_CODES: Final = control.masquerade_codes


@value
class Stored:
    """A masquerade as it is kept; `tenant_id` is None where the target is of the platform."""

    id: str
    actor_id: UserId
    target_id: UserId
    tenant_id: TenantId | None
    reason: str
    started_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None


@value
class Code:
    """What opens a masquerade at a desk, as it is kept."""

    code_hash: str
    masquerade_id: str
    digits_hash: str
    expires_at: datetime


_COLUMNS: Final = [
    _MASQUERADES.c[name]
    for name in ("id", "actor_id", "target_id", "tenant_id", "reason", "started_at", "expires_at", "ended_at")
]


def add_masquerade(connection: Connection, tenant: Tenant | None, begun: Stored) -> bool:
    """Keep a masquerade that begins; False, and nothing is kept, where its actor's last one has not ended.

    In the tenant's schema it is a session of the target on a device of its own, whose id is the masquerade's.
    """
    kept = upsert(_MASQUERADES).on_conflict_do_nothing().returning(_MASQUERADES.c.id)
    given = {
        "id": begun.id, "actor_id": begun.actor_id, "target_id": begun.target_id, "tenant_id": begun.tenant_id,
        "reason": begun.reason, "started_at": begun.started_at, "expires_at": begun.expires_at,
    }  # fmt: skip
    if connection.execute(kept, given).one_or_none() is None:
        return False
    if tenant is not None:
        session = {"id": begun.id, "user_id": begun.target_id, "device_id": begun.id, "actor_id": begun.actor_id}
        with tenant_part(connection, tenant):
            connection.execute(insert(tables.session).values(session))
    return True


def find_masquerade(engine: Engine, masquerade_id: str) -> Stored | None:
    """The masquerade of this id, ended ones too."""
    return _one(engine, select(*_COLUMNS).where(_MASQUERADES.c.id == masquerade_id))


def find_running(engine: Engine, actor: UserId) -> Stored | None:
    """The one masquerade of a person that was not ended, though its time may be over."""
    return _one(engine, select(*_COLUMNS).where(_MASQUERADES.c.actor_id == actor, _MASQUERADES.c.ended_at.is_(None)))


def end_masquerade(
    connection: Connection, tenant: Tenant | None, masquerade_id: str, *, reason: str, now: datetime
) -> int | None:  # fmt: skip
    """End a masquerade everywhere at once, with what it could open and the replicas that it had.

    Within a control transaction. The tenant's version of it, 0 without a tenant; None where it had ended before.
    """
    live = update(_MASQUERADES).where(_MASQUERADES.c.id == masquerade_id, _MASQUERADES.c.ended_at.is_(None))
    if connection.execute(live.values(ended_at=now, end_reason=reason)).rowcount == 0:
        return None
    _spend_codes(connection, masquerade_id, now)
    if tenant is None:
        return 0
    mine, replicas = tables.session.c.id == masquerade_id, tables.replica
    with tenant_part(connection, tenant):
        # Behind the clock no push is under way: each is decided before this, or refused.
        version = take_clock(connection, tenant)
        connection.execute(update(tables.session).where(mine).values(ended_at=now))
        connection.execute(update(replicas).where(replicas.c.device_id == masquerade_id).values(retired_at=now))
    return version


def put_code(connection: Connection, code: Code, now: datetime) -> None:
    """Keep a code in place of those that were offered for the same masquerade before."""
    _spend_codes(connection, code.masquerade_id, now)
    connection.execute(
        insert(_CODES).values(
            code_hash=code.code_hash, masquerade_id=code.masquerade_id, digits_hash=code.digits_hash,
            expires_at=code.expires_at,
        )
    )  # fmt: skip


def find_code(engine: Engine, code_hash: str, now: datetime) -> Code | None:
    """A code that is still good."""
    good = select(*_CODE_COLUMNS).where(_CODES.c.code_hash == code_hash, *_is_good(now))
    with control_transaction(engine, read_only=True) as connection:
        row = connection.execute(good).one_or_none()
    return None if row is None else Code(**row._asdict())


def use_code(connection: Connection, code_hash: str, now: datetime) -> Code | None:
    """Use a code up, whatever comes of it; of many that do it at once one gets it."""
    good = update(_CODES).where(_CODES.c.code_hash == code_hash, *_is_good(now)).values(used_at=now)
    row = connection.execute(good.returning(*_CODE_COLUMNS)).one_or_none()
    return None if row is None else Code(**row._asdict())


_CODE_COLUMNS: Final = [_CODES.c[name] for name in ("code_hash", "masquerade_id", "digits_hash", "expires_at")]


def _is_good(now: datetime) -> tuple[Any, ...]:
    return _CODES.c.used_at.is_(None), _CODES.c.expires_at > now


def _spend_codes(connection: Connection, masquerade_id: str, now: datetime) -> None:
    waiting = update(_CODES).where(_CODES.c.masquerade_id == masquerade_id, _CODES.c.used_at.is_(None))
    connection.execute(waiting.values(used_at=now))


def _one(engine: Engine, wanted: Select[Any]) -> Stored | None:
    with control_transaction(engine, read_only=True) as connection:
        row: Row[Any] | None = connection.execute(wanted).one_or_none()
    return None if row is None else Stored(**row._asdict())
