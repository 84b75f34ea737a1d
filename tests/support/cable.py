"""The network between desk and server as a cable on loopback that can be pulled and put back."""

import asyncio

from tests.support.loopback import Loopback


class Cable(Loopback):
    """Forwards `http://127.0.0.1:port` to a server's port.

    Pulled, it refuses new connections and cuts those it has. Where it swallows, it takes connections and everything
    that is sent, and nothing ever arrives: not even later, when new connections get through again.
    """

    def __init__(self, server_port: int) -> None:
        super().__init__(server_port)
        self._writers: set[asyncio.StreamWriter] = set()
        self._holes: set[asyncio.StreamWriter] = set()
        self._swallows = False
        self._pulled = False

    def pull(self) -> None:
        """Cut every connection and take no new one."""
        self._do(self._unplug())

    def swallow(self) -> None:
        """Take everything from now on, and forward nothing."""
        self._do(self._turn_into_holes())

    def put_back(self) -> None:
        """Take connections again, on the same port, and forward what is sent over new ones."""
        self._swallows = self._pulled = False
        self._do(self._listen())

    async def _unplug(self) -> None:
        self._pulled = True
        await self._deafen()
        await self._cut()

    async def _cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _turn_into_holes(self) -> None:
        self._swallows = True
        self._holes |= self._writers

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.server_port)
        except OSError:
            self._writers.discard(writer)
            writer.transport.abort()
            return
        if self._pulled:
            # Taken before the cable was pulled, joined after it.
            writer.transport.abort()
            server_writer.transport.abort()
            self._writers.discard(writer)
            return
        both = {writer, server_writer}
        self._writers |= both
        if self._swallows:
            self._holes |= both
        await asyncio.gather(self._pump(reader, server_writer), self._pump(server_reader, writer))
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
