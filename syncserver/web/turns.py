"""Who may do at once what the process can do only a few times at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from shared.protocol.problems import ProblemCode
from syncserver.services.declined import Declined
from syncserver.services.server import Principal
from syncserver.store.tenancy import TenantId

IN_LINE: Final = 64
"""Sign-ins that may wait: a few seconds' worth."""

_Asker = tuple[TenantId, str, str]


class SignIns:
    """Password hashing takes 64 MiB each: a few at once, a line of those that wait, and no line beyond that."""

    def __init__(self, at_once: int) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one's turn and have it inside the block. Declined as `retry` where the line is long."""
        if self._waiting >= IN_LINE:
            raise Declined(ProblemCode.RETRY, retry_after=5)
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._free.release()


class Pulls:
    """Each long pull holds a connection to the database; the desks of one business hold half of those at most.

    A device has one pull of a replica: who asks again has given up the one before, which may not know that yet.
    """

    def __init__(self, at_once: int) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._share = max(1, at_once // 2)
        self._of: dict[TenantId, asyncio.Semaphore] = {}
        self._running: dict[_Asker, asyncio.Timeout] = {}

    async def take(self, principal: Principal, replica: str) -> None:
        """Wait for one's turn; `give_back` ends it."""
        if (before := self._running.pop(_asker(principal, replica), None)) is not None:
            before.reschedule(0.0)
        own = self._of.setdefault(principal.tenant.id, asyncio.Semaphore(self._share))
        await own.acquire()
        try:
            await self._free.acquire()
        except BaseException:
            own.release()
            raise

    def give_back(self, principal: Principal) -> None:
        """Let the next one have the turn."""
        self._free.release()
        self._of[principal.tenant.id].release()

    @asynccontextmanager
    async def sending(self, principal: Principal, replica: str, longest: float) -> AsyncIterator[None]:
        """Send inside the block; raises TimeoutError after `longest` seconds, or once the same is asked again."""
        asker = _asker(principal, replica)
        async with asyncio.timeout(longest) as limit:
            self._running[asker] = limit
            try:
                yield
            finally:
                if self._running.get(asker) is limit:
                    del self._running[asker]


def _asker(principal: Principal, replica: str) -> _Asker:
    # What is asked for is not looked at yet: a replica's id alone would let a stranger end its pull.
    return principal.tenant.id, principal.device, replica
