"""The child: a desk without a window that does what it reads from standard input, a line of JSON each."""

import hashlib
import json
import random
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from desktop.config import Home
from desktop.desk import Desk
from desktop.operations.operation import Operation
from desktop.runtime.changes import Tables
from desktop.store.replica import Replica
from desktop.sync.verifying import Verifying
from desktop.sync.watch import Watch
from shared import clock
from shared.clock import instant_text
from shared.model.registry import ENTITIES
from shared.mutations.decide import NOUNS
from shared.mutations.registry import MUTATIONS
from tests.bench.held import held, memory
from tests.support.file_secrets import FileSecrets

Json = dict[str, Any]
MODULES = NOUNS
"""Imported so that the table of mutations is full."""


_LOOKED_BACK: Final = 1000


class BenchDesk:
    """One desk and its stop-watch; times are seconds of the clock that all processes of a machine share."""

    def __init__(self, folder: Path) -> None:
        self._home = Home(folder)
        self._secrets = FileSecrets(folder / "secrets.json")
        self._desk: Desk
        self._seen: dict[str, float] = {}
        self._news = threading.Condition()

    def sign_in(self, server: str, tenant: str, email: str, password: str) -> None:
        """Be somebody's desk; nothing is synced yet."""
        self._desk = Desk.sign_in(
            self._home, self._secrets, server=server, tenant=tenant, email=email, password=password
        )
        self._desk.changes.listen(self._note)

    def _note(self, tables: Tables) -> None:
        now = perf_counter()
        with self._news:
            fresh = {row_id: now for ids in tables.values() for row_id in ids}
            # Of a long run only the last is kept: what the bench itself holds must not look like a leak.
            self._seen = fresh if len(self._seen) > _LOOKED_BACK else self._seen | fresh
            self._news.notify_all()

    def _until(self, true: Callable[[], bool], *, within: float) -> float:
        """The moment when something became true; it is asked again at every change."""
        end = perf_counter() + within
        with self._news:
            while not true():
                assert self._news.wait(timeout=end - perf_counter()), "this did not happen in time"
        return perf_counter()

    def first_sync(self) -> Json:
        """Start syncing, until the book is there; seconds, and the process's highest use of memory in MiB."""
        begun = perf_counter()
        self._desk.start()
        ended = self._until(lambda: self._desk.do(lambda replica: replica.is_usable), within=300)
        return {"seconds": ended - begun, "peak": memory("VmHWM")}

    def pause(self) -> None:
        """Stop syncing, as when the network goes; the book stays open."""
        self._desk.engine.stop()

    def close(self) -> None:
        """Close the desk."""
        self._desk.close()

    def reopen(self) -> None:
        """Open the desk again, as after a start of the program; nothing is synced yet."""
        desk = Desk.open(self._home, self._secrets)
        assert desk is not None
        self._desk = desk
        self._desk.changes.listen(self._note)

    def start(self) -> None:
        """Begin to sync."""
        self._desk.start()

    def make(self, edits: list[tuple[str, Json]]) -> float:
        """Save edits one after the other; seconds."""
        begun = perf_counter()
        for name, args in edits:
            self._edit(name, args)
        return perf_counter() - begun

    def _edit(self, name: str, args: Json) -> None:
        self._desk.edit(Operation(name=name, args=MUTATIONS[name].parse(args), label=""))

    def save(self, name: str, args: Json) -> float:
        """Save one edit; the moment when it was asked for."""
        begun = perf_counter()
        self._edit(name, args)
        return begun

    def seen(self, row: str, after: float) -> float:
        """The moment after another at which a row was in the replica, waited for."""
        self._until(lambda: self._seen.get(row, 0.0) > after, within=30)
        return self._seen[row]

    def booked_today(self) -> list[tuple[str, str]]:
        """Today's visits that are booked and no more: id and start."""
        today = instant_text(clock.now())[:10]
        sql = (
            "SELECT id, starts_at FROM appointment WHERE status = 'booked' AND starts_at >= ? AND starts_at < ? || 'U'"
        )
        return self._desk.do(lambda replica: [(row[0], row[1]) for row in replica.database.rows(sql, (today, today))])

    def drained(self) -> float:
        """The moment when nothing waits any more, waited for."""
        return self._until(lambda: self._desk.do(lambda replica: replica.outbox.count()) == 0, within=600)

    def drain(self) -> float:
        """Start syncing until nothing waits; seconds."""
        begun = perf_counter()
        self._desk.start()
        return self.drained() - begun

    def rebase(self) -> float:
        """Take an empty patch and replay all that waits; seconds."""

        def take() -> float:
            meta = self._desk.replica.meta
            tail: Json = {
                "kind": "tail", "cursor": meta.get("cursor"), "version": int(meta.get("version") or 0), "last_seq": 0,
                "outcomes": [], "counts": {},
            }  # fmt: skip
            begun = perf_counter()
            self._desk.replica.apply_lines(iter([tail]))
            return perf_counter() - begun

        return self._desk.do(lambda _: take())

    def compare(self) -> Json:
        """Compare with the server: seconds, the longest that an edit has to wait for, and bytes; beside reading all."""
        store, transport, token = self._desk._replica_store, self._desk._transport, self._desk.session.token()
        watch = Watch(transport.probe, lost=lambda: None, found=lambda: None, cut=lambda: None)
        comparing = Verifying(
            transport, self._desk.session, store, watch, load_afresh=lambda: None,
            chance=random.Random(0),
        )  # fmt: skip
        begun = perf_counter()
        held, slices = list(comparing._sums()), []
        summed = perf_counter()
        for one in held:
            at = perf_counter()
            store.range_sum(one.table, one.start, one.before, ())
            slices.append(perf_counter() - at)
        tables: dict[str, list[Json]] = {table: [] for table in ENTITIES}
        for one in held:
            tables[one.table].append({"before": one.before, "rows": one.rows, "sum": one.sum})
        asked = perf_counter()
        answer = comparing._asked(tables)
        answered = perf_counter()
        assert answer["ranges"] == []
        place = store.place()
        with transport._http().pieces("/v1/sync/pull", {"replica": place.replica}, token) as pieces:
            size = sum(map(len, pieces))
        pulled = perf_counter()
        self._desk.do(lambda replica: [replica.database.rows(f"SELECT * FROM {one} ORDER BY id") for one in ENTITIES])
        return {
            "sums": summed - begun, "read": perf_counter() - pulled, "answer": answered - asked,
            "pull": pulled - answered, "slice": max(slices), "bytes": len(json.dumps(tables)), "book": size,
            "rows": sum(one.rows for one in held),
        }  # fmt: skip

    def version(self) -> int:
        """Up to where the replica has heard."""
        return self._desk.do(lambda replica: int(replica.meta.get("version") or 0))

    def sums(self, version: int) -> dict[str, tuple[int, str]]:
        """Rows of each table and a hash over them, once the replica has a version."""
        self._desk.engine.sync_now()
        self._until(lambda: self.version() >= version, within=60)
        return self._desk.do(_sums)

    def memory(self) -> Json:
        """What the process holds now."""
        return held()

    def replica(self) -> Json:
        """Where the replica is, and its key."""
        account = self._desk.account
        return {
            "path": str(self._home.replica(account.replica)),
            "key": self._secrets.get(f"key:{account.replica}"),
        }


def _sums(replica: Replica) -> dict[str, tuple[int, str]]:
    found = {table: replica.database.rows(f"SELECT * FROM {table} ORDER BY id") for table in ENTITIES}
    return {table: (len(rows), hashlib.sha256(repr(rows).encode()).hexdigest()) for table, rows in found.items()}


def main() -> None:
    """Do what is asked until standard input ends."""
    desk = BenchDesk(Path(sys.argv[1]))
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = {"result": getattr(desk, asked.pop("do"))(**asked)}
        except Exception:  # noqa: BLE001 - the parent raises it
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
