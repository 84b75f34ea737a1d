"""What stands between a desk and a server in tests: an asyncio server on loopback, in a thread of its own."""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")


class Loopback(ABC):
    """Takes connections at `url` inside a `with` block; every call from outside waits for the loop's thread."""

    def __init__(self, server_port: int) -> None:
        self.server_port = server_port
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=type(self).__name__, daemon=True)
        self._listening: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """What the desk is told to be the server's address."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._listen())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    async def _listen(self) -> None:
        """Take connections, on the port of the time before where there was one."""
        if self._listening is None:
            self._listening = await asyncio.start_server(self._join, "127.0.0.1", self.port)
            self.port = self._listening.sockets[0].getsockname()[1]

    async def _deafen(self) -> None:
        """Take no connection any more."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None

    async def _end(self) -> None:
        """Cut everything, what is just being joined too, and see every connection closed."""
        await self._deafen()
        # A task that takes what was just accepted leaves its socket open, where it is cancelled before it begins.
        await asyncio.sleep(0)
        await self._cut()
        for one in _others():
            one.cancel()
        await asyncio.gather(*_others(), return_exceptions=True)
        # What was left in the middle of a reply ends in tasks of its own.
        await self._loop.shutdown_asyncgens()
        await asyncio.gather(*_others(), return_exceptions=True)
        # A transport that was aborted closes its socket in the loop's next turn.
        await asyncio.sleep(0)

    @abstractmethod
    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection of the desk until it ends."""

    @abstractmethod
    async def _cut(self) -> None:
        """Break every connection."""


def _others() -> set["asyncio.Task[Any]"]:
    current = asyncio.current_task()
    return {one for one in asyncio.all_tasks() if one is not current}
