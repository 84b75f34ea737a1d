"""Who may be made a user, and that the control side and the tenant's book tell the same of them."""

from dataclasses import replace

import pytest
import sqlalchemy.exc
from sqlalchemy import Engine, text

from shared.errors import StorageFault
from shared.ids import new_id
from shared.model.member import Role
from syncserver.store.tenancy import Tenant, control_transaction, take_clock, tenant_transaction
from syncserver.store.tenants import BadTenant, create_tenant
from syncserver.store.users import BadUser, User, change_user, create_user, find_user, find_user_by_email

TENANT_ROLES = [role for role in Role if not role.is_platform]
PLATFORM_ROLES = [role for role in Role if role.is_platform]


@pytest.fixture
def acme(any_engine: Engine) -> Tenant:
    return create_tenant(any_engine, slug=new_id(), name="Acme Corp")


@pytest.fixture
def demo(any_engine: Engine) -> Tenant:
    return create_tenant(any_engine, slug=new_id(), name="Demo Company", is_demo=True)


def make(engine: Engine, tenant: Tenant | None, role: Role, *, email: str = "", is_temporary: bool = False) -> User:
    email = email or f"{new_id()}@acme.example"
    return create_user(
        engine, tenant, email=email, name="Ann Lee", role=role, password_hash="hash", is_temporary=is_temporary
    )  # fmt: skip


def members(engine: Engine, tenant: Tenant) -> list[tuple[object, ...]]:
    with tenant_transaction(engine, tenant, read_only=True) as connection:
        return [tuple(row) for row in connection.exec_driver_sql("SELECT id, email, role, active FROM member")]


@pytest.mark.parametrize("role", TENANT_ROLES)
def test_a_tenant_role_must_have_a_tenant(any_engine: Engine, acme: Tenant, role: Role) -> None:
    with pytest.raises(BadUser, match=f"^Users with role {role.value} must be assigned to a tenant$"):
        make(any_engine, None, role)
    assert make(any_engine, acme, role).tenant_id == acme.id


@pytest.mark.parametrize("role", PLATFORM_ROLES)
def test_a_platform_role_must_have_none(any_engine: Engine, acme: Tenant, role: Role) -> None:
    with pytest.raises(BadUser, match=f"^Users with role {role.value} .* cannot be assigned to a tenant$"):
        make(any_engine, acme, role)
    assert make(any_engine, None, role).tenant_id is None


@pytest.mark.parametrize("role", Role)
def test_the_database_holds_to_role_and_tenant_too(any_engine: Engine, acme: Tenant, role: Role) -> None:
    wrong_home = acme.id if role.is_platform else None
    insert = text(
        "INSERT INTO users (id, tenant_id, email, name, role, password_hash, created_at)"
        " VALUES (:id, :tenant, :email, 'Ann', :role, '', '2026-05-04')"
    )
    given = {"id": new_id(), "tenant": wrong_home, "email": f"{new_id()}@acme.example", "role": role.value}
    with (
        pytest.raises(sqlalchemy.exc.IntegrityError, match="users_role_and_tenant"),
        control_transaction(any_engine) as connection,
    ):
        connection.execute(insert, given)


def test_an_email_is_taken_once_in_a_tenant_whatever_its_case(any_engine: Engine, acme: Tenant, demo: Tenant) -> None:
    make(any_engine, acme, Role.TENANT_OWNER, email="Ann@Acme.example ")
    with pytest.raises(BadUser, match=f"There is already a user ann@acme.example in {acme.slug}"):
        make(any_engine, acme, Role.TENANT_STAFF, email="ANN@acme.example")
    assert make(any_engine, demo, Role.TENANT_STAFF, email="ann@acme.example").email == "ann@acme.example"


def test_an_email_is_taken_once_among_platform_people(any_engine: Engine) -> None:
    email = f"{new_id()}@smoothschedule.example"
    make(any_engine, None, Role.SUPERUSER, email=email)
    with pytest.raises(BadUser, match="on the platform"):
        make(any_engine, None, Role.PLATFORM_SALES, email=email.upper())


