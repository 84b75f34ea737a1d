"""One action for a short time: given with a reason, decided upon when it is used, revoked, and all of it recorded."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from shared import clock
from shared.errors import Code, Refusal
from shared.ids import is_id, new_id
from shared.model.base import UserId, value
from shared.protocol.problems import ProblemCode
from shared.rules import grants as rules
from shared.rules.grants import Action
from shared.rules.permissions import Capability, may
from syncserver.services.audit.recorder import Record
from syncserver.services.declined import Declined
from syncserver.services.identity.masquerades import Masquerade, reason_of, running
from syncserver.services.identity.refusals import Refused, refuse, require_patience
from syncserver.services.identity.sign_in_events import party_of
from syncserver.services.server import Server
from syncserver.store import grants as store
from syncserver.store.events import Event, Kind, Outcome
from syncserver.store.handles import Connection
from syncserver.store.tenancy import Tenant, TenantId, control_transaction
from syncserver.store.tenants import find_tenant
from syncserver.store.users import User, find_user, steady_user

MOST_LISTED: Final = 500
OPENS: Final[Mapping[Action, str]] = {
    Action.VIEW_BILLING: "see what its plan includes, how much is in use and what was changed",
    Action.EDIT_SCHEDULE: "see its days, move and cancel visits",
    Action.EDIT_TENANT_USERS: "disable and enable its people",
    Action.EXPORT_TENANT_DATA: "export everything that is kept of it",
    Action.RESTORE_DELETED: "bring back customers, services, resources and locations that were archived",
}
"""What an action lets somebody do in the admin, on the page of the tenant."""
DEFAULT_MINUTES: Final = 30


class State(StrEnum):
    """What has become of a grant."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


@value
class Grant:
    """An action in a business that somebody of the platform has for a while, and what has become of it."""

    id: str
    grantor: User
    grantee: User
    tenant: Tenant
    action: Action
    reason: str
    created_at: datetime
    expires_at: datetime
    state: State


def state_of(kept: store.Stored, now: datetime) -> State:
    """What has become of a grant, by the server's clock."""
    if kept.revoked_at is not None:
        return State.REVOKED
    return State.ACTIVE if now < kept.expires_at else State.EXPIRED


def create(
    server: Server, grantor: User, grantee: UserId, tenant: Tenant, action: Action, *, reason: str,
    minutes: int = DEFAULT_MINUTES, under: Masquerade | None = None,
) -> Grant:  # fmt: skip
    """Give somebody of the platform an action in a business, from now on for some minutes, 1 to 30.

    `under` is the masquerade that whoever asks is in. Declined as `not_found`, and as `not_allowed` where the grantor
    does not hold the action by role, gives to themselves, or masquerades; recorded. Raises Refusal(INVALID) for a
    reason or a time that does not fit, and StorageFault where it cannot be recorded.
    """
    said, now = reason_of(reason), clock.now()
    ends = _end_of(now, minutes)
    _require_unmasked(server, grantor, tenant, "grant.create", under)
    giver, getter = find_user(server.engine, grantor.id), _user(server, grantee)
    made = store.Stored(
        id=new_id(), grantor_id=grantor.id, grantee_id=grantee, tenant_id=tenant.id, action=action, reason=said,
        created_at=now, expires_at=ends,
    )  # fmt: skip
    if giver is None or getter is None or not _may_grant(giver, getter, action):
        code = ProblemCode.NOT_FOUND if getter is None else ProblemCode.NOT_ALLOWED
        _note_refused(server, Kind.GRANT_CREATED, made, tenant, by=grantor, why=code.value)
        raise Declined(code, field="grantee" if getter is None else "")
    with server.audit.transaction(tenant) as (connection, record):
        store.add_grant(connection, made)
        record(_event(Kind.GRANT_CREATED, made, tenant, by=giver, grantee=getter))
    return _told(made, giver, getter, tenant, now)


def _end_of(now: datetime, minutes: int) -> datetime:
    ends = now + timedelta(minutes=minutes)
    if not now + rules.SHORTEST <= ends <= now + rules.LONGEST:
        raise Refusal(Code.INVALID, what="field", field="minutes", why="a grant lasts 1 to 30 minutes")
    return ends


def _may_grant(giver: User, getter: User, action: Action) -> bool:
    return rules.may_grant(_person(giver), _person(getter), action, masquerading=False)


