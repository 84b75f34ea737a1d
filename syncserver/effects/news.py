"""Carries versions between the servers of one database: tells what was written here, hears what was elsewhere.

What a lost notice would have said is found by looking at the clocks of the tenants that somebody listens to here, and
so is what was written by commands and jobs, which tell nobody.
"""

import socket
import threading
import traceback
from contextlib import suppress
from typing import Final

import structlog

from shared import clock
from shared.errors import StorageFault
from syncserver.effects.pokes import Pokes
from syncserver.store.handles import Engine
from syncserver.store.notices import Line, newest_versions, open_line
from syncserver.store.tenancy import TenantId

log = structlog.get_logger()

LOOK: Final = 3.0
"""Seconds between two looks at the clocks."""
_APART: Final = 0.01
"""Seconds between two notices: what is written meanwhile is told together."""
_AGAIN: Final = 1.0
"""Seconds until a lost line is opened anew."""
_END: Final = 5.0


class News:
    """One thread with one connection of its own; `tell` may be called from any thread.

    Without `line` nothing is told or heard, as where a pooler stands before the database: others' versions are then
    found by looking alone.
    """

    def __init__(self, engine: Engine, pokes: Pokes, *, line: bool) -> None:
        self._engine = engine
        self._pokes = pokes
        self._has_line = line
        self._lock = threading.Lock()
        self._untold: dict[TenantId, int] = {}
        self._told_at = self._looked_at = float("-inf")
        self._closing = self._alone = False
        """`_alone` while nobody else is on the line: there is nobody to tell."""
        self._waker, self._wake = socket.socketpair()
        for end in (self._waker, self._wake):
            end.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="news", daemon=True)

    def start(self) -> None:
        """Begin to carry."""
        self._thread.start()

    def close(self) -> None:
        """Tell what is still untold, and end."""
        self._closing = True
        self._ring()
        self._thread.join(_END)
        if not self._thread.is_alive():
            self._waker.close()
            self._wake.close()

    def tell(self, tenant: TenantId, version: int) -> None:
        """Tell that a tenant has this version, here at once and elsewhere soon; after the commit that wrote it."""
        self._pokes.poke(tenant, version)
        # For a server by itself the thread that wakes up for it would be a part of what each save takes.
        if self._has_line and not self._alone:
            with self._lock:
                self._untold[tenant] = max(version, self._untold.get(tenant, 0))
            self._ring()

    def _ring(self) -> None:
        # A full pipe wakes as well as one byte more, and once it is closed nobody is to be woken.
        with suppress(OSError):
            self._wake.send(b"\0")

    def _run(self) -> None:
        while not self._closing:
            try:
                # While the line is away, too: it may be that alone.
                self._look(every=LOOK)
                if self._has_line:
                    with open_line(self._engine, self._waker) as line:
                        self._follow(line)
            except StorageFault as trouble:
                log.warning("news.line_lost", kind=type(trouble.__cause__).__name__)
            except Exception as error:  # noqa: BLE001 the thread's top: a bug here is not to make every desk deaf
                at = traceback.extract_tb(error.__traceback__)[-1]
                log.error("news.failed", kind=type(error).__name__, where=f"{at.filename}:{at.lineno}")
            self._rest(_AGAIN)

    def _follow(self, line: Line) -> None:
        # What was told before somebody listened here.
        self._look(every=0.0)
        try:
            while not self._closing:
                left = self._tell_others(line)
                for tenant, version in line.heard():
                    self._pokes.poke(tenant, version)
                self._alone = not line.in_company
                self._look(every=LOOK)
                line.wait(min(left, self._looked_at + LOOK - clock.monotonic()))
                self._hush()
        finally:
            self._alone = False
        if line.in_company:
            line.tell(self._take_untold())

    def _tell_others(self, line: Line) -> float:
        """Tell what is untold, unless that is too soon; in how many seconds it is worth another call."""
        if not self._untold:
            return LOOK
        if not line.in_company:
            # For a server by itself a notice of each save would be a fifth of what the save takes.
            self._take_untold()
            return LOOK
        if (early := self._told_at + _APART - clock.monotonic()) > 0:
            return early
        line.tell(self._take_untold())
        self._told_at = clock.monotonic()
        return LOOK

    def _take_untold(self) -> dict[TenantId, int]:
        with self._lock:
            taken, self._untold = self._untold, {}
        return taken

    def _look(self, *, every: float) -> None:
        """Look at the clocks of the tenants that are listened to, if the last look is so many seconds past."""
        if clock.monotonic() < self._looked_at + every:
            return
        self._looked_at = clock.monotonic()
        if not (tenants := self._pokes.tenants()):
            return
        try:
            versions = newest_versions(self._engine, tenants)
        except StorageFault as trouble:
            log.warning("news.not_looked", kind=type(trouble.__cause__).__name__)
            return
        for tenant, version in versions.items():
            self._pokes.poke(tenant, version)

    def _rest(self, seconds: float) -> None:
        end = clock.monotonic() + seconds
        while not self._closing and (left := end - clock.monotonic()) > 0:
            self._waker.settimeout(left)
            with suppress(TimeoutError, BlockingIOError):
                self._waker.recv(4096)
        self._waker.setblocking(False)

    def _hush(self) -> None:
        with suppress(BlockingIOError):
            self._waker.recv(4096)
