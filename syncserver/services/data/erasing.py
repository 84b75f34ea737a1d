"""Erasing a customer or a business for good, so that no backup that is put back undoes it.

`shared/decisions/0042-handing-in-export-and-erasure.md` says what is left, and why the history can still be replayed.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

import structlog

from shared import clock, ids
from shared.errors import StorageFault
from shared.model.base import MutationId, value
from shared.protocol.problems import ProblemCode
from shared.rules.erasure import Word
from syncserver.services.declined import Declined
from syncserver.services.history import tombstones_of
from syncserver.services.identity.holders import Holder, require_still
from syncserver.services.platform.plans import OPERATOR
from syncserver.services.server import Server
from syncserver.services.sync.gateway import Edit, record_then
from syncserver.store import events
from syncserver.store.erased_sessions import keep_sessions
from syncserver.store.erasures import drop_tenant, erase_words, is_erased, take_time
from syncserver.store.events import Event, Kind, Party
from syncserver.store.handles import Connection
from syncserver.store.looked import NOWHERE_YET, Looked
from syncserver.store.looking import look_through
from syncserver.store.said_later import SaidLater, said_later
from syncserver.store.tenancy import Tenant, TenantId, tenant_part, tenant_transaction
from syncserver.store.tenants import find_tenant
from syncserver.store.tombstones import Tombstone
from syncserver.store.traces import Traces, is_anybody, traces_in_notes, traces_of

log = structlog.get_logger()

_NAME: Final = "customer.erase"
_AGAIN: Final = "made again after the database was put back"
_LATER: Final = "said of a visit that was refused, and known to be about the person later"
_MADE_OF: Final = "erased-"
_LENGTH: Final = 24
_KEY_BYTES: Final = 32
_LOOKS: Final = 3
"""Looks at a history before its tenant's desks are made to wait for one."""


def erase_said_later(server: Server, tenant: Tenant, *, after: int = 0) -> SaidLater:
    """Erase what notes say of somebody who was erased, that name a visit alone and came later; what was found.

    Up to the version `after` nothing was left.

    Raises StorageFault where that cannot be done.
    """
    later = said_later(server.engine, tenant, _MADE_OF, after=after)
    for customer, visits in later.of.items():
        said = partial(traces_in_notes, visits=visits)
        erase_customer(server, tenant, customer, by=events.OPERATOR, reason=_LATER, find=said)
    return later


Find = Callable[[Connection, str, Looked], Traces]
"""The rows about a customer, in a tenant's transaction, with the help of what was looked at before."""


class _Wider(Exception):
    """Something is about the person that was not looked for: it was logged since."""


@value
class _Erasure:
    """Whom to erase, by whom and why. A `holder` has asked for it, and must have the right still when it is done."""

    tenant: Tenant
    customer: str
    by: Party
    reason: str | None
    find: Find
    holder: Holder | None

    def found(self, connection: Connection, looked: Looked) -> Traces:
        return self.find(connection, self.customer, looked)


def erase_customer(
    server: Server,
    tenant: Tenant,
    customer: str,
    *,
    by: Party,
    reason: str | None = None,
    find: Find = traces_of,
    holder: Holder | None = None,
) -> None:
    """Erase all that identifies a customer; their visits stay as what they took up.

    The history is looked through first, while everybody works on. Declined as `not_found` where nothing is known of
    them, but not again after an erasure, and as `require_still` declines a `holder`. Raises StorageFault where it
    cannot be recorded, or written down outside of the database: then nothing was erased.
    """
    if not ids.is_id(customer):
        raise Declined(ProblemCode.NOT_FOUND)
    wish = _Erasure(tenant=tenant, customer=customer, by=by, reason=reason, find=find, holder=holder)
    looked: Looked | None = None
    for _ in range(_LOOKS):
        looked = look_through(server.engine, tenant, wish.found, looked)
        try:
            _erase(server, wish, looked)
        except _Wider:
            log.info("erasure.looks_again", tenant=tenant.id)
        else:
            return
    # Where more comes to be about the person than can be looked for, the desks wait.
    _erase(server, wish, NOWHERE_YET)


