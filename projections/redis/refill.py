"""Fills Redis anew from Postgres, while flushes go on writing into it and readers ask Postgres.

The order is what makes it right. First the token of the old fill goes, so that no write passes; then the
rows; then it is read how far Postgres is, and the new token is set with those flush numbers. What is
committed before is in the pages, which are read later; what is committed after is written by its own flush.
"""

from collections.abc import Collection
from secrets import token_hex
from typing import Any, Final, Literal, TypeAlias

import structlog
from psycopg import AsyncConnection
from redis.asyncio import Redis

from projections.postgres.connection import BY_INDEX, connect
from projections.postgres.generations import Generation
from projections.read_model import ReadModel
from projections.redis.client import Scripts
from projections.redis.names import Names
from projections.redis.outbox import forget, forget_other_generations, ids_left
from projections.redis.row_source import SESSION, RowSource
from projections.redis.standing import Standing, cache_standing, standing
from projections.redis.store import CacheStore

log = structlog.get_logger(__name__)

PAGE_ROWS: Final = 2_000
SCAN_KEYS: Final = 1_000
"""Keys of Redis that are looked at, and unlinked, at a time."""

Result: TypeAlias = Literal["filled", "good", "busy", "inactive", "overtaken"]
"""Of a refill: done here; there was nothing to do; somebody else is at it; this generation is not the active
one; somebody else began anew in the middle."""


class Refill:
    """Fills the keys of one generation."""

    def __init__(self, model: ReadModel, generation: Generation, postgres: str, client: "Redis") -> None:
        assert model.cached is not None
        self._model = model
        self._cached = model.cached
        self._generation = generation
        self._postgres = postgres
        self._client = client
        self._names = Names(model.system, generation.number)
        self._store = CacheStore(client, self._names, model.cached)
        self._scripts = Scripts(client)
        self._source = RowSource(model, generation)

    async def run(self, spoiled: Collection[str] = ()) -> Result:
        """Fills Redis, unless that was done since: a whole fill whose token is not ``spoiled`` is good.

        Raises errors of psycopg and Redis; it may be run again at any time.
        """
        connection = await connect(self._postgres, **BY_INDEX, **SESSION)
        async with connection:
            cursor = await connection.execute(
                "SELECT pg_try_advisory_lock(hashtextextended('groundswell cache ' || %s, 0))",
                (self._generation.system,),
            )
            if not (await cursor.fetchone() or (False,))[0]:
                return "busy"
            postgres = await standing(connection, self._model)
            if postgres is None or postgres.generation != self._generation.number:
                return "inactive"
            stands, server = await cache_standing(self._client, self._names)
            is_good = stands.is_of(postgres.era, server) and stands.fill not in spoiled
            if is_good and stands.generation == str(self._generation.number):
                return "good"
            return await self._fill(connection)

    async def _fill(self, connection: AsyncConnection[Any]) -> Result:
        log.info("cache_refill", system=self._generation.system, generation=self._generation.number)
        filling = token_hex(8)
        await self._client.set(self._names.filling, filling)
        await self._client.delete(self._names.active, self._names.fill)
        if not await self._clear(filling):
            return "overtaken"
        done = await ids_left(connection, self._generation)
        postgres = await standing(connection, self._model)
        if postgres is None or postgres.generation != self._generation.number:
            return "inactive"
        fill = await self._open(filling, postgres)
        rows = 0 if fill is None else await self._pages(connection, fill)
        if fill is None or rows is None:
            return "overtaken"
        keys = [self._names.fill, self._names.active]
        if not await self._scripts.run("complete", keys, fill, self._generation.number):
            return "overtaken"
        await forget(connection, self._generation, done)
        await forget_other_generations(connection, self._generation)
        log.info("cache_filled", system=self._generation.system, rows=rows)
        return "filled"

    async def _clear(self, filling: str) -> bool:
        """Everything of the system goes, of whatever generation."""
        keys: list[str] = []
        async for key in self._client.scan_iter(match=self._names.everything, count=SCAN_KEYS):
            keys.append(key)
            if len(keys) == SCAN_KEYS:
                if not await self._scripts.run("clear", [self._names.filling, *keys], filling):
                    return False
                keys = []
        return not keys or bool(await self._scripts.run("clear", [self._names.filling, *keys], filling))

    async def _open(self, filling: str, postgres: Standing) -> str | None:
        """From here on flushes write. Answers the token of the fill."""
        _, server = await cache_standing(self._client, self._names)
        fill = postgres.new_fill(server, self._cached.layout)
        numbers = [part for pair in postgres.numbers().items() for part in pair]
        keys = [self._names.filling, self._names.fill, self._names.flushes]
        return fill if await self._scripts.run("open", keys, filling, fill, *numbers) else None

    async def _pages(self, connection: AsyncConnection[Any], fill: str) -> int | None:
        """All rows of all eager entities; answers how many, None where another fill began."""
        rows = 0
        for entity in self._cached.entities:
            after = None
            while entity.is_eager and (keys := await self._source.page(connection, entity, after, PAGE_ROWS)):
                begun = await self._store.begin()
                if begun is None or begun.fill != fill:
                    return None
                found = await self._source.read(connection, {entity.name: keys})
                if not found.is_for(fill) or await self._store.write(begun, found) != "written":
                    return None
                rows += len(keys)
                after = keys[-1]
        return rows
