"""What becomes of the mutations of one transaction: decided in order over the working set, in memory."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from shared.errors import StorageFault
from shared.ids import derived_id, new_id
from shared.model.base import MutationId, UserId, value
from shared.mutations.decide import Decision, OutcomeKind, RejectedBefore, SetAside, decide, reject_again, set_aside
from shared.mutations.registry import MUTATIONS, Actor, Context, Mutation
from shared.protocol.messages import Outcome, PushAnswer
from shared.protocol.problems import ProblemCode
from shared.store import Wanted
from syncserver.services.declined import Declined
from syncserver.services.identity.refusals import NOTED, Refused
from syncserver.services.server import Principal, Server
from syncserver.services.sync.authors import author_of
from syncserver.services.sync.outcomes import details_of, kept_of
from syncserver.services.sync.standing import require_desk
from syncserver.store import pushes
from syncserver.store.pushes import Asked, Decided, Facts, Logged, Person, Recorded, Replica, Reported
from syncserver.store.working_set import WorkingSet

TRIES: Final = 5
"""How often a mutation's own function may fail before it is set aside."""
RECOVERS: Final = 5
"""Seconds after which a desk asks whether recovery is over."""
SHARE: Final = 100
"""Decisions that are written together, by the database while the next ones are made."""


@value
class Call:
    """One mutation as it was pushed, checked: its arguments, their hash, and when it says that it was made."""

    seq: int
    id: MutationId
    name: str
    v: int
    sent: Mapping[str, Any]
    args: Any
    args_hash: str
    author: str
    made_at: datetime
    weight: int
    """How long it takes, as so many visits that are decided: a series takes as long as each of its visits."""
    was_version: int | None = None
    """The version that it had in an earlier history of this database."""
    was_outcome: str | None = None
    was_code: str | None = None
    """How it had ended there; None where its desk does not say."""
    made_by: UserId | None = None
    """Whose it is as its desk says, which proves nothing."""
    undoes: tuple[MutationId, ...] = ()
    """The mutations that it takes back, or does again."""

    @property
    def incident(self) -> str:
        """What it is whenever its function fails: another edit may come to have the same number."""
        return derived_id("failed", self.id)


@value
class Batch:
    """One push: who pushes, for which replica, and its mutations in order, none missing between them."""

    principal: Principal
    replica: str
    epoch: str
    calls: tuple[Call, ...]

    @property
    def weight(self) -> int:
        """How long it takes, by the weights of its calls."""
        return sum(call.weight for call in self.calls)

    @property
    def asked(self) -> Asked:
        """What has to be known of it."""
        return Asked(
            replica=self.replica,
            device=self.principal.device,
            sessions=(self.principal.session, *{call.author for call in self.calls}),
            first=self.calls[0].seq,
            last=self.calls[-1].seq,
            ids=tuple(one for call in self.calls for one in (call.id, *call.undoes)),
        )


def require_replica(server: Server, batch: Batch, facts: Facts) -> Replica:
    """The replica that a push is from, where its device may push from it now and knows the database as it is.

    Raises Declined, as `require_desk` does where the session is over.
    """
    principal = batch.principal
    require_desk(principal, facts.people.get(principal.session), facts.terms)
    replica = facts.replicas.get(batch.replica)
    if replica is None or replica.device_id != principal.device:
        raise Declined(ProblemCode.NOT_FOUND)
    if batch.epoch != server.epoch:
        raise Declined(ProblemCode.EPOCH_CHANGED)
    return replica


class MutationFailed(Exception):
    """A mutation's own function raised what is no refusal: a bug of ours."""


