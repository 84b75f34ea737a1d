"""Brings the replica and the server together, again and again, whatever happens on the way."""

import logging
import random
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from desktop.runtime import threads
from desktop.runtime.threads import Bell
from desktop.store.faults import DamagedFile, FullDisk
from desktop.store.fork import ReplicaForked, ServerPutBack
from desktop.store.rebase import RemovesTooMuch
from desktop.sync.ending import end_sessions
from desktop.sync.engine_store import EngineStore, LeftDesk
from desktop.sync.exchange import Exchange
from desktop.sync.live import Live
from desktop.sync.problems import (
    Busy,
    OlderServer,
    OtherView,
    PutBack,
    ResetRequired,
    Revoked,
    SignInRefused,
    Stopped,
    UpgradeRequired,
)
from desktop.sync.session import Tokens
from desktop.sync.shut_out import Departure
from desktop.sync.status import Connection, SyncStatus, Trouble
from desktop.sync.transport import Transport
from desktop.sync.verifying import Verifying
from desktop.sync.watch import GivenUp, Watch
from shared import clock
from shared.errors import NotSignedIn, ProtocolMismatch, StorageFault, Unreachable

log = logging.getLogger(__name__)

EVERY: Final = 60.0
"""Seconds between two pulls when nothing else asks for one."""
_LONGEST_WAIT: Final = 60.0
MENDED_AGAIN: Final = 86400.0
"""Seconds in which a damaged book is loaded afresh once: what breaks again, or stays broken, no load mends."""
OPEN_AGAIN: Final = " Close SmoothSchedule and open it again: a new book is made then."
DISK_FULL: Final = "The disk is full. What was saved before is safe. Make room on it, and syncing goes on by itself."
_PATIENCE: Final = timedelta(minutes=10)
_SHORT_WAIT: Final = 4.0
_LEAST_WAIT: Final = 1.0
_STILL_SENT: Final = " What you enter is still sent to it; what the others enter comes once this program is newer."
_SENT_MEANWHILE: Final = " What you enter is still sent to it; what the others enter comes after that."
_CLOSED: Final = "tenant_suspended"
_REVOKED: Final = "This device or account may not be used any more."
_BEGIN_AGAIN: Final[Mapping[str, bool]] = {
    "not_found": True, "replica_forked": False, "replica_retired": False, "seq_gap": True, "epoch_changed": True,
}  # fmt: skip
"""What a replica cannot mend under its own name, and whether the server may have lost what was sent to it."""


def _trouble(error: BaseException) -> Trouble | None:
    """What is wrong beside the network, where anything is."""
    if isinstance(error, DamagedFile):
        return Trouble.DAMAGED
    if isinstance(error, FullDisk):
        return Trouble.DISK_FULL
    if isinstance(error, StorageFault):
        return Trouble.STORAGE
    return Trouble.PUT_BACK if isinstance(error, PutBack) else None


def _code(error: BaseException) -> str:
    if isinstance(error, ReplicaForked):
        return "replica_forked"
    if isinstance(error, ServerPutBack):
        return "epoch_changed"
    return error.code if isinstance(error, Stopped) else ""


