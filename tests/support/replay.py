"""The history of a business, replayed through the pure rules from its log alone."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Engine

from shared.model.base import MutationId, UserId
from shared.model.business import Business
from shared.model.member import Member, Role
from shared.model.plan import Plan
from shared.model.registry import ENTITIES, Entity, entity_type, type_of
from shared.mutations.decide import (
    PASSED_OVER,
    Decision,
    OutcomeKind,
    RejectedBefore,
    SetAside,
    decide,
    reject_again,
    set_aside,
)
from shared.mutations.registry import Actor, Context
from shared.protocol.codec import arguments_of
from syncserver.services.sync.outcomes import details_of, kept_of
from syncserver.store.pushes import WAYS
from syncserver.store.tenancy import Tenant, tenant_transaction
from tests.support.memory import MemoryTx
from tests.support.shop import stored_rows

_FOUNDED = "SELECT founded, founded_plan FROM tenant_state"
_LOG = """
SELECT id::text, name, v, args, user_id::text, role, as_whom::text, at, outcome, details, undoes
FROM mutation_log ORDER BY version, ordinal
"""


Watch = Callable[[Any, MemoryTx], Callable[[], None]]
"""Looks at an entry and the book before it; what it gives back looks at the book after it."""


def _unwatched(entry: Any, tx: MemoryTx) -> Callable[[], None]:
    return lambda: None


class ToldOtherwise(AssertionError):
    """A mutation was decided otherwise than the log says."""


def replayed(engine: Engine, tenant: Tenant, *before: Entity, watch: Watch = _unwatched) -> dict[str, dict[str, Any]]:
    """The rows of a tenant as its history makes them, on the wire, by table and id. Raises ToldOtherwise.

    `before` are rows that stood there before the history began, by no edit; `watch` looks at each entry.

    It begins with the business as `tenant create` founded it, which the tenant's schema keeps, and with
    the plan that it had then; before there were plans, without one, which limits nothing. Members are taken as
    they stand: they are copies of what the control side decided online (`user create`), by no mutation. A rule asks of
    them only whether they exist, and they are never removed; what rights somebody had when they made an edit stands in
    the log.
    """
    with tenant_transaction(engine, tenant, read_only=True) as connection:
        founded, plan = connection.exec_driver_sql(_FOUNDED).one()
        log = list(connection.exec_driver_sql(_LOG))
    members = stored_rows(engine, tenant)["member"].values()
    tx = MemoryTx(
        entity_type(Business).decode(orjson.loads(founded)),
        *(() if plan is None else (entity_type(Plan).decode(orjson.loads(plan)),)),
        *(entity_type(Member).decode(row) for row in members),
        *before,
    )
    nothing: set[str] = set()
    made_at: dict[str, datetime] = {}
    ways: dict[str, Sequence[str]] = {}
    for entry in log:
        then = watch(entry, tx)
        undoes = orjson.loads(entry.undoes) if entry.undoes else ()
        changed_nothing = "already" in orjson.loads(entry.details)
        if not (undoes and nothing.issuperset(undoes) and changed_nothing):
            _decide_again(tx, entry, _TakenBack.by(entry, undoes, made_at, ways))
        made_at[entry.id] = entry.at
        ways[entry.id] = orjson.loads(entry.details).get(WAYS, ())
        if changed_nothing:
            nothing.add(entry.id)
        then()
    rows: dict[str, dict[str, Any]] = {table: {} for table in ENTITIES}
    for row in tx.rows.values():
        kind = type_of(row)
        rows[kind.table][row.id] = orjson.loads(orjson.dumps(kind.encode(row)))
    return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class _TakenBack:
    """What is known of the edits that one takes back."""

    takes_back: bool
    at: frozenset[datetime] | None
    ways: frozenset[str] | None

    @classmethod
    def by(
        cls, entry: Any, undoes: Collection[str], made_at: Mapping[str, datetime], ways: Mapping[str, Sequence[str]]
    ) -> "_TakenBack":
        at = frozenset(made_at[one] for one in undoes) if undoes and made_at.keys() >= set(undoes) else None
        known = [ways.get(one, ()) for one in undoes]
        told = frozenset(one for each in known for one in each) if known and all(known) else None
        if orjson.loads(entry.details).get("details", {}).get("what") == PASSED_OVER:
            # After an erasure the log says no more what would have taken it back.
            told = frozenset()
        return cls(takes_back=bool(undoes), at=at, ways=told)


def _decide_again(tx: MemoryTx, entry: Any, back: _TakenBack) -> None:
    sent = orjson.loads(entry.args)
    args = arguments_of(entry.name, entry.v, sent)
    decision = (
        _set_aside(tx, entry, args, sent)
        if entry.outcome == OutcomeKind.QUARANTINED
        else _decided(tx, entry, args, sent, back)
    )
    logged = orjson.loads(entry.details)
    details = details_of(decision)
    # Nor of an edit itself.
    kept = kept_of(decision, details) if WAYS in logged else details
    now = (decision.outcome.value, orjson.loads(orjson.dumps(kept)))
    if now != (entry.outcome, logged):
        raise ToldOtherwise(f"{entry.name} {entry.id}: {now}, but the log says {entry.outcome} {entry.details}")


def _set_aside(tx: MemoryTx, entry: Any, args: Any, sent: Any) -> Decision:
    """What cannot be decided again is kept again: why stands in the log."""
    told = orjson.loads(entry.details)
    aside = SetAside(incident=told["incident"], why=told["details"]["why"], author_id=told["details"]["author"])
    mutation_id = MutationId(entry.id)
    return set_aside(tx, entry.name, args, sent, mutation_id=mutation_id, at=entry.at, aside=aside)


def _decided(tx: MemoryTx, entry: Any, args: Any, sent: Any, back: _TakenBack) -> Decision:
    actor = Actor(
        user_id=UserId(entry.user_id),
        role=Role(entry.role),
        as_whom=UserId(entry.as_whom) if entry.as_whom else None,
    )
    ctx = Context(
        at=entry.at,
        actor=actor,
        mutation_id=MutationId(entry.id),
        takes_back=back.takes_back,
        taken_back_at=back.at,
        ways_back=back.ways,
    )
    told = orjson.loads(entry.details)
    if told.get("details", {}).get("put_back"):
        return reject_again(tx, ctx, entry.name, args, sent, RejectedBefore(code=told["code"]))
    return decide(tx, ctx, entry.name, args, sent)
