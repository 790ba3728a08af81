"""A cache over real servers: a worker that folds a simulated log and writes Redis; both sides compared."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self, cast

from psycopg import AsyncConnection
from redis.asyncio import Redis

from events.envelope import Event
from events.settings import Settings
from projections.postgres.connection import BY_INDEX, connect
from projections.read_model import ReadModel
from projections.redis.cached import Cached
from projections.redis.client import AWAY, connect_redis
from projections.redis.names import Names, key_of
from projections.redis.row_source import SESSION, RowSource
from projections.redis.store import CacheStore, flat_fields
from projections.tables import Key
from streams.cache_writer import CacheWriter
from streams.engine import Engine
from streams.leading import Leader
from streams.system import system_named
from tests.integration.rules_setting import APPENDED_MS, record
from tests.simulation.engine_run import Owner, SimulatedLog, prepared

DATABASE: Final = 7
"""The number of the Redis database that these tests use, one after the other."""
WAIT_SECONDS_MAX: Final = 30.0
LOOK_SECONDS: Final = 0.02
LEAD_SECONDS: Final = 0.2
GUARD: Final = "guard"

Rows = dict[str, dict[str, str]]


@dataclass
class CacheContents:
    """Rows by entity and member without their guards, and the sorted sets."""

    rows: dict[str, Rows] = field(default_factory=dict)
    sets: dict[str, dict[str, float]] = field(default_factory=dict)


@dataclass
class CachePlace:
    """Where a test's worker writes."""

    postgres: str
    redis: str
    engine: Engine
    client: Redis

    @classmethod
    async def prepare(cls, postgres: str, redis: str, system: str = "actions") -> Self:
        """An empty database on either side."""
        engine = await prepared(system_named(system), Settings(postgres_address=postgres))
        return await cls.empty(postgres, redis, engine)

    @classmethod
    async def empty(cls, postgres: str, redis: str, engine: Engine) -> Self:
        """An empty database in Redis, beside whatever is in Postgres."""
        url = f"{redis}/{DATABASE}"
        client = connect_redis(url, 5.0)
        await client.flushdb()
        return cls(postgres, url, engine, client)

    @property
    def model(self) -> ReadModel:
        return self.engine.system.model

    @property
    def cached(self) -> Cached:
        assert self.model.cached is not None, f"{self.model.system} has nothing in Redis"
        return self.model.cached

    @property
    def names(self) -> Names:
        return Names(self.model.system, self.engine.generation.number)

    def writer(self) -> CacheWriter:
        """As a worker makes one."""
        return CacheWriter(self.model, self.engine.generation, self.postgres, self.redis)

    def store(self) -> CacheStore:
        """Writes as a worker does."""
        return CacheStore(self.client, self.names, self.cached)

    def source(self) -> RowSource:
        """Reads as a worker does."""
        return RowSource(self.model, self.engine.generation)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection[Any]]:
        """A connection as a worker reads rows by."""
        async with await connect(self.postgres, **BY_INDEX, **SESSION) as connection:
            yield connection

    def raw_client(self) -> Redis:
        """A client that answers bytes."""
        return Redis.from_url(self.redis)

    async def in_redis(self) -> CacheContents:
        """Everything that is shown."""
        contents = CacheContents()
        for entity in self.cached.entities:
            prefix = self.names.rows(entity.name)
            rows = contents.rows[entity.name] = {}
            async for key in self.client.scan_iter(match=f"{prefix}*", count=1_000):
                row: dict[str, str] = await cast(Any, self.client.hgetall(key))
                if GUARD in row and "gone" not in row:
                    row.pop(GUARD)
                    rows[key.removeprefix(prefix)] = row
            for each in entity.sets:
                found: Any = await self.client.zrange(
                    self.names.sorted_set(each.name), 0, -1, withscores=True
                )
                contents.sets[each.name] = dict(found)
        return contents

    async def in_postgres(self, lazy: dict[str, list[Key]]) -> CacheContents:
        """What should be shown: all eager rows, and of lazy ones these."""
        contents = CacheContents()
        source = self.source()
        async with self.reading() as connection:
            for entity in self.cached.entities:
                keys = lazy.get(entity.name, [])
                if entity.is_eager:
                    keys = await source.page(connection, entity, None, 1_000_000)
                contents.rows[entity.name] = {}
                contents.sets |= {each.name: {} for each in entity.sets}
                for one in (await source.read(connection, {entity.name: keys})).entities:
                    for key, values in one.rows:
                        name = ":".join(part.replace("%", "%25").replace(":", "%3A") for part in key)
                        flat = flat_fields(one.fields, values)
                        row = dict(zip(flat[::2], flat[1::2], strict=True))
                        contents.rows[entity.name][name] = row
                        for each in entity.sets:
                            score = row.get(each.score)
                            if score is not None and (each.least is None or float(score) >= each.least):
                                contents.sets[each.name][name] = float(score)
        return contents

    async def differences(self) -> list[str]:
        """What either side has alone, or otherwise."""
        redis = await self.in_redis()
        lazy = {
            entity.name: [key_of(name) for name in redis.rows[entity.name]]
            for entity in self.cached.entities
            if not entity.is_eager
        }
        postgres = await self.in_postgres(lazy)
        lines = []
        for what in ("rows", "sets"):
            for name, wanted in getattr(postgres, what).items():
                found = getattr(redis, what).get(name, {})
                lines += [
                    f"{name} {key}: Redis {found.get(key)}, Postgres {wanted.get(key)}"
                    for key in sorted(wanted.keys() | found.keys())
                    if found.get(key) != wanted.get(key)
                ]
        return lines

    async def until_equal(self, seconds: float = WAIT_SECONDS_MAX) -> None:
        """Waits until the generation is whole in Redis and both sides are the same."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                is_whole = await self.client.get(self.names.active) == str(self.engine.generation.number)
                lines = await self.differences() if is_whole else ["not filled"]
            except AWAY as error:
                lines = [f"Redis does not answer: {error!r}"]
            if not lines:
                return
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"{len(lines)} differences after {seconds:.0f} s:\n" + "\n".join(lines[:20])
                )
            await asyncio.sleep(LOOK_SECONDS)

    async def left(self) -> int:
        """Rows of the cache's outbox."""
        async with await connect(self.postgres) as connection:
            cursor = await connection.execute("SELECT count(*) FROM groundswell.cache_outbox")
            row = await cursor.fetchone()
        assert row is not None
        return int(row[0])

    async def until_outbox_empty(self) -> None:
        """Waits until nothing is left to be brought."""

        async def is_empty() -> bool:
            return await self.left() == 0

        await until("the cache's outbox is empty", is_empty)