def _person(user: User) -> rules.Person:
    return rules.Person(id=user.id, role=user.role, active=user.is_active)


def _require_unmasked(server: Server, who: User, tenant: Tenant, what: str, under: Masquerade | None) -> None:
    """Decline whoever masquerades, in this window or in another."""
    found = under or running(server, who)
    if found is not None:
        refused = Refused(user=found.target.id, what=what, code=ProblemCode.NOT_ALLOWED, masquerade=found.id)
        refuse(server, tenant, refused)
        raise Declined(ProblemCode.NOT_ALLOWED)


def use(
    server: Server, grantee: User, tenant: Tenant, action: Action, *,
    within: tuple[Connection, Record] | None = None, under: Masquerade | None = None,
) -> Grant:  # fmt: skip
    """Use the grant of an action, for one deed; whether it still counts is decided now, by the server's clock.

    `within` is what `audit.transaction` of the tenant gave: then the use commits with the deed, and neither a
    revocation comes between, nor that somebody is disabled. Declined as `not_allowed` where there is none that counts,
    or under a masquerade; recorded. Raises StorageFault where it cannot be recorded.
    """
    _require_unmasked(server, grantee, tenant, f"grant.use {action}", under)
    now = clock.now()
    if within is None:
        with server.audit.transaction(tenant) as (connection, record):
            who, kept = _used(connection, record, grantee, tenant, action, now)
    else:
        who, kept = _used(*within, grantee, tenant, action, now)
    giver = None if kept is None else find_user(server.engine, kept.grantor_id)
    if kept is None or who is None or giver is None or not _counts(kept, who, now):
        raise _unusable(server, grantee, tenant, action, kept, now)
    return _told(kept, giver, who, tenant, now)


def _used(
    connection: Connection, record: Record, grantee: User, tenant: Tenant, action: Action, now: datetime
) -> tuple[User | None, store.Stored | None]:
    who = steady_user(connection, grantee.id)
    if who is None:
        return None, None
    kept = store.last_grant(connection, who.id, tenant.id, action)
    if kept is not None and _counts(kept, who, now):
        record(_event(Kind.GRANT_USED, kept, tenant, by=who, grantee=who))
    return who, kept


def _counts(kept: store.Stored, who: User, now: datetime) -> bool:
    return who.is_active and who.role.is_platform and state_of(kept, now) is State.ACTIVE


def _unusable(
    server: Server, grantee: User, tenant: Tenant, action: Action, kept: store.Stored | None, now: datetime
) -> Declined:
    """The refusal of a use, recorded."""
    state = None if kept is None else state_of(kept, now)
    kind = Kind.GRANT_EXPIRED if state is State.EXPIRED else Kind.GRANT_USED
    if kept is None:
        event = Event(
            kind=kind, outcome=Outcome.DENIED, tenant=tenant, actor=party_of(grantee), subject=action.value,
            details={"why": ProblemCode.NOT_ALLOWED.value},
        )  # fmt: skip
        require_patience(server.audit.refuse(event))
    else:
        _note_refused(server, kind, kept, tenant, by=grantee, why=str(state))
    return Declined(ProblemCode.NOT_ALLOWED)


def revoke(server: Server, by: User, grant_id: str, *, under: Masquerade | None = None) -> bool:
    """Revoke a grant; False where it is over anyhow. Declined as `not_found`, and as `revoke_many` is."""
    with control_transaction(server.engine, read_only=True) as connection:
        if not is_id(grant_id) or not store.find_grants(connection, [grant_id]):
            raise Declined(ProblemCode.NOT_FOUND)
    return revoke_many(server, by, [grant_id], under=under) == 1


def revoke_many(server: Server, by: User, ids: Collection[str], *, under: Masquerade | None = None) -> int:
    """Revoke grants, those of a business at once; how many were active until now. Ids of none are passed over.

    Declined as `not_allowed`, recorded, for whoever may not grant, or masquerades. Raises StorageFault where it cannot
    be recorded.
    """
    with control_transaction(server.engine, read_only=True) as connection:
        found = store.find_grants(connection, [one for one in ids if is_id(one)])
    who = find_user(server.engine, by.id)
    revoked = 0
    for tenant_id in sorted({one.tenant_id for one in found}):
        tenant = _tenant(server, tenant_id)
        theirs = [one for one in found if one.tenant_id == tenant_id]
        _require_unmasked(server, by, tenant, "grant.revoke", under)
        if who is None or not (who.is_active and may(who.role, Capability.GRANT)):
            _note_refused(server, Kind.GRANT_REVOKED, theirs[0], tenant, by=by, why=ProblemCode.NOT_ALLOWED.value)
            raise Declined(ProblemCode.NOT_ALLOWED)
        revoked += _revoke_in(server, who, tenant, theirs)
    return revoked


