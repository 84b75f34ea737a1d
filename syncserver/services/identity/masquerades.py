"""Acting as somebody else, with a reason and for half an hour: started, looked at at every request, and ended."""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from shared import clock
from shared.errors import Code, Refusal, StorageFault
from shared.ids import is_id, new_id, secret_token
from shared.model.base import UserId, value
from shared.protocol.problems import ProblemCode
from shared.rules import masquerade as rules
from syncserver.services.declined import Declined
from syncserver.services.identity.refusals import Refused, require_patience
from syncserver.services.identity.refusals import refuse as tell_refused
from syncserver.services.identity.sign_in_events import party_of
from syncserver.services.keys.signing import token_hash
from syncserver.services.server import Principal, Server
from syncserver.services.views import view_of
from syncserver.store import masquerades as store
from syncserver.store.events import Event, Kind, Outcome
from syncserver.store.plans import features_of
from syncserver.store.tenancy import Tenant, TenantId, TenantState, control_transaction
from syncserver.store.tenants import find_tenant
from syncserver.store.users import User, find_user

LIFE: Final = timedelta(minutes=30)
CODE_LIFE: Final = timedelta(seconds=60)
LONGEST_REASON: Final = 500
"""Characters of a reason."""


class End(StrEnum):
    """Why a masquerade has ended."""

    STOPPED = "stopped"
    EXPIRED = "expired"
    NOT_ALLOWED = "not_allowed"
    """Somebody was disabled, has another role, or the business is suspended."""


@value
class Masquerade:
    """Somebody who acts as somebody else; `tenant` is None where the target is of the platform."""

    id: str
    actor: User
    target: User
    tenant: Tenant | None
    reason: str
    started_at: datetime
    expires_at: datetime


@value
class Offer:
    """What opens a masquerade at a desk: the code in the link, and two digits that are typed there."""

    code: str
    digits: str
    expires_at: datetime


@value
class Opened:
    """A masquerade and the access token that it is used with, good as long as it is."""

    masquerade: Masquerade
    tenant: Tenant
    token: str


def start(server: Server, actor: User, target: UserId, *, reason: str, ip: str | None = None) -> Masquerade:
    """Begin to act as somebody else; decided on both as they are now, and recorded with what it begins.

    `actor` is who really asks. Declined as `not_allowed` or `tenant_suspended`, as `not_found` for nobody they know of,
    as `masquerading` for whoever has not stopped; each of these is recorded. Raises Refusal(INVALID) without a reason,
    and StorageFault where it cannot be recorded.
    """
    said = reason_of(reason)
    who = find_user(server.engine, actor.id) or replace(actor, is_active=False)
    attempt = _Attempt(actor=who, target_id=target, reason=said, ip=ip)
    whom, tenant = _target_of(server, attempt)
    code = ProblemCode.NOT_FOUND if whom is None else _why_not(server, attempt.actor, whom, tenant)
    if whom is not None and code is None:
        begun = _begin(server, attempt, whom, tenant)
        if begun is not None:
            return begun
        # Somebody was faster: themselves, at another window.
        code = ProblemCode.MASQUERADING
    raise _denied(server, attempt, whom, code or ProblemCode.NOT_ALLOWED)


def refuse_second(server: Server, masquerade: Masquerade, target: UserId, *, reason: str) -> Declined:
    """What whoever masquerades already is answered who wants to begin again; recorded as their attempt."""
    attempt = _Attempt(actor=masquerade.actor, target_id=target, reason=reason_of(reason), ip=None)
    whom, _ = _target_of(server, attempt)
    return _denied(server, attempt, whom, ProblemCode.MASQUERADING)


def reason_of(text: str) -> str:
    """A reason as it is kept. Raises Refusal(INVALID) for none, or for one that is too long."""
    said = " ".join(text.split())
    if not 1 <= len(said) <= LONGEST_REASON or not said.isprintable():
        why = f"a reason of 1 to {LONGEST_REASON} characters is needed"
        raise Refusal(Code.INVALID, what="field", field="reason", why=why)
    return said


@value
class _Attempt:
    actor: User
    target_id: UserId
    reason: str
    ip: str | None


def _target_of(server: Server, attempt: _Attempt) -> tuple[User | None, Tenant | None]:
    """Whom somebody wants to become, and where; nobody of another business is anybody to people of one."""
    whom = find_user(server.engine, attempt.target_id) if is_id(attempt.target_id) else None
    home = attempt.actor.tenant_id
    if whom is None or (home is not None and whom.tenant_id != home):
        return None, _home(server, home)
    return whom, _home(server, whom.tenant_id)


def _home(server: Server, tenant_id: TenantId | None) -> Tenant | None:
    return None if tenant_id is None else find_tenant(server.engine, tenant_id)


