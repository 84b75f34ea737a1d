"""Brings the replica and the server together, again and again, whatever happens on the way."""

import logging
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import orjson

from desktop.runtime import threads
from desktop.runtime.threads import Bell
from desktop.sync.problems import Busy, ResetRequired, Stopped, TooLarge
from desktop.sync.session import Session
from desktop.sync.status import Connection, SyncStatus
from desktop.sync.transport import Transport
from shared import clock
from shared.errors import NotSignedIn, ProtocolMismatch, StorageFault, Unreachable
from shared.protocol.messages import MAX_BATCH, MAX_BODY

Line = Mapping[str, Any]
log = logging.getLogger(__name__)

EVERY: Final = 60.0
"""Seconds between two pulls when nothing else asks for one."""
_LONGEST_WAIT: Final = 60.0
_PATIENCE: Final = timedelta(minutes=10)
_SHORT_WAIT: Final = 4.0
_ROOM: Final = MAX_BODY - 4096


class Place:
    """Where a replica stands: which one it is, and up to where it has heard."""

    __slots__ = ("cursor", "device", "epoch", "replica", "schema", "version")

    def __init__(
        self, *, replica: str, device: str, schema: int, epoch: str | None, cursor: str | None, version: int
    ) -> None:
        self.replica, self.device, self.schema = replica, device, schema
        self.epoch, self.cursor, self.version = epoch, cursor, version


class EngineStore(Protocol):
    """What the engine needs of the replica. Every call waits until it is done, and may be made from any thread."""

    def place(self) -> Place: ...

    def registered(self, answer: Mapping[str, Any]) -> None: ...

    def unsent(self, limit: int, after: int) -> Sequence[Mapping[str, Any]]: ...

    def waiting(self) -> int: ...

    def last_contact(self) -> datetime | None: ...

    def apply_lines(
        self, lines: Iterator[Line], *, reset: bool, progress: Callable[[int, int], None] | None
    ) -> None: ...


