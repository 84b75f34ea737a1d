"""What a desk has not got yet, as lines of JSON: a head, rows by table, removals, a tail."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, Final

import orjson

from shared import clock
from shared.model.registry import ENTITIES
from shared.protocol.problems import ProblemCode
from syncserver.services import cursors, leases, views
from syncserver.services.cursors import Bounds, Place
from syncserver.services.decisions import RECOVERS
from syncserver.services.declined import Declined
from syncserver.services.recovery import end_if_due
from syncserver.services.registering import require_schema
from syncserver.services.server import Principal, Server
from syncserver.services.standing import require_desk
from syncserver.store import feeds
from syncserver.store.feeds import Page, Snapshot
from syncserver.store.handles import Connection
from syncserver.store.replicas import forget_outcomes, note_contact
from syncserver.store.tenancy import tenant_transaction

Lines = Iterator[bytes]
_SEEN_FOR: Final = timedelta(days=1)


def _line(message: dict[str, Any]) -> bytes:
    return orjson.dumps(message) + b"\n"


class Pull:
    """One pull, read from one snapshot, which stays open until `close`.

    `leaves_work` says that `finish` is to be called after it.
    """

    def __init__(self, server: Server, principal: Principal, replica: str, cursor: str | None) -> None:
        """Open the snapshot. Raises Declined where this may not be pulled; StorageFault for passing trouble."""
        self._server = server
        self._principal = principal
        self._replica = replica
        self._stored_seq: int | None = None
        with ExitStack() as stack:
            self._connection = stack.enter_context(tenant_transaction(server.engine, principal.tenant, read_only=True))
            self._begin(cursor)
            self._open = stack.pop_all()

    def _begin(self, cursor: str | None) -> None:
        now = feeds.snapshot(self._connection, self._principal.session, self._replica)
        role = require_desk(self._server, self._principal, now.person, now.tenant_state)
        if now.device_id != self._principal.device:
            raise Declined(ProblemCode.NOT_FOUND)
        if now.retired:
            raise Declined(ProblemCode.REPLICA_RETIRED)
        require_schema(now.schema)
        self._now = now
        self._tables = views.tables_of(role)
        self._bounds = Bounds(
            tenant=self._principal.tenant, replica=self._replica, view=views.view_hash(role), schema=now.schema
        )
        self._from = None if cursor is None else self._place(cursor, now)
        if now.recovering_until is not None:
            # Whether or not that ends it: this snapshot is of before.
            end_if_due(self._server.engine, self._principal.tenant, now.recovering_until)
            raise Declined(ProblemCode.RECOVERING, retry_after=RECOVERS)

    def _place(self, cursor: str, now: Snapshot) -> Place:
        place = cursors.read(self._server, self._bounds, cursor)
        if place.version > now.version or place.last_seq > now.last_seq:
            # The desk has seen what this server has not: its database was put back.
            raise Declined(ProblemCode.EPOCH_CHANGED)
        if place.version < now.floor:
            raise Declined(ProblemCode.RESET_REQUIRED)
        if feeds.has_outcomes(self._connection, self._replica, place.last_seq):
            self._stored_seq = place.last_seq
        return place

    def lines(self) -> Lines:
        """The stream. What it says is only good once its tail has come."""
        connection = self._connection
        if self._from is None:
            counts, removed = feeds.count_all(connection, self._tables), dict[str, int]()
        else:
            counts, removed = feeds.count_changed(connection, self._tables, self._from.version)
        yield self._head(counts)
        for table in self._tables:
            if counts.get(table):
                yield from rows_lines(table, self._pages(connection, table))
        for table in removed:
            yield self._removals(connection, table)
        yield self._tail(connection, counts)

    def close(self) -> None:
        """Give the snapshot back; a second time does nothing."""
        self._open.close()

    def _pages(self, connection: Connection, table: str) -> Iterator[Page]:
        if self._from is None:
            return feeds.all_rows(connection, table)
        return feeds.changed_rows(connection, table, self._from.version)

    def _head(self, counts: dict[str, int]) -> bytes:
        return _line(
            {
                "kind": "head",
                "epoch": self._server.epoch,
                "schema": self._now.schema,
                "view": self._bounds.view,
                "version": self._now.version,
                "full": self._from is None,
                "counts": counts,
            }
        )

    def _removals(self, connection: Connection, table: str) -> bytes:
        after = self._from.version if self._from else 0
        return _line(
            {"kind": "removals", "table": table, "ids": orjson.Fragment(feeds.removed_ids(connection, table, after))}
        )

    def _tail(self, connection: Connection, counts: dict[str, int]) -> bytes:
        place = Place(version=self._now.version, last_seq=self._now.last_seq)
        self._server.note_told(self._principal.tenant.id, place.version)
        after = self._from.last_seq if self._from else 0
        return _line(
            {
                "kind": "tail",
                "cursor": cursors.seal(self._server, self._bounds, place),
                "version": place.version,
                "last_seq": place.last_seq,
                "outcomes": feeds.outcomes(connection, self._replica, after),
                "counts": counts,
                "lease": leases.give(self._server, self._principal.tenant, self._replica),
                "server_time": clock.instant_text(clock.now()),
            }
        )

    @property
    def leaves_work(self) -> bool:
        """Whether `finish` has anything to do."""
        return self._stored_seq is not None or self._is_news

    @property
    def _is_news(self) -> bool:
        """Whether the replica was not heard of for so long that it is worth a write."""
        seen_at = self._now.seen_at
        return seen_at is None or seen_at < clock.now() - _SEEN_FOR

    def finish(self) -> None:
        """Drop the outcomes that the presented cursor proves to be stored on the desk, and note that it was here."""
        if not self.leaves_work:
            return
        with tenant_transaction(self._server.engine, self._principal.tenant) as connection:
            if self._is_news:
                note_contact(connection, self._replica, clock.now())
            if self._stored_seq is not None:
                forget_outcomes(connection, self._replica, self._stored_seq)


_END: Final = b"]}\n"


def rows_lines(table: str, pages: Iterator[Page]) -> Lines:
    """A line for each page of a table."""
    names = orjson.dumps(ENTITIES[table].names).decode()
    for page in pages:
        yield f'{{"kind":"rows","table":"{table}","columns":{names},"rows":[{page.json}'.encode() + _END