def _why_not(server: Server, actor: User, target: User, tenant: Tenant | None) -> ProblemCode | None:
    already = running(server, actor) is not None
    if _may(actor, target, tenant, already_masquerading=already):
        return None
    if already:
        return ProblemCode.MASQUERADING
    return ProblemCode.NOT_ALLOWED if is_open(tenant) else ProblemCode.TENANT_SUSPENDED


def is_open(tenant: Tenant | None) -> bool:
    """Whether the people of a business may be acted as; those of the platform, without one, always may."""
    return tenant is None or tenant.state is TenantState.ACTIVE


def _may(actor: User, target: User, tenant: Tenant | None, *, already_masquerading: bool = False) -> bool:
    circumstances = rules.Circumstances(
        is_self=actor.id == target.id,
        same_tenant=actor.tenant_id is not None and actor.tenant_id == target.tenant_id,
        already_masquerading=already_masquerading,
    )
    whom = rules.Party(
        role=target.role, active=target.is_active and is_open(tenant), is_temporary=target.is_temporary
    )  # fmt: skip
    return rules.may_masquerade(rules.Party(role=actor.role, active=actor.is_active), whom, circumstances)


def _begin(server: Server, attempt: _Attempt, whom: User, tenant: Tenant | None) -> Masquerade | None:
    now = clock.now()
    begun = Masquerade(
        id=new_id(), actor=attempt.actor, target=whom, tenant=tenant, reason=attempt.reason, started_at=now,
        expires_at=now + LIFE,
    )  # fmt: skip
    kept = store.Stored(
        id=begun.id, actor_id=begun.actor.id, target_id=whom.id, tenant_id=whom.tenant_id, reason=begun.reason,
        started_at=now, expires_at=begun.expires_at,
    )  # fmt: skip
    with server.audit.transaction(tenant) as (connection, record):
        if not store.add_masquerade(connection, tenant, kept):
            return None
        record(_event(server, Kind.MASQUERADE_START, begun, ip=attempt.ip))
    return begun


def _denied(server: Server, attempt: _Attempt, whom: User | None, code: ProblemCode) -> Declined:
    """The refusal of an attempt, recorded: in the business that it was about, else in the actor's own."""
    tenant = _home(server, attempt.actor.tenant_id if whom is None else whom.tenant_id)
    event = Event(
        kind=Kind.MASQUERADE_DENIED,
        outcome=Outcome.DENIED,
        tenant=tenant,
        actor=party_of(attempt.actor),
        as_whom=party_of(whom) if whom else None,
        subject=None if whom else attempt.target_id,
        reason=attempt.reason,
        ip=attempt.ip,
        details={"why": code.value},
    )
    require_patience(server.audit.refuse(event))
    return Declined(code, told=True)


def _event(
    server: Server, kind: Kind, masquerade: Masquerade, *, ip: str | None = None, why: str | None = None
) -> Event:  # fmt: skip
    return Event(
        kind=kind,
        outcome=Outcome.DENIED if kind is Kind.MASQUERADE_DENIED else Outcome.ALLOWED,
        tenant=masquerade.tenant,
        actor=party_of(masquerade.actor),
        as_whom=party_of(masquerade.target),
        reason=masquerade.reason,
        ip=ip,
        session=server.audit.session_key(masquerade.id),
        details={} if why is None else {"why": why},
    )


def running(server: Server, actor: User) -> Masquerade | None:
    """The masquerade that somebody has not stopped; one that is over is ended by this."""
    kept = store.find_running(server.engine, actor.id)
    return None if kept is None else _standing(server, kept)


def standing_of(server: Server, masquerade_id: str) -> Masquerade:
    """A masquerade that goes on, with both as they are now: asked at every request.

    Declined as `masquerade_ended` where it was stopped or its time is over, where somebody was disabled, the actor may
    not do it any more, or the business is suspended; that it ended is recorded at the first use after it.
    """
    kept = store.find_masquerade(server.engine, masquerade_id) if is_id(masquerade_id) else None
    standing = None if kept is None or kept.ended_at is not None else _standing(server, kept)
    if standing is None:
        raise Declined(ProblemCode.MASQUERADE_ENDED)
    return standing


def _standing(server: Server, kept: store.Stored) -> Masquerade | None:
    actor, target = find_user(server.engine, kept.actor_id), find_user(server.engine, kept.target_id)
    if actor is None or target is None:
        # Erased, and with them what they began.
        return None
    found = Masquerade(
        id=kept.id, actor=actor, target=target, tenant=_home(server, kept.tenant_id), reason=kept.reason,
        started_at=kept.started_at, expires_at=kept.expires_at,
    )  # fmt: skip
    if clock.now() >= found.expires_at:
        _end(server, found, End.EXPIRED)
    elif not _may(actor, target, found.tenant):
        _end(server, found, End.NOT_ALLOWED)
    else:
        return found
    return None


def stop(server: Server, masquerade: Masquerade) -> None:
    """End a masquerade, and nothing else; whoever calls has it from the session that asks. Again does nothing."""
    _end(server, masquerade, End.STOPPED)


