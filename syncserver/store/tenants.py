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
from shared.model.plan import Plan, Tier
from shared.model.registry import canonical, entity_type
from shared.rules.plans import Override, effective, plan_row
from syncserver.store.plans import Deal, keep_deal, plan_of
from syncserver.store.rows import flush
from syncserver.store.schemas import found_schema
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


class SlugTaken(BadTenant):
    """Another tenant has the short name."""


class AlreadyMade(AppError):
    """The tenant of this id was made before."""


def create_tenant(
    engine: Engine,
    *,
    slug: str,
    name: str,
    tier: Tier = Tier.PROFESSIONAL,
    override: Override | None = None,
    is_demo: bool = False,
    business: Business | None = None,
) -> Tenant:
    """Make a business with its schema at the newest version and its role, in a transaction of its own.

    It has the plan of its tier; else as `found_tenant` says.
    """
    tenant = new_tenant(slug=slug, name=name, tier=tier, is_demo=is_demo)
    with migration_transaction(engine) as connection:
        found_tenant(connection, tenant, override=override, business=business)
    return tenant


def new_tenant(
    *, slug: str, name: str, tier: Tier, is_demo: bool = False, tenant_id: TenantId | None = None
) -> Tenant:  # fmt: skip
    """A business that is still to be made. `tenant_id` is given where whoever asks twice is to get one."""
    tenant_id = tenant_id or TenantId(new_id())
    place = f"t_{tenant_id.replace('-', '')}"
    return Tenant(
        id=tenant_id, slug=slug, name=name, is_demo=is_demo, state=TenantState.ACTIVE, tier=tier, schema=place,
        role=place,
    )  # fmt: skip


def found_tenant(
    connection: Connection, tenant: Tenant, *, override: Override | None = None, business: Business | None = None
) -> None:  # fmt: skip
    """Make a business within a migration transaction; `business` is its own first row, `override` what differs.

    Raises BadTenant where the slug is malformed or taken (SlugTaken), and AlreadyMade where there is one of its id.
    """
    try:
        _register(connection, tenant)
    except sqlalchemy.exc.IntegrityError as refused:
        if "tenants_slug_key" in str(refused):
            raise SlugTaken(f"There is already a tenant {tenant.slug}.") from None
        if "tenants_pkey" in str(refused):
            raise AlreadyMade from None
        if "tenants_slug_check" in str(refused):
            what = "small letters, digits and hyphens within, 63 at most"
            raise BadTenant(f"{tenant.slug!r} cannot be a tenant's short name: {what}.") from None
        raise
    keep_deal(connection, tenant, Deal(tier=tenant.tier, override=override))
    _make_schema(connection, tenant)
    found_schema(connection, tenant)
    first = business or default_business(BusinessId(tenant.id), tenant.name)
    plan = plan_row(first.id, tenant.tier, effective(plan_of(connection, tenant.tier), override))
    _first_rows(connection, tenant, first, plan)


def default_business(business_id: BusinessId, name: str) -> Business:
    """A tenant's own row with cautious policies, for the owner to change."""
    return Business(
        id=business_id,
        name=name,
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
    return [tenant_of(row) for row in found]


def tenants_behind(connection: Connection, revision: str | None) -> Sequence[Tenant]:
    """Every tenant whose schema is not known to be at this version, by age; in a control transaction."""
    tenants = control.tenants
    behind = select(tenants).where(tenants.c.revision.is_distinct_from(revision))
    return [tenant_of(row) for row in connection.execute(behind.order_by(tenants.c.created_at, tenants.c.id))]


def every_tenant(engine: Engine) -> Sequence[Tenant]:
    """Every tenant by age, closed ones too."""
    with control_transaction(engine, read_only=True) as connection:
        return list_tenants(connection)


def tenants_at_work(engine: Engine) -> Sequence[tuple[Tenant, int]]:
    """The tenants by age that are active and in no recovery, each with its newest version. Raises StorageFault."""
    tenants, clocks = control.tenants, control.tenant_clock
    works = (tenants.c.state == TenantState.ACTIVE.value) & tenants.c.recovering_until.is_(None)
    asked = select(tenants, clocks.c.version).join(clocks, clocks.c.tenant_id == tenants.c.id).where(works)
    with control_transaction(engine, read_only=True) as connection:
        found = connection.execute(asked.order_by(tenants.c.created_at, tenants.c.id)).all()
    return [(tenant_of(row), row.version) for row in found]


def find_tenant(engine: Engine, tenant_id: TenantId) -> Tenant | None:
    """The tenant of this id."""
    with control_transaction(engine, read_only=True) as connection:
        row = connection.execute(select(control.tenants).where(control.tenants.c.id == tenant_id)).one_or_none()
    return None if row is None else tenant_of(row)


def find_tenant_by_slug(engine: Engine, slug: str) -> Tenant | None:
    """The tenant of this short name."""
    with control_transaction(engine, read_only=True) as connection:
        return tenant_by_slug(connection, slug)


def tenant_by_slug(connection: Connection, slug: str) -> Tenant | None:
    """The same within a control transaction."""
    row = connection.execute(select(control.tenants).where(control.tenants.c.slug == slug)).one_or_none()
    return None if row is None else tenant_of(row)


def set_tenant_state(engine: Engine, tenant: Tenant, state: TenantState) -> None:
    """Suspend, close or open a tenant, at the same moment for the control side and for the tenant's pushes."""
    with control_transaction(engine) as connection:
        write_tenant_state(connection, tenant, state)


def write_tenant_state(connection: Connection, tenant: Tenant, state: TenantState) -> int:
    """The same within a control transaction; the tenant's version of it, which wakes whoever listens."""
    told = {"state": state.value}
    connection.execute(control.tenants.update().where(control.tenants.c.id == tenant.id).values(told))
    with tenant_part(connection, tenant):
        version = take_clock(connection, tenant)
        connection.execute(tables.tenant_state.update().values(told))
    return version


def hold_tenant(connection: Connection, tenant_id: TenantId) -> Tenant | None:
    """The tenant of this id, which nobody else changes until the end of the control transaction."""
    asked = select(control.tenants).where(control.tenants.c.id == tenant_id).with_for_update()
    row = connection.execute(asked).one_or_none()
    return None if row is None else tenant_of(row)


def tenants_to_prune(engine: Engine, before: datetime) -> Sequence[tuple[Tenant, datetime | None]]:
    """The tenants that were last pruned before an instant or never, those that have waited longest first, and when."""
    pruned_at = control.tenants.c.pruned_at
    due = select(control.tenants).where(pruned_at.is_(None) | (pruned_at < before))
    with control_transaction(engine, read_only=True) as connection:
        found = connection.execute(due.order_by(pruned_at.nulls_first(), control.tenants.c.id)).all()
    return [(tenant_of(row), row.pruned_at) for row in found]


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


def tenant_of(row: Row[*tuple[object, ...]]) -> Tenant:
    """The tenant of a row that has the columns of the table."""
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


def _first_rows(connection: Connection, tenant: Tenant, business: Business, plan: Plan) -> None:
    rows = {"business": entity_type(Business).encode(business), "plan": entity_type(Plan).encode(plan)}
    with tenant_part(connection, tenant):
        version = take_clock(connection, tenant)
        connection.execute(
            insert(tables.tenant_state).values(
                state=tenant.state.value, is_demo=tenant.is_demo, founded=canonical(rows["business"]),
                founded_plan=canonical(rows["plan"]),
            )
        )  # fmt: skip
        flush(connection, version, {(table, row[0]): row for table, row in rows.items()})
