"""What the people of the platform do with users: find them, help them in, disable them, and make some."""

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import Final

from shared import clock
from shared.ids import is_id, secret_token
from shared.model.base import UserId, value
from shared.model.member import Role
from shared.protocol.problems import ProblemCode
from shared.rules.grants import Action as Grantable
from shared.rules.permissions import Capability, Scope, may, may_manage, scope
from syncserver.services.audit.recorder import Record
from syncserver.services.declined import Declined
from syncserver.services.identity import (
    accounts,
    holders,
    lost_factors,
    passwords,
    platform_accounts,
    resets,
    second_factors,
)
from syncserver.services.identity.accounts import DISABLED
from syncserver.services.identity.platform_accounts import Admin
from syncserver.services.identity.resets import Letter
from syncserver.services.identity.sign_in_events import party_of
from syncserver.services.platform import grants
from syncserver.services.platform.platform_reach import demo_only, holds, note, noting, tenant_within
from syncserver.services.platform.platform_tenants import require_reason
from syncserver.services.server import Server
from syncserver.services.team.people import disable_user
from syncserver.store.admin_sessions import end_admin_sessions_of
from syncserver.store.devices import devices_used_by
from syncserver.store.directory import Found, PersonLine, Search, find_person
from syncserver.store.directory import find_people as find_lines
from syncserver.store.events import Event, Kind
from syncserver.store.handles import Connection
from syncserver.store.misses import charge_try, forget_misses
from syncserver.store.tenancy import Tenant, TenantId, control_transaction
from syncserver.store.users import (
    BadUser,
    EmailTaken,
    NoRoom,
    User,
    add_user,
    hold_superusers,
    hold_user,
    require_fit,
    write_user,
)


class Action(StrEnum):
    """What can be done to somebody, each by a button of its own."""

    UNLOCK = "unlock"
    """Forget their misses at signing in."""
    RESET = "reset"
    """Mail them a link for another password."""
    RESET_FACTOR = "reset-factor"
    """Take their second factor away, when they have lost it."""
    DISABLE = "disable"
    ENABLE = "enable"


CAPABILITY: Final = {
    Action.UNLOCK: Capability.HELP_USERS,
    Action.RESET: Capability.HELP_USERS,
    Action.RESET_FACTOR: Capability.HELP_USERS,
    Action.DISABLE: Capability.MANAGE_USERS,
    Action.ENABLE: Capability.MANAGE_USERS,
}


@value
class NewUser:
    """Somebody who is to be made; `role` says whether of the platform, or temporary in a demo tenant."""

    email: str
    name: str
    role: Role


@value
class _Doing:
    """What is being done to whom; `by_grant` where whoever does it has no right to it but by a grant."""

    server: Server
    admin: Admin
    person: PersonLine
    reason: str
    by_grant: bool

    @property
    def tenant(self) -> Tenant | None:
        return self.person.tenant

    def use_grant(self, connection: Connection, record: Record) -> None:
        """Use the grant where it takes one, within the transaction of the deed. Declined as `not_allowed`."""
        if self.by_grant and self.tenant is not None:
            within = (connection, record)
            grants.use(self.server, self.admin.user, self.tenant, Grantable.EDIT_TENANT_USERS, within=within)


def find_people(server: Server, admin: Admin, text: str, page: int) -> Found[PersonLine]:
    """A page of the people whom somebody may see: the platform's own only for whoever manages all."""
    wanted = Search(text=text, page=page, demo_only=demo_only(admin, Capability.FIND_TENANTS))
    everybody = scope(admin.user.role, Capability.MANAGE_USERS) is Scope.ALL
    with control_transaction(server.engine, read_only=True) as connection:
        return find_lines(connection, wanted, with_platform=everybody)


def granted_tenants(server: Server, admin: Admin) -> frozenset[TenantId]:
    """In which businesses somebody has the editing of people by a grant, now."""
    return grants.tenants_with(server, admin.user, Grantable.EDIT_TENANT_USERS)


def actions_on(
    admin: Admin, person: PersonLine, granted: frozenset[TenantId] = frozenset()
) -> frozenset[Action]:  # fmt: skip
    """What somebody may do to a person; nothing to oneself, and nothing while one acts as somebody else.

    `granted` are the businesses whose people they edit by a grant.
    """
    actor, found = admin.user, set()
    if actor.id == person.id or admin.under:
        return frozenset()
    if may(actor.role, Capability.HELP_USERS) and (person.tenant is not None or _manages(actor, person)):
        found |= {Action.UNLOCK, *([Action.RESET] if person.is_active else [])}
        # Of the platform's people it takes their password, too, which nobody sets who is disabled.
        found |= {Action.RESET_FACTOR} if person.tenant is not None or person.is_active else set()
    if _manages(actor, person) or (person.tenant is not None and person.tenant.id in granted):
        found.add(Action.DISABLE if person.is_active else Action.ENABLE)
    return frozenset(found)