class Wants:
    """What the mutations of some calls want to be read.

    One that fails to say wants nothing, and fails when it is decided: so it is counted, and in the end set aside.
    """

    def __init__(self) -> None:
        self._failed: dict[tuple[MutationId, str], Exception] = {}

    def of(self, calls: Sequence[Call], ask: Callable[[Mutation[Any], Any], Wanted]) -> list[Wanted]:
        """The answers of those that give one, now or when they were asked before."""
        return [self._of(call, ask) for call in calls if self.failure(call) is None]

    def _of(self, call: Call, ask: Callable[[Mutation[Any], Any], Wanted]) -> Wanted:
        try:
            return ask(MUTATIONS[call.name], call.args)
        except (StorageFault, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 whoever shares the round is not to suffer for it
            self._failed[call.id, call.args_hash] = error
            return Wanted()

    def failure(self, call: Call) -> Exception | None:
        """Why a call's mutation could not say what it wants; None where it could."""
        # Nearly always none has, and each edit asks twice while the clock is held.
        return self._failed.get((call.id, call.args_hash)) if self._failed else None


def apart(call: Call) -> MutationId:
    """Under which id an edit is kept whose own is another's: the same whenever it comes again."""
    return MutationId(derived_id("handed in", call.id, call.args_hash))


class Round:
    """The decisions of one transaction, after the clock; `keep` writes them, a share at a time, as `version`.

    `known` looks up what was decided before under an id that no call has.
    """

    def __init__(
        self, server: Server, state: WorkingSet, facts: Facts, now: datetime,
        *, version: int, wants: Wants, keep: Callable[[Decided], None], known: Callable[[str], Recorded | None],
    ) -> None:  # fmt: skip
        self._server = server
        self._state = state
        self._facts = facts
        self._now = now
        self._version = version
        self._wants = wants
        self._keep = keep
        self._known = known
        self._ordinal = 0
        self._logged: list[Logged] = []
        self._reported: list[Reported] = []
        self._advanced: dict[str, Replica] = {}
        self._authors: dict[tuple[str, str, str, str | None, str | None], Person | None] = {}
        self.count = 0
        """Mutations that were decided."""
        self.refused: list[Refused] = []
        """Those that their author may not make."""

    def end(self) -> None:
        """Have the rest written."""
        self._hand_over(self._advanced.values())

    def _hand_over(self, replicas: Collection[Replica] = ()) -> None:
        self._keep(Decided(first=self._ordinal, logged=self._logged, reported=self._reported, replicas=replicas))
        self._ordinal += len(self._logged)
        self._logged, self._reported = [], []

    def decide(self, batch: Batch) -> Sequence[Recorded]:
        """What becomes of every mutation. Raises Declined, with nothing of the batch decided, or MutationFailed."""
        replica = self._admitted(batch)
        if batch.calls[0].seq > replica.last_seq + 1:
            raise Declined(ProblemCode.SEQ_GAP, last_seq=replica.last_seq)
        past = [self._past(replica, call) for call in batch.calls if call.seq <= replica.last_seq]
        return past + [self._next(replica, batch.principal, call) for call in batch.calls[len(past) :]]

    def _admitted(self, batch: Batch) -> Replica:
        replica = require_replica(self._server, batch, self._facts)
        if replica.retired:
            raise Declined(ProblemCode.REPLICA_RETIRED)
        if self._facts.recovering_until is not None:
            raise Declined(ProblemCode.RECOVERING, retry_after=RECOVERS)
        return replica

    def _past(self, replica: Replica, call: Call) -> Recorded:
        known = self._facts.by_seq.get((replica.id, call.seq)) or self._facts.by_id.get(call.id)
        if known is None or known.id != call.id or not known.is_of(call.args_hash):
            raise Declined(ProblemCode.REPLICA_FORKED, seq=call.seq)
        return known

    def _next(self, replica: Replica, principal: Principal, call: Call) -> Recorded:
        at = self._time_of(replica, call)
        known = self._facts.by_id.get(call.id)
        if twice := known is not None and not known.is_of(call.args_hash):
            known = self._kept_apart(call)
        if known is None:
            known = self._decided(replica, call, at, self._author(principal, call), twice=twice)
        self._reported.append(Reported(replica=replica.id, seq=call.seq, recorded=known))
        # The same push may stand twice in one round, when its reply was lost.
        self._facts.by_seq[replica.id, call.seq] = known
        replica.last_seq, replica.last_at = call.seq, at
        self._advanced[replica.id] = replica
        self.count += 1
        if self.count % SHARE == 0:
            # What is decided so far breaks no rule, so it can be written before the rest is.
            self._hand_over()
        return known

    def _kept_apart(self, call: Call) -> Recorded | None:
        """What became of an edit whose id is another's, where it came before: under another name of its desk, say."""
        by_id, kept_as = self._facts.by_id, apart(call)
        found = by_id.get(kept_as) or self._known(kept_as)
        return None if found is None else replace(found, id=call.id)

    def _time_of(self, replica: Replica, call: Call) -> datetime:
        """When it was made: never before the mutation that precedes it, never after now."""
        earliest = call.made_at if replica.last_at is None else max(call.made_at, replica.last_at)
        return min(earliest, self._now)

    def _author(self, principal: Principal, call: Call) -> Person | None:
        again = None if call.was_version is None else principal.session
        asked = (principal.device, call.author, principal.session, again, call.made_by)
        if asked not in self._authors:
            # The same for nearly all edits of a push, and nobody comes or goes while the clock is held.
            self._authors[asked] = author_of(
                self._facts.people.values(),
                principal.device,
                call.author,
                pushed_by=principal.session,
                handed_in_by=again,
                made_by=None if again is None else call.made_by,
            )
        return self._authors[asked]

    def _decided(self, replica: Replica, call: Call, at: datetime, author: Person | None, *, twice: bool) -> Recorded:
        """What is recorded of a mutation, once it is decided and noted for the log."""
        # Where another mutation has its id, the arguments are kept all the same.
        logged_as = apart(call) if twice else call.id
        by = self._decided_by(replica, call, author, twice=twice)
        if isinstance(by, SetAside):
            decision = self._set_aside(call, logged_as, at, by)
        else:
            decision = self._decision(call, at, by)
            if decision.code in NOTED:
                under = call.author if by.actor is not None else None
                refused = Refused(user=by.user_id, what=call.name, code=decision.code, masquerade=under)
                self.refused.append(refused)
        outcome, details = decision.outcome, details_of(decision)
        args_hash = "" if decision.forgets else call.args_hash
        self._logged.append(
            Logged(
                replica=replica.id,
                seq=call.seq,
                id=logged_as,
                name=call.name,
                v=call.v,
                args=decision.kept(call.sent),
                args_hash=args_hash,
                session=call.author,
                user=(author.actor or author.user_id) if author else None,
                role=author.role if author else None,
                as_whom=author.user_id if author and author.actor else None,
                at=at,
                outcome=outcome.value,
                details=kept_of(decision, details),
                undoes=call.undoes,
            )
        )
        recorded = Recorded(
            id=call.id,
            args_hash=args_hash,
            outcome=outcome.value,
            details=details,
            version=self._version,
            at=at,
            ways=decision.ways,
        )
        self._facts.by_id.setdefault(logged_as, recorded)
        return recorded

    def _decided_by(self, replica: Replica, call: Call, author: Person | None, *, twice: bool) -> Person | SetAside:
        """By whose rights a mutation is decided, or why it is not."""
        failures = self._facts.failures.get((replica.id, call.seq)) if self._facts.failures else None
        if failures is not None and failures.incident == call.incident and failures.count >= TRIES:
            return SetAside(incident=failures.incident, why="failed", author_id=self._made_by(replica, call))
        if author is None or twice:
            why = "same_id" if twice else "author"
            return SetAside(incident=new_id(), why=why, author_id=self._made_by(replica, call))
        if call.was_outcome == OutcomeKind.QUARANTINED:
            return SetAside(incident=new_id(), why="before", author_id=self._made_by(replica, call))
        return author

    def _made_by(self, replica: Replica, call: Call) -> UserId | None:
        """Whose session on the pushing device made it, live or not."""
        named = self._facts.people.get(call.author)
        return named.user_id if named is not None and named.device_id == replica.device_id else None

    def _set_aside(self, call: Call, logged_as: MutationId, at: datetime, aside: SetAside) -> Decision:
        return set_aside(self._state, call.name, call.args, call.sent, mutation_id=logged_as, at=at, aside=aside)

    def _decision(self, call: Call, at: datetime, author: Person) -> Decision:
        rejected = call.was_outcome == OutcomeKind.REJECTED
        if call.undoes and not rejected and pushes.changed_nothing(self._facts.by_id, call.undoes):
            # What it would take back is somebody else's doing.
            return Decision(outcome=OutcomeKind.APPLIED, already=True)
        actor = Actor(
            user_id=author.actor or author.user_id, role=author.role, name=author.name,
            as_whom=author.user_id if author.actor else None,
        )  # fmt: skip
        ctx = Context(
            at=at, actor=actor, mutation_id=call.id, takes_back=bool(call.undoes),
            taken_back_at=pushes.made_at(self._facts.by_id, call.undoes),
            ways_back=pushes.ways_back(self._facts.by_id, call.undoes),
            # What others had done before it is here only where they have handed that in.
            notes_ways=call.was_version is None, decided_at=self._now,
        )  # fmt: skip
        if (failure := self._wants.failure(call)) is not None:
            raise MutationFailed(call.name) from failure
        try:
            if rejected:
                before = RejectedBefore(code=call.was_code)
                return reject_again(self._state, ctx, call.name, call.args, call.sent, before)
            return decide(self._state, ctx, call.name, call.args, call.sent)
        except (StorageFault, MemoryError):
            raise
        except Exception as error:
            raise MutationFailed(call.name) from error


def answer_of(batch: Batch, recorded: Sequence[Recorded]) -> PushAnswer:
    """What a desk is told of its push."""
    return PushAnswer(
        # Not the version of now: the same push again has the same answer, whatever others wrote meanwhile.
        version=max(one.version for one in recorded),
        outcomes=tuple(_told(call.seq, one) for call, one in zip(batch.calls, recorded, strict=True)),
    )


def _told(seq: int, known: Recorded) -> Outcome:
    return Outcome(seq=seq, id=known.id, outcome=known.outcome, **known.details)
