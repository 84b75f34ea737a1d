"""Sessions of the admin in the browser: an id by chance, of which the hash is kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, select, update

from shared.model.base import UserId, value
from syncserver.store.tables import control


@value
class AdminSession:
    """Somebody's sign-in in a browser; one that is not `enrolled` is good for enrolling a second factor alone."""

    id: str
    user_id: UserId
    enrolled: bool
    created_at: datetime
    last_used_at: datetime
    user_agent: str
    ip: str | None


_SESSIONS: Final = control.admin_sessions
_COLUMNS: Final = [
    _SESSIONS.c[name]
    for name in ("id", "user_id", "enrolled", "created_at", "last_used_at", "user_agent", "ip")
]  # fmt: skip


def add_admin_session(connection: Connection, session: AdminSession, token_hash: str) -> None:
    """Keep a session that begins."""
    connection.execute(
        insert(_SESSIONS).values(
            id=session.id, token_hash=token_hash, user_id=session.user_id, enrolled=session.enrolled,
            created_at=session.created_at, last_used_at=session.last_used_at, user_agent=session.user_agent,
            ip=session.ip,
        )
    )  # fmt: skip


def find_admin_session(connection: Connection, token_hash: str) -> AdminSession | None:
    """The session of a token that has not ended."""
    live = select(*_COLUMNS).where(_SESSIONS.c.token_hash == token_hash, _SESSIONS.c.ended_at.is_(None))
    row = connection.execute(live).one_or_none()
    return None if row is None else AdminSession(**row._asdict())


def live_admin_sessions(
    connection: Connection, user: UserId, *, used_since: datetime, begun_since: datetime
) -> Sequence[AdminSession]:  # fmt: skip
    """A person's sessions that go on, the latest used first."""
    live = select(*_COLUMNS).where(
        _SESSIONS.c.user_id == user, _SESSIONS.c.ended_at.is_(None), _SESSIONS.c.last_used_at >= used_since,
        _SESSIONS.c.created_at >= begun_since,
    )  # fmt: skip
    rows = connection.execute(live.order_by(_SESSIONS.c.last_used_at.desc(), _SESSIONS.c.id))
    return [AdminSession(**row._asdict()) for row in rows]


def touch_admin_session(connection: Connection, session_id: str, now: datetime) -> None:
    """Note that a session was used."""
    connection.execute(update(_SESSIONS).where(_SESSIONS.c.id == session_id).values(last_used_at=now))


def end_admin_session(connection: Connection, session_id: str, *, reason: str, now: datetime) -> bool:
    """End a session; False where it has ended already."""
    live = update(_SESSIONS).where(_SESSIONS.c.id == session_id, _SESSIONS.c.ended_at.is_(None))
    return connection.execute(live.values(ended_at=now, end_reason=reason)).rowcount == 1


def end_admin_sessions_of(
    connection: Connection, user: UserId, *, reason: str, now: datetime, but: str | None = None
) -> None:  # fmt: skip
    """End every session of a person, `but` one."""
    live = update(_SESSIONS).where(_SESSIONS.c.user_id == user, _SESSIONS.c.ended_at.is_(None))
    if but is not None:
        live = live.where(_SESSIONS.c.id != but)
    connection.execute(live.values(ended_at=now, end_reason=reason))
