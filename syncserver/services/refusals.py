"""The one place where it is noted that somebody who is signed in was refused what they may not do."""

from typing import Final

import structlog

from shared.errors import Code
from shared.model.base import UserId
from syncserver.store.tenancy import Tenant

log = structlog.get_logger()

NOTED: Final = frozenset({Code.NOT_ALLOWED, Code.FEATURE_NOT_IN_PLAN})
"""Refusals of a right; what a limit or another rule refuses is no matter of access."""


def note(tenant: Tenant, user: UserId, what: str, code: Code) -> None:
    """Note one refusal, of a capability or a mutation, once it is certain."""
    log.warning("access.refused", tenant=tenant.id, user=user, what=what, code=code.value)
