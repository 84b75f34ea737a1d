"""An audit trail and what stands in it."""

from collections.abc import Sequence

import orjson
from sqlalchemy import Engine

from syncserver.settings import Settings
from syncserver.store.events import Entry, read_checkpoints, read_entries
from syncserver.store.tenancy import Tenant, control_transaction, tenant_transaction


def chain(engine: Engine, tenant: Tenant | None = None) -> Sequence[Entry]:
    """The entries of a tenant's chain, or of the platform's."""
    if tenant is None:
        with control_transaction(engine, read_only=True) as connection:
            return list(read_entries(connection))
    with tenant_transaction(engine, tenant, read_only=True) as connection:
        return list(read_entries(connection))


def sealed(engine: Engine, tenant: Tenant) -> list[int]:
    """The numbers of a tenant's checkpoints."""
    with tenant_transaction(engine, tenant, read_only=True) as connection:
        return list(read_checkpoints(connection))


def logged(settings: Settings, name: str) -> list[dict[str, object]]:
    """The lines of `security` or `masquerade`."""
    file = settings.data / "logs" / f"{name}.log"
    return [orjson.loads(line) for line in file.read_bytes().splitlines()] if file.exists() else []
