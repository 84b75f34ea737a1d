"""The chains of events: one for the platform, one for each tenant; added to, and read back to be verified.

`shared/decisions/0035-the-audit-chain.md` says what holds them together.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NewType

import sqlalchemy.exc
from sqlalchemy import Connection, Row, String, bindparam, cast, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.clock import instant_text
from shared.errors import StorageFault
from shared.ids import new_id
from shared.model.base import value
from shared.model.registry import canonical
from syncserver.store.tables.audit import checkpoints
from syncserver.store.tables.audit import events as table
from syncserver.store.tenancy import Tenant, tenant_part

ChainName = NewType("ChainName", str)
"""The id of a tenant, or `platform`."""
PLATFORM: Final = ChainName("platform")
NOTHING_BEFORE: Final = "0" * 64
"""What the first event of a chain has as the hash of the one before."""


class Outcome(StrEnum):
    """Whether what an event tells of was let happen."""

    ALLOWED = "allowed"
    DENIED = "denied"


class Kind(StrEnum):
    """What an event tells of. A name is never used for something else."""

    SIGN_IN = "sign_in.tried"
    LOCK_OUT = "sign_in.locked_out"
    SIGN_OUT = "session.signed_out"
    TOKEN_REUSED = "session.token_reused"  # noqa: S105 a name, not a token
    SESSION_REFUSED = "session.refused"
    DEVICE_UNPROVEN = "device.unproven"
    HANDED_IN = "device.handed_in"
    EXPORTED = "data.exported"
    CUSTOMER_ERASED = "customer.erased"
    TENANT_ERASED = "tenant.erased"
    TENANT_CREATED = "tenant.created"
    TIER_SET = "tenant.tier_set"
    PLAN_CHANGED = "tenant.plan_changed"
    PLAN_STORED = "plan.stored"
    TENANT_SUSPENDED = "tenant.suspended"
    TENANT_REOPENED = "tenant.reopened"
    TENANT_CLOSED = "tenant.closed"
    LEASE_SET = "tenant.lease_set"
    OWNER_INVITED = "tenant.owner_invited"
    USER_CREATED = "user.created"
    USER_DISABLED = "user.disabled"
    USER_ENABLED = "user.enabled"
    USER_UNLOCKED = "user.unlocked"
    RESET_SENT = "user.reset_sent"
    PASSWORD_CHANGED = "user.password_changed"  # noqa: S105 a name, not a password
    FACTOR_ON = "user.second_factor_on"
    DEVICE_REVOKED = "device.revoked"
    SESSION_ENDED = "session.ended"
    ACCESS_REFUSED = "access.refused"
    ROLE_CHANGED = "user.role_changed"
    INVITED = "user.invited"
    INVITE_REVOKED = "user.invite_revoked"
    JOINED = "user.joined"
    FEED_MADE = "feed.made"
    FEED_REVOKED = "feed.revoked"
    FACTOR_OFF = "user.second_factor_off"
    FACTOR_RESET = "user.second_factor_reset"
    CODES_DRAWN = "user.recovery_codes_drawn"
    BOOK_EDITED = "book.edited"
    GRANT_CREATED = "grant.created"
    GRANT_USED = "grant.used"
    GRANT_REVOKED = "grant.revoked"
    GRANT_EXPIRED = "grant.expired"
    MASQUERADE_DENIED = "masquerade.denied"
    MASQUERADE_START = "masquerade.started"
    MASQUERADE_OPENED = "masquerade.opened"
    MASQUERADE_END = "masquerade.ended"
    MASQUERADE_EXPIRED = "masquerade.expired"
    MASQUERADE_ACTION_DENIED = "masquerade.action_denied"


class Standing(StrEnum):
    """What became of the tables of a chain."""

    KEPT = "kept"
    OPEN = "open"
    """Somebody may change what is recorded, as after a restore that left owners or triggers out."""
    MISSING = "missing"


@value
class Party:
    """Who did something, or as whom. `platform` people's deeds in a tenant are told in both chains."""

    id: str | None
    email: str | None
    platform: bool = False


