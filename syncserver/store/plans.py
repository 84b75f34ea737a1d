"""The plans as they are stored, what a tenant has otherwise, and whether its plan has room for one more."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from sqlalchemy import Connection, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.errors import Code, Refusal
from shared.model.base import value
from shared.model.plan import Feature, Limit, Plan, Tier
from shared.model.registry import canonical, entity_type
from shared.rules.plans import DEFAULTS, Allowance, Override
from syncserver.store.handles import Engine
from syncserver.store.rows import row_json
from syncserver.store.tables import control
from syncserver.store.tenancy import Tenant, tenant_part, tenant_transaction


def stored_plans(connection: Connection) -> Mapping[Tier, Allowance]:
    """Every plan that is stored, by its tier; in a control transaction."""
    found = connection.execute(select(control.plans))
    return {Tier(row.tier): _allowance(Tier(row.tier), row.features, row.limits) for row in found}


def plan_of(connection: Connection, tier: Tier) -> Allowance:
    """What a tier includes: as it is stored, or else as the code has it.

    In a control transaction, until whose end no stored plan changes: who changes one finds every tenant that has it.
    """
    connection.execute(_HOLD)
    return stored_plans(connection).get(tier, DEFAULTS[tier])


_HOLD: Final = text("LOCK TABLE plans IN SHARE MODE")


def store_plan(connection: Connection, tier: Tier, allowance: Allowance) -> None:
    """Store what a tier includes; in a control transaction."""
    told = {"features": _features_text(allowance.features), "limits": _limits_text(allowance.limits)}
    stored = upsert(control.plans).values(tier=tier.value, **told)
    connection.execute(stored.on_conflict_do_update(index_elements=["tier"], set_=told))


@value
class Deal:
    """What is agreed with a tenant: its tier, and what it has otherwise than that says."""

    tier: Tier
    override: Override | None


def deal_of(connection: Connection, tenant: Tenant, *, held: bool = True) -> Deal:
    """What is agreed with a tenant, `held` for the caller to change; in a control transaction."""
    tenants = control.tenants.c
    asked = select(tenants.tier, tenants.override).where(tenants.id == tenant.id)
    row = connection.execute(asked.with_for_update() if held else asked).one()
    return Deal(tier=Tier(row.tier), override=None if row.override is None else _override(row.override))


def keep_deal(connection: Connection, tenant: Tenant, deal: Deal) -> None:
    """Keep what is agreed with a tenant; in a control transaction."""
    told = None if deal.override is None else override_text(deal.override)
    changed = control.tenants.update().where(control.tenants.c.id == tenant.id)
    connection.execute(changed.values(tier=deal.tier.value, override=told))


def plan_in_force(connection: Connection) -> Plan:
    """The plan of a tenant's book; in the tenant's part of a transaction."""
    told = connection.exec_driver_sql(f"SELECT {row_json('plan')}::text FROM plan").scalar_one()
    return entity_type(Plan).decode(orjson.loads(told))


def features_of(engine: Engine, tenant: Tenant) -> frozenset[str]:
    """What the tenant's plan includes now."""
    with tenant_transaction(engine, tenant, read_only=True) as connection:
        return frozenset(plan_in_force(connection).features)


def require_room(connection: Connection, tenant: Tenant, limit: Limit) -> None:
    """Refuse with LIMIT_REACHED where there are more than the tenant's plan has room for, the newest one counted.

    In a control transaction, after that was written and the clock was taken: until its end nobody else adds one.
    """
    with tenant_part(connection, tenant):
        plan = plan_in_force(connection)
    most = plan.most(limit)
    if most is None:
        return
    count = connection.execute(COUNTS[limit], {"tenant": tenant.id}).scalar_one()
    if count > most:
        raise Refusal(Code.LIMIT_REACHED, limit=limit.value, held=count - 1, most=most, tier=plan.tier)


COUNTS: Final = {
    Limit.USERS: text("SELECT count(*) FROM users WHERE tenant_id = :tenant AND is_active AND role <> 'CUSTOMER'"),
    Limit.DEVICES: text("SELECT count(*) FROM devices WHERE tenant_id = :tenant AND revoked_at IS NULL"),
}
"""What the control side counts."""


def counted_of(connection: Connection, tenant: Tenant) -> Mapping[Limit, int]:
    """How much there is of what the control side counts; in a control transaction."""
    return {limit: connection.execute(asked, {"tenant": tenant.id}).scalar_one() for limit, asked in COUNTS.items()}


def allowance_details(allowance: Allowance) -> Mapping[str, object]:
    """What a plan includes, as JSON values."""
    features = [one.value for one in Feature if one in allowance.features]
    return {"features": features, "limits": {limit.value: most for limit, most in allowance.limits.items()}}


def override_text(override: Override) -> str:
    """An override as it is stored."""
    features = "null" if override.features is None else _features_text(override.features)
    return f'{{"features":{features},"limits":{_limits_text(override.limits)}}}'


def _override(told: str) -> Override:
    held = orjson.loads(told)
    features = None if held["features"] is None else _features(held["features"])
    return Override(features=features, limits=_limits(held["limits"]))


def _allowance(tier: Tier, features: str, limits: str) -> Allowance:
    # A limit that came later than the plan was stored is the code's.
    whole = {**DEFAULTS[tier].limits, **_limits(orjson.loads(limits))}
    return Allowance(features=_features(orjson.loads(features)), limits=whole)


def _features_text(features: frozenset[Feature]) -> str:
    return canonical([one.value for one in Feature if one in features])


def _limits_text(limits: Mapping[Limit, int | None]) -> str:
    return canonical({limit.value: most for limit, most in limits.items()})


def _features(told: list[str]) -> frozenset[Feature]:
    return frozenset(Feature(one) for one in told)


def _limits(told: Mapping[str, Any]) -> Mapping[Limit, int | None]:
    return {Limit(name): most for name, most in told.items()}
