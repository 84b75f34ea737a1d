"""The people who may sign in: of tenants and of the platform."""

from dataclasses import dataclass

import sqlalchemy.exc
from sqlalchemy import Connection, Engine, Row, insert, select, update

from shared import clock
from shared.dates import Dates
from shared.errors import AppError, Refusal
from shared.ids import new_id
from shared.model.base import UserId
from shared.model.member import Member, Role
from shared.model.plan import Limit
from shared.model.registry import entity_type
from shared.texts import sentence
from syncserver.store.plans import require_room
from syncserver.store.rows import flush
from syncserver.store.tables import control
from syncserver.store.tenancy import Tenant, TenantId, control_transaction, take_clock, tenant_part


class BadUser(AppError):
    """A user cannot be made so; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person with a password; `tenant_id` is None for the platform's people."""

    id: UserId
    tenant_id: TenantId | None
    email: str
    name: str
    role: Role
    password_hash: str
    is_active: bool
    is_temporary: bool
    totp_secret: str | None


def create_user(
    engine: Engine, tenant: Tenant | None, *, email: str, name: str, role: Role, password_hash: str,
    is_temporary: bool = False,
) -> User:  # fmt: skip
    """Make a user and, for a tenant's, the member that desks see, in one transaction.

    Raises BadUser where role and tenant do not go together, the e-mail is taken, a temporary user is not in a demo
    tenant, or the tenant's plan has no room for one more who works there.
    """
    if role.is_platform and tenant is not None:
        raise BadUser(f"Users with role {role.value} belong to the platform and cannot be assigned to a tenant")
    if not role.is_platform and tenant is None:
        raise BadUser(f"Users with role {role.value} must be assigned to a tenant")
    if is_temporary and not (tenant and tenant.is_demo):
        raise BadUser("Temporary users belong to demo tenants only")
    user = User(
        id=UserId(new_id()), tenant_id=tenant.id if tenant else None, email=normal_email(email), name=name, role=role,
        password_hash=password_hash, is_active=True, is_temporary=is_temporary, totp_secret=None,

    )  # fmt: skip
    try:
        with control_transaction(engine) as connection:
            _insert(connection, user)
            if tenant:
                _show_member(connection, tenant, user)
                if _works(user):
                    require_room(connection, tenant, Limit.USERS)
    except sqlalchemy.exc.IntegrityError as refused:
        if "users_email" in str(refused):
            where = f"in {tenant.slug}" if tenant else "on the platform"
            raise BadUser(f"There is already a user {user.email} {where}") from None
        raise
    except Refusal as full:
        raise BadUser(sentence(full.code, full.details, Dates())) from None
    return user


def normal_email(email: str) -> str:
    """An e-mail address as it is kept and compared."""
    return email.strip().lower()


def find_user_by_email(engine: Engine, tenant_id: TenantId | None, email: str) -> User | None:
    """The user of this e-mail in a tenant, or among the platform's people."""
    users = control.users.c
    with control_transaction(engine, read_only=True) as connection:
        # IS NOT DISTINCT FROM would not use the index.
        home = users.tenant_id.is_(None) if tenant_id is None else users.tenant_id == tenant_id
        row = connection.execute(select(control.users).where(home, users.email == normal_email(email))).one_or_none()
    return None if row is None else _user(row)


def find_user(engine: Engine, user_id: UserId) -> User | None:
    """The user of this id."""
    with control_transaction(engine, read_only=True) as connection:
        row = connection.execute(select(control.users).where(control.users.c.id == user_id)).one_or_none()
    return None if row is None else _user(row)


def change_user(engine: Engine, tenant: Tenant | None, user: User) -> None:
    """Write name, role and activity of a user, and the member that desks see, in one transaction.

    Raises Refusal(LIMIT_REACHED) where the tenant's plan has no room for one more who works there.
    """
    users = control.users
    changes = {"name": user.name, "role": user.role.value, "is_active": user.is_active}
    with control_transaction(engine) as connection:
        before = _user(connection.execute(select(users).where(users.c.id == user.id).with_for_update()).one())
        connection.execute(update(users).where(users.c.id == user.id).values(**changes))
        if tenant:
            _show_member(connection, tenant, user)
            if _works(user) and not _works(before):
                require_room(connection, tenant, Limit.USERS)


def _works(user: User) -> bool:
    return user.is_active and user.role is not Role.CUSTOMER


def _insert(connection: Connection, user: User) -> None:
    connection.execute(
        insert(control.users).values(
            id=user.id,
            tenant_id=user.tenant_id,
            email=user.email,
            name=user.name,
            role=user.role.value,
            password_hash=user.password_hash,
            is_active=user.is_active,
            is_temporary=user.is_temporary,
            created_at=clock.now(),
        )
    )


def _show_member(connection: Connection, tenant: Tenant, user: User) -> None:
    member = Member(id=user.id, name=user.name, email=user.email, role=user.role, active=user.is_active)
    with tenant_part(connection, tenant):
        version = take_clock(connection, tenant)
        flush(connection, version, {("member", member.id): entity_type(Member).encode(member)})


def _user(row: Row[*tuple[object, ...]]) -> User:
    return User(
        id=UserId(row.id),
        tenant_id=None if row.tenant_id is None else TenantId(row.tenant_id),
        email=row.email,
        name=row.name,
        role=Role(row.role),
        password_hash=row.password_hash,
        is_active=row.is_active,
        is_temporary=row.is_temporary,
        totp_secret=row.totp_secret,
    )
