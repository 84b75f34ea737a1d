"""The businesses on this server."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy.exc
from sqlalchemy import Connection, Engine, Row, insert, select

from shared import clock
from shared.errors import AppError
from shared.ids import new_id
from shared.model.base import BusinessId
from shared.model.business import Business
from shared.model.registry import canonical, entity_type
from shared.rules.plans import Tier
from syncserver.store.rows import flush
from syncserver.store.schemas import upgrade_tenant
from syncserver.store.tables import control
from syncserver.store.tables import tenant as tables
from syncserver.store.tenancy import (
    Tenant,
    TenantId,
    TenantState,
    control_transaction,
    migration_transaction,
    take_clock,
    tenant_part,
    tenant_transaction,
)


class BadTenant(AppError):
    """A tenant cannot be made so; the message says why."""


def create_tenant(
    engine: Engine,
    *,
    slug: str,
    name: str,
    tier: Tier = Tier.PROFESSIONAL,
    is_demo: bool = False,
    business: Business | None = None,
) -> Tenant:
    """Make a business with its schema at the newest version and its role; `business` is its own first row.

    Raises BadTenant where the slug is malformed or taken.
    """
    tenant_id = TenantId(new_id())
    place = f"t_{tenant_id.replace('-', '')}"
    tenant = Tenant(
        id=tenant_id, slug=slug, name=name, is_demo=is_demo, state=TenantState.ACTIVE, tier=tier, schema=place,
        role=place,
    )  # fmt: skip
    try:
        with migration_transaction(engine) as connection:
            _register(connection, tenant)
            _make_schema(connection, tenant)
            upgrade_tenant(connection, tenant)
            _first_rows(connection, tenant, business or default_business(tenant))
    except sqlalchemy.exc.IntegrityError as refused:
        if "tenants_slug_key" in str(refused):
            raise BadTenant(f"There is already a tenant {slug}.") from None
        if "tenants_slug_check" in str(refused):
            raise BadTenant(
                f"{slug!r} cannot be a tenant's short name: small letters, digits and hyphens within, 63 at most."
            ) from None
        raise
    return tenant


def default_business(tenant: Tenant) -> Business:
    """The tenant's own row with cautious policies, for the owner to change."""
    return Business(
        id=BusinessId(tenant.id),
        name=tenant.name,
        zone="UTC",
        currency="EUR",
        locale="en",
        first_day_of_week=0,
        slot_step=15,
        min_notice=0,
        max_advance=365,
        cancel_window=24 * 60,
        requests_hold=True,
        series_clash="part",
    )


def list_tenants(connection: Connection) -> Sequence[Tenant]:
    """Every tenant by age, closed ones too; in a control transaction."""
    found = connection.execute(select(control.tenants).order_by(control.tenants.c.created_at, control.tenants.c.id))
    return [_tenant(row) for row in found]


def tenants_behind(connection: Connection, revision: str | None) -> Sequence[Tenant]:
    """Every tenant whose schema is not known to be at this version, by age; in a control transaction."""
    tenants = control.tenants
    behind = select(tenants).where(tenants.c.revision.is_distinct_from(revision))
    return [_tenant(row) for row in connection.execute(behind.order_by(tenants.c.created_at, tenants.c.id))]


def every_tenant(engine: Engine) -> Sequence[Tenant]:
    """Every tenant by age, closed ones too."""
    with control_transaction(engine, read_only=True) as connection:
        return list_tenants(connection)


def find_tenant(engine: Engine, tenant_id: TenantId) -> Tenant | None:
    """The tenant of this id."""
    with control_transaction(engine, read_only=True) as connection:
        row = connection.execute(select(control.tenants).where(control.tenants.c.id == tenant_id)).one_or_none()
    return None if row is None else _tenant(row)


def find_tenant_by_slug(engine: Engine, slug: str) -> Tenant | None:
    """The tenant of this short name."""
    with control_transaction(engine, read_only=True) as connection:
        return tenant_by_slug(connection, slug)


def tenant_by_slug(connection: Connection, slug: str) -> Tenant | None:
    """The same within a control transaction."""
    row = connection.execute(select(control.tenants).where(control.tenants.c.slug == slug)).one_or_none()
    return None if row is None else _tenant(row)


