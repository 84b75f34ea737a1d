"""Grants as they are kept: what somebody of the platform may do in a business, until when."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, update

from shared.model.base import UserId, value
from shared.rules.grants import Action
from syncserver.store.tables.control import grants
from syncserver.store.tenancy import TenantId


@value
class Stored:
    """A grant; `revoked_by` is None for one that was not revoked, or by somebody who is erased."""

    id: str
    grantor_id: UserId
    grantee_id: UserId
    tenant_id: TenantId
    action: Action
    reason: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    revoked_by: UserId | None = None


_COLUMNS: Final = list(grants.c)


def add_grant(connection: Connection, grant: Stored) -> None:
    """Keep a grant."""
    connection.execute(
        insert(grants).values(
            id=grant.id, grantor_id=grant.grantor_id, grantee_id=grant.grantee_id, tenant_id=grant.tenant_id,
            action=grant.action.value, reason=grant.reason, created_at=grant.created_at, expires_at=grant.expires_at,
        )
    )  # fmt: skip


def find_grants(connection: Connection, ids: Collection[str]) -> Sequence[Stored]:
    """Grants by their ids, in the order of these."""
    found = connection.execute(select(*_COLUMNS).where(grants.c.id.in_(ids)).order_by(grants.c.id))
    return [_grant(row) for row in found]


def last_grant(connection: Connection, grantee: UserId, tenant: TenantId, action: Action) -> Stored | None:
    """The grant of an action that somebody has the longest; one that was revoked only for want of another.

    Nobody revokes it until the end of the transaction.
    """
    theirs = select(*_COLUMNS).where(
        grants.c.grantee_id == grantee, grants.c.tenant_id == tenant, grants.c.action == action.value
    )
    order = grants.c.revoked_at.is_not(None), grants.c.expires_at.desc(), grants.c.id
    row = connection.execute(theirs.order_by(*order).limit(1).with_for_update(read=True)).one_or_none()
    return None if row is None else _grant(row)


def grants_to(connection: Connection, grantee: UserId, action: Action) -> Sequence[Stored]:
    """Every grant of an action that somebody was ever given."""
    theirs = select(*_COLUMNS).where(grants.c.grantee_id == grantee, grants.c.action == action.value)
    return [_grant(row) for row in connection.execute(theirs)]


def revoke_grant(connection: Connection, grant_id: str, *, by: UserId, now: datetime) -> bool:
    """Revoke a grant; False where its time is over or it was revoked before."""
    active = update(grants).where(grants.c.id == grant_id, grants.c.revoked_at.is_(None), grants.c.expires_at > now)
    return connection.execute(active.values(revoked_at=now, revoked_by=by)).rowcount == 1


def newest_grants(connection: Connection, *, most: int, grantee: UserId | None = None) -> Sequence[Stored]:
    """Grants of all businesses, the newest first; with a `grantee` theirs alone."""
    newest = select(*_COLUMNS).order_by(grants.c.created_at.desc(), grants.c.id).limit(most)
    asked = newest if grantee is None else newest.where(grants.c.grantee_id == grantee)
    return [_grant(row) for row in connection.execute(asked)]


def _grant(row: Row[Any]) -> Stored:
    return Stored(**{**row._asdict(), "action": Action(row.action)})
