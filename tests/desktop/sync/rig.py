"""An engine over a real replica, and the authority in the same process: calls are counted, and fail when told so."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from desktop.runtime.changes import Changes
from desktop.runtime.threads import StoreThread
from desktop.store.replica import Replica
from desktop.sync.engine import Engine
from desktop.sync.replica_store import ReplicaStore
from desktop.sync.session import Session
from desktop.sync.status import Connection, SyncStatus
from desktop.sync.transport import Transport
from shared.errors import NotSignedIn
from shared.protocol.codec import arguments_of
from tests.support.authority import Admitted, Authority
from tests.support.replicas import filled
from tests.support.salon import Salon, made_id


class Rig:
    """An engine, its replica on a store thread, and the authority that it talks to."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        self.changes = Changes()
        self.thread = StoreThread()
        self.replica: Replica = self.thread.call(lambda: filled(path, Salon()))
        self.thread.call(lambda: self.replica.meta.set("cursor", "1"))
        self.authority = Authority()
        self.told: list[SyncStatus] = []
        self.engine = Engine(
            cast(Transport, self.authority),
            cast(Session, Admitted()),
            self.store(),
            on_status=self.told.append,
            chance=chance,
        )

    def store(self) -> ReplicaStore:
        """The replica as the engine sees it; nobody else works on it."""
        return ReplicaStore(self.do, self.changes, is_shared=lambda: False, holds=lambda view, business: None)

    def do(self, question: Callable[[Replica], Any]) -> Any:
        return self.thread.call(lambda: question(self.replica))

    def edit(self, name: str = "Nora") -> None:
        self.save({"customer_id": made_id(name), "name": name})
        self.engine.edited()

    def save(self, customer: dict[str, Any]) -> None:
        """Make an edit, without telling the engine."""
        args = arguments_of("customer.create", 1, customer)
        self.do(lambda replica: replica.edit("customer.create", args))

    def until(self, happened: Callable[[], bool], seconds: float = 15) -> None:
        end = time.monotonic() + seconds
        while not happened():
            assert time.monotonic() < end, (self.engine.status, self.authority.calls[-20:])
            time.sleep(0.005)

    def drained(self) -> None:
        self.until(lambda: self.do(lambda replica: replica.outbox.count()) == 0)
        self.until(lambda: self.engine.status.waiting == 0 and self.engine.status.connection is Connection.ONLINE)

    def hears_nothing(self) -> None:
        """Let no stream and no poll be of any use: what the others do is found by asking."""

        @contextmanager
        def refused(token: str) -> Iterator[Iterator[Mapping[str, Any]]]:
            if token:
                raise NotSignedIn("reauth")
            yield iter(())

        self.authority.live = refused  # type: ignore[assignment, method-assign]

    def is_behind(self) -> bool:
        return int(self.do(lambda replica: replica.meta.get("version"))) < self.authority.version

    def others_write(self) -> None:
        """A version of which this desk is told by nobody."""
        self.authority.version += 1
        self.authority.history[self.authority.version] = self.authority.rows()

    def rests(self) -> bool:
        """Whether it does not even find what others have just written."""
        self.others_write()
        time.sleep(0.3)
        return self.is_behind()

    def fail(self, call: str, *errors: BaseException) -> None:
        """Raise each of these once, at this call."""
        left = list(errors)

        def fault(made: str) -> None:
            if made == call and left:
                raise left.pop(0)

        self.authority.fault = fault
