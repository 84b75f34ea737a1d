"""What a push is decided by beside the book itself, and what is kept of it."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from shared.clock import instant_text
from shared.model.base import MutationId, ReplicaId, SessionId, UserId, value
from shared.model.member import Role
from shared.model.registry import canonical
from syncserver.store.rows import Key, Row, flush_statements
from syncserver.store.statements import Statement, array_text, ask_all, run_all, send_all
from syncserver.store.tenancy import allow_for
from syncserver.store.terms import Terms, terms_of

WAYS: Final = "ways"
"""Where the log keeps what takes an edit back."""


@dataclass(slots=True, kw_only=True)
class Replica:
    """A replica as the server knows it; `last_at` is the time of its latest decided mutation."""

    id: ReplicaId
    device_id: str
    schema: int
    last_seq: int
    last_at: datetime | None
    retired: bool
    """Whether it was away for so long that its outcomes are kept no more."""


@value
class Person:
    """Whom a session on a device stands for, and whether it is live."""

    session_id: SessionId
    user_id: UserId
    device_id: str
    live: bool
    role: Role
    name: str
    active: bool
    actor: UserId | None = None
    """Who really is there, where somebody masquerades as the person."""


@value
class Recorded:
    """A mutation that was decided before, and the version in which it was."""

    id: MutationId
    args_hash: str
    outcome: str
    details: dict[str, Any]
    version: int
    at: datetime | None = None
    """When it was made; None where nobody asked for that."""
    ways: tuple[str, ...] = ()
    """What takes it back, in short, where that was noted."""

    def is_of(self, args_hash: str) -> bool:
        """Whether arguments of this hash are the mutation's; after an erasure nothing of them is known any more."""
        return self.args_hash in ("", args_hash)


@value
class Failures:
    """How often a mutation's own function has failed, and the incident that says how and which mutation it was."""

    count: int
    incident: str


@value
class Facts:
    """All of it, for the pushes of one transaction."""

    terms: Terms
    recovering_until: datetime | None
    replicas: dict[str, Replica]
    people: dict[str, Person]
    """By session: those that go on on the devices that push, and of those that have ended the ones that are named."""
    by_seq: dict[tuple[str, int], Recorded]
    by_id: dict[str, Recorded]
    failures: dict[tuple[str, int], Failures]


@value
class Asked:
    """What a push names: its replica and device, its sessions, its mutations and those that they take back."""

    replica: str
    device: str
    sessions: tuple[str, ...]
    """That of whoever pushes, and those in which its mutations were made."""
    first: int
    last: int
    ids: tuple[str, ...]


@value
class Logged:
    """One decided mutation for the log; what the server itself does has no replica, no number and no session."""

    replica: str | None
    seq: int | None
    id: str
    name: str
    v: int
    args: object
    args_hash: str
    session: str | None
    user: str | None
    role: Role | None
    """The author's role then, for it decided."""
    as_whom: str | None = None
    at: datetime
    outcome: str
    details: object
    undoes: tuple[str, ...] = ()
    """The mutations that it takes back."""


@value
class Reported:
    """One outcome to be told to its replica until that has stored it."""

    replica: str
    seq: int
    recorded: Recorded


@value
class Decided:
    """Decisions to be written: mutations for the log, of which the first has the ordinal `first`, and what follows."""

    first: int = 0
    logged: Sequence[Logged] = ()
    reported: Sequence[Reported] = ()
    replicas: Collection[Replica] = ()


# At a shared desk people come and go all day, and what has ended is kept for long: it is found by its id alone.
_PEOPLE: Final = """
SELECT json_build_array(session.id, session.user_id, session.device_id, session.ended_at IS NULL, member.role,
    member.name, member.active, session.actor_id)::text
FROM session JOIN member ON member.id = session.user_id WHERE session.device_id = ANY(%s::uuid[])
"""
_LIVE: Final = f"{_PEOPLE} AND session.ended_at IS NULL"
_ENDED: Final = f"{_PEOPLE} AND session.ended_at IS NOT NULL AND session.id = ANY(%s::uuid[])"
# OFFSET 0 keeps the planner from joining the whole table with a list whose length it cannot know.
_OUTCOMES: Final = """
SELECT json_build_array(told.replica_id, told.seq, told.id, told.args_hash, told.outcome, told.details,
    told.version)::text
FROM json_to_recordset(%s::json) AS asked (replica uuid, first bigint, last bigint)
CROSS JOIN LATERAL (
    SELECT * FROM outcome WHERE replica_id = asked.replica AND seq BETWEEN asked.first AND asked.last OFFSET 0
) told
"""
_KNOWN: Final = """
SELECT json_build_array(id, args_hash, outcome, details, version, at)::text FROM mutation_log WHERE id = ANY(%s::uuid[])
"""
_MAKERS: Final = """
SELECT json_build_array(id, user_id)::text FROM mutation_log WHERE id = ANY(%s::uuid[])
"""
_REPLICAS: Final = """
SELECT json_build_array(id, device_id, schema, last_seq, last_at, retired_at IS NOT NULL)::text
FROM replica WHERE id = ANY(%s::uuid[])
"""
_FAILURES: Final = """
SELECT json_build_array(replica_id, seq, failures, incident)::text FROM mutation_failure
WHERE replica_id = ANY(%s::uuid[])
"""
_STATE: Final = """
SELECT json_build_array(state, plan.features, recovering_until, offline_lease)::text FROM tenant_state CROSS JOIN plan
"""


