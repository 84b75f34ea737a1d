"""What a business has of its plan, and how it came to that: for whoever of the platform may see its billing."""

from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from shared import clock
from shared.model.base import value
from shared.model.plan import Limit, Plan
from shared.rules.grants import Action
from shared.rules.limits import month_of
from shared.rules.permissions import Capability
from shared.rules.plans import Allowance
from syncserver.services.identity.platform_accounts import Admin
from syncserver.services.platform import plans, platform_actions
from syncserver.services.platform.platform_reach import tenant_within
from syncserver.services.server import Server
from syncserver.store.events import Entry, Kind
from syncserver.store.plans import Deal, deal_of, plan_in_force
from syncserver.store.tenancy import Tenant, control_transaction, tenant_part
from syncserver.store.tenants import zone_of
from syncserver.store.trail import entries_of
from syncserver.store.use import use_of

MOST: Final = 100
"""Changes of a plan that are shown, the newest."""
_TOLD: Final = (Kind.TENANT_CREATED, Kind.TIER_SET, Kind.PLAN_CHANGED)


@value
class Change:
    """One change of what a business has: the event, the tier before it where there was one, what was overridden."""

    entry: Entry
    was: str
    override: Mapping[str, object] | None


@value
class Billing:
    """A business's plan as it counts now, what its tier offers, how much is in use this month, and its changes."""

    tenant: Tenant
    plan: Plan
    deal: Deal
    offered: Allowance
    use: Mapping[Limit, int]
    changes: Sequence[Change]


def show_billing(server: Server, admin: Admin, tenant_id: str) -> Billing:
    """The billing of a business; a grant that it takes is used by this. Declined as `not_found` and `not_allowed`."""
    tenant = tenant_within(server, admin, tenant_id, Capability.FIND_TENANTS)
    platform_actions.use(server, admin, tenant, Action.VIEW_BILLING)
    month = month_of(clock.now(), zone_of(server.engine, tenant))
    with control_transaction(server.engine, read_only=True) as connection:
        with tenant_part(connection, tenant):
            plan, told = plan_in_force(connection), entries_of(connection, _TOLD, most=MOST)
        deal, use = deal_of(connection, tenant, held=False), use_of(connection, tenant, month)
    return Billing(
        tenant=tenant, plan=plan, deal=deal, offered=plans.offered(server.engine)[deal.tier].allowance, use=use,
        changes=[_change(one) for one in told],
    )  # fmt: skip


def _change(entry: Entry) -> Change:
    details = orjson.loads(entry.details)
    was, override = details.get("was"), details.get("override")
    return Change(
        entry=entry, was=was if isinstance(was, str) else "", override=override if isinstance(override, dict) else None
    )  # fmt: skip
