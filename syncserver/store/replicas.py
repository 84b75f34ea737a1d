"""The replicas that desks have registered, each bound to its device."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, text

from syncserver.store.pushes import Person, person_of

_REGISTER: Final = text(
    """
    INSERT INTO replica (id, device_id, user_id, schema, created_at) VALUES (:id, :device, :user, :schema, :now)
    ON CONFLICT (id) DO UPDATE SET schema = excluded.schema WHERE replica.device_id = excluded.device_id
    RETURNING last_seq
    """
)
_STANDING: Final = text(
    """
    SELECT session.id, session.user_id, session.device_id, session.ended_at IS NULL, member.role, member.name,
        member.active, tenant_state.state, clock.version
    FROM tenant_state CROSS JOIN clock
    LEFT JOIN session ON session.id = :session LEFT JOIN member ON member.id = session.user_id
    """
)
_STORED: Final = (
    text("UPDATE replica SET stored_seq = greatest(stored_seq, :seq) WHERE id = :id"),
    text("DELETE FROM outcome WHERE replica_id = :id AND seq <= :seq"),
)


def standing(connection: Connection, session: str) -> tuple[Person | None, str, int]:
    """Whom a session stands for, the tenant's state, and its version, all of one moment."""
    *person, state, version = connection.execute(_STANDING, {"session": session}).one()
    return None if person[4] is None else person_of(person), state, version


def register_replica(
    connection: Connection, *, replica: str, device: str, user: str, schema: int, now: datetime
) -> int | None:  # fmt: skip
    """Make a replica known, or its newer schema; the last seq that was decided. None where it is another device's."""
    given = {"id": replica, "device": device, "user": user, "schema": schema, "now": now}
    last_seq: int | None = connection.execute(_REGISTER, given).scalar_one_or_none()
    return last_seq


def forget_outcomes(connection: Connection, replica: str, up_to: int) -> None:
    """Drop the outcomes that a replica has stored itself."""
    for statement in _STORED:
        connection.execute(statement, {"id": replica, "seq": up_to})
