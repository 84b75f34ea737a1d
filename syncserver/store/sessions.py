"""Who is signed in on which device, told to the control side and to the tenant's schema in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, Connection, Engine, Row, insert, or_, select, text, update

from shared import clock
from shared.errors import AppError
from shared.model.base import SessionId, UserId
from shared.model.plan import Limit
from syncserver.store import hand_ins
from syncserver.store.devices import Device, Enrolled, enrol
from syncserver.store.plans import require_room
from syncserver.store.tables import control
from syncserver.store.tables import tenant as tables
from syncserver.store.tenancy import Tenant, TenantId, control_transaction, take_clock, tenant_part
from syncserver.store.users import User, is_unchanged

DEVICE_KEYED: Final = "device_keyed"
"""Why a session has ended that began before its device had a key: sign in again."""

LAPSED: Final = "lapsed"
"""Why a session has ended that was not used for too long, or is as old as one may become: sign in again."""


class ChangedMeanwhile(AppError):
    """Somebody was disabled or has got another password, or the device was shut out, since that was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One person's sign-in on one device, and the family of refresh tokens that goes with it."""

    id: SessionId
    user_id: UserId
    tenant_id: TenantId | None
    device_id: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    end_reason: str | None


class Shown(StrEnum):
    """What a presented refresh token turned out to be."""

    FRESH = "fresh"
    """The newest one: it was exchanged for its child."""
    REPEATED = "repeated"
    """Its child is not used yet, the reply was lost: the same child is due again."""
    SPENT = "spent"
    """Its child was used: two parties hold this family, which must end."""
    UNKNOWN = "unknown"
    """No token, or one of a session that has ended or lapsed."""


def start_session(
    engine: Engine, tenant: Tenant, *, user: User, device: Device, session_id: SessionId, token_hash: str,
    life: timedelta,
) -> Session | None:  # fmt: skip
    """Begin a session, and enrol the device at its first sign-in; None where it is known by another key.

    `life` is how long the session lasts at most. Raises ChangedMeanwhile: whoever changes a password ends every session
    that the one before has begun. Raises Refusal(LIMIT_REACHED) where the tenant's plan has no room for one more
    device; one that is known already goes on.
    """
    now = clock.now()
    session = Session(
        id=session_id, user_id=user.id, tenant_id=tenant.id, device_id=device.id,
        created_at=now, last_used_at=now, expires_at=now + life, ended_at=None, end_reason=None,
    )  # fmt: skip
    with control_transaction(engine) as connection:
        if not is_unchanged(connection, user):
            raise ChangedMeanwhile
        enrolled = enrol(connection, tenant, device)
        if enrolled is Enrolled.REVOKED:
            raise ChangedMeanwhile
        if enrolled is Enrolled.UNPROVEN:
            return None
        if enrolled is Enrolled.KEYED:
            # Whoever comes first gives the key: nobody else's session from before is left to them.
            connection.execute(_END_ALL_ON, {"tenant": tenant.id, "device": device.id, "now": now})
        connection.execute(
            insert(control.sessions).values(
                id=session.id, user_id=user.id, tenant_id=tenant.id, device_id=device.id,
                token_hash=token_hash, created_at=now, last_used_at=now, expires_at=session.expires_at,
            )
        )  # fmt: skip
        with tenant_part(connection, tenant):
            take_clock(connection, tenant)
            if enrolled is Enrolled.KEYED:
                connection.execute(update(tables.session).where(_live_on(device.id)).values(ended_at=now))
            mirror = {"id": session.id, "user_id": user.id, "device_id": device.id}
            connection.execute(insert(tables.session).values(**mirror))
            hand_ins.begin_anew(connection, device.id, user=user.id)
        if enrolled is Enrolled.NEW:
            require_room(connection, tenant, Limit.DEVICES)
    return session


def _live_on(device_id: str) -> ColumnElement[bool]:
    mirrored = tables.session.c
    return (mirrored.device_id == device_id) & mirrored.ended_at.is_(None)


def find_session(engine: Engine, session_id: SessionId) -> Session | None:
    """The session of this id, ended ones too."""
    with control_transaction(engine, read_only=True) as connection:
        row = connection.execute(select(*_COLUMNS).where(control.sessions.c.id == session_id)).one_or_none()
    return None if row is None else _session(row)