_NOBODY: Final = Party(id=None, email=None)
OPERATOR: Final = Party(id=None, email="(command line)", platform=True)
"""Whoever may run the server's commands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that is told for good.

    `tenant` is where it happened, None for the platform; `session` is a keyed hash (`Audit.session_key`), `details` are
    JSON values. An `ip` of None is that of the request under way.
    """

    kind: Kind
    outcome: Outcome = Outcome.ALLOWED
    tenant: Tenant | None = None
    actor: Party | None = None
    as_whom: Party | None = None
    subject: str | None = None
    reason: str | None = None
    ip: str | None = None
    session: str | None = None
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of a chain. `at` is the text of an instant, `details` a JSON text, `hash` covers everything else."""

    number: int
    id: str
    at: str
    kind: str
    outcome: str
    tenant_id: str | None
    actor_id: str | None
    actor_email: str | None
    as_whom_id: str | None
    as_whom_email: str | None
    subject: str | None
    reason: str | None
    ip: str | None
    session: str | None
    details: str
    previous: str
    hash: str

    def own_hash(self) -> str:
        """The SHA-256 of all other columns in canonical JSON, in hexadecimal."""
        columns = {name: getattr(self, name) for name in _HASHED}
        return hashlib.sha256(canonical(columns).encode()).hexdigest()


_HASHED: Final = tuple(column.name for column in fields(Entry) if column.name != "hash")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """What was added to a chain: its entries, and the signed texts of those that became checkpoints, by number."""

    chain: ChainName
    entries: Sequence[Entry]
    signed: Mapping[int, str]


Sign = Callable[[ChainName, Entry], str | None]
"""Makes the signed text of an entry; None for one that becomes no checkpoint."""


def chain_of(tenant: Tenant | None) -> ChainName:
    """The chain of a tenant, or of the platform."""
    return PLATFORM if tenant is None else ChainName(tenant.id)


def append(connection: Connection, told: Sequence[Event], at: datetime, sign: Sign) -> Sequence[Grown]:
    """Add events to their chains, at the end of a control transaction; all of them are of one tenant or of none.

    Whoever adds to a chain waits for whoever is about to, and for nobody else. Raises StorageFault where any of them
    cannot be written, whatever the reason is.
    """
    drafts = [(event, _draft(event, at)) for event in told]
    tenant = next((event.tenant for event in told if event.tenant), None)
    of_tenant = [draft for event, draft in drafts if event.tenant]
    of_platform = [draft for event, draft in drafts if not event.tenant or (event.actor and event.actor.platform)]
    grown: list[Grown] = []
    with as_trail_fault():
        # Always in this order: two that add to both chains cannot wait for one another.
        if tenant and of_tenant:
            with tenant_part(connection, tenant):
                grown.append(_extend(connection, chain_of(tenant), of_tenant, sign))
        if of_platform:
            grown.append(_extend(connection, PLATFORM, of_platform, sign))
    return grown


@contextmanager
def as_trail_fault() -> Iterator[None]:
    """Raise StorageFault where the trail cannot be written: for whoever waits it is no matter whose fault that is."""
    try:
        yield
    except sqlalchemy.exc.DBAPIError as error:
        raise StorageFault(f"The audit trail cannot be written: {error.orig}") from error


def _draft(event: Event, at: datetime) -> Entry:
    actor, as_whom = event.actor or _NOBODY, event.as_whom or _NOBODY
    return Entry(
        number=0,
        id=new_id(),
        at=instant_text(at),
        kind=event.kind.value,
        outcome=event.outcome.value,
        tenant_id=event.tenant.id if event.tenant else None,
        actor_id=actor.id,
        actor_email=actor.email,
        as_whom_id=as_whom.id,
        as_whom_email=as_whom.email,
        subject=event.subject,
        reason=event.reason,
        ip=event.ip,
        session=event.session,
        details=canonical(dict(event.details)),
        previous="",
        hash="",
    )


def _extend(connection: Connection, chain: ChainName, drafts: Sequence[Entry], sign: Sign) -> Grown:
    connection.execute(_LOCK, {"key": _lock_key(chain)})
    # Asked only now: before the lock it would be a last one that somebody has followed up meanwhile.
    last = connection.execute(_LAST).one_or_none()
    entries = chained(drafts, after=(last.number, last.hash) if last else None)
    connection.execute(insert(table), [asdict(entry) for entry in entries])
    signed = {entry.number: made for entry in entries if (made := sign(chain, entry)) is not None}
    keep_checkpoints(connection, signed)
    return Grown(chain=chain, entries=entries, signed=signed)


def chained(drafts: Sequence[Entry], *, after: tuple[int, str] | None) -> Sequence[Entry]:
    """The entries with their numbers and hashes; `after` is number and hash of the last one, None for a new chain."""
    number, previous = after or (0, NOTHING_BEFORE)
    entries = []
    for draft in drafts:
        number += 1
        entry = replace(draft, number=number, previous=previous)
        previous = entry.own_hash()
        entries.append(replace(entry, hash=previous))
    return entries


def keep_checkpoints(connection: Connection, signed: Mapping[int, str]) -> None:
    """Keep signed texts by number, in the schema of their chain; what is kept already stays."""
    if signed:
        rows = [{"number": number, "signed": made} for number, made in signed.items()]
        connection.execute(upsert(checkpoints).on_conflict_do_nothing(), rows)


def last_entry(connection: Connection) -> Entry | None:
    """The newest entry of the chain in this schema."""
    row = connection.execute(ROWS.order_by(table.c.number.desc()).limit(1)).one_or_none()
    return None if row is None else entry_of(row)


def newest_entries(connection: Connection, *, before: int | None, most: int) -> Sequence[Entry]:
    """Entries of the chain in this schema, the newest first, from below a number on where one is named."""
    below = ROWS if before is None else ROWS.where(table.c.number < before)
    return [entry_of(row) for row in connection.execute(below.order_by(table.c.number.desc()).limit(most))]


def read_entries(connection: Connection) -> Iterator[Entry]:
    """The chain in this schema, by number, in pages; in a snapshot."""
    after = _BEFORE_ALL
    while page := connection.execute(_PAGE, {"after": after}).all():
        yield from map(entry_of, page)
        after = page[-1].number


def read_checkpoints(connection: Connection) -> Mapping[int, str]:
    """The signed texts of the chain in this schema, by number."""
    found = connection.execute(select(checkpoints.c.number, checkpoints.c.signed).order_by(checkpoints.c.number))
    return {row.number: row.signed for row in found}


def standing_of_chain(connection: Connection) -> Standing:
    """Whether the chain in this schema is there, and kept from whoever asks and from the server's login."""
    (standing,) = connection.execute(_STANDING).one()
    return Standing(standing)


