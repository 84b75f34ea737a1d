"""What the server says and what this desk has done since, brought together in one transaction."""

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

import orjson

from desktop.store.database import Database
from desktop.store.fork import require_own_numbers
from desktop.store.meta import Meta
from desktop.store.outbox import Outbox, Waiting
from desktop.store.rows import STORED, clear, find_row, index_customers, put_rows, remove_rows
from desktop.store.schema import create_indexes, drop_indexes
from desktop.store.tx import ReplicaTx
from shared import clock
from shared.clock import instant_text, parse_instant
from shared.errors import Code, Refusal, StorageFault, Unreachable
from shared.model.base import MutationId, UserId
from shared.model.member import Member, Role
from shared.model.registry import SCHEMA_VERSION, canonical
from shared.mutations.decide import effect
from shared.mutations.registry import MUTATIONS, Actor, Context

log = logging.getLogger(__name__)

Line = Mapping[str, Any]
Progress = Callable[[int, int], None]
Touched = dict[str, set[str]]
"""The rows that changed, by table; an empty set stands for all of them."""

_KEPT: Final = timedelta(days=14)
"""How long what was sent is kept: a server that comes back from a backup asks for it again."""


class Rebase:
    """One patch of the server on its way into the replica."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._meta = Meta(database)
        self._outbox = Outbox(database)
        self.touched: Touched = {}

    def run(self, lines: Iterator[Line], *, reset: bool, progress: Progress | None = None) -> Touched:
        """Take a patch whole, or nothing of it where its stream ends before its tail.

        `reset` says that the patch is everything there is, not what has changed. Raises Unreachable for a stream that
        broke off, ReplicaForked where the server knows edits that this replica never made, Refusal never.
        """
        with self._database.transaction():
            self._put_base_back()
            if reset:
                self._clear()
            tail = self._take(lines, fresh=reset, progress=progress)
            if reset:
                index_customers(self._database)
                create_indexes(self._database)
            self._settle(tail)
            replay(self._database, self._outbox.all(), self.touched)
        return self.touched

    def _touch(self, table: str, row_id: str) -> None:
        self.touched.setdefault(table, set()).add(row_id)

    def _put_base_back(self) -> None:
        for table, row_id, row in self._database.rows("SELECT table_name, row_id, row FROM base"):
            self._touch(table, row_id)
            if row is None:
                remove_rows(self._database, table, [row_id])
            else:
                put_rows(self._database, table, [orjson.loads(row)])
        self._database.run("DELETE FROM base")

    def _clear(self) -> None:
        drop_indexes(self._database)
        for table in STORED:
            clear(self._database, table)
        self.touched = {table: set() for table in STORED}

    def _take(self, lines: Iterator[Line], *, fresh: bool, progress: Progress | None) -> Line:
        total = done = 0
        for line in lines:
            kind = line["kind"]
            if kind == "head":
                total = sum(line.get("counts", {}).values())
            elif kind == "rows" and line["table"] in STORED:
                done += len(line["rows"])
                self._put(line, fresh=fresh)
                if progress is not None:
                    progress(done, max(total, done))
            elif kind == "removals" and line["table"] in STORED:
                remove_rows(self._database, line["table"], line["ids"])
                for row_id in line["ids"]:
                    self._touch(line["table"], row_id)
            elif kind == "tail":
                return line
        raise Unreachable("the server's answer broke off before its end")

    def _put(self, line: Line, *, fresh: bool) -> None:
        table = line["table"]
        names, rows = STORED[table].entity.names, line["rows"]
        if tuple(line["columns"]) != names:
            # A newer server may send columns that this desk does not know; it ignores them.
            places = [line["columns"].index(name) for name in names]
            rows = [[row[place] for place in places] for row in rows]
        put_rows(self._database, table, rows, fresh=fresh)
        if not fresh:
            for row in rows:
                self._touch(table, row[0])

    def _settle(self, tail: Line) -> None:
        require_own_numbers(self._meta, tail["last_seq"])
        now = clock.now()
        outcomes = {one["seq"]: one["outcome"] for one in tail["outcomes"]}
        self._outbox.acknowledge(tail["last_seq"], outcomes, tail["version"], now)
        self._outbox.forget_sent(now - _KEPT)
        self._meta.set("last_contact", clock.instant_text(now))
        self._meta.set("cursor", tail["cursor"])
        self._meta.set("version", str(tail["version"]))
        self._meta.set("schema", str(SCHEMA_VERSION))
        self._meta.set("last_contact", instant_text(now))
        if tail.get("lease"):
            self._meta.take_lease(tail["lease"], parse_instant(tail["server_time"]))


def replay(database: Database, waiting: tuple[Waiting, ...] | list[Waiting] | Any, touched: Touched) -> None:
    """Run waiting edits over what stands there now; one that the rules refuse stays and is marked."""
    outbox = Outbox(database)
    tx = ReplicaTx(database, before_write=capture(database, touched))
    for edit in waiting:
        try:
            effect(tx, context(tx, edit), edit.name, MUTATIONS[edit.name].parse(edit.args))
        except Refusal as refusal:
            outbox.judge(edit.seq, refusal.code.value, refusal.details)
        except (StorageFault, MemoryError):
            raise
        except Exception:
            # An edit of another version of the app, or a bug in a rule: the server decides, so it waits, and blocks no
            # pull. What its arguments raise while they are read is of no one family.
            log.exception("replay.failed", extra={"mutation": edit.name, "seq": edit.seq})
            outbox.judge(edit.seq, Code.INVALID.value, {"what": "mutation", "name": edit.name, "v": edit.v})
        else:
            if edit.refused is not None:
                outbox.judge(edit.seq, None, None)


def context(tx: ReplicaTx, edit: Waiting) -> Context:
    """The circumstances under which an edit was made, with its author's rights as this desk knows them."""
    member = tx.find(Member, edit.user_id)
    role = member.role if member is not None else Role(Meta(tx.database).get("role") or Role.TENANT_STAFF.value)
    name = member.name if member is not None else ""
    actor = Actor(user_id=UserId(edit.user_id), role=role, name=name)
    return Context(at=edit.at, actor=actor, mutation_id=MutationId(edit.id))


def capture(database: Database, touched: Touched) -> Callable[[str, str], None]:
    """Keep the server's version of each row before the first waiting edit changes it, absent rows too."""

    def before_write(table: str, row_id: str) -> None:
        if table not in touched or touched[table]:
            touched.setdefault(table, set()).add(row_id)
        known = "SELECT 1 FROM base WHERE table_name = ? AND row_id = ?"
        if database.row(known, (table, row_id)) is None:
            row = find_row(database, table, row_id)
            kept = None if row is None else canonical(row)
            database.run("INSERT INTO base (table_name, row_id, row) VALUES (?, ?, ?)", (table, row_id, kept))

    return before_write
