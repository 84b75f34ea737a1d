"""The replicas that desks have registered, each bound to its device."""

from datetime import datetime
from typing import Final

import orjson
from sqlalchemy import Connection, text

from shared.model.base import value
from syncserver.store.pushes import Person, person_of
from syncserver.store.terms import Terms, terms_of

_REGISTER: Final = text(
    """
    INSERT INTO replica (id, device_id, user_id, schema, created_at, seen_at)
    VALUES (:id, :device, :user, :schema, :now, :now)
    ON CONFLICT (id) DO UPDATE SET schema = excluded.schema,
        seen_at = CASE WHEN replica.retired_at IS NULL THEN excluded.seen_at ELSE replica.seen_at END
        WHERE replica.device_id = excluded.device_id
    RETURNING last_seq, retired_at IS NOT NULL AS retired
    """
)
_STANDING: Final = text(
    """
    SELECT session.id, session.user_id, session.device_id, session.ended_at IS NULL, member.role, member.name,
        member.active, session.actor_id, tenant_state.state, plan.features, tenant_state.offline_lease, clock.version
    FROM tenant_state CROSS JOIN plan CROSS JOIN clock
    LEFT JOIN session ON session.id = :session LEFT JOIN member ON member.id = session.user_id
    """
)
_HELD_AT: Final = text("SELECT EXISTS (SELECT FROM replica WHERE device_id = :device)")


@value
class Known:
    """Where a registered replica stands: the last seq that was decided, and whether it was away for too long."""

    last_seq: int
    retired: bool


_SEEN: Final = text("UPDATE replica SET seen_at = :now WHERE id = :id AND retired_at IS NULL")
_STORED: Final = (
    text("UPDATE replica SET stored_seq = greatest(stored_seq, :seq) WHERE id = :id"),
    text("DELETE FROM outcome WHERE replica_id = :id AND seq <= :seq"),
)


def standing(connection: Connection, session: str) -> tuple[Person | None, Terms, int]:
    """Whom a session stands for, the tenant's terms, and its version, all of one moment."""
    *person, state, features, lease, version = connection.execute(_STANDING, {"session": session}).one()
    terms = terms_of(state, orjson.loads(features), lease)
    return None if person[4] is None else person_of(person), terms, version


def register_replica(
    connection: Connection, *, replica: str, device: str, user: str, schema: int, now: datetime
) -> Known | None:  # fmt: skip
    """Make a replica known, or its newer schema; where it stands. None where it is another device's."""
    given = {"id": replica, "device": device, "user": user, "schema": schema, "now": now}
    row = connection.execute(_REGISTER, given).one_or_none()
    return None if row is None else Known(last_seq=row.last_seq, retired=row.retired)


def is_held_at(connection: Connection, device: str) -> bool:
    """Whether a device holds a replica, or ever has."""
    held: bool = connection.execute(_HELD_AT, {"device": device}).scalar_one()
    return held


def recovering_until(connection: Connection) -> datetime | None:
    """Until when the tenant is in recovery; None where it is in none."""
    until: datetime | None = connection.execute(text("SELECT recovering_until FROM tenant_state")).scalar_one()
    return until


def note_contact(connection: Connection, replica: str, now: datetime) -> None:
    """Remember that a replica was heard of."""
    connection.execute(_SEEN, {"id": replica, "now": now})


def forget_outcomes(connection: Connection, replica: str, up_to: int) -> None:
    """Drop the outcomes that a replica has stored itself."""
    for statement in _STORED:
        connection.execute(statement, {"id": replica, "seq": up_to})
