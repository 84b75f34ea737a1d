"""Tenants, people and devices as the platform's people look for them: by page, and no more than they may see."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Engine, Select, func, or_, select

from shared.model.base import UserId, value
from shared.model.member import Role
from syncserver.store.tables.control import admin_sessions, devices, second_factors, sessions, tenants, users
from syncserver.store.tenancy import Tenant, TenantId, control_transaction
from syncserver.store.tenants import tenant_of

PAGE: Final = 25
"""Rows of one page."""
MOST_PAGES: Final = 10_000
T = TypeVar("T")


@value
class Search:
    """What is looked for: a part of a name or an address, in tenants of a kind; `page` counts from 1."""

    text: str = ""
    demo_only: bool = False
    tenant: TenantId | None = None
    page: int = 1


@value
class Found(Generic[T]):
    """A page of what was found, and how many there are altogether."""

    rows: Sequence[T]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are, one at least."""
        return max(1, -(-self.total // PAGE))

    @property
    def first(self) -> int:
        """The number of the first row of the page."""
        return (self.page - 1) * PAGE + 1


@value
class TenantLine:
    """A tenant in a list. `people` who work there and are active, `desks` that are not shut out."""

    tenant: Tenant
    created_at: datetime
    people: int
    desks: int
    last_contact: datetime | None
    """When any of its desks was last let go on by the server."""


@value
class PersonLine:
    """Somebody in a list; without `tenant` they are of the platform."""

    id: UserId
    name: str
    email: str
    role: Role
    is_active: bool
    is_temporary: bool
    has_factor: bool
    last_contact: datetime | None
    tenant: Tenant | None


@value
class DeviceLine:
    """A device in a list, and whose it is."""

    id: str
    name: str
    created_at: datetime
    last_contact: datetime
    revoked_at: datetime | None
    handed_in_at: datetime | None
    """When a revoked one had handed in what it had not sent; None where it has not."""
    people: Sequence[str]
    tenant: Tenant


def find_tenants(connection: Connection, wanted: Search) -> Found[TenantLine]:
    """Tenants by a part of their name, their short name or an owner's e-mail; in a control transaction."""
    people = select(func.count()).where(
        users.c.tenant_id == tenants.c.id, users.c.is_active, users.c.role != Role.CUSTOMER.value
    )
    desks = select(func.count()).where(devices.c.tenant_id == tenants.c.id, devices.c.revoked_at.is_(None))
    asked = select(
        tenants,
        people.scalar_subquery().label("people"),
        desks.scalar_subquery().label("desks"),
        _last(sessions.c.tenant_id == tenants.c.id),
    )
    asked = _within(asked, wanted)
    if wanted.text:
        owner = select(users.c.id).where(
            users.c.tenant_id == tenants.c.id,
            users.c.role == Role.TENANT_OWNER.value,
            users.c.email.icontains(wanted.text, autoescape=True),
        )
        asked = asked.where(or_(_has(wanted, tenants.c.name, tenants.c.slug), owner.exists()))
    total, rows = _page(connection, asked, wanted, func.lower(tenants.c.name), tenants.c.id)
    lines = [
        TenantLine(
            tenant=tenant_of(row), created_at=row.created_at, people=row.people, desks=row.desks,
            last_contact=row.last_contact,
        )
        for row in rows
    ]  # fmt: skip
    return Found(rows=lines, total=total, page=wanted.page)


def find_people(connection: Connection, wanted: Search, *, with_platform: bool) -> Found[PersonLine]:
    """People by a part of their name, their e-mail or their tenant's names; in a control transaction."""
    asked = _people().where(*([] if with_platform else [users.c.tenant_id.is_not(None)]))
    if wanted.tenant is not None:
        asked = asked.where(users.c.tenant_id == wanted.tenant)
    if wanted.demo_only:
        asked = asked.where(tenants.c.is_demo)
    if wanted.text:
        asked = asked.where(_has(wanted, users.c.name, users.c.email, tenants.c.name, tenants.c.slug))
    # The platform's people first: there are few of them.
    order = (users.c.tenant_id.is_not(None), func.lower(users.c.name), users.c.id)
    total, rows = _page(connection, asked, wanted, *order)
    return Found(rows=[_person(row) for row in rows], total=total, page=wanted.page)


def colleagues(engine: Engine, tenant: TenantId, *, after: str | None, most: int) -> Sequence[PersonLine]:
    """The people of a tenant in the order of their ids, from beyond one of these on."""
    asked = _people().where(users.c.tenant_id == tenant).order_by(users.c.id).limit(most)
    if after is not None:
        asked = asked.where(users.c.id > after)
    with control_transaction(engine, read_only=True) as connection:
        return [_person(row) for row in connection.execute(asked)]


def find_person(connection: Connection, user: UserId) -> PersonLine | None:
    """The person of this id; in a control transaction."""
    row = connection.execute(_people().where(users.c.id == user)).one_or_none()
    return None if row is None else _person(row)


def find_devices(connection: Connection, wanted: Search) -> Found[DeviceLine]:
    """Devices by a part of their name, their tenant's or that of who is signed in there; in a control transaction."""
    signed_in = (sessions.c.tenant_id == devices.c.tenant_id) & (sessions.c.device_id == devices.c.id)
    people = (
        select(func.array_agg(users.c.name.distinct()))
        .join_from(sessions, users, users.c.id == sessions.c.user_id)
        .where(signed_in, sessions.c.ended_at.is_(None))
    )
    asked = select(
        devices.c.id.label("device_id"),
        devices.c.name.label("device_name"),
        devices.c.created_at.label("enrolled_at"),
        devices.c.revoked_at,
        devices.c.handed_in_at,
        func.greatest(devices.c.last_seen_at, _last(signed_in).element).label("last_contact"),
        people.scalar_subquery().label("people"),
        tenants,
    ).join_from(devices, tenants, tenants.c.id == devices.c.tenant_id)
    asked = _within(asked, wanted)
    if wanted.text:
        somebody = select(users.c.id).join_from(sessions, users, users.c.id == sessions.c.user_id)
        somebody = somebody.where(signed_in, sessions.c.ended_at.is_(None), _has(wanted, users.c.name, users.c.email))
        asked = asked.where(or_(_has(wanted, devices.c.name, tenants.c.name, tenants.c.slug), somebody.exists()))
    total, rows = _page(connection, asked, wanted, devices.c.last_seen_at.desc(), devices.c.id)
    lines = [
        DeviceLine(
            id=row.device_id, name=row.device_name, created_at=row.enrolled_at, last_contact=row.last_contact,
            revoked_at=row.revoked_at, handed_in_at=row.handed_in_at, people=row.people or (), tenant=tenant_of(row),
        )
        for row in rows
    ]  # fmt: skip
    return Found(rows=lines, total=total, page=wanted.page)


def _people() -> Select[Any]:
    factor = select(second_factors.c.user_id).where(
        second_factors.c.user_id == users.c.id, second_factors.c.confirmed_at.is_not(None)
    )
    at_desks = _last(sessions.c.user_id == users.c.id).element
    in_admin = select(func.max(admin_sessions.c.last_used_at)).where(admin_sessions.c.user_id == users.c.id)
    return select(
        users.c.id.label("user_id"),
        users.c.name.label("user_name"),
        users.c.email,
        users.c.role,
        users.c.is_active,
        users.c.is_temporary,
        factor.exists().label("has_factor"),
        func.greatest(at_desks, in_admin.scalar_subquery()).label("last_contact"),
        tenants,
    ).join_from(users, tenants, tenants.c.id == users.c.tenant_id, isouter=True)


def _person(row: Any) -> PersonLine:
    return PersonLine(
        id=UserId(row.user_id), name=row.user_name, email=row.email, role=Role(row.role), is_active=row.is_active,
        is_temporary=row.is_temporary, has_factor=row.has_factor, last_contact=row.last_contact,
        tenant=None if row.id is None else tenant_of(row),
    )  # fmt: skip


def _last(which: ColumnElement[bool]) -> Any:
    return select(func.max(sessions.c.last_used_at)).where(which).scalar_subquery().label("last_contact")


def _within(asked: Select[Any], wanted: Search) -> Select[Any]:
    if wanted.demo_only:
        asked = asked.where(tenants.c.is_demo)
    return asked if wanted.tenant is None else asked.where(tenants.c.id == wanted.tenant)


def _has(wanted: Search, *columns: ColumnElement[str]) -> ColumnElement[bool]:
    return or_(*(column.icontains(wanted.text, autoescape=True) for column in columns))


def _page(
    connection: Connection, asked: Select[Any], wanted: Search, *order: ColumnElement[Any]
) -> tuple[int, Sequence[Any]]:  # fmt: skip
    total = connection.execute(select(func.count()).select_from(asked.subquery())).scalar_one()
    rows = connection.execute(asked.order_by(*order).limit(PAGE).offset((wanted.page - 1) * PAGE)).all()
    return total, rows
