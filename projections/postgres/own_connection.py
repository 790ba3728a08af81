"""Connections to Postgres that are kept between uses, each by one who needs it again and again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection

from projections.postgres.connection import connect


class OwnConnection:
    """Opened when it is first used, and again after a use that failed. ``settings`` are session settings."""

    def __init__(self, url: str, **settings: str) -> None:
        self._url = url
        self._settings = settings
        self._connection: AsyncConnection[Any] | None = None

    @asynccontextmanager
    async def use(self) -> AsyncIterator[AsyncConnection[Any]]:
        """The connection, for one use at a time. Raises psycopg.OperationalError where none can be opened."""
        if self._connection is None:
            self._connection = await connect(self._url, **self._settings)
        try:
            yield self._connection
        except BaseException:
            # Also a cancellation, which may have left the connection within a transaction.
            await self.close()
            raise

    async def close(self) -> None:
        """Ends the connection; the next use opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
