"""Connections to Postgres with the session settings that the engine relies on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import psycopg
import structlog
from psycopg import AsyncConnection, sql

from events.errors import ServerUnreachable
from projections.cancellation import cancellable

log = structlog.get_logger(__name__)

STATEMENT_TIMEOUT_MS: Final = 4_000
"""A statement of a flush or a load may take this long: less than the shortest session timeout (6 s in
tests)."""
STATEMENT_TIMEOUT_MS_MAX: Final = 64_000
"""What ran into its time limit gets twice the time, up to this."""
LOCK_TIMEOUT_MS: Final = 3_000
IDLE_IN_TRANSACTION_TIMEOUT_MS: Final = 5_000
"""A worker that was stopped inside a transaction loses it before its successor needs the rows."""
TCP_USER_TIMEOUT_MS: Final = 5_000
CONNECT_TIMEOUT_SECONDS: Final = 5
RETRY_PAUSE_SECONDS_MAX: Final = 2.0
RETRY_PAUSE_SECONDS_MIN: Final = 0.05

Answer = TypeVar("Answer")
Row = tuple[Any, ...]

SESSION_SETTINGS: Final = {
    "timezone": "UTC",
    "statement_timeout": str(STATEMENT_TIMEOUT_MS),
    "lock_timeout": str(LOCK_TIMEOUT_MS),
    "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_TIMEOUT_MS),
    "jit": "off",
}
BY_INDEX: Final = {
    # The engine looks rows up by key. A plan made while a table was small, or without statistics, must not
    # scan it.
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
"""Session settings of the connections that write flushes and load states."""


async def connect(url: str, **settings: str) -> AsyncConnection[Any]:
    """An autocommit connection in UTC with the engine's timeouts; ``settings`` are further session
    settings."""
    options = " ".join(f"-c {name}={value}" for name, value in {**SESSION_SETTINGS, **settings}.items())
    return await AsyncConnection.connect(
        url,
        autocommit=True,
        options=options,
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        tcp_user_timeout=TCP_USER_TIMEOUT_MS,
        prepare_threshold=1,
        application_name="groundswell",
    )


@asynccontextmanager
async def reached(url: str) -> AsyncIterator[AsyncConnection[Any]]:
    """A connection for one command. Raises ServerUnreachable, saying how to start Postgres, when it does not
    answer."""
    try:
        connection = await connect(url)
    except psycopg.OperationalError as error:
        raise ServerUnreachable(
            f"Postgres cannot be reached: {str(error).strip()}. Start the local stack with `groundswell up`,"
            " or correct GROUNDSWELL_POSTGRES"
        ) from error
    async with connection:
        yield connection


def is_data_error(error: psycopg.Error) -> bool:
    """Whether Postgres refused what a record says (SQLSTATE classes 22, 23, 54): trying again cannot help."""
    return (error.sqlstate or "")[:2] in ("22", "23", "54")


def is_fenced(error: psycopg.Error) -> bool:
    """Whether a position was not where this worker left it: another owner went on."""
    return error.sqlstate == "GS001"


async def until_postgres_answers(what: str, attempt: Callable[[], Awaitable[Answer]]) -> Answer:
    """The answer of ``attempt``, tried again with back-off for as long as Postgres is away or busy.

    Says so once for each kind of error, and once when it goes on. Data errors and lost positions are raised.
    """
    pause = RETRY_PAUSE_SECONDS_MIN
    told: set[str | None] = set()
    while True:
        try:
            answer = await cancellable(attempt())
        except psycopg.Error as error:
            if is_data_error(error) or is_fenced(error):
                raise
            if error.sqlstate not in told:
                # What ends a connection (a full disk, say) is often told by what fails on the next one.
                log.warning("postgres_wait", doing=what, sqlstate=error.sqlstate, error=str(error).strip())
                told.add(error.sqlstate)
            await asyncio.sleep(pause)
            pause = min(pause * 2, RETRY_PAUSE_SECONDS_MAX)
        else:
            if told:
                log.info("postgres_back", doing=what)
            return answer


class PatientReader:
    """Reads through a connection of its own; while Postgres is away it waits, connects again and asks
    again. What ran into its time limit gets twice the time, up to STATEMENT_TIMEOUT_MS_MAX."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: AsyncConnection[Any] | None = None
        self._statement_ms = STATEMENT_TIMEOUT_MS

    async def rows(self, what: str, query: sql.Composed, parameters: Any) -> list[Row]:
        """All rows that the query answers, planned anew each time. Data errors are raised."""

        async def ask(connection: AsyncConnection[Any]) -> list[Row]:
            cursor = await connection.execute(query, parameters, prepare=False)
            return await cursor.fetchall()

        return await self._patiently(what, ask)

    async def answers(self, what: str, queries: Sequence[tuple[bytes, Any]]) -> list[list[Row]]:
        """All rows of each query, in one round trip. Data errors are raised."""

        async def ask(connection: AsyncConnection[Any]) -> list[list[Row]]:
            async with connection.pipeline():
                cursors = [await connection.execute(query, parameters) for query, parameters in queries]
            return [await cursor.fetchall() for cursor in cursors]

        return await self._patiently(what, ask)

    async def _patiently(self, what: str, ask: Callable[[AsyncConnection[Any]], Awaitable[Answer]]) -> Answer:
        async def attempt() -> Answer:
            try:
                if self._connection is None:
                    limit = {"statement_timeout": str(self._statement_ms)}
                    self._connection = await connect(self._url, **limit, **BY_INDEX)
                return await ask(self._connection)
            except psycopg.errors.QueryCanceled:
                self._statement_ms = min(self._statement_ms * 2, STATEMENT_TIMEOUT_MS_MAX)
                await self.close()
                raise
            except BaseException:
                await self.close()
                raise

        return await until_postgres_answers(what, attempt)

    async def close(self) -> None:
        """Ends the connection; the next read opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
