"""Tells whoever listens to a tenant that it has a newer version; never what is in it."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from shared.errors import AppError
from shared.model.base import UserId
from syncserver.store.tenancy import TenantId

MOST: Final = 64
"""Streams that one person may hold open: an account that a whole business shares fits in."""


class ListensTooOften(AppError):
    """A person holds as many streams open as one may."""


class Listener:
    """One open stream: the newest version that its tenant is known to have, and a wake-up when that rises."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._risen = asyncio.Event()
        self.version = 0
        self.ended = False
        """Whether the server is going away, or whoever listens may not any more."""

    def tell(self, version: int) -> None:
        """Note a version; on the loop's thread."""
        if version > self.version:
            self.version = version
            self._risen.set()

    def end(self) -> None:
        """Wake up for the last time; on the loop's thread."""
        self.ended = True
        self._risen.set()

    async def risen(self, *, within: float) -> bool:
        """Wait until there is something new, `within` seconds at most; whether there is."""
        try:
            async with asyncio.timeout(within):
                await self._risen.wait()
        except TimeoutError:
            return False
        self._risen.clear()
        return True


class Pokes:
    """Everybody who listens in this process, by tenant. Versions may be told from any thread."""

    def __init__(self) -> None:
        self._listeners: dict[TenantId, set[Listener]] = {}
        self._open: Counter[UserId] = Counter()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    @contextmanager
    def listening(self, tenant: TenantId, user: UserId) -> Iterator[Listener]:
        """Be told of a tenant's versions inside the block; on the loop's thread. Raises ListensTooOften."""
        self.require_room(user)
        self._loop = asyncio.get_running_loop()
        listener = Listener(self._loop)
        if self._closed:
            listener.end()
        self._listeners.setdefault(tenant, set()).add(listener)
        self._open[user] += 1
        try:
            yield listener
        finally:
            remaining = self._listeners[tenant]
            remaining.discard(listener)
            if not remaining:
                del self._listeners[tenant]
            self._open[user] -= 1
            if not self._open[user]:
                del self._open[user]

    def require_room(self, user: UserId) -> None:
        """Raise ListensTooOften where a person may open no further stream; on the loop's thread."""
        if self._open[user] >= MOST:
            raise ListensTooOften

    def tenants(self) -> tuple[TenantId, ...]:
        """Whom somebody listens to here; from any thread."""
        return tuple(self._listeners)

    def poke(self, tenant: TenantId, version: int) -> None:
        """Tell that a tenant has this version."""
        loop = self._loop
        if loop is not None and tenant in self._listeners and not loop.is_closed():
            loop.call_soon_threadsafe(self._tell, tenant, version)

    def _tell(self, tenant: TenantId, version: int) -> None:
        for listener in tuple(self._listeners.get(tenant, ())):
            listener.tell(version)

    def close(self) -> None:
        """End every stream; on the loop's thread."""
        self._closed = True
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.end()
