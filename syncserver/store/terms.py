"""Under what terms a business is served, as its own schema says it."""

from collections.abc import Iterable

from shared.model.base import value
from syncserver.store.tenancy import TenantState


@value
class Terms:
    """Whether the business may use the service, and what its plan includes."""

    state: TenantState
    features: frozenset[str]


def terms_of(state: str, features: Iterable[str]) -> Terms:
    """The terms of what `tenant_state` and `plan` say."""
    return Terms(state=TenantState(state), features=frozenset(features))
