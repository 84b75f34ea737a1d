"""Which plan a business has: its tier, what it has otherwise, and the stored plans that both stand on."""

from collections.abc import Iterator, Mapping
from typing import Final

from shared import clock, ids
from shared.model.base import MutationId, UserId, value
from shared.model.member import Role
from shared.model.plan import Plan, Tier
from shared.model.registry import unstructured
from shared.mutations import plan as mutations
from shared.mutations.registry import Actor
from shared.rules.permissions import Capability
from shared.rules.plans import DEFAULTS, Allowance, Override, effective, plan_row, require_held
from syncserver.services.audit.recorder import Audit
from syncserver.services.sync.gateway import Edit, record
from syncserver.store import plans
from syncserver.store.events import OPERATOR as COMMAND_LINE
from syncserver.store.events import Event, Kind, Party
from syncserver.store.handles import Connection, Engine
from syncserver.store.plans import Deal
from syncserver.store.tenancy import Tenant, control_transaction, tenant_part
from syncserver.store.tenants import every_tenant

OPERATOR: Final = Actor(user_id=UserId(ids.derived_id("operator")), role=Role.SUPERUSER, name="Operator")
"""Who acts where a command of the server does."""


@value
class Offered:
    """What a tier includes, and whether that is stored or the code's own."""

    allowance: Allowance
    stored: bool


def offered(engine: Engine) -> Mapping[Tier, Offered]:
    """What every tier includes now."""
    with control_transaction(engine, read_only=True) as connection:
        stored = plans.stored_plans(connection)
    return {tier: Offered(allowance=stored.get(tier, DEFAULTS[tier]), stored=tier in stored) for tier in Tier}


def set_terms(
    connection: Connection, tenant: Tenant, tier: Tier, override: Override | None = None, *, by: Actor = OPERATOR
) -> int | None:
    """Put a tenant on a tier, and let it have something otherwise; both are as they are said to be from now on.

    In a control transaction, in which whoever calls records it.
    What is more than the plan allows stays usable. The version that it was written in, for the desks to be
    told of; None where the book says so already. Raises Refusal(NOT_ALLOWED).
    """
    require_held(by.role, Capability.SET_PLANS)
    allowance = plans.plan_of(connection, tier)
    deal = Deal(tier=tier, override=override)
    if plans.deal_of(connection, tenant) != deal:
        plans.keep_deal(connection, tenant, deal)
    return _put_in_force(connection, tenant, tier, effective(allowance, override), by)


def set_plan(
    audit: Audit, tier: Tier, allowance: Allowance, *, by: Actor = OPERATOR, told_as: Party = COMMAND_LINE
) -> Iterator[Tenant]:
    """Store what a tier includes and give it to every tenant that has the tier; those whose plan has changed.

    Each has a transaction of its own: what is done stays done, and whoever was broken off does the same once more.
    Recorded with each, as done by whoever is `told_as`. Raises Refusal(NOT_ALLOWED), and StorageFault where it cannot
    be recorded.
    """
    require_held(by.role, Capability.SET_PLANS)
    with audit.transaction(None) as (connection, record_event):
        plans.store_plan(connection, tier, allowance)
        included = plans.allowance_details(allowance)
        record_event(Event(kind=Kind.PLAN_STORED, actor=told_as, subject=tier.value, details=included))
    for tenant in every_tenant(audit.engine):
        with audit.transaction(tenant) as (connection, record_event):
            changed = _follow(connection, tenant, tier, by)
            if changed is not None:
                changes = {"version": changed}
                record_event(
                    Event(kind=Kind.PLAN_CHANGED, tenant=tenant, actor=told_as, subject=tier.value, details=changes)
                )
        if changed is not None:
            yield tenant


def _follow(connection: Connection, tenant: Tenant, tier: Tier, by: Actor) -> int | None:
    """Give a tenant what its tier includes now, where it has that tier; the version of it where that was a change."""
    deal = plans.deal_of(connection, tenant)
    if deal.tier is not tier:
        return None
    return _put_in_force(connection, tenant, tier, effective(plans.plan_of(connection, tier), deal.override), by)


def _put_in_force(
    connection: Connection, tenant: Tenant, tier: Tier, allowance: Allowance, by: Actor
) -> int | None:  # fmt: skip
    with tenant_part(connection, tenant):
        now = plans.plan_in_force(connection)
        wanted = plan_row(now.id, tier, allowance)
        if wanted == now:
            return None
        edit = Edit(id=MutationId(ids.new_id()), name=mutations.SET.name, args=_args(wanted), at=clock.now())
        return record(connection, tenant, [edit], by, must_apply=True).version


def _args(plan: Plan) -> Mapping[str, object]:
    told: dict[str, object] = unstructured(plan)
    return {"business_id": told.pop("id"), **told}
