"""Any order of edits, undos, pushes, lost answers, broken streams, restarts: a replica is the server and its queue."""

import tempfile
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from desktop.store.base import Touched
from desktop.store.meta import Identity
from desktop.store.rebase import context
from desktop.store.replica import Replica
from desktop.store.rows import STORED
from shared.errors import Refusal, Unreachable
from shared.model.appointment import Appointment
from shared.model.customer import Customer
from shared.model.registry import ENTITIES
from shared.mutations.decide import effect
from shared.mutations.registry import MUTATIONS
from shared.protocol.codec import arguments_of
from tests.support.authority import Authority, Rows
from tests.support.memory import MemoryTx
from tests.support.moving_clock import stopped
from tests.support.replicas import KEY, changed_rows
from tests.support.salon import BEN, MIRA, STAFF_USER, TEN, booking_of, made_id, wire

DESKS = st.sampled_from(["a", "b"])
VISITS = st.sampled_from([f"visit-{number}" for number in range(4)])
HOURS = st.integers(0, 3)


def rows_in(replica: Replica) -> Rows:
    """Every row of the replica as on the wire."""
    found: Rows = {}
    for table, how in STORED.items():
        for row in replica.database.rows(how.select):
            found[table, row[0]] = how.from_file(row)
    return found


def shown(replica: Replica) -> dict[tuple[str, str], Any]:
    """What a screen shows of every row: the row, and whether an edit of it waits."""
    waits = {table: changed_rows(replica, table) for table in ENTITIES}
    return {(table, row_id): (row, row_id in waits[table]) for (table, row_id), row in rows_in(replica).items()}


