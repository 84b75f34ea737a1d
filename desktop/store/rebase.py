"""What the server says and what this desk has done since, brought together in one transaction."""

import logging
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

from desktop.store.base import Base, Touched, touch
from desktop.store.checksums import ids_between
from desktop.store.database import Database
from desktop.store.erased import forget_erased
from desktop.store.exchanged import keep_exchanges
from desktop.store.fork import (
    PERHAPS_KNOWN,
    OlderAnswer,
    require_own_edits,
    require_own_history,
    require_own_numbers,
    require_progress,
)
from desktop.store.meta import Meta
from desktop.store.outbox import CAME_TO_NOTHING, Outbox, Waiting
from desktop.store.people import People
from desktop.store.rows import STORED, Line, Row, count_rows, rows_of, stored_rows, write_rows
from desktop.store.tx import ReplicaTx
from desktop.store.undo import forget
from shared import clock
from shared.clock import instant_text, parse_instant
from shared.errors import Code, ProtocolMismatch, Refusal, StorageFault, Unreachable
from shared.model.base import MutationId, UserId
from shared.model.member import Member
from shared.model.registry import SCHEMA_VERSION
from shared.mutations.decide import effect
from shared.mutations.registry import MUTATIONS, Actor, Context

log = logging.getLogger(__name__)

_KEPT: Final = timedelta(days=14)
"""How long what was sent is kept: a server that comes back from a backup asks for it again."""
_FEW: Final = 500
_PART: Final = 0.3
"""A difference that removes more than both of a table, rows and share of them, is not taken."""


class RemovesTooMuch(ProtocolMismatch):
    """A difference takes away so much of a table that it is more likely a fault than what people have done."""

    def __init__(self, table: str, removed: int, held: int) -> None:
        super().__init__("The server's answer removes so much that the book is loaded afresh.")
        self.table, self.removed, self.held = table, removed, held


class Rebase:
    """One patch of the server on its way into the replica."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._meta = Meta(database)
        self._outbox = Outbox(database)
        self._base = Base(database)
        self._removed: Counter[str] = Counter()
        self.touched: Touched = {}

    def run(self, lines: Iterator[Line]) -> Touched:
        """Take a difference whole, or nothing of it where its stream ends before its tail, and replay what waits.

        Raises Unreachable for a stream that broke off, ReplicaForked where the server knows edits that this replica
        never made, ServerPutBack where its past is not this replica's, RemovesTooMuch, Refusal never.
        """
        with self._database.transaction():
            self.replay_after(self._take(lines, plausible=True))
        return self.touched

    def catch_up(self, lines: Iterator[Line], *, at_least: int) -> Line:
        """Within a transaction: take the difference that closes a load; its tail.

        Raises Unreachable where it breaks off, OlderAnswer where it was told before some of what was loaded.
        """
        tail = self._take(lines, plausible=False)
        if tail["version"] < at_least:
            raise OlderAnswer
        return tail

    def replay_after(self, tail: Line) -> None:
        """Within a transaction: take the server's word about what was sent, and replay the rest over the rows."""
        self._settle(tail)
        self.replay()

    def replay(self) -> None:
        """Within a transaction: run what waits over what the server has said so far."""
        # What comes into a book that is not loaded yet is replayed once that is.
        waiting = self._outbox.all() if count_rows(self._database, "business") else []
        tx = ReplicaTx(self._database)
        if waiting:
            self._base.lay(tx)
            replay(tx, self._outbox, waiting)
        self._base.settle(tx.final, self.touched)
        forget_erased(self._database, self.touched)

    def _take(self, lines: Iterator[Line], *, plausible: bool) -> Line:
        for line in lines:
            kind = line["kind"]
            if kind == "head":
                require_own_history(self._meta, line.get("epoch"))
            elif kind == "rows" and line["table"] in STORED:
                self._change(line["table"], {row[0]: row for row in rows_of(line)})
            elif kind == "removals" and line["table"] in STORED:
                if plausible:
                    self._require_plausible(line["table"], line["ids"])
                self._change(line["table"], dict.fromkeys(line["ids"]))
            elif kind == "range" and line["table"] in STORED:
                self._empty(line["table"], line["start"], line["before"])
            elif kind == "tail":
                return line
        raise Unreachable("the server's answer broke off before its end")

    def _require_plausible(self, table: str, ids: Collection[str]) -> None:
        """P32: a partial listing, read as what is left, would empty the book."""
        before = self._removed[table]
        self._removed[table] += len(stored_rows(self._database, table, ids))
        removed = self._removed[table]
        if removed > _FEW and removed > _PART * (held := before + count_rows(self._database, table)):
            raise RemovesTooMuch(table, removed, held)

    def _empty(self, table: str, start: str | None, before: str | None) -> None:
        """Let a range hold nothing: what the server has in it follows."""
        held = ids_between(self._database, table, start, before)
        self._change(table, dict.fromkeys([*held, *self._base.between(table, start, before)]))

    def _change(self, table: str, rows: Mapping[str, Row | None]) -> None:
        """Take rows of a difference; over what a waiting edit has changed the replay is laid first."""
        free = {one: row for one, row in rows.items() if (table, one) not in self._base}
        write_rows(self._database, table, free)
        for one in free:
            touch(self.touched, (table, one))
        for one in rows.keys() - free.keys():
            self._base.say((table, one), rows[one])

    def _settle(self, tail: Line) -> None:
        require_own_numbers(self._meta, self._outbox, tail["last_seq"])
        require_progress(self._meta, tail["version"])
        # The server's time: a clock of this desk that somebody set wrong must not age what it has sent.
        told = parse_instant(tail["server_time"]) if "server_time" in tail else None
        outcomes = {one["seq"]: one for one in tail["outcomes"]}
        require_own_edits(self._outbox, tail["last_seq"], outcomes)
        forget(self._database, [one["id"] for one in outcomes.values() if _came_to_nothing(one)])
        keep_exchanges(self._database, self._meta, outcomes)
        self._outbox.acknowledge(tail["last_seq"], outcomes, tail["version"], told or clock.now())
        if told is not None:
            # Neither must a server's clock that leaps ahead once.
            self._outbox.forget_sent(min(told, clock.now()) - _KEPT)
        self._meta.set("cursor", tail["cursor"])
        self._meta.set("version", str(tail["version"]))
        self._meta.set("schema", str(SCHEMA_VERSION))
        self._meta.set("last_contact", instant_text(clock.now()))
        if told is not None and tail.get("lease"):
            self._meta.take_lease(tail["lease"], told)
            self._meta.confirm(told, tail.get("offline_lease"))


