"""Inviting a business: its tenant is made at once, and its owner gets a link that is good once."""

import re
import unicodedata
from dataclasses import replace
from typing import Final
from zoneinfo import available_timezones

from shared import clock
from shared.ids import derived_id
from shared.model.base import BusinessId, value
from shared.model.member import Role
from shared.protocol.problems import ProblemCode
from shared.rules.permissions import Capability
from syncserver.services.declined import Declined
from syncserver.services.identity.platform_accounts import Admin
from syncserver.services.identity.sign_in_events import party_of
from syncserver.services.platform.platform_reach import demo_only, note, tenant_within
from syncserver.services.platform.platform_tenants import Terms, override_details, override_of
from syncserver.services.server import Server
from syncserver.services.team.invites import send_invite
from syncserver.store.events import Event, Kind
from syncserver.store.handles import Connection
from syncserver.store.misses import charge_try
from syncserver.store.tenancy import Tenant, TenantId, TenantState, migration_transaction
from syncserver.store.tenants import AlreadyMade, SlugTaken, default_business, find_tenant, found_tenant, new_tenant
from syncserver.store.users import has_owner

LONGEST_NAME: Final = 200
_LONGEST_SLUG: Final = 40
_SLUGS: Final = 100
"""Short names that are tried where one is taken."""
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
# As strict as a mail needs; whether it is somebody's, the mail will show.
_EMAIL: Final = re.compile(r"[^\s@<>\"',;]+@[^\s@<>\"',;]+\.[^\s@<>\"',;]+")
_LONGEST_EMAIL: Final = 254
_WRONG: Final = {
    "name": "The name of the business is missing, or too long.",
    "zone": "The time zone is none that is known, such as Europe/Berlin.",
    "currency": "The currency is no code of three letters, such as EUR.",
}


@value
class TenantWish:
    """A business that is to be invited; `key` is the same however often the same form is sent."""

    key: str
    email: str
    name: str
    terms: Terms
    zone: str
    currency: str
    is_demo: bool


def invite_tenant(server: Server, admin: Admin, wish: TenantWish) -> Tenant:
    """Make a tenant and invite its owner; asked for twice it is one.

    Whoever reaches demo tenants alone makes one of those. Declined as `not_allowed` where they wish an override, as
    `invalid` for what is no e-mail, name, zone or currency.
    """
    sells = demo_only(admin, Capability.INVITE_TENANTS)
    if sells and wish.terms.wanted is not None:
        note(server, admin, Capability.SET_PLANS, None)
        raise Declined(ProblemCode.NOT_ALLOWED)
    _require_fit(wish)
    wish = replace(wish, is_demo=wish.is_demo or sells, name=" ".join(wish.name.split()))
    try:
        return _make(server, admin, wish)
    except AlreadyMade:
        made = find_tenant(server.engine, _id_of(admin, wish))
        if made is None:
            raise Declined(ProblemCode.NOT_FOUND) from None
        return made


def invite_owner(server: Server, admin: Admin, tenant_id: str, email: str) -> None:
    """Send another invite to the owner of a tenant that has none yet; the one before is good no more.

    Declined as `not_found`, as `invalid` where it has an owner, as `too_many_tries`.
    """
    tenant = tenant_within(server, admin, tenant_id, Capability.INVITE_TENANTS)
    require_email(email)
    if wait := charge_try(server.engine, server.keys.keyed_hash("invite", tenant.id), clock.now()):
        raise Declined(ProblemCode.TOO_MANY_TRIES, retry_after=wait)
    _invite(server, admin, tenant, email)


def require_email(email: str) -> None:
    """Decline as `invalid` what is no e-mail address."""
    if len(email) > _LONGEST_EMAIL or not _EMAIL.fullmatch(email):
        raise Declined(ProblemCode.INVALID, "That is no e-mail address.", field="email")


def _invite(server: Server, admin: Admin, tenant: Tenant, email: str) -> None:
    with server.audit.transaction(tenant) as (connection, record):
        if tenant.state is not TenantState.ACTIVE or has_owner(connection, tenant.id):
            raise Declined(ProblemCode.INVALID, "This business has an owner already, or is not open.")
        record(_send(server, connection, admin, tenant, email))


def _send(server: Server, connection: Connection, admin: Admin, tenant: Tenant, email: str) -> Event:
    """Put the invite of an owner into a control transaction; the event that tells of it."""
    made = send_invite(server, connection, tenant, email=email, role=Role.TENANT_OWNER, by=admin.user)
    who, details = party_of(admin.user), {"invite": made.id}
    return Event(kind=Kind.OWNER_INVITED, tenant=tenant, actor=who, subject=made.email, details=details)


def _require_fit(wish: TenantWish) -> None:
    require_email(wish.email)
    wrong = {
        "name": not 1 <= len(" ".join(wish.name.split())) <= LONGEST_NAME,
        "zone": wish.zone not in available_timezones(),
        "currency": not _CURRENCY.fullmatch(wish.currency),
    }
    for field, is_wrong in wrong.items():
        if is_wrong:
            raise Declined(ProblemCode.INVALID, _WRONG[field], field=field)


def _make(server: Server, admin: Admin, wish: TenantWish) -> Tenant:
    base = slug_of(wish.name)
    for number in range(1, _SLUGS):
        slug = base if number == 1 else f"{base}-{number}"
        try:
            return _make_as(server, admin, wish, slug)
        except SlugTaken:
            continue
    raise Declined(
        ProblemCode.INVALID, "Too many businesses have this name: give it another.", field="name"
    )  # fmt: skip


def _make_as(server: Server, admin: Admin, wish: TenantWish, slug: str) -> Tenant:
    """The tenant, the invite of its owner, and what tells of both: all of it or nothing."""
    tenant = new_tenant(
        slug=slug, name=wish.name, tier=wish.terms.tier, is_demo=wish.is_demo, tenant_id=_id_of(admin, wish)
    )
    business = replace(default_business(BusinessId(tenant.id), wish.name), zone=wish.zone, currency=wish.currency)
    override = override_of(server, wish.terms)
    with server.audit.transaction(tenant, begun=migration_transaction) as (connection, record):
        found_tenant(connection, tenant, override=override, business=business)
        details = {"demo": tenant.is_demo, "override": override_details(override)}
        who, tier = party_of(admin.user), tenant.tier.value
        record(Event(kind=Kind.TENANT_CREATED, tenant=tenant, actor=who, subject=tier, details=details))
        record(_send(server, connection, admin, tenant, wish.email))
    return tenant


def _id_of(admin: Admin, wish: TenantWish) -> TenantId:
    return TenantId(derived_id("invited tenant", admin.user.id, wish.key))


def slug_of(name: str) -> str:
    """A short name after a business's: small letters, digits and hyphens within."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST_SLUG].strip("-") or "business"