class Engine:
    """One loop that pushes and pulls, one that listens for pokes, one that watches. Nothing that fails ends them."""

    def __init__(
        self,
        transport: Transport,
        session: Tokens,
        store: EngineStore,
        *,
        departure: Departure | None = None,
        on_status: Callable[[SyncStatus], None] = lambda status: None,
        chance: random.Random | None = None,
    ) -> None:
        """`departure` is the way out where the server shuts the desk out; without one the book just stays hidden."""
        self._transport, self._session, self._store = transport, session, store
        self._departure = departure
        self._on_status = on_status
        self._chance = chance or random.Random()  # noqa: S311 - spreads retries, guards nothing
        self._shown = threading.Lock()
        self._work = Bell()
        self._watch = Watch(transport.probe, lost=self._lost, found=self._found, cut=transport.cut)
        self._exchange = Exchange(transport, session, store, self._watch, loaded=self._loaded, rest=self._work.wait)
        self._verifying = Verifying(
            transport, session, store, self._watch, load_afresh=self._exchange.load_afresh, chance=self._chance
        )
        self._live = Live(transport, session, version=self._version, heard=self._heard, chance=self._chance)
        self._threads: list[threads.Loop] = []
        self._running = self._ended = False
        self._urgent = self._in_round = False
        self._heard_view: str | None = None
        self._heard_in_round = 0
        """The newest version that was heard of during a round."""
        self._named = 0
        """The newest version that the server has named."""
        self._in_vain = False
        """Whether the last round failed although the server was there: what it had named then is nothing new."""
        self._failures = 0
        self._mended_at = float("-inf")
        """When a load was last to mend a damaged book."""
        self._tried: set[str] = set()
        self._turn = 0
        """Counts the people who have taken turns at the desk."""
        self._served: int | None = None
        """Whose round the latest is, by that count; None before the first, which nothing of another has gone before."""
        self._is_between = False
        """Whether somebody is on the way to the desk: book and session may be of two people."""
        # Until then the server has asked to be left alone.
        self._not_before = clock.monotonic()
        # What a round is told is noted of the person whose round it was, or of nobody.
        store.only_while(self._is_theirs)
        hidden = store.hidden()
        self.status = SyncStatus(
            waiting=store.waiting(), last_contact=store.last_contact(), may_hold=hidden is None, message=hidden or ""
        )

    def start(self) -> None:
        """Begin to sync, and go on until `stop`."""
        self._running = True
        work = {"sync": self._run, "live": self._live.run, "watch": self._watch.run}
        self._threads = [threads.start(name, one) for name, one in work.items()]

    def stop(self) -> None:
        """End the loops; an answer that is under way is no longer waited for."""
        self._running, self._ended = False, True
        self._exchange.stop()
        self._verifying.stop()
        self._live.stop()
        self._watch.stop()
        self._work.ring()
        self._transport.interrupt()
        for thread in self._threads:
            thread.join(timeout=5)
        self._transport.close()

    def edited(self) -> None:
        """There is something to push. While the server is away this waits for the next try."""
        self._exchange.note_change()
        # It is saved, whether or not what waits beside it can be read.
        self._show(**self._waiting())
        if self._failures == 0:
            self._work.ring()

    def sync_now(self) -> None:
        """Push and pull at once, even in the middle of a wait."""
        self._exchange.note_change()
        self._not_before = clock.monotonic()
        self._urgent = True
        self._work.ring()
        self._live.wake()

    @property
    def is_all_sent(self) -> bool:
        """Whether the server has answered all that waits; it is told to the replica with the next pull."""
        return self._exchange.is_all_sent

    def make_way(self) -> None:
        """Somebody comes to the desk: until `begin_with_another` no round begins, and none that is under way counts."""
        with self._shown:
            self._turn += 1
            self._is_between = True

    def stay(self) -> None:
        """Nobody came after all: it goes on for the one who is there, and what they were told counts."""
        with self._shown:
            self._turn -= 1
            self._is_between = False
        self._work.ring()

    def begin_with_another(self) -> None:
        """Go on for somebody else, who has taken the desk: what was said to the one before is not said of them."""
        with self._shown:
            self._turn += 1
        connection = self.status.connection
        if connection in (Connection.SIGN_IN, Connection.STOPPED):
            connection = Connection.STARTING
        try:
            hidden = self._store.hidden()
        except StorageFault as fault:
            # What the server has said cannot be read: it is asked again before anything is shown.
            hidden = str(fault)
        self._show(
            connection=connection, message=hidden or "", may_hold=hidden is None, closed=False, elsewhere=False,
            over=False,
        )  # fmt: skip
        self._is_between = False
        self.sync_now()

    def _is_theirs(self) -> bool:
        """Whether the round that is under way is one of the person at the desk."""
        return self._served in (None, self._turn)

    def _version(self) -> int | None:
        place = self._store.place()
        return None if place.cursor is None else place.version

    def _lost(self) -> None:
        """Show that nobody answers what is being asked; it goes on waiting."""
        if self.status.connection in (Connection.ONLINE, Connection.STARTING):
            self._show(connection=Connection.OFFLINE, offline_since=clock.now(), message="")

    def _found(self) -> None:
        """Take back what `_lost` has shown; a round that has failed is only made good by one that has not."""
        if self._failures == 0 and self.status.connection is Connection.OFFLINE:
            self._show(connection=Connection.ONLINE, offline_since=None, last_contact=clock.now())
            self._live.wake()

    def _heard(self, version: int | None, view: str | None) -> None:
        if self.status.connection in (Connection.SIGN_IN, Connection.STOPPED):
            # A person or time has to help: each of the others' edits would be one more question in vain.
            return
        # A stream that has ended is worth a look, and so is a server that speaks while it was thought to be away.
        again = self._in_vain and version is not None and version <= self._named
        self._named = max(version or 0, self._named)
        away = self.status.connection is not Connection.ONLINE and not again
        place = self._exchange.place or self._store.place()
        if version is None or away or self._is_other(view, place.view):
            self._look()
        elif version > place.version and not again:
            # Noted before it is asked whether a round is under way, which reads it after that: neither overlooks it.
            self._heard_in_round = max(version, self._heard_in_round)
            if not self._in_round:
                self._look()

    def _look(self) -> None:
        self._urgent = True
        self._work.ring()

    def _end_round(self) -> None:
        """Look once more where a round has not brought what was heard of meanwhile; one's own edits it has."""
        self._in_round = False
        heard, self._heard_in_round = self._heard_in_round, 0
        place = self._exchange.place
        if heard and (place is None or heard > place.version):
            self._look()

    def _is_other(self, view: str | None, mine: str | None) -> bool:
        """Whether the server names another view than the book's; a stream says its own as long as it lasts."""
        before, self._heard_view = self._heard_view, view
        return view is not None and view not in (mine, before)

    def _show(self, **changes: Any) -> None:
        self._tell(changes, where=lambda: True)

    def _report(self, **changes: Any) -> None:
        """Show what a round has come to; what it was told of one person is not shown of the next."""
        self._tell(changes, where=self._is_theirs)

    def _tell(self, changes: Mapping[str, Any], *, where: Callable[[], bool]) -> None:
        if "connection" in changes:
            # Whoever says how things stand says what is wrong, too.
            changes = {"trouble": None, **changes}
        with self._shown:
            if not where():
                return
            before, self.status = self.status, replace(self.status, **changes)
        if self.status != before:
            try:
                # The newest, whoever else shows something just now: it is what stays on the screen.
                self._on_status(self.status)
            except Exception:
                # An edit is saved and a round is done, whatever becomes of the status line.
                log.exception("status.failed")

    def _run(self) -> None:
        while self._running:
            self._rest(self._round())

    def _round(self) -> float:
        """One round, whatever comes of it; how many seconds to wait for the next."""
        self._in_round = True
        try:
            return self._once()
        except BaseException as error:
            if not self._ended:
                log.error("sync.failed", exc_info=error)
            self._failures += 1
            return _SHORT_WAIT
        finally:
            self._end_round()

    def _rest(self, seconds: float) -> None:
        """Wait for work; after a failure only what is urgent cuts it short, once the server's wish is done."""
        end = clock.monotonic() + seconds
        while self._running:
            left = (min(end, self._not_before) if self._urgent else end) - clock.monotonic()
            if left <= 0 or (self._work.wait(left) and self._failures == 0):
                break
        self._urgent = False

    def _once(self) -> float:
        """One round; how many seconds to wait for the next."""
        if not self._may_begin():
            # Whoever comes to the desk rings once they are there.
            return _SHORT_WAIT
        turn = self._served
        if self._is_over():
            return _LONGEST_WAIT
        self._report(syncing=True)
        try:
            more = self._exchange.run() or self._verifying.run()
            if turn != self._turn:
                # What the server let the one before do says nothing of who is at the desk now.
                return 0.0
            self._let_in()
            end_sessions(self._session, self._store, waiting=self._watch.waiting)
            if turn != self._turn:
                return 0.0
            self._report(waiting=self._store.waiting())
        except GivenUp:
            return 0.0
        except BaseException as error:  # noqa: BLE001 - whatever it was, what waits is tried again
            if turn != self._turn or self._ended:
                # It was said to the one before, or nobody has waited for it, and the book is closed by now.
                return 0.0
            self._failures += 1
            wait = self._mended(error)
            self._note_in_vain()
            return wait
        self._failures, self._in_vain = 0, False
        self._tried.clear()
        if self.status.connection is not Connection.ONLINE:
            self._live.wake()
        complaint = self._verifying.complaint
        self._report(
            connection=Connection.ONLINE, offline_since=None, last_contact=clock.now(), message=complaint,
            trouble=Trouble.MISMATCH if complaint else None, progress=None, syncing=False, may_hold=True,
            closed=False, elsewhere=False,
        )  # fmt: skip
        return 0.0 if more else EVERY

    def _may_begin(self) -> bool:
        """Whether it is clear whose round the next one is; theirs it is from here on."""
        with self._shown:
            if self._is_between:
                return False
            is_another, self._served = not self._is_theirs(), self._turn
        if is_another:
            # Here, and not where they took the desk: the round of the one before may have been under way.
            self._exchange.begin_with_another()
            self._verifying.begin_with_another()
            self._tried.clear()
        return True

    def _mended(self, error: BaseException) -> float:
        """Do about a failed round what can be done; how many seconds to wait."""
        try:
            return self._after(error)
        except LeftDesk:
            return 0.0
        except (StorageFault, Unreachable, ProtocolMismatch, SignInRefused) as fault:
            # What would have mended it needs the disk too, or the network.
            return self._offline(fault)

    def _after(self, error: BaseException) -> float:
        """Show what a failed round means; how many seconds to wait. Nothing is tried again at once more than once."""
        self._report(syncing=False, progress=None)
        if isinstance(error, RemovesTooMuch):
            told = {"table": error.table, "removed": error.removed, "held": error.held}
            log.error("sync.removes_too_much", extra=told)
        if isinstance(error, (ResetRequired, RemovesTooMuch)):
            self._exchange.load_afresh()
            # It may be the view that is another now, and the book one that others go on with.
            self._exchange.register_again()
            return 0.0 if self._is_new("reset") else self._offline(error)
        if isinstance(error, NotSignedIn):
            return self._no_session(error)
        if isinstance(error, DamagedFile):
            return self._damaged(error)
        offer_sent = _BEGIN_AGAIN.get(_code(error))
        if offer_sent is not None:
            log.warning("sync.begins_again", extra={"code": _code(error)})
            # A full disk may be in the way of it: only what was done is tried for the first time.
            self._exchange.begin_again(offer_sent=offer_sent)
            if self._is_new("begin again"):
                return 0.0
        if isinstance(error, (ProtocolMismatch, SignInRefused)):
            self._exchange.register_again()
            goes_on = _STILL_SENT if isinstance(error, UpgradeRequired) and error.push_ok else ""
            said = f"{error}{goes_on}"
            elsewhere = isinstance(error, OtherView)
            closed = isinstance(error, SignInRefused) and error.code == _CLOSED
            self._report(connection=Connection.STOPPED, message=said, waiting=self._store.waiting(), closed=closed)
            if elsewhere:
                self._report(may_hold=False, elsewhere=True)
            elif isinstance(error, SignInRefused) and error.code == "no_replica":
                return self._no_desk(said)
            return _LONGEST_WAIT
        return self._offline(error)

    def _damaged(self, error: DamagedFile) -> float:
        """Load what the server has once more, once; what that does not mend the next start does."""
        if clock.monotonic() - self._mended_at < MENDED_AGAIN:
            self._store.note_damaged()
            return self._offline(DamagedFile(f"{error}{OPEN_AGAIN}"))
        log.error("sync.damaged", exc_info=error)
        self._mended_at = clock.monotonic()
        self._exchange.load_afresh()
        return 0.0

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
        revoked = ended.code == "revoked"
        why = ended.said if isinstance(ended, Revoked) else ""
        said = (why or _REVOKED) if revoked else "Sign in again to go on syncing."
        self._report(connection=Connection.SIGN_IN, message=said, closed=False)
        if revoked:
            self._hide(said)
            return self._leave(ended)
        return _LONGEST_WAIT

    def _no_desk(self, said: str) -> float:
        """Hide the book of somebody whose role has no desk any more; a refresh brings the ticket to hand in with."""
        ask_now = self._departure is not None and self._is_new("ticket of a role")
        if ask_now:
            # Once: where the server gives another token instead, that one is as good as any.
            self._session.forget_token()
        self._hide(said)
        return 0.0 if ask_now else _LONGEST_WAIT

    def _leave(self, ended: NotSignedIn) -> float:
        """Hand in what waits, now that nobody can add to it."""
        if not isinstance(ended, Revoked) or not ended.ticket:
            # The ticket comes with the answer to a refresh, where the device shows that it is itself.
            return 0.0 if self._is_new("ticket") else _LONGEST_WAIT
        if not self._is_theirs():
            raise LeftDesk
        if self._departure is not None:
            self._departure.hand_in(ended)
            self._is_over()
        return _LONGEST_WAIT

    def _note_in_vain(self) -> None:
        """What goes was not handed in by this round, or is by now."""
        if self._departure is not None and not self.status.may_hold and self._is_theirs():
            self._departure.note_in_vain()

    def _is_over(self) -> bool:
        """Whether nothing is left to be done here but to delete the book; it is shown."""
        over = self._departure is not None and not self.status.may_hold and self._departure.is_over()
        if over and self._departure is not None:
            self._report(over=True, message=self._departure.words(), syncing=False)
        return over

    def _let_in(self) -> None:
        """The server lets the person at the desk go on: nothing of theirs goes, and their book may be seen."""
        if self._departure is not None:
            # First, and in each round: of a book that is hidden no more nobody would ask whether a note is left.
            self._departure.forget()
        if not self.status.may_hold:
            self._store.note_hidden(None)

    def _hide(self, why: str) -> None:
        """Let the book be shown no more, after the next start either, until the server has synced with it again."""
        self._report(may_hold=False)
        if self._store.hidden() != why:
            self._store.note_hidden(why)

    def _offline(self, error: BaseException) -> float:
        if isinstance(error, ResetRequired):
            # Once more in a row: somebody's role changes again and again, or the server is wrong.
            log.warning("sync.reset_again")
        elif not isinstance(error, (Unreachable, StorageFault)):
            log.error("sync.failed", exc_info=error)
        self._in_vain = not isinstance(error, Unreachable)
        said = str(error) if isinstance(error, (Busy, StorageFault)) else ""
        if isinstance(error, FullDisk):
            # What the disk says of a change is said to who makes one; a round has made none.
            said = DISK_FULL
        if isinstance(error, OlderServer):
            said += _SENT_MEANWHILE
        if not self.status.may_hold:
            # Why there is nothing to see is what there is to say.
            said = self.status.message
        since = self.status.offline_since or clock.now()
        self._report(connection=Connection.OFFLINE, offline_since=since, message=said, trouble=_trouble(error))
        self._report(**self._waiting())
        asked = error.after if isinstance(error, Busy) else 0.0
        # A desk that hears much and cannot pull asks once a second at most, not once for each thing that it hears.
        self._not_before = clock.monotonic() + max(asked, _LEAST_WAIT)
        return max(asked, self._pause())

    def _waiting(self) -> Mapping[str, int]:
        """How much waits, to be shown; nothing where that cannot be read: a round says why, and not how much it is."""
        with suppress(StorageFault):
            return {"waiting": self._store.waiting()}
        return {}

    def _pause(self) -> float:
        """Back-off with full jitter, up to a minute (design: sync)."""
        ceiling = min(_LONGEST_WAIT, 2.0 ** min(self._failures, 10))
        since = self.status.offline_since
        if since is not None and clock.now() - since < _PATIENCE:
            # A cable that is put back is noticed within seconds; a server that is gone for long is left in peace.
            ceiling = min(ceiling, _SHORT_WAIT)
        return self._chance.uniform(0.2, max(1.0, ceiling))

    def _loaded(self, done: int, total: int) -> None:
        self._report(progress=(done, total))
