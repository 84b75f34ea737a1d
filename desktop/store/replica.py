"""The replica: the tenant's book on this computer, the edits that wait, and how far it has come."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from desktop.store.base import Touched, write_edit
from desktop.store.database import Database
from desktop.store.fork import fill_leases, require_own_numbers
from desktop.store.meta import Identity, Meta
from desktop.store.outbox import Outbox, Waiting
from desktop.store.rebase import Line, Progress, Rebase, context
from desktop.store.schema import prepare
from desktop.store.tx import ReplicaTx
from desktop.store.uncollected import uncollected
from shared import ids
from shared.clock import parse_instant
from shared.errors import Refusal
from shared.model.base import MutationId, UserId, value
from shared.model.member import Member, Role
from shared.mutations.decide import effect
from shared.mutations.registry import MUTATIONS, Actor, Context
from shared.protocol.codec import sendable


@value
class Edited:
    """An edit that is saved on this computer."""

    seq: int
    mutation_id: str
    subject: str
    touched: Mapping[str, frozenset[str]]


class Wish(Protocol):
    """An edit that is to be made: a mutation's name, its arguments as their value object, and what undo calls it."""

    @property
    def name(self) -> str: ...

    @property
    def args(self) -> Any: ...

    @property
    def label(self) -> str: ...


class Replica:
    """Used by the store thread alone. Every method that writes is one transaction and durable when it returns."""

    def __init__(self, path: Path | None, key: bytes) -> None:
        """Open or make the file; `path` None keeps it in memory. Raises StorageFault and ProtocolMismatch."""
        self.database = Database(path, key)
        prepare(self.database)
        self.meta = Meta(self.database)
        self.outbox = Outbox(self.database)

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    def identify(self, identity: Identity) -> None:
        """Note who is at the desk."""
        with self.database.transaction():
            self.meta.set_identity(identity)
            self.outbox.adopt(identity.user_id, identity.session)

    def identity(self) -> Identity:
        """Who is at the desk; raises NotSignedIn where nobody has ever been."""
        return self.meta.identity()

    @property
    def is_usable(self) -> bool:
        """Whether a first sync has come to its end; a book that begins again under another name has a past one."""
        return self.meta.get("last_contact") is not None

    def registered(self, answer: Mapping[str, Any]) -> None:
        """Keep what the server says of this replica: its epoch, its lease. Raises ReplicaForked."""
        with self.database.transaction():
            self.meta.set("epoch", answer["epoch"])
            self.meta.set("view", answer["view"])
            self.meta.take_lease(answer["lease"], parse_instant(answer["server_time"]))
            fill_leases(self.database, answer["lease"])
            require_own_numbers(self.meta, answer["last_seq"])

    def edit(self, name: str, args: Any, *, label: str = "") -> Edited:
        """Make an edit: its effect here and its place in the queue, both or neither.

        `args` is the mutation's arguments as their value object. Raises Refusal where the rules say no, and changes
        nothing then.
        """
        with self.database.transaction():
            return self._edit(name, args, label)

    def edit_all(self, wishes: Iterable[Wish], *, keep: bool = True) -> list[Edited | Refusal]:
        """Make many edits in one transaction, each where the rules allow it, and say what became of each.

        Where `keep` is false nothing of it stays: what came back is what would become of them.
        """
        done: list[Edited | Refusal] = []
        self.database.run("BEGIN IMMEDIATE")
        try:
            for wish in wishes:
                done.append(self._edit_or_refusal(wish))
            self.database.run("COMMIT" if keep else "ROLLBACK")
        except BaseException:
            if self.database.connection.in_transaction:
                self.database.connection.execute("ROLLBACK")
            raise
        return done

    def _edit_or_refusal(self, wish: Wish) -> Edited | Refusal:
        self.database.run("SAVEPOINT wish")
        try:
            done: Edited | Refusal = self._edit(wish.name, wish.args, wish.label)
        except Refusal as refusal:
            self.database.run("ROLLBACK TO wish")
            done = refusal
        self.database.run("RELEASE wish")
        return done

    def _edit(self, name: str, args: Any, label: str) -> Edited:
        mutation = MUTATIONS[name]
        stamp = self.meta.stamp()
        edit = Waiting(
            seq=stamp.seq,
            id=ids.new_id(),
            name=name,
            v=mutation.version,
            args=sendable(name, mutation.version, args),
            author=stamp.who.session,
            user_id=stamp.who.user_id,
            lease=stamp.lease,
            elapsed=stamp.elapsed,
            at=stamp.at,
            label=label,
            subject=mutation.subject(args),
        )
        tx = ReplicaTx(self.database)
        effect(tx, context(tx, edit), name, args)
        touched = write_edit(self.database, tx.final)
        self.outbox.add(edit)
        rows = {table: frozenset(found) for table, found in touched.items()}
        return Edited(seq=edit.seq, mutation_id=edit.id, subject=edit.subject, touched=rows)

    def now(self) -> datetime:
        """The time as edits count it: the server's clock, as far as this desk can tell."""
        return self.meta.now()

    def context(self) -> Context:
        """The circumstances of an edit that the person at the desk would make now."""
        who = self.identity()
        member = self.tx().find(Member, who.user_id)
        role = Role(who.role) if member is None else member.role
        actor = Actor(user_id=UserId(who.user_id), role=role, name=who.user_name)
        return Context(at=self.now(), actor=actor, mutation_id=MutationId(ids.new_id()))

    def apply_lines(self, lines: Iterator[Line], *, reset: bool, progress: Progress | None = None) -> Touched:
        """Take a patch of the server and replay what waits; see `Rebase.run`."""
        with uncollected(), nullcontext() if self.is_usable else self.database.without_log():
            return Rebase(self.database).run(lines, reset=reset, progress=progress)

    def unsent(self, limit: int, after: int = 0) -> Sequence[Mapping[str, Any]]:
        """The oldest waiting edits beyond a number as they go over the wire."""
        names = ("seq", "id", "name", "v", "args", "author", "lease", "elapsed")
        return [{name: getattr(edit, name) for name in names} for edit in self.outbox.first(limit, after=after)]

    def changed_rows(self, table: str) -> frozenset[str]:
        """The rows that stand otherwise here than on the server, because an edit waits."""
        return frozenset(row[0] for row in self.database.rows("SELECT row_id FROM base WHERE table_name = ?", (table,)))

    def tx(self) -> ReplicaTx:
        """The book as the rules read it; nothing that is changed through it is written."""
        return ReplicaTx(self.database)