def test_a_user_is_found_by_email_in_the_right_place_only(any_engine: Engine, acme: Tenant, demo: Tenant) -> None:
    ann = make(any_engine, acme, Role.TENANT_OWNER)
    assert find_user_by_email(any_engine, acme.id, ann.email.upper()) == ann
    assert find_user_by_email(any_engine, demo.id, ann.email) is None
    assert find_user_by_email(any_engine, None, ann.email) is None
    assert find_user(any_engine, ann.id) == ann


def test_temporary_users_live_in_demo_tenants_only(any_engine: Engine, acme: Tenant, demo: Tenant) -> None:
    for home, role in ((acme, Role.TENANT_STAFF), (None, Role.PLATFORM_SALES)):
        with pytest.raises(BadUser, match="Temporary users belong to demo tenants only"):
            make(any_engine, home, role, is_temporary=True)
    assert make(any_engine, demo, Role.TENANT_STAFF, is_temporary=True).is_temporary
    ann = make(any_engine, acme, Role.TENANT_STAFF)
    with (
        pytest.raises(sqlalchemy.exc.IntegrityError, match="temporary users belong to demo tenants only"),
        control_transaction(any_engine) as connection,
    ):
        connection.execute(text("UPDATE users SET is_temporary = true WHERE id = :id"), {"id": ann.id})


def test_a_demo_tenant_is_one_for_good(any_engine: Engine, acme: Tenant) -> None:
    with (
        pytest.raises(sqlalchemy.exc.IntegrityError, match="never changes"),
        control_transaction(any_engine) as connection,
    ):
        connection.execute(text("UPDATE tenants SET is_demo = true WHERE id = :id"), {"id": acme.id})


def test_desks_see_a_tenants_users_as_members(any_engine: Engine, acme: Tenant) -> None:
    ann = make(any_engine, acme, Role.TENANT_OWNER)
    assert members(any_engine, acme) == [(ann.id, ann.email, "TENANT_OWNER", True)]
    change_user(any_engine, acme, replace(ann, role=Role.TENANT_STAFF, is_active=False))
    assert members(any_engine, acme) == [(ann.id, ann.email, "TENANT_STAFF", False)]
    assert find_user(any_engine, ann.id) == replace(ann, role=Role.TENANT_STAFF, is_active=False)


def test_a_change_of_a_user_is_a_version_that_desks_pull(any_engine: Engine, acme: Tenant) -> None:
    ann = make(any_engine, acme, Role.TENANT_OWNER)
    with tenant_transaction(any_engine, acme, read_only=True) as connection:
        row = connection.exec_driver_sql(
            "SELECT pk, op, sync_row.version = clock.version FROM sync_row, clock WHERE table_name = 'member'"
        ).one()
    assert tuple(row) == (ann.id, "put", True)


def test_a_user_is_made_on_both_sides_or_on_none(any_engine: Engine, acme: Tenant) -> None:
    with tenant_transaction(any_engine, acme) as connection:
        version = take_clock(connection, acme)
        with pytest.raises(StorageFault, match="lock timeout"):
            make(any_engine, acme, Role.TENANT_OWNER, email="ann@acme.example")
        assert version > 0
    assert members(any_engine, acme) == []
    assert find_user_by_email(any_engine, acme.id, "ann@acme.example") is None


@pytest.mark.parametrize("slug", ["", "A", "a b", "-a", "a-", "ä", "a" * 64, 't"; DROP SCHEMA public', "a.b"])
def test_a_slug_is_a_host_name(any_engine: Engine, slug: str) -> None:
    with pytest.raises(BadTenant, match="cannot be a tenant's short name"):
        create_tenant(any_engine, slug=slug, name="Acme Corp")


def test_a_slug_is_taken_once(any_engine: Engine, acme: Tenant) -> None:
    with pytest.raises(BadTenant, match=f"There is already a tenant {acme.slug}"):
        create_tenant(any_engine, slug=acme.slug, name="Another")
