"""A desk's edits: checked, decided in one transaction, written, answered."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

import structlog

from shared import clock
from shared.errors import Code, Refusal, StorageFault
from shared.model.base import MutationId, UserId
from shared.model.registry import unstructured
from shared.mutations.registry import MUTATIONS
from shared.protocol import codec
from shared.protocol.messages import Push, Pushed
from shared.protocol.problems import ProblemCode
from syncserver.services.declined import Declined
from syncserver.services.identity import refusals
from syncserver.services.server import Principal, Server
from syncserver.services.sync import leases
from syncserver.services.sync.decisions import TRIES, Batch, Call, MutationFailed, Round, Wants, answer_of
from syncserver.services.sync.registering import OLDER, UPGRADED_AFTER
from syncserver.services.sync.standing import SessionOver, why_over
from syncserver.services.sync.writers import fitting
from syncserver.store import pushes
from syncserver.store.faults import TookTooLong
from syncserver.store.pipeline import abandon, finish
from syncserver.store.pushes import Decided, Recorded
from syncserver.store.tenancy import Tenant, TenantId, clocked_transaction, tenant_transaction
from syncserver.store.working_set import WorkingSet

log = structlog.get_logger()

RETRY_AFTER: Final = 1
"""Seconds after which trouble that passes is worth another try."""
_PASSES: Final = (StorageFault, MemoryError)
"""Trouble of the machine: it counts against no mutation, however often it comes."""


def parse(server: Server, principal: Principal, body: bytes) -> Batch:
    """The push of a request's body, up to what is not known here.

    Raises Refusal(INVALID), naming the place, and Declined where nothing is left, with nothing decided.
    """
    push = codec.message_of(body, Push)
    leased: dict[tuple[str, bool], datetime] = {}
    for place, one in enumerate(push.mutations):
        if one.seq != push.mutations[0].seq + place:
            raise _invalid(place, "seq", "the numbers of a push follow one another without a gap")
        if _lease(one) in leased:
            continue
        if one.was_version is None:
            given = leases.read(server, principal.tenant, one.lease, replica=push.replica)
        else:
            # Given to the same desk under an earlier name, and perhaps by a key that went with the history.
            given = leases.read(server, principal.tenant, one.lease) or clock.now()
        if given is None:
            raise _invalid(place, "lease", "this lease was not given to this replica")
        leased[_lease(one)] = given
    calls = tuple(call_of(place, one, leased[_lease(one)]) for place, one in enumerate(known_here(push.mutations)))
    return Batch(principal=principal, replica=push.replica, epoch=push.epoch, calls=calls)


def bearable(batch: Batch) -> Batch:
    """What stands before the edits that would hold the clock for long; who pushes sends those next."""
    count = fitting(call.weight for call in batch.calls)
    return batch if count == len(batch.calls) else replace(batch, calls=batch.calls[:count])


def _lease(one: Pushed) -> tuple[str, bool]:
    return one.lease, one.was_version is None


def _invalid(place: int, field: str, why: str) -> Refusal:
    return Refusal(Code.INVALID, what="field", field=f"mutations.{place}.{field}", why=why)


def known_here(mutations: Sequence[Pushed]) -> Sequence[Pushed]:
    """What stands before the first edit of a name or of a version that is not known here.

    Where that is the first of all: Declined if it is a newer version. A name may be a newer program's or nonsense; it
    is left, to be refused by whoever checks it.
    """
    known = list(takewhile(lambda one: one.name in MUTATIONS and not codec.is_newer(one.name, one.v), mutations))
    if not known and codec.is_newer(mutations[0].name, mutations[0].v):
        raise Declined(ProblemCode.RETRY, OLDER, retry_after=UPGRADED_AFTER)
    return known or mutations[:1]


def call_of(place: int, one: Pushed, lease_given: datetime) -> Call:
    """A mutation as it was pushed at a place, checked. Raises Refusal(INVALID), naming the place."""
    args = codec.arguments_of(one.name, one.v, one.args, at=f"mutations.{place}.args")
    mutation = MUTATIONS[one.name]
    return Call(
        seq=one.seq,
        id=MutationId(one.id),
        name=one.name,
        v=mutation.version,
        # In the one form that is read back later, whatever version was sent and however an instant was written.
        sent=unstructured(args),
        args=args,
        # A lease may be newer when it is sent again, an author signed in anew.
        args_hash=pushes.args_hash(one.name, one.v, one.args),
        author=one.author,
        made_at=lease_given + timedelta(seconds=one.elapsed),
        weight=mutation.makes(args),
        was_version=one.was_version,
        was_outcome=None if one.was_version is None else one.was_outcome,
        was_code=one.was_code,
        made_by=None if one.made_by is None else UserId(one.made_by),
        undoes=tuple(map(MutationId, one.undoes or ())),
    )


class Pushing:
    """Applies pushes; `apply` is the work of a tenant's one writer. `tell` hears of each version once it is there."""

    def __init__(self, server: Server, tell: Callable[[TenantId, int], None]) -> None:
        self._server = server
        self._tell = tell

    def apply(self, tenant: Tenant, batches: Sequence[Batch]) -> Sequence[bytes | Exception]:
        """The answer to each push, as JSON, all in one transaction; where that fails, each by itself."""
        try:
            return self._transact(tenant, batches)
        except _PASSES as trouble:
            log.warning("push.trouble", tenant=tenant.id, kind=type(trouble.__cause__ or trouble).__name__)
            # What took too long together would do so for ever; what is one edit has been tried by itself.
            if isinstance(trouble, TookTooLong) and sum(len(one.calls) for one in batches) > 1:
                return self._apart(tenant, batches)
            return [Declined(ProblemCode.RETRY, retry_after=RETRY_AFTER)] * len(batches)
        except Exception:  # noqa: BLE001 whose fault it is shows when each is tried by itself
            return self._apart(tenant, batches)

    def _apart(self, tenant: Tenant, batches: Sequence[Batch]) -> Sequence[bytes | Exception]:
        if len(batches) > 1:
            return [self.apply(tenant, [one])[0] for one in batches]
        try:
            return [self._one_by_one(tenant, batches[0])]
        except _PASSES:
            return [Declined(ProblemCode.RETRY, retry_after=RETRY_AFTER)]
        except Declined as declined:
            return [declined]
        except Exception as error:  # noqa: BLE001 not even set aside: whoever shares the round is not to suffer for it
            return [error]

    def _transact(self, tenant: Tenant, batches: Sequence[Batch]) -> list[bytes | Exception]:
        # Worked out before the clock is taken, which other workers may wait for.
        calls = [call for one in batches for call in one.calls]
        wants = Wants()
        wanted = wants.of(calls, lambda mutation, args: mutation.wants(args))
        beside = pushes.questions([one.asked for one in batches])
        with clocked_transaction(self._server.engine, tenant) as (connection, taken):
            state = WorkingSet(connection)
            facts = pushes.facts(state.load(wanted, beside=beside))
            version, now = taken(), clock.now()
            state.load(wants.of(calls, lambda mutation, args: mutation.wants_next(state, args)))

            def keep(decided: Decided) -> None:
                pushes.write(connection, version, now, state.take_changed(), decided)

            def known(mutation_id: str) -> Recorded | None:
                return pushes.known(connection, [mutation_id]).get(mutation_id)

            deciding = Round(self._server, state, facts, now, version=version, wants=wants, keep=keep, known=known)
            decided = [_or_declined(deciding, one) for one in batches]
            if deciding.count:
                deciding.end()
                finish(connection)
            else:
                abandon(connection)
            # While the database commits.
            answers: list[bytes | Exception] = [
                one if isinstance(one, Declined) else codec.encode(answer_of(batch, one))
                for batch, one in zip(batches, decided, strict=True)
            ]
        # What was decided before is told now, and whoever decided it may have died before it was noted.
        self._server.note_told(tenant.id, version if deciding.count else version - 1)
        if deciding.count:
            self._tell(tenant.id, version)
            log.info("push.applied", tenant=tenant.id, version=version, count=deciding.count)
            refusals.note(self._server, tenant, *deciding.refused)
        for place, (batch, answer) in enumerate(zip(batches, answers, strict=True)):
            if isinstance(answer, SessionOver):
                # Now that the clock is free, and the connection.
                answers[place] = why_over(self._server, batch.principal)
            if isinstance(answer, Declined) and answer.code is ProblemCode.REPLICA_FORKED:
                # A replica that was copied or put back, or somebody who changes what was said: worth a look.
                log.warning("push.forked", tenant=tenant.id, replica=batch.replica, **answer.extra)
        return answers

    def _one_by_one(self, tenant: Tenant, batch: Batch) -> bytes:
        """Each mutation in a transaction of its own.

        What stands before a failing one is not held up by it. One that has failed alone often enough is set aside, so
        that what stands after it goes on.
        """
        for call in batch.calls:
            alone = Batch(principal=batch.principal, replica=batch.replica, epoch=batch.epoch, calls=(call,))
            try:
                self._answered(tenant, alone)
            except (*_PASSES, Declined):
                raise
            except Exception as error:
                if self._count(tenant, alone, error) < TRIES:
                    raise Declined(ProblemCode.RETRY, retry_after=RETRY_AFTER) from error
                self._answered(tenant, alone)
        return self._answered(tenant, batch)

    def _answered(self, tenant: Tenant, batch: Batch) -> bytes:
        (answer,) = self._transact(tenant, [batch])
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _count(self, tenant: Tenant, batch: Batch, error: Exception) -> int:
        (call,) = batch.calls
        with tenant_transaction(self._server.engine, tenant) as connection:
            failures = pushes.count_failure(connection, batch.replica, call.seq, call.incident)
        cause = error.__cause__ if isinstance(error, MutationFailed) else error
        log.error(
            "push.mutation_failed",
            tenant=tenant.id,
            replica=batch.replica,
            seq=call.seq,
            mutation=call.name,
            failures=failures,
            incident=call.incident,
            kind=type(cause).__name__,
            where=_where(cause),
        )
        return failures


def _or_declined(deciding: Round, batch: Batch) -> Sequence[Recorded] | Declined:
    try:
        return deciding.decide(batch)
    except Declined as declined:
        return declined


def _where(error: BaseException | None) -> str:
    """The innermost line of ours or others; never the message, which may name a person."""
    trace = error.__traceback__ if error else None
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
