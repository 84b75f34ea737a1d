"""What a desk has not got yet, as lines of JSON: a head, rows by table, removals, a tail."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

import orjson

from shared import clock
from shared.model.registry import ENTITIES
from shared.protocol.problems import ProblemCode
from syncserver.services.declined import Declined
from syncserver.services.server import Principal, Server
from syncserver.services.sync import cursors, leases
from syncserver.services.sync.cursors import Bounds, Place, Reached
from syncserver.services.sync.decisions import RECOVERS
from syncserver.services.sync.recovery import count_from_first, end_if_due
from syncserver.services.sync.registering import require_schema
from syncserver.services.sync.standing import require_desk, telling_why
from syncserver.store import feeds
from syncserver.store.feeds import Difference, Page, Snapshot
from syncserver.store.replicas import forget_outcomes, note_contact
from syncserver.store.tenancy import snapshot_transaction, tenant_transaction

Lines = Iterator[bytes]
_SEEN_FOR: Final = timedelta(days=1)
_BEGUN: Final = 0
"""The last edit of which a load tells: of none, its closing delta tells of all."""


def _line(message: dict[str, Any]) -> bytes:
    return orjson.dumps(message) + b"\n"


class _Recovering(Declined):
    """The tenant is in recovery, or was when this was read: `until` when."""

    def __init__(self, until: datetime) -> None:
        super().__init__(ProblemCode.RECOVERING, retry_after=RECOVERS)
        self.until = until


class Pull:
    """One pull, read from one snapshot, which stays open until `close`.

    With a cursor it is what changed since; without one everything there is, or what a load that was cut off has not
    got, where `resume` says how far that had come. `leaves_work` says that `finish` is to be called after it.
    """

    reads_difference: ClassVar[bool] = True
    """Whether what changed since a cursor is read with the snapshot, where there is one."""
    reads_more: ClassVar[bool] = False
    """Whether the snapshot is asked for more than that, and has to stay open for it."""

    def __init__(
        self, server: Server, principal: Principal, replica: str, *, cursor: str | None = None,
        resume: str | None = None,
    ) -> None:  # fmt: skip
        """Open the snapshot. Raises Declined where this may not be pulled; StorageFault for passing trouble."""
        self._server = server
        self._principal = principal
        self._replica = replica
        self._told = server.marks.told(principal.tenant.id)
        self._difference: Difference | None = None
        try:
            with telling_why(server, principal), ExitStack() as stack:
                now = self._open_snapshot(stack, cursor)
                self._begin(now, cursor, resume)
                self._open = stack.pop_all()
        except _Recovering as recovering:
            # Whether or not that ends it: the snapshot was of before. It is given back first, for this needs another
            # connection.
            until = count_from_first(server, principal, recovering.until)
            end_if_due(server.engine, principal.tenant, until)
            raise

    def _open_snapshot(self, stack: ExitStack, cursor: str | None) -> Snapshot:
        engine, tenant, session = self._server.engine, self._principal.tenant, self._principal.session
        since = cursors.claimed(self._server, cursor) if cursor is not None and self.reads_difference else None
        if since is None:
            self._connection = stack.enter_context(tenant_transaction(engine, tenant, read_only=True))
            return feeds.snapshot(self._connection, session, self._replica)
        self._connection, require_epoch = stack.enter_context(snapshot_transaction(engine, tenant))
        now, self._difference = feeds.difference(
            self._connection, session, self._replica, after=since.version, last_seq=since.last_seq,
            ends=not self.reads_more,
        )  # fmt: skip
        require_epoch()
        return now

    def _begin(self, now: Snapshot, cursor: str | None, resume: str | None) -> None:
        self._server.marks.require_progress(self._principal.tenant.id, self._told, now.version)
        view = require_desk(self._principal, now.person, now.terms)
        if now.device_id != self._principal.device:
            raise Declined(ProblemCode.NOT_FOUND)
        if now.retired:
            raise Declined(ProblemCode.REPLICA_RETIRED)
        require_schema(now.schema)
        self._now = now
        self._tables = view.tables
        self._bounds = Bounds(tenant=self._principal.tenant, replica=self._replica, view=view.hash, schema=now.schema)
        self._from = self._reached(resume, now) if cursor is None else self._place(cursor, now)
        if now.recovering_until is not None:
            raise _Recovering(now.recovering_until)

    def _reached(self, resume: str | None, now: Snapshot) -> Reached:
        if resume is None:
            return Reached(version=now.version, table=self._tables[0], key=feeds.NO_KEY)
        reached = cursors.read_resume(self._server, self._bounds, resume)
        _require_told(reached.version, now)
        return reached

    def _place(self, cursor: str, now: Snapshot) -> Place:
        place = cursors.read(self._server, self._bounds, cursor)
        if place.last_seq > now.last_seq:
            raise Declined(ProblemCode.EPOCH_CHANGED)
        _require_told(place.version, now)
        return place

    def lines(self) -> Lines:
        """The stream. What it says is only good once its tail has come."""
        if isinstance(self._from, Reached):
            return self._load(self._from)
        if self._difference is None:
            raise ValueError("the difference was not read")
        return self._delta(self._from, self._difference)

    def close(self) -> None:
        """Give the snapshot back; a second time does nothing."""
        self._open.close()

    def _load(self, reached: Reached) -> Lines:
        """Everything beyond what was reached. The rest may have been read at any version since the load began."""
        tables = self._tables[self._tables.index(reached.table) :]
        counts = feeds.count_all(self._connection, tables, reached.key)
        yield self._head(reached.version, counts, full=True)
        for table in tables:
            beyond = reached.key if table == reached.table else feeds.NO_KEY
            for page in feeds.all_rows(self._connection, table, beyond) if counts[table] else ():
                yield rows_line(table, page, self._resume(Reached(version=reached.version, table=table, key=page.last)))
        yield self._tail(Place(version=reached.version, last_seq=_BEGUN), counts, [])

    def _resume(self, reached: Reached) -> str:
        token = cursors.seal_resume(self._server, self._bounds, reached)
        return f',"resume":"{token}"'

    def _delta(self, since: Place, new: Difference) -> Lines:
        put = {table: new.put[table] for table in self._tables if table in new.put}
        yield self._head(self._now.version, put, full=False)
        for table, count in put.items():
            pages = feeds.changed_rows(self._connection, table, since.version, new.pages[table], count)
            yield from (rows_line(table, page) for page in pages)
        for table in self._tables:
            if table in new.removed:
                yield _line({"kind": "removals", "table": table, "ids": orjson.Fragment(new.removed[table])})
        yield self._tail(Place(version=self._now.version, last_seq=self._now.last_seq), put, new.outcomes)

    def _head(self, version: int, counts: dict[str, int], *, full: bool) -> bytes:
        return _line(
            {
                "kind": "head",
                "epoch": self._server.epoch,
                "schema": self._now.schema,
                "view": self._bounds.view,
                "version": version,
                "full": full,
                "counts": counts,
                **({"newest": self._now.version} if full else {}),
            }
        )

    def _tail(self, place: Place, counts: dict[str, int], outcomes: list[dict[str, Any]]) -> bytes:
        self._server.note_told(self._principal.tenant.id, self._now.version)
        return _line(
            {
                "kind": "tail",
                "cursor": cursors.seal(self._server, self._bounds, place),
                "version": place.version,
                "last_seq": place.last_seq,
                "outcomes": outcomes,
                "counts": counts,
                "lease": leases.give(self._server, self._principal.tenant, self._replica),
                "server_time": clock.instant_text(clock.now()),
                "offline_lease": leases.length(self._server, self._now.terms),
            }
        )

    @property
    def leaves_work(self) -> bool:
        """Whether `finish` has anything to do."""
        return self._is_news or (self._difference is not None and self._difference.stored >= feeds.MANY)

    @property
    def _is_news(self) -> bool:
        """Whether the replica was not heard of for so long that it is worth a write."""
        seen_at = self._now.seen_at
        return seen_at is None or seen_at < clock.now() - _SEEN_FOR

    def finish(self) -> None:
        """Note that the replica was here, and drop the outcomes that the presented cursor proves to be stored there."""
        if not self.leaves_work:
            return
        with tenant_transaction(self._server.engine, self._principal.tenant) as connection:
            if self._is_news:
                note_contact(connection, self._replica, clock.now())
            if isinstance(self._from, Place):
                forget_outcomes(connection, self._replica, self._from.last_seq)


def _require_told(version: int, now: Snapshot) -> None:
    if version > now.version:
        # The desk has seen what this server has not: its database was put back.
        raise Declined(ProblemCode.EPOCH_CHANGED)
    if version < now.floor:
        raise Declined(ProblemCode.RESET_REQUIRED)


def rows_line(table: str, page: Page, more: str = "") -> bytes:
    """The line of a page of a table; `more` is further members of it."""
    names = orjson.dumps(ENTITIES[table].names).decode()
    return f'{{"kind":"rows","table":"{table}","columns":{names},"rows":[{page.json}]{more}}}\n'.encode()
