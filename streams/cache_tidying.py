"""Keeps the cache's outbox short: removes what Redis has, and brings what nobody else does."""

import asyncio
from time import monotonic
from typing import Any, Final

from psycopg import AsyncConnection

from projections.postgres.generations import Generation
from projections.postgres.own_connection import OwnConnection
from projections.redis.outbox import forget, left, mark_hole, newest_id
from streams.cache_backlog import Backlog
from streams.cache_patience import until_cache_answers

TIDY_SECONDS: Final = 0.2
LEFT_BEHIND_SECONDS: Final = 2.0
"""An entry that lies in the outbox for longer is brought by whoever sees it: its worker is gone."""


class CacheTidying:
    """Goes on while Redis is away."""

    def __init__(self, generation: Generation, postgres: OwnConnection, backlog: Backlog) -> None:
        self._generation = generation
        self._postgres = postgres
        self._backlog = backlog
        self._looked_at = monotonic()
        self._left_until: int | None = None

    async def run(self) -> None:
        """Until cancelled. Waits while Postgres is away."""
        while True:
            await until_cache_answers("tidy", self.tidy)
            await asyncio.sleep(TIDY_SECONDS)

    async def tidy(self) -> None:
        """Once."""
        backlog = self._backlog
        async with self._postgres.use() as connection:
            if done := backlog.done[:]:
                await forget(connection, self._generation, done)
                del backlog.done[: len(done)]
            if dropped := backlog.dropped[:]:
                await mark_hole(connection, self._generation, dropped)
                del backlog.dropped[: len(dropped)]
            if monotonic() - self._looked_at >= LEFT_BEHIND_SECONDS:
                await self._bring_left_behind(connection)
                self._looked_at = monotonic()

    async def _bring_left_behind(self, connection: AsyncConnection[Any]) -> None:
        if self._left_until is not None and self._backlog.is_idle:
            known = {*self._backlog.done, *self._backlog.dropped}
            for entry in await left(connection, self._generation, until=self._left_until):
                if entry.id not in known:
                    self._backlog.put(entry)
        self._left_until = await newest_id(connection, self._generation)