def steady_session(connection: Connection, session_id: SessionId) -> Session | None:
    """The session of this id, which does not end until the control transaction has; several may want that at once."""
    asked = select(*_COLUMNS).where(control.sessions.c.id == session_id).with_for_update(read=True)
    row = connection.execute(asked).one_or_none()
    return None if row is None else _session(row)


def exchange_token(
    engine: Engine, *, shown_hash: str, child_hash: str, idle: timedelta
) -> tuple[Shown, Session | None]:  # fmt: skip
    """Exchange a refresh token for its child, and say what the one shown was, with its session.

    A session that was not used for `idle` is over. A session that must end is for the caller to end.
    """
    now = clock.now()
    with control_transaction(engine) as connection:
        # The row is decided upon once: two that show the same token at once get the same child.
        given = {"shown": shown_hash, "child": child_hash, "now": now, "unused_since": now - idle}
        fresh = connection.execute(_EXCHANGE, given).scalar_one_or_none()
        if fresh is not None:
            return Shown.FRESH, _read(connection, fresh)
        sessions = control.sessions.c
        parent = select(sessions.id).where(
            sessions.parent_hash == shown_hash, sessions.token_hash == child_hash, sessions.ended_at.is_(None),
            sessions.expires_at > now, sessions.last_used_at > now - idle,
        )  # fmt: skip
        repeated = connection.execute(parent).scalar_one_or_none()
        if repeated is not None:
            return Shown.REPEATED, _read(connection, repeated)
        spent = connection.execute(
            select(control.spent_tokens.c.session_id).where(control.spent_tokens.c.token_hash == shown_hash)
        ).scalar_one_or_none()
        return (Shown.UNKNOWN, None) if spent is None else (Shown.SPENT, _read(connection, spent))


def take_up(engine: Engine, session_id: SessionId, shown_hash: str, *, idle: timedelta) -> bool:
    """Let a token be a session's newest that this database does not know; whether the session goes on.

    Those that are known of it are spent by that.
    """
    now = clock.now()
    with control_transaction(engine) as connection:
        given = {"session": session_id, "shown": shown_hash, "now": now, "unused_since": now - idle}
        return connection.execute(_TAKE_UP, given).scalar_one_or_none() is not None


def session_behind(engine: Engine, token_hash: str) -> Session | None:
    """The session that a refresh token is or was of, ended ones and spent tokens too."""
    sessions, spent = control.sessions.c, control.spent_tokens.c
    wanted = select(*_COLUMNS).where(
        or_(
            sessions.token_hash == token_hash,
            sessions.parent_hash == token_hash,
            sessions.id.in_(select(spent.session_id).where(spent.token_hash == token_hash)),
        )
    )
    with control_transaction(engine, read_only=True) as connection:
        row = connection.execute(wanted).one_or_none()
    return None if row is None else _session(row)


def end_session(engine: Engine, tenant: Tenant | None, session_id: SessionId, *, reason: str) -> int:
    """End a session everywhere at once; one that has ended stays as it was. The tenant's version of it, else 0."""
    with control_transaction(engine) as connection:
        return _end(connection, tenant, control.sessions.c.id == session_id, reason)


def end_sessions_of(
    connection: Connection, tenant: Tenant | None, user: UserId, *, reason: str, but: SessionId | None = None
) -> int:  # fmt: skip
    """End every session of a person, `but` one; within a control transaction. The tenant's version of it, else 0."""
    theirs = control.sessions.c.user_id == user
    return _end(connection, tenant, theirs if but is None else theirs & (control.sessions.c.id != but), reason)


def end_sessions_on(connection: Connection, tenant: Tenant, device_id: str, *, reason: str) -> int:
    """End every session on a device; within a control transaction. The tenant's version of it, else 0."""
    sessions = control.sessions.c
    return _end(connection, tenant, (sessions.tenant_id == tenant.id) & (sessions.device_id == device_id), reason)


def end_lapsed(engine: Engine, tenant: Tenant, *, idle: timedelta, most: int) -> int | None:
    """End some sessions of a tenant that are over by time alone; how many, None once there are no more.

    Nobody goes on with one of those. A push asks the tenant's schema alone, though, and takes edits of each that has
    not ended there.
    """
    now = clock.now()
    given = {"tenant": tenant.id, "now": now, "unused_since": now - idle, "most": most}
    with control_transaction(engine) as connection:
        lapsed = list(connection.execute(_LAPSED, given).scalars())
        if lapsed:
            _end(connection, tenant, control.sessions.c.id.in_(lapsed), LAPSED)
    return len(lapsed) or None


