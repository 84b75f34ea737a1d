"""Signing in, staying signed in, and signing out."""

from datetime import timedelta
from typing import Final

from shared import clock
from shared.ids import derived_id
from shared.model.base import UserId
from shared.protocol.messages import SignIn, Tokens, UserInfo
from shared.protocol.problems import ProblemCode
from syncserver.services import passwords
from syncserver.services.declined import Declined
from syncserver.services.server import Claims, Server
from syncserver.services.signing import token_hash
from syncserver.services.views import view_of
from syncserver.store.misses import charge_try, forget_misses, has_signed_in
from syncserver.store.sessions import Session, Shown, end_session, exchange_token, is_revoked, start_session
from syncserver.store.tenancy import Tenant, TenantId, TenantState
from syncserver.store.tenants import find_tenant, find_tenant_by_slug
from syncserver.store.users import User, find_user, find_user_by_email, normal_email

SIGNED_OUT: Final = "signed_out"
TOKEN_REUSED: Final = "token_reused"  # noqa: S105 a reason, not a token
_NOBODY: Final = UserId(derived_id("nobody"))


def sign_in(server: Server, wish: SignIn) -> Tokens:
    """Begin a session on a device.

    An unknown business, an unknown e-mail and a wrong password are one answer after the same work.
    """
    tenant = find_tenant_by_slug(server.engine, wish.tenant) if wish.tenant is not None else None
    user = None
    if tenant is not None or wish.tenant is None:
        user = find_user_by_email(server.engine, tenant.id if tenant else None, wish.email)
    tries = _tries_key(server, wish, user)
    if wait := charge_try(server.engine, tries, clock.now()):
        raise Declined(ProblemCode.TOO_MANY_TRIES, retry_after=wait)
    right = passwords.is_right(wish.password, user.password_hash if user else None)
    if user is None or not right:
        raise Declined(ProblemCode.SIGN_IN_FAILED)
    forget_misses(server.engine, tries, clock.now())
    home = _require_welcome(server, tenant, user, wish.device.id)
    refresh_token = server.keys.first_refresh_token()
    session = start_session(
        server.engine,
        home,
        user_id=user.id,
        device_id=wish.device.id,
        device_name=wish.device.name,
        token_hash=token_hash(refresh_token),
        life=server.settings.session_life,
    )
    return _tokens(server, home, user, session, refresh_token)


def _tries_key(server: Server, wish: SignIn, user: User | None) -> str:
    """What misses are counted by.

    A device that the person is used to is counted apart: a stranger's misses elsewhere keep nobody from their own desk.
    """
    known = has_signed_in(server.engine, user.id if user else _NOBODY, wish.device.id)
    parts = (wish.tenant or "", normal_email(wish.email), wish.device.id if known else "")
    return server.keys.keyed_hash("sign-in", "\x1f".join(parts))


def _require_welcome(server: Server, tenant: Tenant | None, user: User, device: str) -> Tenant:
    """The tenant that the person signs in to; for whoever has shown the right password."""
    if tenant is None or user.role.is_platform:
        raise Declined(ProblemCode.SECOND_FACTOR_REQUIRED)
    if not user.is_active or is_revoked(server.engine, tenant.id, device):
        raise Declined(ProblemCode.REVOKED)
    if tenant.state is not TenantState.ACTIVE:
        raise Declined(ProblemCode.TENANT_SUSPENDED)
    return tenant


def refresh(server: Server, refresh_token: str) -> Tokens:
    """Exchange a refresh token. Lost replies are asked for again; a token whose child was used ends the session."""
    child = server.keys.child_of(refresh_token)
    shown, session = _exchange(server, refresh_token, child)
    if session is None or session.tenant_id is None:
        raise Declined(ProblemCode.REAUTH)
    tenant, user = find_tenant(server.engine, session.tenant_id), find_user(server.engine, session.user_id)
    if tenant is None or user is None:
        raise Declined(ProblemCode.REAUTH)
    if shown is Shown.SPENT:
        end_session(server.engine, tenant, session.id, reason=TOKEN_REUSED)
        raise Declined(ProblemCode.REAUTH)
    _require_welcome(server, tenant, user, session.device_id)
    return _tokens(server, tenant, user, session, child)


def sign_out(server: Server, refresh_token: str) -> None:
    """End the session of a refresh token; a token that is known no more has nothing to end."""
    _, session = _exchange(server, refresh_token, server.keys.child_of(refresh_token))
    if session is not None:
        tenant = find_tenant(server.engine, session.tenant_id) if session.tenant_id else None
        end_session(server.engine, tenant, session.id, reason=SIGNED_OUT)


def _exchange(server: Server, shown: str, child: str) -> tuple[Shown, Session | None]:
    idle: timedelta = server.settings.session_idle
    return exchange_token(server.engine, shown_hash=token_hash(shown), child_hash=token_hash(child), idle=idle)


def _tokens(server: Server, tenant: Tenant, user: User, session: Session, refresh_token: str) -> Tokens:
    now = clock.now()
    life = server.settings.access_token_life
    claims = {"sub": user.id, "tenant": tenant.id, "device": session.device_id, "sid": session.id}
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
            view=view_of(user.role, tenant.tier).hash,
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
    )
