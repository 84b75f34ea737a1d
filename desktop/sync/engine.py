"""Brings the replica and the server together, again and again, whatever happens on the way."""

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from desktop.runtime import threads
from desktop.runtime.threads import Bell
from desktop.store.fork import ReplicaForked
from desktop.sync.batches import Line, fitting, whole
from desktop.sync.engine_store import EngineStore
from desktop.sync.live import Live
from desktop.sync.problems import Busy, ResetRequired, SignInRefused, Stopped, TooLarge
from desktop.sync.session import Session
from desktop.sync.status import Connection, SyncStatus
from desktop.sync.transport import Transport
from shared import clock
from shared.errors import NotSignedIn, ProtocolMismatch, StorageFault, Unreachable
from shared.protocol.messages import MAX_BATCH

log = logging.getLogger(__name__)

EVERY: Final = 60.0
"""Seconds between two pulls when nothing else asks for one."""
_LONGEST_WAIT: Final = 60.0
_PATIENCE: Final = timedelta(minutes=10)
_SHORT_WAIT: Final = 4.0
_BEGIN_AGAIN: Final[Mapping[str, bool]] = {"replica_forked": False, "seq_gap": True, "epoch_changed": True}
"""What a replica cannot mend under its own name, and whether the server may have lost what was sent to it."""


