"""Recovery: desks hand in again what an earlier history had decided, and in the end it is decided in that order."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

import structlog

from shared import clock
from shared.clock import instant_text
from shared.errors import StorageFault
from shared.ids import new_id
from shared.model.base import MutationId, UserId
from shared.model.member import Member
from shared.mutations.decide import OutcomeKind, RejectedBefore, SetAside
from shared.mutations.registry import MUTATIONS, Actor
from shared.protocol.messages import OfferTaken
from syncserver.services.server import Principal, Server
from syncserver.services.sync.authors import author_of
from syncserver.services.sync.decisions import Batch, Call, require_replica
from syncserver.services.sync.gateway import Edit, record_then
from syncserver.services.sync.standing import telling_why
from syncserver.services.sync.timeline import EndingFailed, Timeline, TooMuch
from syncserver.services.sync.writers import fitting
from syncserver.store import pushes, recoveries
from syncserver.store.devices import shut_out_of
from syncserver.store.faults import TookTooLong
from syncserver.store.handles import Connection, Engine
from syncserver.store.pushes import Facts, Person
from syncserver.store.recoveries import Offer, end_recovery_by, keep_offers, leave_recovery, next_offers
from syncserver.store.tenancy import Tenant, server_part, tenant_transaction
from syncserver.store.working_set import WorkingSet

log = structlog.get_logger()

_SHARE: Final = 500
"""Edits of one transaction at most, during which the tenant's clock is held."""
_SHUT_OUT: Final = "revoked"
_BEFORE: Final = "before"
_RULES: Final = ("series.", "block.")
"""How the names of edits begin that make or end what goes on."""
_REFUSED, _ADJUSTED, _AS_BEFORE = range(3)


def take_offers(server: Server, batch: Batch) -> OfferTaken:
    """Keep what a desk hands in until recovery ends; where the tenant is in none, nothing is kept or needed."""
    principal = batch.principal
    with telling_why(server, principal), tenant_transaction(server.engine, principal.tenant) as connection:
        facts = pushes.facts(WorkingSet(connection).load([], beside=pushes.questions([batch.asked])))
        require_replica(server, batch, facts)
        if facts.recovering_until is None:
            return OfferTaken(taken=0)
        offers = [one for call in batch.calls if (one := _offer(batch, facts, call)) is not None]
        if offers:
            keep_offers(connection, offers)
    return OfferTaken(taken=len(offers))


def _offer(batch: Batch, facts: Facts, call: Call) -> Offer | None:
    principal = batch.principal
    author = author_of(
        facts.people.values(),
        principal.device,
        call.author,
        pushed_by=principal.session,
        handed_in_by=principal.session,
    )
    if author is None or call.was_version is None or call.id in facts.by_id:
        return None
    return Offer(
        id=call.id,
        was_version=call.was_version,
        seq=call.seq,
        user_id=author.user_id,
        name=call.name,
        args=call.sent,
        args_hash=call.args_hash,
        at=min(call.made_at, clock.now()),
        device_id=principal.device,
        was_outcome=call.was_outcome,
        was_code=call.was_code,
        made_by=_made_by(batch, facts, call),
        undoes=call.undoes,
    )


def _made_by(batch: Batch, facts: Facts, call: Call) -> UserId | None:
    """Whose edit the desk says that it is; where the session is known that made it, that has said so."""
    brought_by = facts.people[batch.principal.session]
    # Whoever masquerades stands for themselves alone.
    return None if call.author in facts.people or brought_by.actor is not None else call.made_by


def count_from_first(server: Server, principal: Principal, until: datetime | None) -> datetime | None:
    """Until when a tenant is in recovery, where somebody has come: the time counts from its first desk.

    Whoever masquerades brings nothing that was decided before, and is none.
    """
    ends = clock.now() + server.settings.recovery_wait
    if until is None or until <= ends or principal.actor is not None:
        return until
    end_recovery_by(server.engine, principal.tenant, ends)
    log.info("recovery.counts", tenant=principal.tenant.id, until=instant_text(ends))
    return ends


def end_if_due(engine: Engine, tenant: Tenant, until: datetime | None) -> bool:
    """Whether a tenant is in recovery; one whose time is over is brought to its end first."""
    if until is None:
        return False
    if until > clock.now():
        return True
    end_recovery(engine, tenant)
    return False


