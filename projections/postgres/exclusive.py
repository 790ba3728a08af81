"""One at a time: a command that changes a system's generations keeps others out while it lasts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection

from events.errors import GroundswellError
from projections.postgres.connection import connect, until_postgres_answers


class AnotherRuns(GroundswellError):
    """The same kind of command runs for this system already: wait for its end, or stop it."""

    code = "another_runs"


class Exclusive:
    """An advisory lock on a connection of its own. It is gone with the process, however that ends."""

    def __init__(self, url: str, name: str, doing: str) -> None:
        self._url = url
        self._name = name
        self._doing = doing
        self._connection: AsyncConnection[Any] | None = None

    async def check(self) -> None:
        """Takes the lock, or makes sure that it is still held: Postgres may have started anew. Raises
        AnotherRuns."""
        await until_postgres_answers("hold the lock", self._hold)

    async def _hold(self) -> None:
        if self._connection is not None:
            try:
                await self._connection.execute("SELECT 1")
                return
            except psycopg.Error:
                await self.release()
        connection = await connect(self._url)
        cursor = await connection.execute(
            "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (self._name,)
        )
        if not (await cursor.fetchone() or (False,))[0]:
            await connection.close()
            raise AnotherRuns(f"{self._doing} is going on already: wait for its end, or stop it")
        self._connection = connection

    async def release(self) -> None:
        """Lets the next one in."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


@asynccontextmanager
async def exclusively(url: str, name: str, doing: str) -> AsyncIterator[Exclusive]:
    """Holds the lock ``name`` while the block runs. Raises AnotherRuns, which says that ``doing`` goes on."""
    lock = Exclusive(url, name, doing)
    try:
        await lock.check()
        yield lock
    finally:
        await lock.release()
