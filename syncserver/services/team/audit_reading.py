"""The audit trail of a business, as its owner reads it."""

import orjson

from shared.protocol.audit_messages import AuditEvent, AuditPage, AuditParty
from syncserver.services.server import Principal, Server
from syncserver.store.events import Entry, newest_entries
from syncserver.store.tenancy import tenant_transaction

PAGE = 100
"""Events of one answer."""


def page_of(server: Server, principal: Principal, before: int | None) -> AuditPage:
    """A page of the tenant's chain, the newest first, from below a number on."""
    with tenant_transaction(server.engine, principal.tenant, read_only=True) as connection:
        found = newest_entries(connection, before=before, most=PAGE)
    more = len(found) == PAGE and found[-1].number > 1
    return AuditPage(events=tuple(map(_shown, found)), before=found[-1].number if more else None)


def _shown(entry: Entry) -> AuditEvent:
    return AuditEvent(
        number=entry.number,
        at=entry.at,
        kind=entry.kind,
        outcome=entry.outcome,
        actor=_party(entry.actor_id, entry.actor_email),
        as_whom=_party(entry.as_whom_id, entry.as_whom_email),
        subject=entry.subject,
        reason=entry.reason,
        ip=entry.ip,
        session=entry.session,
        details=orjson.loads(entry.details),
    )


def _party(user: str | None, email: str | None) -> AuditParty | None:
    return None if user is None and email is None else AuditParty(id=user, email=email)