def _code(error: BaseException) -> str:
    return "replica_forked" if isinstance(error, ReplicaForked) else error.code if isinstance(error, Stopped) else ""


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
        self._work = Bell()
        self._live = Live(transport, session, version=self._version, heard=self._heard, chance=self._chance)
        self._threads: list[threads.Loop] = []
        self._running = False
        self._registered = self._must_reset = self._urgent = False
        self._batch = MAX_BATCH
        self._failures = 0
        self._tried: set[str] = set()
        # Until then the server has asked to be left alone.
        self._not_before = clock.monotonic()
        self.status = SyncStatus(waiting=store.waiting(), last_contact=store.last_contact())

    def start(self) -> None:
        """Begin to sync, and go on until `stop`."""
        self._running = True
        self._threads = [threads.start("sync", self._run), threads.start("live", self._live.run)]

    def stop(self) -> None:
        """End both loops; an answer that is under way is no longer waited for."""
        self._running = False
        self._live.stop()
        self._work.ring()
        self._transport.interrupt()
        for thread in self._threads:
            thread.join(timeout=5)
        self._transport.close()

    def edited(self) -> None:
        """There is something to push. While the server is away this waits for the next try."""
        self._show(waiting=self._store.waiting())
        if self._failures == 0:
            self._work.ring()

    def sync_now(self) -> None:
        """Push and pull at once, even in the middle of a wait."""
        self._not_before = clock.monotonic()
        self._urgent = True
        self._work.ring()
        self._live.wake()

    def _version(self) -> int | None:
        place = self._store.place()
        return None if place.cursor is None else place.version

    def _heard(self, version: int | None) -> None:
        # A stream that has ended is worth a look, and so is a server that speaks while it was thought to be away.
        away = self.status.connection is not Connection.ONLINE
        if version is None or away or version > self._store.place().version:
            self._urgent = True
            self._work.ring()

    def _show(self, **changes: Any) -> None:
        status = replace(self.status, **changes)
        if status != self.status:
            self.status = status
            try:
                self._on_status(status)
            except Exception:
                # An edit is saved and a round is done, whatever becomes of the status line.
                log.exception("status.failed")

    def _run(self) -> None:
        while self._running:
            try:
                wait = self._once()
            except BaseException as error:
                log.error("sync.failed", exc_info=error)
                self._failures += 1
                wait = _SHORT_WAIT
            self._rest(wait)

    def _rest(self, seconds: float) -> None:
        """Wait for work; after a failure only a person, or a server that did not ask for patience, cuts it short."""
        end = clock.monotonic() + seconds
        while self._running and not self._is_pressed() and self._work.wait(max(0.0, end - clock.monotonic())):
            if self._failures == 0:
                break
        self._urgent = False

    def _is_pressed(self) -> bool:
        return self._urgent and clock.monotonic() >= self._not_before

    def _once(self) -> float:
        """One round; how many seconds to wait for the next."""
        self._show(syncing=True)
        try:
            self._round()
        except BaseException as error:  # noqa: BLE001 - whatever it was, what waits is tried again
            self._failures += 1
            return self._after(error)
        self._failures = 0
        self._tried.clear()
        if self.status.connection is not Connection.ONLINE:
            self._live.wake()
        self._show(
            connection=Connection.ONLINE, offline_since=None, last_contact=clock.now(), message="", progress=None,
            syncing=False,
        )  # fmt: skip
        return EVERY

    def _after(self, error: BaseException) -> float:
        """Show what a failed round means; how many seconds to wait. Nothing is tried again at once more than once."""
        self._show(syncing=False, progress=None)
        if isinstance(error, ResetRequired):
            self._must_reset = True
            return 0.0 if self._is_new("reset") else self._offline(error)
        if isinstance(error, NotSignedIn):
            return self._no_session(error)
        offer_sent = _BEGIN_AGAIN.get(_code(error))
        if offer_sent is not None and self._is_new("begin again"):
            log.warning("sync.begins_again", extra={"code": _code(error)})
            self._store.begin_again(offer_sent=offer_sent)
            self._registered = False
            return 0.0
        if isinstance(error, (ProtocolMismatch, SignInRefused)):
            self._registered = False
            self._show(connection=Connection.STOPPED, message=str(error))
            return _LONGEST_WAIT
        return self._offline(error)

    def _is_new(self, remedy: str) -> bool:
        """Whether this has not been tried since all was well; now it has."""
        known = remedy in self._tried
        self._tried.add(remedy)
        return not known

    def _no_session(self, ended: NotSignedIn) -> float:
        self._session.forget_token()
        if ended.code == "reauth" and self._is_new("token"):
            # The access token may just have grown too old: one fresh one is tried first.
            return 0.0
        self._show(connection=Connection.SIGN_IN, message="Sign in again to go on syncing.")
        return _LONGEST_WAIT

    def _offline(self, error: BaseException) -> float:
        if not isinstance(error, (Unreachable, StorageFault)):
            log.error("sync.failed", exc_info=error)
        said = str(error) if isinstance(error, (Busy, StorageFault)) else ""
        since = self.status.offline_since or clock.now()
        self._show(connection=Connection.OFFLINE, offline_since=since, message=said)
        self._show(waiting=self._store.waiting())
        asked = error.after if isinstance(error, Busy) else 0.0
        self._not_before = clock.monotonic() + asked
        return max(asked, self._pause())

    def _pause(self) -> float:
        """Back-off with full jitter, up to a minute (design: sync)."""
        ceiling = min(_LONGEST_WAIT, 2.0 ** min(self._failures, 10))
        since = self.status.offline_since
        if since is not None and clock.now() - since < _PATIENCE:
            # A cable that is put back is noticed within seconds; a server that is gone for long is left in peace.
            ceiling = min(ceiling, _SHORT_WAIT)
        return self._chance.uniform(0.2, max(1.0, ceiling))

    def _round(self) -> None:
        token = self._session.token()
        if not self._registered:
            self._register(token)
        pushed_to = self._push_all(token)
        self._pull(token)
        self._show(waiting=self._store.waiting())
        if self._store.unsent(1, pushed_to):
            # Made meanwhile, or before there was a book to push against.
            self._work.ring()

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
            return after
        while self._running and (batch := fitting(self._store.unsent(self._batch, after))):
            message = {"replica": place.replica, "epoch": place.epoch, "schema": place.schema, "mutations": batch}
            try:
                self._transport.push(token, message)
            except TooLarge:
                if len(batch) == 1:
                    raise
                # It does not grow again: a proxy's limit stays, and what was pushed is sent again until a pull is done.
                self._batch = len(batch) // 2
            else:
                after = batch[-1]["seq"]
        return after

    def _pull(self, token: str) -> None:
        place = self._store.place()
        full = self._must_reset or place.cursor is None
        with self._transport.pull(token, place.replica, None if full else place.cursor) as lines:
            if place.cursor is None:
                # Nobody works with an empty book: what arrives goes straight into it.
                self._store.apply_lines(lines, reset=True, progress=self._loaded)
            elif full:
                self._store.apply_lines(whole(lines), reset=True, progress=self._loaded)
            else:
                self._take(list(lines), place.version)
        self._must_reset = False

    def _take(self, delta: Sequence[Line], version: int) -> None:
        if len(delta) == 2 and not delta[-1].get("outcomes") and delta[-1].get("version") == version:
            self._store.touch_contact()
            return
        self._store.apply_lines(iter(delta), reset=False, progress=None)

    def _loaded(self, done: int, total: int) -> None:
        self._show(progress=(done, total))
