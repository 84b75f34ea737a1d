"""The people who may sign in: of tenants and of the platform."""

from collections.abc import Sequence
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
from syncserver.store.hand_ins import let_in_again
from syncserver.store.plans import require_room
from syncserver.store.rows import flush
from syncserver.store.tables import control
from syncserver.store.tenancy import Tenant, TenantId, control_transaction, take_clock, tenant_part


class BadUser(AppError):
    """A user cannot be made so; the message says why."""


class EmailTaken(BadUser):
    """Somebody of the same tenant, or of the platform, has this e-mail."""


class NoRoom(BadUser):
    """The tenant's plan has no room for one more who works there."""


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


def create_user(
    engine: Engine, tenant: Tenant | None, *, email: str, name: str, role: Role, password_hash: str,
    is_temporary: bool = False,
) -> User:  # fmt: skip
    """Make a user and, for a tenant's, the member that desks see, in one transaction. Raises BadUser as `add_user`."""
    with control_transaction(engine) as connection:
        user, _ = add_user(
            connection, tenant, email=email, name=name, role=role, password_hash=password_hash,
            is_temporary=is_temporary,
        )  # fmt: skip
    return user


def add_user(
    connection: Connection, tenant: Tenant | None, *, email: str, name: str, role: Role, password_hash: str,
    is_temporary: bool = False,
) -> tuple[User, int]:  # fmt: skip
    """Make a user within a control transaction; with the tenant's version of it, 0 without a tenant.

    Raises BadUser where role and tenant do not go together, the e-mail is taken (EmailTaken), a temporary user is not
    in a demo tenant, or the tenant's plan has no room for one more who works there (NoRoom).
    """
    require_fit(role, tenant)
    if is_temporary and not (tenant and tenant.is_demo):
        raise BadUser("Temporary users belong to demo tenants only")
    user = User(
        id=UserId(new_id()), tenant_id=tenant.id if tenant else None, email=normal_email(email), name=name, role=role,
        password_hash=password_hash, is_active=True, is_temporary=is_temporary,
    )  # fmt: skip
    try:
        _insert(connection, user)
    except sqlalchemy.exc.IntegrityError as refused:
        if "users_email" in str(refused):
            where = f"in {tenant.slug}" if tenant else "on the platform"
            raise EmailTaken(f"There is already a user {user.email} {where}") from None
        raise
    version = _show_member(connection, tenant, user) if tenant else 0
    if tenant and _works(user):
        try:
            require_room(connection, tenant, Limit.USERS)
        except Refusal as full:
            raise NoRoom(sentence(full.code, full.details, Dates())) from None
    return user, version


def require_fit(role: Role, tenant: Tenant | None) -> None:
    """Raise BadUser where a role has no place in a tenant, or none without one."""
    if role.is_platform and tenant is not None:
        raise BadUser(f"Users with role {role.value} belong to the platform and cannot be assigned to a tenant")
    if not role.is_platform and tenant is None:
        raise BadUser(f"Users with role {role.value} must be assigned to a tenant")


def normal_email(email: str) -> str:
    """An e-mail address as it is kept and compared."""
    return email.strip().lower()


def find_user_by_email(engine: Engine, tenant_id: TenantId | None, email: str) -> User | None:
    """The user of this e-mail in a tenant, or among the platform's people."""
    with control_transaction(engine, read_only=True) as connection:
        return user_by_email(connection, tenant_id, email)


def user_by_email(connection: Connection, tenant_id: TenantId | None, email: str) -> User | None:
    """The same within a control transaction."""
    users = control.users.c
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
    """Write name, role and activity of a user, and the member that desks see. Raises Refusal as `write_user`."""
    with control_transaction(engine) as connection:
        write_user(connection, tenant, user)


def write_user(connection: Connection, tenant: Tenant | None, user: User) -> int:
    """The same within a control transaction; the tenant's version of it, 0 without a tenant.

    Raises Refusal(LIMIT_REACHED) where the tenant's plan has no room for one more who works there.
    """
    users = control.users
    changes = {"name": user.name, "role": user.role.value, "is_active": user.is_active}
    before = _user(connection.execute(select(users).where(users.c.id == user.id).with_for_update()).one())
    connection.execute(update(users).where(users.c.id == user.id).values(**changes))
    if tenant is None:
        return 0
    version = _show_member(connection, tenant, user)
    if _works(user) and not _works(before):
        require_room(connection, tenant, Limit.USERS)
        with tenant_part(connection, tenant):
            let_in_again(connection, user.id)
    return version


