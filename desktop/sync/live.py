"""Hears from the server that there is something new, by a stream or, where a proxy swallows that, by long polls."""

import logging
import random
from collections.abc import Callable
from typing import Final

from desktop.runtime.threads import Bell
from desktop.sync.problems import Busy, SignInRefused
from desktop.sync.session import Tokens
from desktop.sync.transport import Transport
from shared import clock
from shared.errors import NotSignedIn, ProtocolMismatch, Unreachable

log = logging.getLogger(__name__)

_SWALLOWED: Final = 2
"""Streams that were opened and said nothing, after which long polls are used."""
_BROKEN: Final = 5
"""Streams in a row that were broken off before their first line, after which that is taken for the way and not for the
server: a desk is not to open one each second for as long as something does so."""
_STREAM_AGAIN: Final = 3600.0
"""Seconds of long polls after which one stream is tried: what swallowed them may be gone."""
_AT_ONCE: Final = 2.0
"""Seconds within which no server answers a long poll that there is nothing new."""
_HEARTBEAT: Final = 25.0
"""Seconds between two signs of life of a stream (PROTOCOL.md, Live)."""
_SHORT_WAIT: Final = 4.0
_LONG_WAIT: Final = 60.0
_PATIENT: Final = 150
"""Misses in a row, some five minutes of them, after which a server that is gone is left in peace."""


class Live:
    """Listens until it is stopped. Nothing that fails ends it.

    `version` gives the version that the desk has, None while there is nothing to listen for; `heard` is called with
    the server's version and view, or with None where a stream has ended and it is worth a look why.
    """

    def __init__(
        self,
        transport: Transport,
        session: Tokens,
        *,
        version: Callable[[], int | None],
        heard: Callable[[int | None, str | None], None],
        chance: random.Random,
    ) -> None:
        self._transport, self._session = transport, session
        self._version, self._heard, self._chance = version, heard, chance
        self._bell = Bell()
        self._running = True
        self._misses = self._swallowed = self._broken = self._refused = 0
        self._behind = 0
        """Polls in a row that were answered at once, the desk having come no further since the one before."""
        self._polled: int | None = None
        """The version that the desk had at the last poll."""
        self._polls_since = 0.0
        self._fell_silent = False
        """Whether a stream that had told something was broken off just now."""
        self._not_before = 0.0
        """On the monotonic clock: until then the server has asked to be left alone."""

    def wake(self) -> None:
        """Try again now, or once the pause is over that the server has asked for."""
        self._bell.ring()

    def stop(self) -> None:
        """End; a stream that is open ends with its connection."""
        self._running = False
        self._bell.ring()

    def run(self) -> None:
        """Listen, again and again."""
        while self._running:
            try:
                wait = self._listen_once()
            except BaseException as error:
                if self._has_ended():
                    return
                # The store could not say how far the desk has come; it can again, or somebody else has shown why not.
                log.error("live.failed", exc_info=error)
                wait = _SHORT_WAIT
            self._rest(wait)

    def _has_ended(self) -> bool:
        return not self._running

    def _rest(self, seconds: float) -> None:
        end = clock.monotonic() + seconds
        while self._running and (left := end - clock.monotonic()) > 0:
            if self._bell.wait(left):
                end = min(end, self._not_before)

    def _listen_once(self) -> float:
        """Listen as long as it lasts; how many seconds to wait before the next time."""
        if self._version() is None:
            return 1.0
        self._fell_silent = False
        try:
            if self._may_stream():
                self._follow()
            else:
                self._poll()
        except (NotSignedIn, SignInRefused, ProtocolMismatch):
            # The engine meets the same when it looks, and says so; it calls once that is over. Where it is the token
            # alone that had grown too old, the engine may have another by then, and nothing to call for.
            self._refused += 1
            self._heard(None, None)
            return _SHORT_WAIT if self._refused == 1 else _LONG_WAIT
        except Busy as busy:
            # It is there, and says itself how long it wants to be left alone.
            self._not_before = clock.monotonic() + busy.after
            self._misses += 1
            return busy.after + self._pause()
        except BaseException as error:
            if self._running and not isinstance(error, Unreachable):
                log.warning("live.failed", exc_info=error)
            self._misses += 1
        if self._misses <= 1 or self._fell_silent:
            # Whether the server is still there is worth one look, not one for each time that it does not answer. One
            # that had just spoken was there, however often it was missed before.
            self._heard(None, None)
        return self._pause()

    def _pause(self) -> float:
        patient = self._misses < _PATIENT and not self._behind
        ceiling = min(_SHORT_WAIT if patient else _LONG_WAIT, 0.25 * 2.0 ** min(self._misses, 10))
        return self._chance.uniform(0.05, ceiling)

    def _may_stream(self) -> bool:
        if self._swallowed >= _SWALLOWED and clock.monotonic() - self._polls_since >= _STREAM_AGAIN:
            self._swallowed = _SWALLOWED - 1
        return self._swallowed < _SWALLOWED

    def _follow(self) -> None:
        opened, told, has_ended, begun = False, False, False, clock.monotonic()
        try:
            with self._transport.live(self._session.token()) as pokes:
                opened = True
                for poke in pokes:
                    # The server tells where it stands at once: a stream that says nothing is held back on the way.
                    told = True
                    self._swallowed = self._broken = self._refused = self._behind = 0
                    self._heard(poke["version"], poke.get("view"))
                has_ended = True
        finally:
            self._fell_silent = told and not has_ended
            lasted = clock.monotonic() - begun >= _HEARTBEAT
            if told and lasted:
                # One that ends sooner is no better than none: opened again at once it would end again.
                self._misses = 0
            # What was broken off at once says nothing of the way: the server may have failed just then.
            self._broken += opened and not told and not has_ended
            if not told and (has_ended or lasted or self._broken >= _BROKEN):
                self._note_swallowed()
        self._misses += 1

    def _note_swallowed(self) -> None:
        self._swallowed += 1
        if self._swallowed == _SWALLOWED:
            self._polls_since = clock.monotonic()
            log.warning("live.streams_swallowed")

    def _poll(self) -> None:
        after, asked = self._version() or 0, clock.monotonic()
        try:
            poke = self._transport.long_poll(self._session.token(), after)
        except Unreachable:
            # Another network may let streams through.
            self._swallowed = self._broken = 0
            raise
        # The desk needs the pause that follows to get there: asking at once would be answered at once. Where it does
        # not get there, its disk is full or its program too old, and it is asked ever less often. So is what answers
        # at once that there is nothing: something on the way, for a server waits.
        is_new = poke["version"] > after
        stands = after == self._polled and (is_new or clock.monotonic() - asked < _AT_ONCE)
        self._behind, self._polled = self._behind + 1 if stands else 0, after
        self._misses, self._refused = 2 + self._behind, 0
        self._heard(poke["version"], poke.get("view"))
