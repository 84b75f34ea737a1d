"""A demo: two businesses with a believable book, and somebody to sign in for each of the eight roles."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from shared import clock, ids
from shared.model.base import BusinessId, MutationId, UserId
from shared.model.business import Business
from shared.model.member import Role
from shared.model.plan import Tier
from shared.mutations.registry import Actor
from syncserver.services.demo import book, plans
from syncserver.services.demo.plans import DemoPlan
from syncserver.services.sync.gateway import Edit, record
from syncserver.store.handles import Engine
from syncserver.store.pushes import known
from syncserver.store.tenancy import Tenant, tenant_transaction
from syncserver.store.tenants import create_tenant, find_tenant_by_slug
from syncserver.store.users import create_user, find_user_by_email

_WORDS: Final = (
    "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbor", "indigo", "juniper", "kelp", "lemon",
    "maple", "nectar", "olive", "pepper", "quartz", "raven", "saffron", "timber", "umber", "velvet", "willow", "zephyr",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who can sign in; `tenant` is null for the platform's people, who have no second factor yet."""

    email: str
    password: str
    role: str
    tenant: str | None
    totp_secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Venture:
    plan: DemoPlan
    name: str
    is_demo: bool
    zone: str
    currency: str
    locale: str
    people: tuple[tuple[Role, str], ...]


_VENTURES: Final = (
    _Venture(
        plan=plans.DEMO,
        name="Demo Company",
        is_demo=True,
        zone="America/New_York",
        currency="USD",
        locale="en-US",
        people=(
            (Role.TENANT_OWNER, "Renata Cole"),
            (Role.TENANT_MANAGER, "Hugo Lang"),
            (Role.TENANT_STAFF, "Olivia Park"),
            (Role.CUSTOMER, "Amelia Brennan"),
        ),
    ),
    _Venture(
        plan=plans.ACME,
        name="Acme Corp",
        is_demo=False,
        zone="Europe/Berlin",
        currency="EUR",
        locale="de-DE",
        people=(
            (Role.TENANT_OWNER, "Viktor Acker"),
            (Role.TENANT_MANAGER, "Paula Stein"),
            (Role.TENANT_STAFF, "Anke Richter"),
            (Role.CUSTOMER, "Noah Fischer"),
        ),
    ),
)
_PLATFORM: Final = (
    (Role.SUPERUSER, "Sasha Root"),
    (Role.PLATFORM_MANAGER, "Petra Holm"),
    (Role.PLATFORM_SALES, "Sam Sales"),
    (Role.PLATFORM_SUPPORT, "Suki Port"),
)


def invented_accounts(kept: Sequence[Account]) -> list[Account]:
    """Everybody of the demo, with the passwords of `kept` and invented ones for the others.

    To be written down before `make_demo`: what is kept of a password is not the password.
    """
    passwords = {(account.tenant, account.email): account.password for account in kept}
    people: list[tuple[str | None, Role, str]] = [(None, role, name) for role, name in _PLATFORM]
    people += [(venture.plan.slug, *person) for venture in _VENTURES for person in venture.people]
    accounts = []
    for slug, role, name in people:
        email = _email(slug, name)
        password = passwords.get((slug, email)) or _invented_password()
        accounts.append(Account(email=email, password=password, role=role.value, tenant=slug))
    return accounts


def make_demo(engine: Engine, hash_password: Callable[[str], str], accounts: Sequence[Account]) -> None:
    """Make what is not there yet of the demo, with the passwords of `accounts`."""
    passwords = {(account.tenant, account.email): account.password for account in accounts}

    def invite(tenant: Tenant | None, role: Role, name: str) -> UserId:
        slug = tenant.slug if tenant else None
        email = _email(slug, name)
        user = find_user_by_email(engine, tenant.id if tenant else None, email)
        if user is None:
            kept = hash_password(passwords[slug, email])
            user = create_user(engine, tenant, email=email, name=name, role=role, password_hash=kept)
        return user.id

    for role, name in _PLATFORM:
        invite(None, role, name)
    for venture in _VENTURES:
        tenant = find_tenant_by_slug(engine, venture.plan.slug) or _found(engine, venture)
        users = {role: invite(tenant, role, name) for role, name in venture.people}
        plan = replace(venture.plan, staff_user=users[Role.TENANT_STAFF])
        _write_book(engine, tenant, plan, users[Role.TENANT_OWNER])


def _email(slug: str | None, name: str) -> str:
    return f"{name.split()[0].lower()}@{slug or 'smoothschedule'}.example"


def _invented_password() -> str:
    return "-".join([*(secrets.choice(_WORDS) for _ in range(3)), str(secrets.randbelow(90) + 10)])


def _found(engine: Engine, venture: _Venture) -> Tenant:
    business = Business(
        id=BusinessId(ids.derived_id("demo", venture.plan.slug, "business")),
        name=venture.name,
        zone=venture.zone,
        currency=venture.currency,
        locale=venture.locale,
        first_day_of_week=0,
        slot_step=15,
        min_notice=120,
        max_advance=730,
        cancel_window=24 * 60,
        requests_hold=True,
        series_clash="part",
    )
    return create_tenant(
        engine, slug=venture.plan.slug, name=venture.name, tier=Tier.ENTERPRISE, is_demo=venture.is_demo,
        business=business,
    )  # fmt: skip


def _write_book(engine: Engine, tenant: Tenant, plan: DemoPlan, owner: UserId) -> None:
    """Write the whole book in one transaction, so that a demo that was broken off begins again from nothing."""
    edits = [
        Edit(id=_mutation_id(plan, number), name=one.name, args=one.args, at=one.at)
        for number, one in enumerate(book.edits(plan, clock.now()))
    ]
    with tenant_transaction(engine, tenant) as connection:
        # It is there already, made at another time and so with other edits.
        if not known(connection, [edits[0].id]):
            record(connection, tenant, edits, Actor(user_id=owner, role=Role.TENANT_OWNER), must_apply=True)


def _mutation_id(plan: DemoPlan, number: int) -> MutationId:
    return MutationId(ids.derived_id("demo", plan.slug, "mutation", str(number)))