def _end(server: Server, masquerade: Masquerade, why: End) -> None:
    tenant, now = masquerade.tenant, clock.now()
    kind = Kind.MASQUERADE_EXPIRED if why is End.EXPIRED else Kind.MASQUERADE_END
    told = _event(server, kind, masquerade, why=why.value)
    try:
        with server.audit.transaction(tenant) as (connection, record):
            version = store.end_masquerade(connection, tenant, masquerade.id, reason=why.value, now=now)
            if version is not None:
                record(told)
    except StorageFault:
        # What is over must not go on because that cannot be recorded; that it could not is in the log.
        with control_transaction(server.engine) as connection:
            version = store.end_masquerade(connection, tenant, masquerade.id, reason=why.value, now=now)
        if version is not None:
            server.audit.note(told)
    if tenant is not None and version:
        server.tell(tenant.id, version)


def admit(server: Server, principal: Principal, *, to: str, usable: bool) -> Masquerade:
    """The masquerade of a token that is used for something, a route's method and path.

    Declined as `masquerade_ended`, and as `not_allowed` where that is not `usable` under one, which is recorded.
    """
    found = standing_of(server, principal.session)
    if not usable:
        raise refuse(server, found, to=to)
    return found


def refuse(server: Server, masquerade: Masquerade, *, to: str) -> Declined:
    """The refusal of what is not to be used under a masquerade, a route's method and path; recorded."""
    code = ProblemCode.NOT_ALLOWED
    refused = Refused(user=masquerade.target.id, what=to, code=code, masquerade=masquerade.id)
    tell_refused(server, masquerade.tenant, refused)
    return Declined(code, told=True)


def open_at_desk(server: Server, masquerade: Masquerade) -> Opened:
    """The access token of a masquerade: the target's, with one `act` claim (RFC 8693), and no refresh token.

    Declined as `no_replica` where the target has no desk.
    """
    tenant = _desk_of(server, masquerade)
    claims = {
        "sub": masquerade.target.id, "tenant": tenant.id, "device": masquerade.id, "sid": masquerade.id,
        "act": {"sub": masquerade.actor.id},
    }  # fmt: skip
    token = server.keys.access_token(claims, issued=clock.now(), expires=masquerade.expires_at)
    return Opened(masquerade=masquerade, tenant=tenant, token=token)


def has_desk(server: Server, masquerade: Masquerade) -> bool:
    """Whether the target has a desk, at which a masquerade could be opened."""
    tenant = masquerade.tenant
    return tenant is not None and bool(view_of(masquerade.target.role, features_of(server.engine, tenant)).tables)


def _desk_of(server: Server, masquerade: Masquerade) -> Tenant:
    if masquerade.tenant is None or not has_desk(server, masquerade):
        raise Declined(ProblemCode.NO_REPLICA)
    return masquerade.tenant


def offer_code(server: Server, masquerade: Masquerade) -> Offer:
    """A code that opens a masquerade at a desk, in place of one that was offered before.

    Declined as `masquerade_ended`, and as `no_replica` where the target has no desk.
    """
    found, now = standing_of(server, masquerade.id), clock.now()
    _desk_of(server, found)
    code, digits = secret_token(), f"{secrets.randbelow(100):02}"
    offer = Offer(code=code, digits=digits, expires_at=min(now + CODE_LIFE, found.expires_at))
    kept = store.Code(
        code_hash=token_hash(code), masquerade_id=found.id, digits_hash=_digits_hash(code, digits),
        expires_at=offer.expires_at,
    )  # fmt: skip
    with control_transaction(server.engine) as connection:
        store.put_code(connection, kept, now)
    return offer


def look_at_code(server: Server, code: str) -> Masquerade:
    """What a code would open, for whoever has it to see before they take it. Declined as `wrong_code`."""
    found = store.find_code(server.engine, token_hash(code), clock.now())
    if found is None:
        raise Declined(ProblemCode.WRONG_CODE)
    return standing_of(server, found.masquerade_id)


def redeem(server: Server, code: str, digits: str) -> Opened:
    """Open a masquerade by its code, once; wrong digits use it up, too.

    Declined as `wrong_code`, as `masquerade_ended`, and as `no_replica` where the target has a desk no more.
    """
    with control_transaction(server.engine) as connection:
        used = store.use_code(connection, token_hash(code), clock.now())
    if used is None:
        raise Declined(ProblemCode.WRONG_CODE)
    found = standing_of(server, used.masquerade_id)
    if used.digits_hash != _digits_hash(code, digits):
        server.audit.note(_event(server, Kind.MASQUERADE_DENIED, found, why=ProblemCode.WRONG_CODE.value))
        raise Declined(ProblemCode.WRONG_CODE)
    opened = open_at_desk(server, found)
    server.audit.note(_event(server, Kind.MASQUERADE_OPENED, found))
    return opened


def _digits_hash(code: str, digits: str) -> str:
    return token_hash(f"{code}\x1f{digits}")
