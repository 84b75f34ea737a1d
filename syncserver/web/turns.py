"""Who may do at once what the process can do only a few times at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from shared.protocol.problems import ProblemCode
from syncserver.services.declined import Declined
from syncserver.store.tenancy import TenantId

IN_LINE: Final = 64
"""Sign-ins that may wait: a few seconds' worth."""


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

    A replica has one pull: who asks again has given up the one before, which may not know that yet.
    """

    def __init__(self, at_once: int) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._share = max(1, at_once // 2)
        self._of: dict[TenantId, asyncio.Semaphore] = {}
        self._running: dict[str, asyncio.Timeout] = {}

    async def take(self, tenant: TenantId, replica: str) -> None:
        """Wait for one's turn; `give_back` ends it."""
        if (before := self._running.pop(replica, None)) is not None:
            before.reschedule(0.0)
        own = self._of.setdefault(tenant, asyncio.Semaphore(self._share))
        await own.acquire()
        try:
            await self._free.acquire()
        except BaseException:
            own.release()
            raise

    def give_back(self, tenant: TenantId) -> None:
        """Let the next one have the turn."""
        self._free.release()
        self._of[tenant].release()

    @asynccontextmanager
    async def sending(self, replica: str, longest: float) -> AsyncIterator[None]:
        """Send inside the block; raises TimeoutError after `longest` seconds, or once the replica asks again."""
        async with asyncio.timeout(longest) as limit:
            self._running[replica] = limit
            try:
                yield
            finally:
                if self._running.get(replica) is limit:
                    del self._running[replica]