def questions(asked: Collection[Asked]) -> list[Statement]:
    """What to ask, after the clock, to know by what these pushes are decided; `facts` reads the answers."""
    replicas, devices = array_text(one.replica for one in asked), array_text(one.device for one in asked)
    named = array_text({session for one in asked for session in one.sessions})
    ranges = [{"replica": one.replica, "first": one.first, "last": one.last} for one in asked]
    return [
        (_STATE, ()),
        (_REPLICAS, (replicas,)),
        (_LIVE, (devices,)),
        (_ENDED, (devices, named)),
        (_OUTCOMES, (canonical(ranges),)),
        (_KNOWN, (array_text(mutation_id for one in asked for mutation_id in one.ids),)),
        (_FAILURES, (replicas,)),
    ]


def facts(answers: Sequence[Sequence[Any]]) -> Facts:
    """What the answers to `questions` say."""
    ((state, features, until, lease),), known_replicas, live, ended, by_seq, by_id, failures = answers
    return Facts(
        terms=terms_of(state, features, lease),
        recovering_until=None if until is None else datetime.fromisoformat(until),
        replicas={row[0]: _replica(row) for row in known_replicas},
        people={row[0]: person_of(row) for row in (*live, *ended)},
        by_seq={(row[0], row[1]): _recorded(row[2:]) for row in by_seq},
        by_id={row[0]: _recorded(row) for row in by_id},
        failures={(row[0], row[1]): Failures(count=row[2], incident=row[3]) for row in failures},
    )


def known(connection: Connection, ids: Iterable[str]) -> dict[str, Recorded]:
    """Those of these mutations that were decided before, by their ids."""
    (rows,) = ask_all(connection, [(_KNOWN, (array_text(ids),))])
    return {row[0]: _recorded(row) for row in rows}


def changed_nothing(recorded: Mapping[str, Recorded], ids: Collection[str]) -> bool:
    """Whether all of these mutations found what they wanted: taking them back is for nobody."""
    return all((one := recorded.get(each)) is not None and "already" in one.details for each in ids)


def made_at(recorded: Mapping[str, Recorded], ids: Collection[str]) -> frozenset[datetime] | None:
    """When these mutations were made; None where one of them is not known, or none is named."""
    if not ids:
        return None
    found = [recorded[each].at if each in recorded else None for each in ids]
    known = frozenset(one for one in found if one is not None)
    return known if None not in found else None


def ways_back(recorded: Mapping[str, Recorded], ids: Collection[str]) -> frozenset[str] | None:
    """What takes these mutations back; None where that was not noted of all of them."""
    if not ids:
        return None
    found = [recorded[each].ways if each in recorded else () for each in ids]
    return frozenset(one for ways in found for one in ways) if all(found) else None


def makers(connection: Connection, ids: Iterable[str]) -> dict[str, UserId | None]:
    """Who made those of these mutations that were decided before; None where nobody stands for one."""
    (rows,) = ask_all(connection, [(_MAKERS, (array_text(ids),))])
    return dict(rows)


def live_on(connection: Connection, devices: Iterable[str]) -> Sequence[Person]:
    """Whom the sessions on some devices stand for that have not ended."""
    (rows,) = ask_all(connection, [(_LIVE, (array_text(devices),))])
    return [person_of(row) for row in rows]


def args_hash(name: str, version: int, args: object) -> str:
    """What must be the same when a mutation is sent again, as hexadecimal SHA-256."""
    return hashlib.sha256(canonical([name, version, args]).encode()).hexdigest()


def _replica(row: Sequence[Any]) -> Replica:
    replica, device, schema, last_seq, last_at, retired = row
    at = None if last_at is None else datetime.fromisoformat(last_at)
    return Replica(id=replica, device_id=device, schema=schema, last_seq=last_seq, last_at=at, retired=retired)


