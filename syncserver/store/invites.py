"""Invites to a team: each is of one e-mail, one role and one tenant, and is taken once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, insert, select, update

from shared.model.base import UserId, value
from shared.model.member import Role
from syncserver.store.tables.control import invites
from syncserver.store.tenancy import TenantId


@value
class Invite:
    """An invite; `invited_by` is None for one of the platform."""

    id: str
    tenant_id: TenantId
    email: str
    role: Role
    invited_by: UserId | None
    created_at: datetime
    expires_at: datetime


_COLUMNS: Final = [
    invites.c[name] for name in ("id", "tenant_id", "email", "role", "invited_by", "created_at", "expires_at")
]


def put_invite(connection: Connection, invite: Invite, *, token_hash: str) -> None:
    """Keep an invite, in place of those that the same tenant has sent to the same e-mail before."""
    earlier = update(invites).where(
        invites.c.tenant_id == invite.tenant_id, invites.c.email == invite.email, invites.c.used_at.is_(None),
        invites.c.revoked_at.is_(None),
    )  # fmt: skip
    connection.execute(earlier.values(revoked_at=invite.created_at))
    connection.execute(
        insert(invites).values(
            id=invite.id, tenant_id=invite.tenant_id, email=invite.email, role=invite.role.value,
            token_hash=token_hash, invited_by=invite.invited_by, created_at=invite.created_at,
            expires_at=invite.expires_at,
        )
    )  # fmt: skip


def waiting_invites(connection: Connection, tenant: TenantId, now: datetime) -> Sequence[Invite]:
    """The invites of a tenant that can still be taken, the newest first."""
    mine = _waiting(now).where(invites.c.tenant_id == tenant).order_by(invites.c.created_at.desc())
    return [_invite(row) for row in connection.execute(mine)]


def waiting_invites_to(connection: Connection, tenant: TenantId, email: str, now: datetime) -> Sequence[Invite]:
    """Those of one e-mail, which another would take the place of."""
    mine = _waiting(now).where(invites.c.tenant_id == tenant, invites.c.email == email)
    return [_invite(row) for row in connection.execute(mine)]


def find_invite(connection: Connection, tenant: TenantId, invite_id: str, now: datetime) -> Invite | None:
    """An invite of a tenant that can still be taken."""
    return _one(connection, _waiting(now).where(invites.c.tenant_id == tenant, invites.c.id == invite_id))


def invite_behind(connection: Connection, token_hash: str, now: datetime) -> Invite | None:
    """The invite of a link, where it can still be taken."""
    return _one(connection, _waiting(now).where(invites.c.token_hash == token_hash))


def revoke_invite(connection: Connection, invite_id: str, now: datetime) -> bool:
    """Take an invite back; False where it cannot be taken any more anyhow."""
    return _change(connection, invites.c.id == invite_id, now, revoked_at=now)


def use_invite(connection: Connection, token_hash: str, now: datetime) -> bool:
    """Take an invite; of many that do it at once one does."""
    return _change(connection, invites.c.token_hash == token_hash, now, used_at=now)


def _waiting(now: datetime) -> Select[Any]:
    return select(*_COLUMNS).where(
        invites.c.used_at.is_(None), invites.c.revoked_at.is_(None), invites.c.expires_at > now
    )  # fmt: skip


def _change(connection: Connection, which: Any, now: datetime, **changes: datetime) -> bool:
    waits = update(invites).where(
        which, invites.c.used_at.is_(None), invites.c.revoked_at.is_(None), invites.c.expires_at > now
    )  # fmt: skip
    return connection.execute(waits.values(changes)).rowcount == 1


def _one(connection: Connection, wanted: Select[Any]) -> Invite | None:
    row = connection.execute(wanted).one_or_none()
    return None if row is None else _invite(row)


def _invite(row: Row[Any]) -> Invite:
    return Invite(**{**row._asdict(), "role": Role(row.role)})