def _erase(server: Server, wish: _Erasure, looked: Looked) -> None:
    """Erase under the tenant's clock what a look has found, and what was logged since. Raises _Wider."""
    now, found, tenant, customer = clock.now(), list[Traces](), wish.tenant, wish.customer
    with server.audit.transaction(tenant) as (connection, record):
        if wish.holder is not None:
            require_still(connection, wish.holder)
        with tenant_part(connection, tenant):
            take_time(connection)
            known_before = is_erased(connection, customer)

            def edits(_: int) -> Sequence[Edit]:
                traces = wish.found(connection, looked)
                if not looked.covers(traces.all):
                    raise _Wider
                if wish.reason is None and not known_before and not is_anybody(connection, traces):
                    raise Declined(ProblemCode.NOT_FOUND)
                found.append(traces)
                return [Edit(id=MutationId(ids.new_id()), name=_NAME, args=_args(traces), at=now)]

            version = record_then(connection, tenant, edits, OPERATOR, must_apply=True).version
        (traces,) = found
        count = erase_words(connection, tenant, traces, _other_words(), now, looked)
        event = Event(
            kind=Kind.CUSTOMER_ERASED, tenant=tenant, actor=wish.by, subject=customer, reason=wish.reason
        )  # fmt: skip
        record(event)
        # Last of all, and before the commit: what is written down and not done is done at the next start.
        # Under each record: a backup may be of before they were merged.
        for one in dict.fromkeys((customer, *traces.customers)):
            _write_down(server, Tombstone(tenant=tenant.id, customer=one))
    server.note_told(tenant.id, version)
    server.tell(tenant.id, version)
    log.info("customer.erased", tenant=tenant.id, customer=customer, edits=count)


def _args(traces: Traces) -> Mapping[str, object]:
    return {
        "customers": list(traces.customers),
        "appointments": list(traces.appointments),
        "notes": list(traces.notes),
        "items": list(traces.items),
        "series": list(traces.series),
        "waitlist": list(traces.waitlist),
        "payments": list(traces.payments),
        "apart": list(traces.apart),
    }


def _other_words() -> Word:
    """Makes another word of each, the same of the same.

    So the rules that compare two of them come to the same when the history is replayed. The key by which a word would
    be known again is kept nowhere.
    """
    key = ids.secret_token(_KEY_BYTES).encode()

    def word(said: str) -> str:
        inner = said.strip()
        before, _, after = said.partition(inner)
        made = _MADE_OF + hmac.digest(key, inner.encode(), hashlib.sha256).hex()[:_LENGTH]
        # Limits of lengths, too, come to the same.
        return f"{before}{made.ljust(len(inner), '.')}{after}"

    return word


def erase_tenant(server: Server, tenant: Tenant, *, by: Party, reason: str | None = None) -> None:
    """Erase a business: its book, its people, its devices and its audit trail; the platform's says that it was.

    By what is kept of its sessions for a while its desks are told, which keep the book else.
    Raises StorageFault where it cannot be recorded, or written down outside of the database.
    """
    with server.audit.transaction(None) as (connection, record):
        keep_sessions(connection, tenant.id, clock.now())
        drop_tenant(connection, tenant)
        platform = Party(id=by.id, email=by.email, platform=True)
        record(Event(kind=Kind.TENANT_ERASED, actor=platform, subject=tenant.id, reason=reason))
        _write_down(server, Tombstone(tenant=tenant.id, customer=None))
    server.homes.pop(tenant.id, None)
    server.marks.forget(tenant.id)
    server.audit.forget(tenant)
    log.info("tenant.erased", tenant=tenant.id)


def make_again(server: Server) -> None:
    """Make every erasure that the database does not know of, before anybody is answered.

    Raises StorageFault where that cannot be done: whoever was erased is not to be shown to anybody.
    """
    try:
        stones = tombstones_of(server.engine, server.settings).all()
    except OSError as error:
        raise StorageFault(f"The ledger of erasures cannot be read: {error.strerror}.") from error
    gone = {stone.tenant for stone in stones if stone.customer is None}
    for tenant in filter(None, (find_tenant(server.engine, one) for one in sorted(gone))):
        erase_tenant(server, tenant, by=events.OPERATOR, reason=_AGAIN)
    for stone in stones:
        tenant_id, customer = stone.tenant, stone.customer
        home = None if tenant_id in gone or customer is None else find_tenant(server.engine, TenantId(tenant_id))
        if home is not None and customer is not None and not _was_erased(server, home, customer):
            erase_customer(server, home, customer, by=events.OPERATOR, reason=_AGAIN)


def _was_erased(server: Server, tenant: Tenant, customer: str) -> bool:
    with tenant_transaction(server.engine, tenant, read_only=True) as connection:
        return is_erased(connection, customer)


def _write_down(server: Server, stone: Tombstone) -> None:
    try:
        tombstones_of(server.engine, server.settings).add(stone, clock.now())
    except OSError as error:
        raise StorageFault(f"The ledger of erasures cannot be written: {error.strerror}.") from error