def _manages(actor: User, person: PersonLine) -> bool:
    if not may_manage(actor.role, person.role):
        return False
    reach = scope(actor.role, Capability.MANAGE_USERS)
    return reach is Scope.ALL or (reach is Scope.DEMO and person.is_temporary)


def roles_to_make(admin: Admin) -> tuple[Role, ...]:
    """Of which roles of the platform somebody may make users."""
    role = admin.user.role
    if scope(role, Capability.MANAGE_USERS) is not Scope.ALL or not holds(admin, Capability.MANAGE_USERS):
        return ()
    return tuple(one for one in Role if one.is_platform and may_manage(role, one))


def act(server: Server, admin: Admin, user_id: str, action: Action, reason: str = "") -> PersonLine:
    """Do something to a person, who is named in the answer as they were before.

    Declined as `not_found`, as `not_allowed`, as `invalid` where somebody is disabled without a reason, as
    `last_owner`, also of the last superuser. Raises Refusal(LIMIT_REACHED) where the plan has no room for one more.
    """
    with control_transaction(server.engine, read_only=True) as connection:
        person = find_person(connection, UserId(user_id)) if is_id(user_id) else None
    if person is None:
        raise Declined(ProblemCode.NOT_FOUND)
    _require_sight(server, admin, person)
    wanted = {Action.DISABLE: Action.ENABLE, Action.ENABLE: Action.DISABLE}
    by_role, allowed = actions_on(admin, person), actions_on(admin, person, granted_tenants(server, admin))
    # What is done already, as by a second press, is no refusal of a right.
    if action not in allowed and wanted.get(action) in allowed:
        return person
    by_grant = action not in by_role and _takes_grant(server, admin, action, person)
    with noting(server, admin, CAPABILITY[action], person.tenant):
        if action not in by_role and not by_grant:
            raise Declined(ProblemCode.NOT_ALLOWED)
    _DOING[action](_Doing(server=server, admin=admin, person=person, reason=reason, by_grant=by_grant))
    return person


def _takes_grant(server: Server, admin: Admin, action: Action, person: PersonLine) -> bool:
    """Whether it is done by a grant, as that stands by then: one that is over is refused where it is used."""
    if person.tenant is None or CAPABILITY[action] is not Capability.MANAGE_USERS:
        return False
    return grants.was_given(server, admin.user, person.tenant, Grantable.EDIT_TENANT_USERS)


def is_seen_by(admin: Admin, person: PersonLine) -> bool:
    """Whether a person is among those whom somebody finds."""
    if person.tenant is None:
        return scope(admin.user.role, Capability.MANAGE_USERS) is Scope.ALL
    return not demo_only(admin, Capability.FIND_TENANTS) or person.tenant.is_demo


def _require_sight(server: Server, admin: Admin, person: PersonLine) -> None:
    if demo_only(admin, Capability.FIND_TENANTS) and not (person.tenant and person.tenant.is_demo):
        note(server, admin, Capability.FIND_TENANTS, person.tenant)
        raise Declined(ProblemCode.NOT_FOUND)


def _unlock(doing: _Doing) -> None:
    server, person = doing.server, doing.person
    keys = [holders.asked_key(server, person.id), second_factors.code_key(server, person.id)]
    if person.tenant is None:
        keys += [platform_accounts.misses_key(server, person.email, at_home=home) for home in (False, True)]
    else:
        used = ("", *devices_used_by(server.engine, person.tenant.id, person.id))
        keys += [accounts.misses_key(server, person.tenant.slug, person.email, one) for one in used]
    with server.audit.transaction(person.tenant) as (_, record):
        record(_event(Kind.USER_UNLOCKED, doing))
    for key in keys:
        forget_misses(server.engine, key, clock.now())


def _reset(doing: _Doing) -> None:
    server, person = doing.server, doing.person
    _require_pause(server, person)
    with server.audit.transaction(person.tenant) as (connection, record):
        user = _held(connection, person)
        if not resets.is_welcome(user, person.tenant):
            raise Declined(ProblemCode.TENANT_SUSPENDED)
        resets.mail_link(server, connection, user, person.tenant)
        record(_event(Kind.RESET_SENT, doing))


def _reset_factor(doing: _Doing) -> None:
    server, person, reason = doing.server, doing.person, require_reason(doing.reason)
    with server.audit.transaction(person.tenant) as (connection, record):
        user = _held(connection, person)
        # What is done already, as by a second press, is no event.
        if not lost_factors.take_away(server, connection, user, person.tenant):
            return
        record(_event(Kind.FACTOR_RESET, doing, reason))
    if person.tenant is None:
        lost_factors.end_masquerade(server, user)


