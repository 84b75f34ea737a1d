"""A new password for who has forgotten theirs: by a link that is mailed to them, good once and for an hour."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

from shared import clock
from shared.ids import new_id, secret_token
from shared.protocol.account_messages import Forgotten
from shared.protocol.problems import ProblemCode
from syncserver.services.declined import Declined
from syncserver.services.identity import identity_events
from syncserver.services.identity.password_changes import keep_password, require_password
from syncserver.services.keys.signing import token_hash
from syncserver.services.outbox import page_address, post
from syncserver.services.server import Server
from syncserver.store.handles import Connection
from syncserver.store.misses import charge_try
from syncserver.store.resets import Wish, link_owner, put_link, put_wish, take_wishes, use_link, waiting_wishes
from syncserver.store.tenancy import Tenant, TenantState, control_transaction
from syncserver.store.tenants import find_tenant, tenant_by_slug
from syncserver.store.users import User, find_user, normal_email, user_by_email

LIFE: Final = timedelta(hours=1)
FIRST_LIFE: Final = timedelta(hours=72)
"""Of the link of somebody who was made a user by others."""


class Letter(StrEnum):
    """Which mail a link comes with."""

    RESET = "reset"
    WELCOME = "welcome"
    """For whoever never had a password."""
    FACTOR_LOST = "factor_lost"
    """For whoever of the platform had their second factor taken away."""


PAGE: Final = "/account/reset"
FORGOTTEN_PAGE: Final = "/account/forgotten"
ADMIN: Final = "/admin"
MOST_WAITING: Final = 10_000
"""Wishes that may wait for an answer: a flood of them fills no disk."""
_AT_ONCE: Final = 50


def forgotten(server: Server, wish: Forgotten) -> None:
    """Somebody has forgotten their password.

    Whether anybody is known by that name is looked up later and by nobody who asks: the answer, and the work until it,
    is the same. Declined as `too_many_tries` for an address that was asked for often, known or not.
    """
    key = server.keys.keyed_hash("reset", "\x1f".join((wish.tenant or "", normal_email(wish.email))))
    if wait := charge_try(server.engine, key, clock.now()):
        raise Declined(ProblemCode.TOO_MANY_TRIES, retry_after=wait)
    with control_transaction(server.engine) as connection:
        if waiting_wishes(connection) >= MOST_WAITING:
            raise Declined(ProblemCode.RETRY, retry_after=60)
        put_wish(connection, Wish(id=new_id(), tenant=wish.tenant, email=normal_email(wish.email)), clock.now())


def answer_wishes(server: Server) -> None:
    """Mail a link to everybody who asked for one and is known. Raises StorageFault."""
    with control_transaction(server.engine) as connection:
        for wish in take_wishes(connection, most=_AT_ONCE):
            tenant = tenant_by_slug(connection, wish.tenant) if wish.tenant is not None else None
            if tenant is None and wish.tenant is not None:
                continue
            user = user_by_email(connection, tenant.id if tenant else None, wish.email)
            if user is not None and is_welcome(user, tenant):
                mail_link(server, connection, user, tenant)


def is_welcome(user: User, tenant: Tenant | None) -> bool:
    """Whether somebody may sign in at all, so that a link is worth sending."""
    return user.is_active and (tenant is None or tenant.state is TenantState.ACTIVE)


def mail_link(
    server: Server, connection: Connection, user: User, tenant: Tenant | None, *, letter: Letter = Letter.RESET
) -> None:  # fmt: skip
    """Mail a link to somebody, within a control transaction."""
    token, life = secret_token(), FIRST_LIFE if letter is Letter.WELCOME else LIFE
    put_link(connection, user.id, token_hash=token_hash(token), expires_at=clock.now() + life)
    fields = {
        "name": user.name,
        "place": tenant.name if tenant else "the administration",
        "sign_in_at": f"a desk, as the business “{tenant.slug}” of the server {server.settings.address}"
        if tenant
        else page_address(server, ADMIN),
        # What stands after the # is sent to no server, and so stands in no log and in no Referer.
        "link": f"{page_address(server, PAGE)}#{token}",
        "code": token,
    }
    post(server, connection, kind=letter.value, recipient=user.email, fields=fields)


def reset(server: Server, token: str, password: str) -> None:
    """Set another password by a link; whoever is signed in as its owner is no more.

    Declined as `link_spent`, and as `weak_password`, which leaves the link as it was.
    """
    hashed = token_hash(token)
    with control_transaction(server.engine, read_only=True) as connection:
        owner = link_owner(connection, hashed, clock.now())
    user = find_user(server.engine, owner) if owner else None
    tenant = find_tenant(server.engine, user.tenant_id) if user and user.tenant_id else None
    if user is None or not is_welcome(user, tenant):
        raise Declined(ProblemCode.LINK_SPENT)
    new_hash = require_password(password, email=user.email)
    with control_transaction(server.engine) as connection:
        if use_link(connection, hashed, clock.now()) is None:
            raise Declined(ProblemCode.LINK_SPENT)
        version = keep_password(connection, tenant, user, new_hash)
    if version is None:
        raise Declined(ProblemCode.LINK_SPENT)
    if tenant is not None and version:
        server.tell(tenant.id, version)
    identity_events.password_changed(server, tenant, user, by_link=True)
