"""Under what terms a business is served, as its own schema says it."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import Connection, select

from shared.model.base import value
from shared.rules.offline_lease import MINUTE
from syncserver.store.tables.tenant import tenant_state
from syncserver.store.tenancy import TenantState


@value
class Terms:
    """Whether the business may use the service, what its plan includes, and how long its desks go on by themselves."""

    state: TenantState
    features: frozenset[str]
    offline_lease: timedelta | None
    """None where the business goes by the server's setting."""


def terms_of(state: str, features: Iterable[str], offline_lease: int | None) -> Terms:
    """The terms of what `tenant_state` and `plan` say; `offline_lease` in minutes."""
    return Terms(state=TenantState(state), features=frozenset(features), offline_lease=_length(offline_lease))


def offline_lease_of(connection: Connection) -> timedelta | None:
    """How long the desks of a business work without the server, where it has said so; in a tenant's transaction."""
    return _length(connection.execute(select(tenant_state.c.offline_lease)).scalar_one())


def write_offline_lease(connection: Connection, length: timedelta | None) -> None:
    """Have them work so long from their next answer on, with None as long as the server's setting says.

    In a tenant's transaction in which its clock was taken.
    """
    minutes = None if length is None else length // MINUTE
    connection.execute(tenant_state.update().values(offline_lease=minutes))


def _length(minutes: int | None) -> timedelta | None:
    return None if minutes is None else minutes * MINUTE