def person_of(row: Sequence[Any]) -> Person:
    """The person of a row of session, user, device, live, role, name, activity, and who is there as them."""
    session, user, device, live, role, name, active, actor = row
    return Person(
        session_id=SessionId(str(session)),
        user_id=UserId(str(user)),
        device_id=str(device),
        live=live,
        role=Role(role),
        name=name,
        active=active,
        actor=None if actor is None else UserId(str(actor)),
    )


def _recorded(row: Sequence[Any]) -> Recorded:
    mutation, args_hash, outcome, details, version, *told = row
    at = datetime.fromisoformat(told[0]) if told else None
    ways = tuple(details.pop(WAYS, ()))
    return Recorded(
        id=mutation, args_hash=args_hash, outcome=outcome, details=details, version=version, at=at, ways=ways
    )  # fmt: skip


_LOG: Final = """
INSERT INTO mutation_log (version, ordinal, replica_id, seq, id, name, v, args, args_hash, session_id, user_id, role,
    as_whom, at, outcome, details, undoes, recorded_at)
SELECT %s, ordinal, replica, seq, id, name, v, args, args_hash, session, "user", role, as_whom, at, outcome, details,
    undoes, %s
FROM json_to_recordset(%s::json) AS logged (ordinal bigint, replica uuid, seq bigint, id uuid, name text, v bigint,
    args json, args_hash text, session uuid, "user" uuid, role text, as_whom uuid, at timestamptz, outcome text,
    details json, undoes json)
"""
_REPORT: Final = """
INSERT INTO outcome (replica_id, seq, id, args_hash, outcome, details, version)
SELECT replica, seq, id, args_hash, outcome, details, version
FROM json_to_recordset(%s::json) AS reported (replica uuid, seq bigint, id uuid, args_hash text, outcome text,
    details json, version bigint)
"""
_ADVANCE: Final = """
UPDATE replica SET last_seq = advanced.last_seq, last_at = advanced.last_at, seen_at = %s
FROM json_to_recordset(%s::json) AS advanced (id uuid, last_seq bigint, last_at timestamptz)
WHERE replica.id = advanced.id
"""


def write(
    connection: Connection, version: int, now: datetime, changed: Mapping[Key, Row | None], decided: Decided
) -> None:
    """The changed rows, None for one that is gone, and the decisions that changed them.

    In a clocked transaction this waits for no answer: the database writes while more is decided.
    """
    log = [
        {
            "ordinal": ordinal, "replica": one.replica, "seq": one.seq, "id": one.id, "name": one.name, "v": one.v,
            "args": one.args, "args_hash": one.args_hash, "session": one.session, "user": one.user,
            "role": one.role, "as_whom": one.as_whom, "at": instant_text(one.at),
            "outcome": one.outcome, "details": one.details, "undoes": one.undoes or None,
        }
        for ordinal, one in enumerate(decided.logged, decided.first)
    ]  # fmt: skip
    report = [
        {
            "replica": one.replica, "seq": one.seq, "id": one.recorded.id, "args_hash": one.recorded.args_hash,
            "outcome": one.recorded.outcome, "details": one.recorded.details, "version": one.recorded.version,
        }
        for one in decided.reported
    ]  # fmt: skip
    advance = [
        {"id": one.id, "last_seq": one.last_seq, "last_at": one.last_at and instant_text(one.last_at)}
        for one in decided.replicas
    ]
    statements: list[Statement] = flush_statements(version, changed)
    statements += [(_LOG, (version, now, canonical(log)))] if log else []
    statements += [(_REPORT, (canonical(report),))] if report else []
    statements += [(_ADVANCE, (now, canonical(advance)))] if advance else []
    if statements:
        allow_for(connection, len(changed))
        send_all(connection, statements)


_FAILED: Final = """
INSERT INTO mutation_failure (replica_id, seq, failures, incident) VALUES (%s, %s, 1, %s)
ON CONFLICT (replica_id, seq) DO UPDATE SET incident = excluded.incident,
    failures = CASE mutation_failure.incident WHEN excluded.incident THEN mutation_failure.failures ELSE 0 END + 1
RETURNING failures
"""


def count_failure(connection: Connection, replica: str, seq: int, incident: str) -> int:
    """How often the function of this incident's mutation has failed by now, this time included.

    What failed under the same number before and was withdrawn counts against nobody.
    """
    ((rows),) = run_all(connection, [(_FAILED, (replica, seq, incident))])
    return int(rows[0][0])
