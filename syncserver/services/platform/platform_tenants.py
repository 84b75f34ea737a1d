"""What the people of the platform do with tenants: find them, look at one, suspend it, and say what its plan is."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from shared import clock
from shared.model.base import value
from shared.model.plan import Limit, Plan, Tier
from shared.mutations.registry import Actor
from shared.protocol.problems import ProblemCode
from shared.rules.limits import month_of
from shared.rules.permissions import Capability
from shared.rules.plans import Allowance, Override
from syncserver.services.declined import Declined
from syncserver.services.identity.platform_accounts import Admin
from syncserver.services.identity.sign_in_events import party_of
from syncserver.services.platform import plans
from syncserver.services.platform.platform_reach import demo_only, tenant_within
from syncserver.services.server import Server
from syncserver.store.directory import DeviceLine, Found, PersonLine, Search, TenantLine, find_devices, find_people
from syncserver.store.directory import find_tenants as find_lines
from syncserver.store.events import Event, Kind
from syncserver.store.invites import Invite, waiting_invites
from syncserver.store.plans import Deal, allowance_details, deal_of, plan_in_force
from syncserver.store.tenancy import Tenant, TenantState, control_transaction, tenant_part
from syncserver.store.tenants import hold_tenant, write_tenant_state, zone_of
from syncserver.store.terms import offline_lease_of
from syncserver.store.use import use_of
from syncserver.store.users import has_owner

LONGEST_REASON: Final = 500


@value
class TenantShown:
    """One tenant with all that is shown of it."""

    tenant: Tenant
    zone: str
    plan: Plan
    deal: Deal
    offline_lease: timedelta
    """How long its desks work without the server."""
    use: Mapping[Limit, int]
    people: Found[PersonLine]
    devices: Found[DeviceLine]
    invites: Sequence[Invite]
    has_owner: bool
    """Whether anybody can sign in as its owner."""


@value
class Terms:
    """A plan as somebody wishes it: a tier, and all its limits and features where they are to be otherwise."""

    tier: Tier
    wanted: Allowance | None = None


def find_tenants(server: Server, admin: Admin, text: str, page: int) -> Found[TenantLine]:
    """A page of the tenants that somebody may see."""
    wanted = Search(text=text, page=page, demo_only=demo_only(admin, Capability.FIND_TENANTS))
    with control_transaction(server.engine, read_only=True) as connection:
        return find_lines(connection, wanted)


def show_tenant(server: Server, admin: Admin, tenant_id: str) -> TenantShown:
    """One tenant. Declined as `not_found`."""
    tenant = tenant_within(server, admin, tenant_id, Capability.FIND_TENANTS)
    zone, now = zone_of(server.engine, tenant), clock.now()
    of_it = Search(tenant=tenant.id)
    with control_transaction(server.engine, read_only=True) as connection:
        people, devices = find_people(connection, of_it, with_platform=False), find_devices(connection, of_it)
        with tenant_part(connection, tenant):
            plan, lease = plan_in_force(connection), offline_lease_of(connection)
        return TenantShown(
            tenant=tenant,
            zone=zone,
            plan=plan,
            deal=deal_of(connection, tenant, held=False),
            offline_lease=lease or server.settings.offline_lease,
            use=use_of(connection, tenant, month_of(now, zone)),
            people=people,
            devices=devices,
            invites=waiting_invites(connection, tenant.id, now),
            has_owner=has_owner(connection, tenant.id),
        )


def suspend(server: Server, admin: Admin, tenant_id: str, reason: str) -> None:
    """Let nobody of a tenant in until it is reopened. Declined as `not_found`, as `invalid` without a reason."""
    _turn(server, admin, tenant_id, reason, to=TenantState.SUSPENDED)


def reopen(server: Server, admin: Admin, tenant_id: str, reason: str) -> None:
    """Let the people of a tenant in again that was suspended, or closed by its owner; declined as `suspend` is."""
    _turn(server, admin, tenant_id, reason, to=TenantState.ACTIVE)


_TURNS: Final[Mapping[TenantState, tuple[frozenset[TenantState], Kind]]] = {
    TenantState.SUSPENDED: (frozenset({TenantState.ACTIVE}), Kind.TENANT_SUSPENDED),
    TenantState.ACTIVE: (frozenset({TenantState.SUSPENDED, TenantState.CLOSED}), Kind.TENANT_REOPENED),
}
"""What a tenant is turned into, from which states."""


def _turn(server: Server, admin: Admin, tenant_id: str, reason: str, *, to: TenantState) -> None:
    tenant = tenant_within(server, admin, tenant_id, Capability.SUSPEND_TENANTS)
    reason = require_reason(reason)
    before, kind = _TURNS[to]
    with server.audit.transaction(tenant) as (connection, record):
        held = hold_tenant(connection, tenant.id)
        # Twice is once, and a closed one is not suspended.
        if held is None or held.state not in before:
            return
        version = write_tenant_state(connection, tenant, to)
        record(Event(kind=kind, tenant=tenant, actor=party_of(admin.user), subject=tenant.slug, reason=reason))
    server.tell(tenant.id, version)


def require_reason(reason: str) -> str:
    """A reason as it is recorded; declined as `invalid` where there is none, or a story."""
    plain = " ".join(reason.split())
    if not 1 <= len(plain) <= LONGEST_REASON:
        raise Declined(ProblemCode.INVALID, "A reason is needed, in a sentence or two.", field="reason")
    return plain


def set_terms(server: Server, admin: Admin, tenant_id: str, terms: Terms) -> None:
    """Put a tenant on a tier, and let it have otherwise what is wanted otherwise. Declined as `not_found`."""
    tenant = tenant_within(server, admin, tenant_id, Capability.SET_PLANS)
    override = override_of(server, terms)
    with server.audit.transaction(tenant) as (connection, record):
        before = deal_of(connection, tenant)
        if before == Deal(tier=terms.tier, override=override):
            return
        version = plans.set_terms(connection, tenant, terms.tier, override, by=_actor(admin))
        details = {"was": before.tier.value, "override": override_details(override)}
        record(
            Event(
                kind=Kind.TIER_SET, tenant=tenant, actor=party_of(admin.user), subject=terms.tier.value, details=details
            )
        )
    if version:
        server.tell(tenant.id, version)


def override_of(server: Server, terms: Terms) -> Override | None:
    """What of the wish is otherwise than the plan of its tier: the rest goes on following the plan."""
    if terms.wanted is None:
        return None
    plan = plans.offered(server.engine)[terms.tier].allowance
    limits = {limit: most for limit, most in terms.wanted.limits.items() if most != plan.limits[limit]}
    features = None if terms.wanted.features == plan.features else terms.wanted.features
    return None if not limits and features is None else Override(features=features, limits=limits)


def override_details(override: Override | None) -> Mapping[str, object] | None:
    """An override as JSON values; None where there is none."""
    if override is None:
        return None
    told = allowance_details(Allowance(features=override.features or frozenset(), limits=override.limits))
    return told if override.features is not None else {"limits": told["limits"]}


def _actor(admin: Admin) -> Actor:
    return Actor(user_id=admin.user.id, role=admin.user.role, name=admin.user.name)
