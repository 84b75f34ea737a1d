"""What a desk that was shut out still has: each edit is kept once, in quarantine, until the owner decides.

What did not arrive, or whose answer was lost, may be sent again.
"""

from collections.abc import Sequence
from typing import Final

import structlog

from shared import clock, ids
from shared.model.base import UserId
from shared.mutations.decide import SetAside, set_aside
from shared.mutations.registry import MUTATIONS
from shared.protocol.messages import HandedIn, HandIn
from shared.protocol.problems import ProblemCode
from syncserver.services.declined import Declined
from syncserver.services.identity.sign_in_events import party_of
from syncserver.services.identity.upload_tickets import Bearer, bearer_of, is_of_erased
from syncserver.services.server import Server
from syncserver.services.sync import leases
from syncserver.services.sync.decisions import RECOVERS, Call, Wants, apart
from syncserver.services.sync.outcomes import details_of
from syncserver.services.sync.push import call_of, known_here
from syncserver.store import hand_ins, pushes
from syncserver.store.devices import note_handed_in
from syncserver.store.events import Event, Kind
from syncserver.store.hand_ins import HandInOf
from syncserver.store.handles import Connection
from syncserver.store.pushes import Asked, Decided, Facts, Logged, Person
from syncserver.store.tenancy import take_clock, tenant_part
from syncserver.store.working_set import WorkingSet

log = structlog.get_logger()

MOST: Final = 20_000
"""Edits that are taken of one device: whoever stole it fills no quarantine without end."""
_MOST_REPLICAS: Final = 100
_WHY: Final = "revoked"


def take(server: Server, wish: HandIn) -> HandedIn:
    """Keep a part of what a device has; with the last one it is known that nothing more comes.

    Declined as `ticket_spent` where the ticket is not good, or brings more after the last part; as `not_found` for
    another device's replica; as `epoch_changed` where the parts before it are in a history that is over; as `too_large`
    beyond MOST; as `recovering` and `retry`. Raises Refusal(INVALID), and StorageFault where it cannot be recorded.
    """
    if not wish.mutations and is_of_erased(server, wish.ticket):
        return HandedIn(taken=0)
    bearer = bearer_of(server, wish.ticket)
    if wish.epoch not in (None, server.epoch):
        # Taken as the last part it would end a replica of which the rest is lost.
        raise Declined(ProblemCode.EPOCH_CHANGED)
    tenant, known = bearer.tenant, known_here(wish.mutations) if wish.mutations else ()
    calls = [
        call_of(place, one, leases.read(server, tenant, one.lease) or clock.now()) for place, one in enumerate(known)
    ]
    last = wish.last and len(calls) == len(wish.mutations)
    with server.audit.transaction(tenant) as (connection, record):
        if last and not wish.books_left and bearer.whole_device:
            note_handed_in(connection, tenant.id, bearer.device)
        with tenant_part(connection, tenant):
            version = take_clock(connection, tenant)
            kept = _keep(connection, bearer, wish.replica, calls, version=version, last=last)
        if last:
            details = {"device": bearer.device, "replica": wish.replica, "whole_device": bearer.whole_device}
            record(Event(kind=Kind.HANDED_IN, tenant=tenant, actor=party_of(bearer.user), details=details))
    server.note_told(tenant.id, version)
    server.tell(tenant.id, version)
    log.info("hand_in.kept", tenant=tenant.id, replica=wish.replica, count=kept, last=last)
    return HandedIn(taken=len(calls), epoch=server.epoch)


def _keep(
    connection: Connection, bearer: Bearer, replica: str, calls: Sequence[Call], *, version: int, last: bool
) -> int:  # fmt: skip
    now, of = clock.now(), HandInOf(device=bearer.device, user=bearer.user.id, replica=replica)
    state = WorkingSet(connection)
    named = {one for call in calls for one in (call.id, apart(call))}
    asked = Asked(
        replica=replica, device=bearer.device, sessions=tuple({call.author for call in calls}), first=0, last=0,
        ids=tuple(named),
    )  # fmt: skip
    wanted = Wants().of(calls, lambda mutation, args: mutation.wants(args))
    facts = pushes.facts(state.load(wanted, beside=pushes.questions([asked])))
    found = facts.replicas.get(replica)
    if found is not None and found.device_id != bearer.device:
        raise Declined(ProblemCode.NOT_FOUND)
    if facts.recovering_until is not None:
        raise Declined(ProblemCode.RECOVERING, retry_after=RECOVERS)
    new = [call for call in calls if bearer.may_bring(_made_by(facts, bearer, call)) and not _is_known(facts, call)]
    if hand_ins.hold(connection, of, now) and new:
        raise Declined(ProblemCode.TICKET_SPENT)
    edits, replicas = hand_ins.kept_of(connection, bearer.device)
    if edits + len(new) > MOST or replicas > _MOST_REPLICAS:
        raise Declined(ProblemCode.TOO_LARGE)
    logged = [_set_aside(state, facts, bearer, call) for call in new]
    pushes.write(connection, version, now, state.take_changed(), Decided(logged=logged))
    hand_ins.note(connection, of, len(new), now, last=last)
    return len(new)


def _author(facts: Facts, bearer: Bearer, call: Call) -> Person | None:
    """Whose session on the device made an edit, live or not."""
    named = facts.people.get(call.author)
    return named if named is not None and named.device_id == bearer.device else None


def _made_by(facts: Facts, bearer: Bearer, call: Call) -> UserId | None:
    author = _author(facts, bearer, call)
    return author.user_id if author else None


def _is_known(facts: Facts, call: Call) -> bool:
    """Whether the edit was decided before, or is kept already."""
    before = facts.by_id.get(call.id)
    return (before is not None and before.is_of(call.args_hash)) or apart(call) in facts.by_id


def _set_aside(state: WorkingSet, facts: Facts, bearer: Bearer, call: Call) -> Logged:
    author = _author(facts, bearer, call)
    logged_as = apart(call) if call.id in facts.by_id else call.id
    aside = SetAside(incident=ids.new_id(), why=_WHY, author_id=_made_by(facts, bearer, call))
    at = min(call.made_at, clock.now())
    decision = set_aside(state, call.name, call.args, call.sent, mutation_id=logged_as, at=at, aside=aside)
    return Logged(
        replica=None,
        seq=None,
        id=logged_as,
        name=call.name,
        v=MUTATIONS[call.name].version,
        args=decision.kept(call.sent),
        args_hash="" if decision.forgets else call.args_hash,
        session=None,
        # Where nobody stands for it, whoever brings it does.
        user=author.user_id if author else bearer.user.id,
        role=author.role if author else bearer.user.role,
        at=at,
        outcome=decision.outcome.value,
        details=details_of(decision),
    )