class Engine:
    """One loop that pushes and pulls, and one that listens for pokes. Nothing that fails ends either of them."""

    def __init__(
        self,
        transport: Transport,
        session: Session,
        store: EngineStore,
        *,
        on_status: Callable[[SyncStatus], None] = lambda status: None,
        chance: random.Random | None = None,
    ) -> None:
        self._transport, self._session, self._store = transport, session, store
        self._on_status = on_status
        self._chance = chance or random.Random()  # noqa: S311 - spreads retries, guards nothing
        self._work, self._hear = Bell(), Bell()
        self._running = False
        self._registered = self._must_reset = False
        self._urgent = False
        self._batch = MAX_BATCH
        self._failures = 0
        self.status = SyncStatus(waiting=store.waiting(), last_contact=store.last_contact())

    def start(self) -> None:
        """Begin to sync, and go on until `stop`."""
        self._running = True
        self._threads = [threads.start("sync", self._run), threads.start("live", self._listen)]

    def stop(self) -> None:
        """End both loops; an answer that is under way is no longer waited for."""
        self._running = False
        self._work.ring()
        self._hear.ring()
        self._transport.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def edited(self) -> None:
        """There is something to push. While the server is away this waits for the next try."""
        self._show(waiting=self._store.waiting())
        if self._failures == 0:
            self._work.ring()

    def sync_now(self) -> None:
        """Push and pull at once, even in the middle of a wait."""
        self._urgent = True
        self._work.ring()
        self._hear.ring()

    def _show(self, **changes: Any) -> None:
        status = replace(self.status, **changes)
        if status != self.status:
            self.status = status
            self._on_status(status)

    def _run(self) -> None:
        while self._running:
            wait = self._once()
            # While the server is away only a person, or the server itself, ends the wait.
            while self._work.wait(wait) and self._failures > 0 and not self._urgent:
                wait = min(wait, _SHORT_WAIT)
            self._urgent = False

    def _once(self) -> float:
        """One round; how many seconds to wait for the next."""
        self._show(syncing=True)
        try:
            self._round()
        except ResetRequired:
            self._must_reset = True
            return 0.0
        except TooLarge:
            self._batch = max(1, self._batch // 2)
            return 0.0
        except NotSignedIn as ended:
            return self._no_session(ended)
        except (Stopped, ProtocolMismatch) as stopped:
            self._failures += 1
            self._show(connection=Connection.STOPPED, message=str(stopped), syncing=False)
            return _LONGEST_WAIT
        except Exception as error:  # noqa: BLE001 - whatever it was, what waits is tried again
            return self._failed(error)
        finally:
            self._show(syncing=False)
        self._failures = 0
        self._show(
            connection=Connection.ONLINE, offline_since=None, last_contact=clock.now(), message="", progress=None
        )
        return EVERY

    def _no_session(self, ended: NotSignedIn) -> float:
        self._session.forget_token()
        if ended.code == "reauth" and self._failures == 0:
            # The access token may just have grown too old: one fresh one is tried first.
            self._failures += 1
            return 0.0
        self._failures += 1
        self._show(connection=Connection.SIGN_IN, message="Sign in again to go on syncing.")
        return _LONGEST_WAIT

    def _failed(self, error: Exception) -> float:
        if not isinstance(error, (Unreachable, StorageFault)):
            log.error("sync.failed", exc_info=error)
        self._failures += 1
        since = self.status.offline_since or clock.now()
        said = str(error) if isinstance(error, (Busy, StorageFault)) else ""
        self._show(
            connection=Connection.OFFLINE,
            offline_since=since,
            message=said,
            progress=None,
            waiting=self._store.waiting(),
        )
        ceiling = min(_LONGEST_WAIT, 2.0 ** min(self._failures, 10))
        if clock.now() - since < _PATIENCE:
            # A cable that is put back is noticed within seconds; a server that is gone for long is left in peace.
            ceiling = min(ceiling, _SHORT_WAIT)
        return max(getattr(error, "after", 0.0), self._chance.uniform(0.2, ceiling))

    def _round(self) -> None:
        token = self._session.token()
        if not self._registered:
            self._register(token)
        pushed = self._push_all(token)
        self._pull(token)
        waiting = self._store.waiting()
        self._show(waiting=waiting)
        if waiting:
            self._require_progress(pushed)
            self._work.ring()

    def _require_progress(self, pushed: int) -> None:
        """What was pushed must be acknowledged by the pull after it: else this would go round without end."""
        first = self._store.unsent(1, 0)
        if first and first[0]["seq"] <= pushed:
            raise Unreachable("The server took the edits and has not acknowledged them.")

    def _register(self, token: str) -> None:
        place = self._store.place()
        wish = {"device": place.device, "replica": place.replica, "schema": place.schema}
        answer = self._transport.register(token, wish)
        if place.epoch is not None and answer["epoch"] != place.epoch:
            raise Stopped("epoch_changed", "The server began a new history. Everything on this computer is kept.")
        self._store.registered(answer)
        self._registered = True

    def _push_all(self, token: str) -> int:
        """Push what waits, batch by batch from the first that is not acknowledged; the last number that was pushed."""
        place, after = self._store.place(), 0
        if place.cursor is None:
            return 0
        while self._running and (batch := self._fitting(after)):
            message = {
                "replica": place.replica, "epoch": place.epoch, "schema": place.schema, "mutations": list(batch),
            }  # fmt: skip
            self._transport.push(token, message)
            after = batch[-1]["seq"]
        self._batch = min(MAX_BATCH, self._batch * 2)
        return after

    def _fitting(self, after: int) -> Sequence[Mapping[str, Any]]:
        batch: list[Mapping[str, Any]] = []
        size = 0
        for one in self._store.unsent(self._batch, after):
            size += len(orjson.dumps(one)) + 1
            if batch and size > _ROOM:
                break
            batch.append(one)
        return batch

    def _pull(self, token: str) -> None:
        place = self._store.place()
        full = self._must_reset or place.cursor is None
        with self._transport.pull(token, place.replica, None if full else place.cursor) as lines:
            if full:
                self._store.apply_lines(lines, reset=True, progress=self._loaded)
                self._must_reset = False
                return
            delta = list(lines)
        if len(delta) > 2 or _says_something(delta, place.version):
            self._store.apply_lines(iter(delta), reset=False, progress=None)

    def _loaded(self, done: int, total: int) -> None:
        self._show(progress=(done, total))

    def _listen(self) -> None:
        misses = 0
        while self._running:
            try:
                self._follow_pokes()
                misses = 0
            except NotSignedIn:
                self._hear.wait(_LONGEST_WAIT)
            except Exception as error:
                if not isinstance(error, Unreachable):
                    log.warning("live.failed", exc_info=error)
                misses += 1
            if self._running:
                self._hear.wait(self._chance.uniform(0.1, min(_SHORT_WAIT, 0.5 * 2.0 ** min(misses, 6))))

    def _follow_pokes(self) -> None:
        if self._store.place().cursor is None:
            self._hear.wait(1.0)
            return
        with self._transport.live(self._session.token()) as pokes:
            if self.status.connection is Connection.OFFLINE:
                self.sync_now()
            for poke in pokes:
                if poke["version"] > self._store.place().version:
                    self.sync_now()
        # The stream has ended: whether the server is still there shows at the next pull.
        self.sync_now()


def _says_something(delta: Sequence[Line], version: int) -> bool:
    if len(delta) < 2:
        # Without its tail it is a stream that broke off: applying it raises what that means.
        return True
    tail = delta[-1]
    return bool(tail.get("outcomes")) or tail.get("version") != version