def _works(user: User) -> bool:
    return user.is_active and user.role is not Role.CUSTOMER


def set_password(connection: Connection, user: UserId, password_hash: str, *, was: str | None = None) -> bool:
    """Keep another password of an active user; False where there is none, or the password was not `was` any more."""
    users = control.users
    mine = update(users).where(users.c.id == user, users.c.is_active)
    if was is not None:
        mine = mine.where(users.c.password_hash == was)
    return connection.execute(mine.values(password_hash=password_hash)).rowcount == 1


def is_unchanged(connection: Connection, user: User) -> bool:
    """Whether a user is active with the same password still; it stays so until the end of the transaction."""
    users = control.users
    same = select(users.c.id).where(
        users.c.id == user.id, users.c.is_active, users.c.password_hash == user.password_hash
    )  # fmt: skip
    return connection.execute(same.with_for_update(read=True)).first() is not None


def hold_user(connection: Connection, tenant: TenantId | None, user: UserId) -> User | None:
    """The user of this id in a tenant or of the platform, whom nobody else changes until the end of the transaction."""
    users = control.users
    mine = select(users).where(users.c.tenant_id.is_not_distinct_from(tenant), users.c.id == user).with_for_update()
    row = connection.execute(mine).one_or_none()
    return None if row is None else _user(row)


def steady_user(connection: Connection, user: UserId) -> User | None:
    """The user of this id, who stays as they are until the end of the transaction; several may want that at once."""
    mine = select(control.users).where(control.users.c.id == user).with_for_update(read=True)
    row = connection.execute(mine).one_or_none()
    return None if row is None else _user(row)


def hold_owners(connection: Connection, tenant: TenantId) -> set[UserId]:
    """The active owners of a tenant; none of them is changed by others until the end of the transaction."""
    users = control.users
    owners = select(users.c.id).where(
        users.c.tenant_id == tenant, users.c.role == Role.TENANT_OWNER.value, users.c.is_active
    )  # fmt: skip
    # In one order: two that hold the owners at once wait for each other, and not both for both.
    return {UserId(one) for one in connection.execute(owners.order_by(users.c.id).with_for_update()).scalars()}


def owners_of(connection: Connection, tenant: TenantId) -> Sequence[User]:
    """The active owners of a tenant; in a control transaction."""
    users = control.users
    owners = select(users).where(
        users.c.tenant_id == tenant, users.c.role == Role.TENANT_OWNER.value, users.c.is_active
    )  # fmt: skip
    return [_user(row) for row in connection.execute(owners.order_by(users.c.id))]


def has_owner(connection: Connection, tenant: TenantId) -> bool:
    """Whether a tenant has an active owner; in a control transaction."""
    users = control.users
    owner = select(users.c.id).where(
        users.c.tenant_id == tenant, users.c.role == Role.TENANT_OWNER.value, users.c.is_active
    )  # fmt: skip
    return connection.execute(owner.limit(1)).first() is not None


def hold_superusers(connection: Connection) -> set[UserId]:
    """The active superusers; none of them is changed by others until the end of the transaction."""
    users = control.users
    roots = select(users.c.id).where(users.c.role == Role.SUPERUSER.value, users.c.is_active)
    return {UserId(one) for one in connection.execute(roots.order_by(users.c.id).with_for_update()).scalars()}


def platform_users(engine: Engine) -> Sequence[User]:
    """The people of the platform, by name."""
    users = control.users
    theirs = select(users).where(users.c.tenant_id.is_(None)).order_by(users.c.name, users.c.id)
    with control_transaction(engine, read_only=True) as connection:
        return [_user(row) for row in connection.execute(theirs)]


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


def _show_member(connection: Connection, tenant: Tenant, user: User) -> int:
    member = Member(id=user.id, name=user.name, email=user.email, role=user.role, active=user.is_active)
    with tenant_part(connection, tenant):
        version = take_clock(connection, tenant)
        flush(connection, version, {("member", member.id): entity_type(Member).encode(member)})
    return version


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
    )
