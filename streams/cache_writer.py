"""Brings what is committed into Redis: one for a worker process. Flushes never wait for it.

Whatever cannot be brought in order is not: the fill that is in Redis is *spoiled* then, and another one is
due, which covers everything that was committed before it began. Until it is complete readers ask Postgres.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from psycopg import AsyncConnection

from projections.postgres.connection import BY_INDEX
from projections.postgres.generations import Generation
from projections.postgres.own_connection import OwnConnection
from projections.read_model import ReadModel
from projections.redis.client import WRITE_TIMEOUT_SECONDS, connect_redis
from projections.redis.outbox import LEFT_ROWS_MAX, Entry, leave, left
from projections.redis.refill import Refill
from projections.redis.row_source import SESSION
from projections.redis.touched import Minutes, Touched, TouchFinder
from projections.tables import Key, WindowTable
from streams.cache_backlog import Backlog
from streams.cache_bringing import Bringing
from streams.cache_patience import until_cache_answers
from streams.cache_refilling import Refilling
from streams.cache_tidying import CacheTidying
from streams.cache_watch import CacheWatch
from streams.leading import WindowListener


class CacheWriter(WindowListener):
    """Hears of every flush and every change of windows of one generation, and writes them to Redis."""

    def __init__(self, model: ReadModel, generation: Generation, postgres: str, redis: str) -> None:
        assert model.cached is not None, f"{model.system} has nothing in Redis"
        self.finder = TouchFinder(model.cached)
        self._generation = generation
        self._client = connect_redis(redis, WRITE_TIMEOUT_SECONDS)
        self._backlog = Backlog()
        self._connections = [
            OwnConnection(postgres, **BY_INDEX, **SESSION),
            *map(OwnConnection, [postgres] * 2),
        ]
        reading, watching, tidying = self._connections
        self._refilling = Refilling(Refill(model, generation, postgres, self._client))
        self._bringing = Bringing(model, generation, reading, self._client, self._refilling)
        self._watch = CacheWatch(model, generation, watching, self._client, self._backlog, self._refilling)
        self._tidying = CacheTidying(generation, tidying, self._backlog)
        self._uncommitted: Entry | None = None

    def hand_over(self, entry: Entry) -> None:
        """Its transaction is committed. Returns at once."""
        self._backlog.put(entry)

    async def take_over(self, connection: AsyncConnection[Any], flushes: dict[int, int]) -> None:
        """This process owns these partitions now, ``flushes`` being their last flushes: what their former
        owners left in the outbox comes first."""
        self._backlog.own(flushes)
        found = await left(connection, self._generation, flushes)
        for entry in found:
            self._backlog.put(entry)
        if len(found) == LEFT_ROWS_MAX:
            self._backlog.drop_waiting()

    def disown(self) -> None:
        """The partitions are somebody else's."""
        self._backlog.own({})

    async def windows_changed(
        self, connection: AsyncConnection[Any], table: WindowTable, keys: Sequence[Key]
    ) -> None:
        """Leaves the rows that follow these windows in the outbox, in the caller's transaction."""
        touched = self.finder.find({}, {touching: dict.fromkeys(keys) for touching in table.touched_by})
        self._uncommitted = await leave(connection, self._generation, touched)

    async def windows_passed(self, connection: AsyncConnection[Any], since: int | None, until: int) -> None:
        """Leaves word in the outbox that all that differs between these minutes was changed before."""
        # Never gone through before: then every row was changed.
        touched = Touched(minutes=Minutes(-1 if since is None else since, until))
        self._uncommitted = await leave(connection, self._generation, touched)

    def committed(self) -> None:
        """The transaction of the last call is committed: one that was not is forgotten by the next call."""
        entry, self._uncommitted = self._uncommitted, None
        if entry is not None:
            self.hand_over(entry)

    async def run(self) -> None:
        """Until cancelled. Waits while Redis or Postgres is away."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._bring())
                tasks.create_task(self._watch.run())
                tasks.create_task(self._tidying.run())
                tasks.create_task(self._refilling.run())
        finally:
            for connection in self._connections:
                await connection.close()
            await self._client.aclose()

    async def _bring(self) -> None:
        while True:
            await self._backlog.arrived.wait()
            while (batch := self._backlog.take()) is not None:
                verdict = await until_cache_answers("write", partial(self._bringing.bring, batch))
                self._backlog.finish(brought=verdict == "brought")
