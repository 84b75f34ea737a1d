"""How often a sign-in was missed, and when the next try is looked at; it outlives the process."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine, text

from syncserver.store.tenancy import control_transaction

# The try is charged before the password is looked at, so that tries at the same moment cannot share one.
_CHARGE: Final = text(
    """
    INSERT INTO sign_in_misses AS known (key, misses, next_try_at) VALUES (:key, 1, :now)
    ON CONFLICT (key) DO UPDATE SET
        misses = CASE WHEN known.next_try_at < :forgotten THEN 1 ELSE known.misses + 1 END,
        next_try_at = :now + CASE WHEN known.next_try_at < :forgotten OR known.misses < 4 THEN interval '0 seconds'
            ELSE least(15 * 2.0 ^ least(known.misses - 4, 10), 900) * interval '1 second' END
    WHERE known.next_try_at <= :now
    RETURNING misses
    """
)
_WAIT: Final = text("SELECT next_try_at FROM sign_in_misses WHERE key = :key")
_FORGET: Final = text("DELETE FROM sign_in_misses WHERE key = :key OR next_try_at < :forgotten")
_SEEN: Final = text(
    """
    SELECT FROM sessions JOIN devices ON devices.tenant_id = sessions.tenant_id AND devices.id = sessions.device_id
    WHERE sessions.user_id = :user AND sessions.device_id = :device AND devices.public_key = :key LIMIT 1
    """
)
_MEMORY: Final = timedelta(days=1)


def charge_try(engine: Engine, key: str, now: datetime) -> int:
    """Count a try as missed. 0 where it may go on, else the seconds to wait.

    They are 15 after the fifth miss, then 30, 60, 900 at most. A day without tries starts the count anew.
    """
    given: dict[str, Any] = {"key": key, "now": now, "forgotten": now - _MEMORY}
    with control_transaction(engine) as connection:
        if connection.execute(_CHARGE, given).first() is not None:
            return 0
        again: datetime = connection.execute(_WAIT, {"key": key}).scalar_one()
        return max(1, int((again - now).total_seconds()))


def wait_left(engine: Engine, key: str, now: datetime) -> int:
    """Seconds that the next try has to wait, 0 for none."""
    with control_transaction(engine, read_only=True) as connection:
        again: datetime | None = connection.execute(_WAIT, {"key": key}).scalar_one_or_none()
    return max(0, int((again - now).total_seconds())) if again else 0


def forget_misses(engine: Engine, key: str, now: datetime) -> None:
    """Start counting anew after a success, and drop what is too old to count."""
    with control_transaction(engine) as connection:
        connection.execute(_FORGET, {"key": key, "forgotten": now - _MEMORY})


def has_signed_in(engine: Engine, user_id: str, device_id: str, public_key: str) -> bool:
    """Whether this person has ever signed in on this device, which is known by this key."""
    with control_transaction(engine, read_only=True) as connection:
        return connection.execute(_SEEN, {"user": user_id, "device": device_id, "key": public_key}).first() is not None