def end_recovery(engine: Engine, tenant: Tenant) -> None:
    """Decide what was handed in, in the order of the versions that it once had, and go on as ever.

    What the server decides by itself as time goes on is made again where one of them stands on it, and the rest in the
    end. What comes later is decided as it comes. Raises StorageFault for trouble that may pass; then it is begun again
    where it stood.
    """
    time, share = Timeline(engine, tenant), _SHARE
    while decided := _decide_some(time, engine, tenant, share):
        log.info("recovery.decided", tenant=tenant.id, count=decided)
        # Where one had to be cut, the next ones are likely to be, too.
        share = min(_SHARE, 2 * decided)
    # What of it nobody needed is there for whoever comes late.
    time.pass_to(None)
    leave_recovery(engine, tenant)
    log.info("recovery.ended", tenant=tenant.id)


class _Otherwise(Exception):
    """An edit of a share comes out worse than it had, at a place in it; nothing of the share is decided."""

    def __init__(self, offers: Sequence[Offer], place: int, likeness: int) -> None:
        super().__init__(place)
        self.offers, self.place, self.likeness = offers, place, likeness


class _NoBetter(Exception):
    """An edit comes out no better for what was made before it; the transaction is to be rolled back."""


def _likeness(offer: Offer, outcome: str | None) -> int:
    """How far an edit comes out as it had: not at all, otherwise, or as far as time could change that."""
    if outcome in (None, OutcomeKind.QUARANTINED) or offer.was_outcome in (
        OutcomeKind.REJECTED,
        OutcomeKind.QUARANTINED,
    ):
        return _AS_BEFORE
    if outcome == OutcomeKind.REJECTED:
        return _REFUSED
    return _AS_BEFORE if offer.was_outcome in (None, outcome) else _ADJUSTED


def _decide_some(time: Timeline, engine: Engine, tenant: Tenant, share: int) -> int:
    settled = ""
    while True:
        try:
            return _decide_share(time, engine, tenant, share, settled)
        except _Otherwise as otherwise:
            first = otherwise.offers[0]
            if otherwise.place:
                # What stands before it is decided first: it may need what that has made and time has ended.
                share = otherwise.place
            elif _decide_in_time(time, engine, tenant, first, otherwise.likeness):
                return 1
            else:
                settled = first.id
                share = 1 if _is_due(time, engine, tenant, otherwise.offers) else len(otherwise.offers)
        except EndingFailed:
            # It is left out from here on.
            continue


def _is_due(time: Timeline, engine: Engine, tenant: Tenant, offers: Sequence[Offer]) -> bool:
    try:
        with tenant_transaction(engine, tenant, read_only=True) as connection:
            return time.is_due(connection, time.looks[-1], offers)
    except EndingFailed:
        # What else is due has not been looked at.
        return True


def _decide_in_time(time: Timeline, engine: Engine, tenant: Tenant, first: Offer, likeness: int) -> bool:
    """Decide the first edit after what the server may have done before it, where it comes out better so.

    Not without need: an edit that was applied tells what the server had not done yet, however long it was due.
    """
    in_vain = made = 0
    for endings in time.looks:
        if endings is time.looks[-1] and in_vain < 2:
            # One of the two has nothing to do: together they are the other.
            return False
        try:
            with tenant_transaction(engine, tenant) as connection:
                made = time.make(connection, endings, first)
                if not made:
                    continue
                outcome = _decide(connection, tenant, [first]).get(first.id)
                # Where another process has decided it meanwhile, what is made here would come after it.
                if outcome is None or _likeness(first, outcome) <= likeness:
                    raise _NoBetter
                recoveries.drop_offers(connection, [first.id])
            log.info("recovery.time_passed", tenant=tenant.id, mutation=first.id, count=made)
            time.note([first])
            return True
        except _NoBetter:
            in_vain += 1
            time.was_in_vain(made)
        except EndingFailed:
            # That one is left out from here on.
            return _decide_in_time(time, engine, tenant, first, likeness)
        except (TooMuch, TookTooLong):
            time.pass_to(first)
            return False
        except (StorageFault, MemoryError):
            raise
        except Exception:
            # It came out somehow without that, and is decided so.
            log.exception("recovery.not_in_time", tenant=tenant.id)
            return False
    return False


