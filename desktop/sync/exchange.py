"""One round with the server: register where that is due, push what waits, pull what is new."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from itertools import groupby
from typing import Any, Final

from desktop.store.faults import BrokenDisk, DamagedFile, FullDisk
from desktop.store.fork import OlderAnswer
from desktop.store.load import Load
from desktop.store.rebase import RemovesTooMuch
from desktop.store.rows import Line
from desktop.sync.batches import BatchSize, fitting
from desktop.sync.engine_store import EngineStore, Place
from desktop.sync.problems import (
    Busy,
    OlderServer,
    OtherView,
    PutBack,
    ResetRequired,
    Stopped,
    TimedOut,
    TooLarge,
    UpgradeRequired,
)
from desktop.sync.session import Tokens
from desktop.sync.transport import Transport
from desktop.sync.watch import Watch
from shared import clock
from shared.errors import StorageFault, Unreachable

log = logging.getLogger(__name__)

_PUT_BACK: Final = (
    "The server was put back from a backup. What is on this computer is kept, and handed in again. Syncing goes on by "
    "itself once the other computers have had time to do the same."
)
LONG: Final = 2000
"""Rows from which on a difference is long: more than one line of a load, which is never loaded twice."""
CUT: Final = 8
"""Times that a long difference is cut, and none comes whole, before the whole book is loaded instead."""
NO_ROOM: Final = 900.0
"""Seconds after a load that the disk did not take, in which no other is begun: each asks for the whole book."""
CONFIRMED: Final = 900.0
"""Seconds without a pull that came whole, after which registering has the server confirm whoever is at the desk."""
NEWS: Final = 60.0
"""Seconds after a push that broke off in which the rest is sent first; from then on what others did is heard first."""
_RECOVERS: Final = 5.0
"""Seconds after which to ask whether the server has what it needs."""
_OTHERS_FIRST: Final = 0.008
"""Seconds in which others ask for what was pushed, before this desk does, which shows it already."""


def _message(place: Place, edits: Sequence[Line]) -> Line:
    return {"replica": place.replica, "epoch": place.epoch, "schema": place.schema, "mutations": edits}


def _runs(edits: Sequence[Line]) -> Iterator[Sequence[Line]]:
    """What was decided before, cut where something else waits between: the server takes no numbers with a gap."""
    for _, run in groupby(enumerate(edits), key=lambda one: one[1]["seq"] - one[0]):
        yield [edit for _, edit in run]


def _answered(answer: Line, batch: Sequence[Line]) -> int:
    """The last edit of a push that the server has decided: all of it, or what stands before one that it cannot.

    Raises Unreachable where the reply is to none of it: a proxy that keeps replies, in spite of `no-store`, gives an
    earlier one again, and what was never sent must not be taken for sent.
    """
    told = {one["id"] for one in answer["outcomes"]}
    decided: list[int] = [one["seq"] for one in batch if one["id"] in told]
    if not decided:
        raise Unreachable("The answer is not the server's to what was sent.")
    return decided[-1]


class Exchange:
    """What has to be known from one round to the next, beyond what the replica keeps.

    `loaded` is told the rows that have come of a whole book, and how many there are. `rest` waits so many seconds, or
    until there is something to do.
    """

    def __init__(
        self, transport: Transport, session: Tokens, store: EngineStore, watch: Watch, *,
        loaded: Callable[[int, int], None], rest: Callable[[float], object],
    ) -> None:  # fmt: skip
        self._transport, self._session, self._store, self._watch = transport, session, store, watch
        self._loaded, self._rest = loaded, rest
        self._size = BatchSize()
        self._registered: str | None = None
        """The replica that the server knows: at another device it has another name."""
        self._confirmed = float("-inf")
        """When the server last let the person at the desk go on, by the machine's own clock."""
        self._must_reset = self._in_vain = self._ended = self._elsewhere = False
        self._hears_by = float("inf")
        """From when on rounds pull before they push, until a pull has come through, by the machine's own clock.

        `_in_vain` says whether the latest round did, and no pull came through: by turns with pushes.
        """
        self._offered: str | None = None
        """The epoch in which everything was handed in."""
        self._offered_to, self._offered_of = 0, ("", "")
        """The last edit that was offered, and the epoch and the replica whose number that is."""
        self._cut = 0
        """How often a long difference was cut, and none came whole."""
        self._not_taken: StorageFault | None = None
        """Why the disk did not take the last load; None where it did."""
        self._not_taken_at = float("-inf")
        self._was_older = False
        """Whether the difference that closes a load was older than the book when it was asked for last."""
        self._sent_to = 0
        """The last edit that the server has answered, and no pull has acknowledged."""
        self._sent_as: str | None = None
        """The replica whose numbers these are."""
        self.place: Place | None = None
        """Where the book stood when it was last read or written here; None before that."""
        self._changes = 0
        """Counts what was made or changed here, as far as it was said."""
        self._quiet_at: int | None = None
        """That count as the latest round began, where the round has left nothing to do."""

    @property
    def is_all_sent(self) -> bool:
        """Whether the server has answered all that waits."""
        # Under another name the edits have other numbers.
        sent_to = self._sent_to if self._sent_as == self._store.place().replica else 0
        return not self._store.unsent(1, sent_to)

    def stop(self) -> None:
        """Push no further batch."""
        self._ended = True

    def register_again(self) -> None:
        """Begin the next round with registering."""
        self._registered = None

    def load_afresh(self) -> None:
        """Pull the whole book in the next round."""
        self._must_reset = True

    def begin_with_another(self) -> None:
        """Somebody else is at the desk: what the server wants of the one before is not theirs to do."""
        self._registered, self._must_reset, self._elsewhere = None, False, False

    def note_change(self) -> None:
        """There is something to push, or the replica is another's: the next round begins with asking it."""
        self._changes += 1

    def begin_again(self, *, offer_sent: bool) -> None:
        """Go on under another name, with all that waits; `offer_sent` where the server may have lost what was sent."""
        self._store.begin_again(offer_sent=offer_sent)
        self._registered, self._sent_to, self.place = None, 0, None

    def run(self) -> bool:
        """Whether more waits already. Raises what transport and store raise; what waits is kept, whatever that was."""
        # What is made from here on is counted, and looked for in the next round.
        changes, quiet_at, self._quiet_at = self._changes, self._quiet_at, None
        with self._watch.waiting():
            token = self._session.token()
        place = self.place
        try:
            if changes == quiet_at and place is not None and place.replica == self._registered:
                # Nothing waits but what somebody else has done. What was made here unsaid is found after it.
                self._pull(token, place)
                pushed_to = 0
            else:
                pushed_to = self._both_ways(token)
        except (UpgradeRequired, OlderServer) as apart:
            place, waits = self._standing(self._sent_to)
            is_known = place.cursor is not None or self._registered == place.replica
            # No pull says any more that the server lets this person go on: each round asks.
            self._registered = None
            if apart.push_ok and is_known:
                # Nothing will be acknowledged before the upgrade: what has an answer is not sent each time anew.
                self._push_all(token, place, waits, after=self._sent_to)
            raise
        # Made meanwhile, or before there was a book to push against.
        more = bool(self._store.unsent(1, pushed_to))
        if not more:
            self._quiet_at = changes
        return more

    def _standing(self, after: int = 0) -> tuple[Place, Sequence[Line]]:
        """Where the book stands, and the first that waits beyond a number, asked in one: each question takes a turn."""
        return self._store.standing(self._size.now, after)

    def _both_ways(self, token: str) -> int:
        place, first = self._standing(self._sent_to)
        if self._registered != place.replica or clock.monotonic() - self._confirmed > CONFIRMED:
            if self._sent_as != place.replica:
                # Under another name the edits have other numbers.
                self._sent_as, self._sent_to = place.replica, 0
            decided = self._register(token, place)
            place, first = self._standing(self._sent_to)
            if first and first[0]["seq"] <= decided:
                # Sent before the program began: where it never lasts until all is sent, that is acknowledged at least.
                self._hears_by = float("-inf")
        if self._elsewhere:
            # Nothing is pulled here that could acknowledge what has an answer.
            self._push_all(token, place, first, after=self._sent_to)
            raise OtherView
        if clock.monotonic() >= self._hears_by and not self._in_vain:
            # Where no pull comes through, the round after this one pushes.
            self._in_vain = True
            self._pull(token, place)
            place, first = self._standing()
        self._in_vain = False
        # What has an answer is not sent again. No pull stands between it and the rest: that replays all that waits.
        begun = pushed_to = self._sent_to
        if place.cursor is not None:
            # What waits is pushed against a book.
            pushed_to = self._push_all(token, place, first, after=begun, then_pulls=True)
        if pushed_to > begun:
            self._rest(_OTHERS_FIRST)
        self._pull(token, place)
        return pushed_to

    def _register(self, token: str, place: Place) -> int:
        """The last number of this replica that the server has decided."""
        wish = {"device": place.device, "replica": place.replica, "schema": place.schema}
        try:
            with self._watch.waiting():
                answer = self._transport.register(token, wish)
        except (UpgradeRequired, OlderServer) as apart:
            if apart.registered is not None:
                self._take_registration(token, place, apart.registered)
            raise
        self._take_registration(token, place, answer)
        self._elsewhere = self._store.belongs_elsewhere(answer["view"])
        last_seq: int = answer["last_seq"]
        return last_seq

    def _take_registration(self, token: str, place: Place, answer: Mapping[str, Any]) -> None:
        """What the server says of this replica, whether or not it gives it rows."""
        if place.epoch is not None and answer["epoch"] != place.epoch:
            raise Stopped("epoch_changed", "The server began a new history. Everything on this computer is kept.")
        self._store.registered(answer)
        self._confirmed = clock.monotonic()
        if answer.get("recovering"):
            self._offer(token)
            raise PutBack(_PUT_BACK, after=_RECOVERS)
        self._registered = place.replica

    def _offer(self, token: str) -> None:
        """Hand in what the server may have lost, once an epoch: it decides it in the order that it had before."""
        place = self._store.place()
        if place.epoch == self._offered:
            return
        if self._offered_of != (place.epoch, place.replica):
            self._offered_to, self._offered_of = 0, (place.epoch or "", place.replica)
        while batch := fitting(self._store.unsent(self._size.now, self._offered_to)):
            runs = _runs([one for one in batch if "was_version" in one])
            if all(self._is_offered(token, place, run) for run in runs):
                self._offered_to = batch[-1]["seq"]
        self._offered = place.epoch

    def _is_offered(self, token: str, place: Place, run: Sequence[Line]) -> bool:
        """Offer some at once; False where that is too much for it."""
        try:
            with self._watch.waiting():
                self._transport.offer(token, _message(place, run))
        except TooLarge:
            if len(run) > 1:
                self._size.refused(len(run))
                return False
            # It alone loses its place: what stands behind it is offered.
            log.warning("sync.not_offered", extra={"mutation": run[0]["id"]})
        except (Busy, TimedOut):
            self._size.missed(len(run))
            raise
        else:
            self._size.taken()
        self._offered_to = run[-1]["seq"]
        return True

    def _push_all(
        self, token: str, place: Place, waits: Sequence[Line], *, after: int = 0, then_pulls: bool = False
    ) -> int:
        """Push what waits beyond a number, batch by batch and in order; the last number that was pushed.

        Where a pull follows, what is made meanwhile is left to the round after it: others are to have these at once.
        """
        begun = after
        while not self._ended and (batch := fitting(waits)):
            is_all = then_pulls and len(batch) == len(waits) < self._size.now
            try:
                with self._watch.waiting():
                    decided = _answered(self._transport.push(token, _message(place, batch)), batch)
            except TooLarge:
                if len(batch) == 1:
                    self._hear_within(0.0)
                    raise
                self._size.refused(len(batch))
            except Unreachable as error:
                # A server that cannot take an edit, perhaps for long, has something to tell all the same.
                cannot = isinstance(error, Busy) and after == begun
                self._hear_within(0.0 if cannot else NEWS)
                if isinstance(error, (Busy, TimedOut)):
                    self._size.missed(len(batch))
                raise
            except Exception:
                # Whatever takes no edit from here, such as a filter on the way, need not keep the news away.
                self._hear_within(0.0)
                raise
            else:
                self._size.taken()
                after = self._sent_to = decided
                # Of what is heavy the server decides a part. What only a newer one knows it refuses where that is next.
                if is_all and after == batch[-1]["seq"]:
                    break
            waits = self._store.unsent(self._size.now, after)
        return after

    def _hear_within(self, seconds: float) -> None:
        """Pull before anything more is pushed after so many seconds, where that is not due sooner."""
        self._hears_by = min(self._hears_by, clock.monotonic() + seconds)

    def _pull(self, token: str, place: Place) -> None:
        self.place = place
        if self._must_reset or place.is_loading or place.cursor is None:
            self._load(token, place)
        else:
            with self._no_load_while_full():
                with self._asked(token, place.replica, cursor=place.cursor) as lines:
                    delta = list(self._told(lines))
                self._take(delta, place)
        self._sent_to, self._hears_by, self._confirmed = 0, float("inf"), clock.monotonic()

    def _told(self, lines: Iterator[Line]) -> Iterator[Line]:
        """A difference as it comes, to its tail.

        Raises Unreachable where it breaks off, ResetRequired where a long one does so again and again: a load goes on.
        """
        rows, is_whole = 0, False
        try:
            for line in lines:
                # What has come before a cut says how long it would have been.
                rows += sum(line["counts"].values()) if line["kind"] == "head" else len(line.get("ids", ()))
                if line["kind"] == "tail":
                    is_whole, self._cut = True, 0
                yield line
            if not is_whole:
                raise Unreachable("the server's answer broke off before its end")
        except Unreachable as cut:
            if rows >= LONG:
                self._cut += 1
            if self._cut < CUT:
                raise
            log.warning("sync.never_whole", extra={"rows": rows})
            self._cut = 0
            raise ResetRequired("No line lasts for what is new.") from cut

    @contextmanager
    def _no_load_while_full(self) -> Iterator[None]:
        """Where a load is called for that the disk has just not taken, say that instead: others are not asked for."""
        try:
            yield
        except (ResetRequired, RemovesTooMuch) as calls:
            if self._not_taken is None or clock.monotonic() - self._not_taken_at > NO_ROOM:
                raise
            raise self._not_taken from calls

    def _load(self, token: str, place: Place) -> None:
        """Load everything beside the book, from where that was cut off, and let it take the book's place."""
        try:
            with closing(self._store.load()) as load:
                try:
                    self._bring(load, token, place)
                finally:
                    # Something may hold the file, and would hold the next one as long: each asks for the whole book.
                    self._must_reset = self._must_reset and not load.is_in_place
        except (FullDisk, BrokenDisk, DamagedFile) as fault:
            if place.cursor is not None:
                # The book goes on with differences. What still calls for a load does so again.
                self._must_reset = False
                self._not_taken, self._not_taken_at = fault, clock.monotonic()
            raise
        self.place = self._store.place()
        self._must_reset, self._not_taken = False, None

    def _bring(self, load: Load, token: str, place: Place) -> None:
        """Take a load to its end; what has come stays for the next time, unless nothing good can come of it."""
        try:
            if load.cursor is None:
                with self._asked(token, place.replica, resume=load.resume) as lines:
                    load.take(lines, progress=self._loaded)
            with self._no_older_answer(), self._asked(token, place.replica, cursor=load.cursor) as lines:
                load.catch_up(self._told(lines))
            with self._no_older_answer():
                self._store.take_over(load)
            self._was_older = False
        except (ResetRequired, BrokenDisk):
            # What has come is of another view, of a time that the server does not remember, or of too long ago; or the
            # file lies where the disk is broken.
            load.discard()
            raise
        except FullDisk:
            # It gives the room back to a book that is worked with. Without one it is all that there is: who makes room
            # goes on from here, and to ask for the rest costs nothing until then.
            if place.cursor is not None:
                load.discard()
            raise

    @contextmanager
    def _no_older_answer(self) -> Iterator[None]:
        """Have an answer that is older than what is there asked for once more, before the server counts as put back."""
        try:
            yield
        except OlderAnswer:
            # A load asks the same until it is over: something on the way may have given an answer of before.
            if self._was_older:
                raise
            self._was_older = True
            raise Unreachable("the server's answer is older than what is here") from None

    @contextmanager
    def _asked(
        self, token: str, replica: str, *, cursor: str | None = None, resume: str | None = None
    ) -> Iterator[Iterator[Line]]:
        with ExitStack() as stack:
            with self._watch.waiting():
                asked = self._transport.pull(token, replica, cursor=cursor, resume=resume)
                lines = self._watch.each(stack.enter_context(asked))
            yield lines

    def _take(self, delta: Sequence[Line], place: Place) -> None:
        if len(delta) == 2 and not delta[-1].get("outcomes") and delta[-1].get("version") == place.version:
            self._store.touch_contact(delta[-1])
            return
        self._store.apply_lines(iter(delta))
        self.place = replace(place, version=delta[-1]["version"], cursor=delta[-1]["cursor"])
