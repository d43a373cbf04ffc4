"""A line to a server on a socket of this machine. Once it falls silent neither side hears the other, or of an end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


class Wire:
    """Whatever connects to `port` reaches the server."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._pumps: set[asyncio.Task[None]] = set()
        self._ends: list[asyncio.StreamWriter] = []
        self.port = 0
        self.lines = 0

    def fall_silent(self) -> None:
        """Nothing goes on over the lines that there are; new ones work."""
        for pump in tuple(self._pumps):
            pump.cancel()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(str(self._socket))
        self.lines += 1
        self._ends += (writer, back)
        for source, sink in ((reader, back), (there, writer)):
            pump = asyncio.create_task(_pump(source, sink))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while said := await source.read(65536):
        sink.write(said)
        await sink.drain()
    sink.close()


@asynccontextmanager
async def wire_to(socket: Path) -> AsyncIterator[Wire]:
    wire = Wire(socket)
    server = await asyncio.start_server(wire._join, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        wire.fall_silent()
        for end in wire._ends:
            end.close()
        server.close()
