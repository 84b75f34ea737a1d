"""What is kept of the sessions of a business that was erased: enough to know its desks again.

No name, and not whose they were: ids of sessions, hashes of their newest tokens, and the keys of their devices.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Engine, delete, or_, select, text

from syncserver.store.tables.control import erased_sessions
from syncserver.store.tenancy import TenantId, control_transaction

_KEEP: Final = text(
    """
    INSERT INTO erased_sessions (id, token_hash, parent_hash, public_key, erased_at)
    SELECT sessions.id, token_hash, parent_hash, public_key, :now FROM sessions JOIN devices USING (tenant_id)
    WHERE tenant_id = :tenant AND devices.id = sessions.device_id AND public_key IS NOT NULL
    ON CONFLICT DO NOTHING
    """
)


def keep_sessions(connection: Connection, tenant: TenantId, now: datetime) -> None:
    """Keep what is needed of a tenant's sessions; in the control transaction that erases it, and before that."""
    connection.execute(_KEEP, {"tenant": tenant, "now": now})


def key_of_erased(engine: Engine, token_hash: str, session: str | None) -> str | None:
    """The key of the device of a session by its newest token or the one before, or by its id where that is known."""
    kept = erased_sessions.c
    named = or_(kept.token_hash == token_hash, kept.parent_hash == token_hash, kept.id == session)
    with control_transaction(engine, read_only=True) as connection:
        found: str | None = connection.execute(select(kept.public_key).where(named).limit(1)).scalar_one_or_none()
    return found


def forget_erased(engine: Engine, before: datetime) -> None:
    """Forget those of businesses that were erased before an instant."""
    with control_transaction(engine) as connection:
        connection.execute(delete(erased_sessions).where(erased_sessions.c.erased_at < before))
