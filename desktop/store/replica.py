"""The replica: the tenant's book on this computer, the edits that wait, and how far it has come."""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from desktop.runtime.uncollected import uncollected
from desktop.store.base import Base, Touched, write_edit
from desktop.store.carrying import put_in_place
from desktop.store.damage import forget_note, note_damaged
from desktop.store.database import Database
from desktop.store.faults import DamagedFile
from desktop.store.fork import fill_leases, rename, require_own_numbers
from desktop.store.lease import Lease
from desktop.store.left import left_by
from desktop.store.load import Load, LoadedFor, load_path
from desktop.store.meta import BUSINESS, LOAD, Identity, Meta
from desktop.store.outbox import Outbox, Waiting
from desktop.store.people import AnotherBusiness, People, Person
from desktop.store.rebase import Rebase, context
from desktop.store.rows import Line, rows_of_keys
from desktop.store.schema import prepare
from desktop.store.turning import Turned, Turning
from desktop.store.tx import ReplicaTx
from desktop.store.undo import UndoStack, WayBack
from shared import clock, ids
from shared.clock import parse_instant
from shared.errors import NotSignedIn, Refusal, StorageFault
from shared.model.base import MutationId, UserId, value
from shared.model.member import Member, Role
from shared.model.registry import ENTITIES, canonical
from shared.mutations.decide import effect
from shared.mutations.inverse.table import Done, Edit, way_back
from shared.mutations.registry import MUTATIONS, Actor, Context
from shared.protocol.codec import sendable
from shared.protocol.messages import MOST_UNDONE

_HELD: Final = (0.05, 0.2, 0.5, 1.0)
"""Seconds after which a book is tried again that could not be opened once it was in its place."""
TICK: Final = 300.0
"""Seconds of its clock that a desk without its server loses at most where it is killed."""


@value
class Edited:
    """An edit that is saved on this computer."""

    seq: int
    mutation_id: str
    subject: str
    touched: Mapping[str, frozenset[str]]
    step: int | None = None
    """The step by which it can be taken back; None where it changed nothing, or has no way back."""


class Wish(Protocol):
    """An edit that is to be made: a mutation's name, its arguments as their value object, and what undo calls it.

    Edits of one `macro` that follow one another are undone as one; an empty one is of no other's.
    """

    @property
    def name(self) -> str: ...

    @property
    def args(self) -> Any: ...

    @property
    def label(self) -> str: ...

    @property
    def macro(self) -> str: ...