def _decide_share(time: Timeline, engine: Engine, tenant: Tenant, share: int, settled: str) -> int:
    """Decide the next edits, so many at most; `settled` is one that comes out as it may.

    Raises _Otherwise and EndingFailed.
    """
    offers: Sequence[Offer] = ()
    try:
        with tenant_transaction(engine, tenant) as connection:
            offers = _bearable(next_offers(connection, share))
            outcomes = _decide(connection, tenant, offers)
            _require_as_before(time, connection, offers, outcomes, settled)
            recoveries.drop_offers(connection, [one.id for one in offers])
        time.note(offers)
        return len(offers)
    except TookTooLong:
        if not offers:
            raise
        if len(offers) > 1:
            return _decide_some(time, engine, tenant, len(offers) // 2)
        log.warning("recovery.took_too_long", tenant=tenant.id, mutation=offers[0].id)
    except (_Otherwise, EndingFailed, StorageFault, MemoryError):
        raise
    except Exception:
        if share > 1:
            return sum(_decide_some(time, engine, tenant, 1) for _ in range(share))
        log.exception("recovery.set_aside", tenant=tenant.id)
    # Its own function failed, or its own length would for ever: its desk pushes it too, and there such a one is counted
    # and set aside, or asked for again, while everybody else goes on.
    with tenant_transaction(engine, tenant) as connection:
        # By its id: another process may have taken it by now, and the next one is not what failed.
        failed = offers or next_offers(connection, 1)
        recoveries.drop_offers(connection, [one.id for one in failed])
    return len(failed)


def _require_as_before(
    time: Timeline, connection: Connection, offers: Sequence[Offer], outcomes: Mapping[str, str], settled: str
) -> None:
    """See that time could change nothing in how these have come out, the `settled` one aside. Raises _Otherwise.

    Where one is settled at their beginning, and more than it is decided, nothing was due by their time before them.
    """
    for place, one in enumerate(offers):
        likeness = _likeness(one, outcomes.get(one.id))
        if likeness == _AS_BEFORE or one.id == settled:
            continue
        if settled != offers[0].id or _may_come_due(time, connection, offers):
            raise _Otherwise(offers, place, likeness)
        # Then none of the others could come out better either. Without this each would be looked at by itself.
        return


def _may_come_due(time: Timeline, connection: Connection, offers: Sequence[Offer]) -> bool:
    """Whether something that these have made was due among them, which still is where nobody has ended its rule."""
    return any(one.name.startswith(_RULES) for one in offers) or time.is_due(connection, time.looks[-1], offers)


def _bearable(offers: Sequence[Offer]) -> Sequence[Offer]:
    """What stands before the edits that would hold the clock for long, or be given up for their length."""
    mutations = [(MUTATIONS[one.name], one.args) for one in offers]
    return offers[: fitting(mutation.makes(mutation.parse(args)) for mutation, args in mutations)]


def _decide(connection: Connection, tenant: Tenant, offers: Sequence[Offer]) -> Mapping[str, str]:
    """Decide edits; how each ended, by its id, but for those that were decided before or whose author is not known.

    Before counts until the clock is taken: another process may end the same recovery.
    """
    known = pushes.known(connection, [one.id for one in offers])
    new = [one for one in offers if one.id not in known]

    def edits(_: int) -> Sequence[Edit]:
        # Asked once the clock is taken, and not before: somebody may lose their role while it is waited for.
        devices = {one.device_id for one in new if one.device_id is not None}
        with server_part(connection, tenant):
            shut_out = shut_out_of(connection, tenant.id, devices)
        here = pushes.live_on(connection, devices)
        state = WorkingSet(connection)
        return [edit for one in new if (edit := _edit(state, one, _author(one, here), shut_out)) is not None]

    if not new:
        return {}
    recording = record_then(connection, tenant, edits)
    return {one.id: one.outcome for one in recording.outcomes if one.version == recording.version}


def _author(offer: Offer, here: Collection[Person]) -> str:
    """Who answers for it: the one who made it, once they have signed in on the device that has handed it in."""
    made = any((one.device_id, one.user_id) == (offer.device_id, offer.made_by) and one.actor is None for one in here)
    return offer.made_by if made and offer.made_by is not None else offer.user_id


def _edit(state: WorkingSet, offer: Offer, author_id: str, shut_out: Collection[str]) -> Edit | None:
    """The edit as its author makes it today; None for somebody who is not known: their desk's push says so.

    What a device or a person has handed in that was shut out since is set aside. It may be all that there is of it:
    nobody knows whether the device comes again.
    """
    member = state.find(Member, author_id)
    if member is None:
        return None
    author = UserId(member.id)
    is_shut_out = offer.device_id in shut_out or not member.active
    why = _SHUT_OUT if is_shut_out else _BEFORE if offer.was_outcome == OutcomeKind.QUARANTINED else None
    return Edit(
        id=MutationId(offer.id),
        name=offer.name,
        args=offer.args,
        at=offer.at,
        actor=Actor(user_id=author, role=member.role, name=member.name),
        args_hash=offer.args_hash,
        aside=None if why is None else SetAside(incident=new_id(), why=why, author_id=author),
        before=RejectedBefore(code=offer.was_code) if offer.was_outcome == OutcomeKind.REJECTED else None,
        undoes=tuple(MutationId(one) for one in offer.undoes),
    )
