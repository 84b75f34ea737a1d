"""Brings the control schema and every tenant's schema to the newest version."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import sqlalchemy.exc
from sqlalchemy import Engine, text

from shared.errors import AppError, StorageFault
from syncserver.store.schemas import newest_revision, upgrade_control, upgrade_tenant
from syncserver.store.tenancy import Tenant, control_transaction, migration_transaction
from syncserver.store.tenants import tenants_behind

# The role that control's 0008 gives the audit trail to, where it is there and somebody else's. It is used no more once
# the trail is there. Before 16 whoever may create roles may use any.
_WITHHELD: Final = text(
    """
    SELECT rolname FROM pg_roles
    WHERE rolname = left(current_user, 57) || '_audit' AND to_regclass('audit_event') IS NULL
        AND current_setting('server_version_num')::int >= 160000
        AND NOT pg_has_role(current_user, oid, 'MEMBER WITH ADMIN OPTION')
    """
)


class MigrationFailed(AppError):
    """Some schemas stayed as they were; the message names them and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """What became of one tenant's schema; `trouble` is None where it is up to date."""

    tenant: Tenant
    trouble: str | None


def migrate(engine: Engine) -> None:
    """Bring everything to the newest version. Raises MigrationFailed after all others were done."""
    migrate_control(engine)
    failed = [one for one in migrate_tenants(engine) if one.trouble]
    if failed:
        reasons = "; ".join(f"{one.tenant.slug}: {one.trouble}" for one in failed)
        raise MigrationFailed(f"The schemas of {len(failed)} tenants could not be migrated: {reasons}")


def migrate_control(engine: Engine) -> None:
    """Bring the control schema to the newest version. Raises MigrationFailed where the login lacks a right."""
    _check_login(engine)
    with migration_transaction(engine) as connection:
        upgrade_control(connection)


def migrate_tenants(engine: Engine) -> Iterator[Migrated]:
    """Bring each tenant's schema that is not at the newest version to it, one transaction each.

    What one tenant's data refuses is reported with it and leaves the others; what is done stays done, so that a broken
    off run is simply started again.
    """
    with control_transaction(engine, read_only=True) as connection:
        tenants = tenants_behind(connection, newest_revision())
    for tenant in tenants:
        trouble = None
        try:
            with migration_transaction(engine) as connection:
                upgrade_tenant(connection, tenant)
        except (sqlalchemy.exc.SQLAlchemyError, StorageFault) as error:
            trouble = str(getattr(error, "orig", None) or error).strip()
        yield Migrated(tenant=tenant, trouble=trouble)


def _check_login(engine: Engine) -> None:
    """Say plainly what the operator has to grant, rather than fail half-way."""
    with control_transaction(engine, read_only=True) as connection:
        row = connection.exec_driver_sql(
            "SELECT rolcreaterole, rolsuper,"
            " has_database_privilege(current_database(), 'CREATE'),"
            " has_schema_privilege('public', 'CREATE'),"
            " current_setting('server_version_num')::int, current_user, current_database()"
            " FROM pg_roles WHERE rolname = current_user"
        ).one()
        keeper = connection.execute(_WITHHELD).scalar_one_or_none()
    may_make_roles, is_superuser, may_make_schemas, may_use_public, version, login, database = row
    wrong = {
        "PostgreSQL must be version 15 or newer": version < 150_000,
        f"{login} is a superuser, for whom no tenant is kept apart": is_superuser,
        f"{login} may not create roles (ALTER ROLE {login} CREATEROLE)": not (may_make_roles or is_superuser),
        f"{login} may not create schemas (ALTER DATABASE {database} OWNER TO {login})": not may_make_schemas,
        f"{login} may not create tables (ALTER SCHEMA public OWNER TO {login})": not may_use_public,
        f"{login} may not use the role that the audit trail is to belong to "
        f"(GRANT {keeper} TO {login} WITH ADMIN OPTION)": keeper is not None,
    }
    reasons = [reason for reason, holds in wrong.items() if holds]
    if reasons:
        raise MigrationFailed(f"The database cannot be used: {'; '.join(reasons)}.")