class CachedOwner:
    """A worker between two rebalances: folds, flushes, and has a cache writer."""

    def __init__(self, place: CachePlace, owner: Owner, cache: CacheWriter) -> None:
        self.owner = owner
        self.cache = cache
        self._place = place
        self._running: list[asyncio.Future[None]] = []

    def lead(self) -> None:
        """From now on it goes through the windows every minute, as one worker of a system does."""
        self._running.append(asyncio.ensure_future(self._lead()))

    async def _lead(self) -> None:
        while True:
            await minute_job(self._place, self)
            await asyncio.sleep(LEAD_SECONDS)

    @classmethod
    async def take_over(cls, place: CachePlace, log: SimulatedLog, partitions: Iterable[int]) -> Self:
        """As the engine does it."""
        cache = place.writer()
        owner = await Owner.take_over(place.engine, place.postgres, log, partitions, cache=cache)
        return cls(place, owner, cache)

    async def catch_up(self) -> None:
        """Folds and flushes until nothing is left."""
        await self.owner.catch_up()

    async def die(self) -> None:
        """At once, whatever was not written yet."""
        for work in self._running:
            work.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self.owner.die()


@asynccontextmanager
async def cached_owner(
    place: CachePlace, log: SimulatedLog, partitions: Iterable[int] | None = None
) -> AsyncIterator[CachedOwner]:
    """A worker of these partitions, or all, that is gone at the end."""
    wanted = range(log.partitions) if partitions is None else partitions
    owner = await CachedOwner.take_over(place, log, wanted)
    try:
        yield owner
    finally:
        await owner.die()


async def folded(worker: CachedOwner, *events: Event, appended_ms: int = APPENDED_MS) -> None:
    """These events are appended, folded and committed."""
    log = worker.owner.log
    for event in events:
        log.append(replace(record(event, log.partitions), appended_ms=appended_ms))
    await worker.catch_up()


async def minute_job(place: CachePlace, worker: CachedOwner) -> None:
    """What the leader does every minute."""
    settings = Settings(postgres_address=place.postgres)
    leader = Leader(place.engine.system, settings, place.engine.generation, listener=worker.cache)
    async with await connect(place.postgres, **BY_INDEX) as connection:
        await leader.refresh_windows(connection)


async def until(what: str, holds: Callable[[], Any]) -> None:
    """Waits until an awaited answer is true."""
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not await holds():
        assert time.monotonic() < deadline, f"not in {WAIT_SECONDS_MAX:.0f} s: {what}"
        await asyncio.sleep(LOOK_SECONDS)
