"""What the server itself does to a business's book, by the same rules and into the same log as what desks do."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from shared import clock
from shared.errors import AppError, Refusal
from shared.model.base import MutationId, value
from shared.model.registry import unstructured
from shared.mutations.decide import (
    Decision,
    OutcomeKind,
    RejectedBefore,
    SetAside,
    decide,
    reject_again,
    set_aside,
)
from shared.mutations.registry import MUTATIONS, Actor, Context
from shared.protocol.codec import arguments_of
from syncserver.services.sync.outcomes import details_of
from syncserver.store import pushes
from syncserver.store.handles import Connection
from syncserver.store.pushes import Decided, Logged, Recorded
from syncserver.store.tenancy import Tenant, take_clock
from syncserver.store.working_set import WorkingSet


@value
class Edit:
    """One mutation of the newest version, its arguments as on the wire, and when it is made.

    What was pushed before has an author and a hash of its own. One with `aside` is not decided, and says why; one that
    was rejected `before` is again. What only takes back (`undoes`) what changed nothing changes nothing either.
    """

    id: MutationId
    name: str
    args: Mapping[str, Any]
    at: datetime
    actor: Actor | None = None
    args_hash: str = ""
    aside: SetAside | None = None
    before: RejectedBefore | None = None
    undoes: tuple[MutationId, ...] = ()


@value
class Recording:
    """What came of edits: the version that wrote them, for the desks to be told of, and each outcome in order.

    `changed` says whether the book is another than before: what is so already is applied, and changes nothing.
    """

    version: int
    outcomes: tuple[Recorded, ...]
    changed: bool


class EditRefused(AppError):
    """The rules did not take an edit that had to be taken as it was.

    `refusal` is theirs; None where they would have taken it otherwise than it was asked for.
    """

    def __init__(self, edit: Edit, decision: Decision) -> None:
        super().__init__(f"{edit.name} at {edit.at}: {details_of(decision)}")
        told = decision.details or {}
        self.refusal = Refusal(decision.code, **told) if decision.code else None


def record(
    connection: Connection,
    tenant: Tenant,
    edits: Sequence[Edit],
    actor: Actor | None = None,
    *,
    must_apply: bool = False,
) -> Recording:
    """Decide edits in order as `actor` or each as its own, write what came of them and log them.

    In a tenant's transaction. The clock is taken here, so nothing else of it may have taken it. An edit that was
    recorded before has its outcome already and does nothing again. One that the rules refuse becomes an attention item,
    as a desk's does; with `must_apply` it raises EditRefused instead, as does one that is adjusted, and the transaction
    is to be rolled back. Raises Refusal(INVALID) for arguments that do not fit, before anything is decided, and
    ValueError for an id that stands in the log with other arguments.
    """
    return record_then(connection, tenant, lambda version: edits, actor, must_apply=must_apply)


def record_then(
    connection: Connection,
    tenant: Tenant,
    edits: Callable[[int], Sequence[Edit]],
    actor: Actor | None = None,
    *,
    must_apply: bool = False,
) -> Recording:
    """The same with edits that are made once nobody else can write: `edits` is given the version that writes them."""
    deciding = _Deciding(connection, version := take_clock(connection, tenant))
    return deciding.run([_checked(edit, actor) for edit in edits(version)], must_apply=must_apply)


@value
class _Call:
    edit: Edit
    actor: Actor
    v: int
    args: Any
    sent: Mapping[str, Any]
    args_hash: str


def _checked(edit: Edit, actor: Actor | None) -> _Call:
    decides = edit.actor or actor
    if decides is None:
        raise ValueError(f"nobody makes the {edit.name}")
    version = MUTATIONS[edit.name].version
    args = arguments_of(edit.name, version, edit.args)
    args_hash = edit.args_hash or pushes.args_hash(edit.name, version, edit.args)
    return _Call(edit=edit, actor=decides, v=version, args=args, sent=unstructured(args), args_hash=args_hash)


class _Deciding:
    """The decisions of one call of `record`, after the clock."""

    def __init__(self, connection: Connection, version: int) -> None:
        self._connection = connection
        self._version = version
        self._state = WorkingSet(connection)
        self._logged: list[Logged] = []
        self._known: dict[str, Recorded] = {}

    def run(self, calls: Sequence[_Call], *, must_apply: bool) -> Recording:
        asked = [one for call in calls for one in (call.edit.id, *call.edit.undoes)]
        known = self._known = pushes.known(self._connection, asked)
        self._state.load([MUTATIONS[call.edit.name].wants(call.args) for call in calls if call.edit.id not in known])
        for call in calls:
            before = known.get(call.edit.id)
            if before is None:
                known[call.edit.id] = self._decided(call, must_apply=must_apply)
            elif not before.is_of(call.args_hash):
                raise ValueError(f"another {call.edit.name} has the id {call.edit.id}")
        decided, changed = Decided(logged=self._logged), self._state.take_changed()
        pushes.write(self._connection, self._version, clock.now(), changed, decided)
        outcomes = tuple(known[call.edit.id] for call in calls)
        return Recording(version=self._version, outcomes=outcomes, changed=bool(changed))

    def _decided(self, call: _Call, *, must_apply: bool) -> Recorded:
        edit = call.edit
        decision = self._decision(call, edit)
        if must_apply and decision.outcome is not OutcomeKind.APPLIED:
            raise EditRefused(edit, decision)
        self._logged.append(self._entry(call, decision))
        return Recorded(
            id=edit.id, args_hash=call.args_hash, outcome=decision.outcome.value, details=details_of(decision),
            version=self._version, at=edit.at,
        )  # fmt: skip

    def _decision(self, call: _Call, edit: Edit) -> Decision:
        if edit.aside is not None:
            return set_aside(
                self._state, edit.name, call.args, call.sent, mutation_id=edit.id, at=edit.at, aside=edit.aside
            )  # fmt: skip
        if edit.undoes and edit.before is None and pushes.changed_nothing(self._known, edit.undoes):
            return Decision(outcome=OutcomeKind.APPLIED, already=True)
        ctx = Context(
            at=edit.at, actor=call.actor, mutation_id=edit.id, takes_back=bool(edit.undoes),
            taken_back_at=pushes.made_at(self._known, edit.undoes),
            ways_back=pushes.ways_back(self._known, edit.undoes),
            # The server's own edits nobody takes back; and what is decided again may stand on what is not here yet.
            notes_ways=False,
        )  # fmt: skip
        if edit.before is not None:
            return reject_again(self._state, ctx, edit.name, call.args, call.sent, edit.before)
        return decide(self._state, ctx, edit.name, call.args, call.sent)

    def _entry(self, call: _Call, decision: Decision) -> Logged:
        return Logged(
            replica=None,
            seq=None,
            id=call.edit.id,
            name=call.edit.name,
            v=call.v,
            args=decision.kept(call.sent),
            args_hash="" if decision.forgets else call.args_hash,
            session=None,
            user=call.actor.user_id,
            role=call.actor.role,
            as_whom=call.actor.as_whom,
            at=call.edit.at,
            outcome=decision.outcome.value,
            details=details_of(decision),
            undoes=call.edit.undoes,
        )