def _lock_key(chain: ChainName) -> int:
    return int.from_bytes(hashlib.sha256(f"audit {chain}".encode()).digest()[:8], signed=True)


def entry_of(row: Row[*tuple[Any, ...]]) -> Entry:
    """The entry of one of `ROWS`."""
    # PostgreSQL's text of any instant, also of those that Python has none for.
    columns = row._asdict()
    return Entry(**columns | {"at": columns["at"].replace(" ", "T").replace("+00", "Z")})


_LOCK: Final = text("SELECT pg_advisory_xact_lock(:key)")
_LAST: Final = select(table.c.number, table.c.hash).order_by(table.c.number.desc()).limit(1)
ROWS: Final = select(
    *(cast(column, String).label("at") if column is table.c.at else column for column in table.columns)
)
"""The chain in a schema, in no order."""
_BEFORE_ALL: Final = -(2**63)
_PAGE: Final = (
    ROWS.where(table.c.number > bindparam("after", type_=table.c.number.type)).order_by(table.c.number).limit(1000)
)
_STANDING: Final = text(
    """
    SELECT CASE
        WHEN count(*) < 2 THEN 'missing'
        WHEN bool_or(pg_get_userbyid(relowner) IN (session_user, current_user)
            OR has_table_privilege(session_user, pg_class.oid, 'UPDATE, DELETE, TRUNCATE')
            OR has_table_privilege(current_user, pg_class.oid, 'UPDATE, DELETE, TRUNCATE')
            OR NOT EXISTS (
                SELECT FROM pg_trigger WHERE tgrelid = pg_class.oid AND tgname = 'keep_event' AND tgenabled <> 'D'
            )) THEN 'open'
        ELSE 'kept'
    END
    FROM pg_class WHERE oid IN (to_regclass('audit_event'), to_regclass('audit_checkpoint'))
    """
)
