"""Holds: while a past is being published, nothing is decided about it.

A hold is a row that its holder refreshes. One that was not refreshed for a while belongs to a process that is
gone. A released one stays until the decisions have gone through what it brought.
"""

import asyncio
import contextlib
from types import TracebackType
from typing import Any, Final, Self
from uuid import UUID, uuid4

import psycopg
import structlog
from psycopg import AsyncConnection

from projections.postgres.connection import connect, reached
from projections.postgres.migrations import migrate

log = structlog.get_logger(__name__)

REFRESH_SECONDS: Final = 10.0
RETRY_SECONDS: Final = 0.5
"""... while Postgres is away: it must know before it decides anything."""
LAPSE_SECONDS: Final = 60
"""A hold not refreshed for so long holds no more."""
START_SECONDS: Final = 5
"""No hold lapses so soon after a start of Postgres."""

# A holder that slept so long that its hold was forgotten holds again.
SEEN: Final = """
INSERT INTO groundswell.holds (hold, system)
SELECT * FROM unnest(%s::uuid[], %s::text[])
ON CONFLICT (hold) DO UPDATE SET seen_at = now()
"""
RELEASED: Final = """
INSERT INTO groundswell.holds (hold, system, released_at)
SELECT hold, system, now() FROM unnest(%s::uuid[], %s::text[]) AS released (hold, system)
ON CONFLICT (hold) DO UPDATE SET released_at = now()
"""
# While Postgres was away nobody could refresh: after its start every holder gets its turn first.
ENDED: Final = (
    "(released_at IS NOT NULL OR (seen_at <= now() - make_interval(secs => %s)"
    f" AND pg_postmaster_start_time() <= pg_catalog.now() - interval '{START_SECONDS} seconds'))"
)


class Hold:
    """Holds the decisions of systems for as long as the context lasts. Raises ServerUnreachable."""

    def __init__(self, postgres: str, systems: list[str]) -> None:
        self._postgres = postgres
        self._holds: dict[UUID, str] = {uuid4(): system for system in systems}
        self._refreshing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        async with reached(self._postgres) as connection:
            await migrate(connection)
            await connection.execute(SEEN, self._parameters)
        self._refreshing = asyncio.get_running_loop().create_task(self._refresh())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._refreshing is not None:
            self._refreshing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._refreshing
        try:
            await self._tell(RELEASED)
        except psycopg.Error as unreleased:
            log.warning("hold_lapses", seconds=LAPSE_SECONDS, error=str(unreleased).strip())

    async def _refresh(self) -> None:
        pause = REFRESH_SECONDS
        while True:
            await asyncio.sleep(pause)
            try:
                await self._tell(SEEN)
                pause = REFRESH_SECONDS
            except psycopg.Error as error:
                if pause == REFRESH_SECONDS:
                    log.warning("hold_not_refreshed", error=str(error).strip())
                pause = RETRY_SECONDS

    async def _tell(self, statement: str) -> None:
        connection = await connect(self._postgres)
        async with connection:
            await connection.execute(statement.encode(), self._parameters)

    @property
    def _parameters(self) -> tuple[list[UUID], list[str]]:
        return [*self._holds], [*self._holds.values()]


async def is_held(connection: AsyncConnection[Any], system: str) -> bool:
    """Whether anybody publishes a past of the system right now."""
    cursor = await connection.execute(
        f"SELECT FROM groundswell.holds WHERE system = %s AND NOT {ENDED} LIMIT 1",
        (system, LAPSE_SECONDS),
    )
    return await cursor.fetchone() is not None


async def ended_holds(connection: AsyncConnection[Any], system: str) -> list[UUID]:
    """Holds that hold no more and whose past was not gone through yet."""
    cursor = await connection.execute(
        f"SELECT hold FROM groundswell.holds WHERE system = %s AND {ENDED}",
        (system, LAPSE_SECONDS),
    )
    return [row[0] for row in await cursor.fetchall()]


async def forget_holds(connection: AsyncConnection[Any], holds: list[UUID]) -> None:
    """What they brought was gone through. One whose holder only slept, and is awake again, stays."""
    await connection.execute(
        f"DELETE FROM groundswell.holds WHERE hold = ANY (%s) AND {ENDED}",
        (holds, LAPSE_SECONDS),
    )
