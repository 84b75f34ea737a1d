"""The network between desk and server as a cable on loopback that can be pulled and put back."""

import asyncio
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")


class Cable:
    """Forwards `http://127.0.0.1:port` to a server's port.

    Pulled, it refuses new connections and cuts those it has. Where it swallows, it takes connections and everything
    that is sent, and nothing ever arrives: not even later, when new connections get through again.
    """

    def __init__(self, server_port: int) -> None:
        self.server_port = server_port
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="cable", daemon=True)
        self._writers: set[asyncio.StreamWriter] = set()
        self._holes: set[asyncio.StreamWriter] = set()
        self._swallows = False
        self._listening: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """What the desk is told to be the server's address."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "Cable":
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

    def pull(self) -> None:
        """Cut every connection and take no new one."""
        self._do(self._cut())

    def swallow(self) -> None:
        """Take everything from now on, and forward nothing."""
        self._do(self._turn_into_holes())

    def put_back(self) -> None:
        """Take connections again, on the same port, and forward what is sent over new ones."""
        self._swallows = False
        self._do(self._listen())

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    async def _listen(self) -> None:
        if self._listening is None:
            self._listening = await asyncio.start_server(self._join, "127.0.0.1", self.port)
            self.port = self._listening.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        for writer in list(self._writers):
            writer.transport.abort()

    async def _end(self) -> None:
        """Cut everything, those too that are just being joined, and see every connection closed."""
        await self._cut()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for one in others:
            one.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        # A transport that was aborted closes its socket in the loop's next turn.
        await asyncio.sleep(0)

    async def _turn_into_holes(self) -> None:
        self._swallows = True
        self._holes |= self._writers

    async def _join(self, desk_reader: asyncio.StreamReader, desk_writer: asyncio.StreamWriter) -> None:
        self._writers.add(desk_writer)
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.server_port)
        except OSError:
            self._writers.discard(desk_writer)
            desk_writer.transport.abort()
            return
        both = {desk_writer, server_writer}
        self._writers |= both
        if self._swallows:
            self._holes |= both
        await asyncio.gather(self._pump(desk_reader, server_writer), self._pump(server_reader, desk_writer))
        self._writers -= both
        self._holes -= both

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                if writer not in self._holes:
                    writer.write(data)
                    await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()