class _Parts:
    """A file that is open, and what is asked of it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.meta = Meta(database)
        self.outbox = Outbox(database)
        self.people = People(database)


class Replica:
    """Used by the store thread alone. Every method that writes is one transaction and durable when it returns."""

    def __init__(self, path: Path | None, key: bytes) -> None:
        """Open or make the file; `path` None keeps it in memory. Raises StorageFault and ProtocolMismatch."""
        self._path, self._key = path, key
        # The machine's own clock may have begun anew: the first look notes where it stands.
        self._ticked = float("-inf")
        self._parts: _Parts | None = None
        """None while a file that has taken this one's place could not be opened: each question tries it again."""
        self._open()

    def _open(self) -> _Parts:
        return self._use(Database(self._path, self._key))

    def _use(self, database: Database) -> _Parts:
        try:
            prepare(database)
        except BaseException:
            database.close()
            raise
        self._parts = made = _Parts(database)
        return made

    @property
    def database(self) -> Database:
        """The file. Raises StorageFault where another has taken its place and cannot be opened yet, as the rest do."""
        return self._opened().database

    @property
    def meta(self) -> Meta:
        """What the book knows of itself."""
        return self._opened().meta

    @property
    def outbox(self) -> Outbox:
        """What waits."""
        return self._opened().outbox

    @property
    def people(self) -> People:
        """Who has been at the desk."""
        return self._opened().people

    def _opened(self) -> _Parts:
        if self._parts is not None and self._parts.database.is_spent:
            # One that is opened anew reads all that is whole.
            with suppress(StorageFault):
                self.close()
            self._parts = None
        return self._parts or self._open()

    def close(self) -> None:
        """Close the file."""
        if self._parts is not None:
            self._parts.database.close()

    def require_business(self, business: str, *, user_id: str, login: str) -> None:
        """Raise AnotherBusiness where whoever was let in as this user is of another business than this book.

        An empty `business` is not known: then another user by the same login tells it.
        """
        own = self.meta.get(BUSINESS)
        is_another = own != business if own and business else self.people.is_another(login, user_id)
        if is_another:
            raise AnotherBusiness

    def identify(self, identity: Identity, *, login: str = "", business: str = "") -> None:
        """Note who is at the desk. A replica that has a name keeps it: it may not be the one that it began with.

        At another device it takes a new one: the server knows a replica as one device's, and a session, too. Raises
        AnotherBusiness, and nothing has changed then.
        """
        with self.database.transaction():
            self.require_business(business, user_id=identity.user_id, login=login)
            if business:
                self.meta.set(BUSINESS, business)
            if self.meta.get("device") not in (None, identity.device):
                rename(self.database, ids.new_id(), offer_sent=False)
                self.people.forget_sessions()
            self._identify(identity, login)
            self.outbox.adopt(identity.user_id, identity.session)

    def _identify(self, identity: Identity, login: str) -> None:
        name = self.meta.get("replica") or identity.replica
        self.meta.set_identity(replace(identity, replica=name))
        self.people.note(
            Person(
                user_id=identity.user_id, login=login, name=identity.user_name, role=identity.role,
                session=identity.session,
            )
        )  # fmt: skip

    def become(self, login: str) -> Identity:
        """Let somebody who has signed in at this file be at the desk, with the session that they have here.

        Where it was to be ended it goes on. Raises NotSignedIn for anybody who has none.
        """
        with self.database.transaction():
            person = self.people.find(login)
            if person is None or not person.session:
                raise NotSignedIn
            before = self.identity()
            identity = replace(
                before, session=person.session, user_id=person.user_id, user_name=person.name, role=person.role
            )
            if (identity, login) != (before, person.login):
                self._identify(identity, login)
            self.people.stay(person.session)
        return identity

    def was_last(self, login: str) -> bool:
        """Whether somebody is the one who took the desk last. Raises NotSignedIn where nobody ever has."""
        person = self.people.find(login)
        return person is not None and person.user_id == self.identity().user_id

    def leave(self, token: str) -> None:
        """Keep with what the session of the person at the desk is ended, once none of their edits waits."""
        with self.database.transaction():
            self.people.leave(self.identity().session, token)

    def kept_token(self, login: str) -> str | None:
        """The refresh token of somebody's session that was to be ended, and has not been."""
        person = self.people.find(login)
        return None if person is None else self.people.kept_token(person.session)

    def identity(self) -> Identity:
        """Who is at the desk; raises NotSignedIn where nobody has ever been."""
        return self.meta.identity()

    def mine_that_wait(self) -> int:
        """How many edits wait of the person who is at the desk."""
        return self.outbox.count_of(self.identity().session)

    @property
    def is_usable(self) -> bool:
        """Whether a first sync has come to its end; a book that begins again under another name has a past one."""
        return self.meta.get("last_contact") is not None

    @property
    def is_loading(self) -> bool:
        """Whether a load has begun that is to become this book, and has not come to its end."""
        return self._path is not None and load_path(self._path).exists()

    def note_damaged(self) -> None:
        """Have the next start put a new book in the place of this one. Raises StorageFault."""
        if self._path is not None:
            note_damaged(self._path)

    def load(self) -> Load:
        """The load that is to become this book: the one that was cut off, or a new one. Raises StorageFault.

        It is a file of its own, for a thread of its own: the book is worked with meanwhile.
        """
        good_for = LoadedFor(replica=self.identity().replica, epoch=self.meta.get("epoch"))
        return Load(load_path(self._path) if self._path is not None else None, self._key, good_for)

    def take_over(self, load: Load) -> Touched:
        """Go on with the book that was loaded, which takes this one's place, and with all that waits.

        Raises ReplicaForked, and StorageFault; then it is the old book that is gone on with.
        """
        load.carry_over(self.database)
        if self._path is None or load.path is None:
            self.close()
            self._use(load.become_book())
        else:
            load.close()
            self._put_in_place(load, load.path, self._path)
        with self.database.transaction():
            self.meta.delete(LOAD)
        return {table: set() for table in ENTITIES}

    def _put_in_place(self, load: Load, loaded: Path, book: Path) -> None:
        try:
            # The last to close it takes its log with it.
            self.close()
            put_in_place(loaded, book)
            load.is_in_place = True
            forget_note(book)
        finally:
            self._parts = None
            self._open_again()

    def _open_again(self) -> None:
        for seconds in _HELD:
            try:
                self._open()
            except DamagedFile:
                raise
            except StorageFault:
                # What looks for viruses holds a file for a moment that has just got its name.
                time.sleep(seconds)
            else:
                return
        self._open()

    def registered(self, answer: Mapping[str, Any]) -> None:
        """Keep what the server says of this replica: its epoch, its lease. Raises ReplicaForked, ServerPutBack."""
        with self.database.transaction():
            self.meta.set("epoch", answer["epoch"])
            if self.meta.get(BUSINESS) is None and "business" in answer:
                # An earlier version did not note it.
                self.meta.set(BUSINESS, answer["business"])
            self.meta.take_lease(answer["lease"], parse_instant(answer["server_time"]))
            self.meta.confirm(parse_instant(answer["server_time"]), answer.get("offline_lease"))
            fill_leases(self.database, answer["lease"])
            require_own_numbers(self.meta, self.outbox, answer["last_seq"])

    def edit(self, name: str, args: Any, *, label: str = "", macro: str = "") -> Edited:
        """Make an edit: its effect here, its place in the queue and its way back, all or nothing.

        `args` is the mutation's arguments as their value object. Raises Refusal where the rules say no, and changes
        nothing then.
        """
        with uncollected(), self.database.transaction():
            return self._edit(name, args, label, macro)

    def announce(self, name: str, args: Any, *, label: str = "") -> Edited:
        """Note an edit that the server is to decide; nothing of it shows here before that.

        Raises Refusal where the rules say no already, and notes nothing then.
        """
        with self.database.transaction():
            edit = self._next(name, args, label)
            tx = ReplicaTx(self.database)
            effect(tx, context(tx, edit), name, args)
            self.outbox.add(edit)
        return Edited(seq=edit.seq, mutation_id=edit.id, subject=edit.subject, touched={})

    def withdraw(self, mutation_id: str) -> Touched | None:
        """Take back the only edit that waits, which the server has not answered; None where it has meanwhile.

        Its number is given to the next one. Where the server has it after all, the next pull finds that out, and the
        book begins again under another name.
        """
        with self.database.transaction():
            seq = self.outbox.take_back(mutation_id)
            if seq is None:
                return None
            self.meta.set("next_seq", str(seq))
            touched: Touched = {}
            Base(self.database).settle({}, touched)
        return touched

    def take_in(self, edits: Sequence[Waiting]) -> Mapping[str, frozenset[str]]:
        """Let edits of the person at the desk wait here that waited in another book of theirs, each once.

        They keep their ids: the server knows those that it has, from whatever book. Raises Refusal(LEASE_OVER).
        """
        with self.database.transaction():
            rebase = Rebase(self.database)
            for edit in edits:
                if not self.outbox.knows(edit.id):
                    self.outbox.add(self._renumbered(edit))
            rebase.replay()
        return {table: frozenset(found) for table, found in rebase.touched.items()}

    def _renumbered(self, edit: Waiting) -> Waiting:
        stamp = self.meta.stamp()
        made = replace(edit, seq=stamp.seq, author=stamp.who.session)
        # What was decided before keeps the lease that it was made under: so it counts as made when it was made.
        return made if edit.was_version is not None else replace(made, lease=stamp.lease, elapsed=stamp.elapsed)

    def give_away(self, edits: Sequence[Waiting]) -> None:
        """Forget edits that wait in another book from now on.

        The book goes on under another name: the server never gets their numbers under this one, and would count as put
        back, or the rest as not in order.
        """
        with self.database.transaction():
            for edit in edits:
                self.outbox.take_back(edit.id)
            rename(self.database, ids.new_id(), offer_sent=False)
            Rebase(self.database).replay()

    def edit_all(self, wishes: Iterable[Wish]) -> list[Edited | Refusal]:
        """Make many edits in one transaction, each where the rules allow it, and say what became of each."""
        with self.database.transaction():
            return [self._edit_or_refusal(wish) for wish in wishes]

    def _edit_or_refusal(self, wish: Wish) -> Edited | Refusal:
        try:
            with self.database.attempt():
                return self._edit(wish.name, wish.args, wish.label, wish.macro)
        except Refusal as refusal:
            return refusal

    def undo(self, number: int | None = None, *, seen: int | None = None) -> Turned | None:
        """Take back the newest step of the person at the desk; only that of a number, where one is given.

        `seen` is the step that was on top when they asked: where it has come to nothing since, so does this.
        Raises Refusal(LEASE_OVER), and the step stays.
        """
        with self.database.transaction():
            self.meta.require_lease()
            return self._turning().undo(number, seen=seen)

    def redo(self, number: int | None = None) -> Turned | None:
        """Do again what the person at the desk has taken back last; only the step of a number, where one is given.

        Raises Refusal(LEASE_OVER), and the step stays.
        """
        with self.database.transaction():
            self.meta.require_lease()
            return self._turning().redo(number)

    def undo_stack(self) -> UndoStack:
        """What the person at the desk can take back and do again."""
        return UndoStack(self.database, self.identity().user_id)

    def _turning(self) -> Turning:
        def make(edit: Edit, undoes: tuple[str, ...]) -> tuple[Mapping[str, frozenset[str]], WayBack]:
            made, way, _ = self._make(edit.name, edit.args, "", undoes)
            return made.touched, way

        return Turning(self.database, self.undo_stack(), make)

    def _edit(self, name: str, args: Any, label: str, macro: str) -> Edited:
        made, way, user = self._make(name, args, label)
        if not way.edits:
            return made
        stack = UndoStack(self.database, user)
        return replace(made, step=stack.push(way, label=label, subject=made.subject, macro=macro))

    def _make(self, name: str, args: Any, label: str, undoes: tuple[str, ...] = ()) -> tuple[Edited, WayBack, str]:
        """Make an edit within a transaction: what it is, its way back, and whose it is."""
        edit, database = self._next(name, args, label, undoes), self.database
        tx = ReplicaTx(database)
        ctx = context(tx, edit)
        effect(tx, ctx, name, args)
        back = way_back(name, Done(before=tx.untouched(), after=tx, ctx=ctx, args=args)) if tx.final else ()
        before = rows_of_keys(database, tx.final)
        way = WayBack(made=(edit.id,), edits=back, left=left_by(before, tx.final))
        touched = write_edit(database, before, tx.final)
        self.outbox.add(edit)
        rows = {table: frozenset(found) for table, found in touched.items()}
        made = Edited(seq=edit.seq, mutation_id=edit.id, subject=edit.subject, touched=rows)
        return made, way, edit.user_id

    def _next(self, name: str, args: Any, label: str, undoes: tuple[str, ...] = ()) -> Waiting:
        """An edit with the next number, within a transaction."""
        mutation = MUTATIONS[name]
        stamp = self.meta.stamp()
        return Waiting(
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
            # Beyond that it is like any other edit: one of a part of so many may have changed something.
            undoes=undoes if len(undoes) <= MOST_UNDONE else (),
        )

    def lease(self) -> Lease:
        """How long the person at the desk may go on without the server; from time to time the clock is kept."""
        standing = self.meta.lease()
        if clock.monotonic() - self._ticked >= TICK or self.meta.has_leapt():
            with self.database.transaction():
                self.meta.tick()
            self._ticked = clock.monotonic()
        return standing

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

    def apply_lines(self, lines: Iterator[Line]) -> Touched:
        """Take what has changed on the server and replay what waits; see `Rebase.run`."""
        with uncollected():
            return Rebase(self.database).run(lines)

    def unsent(self, limit: int, after: int = 0) -> Sequence[Mapping[str, Any]]:
        """The oldest waiting edits beyond a number as they go over the wire."""
        return [edit.on_the_wire() for edit in self.outbox.first(limit, after=after)]

    def changed_rows(self, table: str, rows: Collection[str]) -> frozenset[str]:
        """Those of these rows that stand otherwise here than on the server, because an edit waits."""
        sql = "SELECT row_id FROM base WHERE table_name = ? AND row_id IN (SELECT value FROM json_each(?))"
        return frozenset(row[0] for row in self.database.rows(sql, (table, canonical([*rows]))))

    def unsent_rows(self, table: str, rows: Collection[str]) -> frozenset[str]:
        """Those of these rows that an edit which waits is about, or has changed here."""
        return self.outbox.about(rows) | self.changed_rows(table, rows)

    def tx(self) -> ReplicaTx:
        """The book as the rules read it; nothing that is changed through it is written."""
        return ReplicaTx(self.database)