def _came_to_nothing(outcome: Line) -> bool:
    """Whether there is nothing to take back: it was refused, or was so already by somebody else's doing."""
    return outcome["outcome"] in CAME_TO_NOTHING or bool(outcome.get("already"))


def replay(tx: ReplicaTx, outbox: Outbox, waiting: Sequence[Waiting]) -> None:
    """Run waiting edits over what the server has; one that the rules refuse stays and is marked.

    One that takes back what changes nothing there changes nothing either: that is somebody else's doing. What may have
    been decided under a former name changes nothing because its own doing stands there.
    """
    undone = {one for edit in waiting for one in edit.undoes}
    nothing = set(outbox.were_nothing(undone)) if undone else set()
    known = int(Meta(tx.database).get(PERHAPS_KNOWN) or "0") if undone else 0
    for edit in waiting:
        if edit.came_to_nothing:
            # It was told as that, and does so again: what it wished for is with its item.
            continue
        if edit.undoes and nothing.issuperset(edit.undoes):
            nothing.add(edit.id)
            outbox.judge(edit, None, None)
            continue
        try:
            made = effect(tx, context(tx, edit), edit.name, MUTATIONS[edit.name].parse(edit.args, edit.v))
        except Refusal as refusal:
            outbox.judge(edit, refusal.code.value, refusal.details)
        except (StorageFault, MemoryError):
            raise
        except Exception:
            # An edit of another version of the app, or a bug in a rule: the server decides, so it waits, and blocks no
            # pull. What its arguments raise while they are read is of no one family.
            log.exception("replay.failed", extra={"mutation": edit.name, "seq": edit.seq})
            outbox.judge(edit, Code.INVALID.value, {"what": "mutation", "name": edit.name, "v": edit.v})
        else:
            outbox.judge(edit, None, None)
            if made.is_nothing and edit.seq > known:
                nothing.add(edit.id)


def context(tx: ReplicaTx, edit: Waiting) -> Context:
    """The circumstances under which an edit was made, with its author's rights as this desk knows them."""
    member = tx.find(Member, edit.user_id)
    role = member.role if member is not None else People(tx.database).role(edit.user_id)
    name = member.name if member is not None else ""
    actor = Actor(user_id=UserId(edit.user_id), role=role, name=name)
    return Context(at=edit.at, actor=actor, mutation_id=MutationId(edit.id), takes_back=bool(edit.undoes))
