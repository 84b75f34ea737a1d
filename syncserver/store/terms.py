"""Under what terms a business is served, as its own schema says it."""

from shared.model.base import value
from shared.rules.plans import Tier
from syncserver.store.tenancy import TenantState


@value
class Terms:
    """Whether the business may use the service, and what its plan is."""

    state: TenantState
    tier: Tier


def terms_of(state: str, tier: str) -> Terms:
    """The terms of two columns of `tenant_state`."""
    return Terms(state=TenantState(state), tier=Tier(tier))
