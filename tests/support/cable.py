"""The network between desk and server as a cable on loopback that can be pulled and put back."""

import asyncio
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")


class Cable:
    """Forwards `http://127.0.0.1:port` to a server's port; pulled, it refuses new connections and cuts those it has."""

    def __init__(self, server_port: int) -> None:
        self.server_port = server_port
        self.port = 0
        self._pulled = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="cable", daemon=True)
        self._writers: set[asyncio.StreamWriter] = set()
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
        self.pull()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()

    def pull(self) -> None:
        """Cut every connection and take no new one."""
        self._do(self._cut())

    def put_back(self) -> None:
        """Take connections again, on the same port."""
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

    async def _join(self, desk_reader: asyncio.StreamReader, desk_writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.server_port)
        except OSError:
            desk_writer.transport.abort()
            return
        self._writers |= {desk_writer, server_writer}
        await asyncio.gather(_pump(desk_reader, server_writer), _pump(server_reader, desk_writer))
        self._writers -= {desk_writer, server_writer}


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