def _end(connection: Connection, tenant: Tenant | None, which: ColumnElement[bool], reason: str) -> int:
    now, sessions = clock.now(), control.sessions
    live = update(sessions).where(which, sessions.c.ended_at.is_(None)).returning(sessions.c.id)
    ended = list(connection.execute(live.values(ended_at=now, end_reason=reason)).scalars())
    if tenant is None or not ended:
        return 0
    with tenant_part(connection, tenant):
        version = take_clock(connection, tenant)
        connection.execute(update(tables.session).where(tables.session.c.id.in_(ended)).values(ended_at=now))
    return version


def live_sessions(engine: Engine, user: UserId, *, idle: timedelta) -> Sequence[tuple[Session, str]]:
    """A person's sessions that go on, the newest first, each with the name of its device."""
    now, sessions = clock.now(), control.sessions.c
    theirs = select(*_COLUMNS, control.devices.c.name).join(
        control.devices,
        (control.devices.c.tenant_id == sessions.tenant_id) & (control.devices.c.id == sessions.device_id),
    )
    theirs = theirs.where(
        sessions.user_id == user, sessions.ended_at.is_(None), sessions.expires_at > now,
        sessions.last_used_at > now - idle,
    )  # fmt: skip
    with control_transaction(engine, read_only=True) as connection:
        rows = connection.execute(theirs.order_by(sessions.created_at.desc())).all()
    return [(Session(**{key: said for key, said in row._asdict().items() if key != "name"}), row.name) for row in rows]


def _read(connection: Connection, session_id: str) -> Session:
    return _session(connection.execute(select(*_COLUMNS).where(control.sessions.c.id == session_id)).one())


_COLUMNS: Final = [
    control.sessions.c[name]
    for name in (
        "id", "user_id", "tenant_id", "device_id", "created_at", "last_used_at", "expires_at", "ended_at", "end_reason"
    )
]  # fmt: skip


def _session(row: Row[*tuple[object, ...]]) -> Session:
    return Session(**row._asdict())


_END_ALL_ON: Final = text(
    f"""
    UPDATE sessions SET ended_at = :now, end_reason = '{DEVICE_KEYED}'
    WHERE tenant_id = :tenant AND device_id = :device AND ended_at IS NULL
    """
)
# One that is just being exchanged or ended is left: nobody waits for this, nor this for anybody.
_LAPSED: Final = text(
    """
    SELECT id FROM sessions
    WHERE tenant_id = :tenant AND ended_at IS NULL AND NOT (expires_at > :now AND last_used_at > :unused_since)
    LIMIT :most FOR UPDATE SKIP LOCKED
    """
)
_TAKE_UP: Final = text(
    """
    WITH held AS (
        SELECT id, token_hash, parent_hash FROM sessions
        WHERE id = :session AND ended_at IS NULL AND expires_at > :now AND last_used_at > :unused_since
        FOR UPDATE
    ), older AS (
        -- Not where it was shown twice at once: then it is known by now.
        SELECT * FROM held WHERE token_hash <> :shown AND parent_hash IS DISTINCT FROM :shown
    ), spent AS (
        INSERT INTO spent_tokens (token_hash, session_id, spent_at)
        SELECT known, id, :now FROM older CROSS JOIN LATERAL (VALUES (token_hash), (parent_hash)) AS both_of (known)
        WHERE known IS NOT NULL
        ON CONFLICT DO NOTHING
    ), taken AS (
        UPDATE sessions SET token_hash = :shown, parent_hash = NULL FROM older WHERE sessions.id = older.id
    )
    SELECT id FROM held
    """
)
_EXCHANGE: Final = text(
    """
    WITH held AS (
        SELECT id, parent_hash FROM sessions
        WHERE token_hash = :shown AND ended_at IS NULL AND expires_at > :now AND last_used_at > :unused_since
        FOR UPDATE
    ), spent AS (
        INSERT INTO spent_tokens (token_hash, session_id, spent_at)
        SELECT parent_hash, id, :now FROM held WHERE parent_hash IS NOT NULL
        ON CONFLICT DO NOTHING
    )
    UPDATE sessions SET parent_hash = token_hash, token_hash = :child, last_used_at = :now
    FROM held WHERE sessions.id = held.id
    RETURNING sessions.id
    """
)
