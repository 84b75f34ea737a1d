"""Signing in, staying signed in, and signing out."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import structlog

from shared import clock
from shared.ids import derived_id, new_id
from shared.model.base import SessionId, UserId
from shared.protocol.messages import RefreshToken, SignIn, Tokens, UserInfo
from shared.protocol.problems import ProblemCode
from shared.protocol.proofs import refresh_text, sign_out_text
from syncserver.services.declined import Declined
from syncserver.services.identity import passwords, second_factors
from syncserver.services.identity.devices import is_proven, require_proof
from syncserver.services.identity.lost_tokens import is_taken_up, session_of_lost
from syncserver.services.identity.sign_in_events import tell_missed, tell_of_session, tell_unproven, telling_refusal
from syncserver.services.identity.upload_tickets import shut_out, shut_out_by_erasure, shut_out_of_the_book
from syncserver.services.keys.signing import token_hash
from syncserver.services.server import Claims, Server
from syncserver.services.views import view_of
from syncserver.store.devices import Device, is_known_by, is_of_another_key, key_behind
from syncserver.store.events import Kind
from syncserver.store.misses import charge_try, forget_misses, has_signed_in
from syncserver.store.plans import features_of
from syncserver.store.sessions import (
    DEVICE_KEYED,
    LAPSED,
    ChangedMeanwhile,
    Session,
    Shown,
    end_session,
    exchange_token,
    session_behind,
    start_session,
)
from syncserver.store.tenancy import Tenant, TenantId, TenantState
from syncserver.store.tenants import find_tenant, find_tenant_by_slug
from syncserver.store.users import User, find_user, find_user_by_email, normal_email

log = structlog.get_logger()

SIGNED_OUT: Final = "signed_out"
TOKEN_REUSED: Final = "token_reused"  # noqa: S105 a reason, not a token
PASSWORD_CHANGED: Final = "password_changed"  # noqa: S105 a reason, not a password
"""The person has another password since."""
ENDED_ELSEWHERE: Final = "ended_elsewhere"
"""The person ended it from another session of theirs."""
DISABLED: Final = "disabled"
DEVICE_REVOKED: Final = "device_revoked"
_SIGN_IN_AGAIN: Final = frozenset({SIGNED_OUT, TOKEN_REUSED, DEVICE_KEYED, PASSWORD_CHANGED, ENDED_ELSEWHERE, LAPSED})
"""Why a session has ended whose person may begin another; after everything else they may not."""
_NOBODY: Final = UserId(derived_id("nobody"))


def sign_in(server: Server, wish: SignIn) -> Tokens:
    """Begin a session on a device.

    An unknown business, an unknown e-mail and a wrong password are one answer after the same work. That the device is
    known by another key is told only to whoever has shown the right password. Raises Refusal(LIMIT_REACHED) where the
    plan has no room for one more device.
    """
    require_proof(server, wish)
    tenant = find_tenant_by_slug(server.engine, wish.tenant) if wish.tenant is not None else None
    wanted = None
    if tenant is not None or wish.tenant is None:
        wanted = find_user_by_email(server.engine, tenant.id if tenant else None, wish.email)
    user = _recognised(server, wish, tenant, wanted)
    with telling_refusal(server, Kind.SIGN_IN, tenant, user):
        home = _require_welcome(server, tenant, user, wish.device.id, key=wish.device.key)
    session_id = SessionId(new_id())
    refresh_token = server.keys.first_refresh_token(session_id)
    device = Device(id=wish.device.id, name=wish.device.name, public_key=wish.device.key)
    try:
        with telling_refusal(server, Kind.SIGN_IN, home, user):
            session = start_session(
                server.engine, home, user=user, device=device, session_id=session_id,
                token_hash=token_hash(refresh_token), life=server.settings.session_life,
            )  # fmt: skip
    except ChangedMeanwhile:
        raise Declined(ProblemCode.SIGN_IN_FAILED) from None
    if session is None:
        log.warning("sign_in.device_unproven", tenant=home.id, user=user.id, device=wish.device.id)
        tell_unproven(server, home, user, wish.device.id)
        raise Declined(ProblemCode.DEVICE_UNPROVEN)
    tell_of_session(server, Kind.SIGN_IN, home, user, session)
    return _tokens(server, home, user, session, refresh_token)


def _recognised(server: Server, wish: SignIn, tenant: Tenant | None, user: User | None) -> User:
    """Whoever has shown the right password and, where they have a second factor, a code of it."""
    tries = _tries_key(server, wish, user)
    if wait := charge_try(server.engine, tries, clock.now()):
        raise Declined(ProblemCode.TOO_MANY_TRIES, retry_after=wait)
    right = passwords.is_right(wish.password, user.password_hash if user else None)
    if user is None or not right:
        where = {"device": wish.device.id}
        tell_missed(server, tenant, user, email=wish.email, tries=tries, where=where)
        raise Declined(ProblemCode.SIGN_IN_FAILED)
    if (
        tenant is not None
        and wish.totp
        and is_of_another_key(server.engine, tenant.id, wish.device.id, wish.device.key)
    ):
        tell_unproven(server, tenant, user, wish.device.id)
        # Told before the code is used: with the same one the desk comes again as another device.
        raise Declined(ProblemCode.DEVICE_UNPROVEN)
    # The try stays charged until the code is right, too: a password alone buys nobody more guesses.
    with telling_refusal(server, Kind.SIGN_IN, tenant, user):
        second_factors.require_code(server, user.id, wish.totp)
    forget_misses(server.engine, tries, clock.now())
    return user


def _tries_key(server: Server, wish: SignIn, user: User | None) -> str:
    """What misses are counted by.

    A device that the person is used to is counted apart: a stranger's misses elsewhere keep nobody from their own desk.
    A stranger who knows its id has not its key.
    """
    known = has_signed_in(server.engine, user.id if user else _NOBODY, wish.device.id, wish.device.key)
    return misses_key(server, wish.tenant, wish.email, wish.device.id if known else "")


def misses_key(server: Server, slug: str | None, email: str, device: str) -> str:
    """What misses at signing in to a tenant are counted by; `device` is empty for all that somebody is not used to."""
    return server.keys.keyed_hash("sign-in", "\x1f".join((slug or "", normal_email(email), device)))


def _require_welcome(
    server: Server, tenant: Tenant | None, user: User, device: str, *, key: str | None = None
) -> Tenant:  # fmt: skip
    """The tenant that the person signs in to; for whoever has shown who they are.

    `key` is what the device has shown and proven; None where it has proven to be the one that is known by its id.
    """
    if tenant is None or user.role.is_platform:
        # Platform people work in the browser: no desk holds every tenant's book.
        raise Declined(ProblemCode.NO_REPLICA)
    declined = (shut_out_of_the_book if key is None else shut_out)(server, tenant, user, device)
    if declined is not None:
        # An upload ticket is for the device that is known, not for whoever has its id and somebody's password.
        is_it = key is None or is_known_by(server.engine, tenant.id, device, key)
        raise declined if is_it else Declined(ProblemCode.REVOKED)
    if tenant.state is not TenantState.ACTIVE:
        raise Declined(ProblemCode.TENANT_SUSPENDED)
    return tenant


def refresh(server: Server, shown_token: RefreshToken) -> Tokens:
    """Exchange a refresh token. Lost replies are asked for again; a token whose child was used ends the session.

    Without the proof of the session's device nothing happens to it: who only has the token cannot sign the desk out.
    """
    token = shown_token.refresh_token
    key = key_behind(server.engine, token_hash(token))
    if not (
        is_taken_up(server, shown_token) if key is None else is_proven(key, refresh_text(token), shown_token.proof)
    ):
        raise shut_out_by_erasure(server, shown_token) or Declined(ProblemCode.REAUTH)
    child = server.keys.child_of(token)
    shown, session = _exchange(server, token, child)
    if session is None or session.tenant_id is None:
        raise _ended(server, session_behind(server.engine, token_hash(token)))
    tenant, user = find_tenant(server.engine, session.tenant_id), find_user(server.engine, session.user_id)
    if tenant is None or user is None:
        raise Declined(ProblemCode.REAUTH)
    if shown is Shown.SPENT:
        end_session(server.engine, tenant, session.id, reason=TOKEN_REUSED)
        tell_of_session(server, Kind.TOKEN_REUSED, tenant, user, session)
        raise Declined(ProblemCode.REAUTH)
    with telling_refusal(server, Kind.SESSION_REFUSED, tenant, user):
        _require_welcome(server, tenant, user, session.device_id)
    return _tokens(server, tenant, user, session, child)


def _ended(server: Server, session: Session | None) -> Declined:
    """The answer to a desk that has shown whose session on it is over: with an upload ticket, where it is shut out.

    That counts as it is now, whatever the session has ended by: who was shut out after a sign-out hears it as well.
    """
    if session is not None and session.tenant_id is not None:
        tenant, user = find_tenant(server.engine, session.tenant_id), find_user(server.engine, session.user_id)
        if (
            tenant is not None
            and user is not None
            and (declined := shut_out_of_the_book(server, tenant, user, session.device_id))
        ):
            return declined
    return Declined(why_ended(session))


def why_ended(session: Session | None) -> ProblemCode:
    """What is said to the holder of a session that has ended, or of none."""
    by_person = session is None or session.end_reason is None or session.end_reason in _SIGN_IN_AGAIN
    return ProblemCode.REAUTH if by_person else ProblemCode.REVOKED


def sign_out(server: Server, shown_token: RefreshToken) -> None:
    """End the session of a refresh token; one that names none, or is not proven by the device, ends nothing.

    What a person left waiting is set aside once their session has ended, so ending it is not for whoever has the token.
    """
    session = _session_to_end(server, shown_token)
    if session is not None:
        tenant = find_tenant(server.engine, session.tenant_id) if session.tenant_id else None
        end_session(server.engine, tenant, session.id, reason=SIGNED_OUT)
        user = find_user(server.engine, session.user_id)
        if tenant is not None and user is not None and session.ended_at is None:
            tell_of_session(server, Kind.SIGN_OUT, tenant, user, session)


def _session_to_end(server: Server, shown_token: RefreshToken) -> Session | None:
    token = shown_token.refresh_token
    key = key_behind(server.engine, token_hash(token))
    if key is None:
        # A database that was put back knows the session, and not this token of it.
        return session_of_lost(server, shown_token, sign_out_text(token))
    if not is_proven(key, sign_out_text(token), shown_token.proof):
        return None
    _, session = _exchange(server, token, server.keys.child_of(token))
    return session


def _exchange(server: Server, shown: str, child: str) -> tuple[Shown, Session | None]:
    idle: timedelta = server.settings.session_idle
    return exchange_token(server.engine, shown_hash=token_hash(shown), child_hash=token_hash(child), idle=idle)


def _tokens(server: Server, tenant: Tenant, user: User, session: Session, refresh_token: str) -> Tokens:
    now = clock.now()
    life = server.settings.access_token_life
    claims = {"sub": user.id, "tenant": tenant.id, "device": session.device_id, "sid": session.id}
    view = view_of(user.role, features_of(server.engine, tenant))
    return Tokens(
        access_token=server.keys.access_token(claims, issued=now, expires=now + life),
        refresh_token=refresh_token,
        expires_in=int(life.total_seconds()),
        user=UserInfo(
            id=user.id,
            name=user.name,
            email=user.email,
            role=user.role.value,
            tenant=tenant.slug,
            session=session.id,
            view=view.hash,
            schema=view.schema,
            business=tenant.id,
        ),
    )


def claimed(server: Server, access_token: str) -> Claims:
    """What an access token says; declined as `reauth` where it is not good. Waits for nothing."""
    claims = server.keys.claims(access_token, now=clock.now())
    if claims is None:
        raise Declined(ProblemCode.REAUTH)
    return Claims(
        user=UserId(claims["sub"]),
        tenant=TenantId(claims["tenant"]),
        device=claims["device"],
        session=claims["sid"],
        expires_at=claims["exp"],
        actor=_actor_of(claims),
    )


def _actor_of(claims: Mapping[str, Any]) -> UserId | None:
    """Who masquerades; declined as `reauth` for anything but one name (RFC 8693, section 4.1, without nesting)."""
    match claims.get("act"):
        case None:
            return None
        case {"sub": str(actor), **more} if not more:
            return UserId(actor)
        case _:
            raise Declined(ProblemCode.REAUTH)
