"""The messages about the audit trail."""

from collections.abc import Mapping
from typing import Any

from shared.mutations.registry import arguments


@arguments
class AuditParty:
    """Who did something, or as whom: of somebody who is known by nothing else only one of the two is there."""

    id: str | None
    email: str | None


@arguments
class AuditEvent:
    """One event: what, whether it was let happen, who as whom, about what, why, and from where.

    `session` tells which are of one session, and opens none; `details` are of the kind.
    """

    number: int
    at: str
    kind: str
    outcome: str
    actor: AuditParty | None
    as_whom: AuditParty | None
    subject: str | None
    reason: str | None
    ip: str | None
    session: str | None
    details: Mapping[str, Any]


@arguments
class AuditPage:
    """`GET /v1/audit`: the newest first; `before` is where the next page begins, null where there is none."""

    events: tuple[AuditEvent, ...]
    before: int | None
