"""Notes when positions move, in Postgres and in Redis: `python -m tests.benchmarks.position_watch SYSTEM
TOPIC`, until SIGTERM.

In a process and on connections of its own, so that nobody's work delays it. It asks each of the two, waits
PAUSE_SECONDS and asks again: what it sees may have been there since it last asked. The latencies are
therefore too long, by half the pause and one answer on average (1.3 ms where an answer takes 0.3 ms) and by
all of it at most; never too short. Redis says how far it is by the number of each partition's last flush,
which is written after the flush's rows; which offset that was, Postgres has told.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

from psycopg import AsyncConnection
from redis.asyncio import Redis

from events.settings import settings
from projections.postgres.connection import reached
from projections.postgres.generations import find_active
from projections.redis.client import WRITE_TIMEOUT_SECONDS, connect_redis
from projections.redis.names import Names
from tests.benchmarks.json_lines import tell

PAUSE_SECONDS: Final = 0.002
CACHE_SECONDS_MAX: Final = 10.0
"""How long Redis may take to be filled at first, and to have what Postgres had when the watch was to end."""

Sighting = tuple[float, int, int]
"""When a position was seen (seconds since 1970), its partition, and the next offset: all below it are
visible.
"""
Move = tuple[float, int, int, int]
"""A sighting in Postgres with the number of the partition's last flush."""
CachedFlush = tuple[float, int, int]
"""When a flush was seen in Redis, its partition, and its number."""


class Watch:
    """One topic's positions in Postgres and one system's flushes in Redis."""

    def __init__(self, topic: str, connection: AsyncConnection[Any], redis: Redis, names: Names) -> None:
        self.moves: list[Move] = []
        self.cached: list[CachedFlush] = []
        self._topic = topic
        self._connection = connection
        self._redis = redis
        self._names = names
        self._flushes: dict[int, int] = {}
        self._cached_flushes: dict[int, int] = {}

    async def until_filled(self) -> None:
        """Waits until the generation is in Redis as a whole."""
        deadline = time.monotonic() + CACHE_SECONDS_MAX
        while await self._redis.get(self._names.active) != str(self._names.generation):
            assert time.monotonic() < deadline, f"Redis was not filled in {CACHE_SECONDS_MAX:.0f} s"
            await asyncio.sleep(PAUSE_SECONDS)

    async def look_at_postgres(self) -> None:
        """Notes what has moved."""
        cursor = await self._connection.execute(
            "SELECT partition, next_offset, flushes FROM groundswell.positions WHERE topic = %s",
            (self._topic,),
        )
        rows = await cursor.fetchall()
        now = time.time()
        for partition, next_offset, flushes in rows:
            if self._flushes.get(partition) != flushes:
                self._flushes[partition] = flushes
                self.moves.append((now, partition, next_offset, flushes))

    async def look_at_redis(self) -> None:
        """Notes what has arrived."""
        numbers = await self._redis.hgetall(self._names.flushes)
        now = time.time()
        for partition in self._flushes:
            flushes = int(numbers.get(str(partition), -1))
            if flushes > self._cached_flushes.get(partition, -1):
                self._cached_flushes[partition] = flushes
                self.cached.append((now, partition, flushes))

    def is_level(self) -> bool:
        """Whether Redis has all that Postgres was seen to have."""
        return all(
            self._cached_flushes.get(partition, -1) >= number for partition, number in self._flushes.items()
        )


async def watch(system: str, topic: str) -> Watch:
    """Every move until SIGTERM; then what of it is still on its way to Redis."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    known = settings()
    redis = connect_redis(known.redis, WRITE_TIMEOUT_SECONDS)
    async with reached(known.postgres) as connection, contextlib.aclosing(redis):
        generation = await find_active(connection, system)
        assert generation is not None, "the worker has made one"
        watch = Watch(topic, connection, redis, Names(system, generation.number))
        await watch.until_filled()
        await watch.look_at_postgres()
        await watch.look_at_redis()
        tell("watching")
        await asyncio.gather(_until(stopping, watch.look_at_postgres), _until(stopping, watch.look_at_redis))
        deadline = time.monotonic() + CACHE_SECONDS_MAX
        while not watch.is_level() and time.monotonic() < deadline:
            await watch.look_at_redis()
            await asyncio.sleep(PAUSE_SECONDS)
    return watch


async def _until(stopping: asyncio.Event, look: Callable[[], Awaitable[None]]) -> None:
    parent = os.getppid()
    while not stopping.is_set() and os.getppid() == parent:
        await look()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), PAUSE_SECONDS)


def sightings_in_cache(moves: Iterable[Move], cached: Iterable[CachedFlush]) -> list[Sighting]:
    """As sightings of positions. Of a flush that was not seen in Postgres by itself the one before it counts:
    that is too late rather than too early."""
    numbers: defaultdict[int, list[int]] = defaultdict(list)
    offsets: defaultdict[int, list[int]] = defaultdict(list)
    for _, partition, next_offset, flushes in moves:
        numbers[partition].append(flushes)
        offsets[partition].append(next_offset)
    found = []
    for seen_at, partition, flushes in cached:
        known = bisect_right(numbers[partition], flushes)
        if known:
            found.append((seen_at, partition, offsets[partition][known - 1]))
    return found


def main() -> None:
    """Watches, then tells all sightings in one line."""
    watched = asyncio.run(watch(sys.argv[1], sys.argv[2]))
    tell(
        "watched",
        postgres=[move[:3] for move in watched.moves],
        redis=sightings_in_cache(watched.moves, watched.cached),
    )


if __name__ == "__main__":
    main()