def set_tenant_state(engine: Engine, tenant: Tenant, state: TenantState) -> None:
    """Suspend, close or open a tenant."""
    with control_transaction(engine) as connection:
        _set_terms(connection, tenant, state=state.value)


def set_tenant_tier(connection: Connection, tenant: Tenant, tier: Tier) -> None:
    """Put a tenant on another plan, in a control transaction.

    Where its desks may hold other tables by it they load their books afresh.
    """
    _set_terms(connection, tenant, tier=tier.value)


def _set_terms(connection: Connection, tenant: Tenant, **terms: str) -> None:
    """Change what the control side and the tenant's pushes both know, at the same moment for both."""
    connection.execute(control.tenants.update().where(control.tenants.c.id == tenant.id).values(terms))
    with tenant_part(connection, tenant):
        take_clock(connection, tenant)
        connection.execute(tables.tenant_state.update().values(terms))


def tenants_to_prune(engine: Engine, before: datetime) -> Sequence[tuple[Tenant, datetime | None]]:
    """The tenants that were last pruned before an instant or never, those that have waited longest first, and when."""
    pruned_at = control.tenants.c.pruned_at
    due = select(control.tenants).where(pruned_at.is_(None) | (pruned_at < before))
    with control_transaction(engine, read_only=True) as connection:
        found = connection.execute(due.order_by(pruned_at.nulls_first(), control.tenants.c.id)).all()
    return [(_tenant(row), row.pruned_at) for row in found]


def claim_pruning(engine: Engine, tenant: Tenant, seen: datetime | None, now: datetime) -> bool:
    """Whether the tenant is the caller's to prune: whoever was last `seen` to do it, nobody has done it since."""
    tenants = control.tenants
    unchanged = tenants.c.id == tenant.id, tenants.c.pruned_at.is_not_distinct_from(seen)
    with control_transaction(engine) as connection:
        return connection.execute(tenants.update().where(*unchanged).values(pruned_at=now)).rowcount == 1


def zone_of(engine: Engine, tenant: Tenant) -> str:
    """The zone that the business lives by."""
    with tenant_transaction(engine, tenant, read_only=True) as connection:
        zone: str = connection.execute(select(tables.entity_tables["business"].c.zone)).scalar_one()
    return zone


def _tenant(row: Row[*tuple[object, ...]]) -> Tenant:
    return Tenant(
        id=TenantId(row.id),
        slug=row.slug,
        name=row.name,
        is_demo=row.is_demo,
        state=TenantState(row.state),
        tier=Tier(row.tier),
        schema=row.schema_name,
        role=row.role_name,
    )


def _register(connection: Connection, tenant: Tenant) -> None:
    connection.execute(
        insert(control.tenants).values(
            id=tenant.id,
            slug=tenant.slug,
            name=tenant.name,
            is_demo=tenant.is_demo,
            state=tenant.state.value,
            tier=tenant.tier.value,
            schema_name=tenant.schema,
            role_name=tenant.role,
            created_at=clock.now(),
        )
    )
    connection.execute(insert(control.tenant_clock).values(tenant_id=tenant.id, version=0))


def _make_schema(connection: Connection, tenant: Tenant) -> None:
    connection.exec_driver_sql(f'CREATE ROLE "{tenant.role}" NOLOGIN')
    # Before 16 the login's own NOINHERIT says the same.
    version = connection.exec_driver_sql("SELECT current_setting('server_version_num')::int").scalar_one()
    terms = " WITH SET TRUE, INHERIT FALSE" if version >= 160_000 else ""
    connection.exec_driver_sql(f'GRANT "{tenant.role}" TO CURRENT_USER{terms}')
    connection.exec_driver_sql(f'CREATE SCHEMA "{tenant.schema}"')


def _first_rows(connection: Connection, tenant: Tenant, business: Business) -> None:
    with tenant_part(connection, tenant):
        version = take_clock(connection, tenant)
        row = entity_type(Business).encode(business)
        connection.execute(
            insert(tables.tenant_state).values(
                state=tenant.state.value, tier=tenant.tier.value, is_demo=tenant.is_demo, founded=canonical(row)
            )
        )
        flush(connection, version, {("business", business.id): row})