class Desks(RuleBasedStateMachine):
    """Two replicas and one authority over four visits and one customer, so that everything meets everything."""

    @initialize()
    def begin(self) -> None:
        self.stopped = stopped(TEN - timedelta(days=1))
        self.stopped.__enter__()
        self.folder = tempfile.TemporaryDirectory()
        self.server = Authority()
        self.replicas = {name: self.opened(name) for name in ("a", "b")}
        for name, replica in self.replicas.items():
            identity = Identity(
                replica=made_id(name), device=made_id("device"), tenant="salon", session=made_id(f"session {name}"),
                user_id=STAFF_USER, user_name="Ana", role="TENANT_STAFF",
            )  # fmt: skip
            replica.identify(identity)
            self.reset(name, cuts=[])

    def opened(self, name: str) -> Replica:
        return Replica(Path(self.folder.name) / f"{name}.db", KEY)

    def teardown(self) -> None:
        if not hasattr(self, "replicas"):
            return
        try:
            for name in ("a", "b", "a"):
                self.push(name)
                self.pull(name, cut=None)
            server = self.server.rows()
            for replica in self.replicas.values():
                assert rows_in(replica) == server
                assert replica.outbox.count() == 0
                assert replica.database.rows("SELECT * FROM base") == []
        finally:
            for replica in self.replicas.values():
                replica.close()
            self.folder.cleanup()
            self.stopped.__exit__(None, None, None)

    def edit(self, desk: str, name: str, **args: Any) -> None:
        replica = self.replicas[desk]
        before = rows_in(replica)
        try:
            replica.edit(name, arguments_of(name, 1, args))
        except Refusal:
            assert rows_in(replica) == before

    @rule(desk=DESKS, visit=VISITS, hour=HOURS, ben=st.booleans())
    def book(self, desk: str, visit: str, hour: int, *, ben: bool) -> None:
        wanted = booking_of(f"{desk} {visit}", TEN + timedelta(hours=hour))
        if ben:
            wanted["segments"][0]["resources"] = [BEN.id]
        self.edit(desk, "appointment.book", **wanted)

    @rule(desk=DESKS, of=DESKS, visit=VISITS, hour=HOURS)
    def move(self, desk: str, of: str, visit: str, hour: int) -> None:
        self.change(desk, of, visit, "reschedule", start=wire(TEN + timedelta(hours=hour)))

    @rule(desk=DESKS, of=DESKS, visit=VISITS, step=st.sampled_from(["cancel", "arrive", "complete", "undo_step"]))
    def step(self, desk: str, of: str, visit: str, step: str) -> None:
        self.change(desk, of, visit, step)

    def change(self, desk: str, of: str, visit: str, what: str, **more: Any) -> None:
        row_id = made_id(f"{of} {visit}")
        seen = self.replicas[desk].tx().find(Appointment, row_id)
        if seen is not None:
            was = {"status": seen.status.value, "start": wire(seen.starts_at)}
            self.edit(desk, f"appointment.{what}", appointment_id=row_id, was=was, **more)

    @rule(desk=DESKS, field=st.sampled_from(["notes", "name"]), text=st.sampled_from(["x", "y", "z"]))
    def correct(self, desk: str, field: str, text: str) -> None:
        seen = self.replicas[desk].tx().find(Customer, MIRA.id)
        assert seen is not None
        edits = [{"field": field, "was": getattr(seen, field), "value": text}]
        self.edit(desk, "customer.update", customer_id=MIRA.id, edits=edits)

    @rule(desk=DESKS, again=st.booleans())
    def turn(self, desk: str, *, again: bool) -> None:
        """An undo or a redo is an edit like any other, whatever the other desk has done since."""
        replica = self.replicas[desk]
        before = rows_in(replica)
        turned = replica.redo() if again else replica.undo()
        if turned is None or not turned.made:
            assert rows_in(replica) == before

    @rule(desk=DESKS)
    def push(self, desk: str) -> None:
        """What waits is pushed; the reply says nothing, so that a lost one is the same. P37 when it is done again."""
        replica = self.replicas[desk]
        waiting = list(replica.unsent(500))
        if waiting:
            self.server.push("", {"replica": made_id(desk), "mutations": waiting})

    @rule(desk=DESKS, cut=st.one_of(st.none(), st.integers(0, 4)))
    def pull(self, desk: str, cut: int | None) -> None:
        """P5, P11 to P15: a stream that breaks off leaves everything as it was, a whole one moves on, never back."""
        replica = self.replicas[desk]
        lines = self.server.lines(made_id(desk), replica.meta.get("cursor") or "")
        if cut is None or cut >= len(lines):
            seen = shown(replica)
            touched = replica.apply_lines(iter(lines))
            assert_told(touched, seen, shown(replica))
            return
        before, cursor = rows_in(replica), replica.meta.get("cursor")
        try:
            replica.apply_lines(islice(iter(lines), cut))
        except Unreachable:
            assert (rows_in(replica), replica.meta.get("cursor")) == (before, cursor)
        else:
            raise AssertionError("a stream without its tail was taken")

    @rule(desk=DESKS, cuts=st.lists(st.integers(0, 9), max_size=3))
    def reset(self, desk: str, cuts: list[int]) -> None:
        """P35: what has come of a load stays, wherever it is cut; the book that people see moves once, to its end."""
        replica = self.replicas[desk]
        seen = shown(replica)
        for cut in [*cuts, None]:
            load = replica.load()
            with closing(load), suppress(Unreachable):
                if load.cursor is None:
                    load.take(islice(iter(self.server.load(load.resume)), cut), progress=lambda done, total: None)
            assert shown(replica) == seen
        load = replica.load()
        assert load.cursor is not None
        load.catch_up(iter(self.server.lines(made_id(desk), load.cursor)))
        replica.take_over(load)
        assert int(replica.meta.get("cursor") or 0) == self.server.version

    @rule(desk=DESKS)
    def restart(self, desk: str) -> None:
        """P36: what waits is shown at once after a restart, offline too."""
        before = rows_in(self.replicas[desk])
        self.replicas[desk].close()
        self.replicas[desk] = self.opened(desk)
        assert rows_in(self.replicas[desk]) == before

    @invariant()
    def shows_the_server_at_its_cursor_and_its_own_queue(self) -> None:
        for replica in getattr(self, "replicas", {}).values():
            assert rows_in(replica) == expected(replica, self.server.history[int(replica.meta.get("cursor") or 1)])


def assert_told(touched: Touched, before: Mapping[Any, Any], after: Mapping[Any, Any]) -> None:
    """A screen that refreshes what it is told of shows what is there."""
    for table, row_id in before.keys() | after.keys():
        if before.get((table, row_id)) != after.get((table, row_id)):
            told = touched.get(table)
            assert told is not None
            assert row_id in told or not told


def expected(replica: Replica, at_cursor: Rows) -> Rows:
    """The server's rows of a version with what waits run over them: the oracle, in memory."""
    tx = MemoryTx(*(ENTITIES[table].decode(row) for (table, _), row in at_cursor.items()))
    for waiting in replica.outbox.all():
        refused = None
        try:
            effect(tx, context(replica.tx(), waiting), waiting.name, MUTATIONS[waiting.name].parse(waiting.args))
        except Refusal as refusal:
            refused = refusal.code.value
        assert waiting.refused == refused
    return {(type_of_table(row), row.id): ENTITIES[type_of_table(row)].encode(row) for row in tx.rows.values()}


def type_of_table(row: Any) -> str:
    return next(table for table, entity in ENTITIES.items() if isinstance(row, entity.cls))


TestDesks = Desks.TestCase
# Not shrunk: a failure takes seconds to find and would take minutes to make small.
TestDesks.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate)
)
