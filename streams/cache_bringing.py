"""Brings one batch of touched keys into Redis: reads their rows from Postgres and writes them, guarded."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Final, Literal, TypeAlias

from redis.asyncio import Redis

from projections.postgres.generations import Generation
from projections.postgres.own_connection import OwnConnection
from projections.read_model import ReadModel
from projections.redis.cached import CachedEntity, RefreshGroup
from projections.redis.names import Names
from projections.redis.row_source import RowSource
from projections.redis.store import Begun, CacheStore
from projections.redis.touched import Minutes, merged
from projections.tables import Key
from streams.cache_backlog import Batch
from streams.cache_refilling import Refilling

PAGE_KEYS: Final = 1_000
"""Rows that are read, and written, at a time."""
AGAIN_SECONDS: Final = 0.02
"""How often to look whether a fill has begun."""

Keys: TypeAlias = Mapping[str, list[Key]]
Verdict: TypeAlias = Literal["brought", "dropped"]
"""Of a batch: it is in Redis; it is left to a fill that is due."""


class Bringing:
    """Reads by a connection to Postgres that has BY_INDEX and SESSION."""

    def __init__(
        self,
        model: ReadModel,
        generation: Generation,
        postgres: OwnConnection,
        client: "Redis",
        refilling: Refilling,
    ) -> None:
        assert model.cached is not None
        self._cached = model.cached
        self._postgres = postgres
        self._store = CacheStore(client, Names(model.system, generation.number), model.cached)
        self._source = RowSource(model, generation)
        self._refilling = refilling

    async def bring(self, batch: Batch) -> Verdict:
        """Raises errors of Redis and Postgres, after which it may be tried again."""
        touched = merged([entry.touched for entry in batch.entries])
        if batch.hole or touched.everything:
            return await self._leave_to_fill(batch)
        *pages, last = [*self._pages(touched.keys)] or [{}]
        async for page in self._members(touched.groups):
            if await self._page(page) == "dropped":
                return "dropped"
        for page in pages:
            if await self._page(page) == "dropped":
                return "dropped"
        return await self._page(last, batch.runs(), touched.minutes)

    async def _leave_to_fill(self, batch: Batch) -> Verdict:
        """More happened than the batch says: whatever fill there is now has to be replaced."""
        begun = await self._begun({})
        self._refilling.spoil(begun.fill, calm=any(entry.touched.everything for entry in batch.entries))
        return "dropped"

    async def _page(
        self, keys: Keys, runs: list[tuple[int, int, int]] | None = None, minutes: Minutes | None = None
    ) -> Verdict:
        while True:
            begun = await self._begun(keys)
            if self._refilling.is_spoiled(begun.fill):
                return "dropped"
            async with self._postgres.use() as connection:
                rows = await self._source.read(connection, self._wanted(keys, begun))
            if not rows.is_for(begun.fill):
                return "dropped"
            outcome = await self._store.write(begun, rows, runs or (), minutes)
            if outcome == "written":
                return "brought"
            if outcome == "gap":
                self._refilling.spoil(begun.fill)
                return "dropped"

    async def _begun(self, keys: Keys) -> Begun:
        """What has to be known before rows are read. Waits for a fill to begin: one that is about to may not
        cover what is to be brought."""
        lazy = {name: found for name, found in keys.items() if not self._cached.entity(name).is_eager}
        while (begun := await self._store.begin(lazy)) is None:
            self._refilling.ask()
            await asyncio.sleep(AGAIN_SECONDS)
        return begun

    def _wanted(self, keys: Keys, begun: Begun) -> dict[str, list[Key]]:
        """Of lazy rows only those that are there."""
        return {
            name: found if self._cached.entity(name).is_eager else begun.present.get(name, [])
            for name, found in keys.items()
        }

    def _pages(self, keys: Keys) -> Iterator[dict[str, list[Key]]]:
        page: dict[str, list[Key]] = {}
        room = PAGE_KEYS
        for entity in self._cached.entities:
            # What another release named and this one does not is in no row of this one.
            name, found = entity.name, keys.get(entity.name, [])
            start = 0
            while start < len(found):
                part = found[start : start + room]
                page.setdefault(name, []).extend(part)
                start += len(part)
                room -= len(part)
                if room == 0:
                    yield page
                    page, room = {}, PAGE_KEYS
        if page:
            yield page

    async def _members(self, groups: Keys) -> AsyncIterator[dict[str, list[Key]]]:
        """The keys that hang on these groups, in pages: those of many small groups together."""
        page: dict[str, dict[Key, None]] = {}
        for group in self._cached.groups:
            for key in groups.get(group.name, ()):
                for entity_name in group.members:
                    async for found in self._members_of(group, key, self._cached.entity(entity_name)):
                        page.setdefault(entity_name, {}).update(dict.fromkeys(found))
                        if sum(map(len, page.values())) >= PAGE_KEYS:
                            yield {name: [*keys] for name, keys in page.items()}
                            page = {}
        if page:
            yield {name: [*keys] for name, keys in page.items()}

    async def _members_of(
        self, group: RefreshGroup, key: Key, entity: CachedEntity
    ) -> AsyncIterator[list[Key]]:
        after: Key | None = None
        while found := await self._next_members(group, key, entity, after):
            yield found
            if len(found) < PAGE_KEYS:
                return
            after = found[-1]

    async def _next_members(
        self, group: RefreshGroup, key: Key, entity: CachedEntity, after: Key | None
    ) -> list[Key]:
        async with self._postgres.use() as connection:
            return await self._source.members(connection, group, key, entity, after, PAGE_KEYS)