def _revoke_in(server: Server, by: User, tenant: Tenant, grants: Sequence[store.Stored]) -> int:
    now, revoked = clock.now(), 0
    with server.audit.transaction(tenant) as (connection, record):
        for one in grants:
            if store.revoke_grant(connection, one.id, by=by.id, now=now):
                record(_event(Kind.GRANT_REVOKED, one, tenant, by=by, grantee=_user(server, one.grantee_id)))
                revoked += 1
    return revoked


def listed(server: Server, *, state: State | None = None, grantee: UserId | None = None) -> Sequence[Grant]:
    """The newest grants of all businesses, `MOST_LISTED` at most; `state` those of which that has become.

    With a `grantee` theirs alone, however many newer ones others have.
    """
    now = clock.now()
    with control_transaction(server.engine, read_only=True) as connection:
        found = store.newest_grants(connection, most=MOST_LISTED, grantee=grantee)
    wanted = [one for one in found if state in (None, state_of(one, now))]
    people = {user for one in wanted for user in (one.grantor_id, one.grantee_id)}
    users = {user: _present(find_user(server.engine, user)) for user in people}
    tenants = {tenant: _tenant(server, tenant) for tenant in {one.tenant_id for one in wanted}}
    return [_told(one, users[one.grantor_id], users[one.grantee_id], tenants[one.tenant_id], now) for one in wanted]


def tenants_with(server: Server, grantee: User, action: Action) -> frozenset[TenantId]:
    """In which businesses somebody has an action by a grant that counts now."""
    now = clock.now()
    return frozenset(one.tenant_id for one in _given(server, grantee, action) if state_of(one, now) is State.ACTIVE)


def was_given(server: Server, grantee: User, tenant: Tenant, action: Action) -> bool:
    """Whether somebody was ever given an action in a business: what has become of that is said when it is used."""
    return any(one.tenant_id == tenant.id for one in _given(server, grantee, action))


def _given(server: Server, grantee: User, action: Action) -> Sequence[store.Stored]:
    with control_transaction(server.engine, read_only=True) as connection:
        return store.grants_to(connection, grantee.id, action)


def _user(server: Server, user: UserId) -> User | None:
    return find_user(server.engine, user) if is_id(user) else None


def _present(user: User | None) -> User:
    if user is None:
        # Whoever is erased takes their grants along: this list is of a moment before.
        raise Declined(ProblemCode.RETRY, retry_after=1)
    return user


def _tenant(server: Server, tenant_id: TenantId) -> Tenant:
    found = find_tenant(server.engine, tenant_id)
    if found is None:
        raise Declined(ProblemCode.RETRY, retry_after=1)
    return found


def _told(kept: store.Stored, grantor: User, grantee: User, tenant: Tenant, now: datetime) -> Grant:
    return Grant(
        id=kept.id, grantor=grantor, grantee=grantee, tenant=tenant, action=kept.action, reason=kept.reason,
        created_at=kept.created_at, expires_at=kept.expires_at, state=state_of(kept, now),
    )  # fmt: skip


def _note_refused(server: Server, kind: Kind, kept: store.Stored, tenant: Tenant, *, by: User, why: str) -> None:
    grantee = _user(server, kept.grantee_id)
    require_patience(server.audit.refuse(_event(kind, kept, tenant, by=by, grantee=grantee, why=why)))


def _event(
    kind: Kind, kept: store.Stored, tenant: Tenant, *, by: User, grantee: User | None, why: str | None = None
) -> Event:  # fmt: skip
    """An event about a grant: of the action, by whoever did it, with whom it is for among the details."""
    details = {
        "grant": kept.id,
        "grantee": kept.grantee_id,
        "grantee_email": grantee.email if grantee else None,
        "until": clock.instant_text(kept.expires_at),
    }
    return Event(
        kind=kind,
        outcome=Outcome.ALLOWED if why is None else Outcome.DENIED,
        tenant=tenant,
        actor=party_of(by),
        subject=kept.action.value,
        reason=kept.reason,
        details=details if why is None else {**details, "why": why},
    )
