"""A line to Postgres that is cut or stopped at a chosen moment, which no signal hits exactly.

Bytes pass between client and server until the client says what it was told to wait for.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum
from typing import Final

from psycopg.conninfo import conninfo_to_dict, make_conninfo

BLOCK_BYTES: Final = 1 << 16


class Cut(Enum):
    """What happens at the moment."""

    BEFORE = "the server never hears of it"
    AFTER = "the server does it, and the answer is lost"
    STALL = "the server hears of it and of nothing more, as when the client is stopped"


class SeveredLine:
    """``url`` leads through the line. It behaves until it is told to cut."""

    def __init__(self, url: str) -> None:
        server = conninfo_to_dict(url)
        self._server = (str(server["host"]), int(str(server["port"])))
        self._url = url
        self._moment = b""
        self._cut: Cut | None = None
        self._ends = asyncio.Event()
        self.has_cut = asyncio.Event()
        self.url = ""

    async def start(self) -> asyncio.Server:
        """Listens; the URL is known from now on."""
        listener = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        self.url = _as_url(self._url, port)
        return listener

    def cut(self, moment: bytes, cut: Cut) -> None:
        """From now on, when the client next says ``moment``, this happens, once."""
        self._moment, self._cut = moment, cut

    def end(self) -> None:
        """Lets go of what was stopped."""
        self._ends.set()

    async def _carry(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_connection(*self._server)
        answers = asyncio.ensure_future(_pass_on(server, to_client))
        try:
            while block := await client.read(BLOCK_BYTES):
                cut = self._cut if self._moment in block else None
                if cut is not None:
                    self._cut = None
                    self.has_cut.set()
                if cut is Cut.BEFORE:
                    break
                if cut is Cut.AFTER:
                    answers.cancel()
                    await asyncio.gather(answers, return_exceptions=True)
                to_server.write(block)
                await to_server.drain()
                if cut is Cut.AFTER:
                    await server.read(BLOCK_BYTES)
                    break
                if cut is Cut.STALL:
                    await self._ends.wait()
                    break
        except ConnectionError:
            pass
        finally:
            answers.cancel()
            to_server.close()
            to_client.close()


async def _pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while block := await source.read(BLOCK_BYTES):
            target.write(block)
            await target.drain()
        target.close()
    except ConnectionError:
        target.close()


def _as_url(url: str, port: int) -> str:
    given = conninfo_to_dict(url)
    password = f":{given['password']}" if given.get("password") else ""
    assert make_conninfo(url), "the URL is one that psycopg takes"
    return f"postgresql://{given['user']}{password}@127.0.0.1:{port}/{given['dbname']}"


@asynccontextmanager
async def severed_line(url: str) -> AsyncIterator[SeveredLine]:
    """A line to the server at ``url`` for the length of a block."""
    line = SeveredLine(url)
    listener = await line.start()
    try:
        yield line
    finally:
        line.end()
        listener.close()
