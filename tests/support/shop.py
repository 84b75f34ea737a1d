"""A small business on the real server: its rows, and somebody of each tenant role to sign in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Engine

from shared.ids import new_id
from shared.model.appointment import Appointment, Segment, Source, Status
from shared.model.base import AppointmentId, CustomerId, LocationId, ResourceId, ServiceId, UserId
from shared.model.business import Location
from shared.model.customer import Customer
from shared.model.member import Role
from shared.model.plan import Tier
from shared.model.registry import ENTITIES, Entity, type_of
from shared.model.resource import Resource, ResourceKind
from shared.model.service import Service
from shared.mutations.registry import Actor
from shared.rules.plans import Override
from syncserver.services.identity.passwords import hash_password
from syncserver.services.platform.plans import OPERATOR, set_terms
from syncserver.store.rows import flush, row_json
from syncserver.store.tenancy import Tenant, control_transaction, take_clock, tenant_transaction
from syncserver.store.tenants import create_tenant
from syncserver.store.users import create_user

PASSWORD = "correct horse battery"
ROLES = (Role.TENANT_OWNER, Role.TENANT_MANAGER, Role.TENANT_STAFF, Role.CUSTOMER)


@cache
def _hashed() -> str:
    return hash_password(PASSWORD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A tenant; every name in it holds the canary, which must never show in a reply to anybody else."""

    tenant: Tenant
    canary: str
    location: LocationId
    ana: ResourceId
    ben: ResourceId
    cut: ServiceId
    customer: CustomerId
    users: dict[Role, UserId]

    def email(self, role: Role) -> str:
        """Whom to sign in as."""
        return f"{role.value.lower()}@{self.tenant.slug}.example"


def new_tenant(engine: Engine) -> Tenant:
    """A tenant of which nobody has heard, named after its canary, whose plan limits nothing."""
    slug = f"shop-{new_id()[-12:]}"
    return create_tenant(engine, slug=slug, name=f"canary-{slug}", tier=Tier.ENTERPRISE, is_demo=True)


def open_shop(engine: Engine, tenant: Tenant | None = None) -> Shop:
    """A tenant with two stylists, one service, one customer and no opening hours, which means always open."""
    tenant = tenant or new_tenant(engine)
    shop = Shop(
        tenant=tenant,
        canary=tenant.name,
        location=LocationId(new_id()),
        ana=ResourceId(new_id()),
        ben=ResourceId(new_id()),
        cut=ServiceId(new_id()),
        customer=CustomerId(new_id()),
        users={},
    )
    hire(engine, shop)
    put_rows(engine, tenant, *opening_rows(shop))
    return shop


def hire(engine: Engine, shop: Shop) -> None:
    """Somebody of each tenant role, who can sign in."""
    for role in ROLES:
        user = create_user(
            engine, shop.tenant, email=shop.email(role), name=f"{shop.canary} {role}", role=role,
            password_hash=_hashed(),
        )  # fmt: skip
        shop.users[role] = user.id


def put_rows(engine: Engine, tenant: Tenant, *rows: Entity) -> int:
    """Write rows as they are, and say which version wrote them."""
    with tenant_transaction(engine, tenant) as connection:
        version = take_clock(connection, tenant)
        kinds = [(row, type_of(row)) for row in rows]
        flush(connection, version, {(kind.table, row.id): kind.encode(row) for row, kind in kinds})
    return version


def put_on_tier(
    engine: Engine, tenant: Tenant, tier: Tier, override: Override | None = None, *, by: Actor = OPERATOR
) -> int | None:
    """Give a tenant another plan; the version of it, None where it has that plan already."""
    with control_transaction(engine) as connection:
        return set_terms(connection, tenant, tier, override, by=by)


def stored_rows(engine: Engine, tenant: Tenant) -> dict[str, dict[str, Any]]:
    """Every row of a tenant as it stands on the wire, by table and id."""
    with tenant_transaction(engine, tenant, read_only=True) as connection:
        return {
            table: {
                row[0]: row
                for (text,) in connection.exec_driver_sql(f"SELECT {row_json(table)}::text FROM {table}")
                for row in [orjson.loads(text)]
            }
            for table in ENTITIES
        }


def visit_at(shop: Shop, start: datetime) -> Appointment:
    """An hour of the shop's customer with Ana, by the clock of UTC, as a row of its own."""
    segment = Segment(
        service_id=shop.cut, name=shop.canary, colour="", price=4500, before=0, active=60, processing=0, finishing=0,
        after=0, resources=(shop.ana,),
    )  # fmt: skip
    return Appointment(
        id=AppointmentId(new_id()), customer_id=shop.customer, location_id=shop.location, starts_at=start,
        ends_at=start + timedelta(hours=1), zone="UTC", wall_start=start.strftime("%Y-%m-%dT%H:%M:%S"),
        segments=(segment,), status=Status.BOOKED, source=Source.DESK, notes="", price=4500, currency="EUR", steps=(),
    )  # fmt: skip


def opening_rows(shop: Shop) -> list[Entity]:
    """What a shop has from the start, by no edit."""
    return [
        Location(id=shop.location, name=shop.canary, zone="Europe/Berlin", address=""),
        _stylist(shop, shop.ana, 0, shop.users[Role.TENANT_STAFF]),
        _stylist(shop, shop.ben, 1, None),
        Service(
            id=shop.cut, name=shop.canary, category="", colour="", price=4500, before=0, active=45, processing=0,
            finishing=0, after=0,
        ),
        Customer(id=shop.customer, name=shop.canary, phones=("+49 30 1234",)),
    ]  # fmt: skip


def _stylist(shop: Shop, row_id: ResourceId, position: int, member: UserId | None) -> Resource:
    return Resource(
        id=row_id, location_id=shop.location, kind=ResourceKind.STAFF, name=shop.canary, capacity=1, colour="",
        position=position, member_id=member,
    )  # fmt: skip
