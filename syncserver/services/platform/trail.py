"""The audit trail as the platform's people read it, and a check of a chain that is remembered."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack

from shared import clock
from shared.model.base import value
from shared.protocol.problems import ProblemCode
from syncserver.services.audit.checks import Checked, check_chains
from syncserver.services.declined import Declined
from syncserver.services.server import Server
from syncserver.store.events import PLATFORM, Entry, Kind, chain_of
from syncserver.store.handles import Engine
from syncserver.store.tenancy import Tenant, control_transaction, tenant_transaction
from syncserver.store.tenants import every_tenant, find_tenant_by_slug
from syncserver.store.trail import PAGE, Check, Filter, keep_check, last_check, newest_entries


@value
class Trail:
    """A page of a chain, newest first; `older` is the number that the next page stands before."""

    tenant: Tenant | None
    entries: Sequence[Entry]
    older: int | None
    check: Check | None


def chain_named(server: Server, slug: str) -> Tenant | None:
    """The tenant of a short name, None for the platform's chain. Declined as `not_found`."""
    if not slug:
        return None
    tenant = find_tenant_by_slug(server.engine, slug)
    if tenant is None:
        raise Declined(ProblemCode.NOT_FOUND, "There is no tenant of this short name.")
    return tenant


def read_trail(server: Server, tenant: Tenant | None, wanted: Filter) -> Trail:
    """A page of the chain of a tenant or of the platform. Declined as `invalid` for a kind that there is not."""
    if wanted.kind and wanted.kind not in set(Kind):
        raise Declined(ProblemCode.INVALID)
    with ExitStack() as stack:
        if tenant is None:
            connection = stack.enter_context(control_transaction(server.engine, read_only=True))
        else:
            connection = stack.enter_context(tenant_transaction(server.engine, tenant, read_only=True))
        found = newest_entries(connection, wanted)
    with control_transaction(server.engine, read_only=True) as connection:
        check = last_check(connection, chain_of(tenant))
    shown = found[:PAGE]
    return Trail(
        tenant=tenant, entries=shown, older=shown[-1].number if len(found) > PAGE else None, check=check
    )  # fmt: skip


def verify(server: Server, tenant: Tenant | None) -> None:
    """Walk one chain now and remember what was found. Raises StorageFault."""
    remember(server.engine, check_chains(server.engine, server.settings, [tenant]))


def remember(engine: Engine, checked: Iterable[Checked]) -> Sequence[Checked]:
    """Keep what was found of each chain for the admin to show, and give it on."""
    found = list(checked)
    homes = {tenant.slug: chain_of(tenant) for tenant in every_tenant(engine)} | {PLATFORM: PLATFORM}
    with control_transaction(engine) as connection:
        for one in found:
            if one.name in homes:
                check = Check(
                    checked_at=clock.now(), events=one.events,
                    broken_at=one.found.number if one.found else None, what=one.found.what if one.found else None,
                )  # fmt: skip
                keep_check(connection, homes[one.name], check)
    return found
