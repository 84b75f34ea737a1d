"""How much of each replica a shut out device or person has handed in, and whether that was all."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, text

from shared.model.base import value

_HELD: Final = text(
    """
    INSERT INTO hand_in (device_id, user_id, replica_id, kept, begun_at) VALUES (:device, :user, :replica, 0, :now)
    ON CONFLICT (device_id, user_id, replica_id) DO UPDATE SET kept = hand_in.kept
    RETURNING done_at IS NOT NULL
    """
)
_KEPT: Final = text("SELECT coalesce(sum(kept), 0), count(*) FROM hand_in WHERE device_id = :device")
_NOTE: Final = text(
    """
    UPDATE hand_in SET kept = kept + :more, done_at = CASE WHEN :last THEN coalesce(done_at, :now) ELSE done_at END
    WHERE (device_id, user_id, replica_id) = (CAST(:device AS uuid), CAST(:user AS uuid), CAST(:replica AS uuid))
    """
)
_BEGIN_ANEW: Final = text(
    """
    UPDATE hand_in SET done_at = NULL
    WHERE device_id = :device AND (CAST(:user AS uuid) IS NULL OR user_id = :user) AND done_at IS NOT NULL
    """
)
_LET_IN: Final = text("UPDATE hand_in SET done_at = NULL WHERE user_id = :user AND done_at IS NOT NULL")


@value
class HandInOf:
    """Whose ticket it is, and for which replica it is used."""

    device: str
    user: str
    replica: str


def hold(connection: Connection, of: HandInOf, now: datetime) -> bool:
    """Begin, or go on: whether the replica was handed in whole before. After the tenant's clock."""
    return bool(connection.execute(_HELD, {**_named(of), "now": now}).scalar_one())


def kept_of(connection: Connection, device: str) -> tuple[int, int]:
    """How many edits of a device are kept by now, and of how many replicas it has brought any."""
    edits, replicas = connection.execute(_KEPT, {"device": device}).one()
    return int(edits), int(replicas)


def note(connection: Connection, of: HandInOf, more: int, now: datetime, *, last: bool) -> None:
    """Note that `more` edits are kept, and with `last` that these were all."""
    connection.execute(_NOTE, {**_named(of), "more": more, "last": last, "now": now})


def begin_anew(connection: Connection, device: str, *, user: str | None = None) -> None:
    """Let nothing of a device be handed in whole any more, or nothing that this person has brought there.

    For who was let in makes more than that, and what was one person's own is not all there is once the device itself is
    shut out. In the tenant's part; what is kept stays counted.
    """
    connection.execute(_BEGIN_ANEW, {"device": device, "user": user})


def let_in_again(connection: Connection, user: str) -> None:
    """The same of a person on every device: their session goes on where it was not ended. In the tenant's part."""
    connection.execute(_LET_IN, {"user": user})


def _named(of: HandInOf) -> dict[str, str]:
    return {"device": of.device, "user": of.user, "replica": of.replica}
