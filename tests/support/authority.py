"""A server in memory behind the transport's interface: the real rules, one order, and every fault of a network."""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from desktop.sync.problems import Stopped
from shared import clock
from shared.clock import instant_text
from shared.model.base import MutationId
from shared.model.member import Role
from shared.model.registry import ENTITIES, type_of
from shared.mutations.decide import decide
from shared.mutations.registry import Actor, Context
from shared.protocol.codec import arguments_of
from tests.support.memory import MemoryTx
from tests.support.salon import STAFF_USER, Salon

Rows = dict[tuple[str, str], list[Any]]
Answer = dict[str, Any]


class Authority:
    """Decides pushes and answers pulls of any number of desks; `fault` may raise at the border of any call."""

    def __init__(self) -> None:
        self.tx: MemoryTx = Salon().tx
        self.version = 1
        self.epoch = "one"
        self.history: dict[int, Rows] = {1: self.rows()}
        self.decided: dict[str, dict[int, Answer]] = {}
        self.calls: list[str] = []
        self.cursors: list[str | None] = []
        """From where each pull went on."""
        self.fault: Callable[[str], None] = lambda call: None

    def rows(self) -> Rows:
        """Every row as on the wire."""
        kinds = [(row, type_of(row)) for row in self.tx.rows.values()]
        return {(kind.table, row.id): kind.encode(row) for row, kind in kinds}

    def _border(self, call: str) -> None:
        self.calls.append(call)
        self.fault(call)

    def register(self, token: str, wish: Mapping[str, Any]) -> Answer:
        self._border("register")
        last_seq = len(self.decided.get(wish["replica"], {}))
        return {
            "epoch": self.epoch,
            "lease": "lease",
            "server_time": instant_text(clock.now()),
            "last_seq": last_seq,
            "view": "v",
        }

    def push(self, token: str, batch: Mapping[str, Any]) -> Answer:
        self._border("push")
        known = self.decided.setdefault(batch["replica"], {})
        for one in batch["mutations"]:
            assert one["seq"] <= len(known) + 1, "the desk left a gap"
            if one["seq"] in known:
                if known[one["seq"]]["id"] != one["id"]:
                    raise Stopped("replica_forked", "Another copy has pushed something else under the same number.")
                continue
            if one["id"] in {done["id"] for of in self.decided.values() for done in of.values()}:
                known[one["seq"]] = {"seq": one["seq"], "outcome": "applied", "id": one["id"]}
                continue
            actor = Actor(user_id=STAFF_USER, role=Role.TENANT_STAFF)
            ctx = Context(at=clock.now(), actor=actor, mutation_id=MutationId(one["id"]))
            decision = decide(self.tx, ctx, one["name"], arguments_of(one["name"], one["v"], one["args"]), one["args"])
            known[one["seq"]] = {"seq": one["seq"], "outcome": decision.outcome.value, "id": one["id"]}
        self.version += 1
        self.history[self.version] = self.rows()
        self._border("pushed")
        return {"version": self.version, "outcomes": [known[one["seq"]] for one in batch["mutations"]]}

    @contextmanager
    def pull(
        self, token: str, replica: str, *, cursor: str | None = None, resume: str | None = None
    ) -> Iterator[Iterator[Answer]]:
        self._border("pull")
        self.cursors.append(cursor)
        yield iter(self.load(resume) if cursor is None else self.lines(replica, cursor))

    def load(self, resume: str | None = None) -> list[Answer]:
        """The whole answer to a first sync, some rows a line; a token says where it began and how many lines came."""
        begun, done = (self.version, 0) if resume is None else map(int, resume.split("/"))
        now = self.history[self.version]
        made: list[Answer] = []
        for table in ENTITIES:
            rows = [row for (of, _), row in sorted(now.items()) if of == table]
            for place in range(0, len(rows), 3):
                line = {"table": table, "columns": list(ENTITIES[table].names), "rows": rows[place : place + 3]}
                made.append({"kind": "rows", **line, "resume": f"{begun}/{len(made) + 1}"})
        counts = {"all": sum(len(line["rows"]) for line in made[done:])}
        head = {"kind": "head", "view": "v", "version": begun, "newest": self.version, "counts": counts}
        return [head, *made[done:], self._tail(begun, {})]

    def lines(self, replica: str, cursor: str) -> list[Answer]:
        """The whole answer to a pull of what is new."""
        before, now = self.history[int(cursor)], self.history[self.version]
        known = self.decided.get(replica, {})
        made: list[Answer] = [{"kind": "head", "counts": {}}]
        for table in ENTITIES:
            rows = [row for (of, row_id), row in now.items() if of == table and before.get((of, row_id)) != row]
            if rows:
                made.append({"kind": "rows", "table": table, "columns": list(ENTITIES[table].names), "rows": rows})
            gone = [row_id for of, row_id in before if of == table and (of, row_id) not in now]
            if gone:
                made.append({"kind": "removals", "table": table, "ids": gone})
        return [*made, self._tail(self.version, known)]

    def _tail(self, version: int, known: Mapping[int, Answer]) -> Answer:
        return {
            "kind": "tail",
            "cursor": str(version),
            "version": version,
            "last_seq": len(known),
            "outcomes": [{"seq": seq, "id": one["id"], "outcome": one["outcome"]} for seq, one in known.items()],
            "counts": {},
            "lease": "lease",
            "server_time": instant_text(clock.now()),
        }

    @contextmanager
    def live(self, token: str) -> Iterator[Iterator[Answer]]:
        self._border("live")
        yield iter([{"version": self.version}])

    def long_poll(self, token: str, after: int) -> Answer:
        self._border("long_poll")
        return {"version": self.version}

    def probe(self) -> None:
        """It is always there."""

    def cut(self) -> None:
        """Nothing is held."""

    def interrupt(self) -> None:
        """Nobody waits."""

    def close(self) -> None:
        """Nothing is held."""


class Admitted:
    """A session that always has a token."""

    def token(self) -> str:
        return "token"

    def forget_token(self) -> None:
        """There is always another."""


def unhurried(seed: int = 1) -> random.Random:
    """Chance that repeats, for the pauses of an engine."""
    return random.Random(seed)
