"""Inviting people to a team: a link that is mailed to them, good once and for 72 hours."""

from datetime import timedelta
from typing import Final

from shared import clock
from shared.clock import instant_text
from shared.ids import is_id, new_id, secret_token
from shared.model.member import Role
from shared.protocol import account_messages as messages
from shared.protocol.problems import ProblemCode
from shared.rules.permissions import Capability, may_manage
from syncserver.services.declined import Declined
from syncserver.services.identity import identity_events
from syncserver.services.identity.holders import Holder, require_managed
from syncserver.services.identity.password_changes import require_password
from syncserver.services.identity.refusals import noting
from syncserver.services.keys.signing import token_hash
from syncserver.services.outbox import page_address, post
from syncserver.services.server import Server
from syncserver.store.handles import Connection
from syncserver.store.invites import (
    Invite,
    find_invite,
    invite_behind,
    put_invite,
    revoke_invite,
    use_invite,
    waiting_invites_to,
)
from syncserver.store.misses import charge_try
from syncserver.store.tenancy import Tenant, TenantState, control_transaction
from syncserver.store.tenants import find_tenant
from syncserver.store.users import BadUser, EmailTaken, NoRoom, User, add_user, find_user, require_fit, user_by_email

LIFE: Final = timedelta(hours=72)
PAGE: Final = "/account/invite"
_ROLES: Final = {
    Role.TENANT_OWNER: "owner", Role.TENANT_MANAGER: "manager", Role.TENANT_STAFF: "staff", Role.CUSTOMER: "customer",
}  # fmt: skip


def invite(server: Server, holder: Holder, wish: messages.Invite) -> messages.InviteInfo:
    """Invite somebody to the holder's team.

    Declined as `not_allowed` where the holder may not manage users of that role, or of the role for which the same
    address is invited already, as `invalid` for a role that has no place in a tenant, as `email_taken`, and as
    `too_many_tries` where the same address is invited again and again.
    """
    try:
        require_fit(wish.role, holder.tenant)
    except BadUser as bad:
        raise Declined(ProblemCode.INVALID, str(bad)) from None
    with noting(server, holder, Capability.MANAGE_TEAM):
        require_managed(holder, wish.role)
    key = server.keys.keyed_hash("invite", f"{holder.tenant.id}\x1f{wish.email.lower()}")
    if wait := charge_try(server.engine, key, clock.now()):
        raise Declined(ProblemCode.TOO_MANY_TRIES, retry_after=wait)
    with noting(server, holder, Capability.MANAGE_TEAM), control_transaction(server.engine) as connection:
        # It takes the place of one that waits: whose that is not to take back may not be pushed aside either.
        for one in waiting_invites_to(connection, holder.tenant.id, wish.email.lower(), clock.now()):
            require_managed(holder, one.role)
        made = send_invite(server, connection, holder.tenant, email=wish.email, role=wish.role, by=holder.user)
    identity_events.invited(server, holder.tenant, holder.user, invite=made.id, email=made.email, role=made.role.value)
    return info_of(made)


def send_invite(
    server: Server, connection: Connection, tenant: Tenant, *, email: str, role: Role, by: User | None
) -> Invite:  # fmt: skip
    """Put an invite and its mail into a control transaction. Declined as `email_taken`.

    The mail of somebody of the platform speaks to an owner whose business begins. Whoever calls has asked whether
    `by` may.
    """
    now, token = clock.now(), secret_token()
    made = Invite(
        id=new_id(), tenant_id=tenant.id, email=email.lower(), role=role, invited_by=by.id if by else None,
        created_at=now, expires_at=now + LIFE,
    )  # fmt: skip
    if user_by_email(connection, tenant.id, made.email) is not None:
        raise Declined(ProblemCode.EMAIL_TAKEN)
    put_invite(connection, made, token_hash=token_hash(token))
    fields = {
        "business": tenant.name,
        "slug": tenant.slug,
        "role": _ROLES[role],
        # What stands after the # is sent to no server, and so stands in no log and in no Referer.
        "link": f"{page_address(server, PAGE)}#{token}",
        "code": token,
    }
    kind = "first_invite" if by is None or by.role.is_platform else "invite"
    post(server, connection, kind=kind, recipient=made.email, fields=fields)
    return made


def revoke(server: Server, holder: Holder, invite_id: str) -> None:
    """Take an invite back that the holder could have made. Declined as `not_found` or `not_allowed`."""
    now = clock.now()
    with noting(server, holder, Capability.MANAGE_TEAM), control_transaction(server.engine) as connection:
        found = find_invite(connection, holder.tenant.id, invite_id, now) if is_id(invite_id) else None
        if found is None:
            raise Declined(ProblemCode.NOT_FOUND)
        require_managed(holder, found.role)
        revoke_invite(connection, found.id, now)
    identity_events.invite_revoked(server, holder.tenant, holder.user, invite=found.id, email=found.email)


def accept(server: Server, token: str, *, name: str, password: str) -> User:
    """Make the user whom an invite is for.

    Declined as `link_spent`, also where who invited may not do so any more, as `weak_password`, as `email_taken`, and
    as `limit_reached` where the plan has no room for them; the last three leave the invite as it was.
    """
    hashed = token_hash(token)
    with control_transaction(server.engine, read_only=True) as connection:
        found = invite_behind(connection, hashed, clock.now())
    tenant = find_tenant(server.engine, found.tenant_id) if found else None
    if found is None or tenant is None or tenant.state is not TenantState.ACTIVE or not _still_meant(server, found):
        raise Declined(ProblemCode.LINK_SPENT)
    password_hash = require_password(password, email=found.email)
    try:
        with control_transaction(server.engine) as connection:
            if not use_invite(connection, hashed, clock.now()):
                raise Declined(ProblemCode.LINK_SPENT)
            user, version = add_user(
                connection, tenant, email=found.email, name=name, role=found.role, password_hash=password_hash
            )
    except EmailTaken:
        raise Declined(ProblemCode.EMAIL_TAKEN) from None
    except NoRoom as full:
        raise Declined(ProblemCode.LIMIT_REACHED, str(full)) from None
    server.tell(tenant.id, version)
    identity_events.joined(server, tenant, user, invite=found.id)
    return user


def _still_meant(server: Server, invite: Invite) -> bool:
    """Whether who invited could do it today: a right that was taken away is not left behind in a mail."""
    if invite.invited_by is None:
        return True
    by = find_user(server.engine, invite.invited_by)
    return by is not None and by.is_active and may_manage(by.role, invite.role)


def info_of(invite: Invite) -> messages.InviteInfo:
    """An invite as it travels."""
    return messages.InviteInfo(
        id=invite.id,
        email=invite.email,
        role=invite.role.value,
        created_at=instant_text(invite.created_at),
        expires_at=instant_text(invite.expires_at),
    )
