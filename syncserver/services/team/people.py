"""The users of a tenant, and what their owner and managers do with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from shared import clock
from shared.clock import instant_text
from shared.ids import is_id
from shared.model.base import UserId
from shared.model.member import Role
from shared.protocol import account_messages as messages
from shared.protocol.problems import ProblemCode
from shared.rules.permissions import Capability
from syncserver.services.audit.recorder import Record
from syncserver.services.declined import Declined
from syncserver.services.identity import identity_events, lost_factors
from syncserver.services.identity.accounts import DISABLED
from syncserver.services.identity.holders import Holder, require_managed
from syncserver.services.identity.refusals import noting
from syncserver.services.server import Server
from syncserver.services.team.invites import info_of
from syncserver.store.directory import PersonLine, colleagues
from syncserver.store.handles import Connection
from syncserver.store.invites import waiting_invites
from syncserver.store.sessions import end_sessions_of
from syncserver.store.tenancy import Tenant, control_transaction
from syncserver.store.users import BadUser, User, hold_owners, hold_user, require_fit, write_user

PAGE: Final = 500
"""Users of one answer."""


def team_of(server: Server, holder: Holder, after: str | None) -> messages.Team:
    """A page of the tenant's users. Declined as `invalid` for an `after` that is no id."""
    if after is not None and not is_id(after):
        raise Declined(ProblemCode.INVALID)
    users = colleagues(server.engine, holder.tenant.id, after=after, most=PAGE)
    invites: tuple[messages.InviteInfo, ...] = ()
    if after is None:
        with control_transaction(server.engine, read_only=True) as connection:
            invites = tuple(info_of(one) for one in waiting_invites(connection, holder.tenant.id, clock.now()))
    return messages.Team(
        users=tuple(_shown(one) for one in users),
        invites=invites,
        after=users[-1].id if len(users) == PAGE else None,
    )


def _shown(line: PersonLine) -> messages.TeamUser:
    seen = line.last_contact
    return messages.TeamUser(
        id=line.id, name=line.name, email=line.email, role=line.role.value, active=line.is_active,
        second_factor=line.has_factor, last_seen_at=None if seen is None else instant_text(seen),
    )  # fmt: skip


def change_role(server: Server, holder: Holder, user_id: str, role: Role) -> None:
    """Give a user of the tenant another role.

    Declined as `not_found`, as `invalid` for a role that has no place in a tenant, as `last_owner`. Raises
    Refusal(LIMIT_REACHED) where the plan has no room for one more who works there, and StorageFault where it cannot be
    recorded.
    """
    try:
        require_fit(role, holder.tenant)
    except BadUser as bad:
        raise Declined(ProblemCode.INVALID, str(bad)) from None
    tenant = holder.tenant
    with server.audit.transaction(tenant) as (connection, record):
        user = _held(connection, holder, user_id)
        if role is user.role:
            return
        if role is not Role.TENANT_OWNER:
            _require_another_owner(connection, user)
        after = replace(user, role=role)
        version = write_user(connection, tenant, after)
        record(identity_events.role_changed(tenant, holder.user, after, was=user.role.value))
    server.tell(tenant.id, version)


def disable(server: Server, holder: Holder, user_id: str) -> None:
    """Let a user sign in no more, and end every session of theirs at once.

    Declined as `not_allowed`, `not_found` or `last_owner`. Raises StorageFault where it cannot be recorded.
    """
    with _managing(server, holder) as (connection, record):
        user = _managed(connection, holder, user_id)
        if not user.is_active:
            return
        version = disable_user(connection, holder.tenant, user)
        record(identity_events.disabled(holder.tenant, holder.user, user))
    server.tell(holder.tenant.id, version)


def disable_user(connection: Connection, tenant: Tenant, user: User) -> int:
    """The same within a control transaction, whoever asks for it; the tenant's version of it."""
    _require_another_owner(connection, user)
    # In this order: whoever ends a session has its row first and the tenant's clock last.
    end_sessions_of(connection, tenant, user.id, reason=DISABLED)
    return write_user(connection, tenant, replace(user, is_active=False))


def enable(server: Server, holder: Holder, user_id: str) -> None:
    """Let a user sign in again; what has ended stays ended.

    Declined as `not_allowed` or `not_found`. Raises Refusal(LIMIT_REACHED) where the plan has no room for them,
    and StorageFault where it cannot be recorded.
    """
    with _managing(server, holder) as (connection, record):
        user = _managed(connection, holder, user_id)
        if user.is_active:
            return
        version = write_user(connection, holder.tenant, replace(user, is_active=True))
        record(identity_events.enabled(holder.tenant, holder.user, user))
    server.tell(holder.tenant.id, version)


def reset_factor(server: Server, holder: Holder, user_id: str) -> None:
    """Take the second factor of a user away who has lost it; a mail tells them.

    Declined as `not_allowed` or `not_found`. Raises StorageFault where it cannot be recorded.
    """
    with _managing(server, holder) as (connection, record):
        user = _managed(connection, holder, user_id)
        if lost_factors.take_away(server, connection, user, holder.tenant):
            record(identity_events.factor_reset(holder.tenant, holder.user, user))


@contextmanager
def _managing(server: Server, holder: Holder) -> Iterator[tuple[Connection, Record]]:
    with noting(server, holder, Capability.MANAGE_TEAM), server.audit.transaction(holder.tenant) as begun:
        yield begun


def _held(connection: Connection, holder: Holder, user_id: str) -> User:
    # The owners first, always: two changes at once then wait for each other and never both for both.
    hold_owners(connection, holder.tenant.id)
    user = hold_user(connection, holder.tenant.id, UserId(user_id)) if is_id(user_id) else None
    if user is None:
        raise Declined(ProblemCode.NOT_FOUND)
    return user


def _managed(connection: Connection, holder: Holder, user_id: str) -> User:
    user = _held(connection, holder, user_id)
    require_managed(holder, user.role)
    return user


def _require_another_owner(connection: Connection, user: User) -> None:
    if user.tenant_id is not None and hold_owners(connection, user.tenant_id) == {user.id}:
        raise Declined(ProblemCode.LAST_OWNER)
