"""What every service stands on: the database, the settings, the keys, and the epoch of the server's history."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from shared.model.base import UserId, value
from syncserver.services.audit.recorder import Audit
from syncserver.services.history import marks_of
from syncserver.services.keys.signing import Keys, new_key
from syncserver.settings import Settings
from syncserver.store.handles import Engine
from syncserver.store.marks import Marks
from syncserver.store.server import signing_keys
from syncserver.store.tenancy import Tenant, TenantId, remembering
from syncserver.store.tenants import find_tenant

log = structlog.get_logger()


@value
class Claims:
    """What a verified access token says."""

    user: UserId
    tenant: TenantId
    device: str
    session: str
    expires_at: int
    """Seconds since 1970 (RFC 7519, section 4.1.4)."""
    actor: UserId | None = None
    """Who masquerades as the user: the `act` claim (RFC 8693, section 4.1)."""


@value
class Principal:
    """Whom a verified access token stands for; `tenant` is where everything that is asked for lies."""

    user: UserId
    tenant: Tenant
    device: str
    session: str
    expires_at: int
    actor: UserId | None = None
    """Who really asks, where somebody masquerades as the user; `session` is the masquerade's id then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The ground of all services of one process."""

    engine: Engine
    """Remembers the marks: neither another epoch nor an older database is worked with by it."""
    settings: Settings
    keys: Keys
    epoch: str
    marks: Marks
    """How far desks were told that the history has come, outside the database."""
    audit: Audit
    """Where what somebody did with their rights is recorded."""
    homes: dict[TenantId, Tenant]
    """Tenants seen before: only what never changes of them is read here, state is asked of the tenant's own schema."""
    tell: Callable[[TenantId, int], None]
    """Tells whoever listens to a tenant that it has a version, after the commit that wrote it."""

    def principal(self, claims: Claims) -> Principal | None:
        """Whom the claims stand for, where their tenant was seen before: waits for nothing."""
        home = self.homes.get(claims.tenant)
        return (
            None
            if home is None
            else Principal(
                user=claims.user,
                tenant=home,
                device=claims.device,
                session=claims.session,
                expires_at=claims.expires_at,
                actor=claims.actor,
            )
        )

    def look_up(self, tenant_id: TenantId) -> None:
        """See a tenant for the first time; one that does not exist is not seen."""
        if (home := find_tenant(self.engine, tenant_id)) is not None:
            self.homes[tenant_id] = home

    def note_told(self, tenant: TenantId, version: int) -> None:
        """Remember outside the database that a desk is told of a version."""
        try:
            self.marks.note(tenant, version)
        except OSError as error:
            # What is decided is decided; without its mark a backup that is put back goes unnoticed here.
            log.error("history.marks_unwritable", tenant=tenant, why=error.strerror)


def open_server(
    engine: Engine, settings: Settings, *, tell: Callable[[TenantId, int], None] = lambda tenant, version: None
) -> Server:
    """The ground over a migrated database; the first start makes its signing key. `tell` where somebody may listen."""
    keys = Keys(signing_keys(engine, new_key()), issuer=settings.public_url or "smoothschedule")
    marks = marks_of(engine, settings)
    engine = remembering(engine, marks)
    return Server(
        engine=engine,
        settings=settings,
        keys=keys,
        epoch=marks.epoch,
        marks=marks,
        audit=Audit.of(engine, settings, keys),
        homes={},
        tell=tell,
    )