def _require_pause(server: Server, person: PersonLine) -> None:
    if wait := charge_try(server.engine, server.keys.keyed_hash("reset sent", person.id), clock.now()):
        raise Declined(ProblemCode.TOO_MANY_TRIES, retry_after=wait)


def _disable(doing: _Doing) -> None:
    server, person, reason = doing.server, doing.person, require_reason(doing.reason)
    with server.audit.transaction(person.tenant) as (connection, record):
        doing.use_grant(connection, record)
        version = 0
        if person.tenant is None:
            _disable_platform(connection, person)
        else:
            version = disable_user(connection, person.tenant, _held(connection, person))
        record(_event(Kind.USER_DISABLED, doing, reason))
    _tell(server, person.tenant, version)


def _disable_platform(connection: Connection, person: PersonLine) -> None:
    if hold_superusers(connection) == {person.id}:
        raise Declined(ProblemCode.LAST_OWNER, "The platform keeps one active superuser at least.")
    user = _held(connection, person)
    end_admin_sessions_of(connection, user.id, reason=DISABLED, now=clock.now())
    write_user(connection, None, replace(user, is_active=False))


def _enable(doing: _Doing) -> None:
    server, person = doing.server, doing.person
    with server.audit.transaction(person.tenant) as (connection, record):
        doing.use_grant(connection, record)
        user = _held(connection, person)
        version = write_user(connection, person.tenant, replace(user, is_active=True))
        record(_event(Kind.USER_ENABLED, doing))
    _tell(server, person.tenant, version)


_DOING: Final[dict[Action, Callable[[_Doing], None]]] = {
    Action.UNLOCK: _unlock,
    Action.RESET: _reset,
    Action.RESET_FACTOR: _reset_factor,
    Action.DISABLE: _disable,
    Action.ENABLE: _enable,
}


def _held(connection: Connection, person: PersonLine) -> User:
    user = hold_user(connection, person.tenant.id if person.tenant else None, person.id)
    if user is None:
        raise Declined(ProblemCode.NOT_FOUND)
    return user


def _tell(server: Server, tenant: Tenant | None, version: int) -> None:
    if tenant is not None and version:
        server.tell(tenant.id, version)


def _event(kind: Kind, doing: _Doing, reason: str | None = None) -> Event:
    person = doing.person
    return Event(
        kind=kind, tenant=person.tenant, actor=party_of(doing.admin.user), subject=person.email, reason=reason,
        details={"user": person.id, "role": person.role.value},
    )  # fmt: skip


def add_platform_user(server: Server, admin: Admin, wish: NewUser) -> User:
    """Make somebody of the platform and mail them a link for their first password.

    Declined as `not_allowed`, as `invalid`, as `email_taken`.
    """
    with noting(server, admin, Capability.MANAGE_USERS):
        if wish.role.is_platform and wish.role not in roles_to_make(admin):
            raise Declined(ProblemCode.NOT_ALLOWED)
    return _add(server, admin, None, wish)


def add_temporary_user(server: Server, admin: Admin, tenant_id: str, wish: NewUser) -> User:
    """Make a temporary user of a demo tenant; declined as `add_platform_user` is, and as `limit_reached`."""
    tenant = tenant_within(server, admin, tenant_id, Capability.MANAGE_USERS)
    return _add(server, admin, tenant, wish)


def _add(server: Server, admin: Admin, tenant: Tenant | None, wish: NewUser) -> User:
    _require_fit(wish, tenant)
    # Nobody knows it: the first password is set by the link.
    unknown = passwords.hash_password(secret_token())
    try:
        with server.audit.transaction(tenant) as (connection, record):
            user, version = add_user(
                connection, tenant, email=wish.email, name=wish.name, role=wish.role, password_hash=unknown,
                is_temporary=tenant is not None,
            )  # fmt: skip
            resets.mail_link(server, connection, user, tenant, letter=Letter.WELCOME)
            made = {"user": user.id, "role": user.role.value, "temporary": user.is_temporary}
            who = party_of(admin.user)
            record(Event(kind=Kind.USER_CREATED, tenant=tenant, actor=who, subject=user.email, details=made))
    except EmailTaken:
        raise Declined(ProblemCode.EMAIL_TAKEN) from None
    except NoRoom as full:
        raise Declined(ProblemCode.LIMIT_REACHED, str(full)) from None
    except BadUser as bad:
        raise Declined(ProblemCode.INVALID, str(bad)) from None
    _tell(server, tenant, version)
    return user


def _require_fit(wish: NewUser, tenant: Tenant | None) -> None:
    try:
        require_fit(wish.role, tenant)
    except BadUser as bad:
        raise Declined(ProblemCode.INVALID, str(bad)) from None
