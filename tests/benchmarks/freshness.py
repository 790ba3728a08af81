"""Contestants: how soon an event of the actions system is visible in Postgres and in Redis, at a steady rate.

An event is visible in Postgres once the position behind it is committed, for its rows are in the same
transaction; in Redis once its flush is, for the rows and lists that it touched were written before.
Latencies count from two moments: when the event was due at the producer (the stricter one: batching,
sending and the broker's acknowledgement are in it; see `pacing`), and when the broker appended it (the
record's LogAppendTime, in whole milliseconds). Until which moment, and what looking adds, `position_watch`
says; `details` tells what CPU the producer and the watch took of the machine. The first WARM_UP_SECONDS, in
which the worker loads what it needs, are sent and checked but not counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from events.actions import SYSTEM
from projections.actions.cached import RIPPLE
from projections.postgres.connection import reached
from projections.redis.client import WRITE_TIMEOUT_SECONDS, connect_redis
from projections.redis.names import Names, member
from tests.benchmarks.actions_race import WORKER, total_differences
from tests.benchmarks.catch_up import outcome_differences, until_committed
from tests.benchmarks.child_process import START_SECONDS_MAX, ChildProcess, child_process
from tests.benchmarks.contest import Race
from tests.benchmarks.differences import differences
from tests.benchmarks.disturbance import Outcome
from tests.benchmarks.log_writer import LogWriter, Record
from tests.benchmarks.measurement import Latency, Measurement, latency_of
from tests.benchmarks.pacing import Sent, send_at_rate
from tests.benchmarks.position_watch import CACHE_SECONDS_MAX, PAUSE_SECONDS, Sighting
from tests.benchmarks.servers import Servers, Topic
from tests.benchmarks.usage import UsageReader, cpu_seconds
from tests.simulation.traffic import Ripple, actions_traffic

SEED: Final = 1
WAVES: Final = 50
RIPPLES_PER_WAVE: Final = 20
USERS: Final = 20_000
WARM_UP_SECONDS: Final = 2.0
BATCH_BYTES_MAX: Final = 1_000_000
WATCH_SECONDS_MAX: Final = CACHE_SECONDS_MAX + 10.0


@asynccontextmanager
async def freshness(servers: Servers, events_per_second: int, seconds: int) -> AsyncIterator[Race]:
    """Each run sends the same traffic into a topic and a database of its own."""

    async def run() -> Measurement:
        totals: dict[Ripple, int] = {}
        length = seconds + WARM_UP_SECONDS
        count = round(length * events_per_second)
        records = list(
            actions_traffic(SEED, count, WAVES, RIPPLES_PER_WAVE, USERS, datetime.now(UTC), length, totals)
        )
        async with servers.topic(SYSTEM) as topic:
            return await _measured(servers, topic, records, totals, events_per_second)

    yield run


async def _measured(
    servers: Servers, topic: Topic, records: Sequence[Record], totals: dict[Ripple, int], rate: int
) -> Measurement:
    watch = ["-m", "tests.benchmarks.position_watch", SYSTEM.name, topic.name]
    async with servers.database() as database, servers.cache() as cache:
        environment = servers.environment(topic, database, cache)
        async with child_process("worker", WORKER, environment) as worker:
            await worker.told("taken_over", START_SECONDS_MAX)
            async with child_process("watch", watch, environment) as watcher, reached(database) as connection:
                await watcher.told("watching", START_SECONDS_MAX)
                usage = UsageReader(servers.processes(worker.pid))
                own_cpu_before, watch_cpu_before = time.process_time(), cpu_seconds(watcher.pid)
                async with LogWriter(servers.kafka, topic.name, BATCH_BYTES_MAX) as writer:
                    sent = await send_at_rate(writer, records, rate)
                await until_committed(connection, [worker], topic.name, sent.ends, usage)
                used = usage.since_start()
                own_cpu = time.process_time() - own_cpu_before
                watch_cpu = cpu_seconds(watcher.pid) - watch_cpu_before
                seen = await _sightings(watcher)
                found = await outcome_differences(connection, topic.name, Outcome(applied=len(records)))
                found += await total_differences(connection, totals)
                found += await cache_differences(cache, totals)
    lags = latencies(sent, seen, WARM_UP_SECONDS)
    return Measurement(
        events=len(records),
        seconds=len(records) / sent.events_per_second,
        usage=used,
        differences=found,
        sent_to_visible_ms=lags.sent_to_visible,
        appended_to_visible_ms=lags.appended_to_visible,
        sent_to_cached_ms=lags.sent_to_cached,
        visible_to_cached_ms=lags.visible_to_cached,
        details={"producer_cpu_seconds": own_cpu, "watch_cpu_seconds": watch_cpu},
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """All sightings, in the order of time."""

    postgres: Sequence[Sighting]
    redis: Sequence[Sighting]


async def _sightings(watcher: ChildProcess) -> Seen:
    # It may still be before the look that sees the last move.
    await asyncio.sleep(10 * PAUSE_SECONDS)
    watcher.ask_to_end()
    line = await watcher.told("watched", WATCH_SECONDS_MAX)
    return Seen(*([tuple(sighting) for sighting in line[name]] for name in ("postgres", "redis")))


class _Visibility:
    """From which moment on each record was visible."""

    def __init__(self, sightings: Iterable[Sighting]) -> None:
        self._offsets: defaultdict[int, list[int]] = defaultdict(list)
        self._times: defaultdict[int, list[float]] = defaultdict(list)
        for seen_at, partition, next_offset in sightings:
            self._offsets[partition].append(next_offset)
            self._times[partition].append(seen_at)

    def of(self, partition: int, offset: int) -> float:
        """That of the first sighting whose next offset is greater. Raises IndexError where there is none."""
        return self._times[partition][bisect_right(self._offsets[partition], offset)]


@dataclass(frozen=True, slots=True)
class Lags:
    """From due, and from append, to visible in Postgres; from due to Redis, and from Postgres to Redis."""

    sent_to_visible: Latency
    appended_to_visible: Latency
    sent_to_cached: Latency
    visible_to_cached: Latency


def latencies(sent: Sent, seen: Seen, warm_up_seconds: float) -> Lags:
    """What was due in the first seconds is left out."""
    postgres, redis = _Visibility(seen.postgres), _Visibility(seen.redis)
    counted_from = min(batch.due_at[0] for batch in sent.batches) + warm_up_seconds
    lags: list[tuple[float, float, float, float]] = []
    for batch in sent.batches:
        where = batch.landed
        for number, due_at in enumerate(batch.due_at):
            if due_at < counted_from:
                continue
            visible_at = postgres.of(where.partition, where.offset + number)
            cached_at = redis.of(where.partition, where.offset + number)
            lags.append(
                (
                    visible_at - due_at,
                    visible_at - where.appended_at,
                    cached_at - due_at,
                    cached_at - visible_at,
                )
            )
    return Lags(*(latency_of([seconds * 1000 for seconds in column]) for column in zip(*lags, strict=True)))


async def cache_differences(cache: str, totals: Mapping[Ripple, int]) -> tuple[str, ...]:
    """Whether the rows of ripples in Redis have the traffic's totals."""
    redis: Any = connect_redis(cache, WRITE_TIMEOUT_SECONDS)
    async with contextlib.aclosing(redis):
        rows = Names(SYSTEM.name, int(await redis.get(Names(SYSTEM.name, 0).active))).rows(RIPPLE.name)
        pipeline = redis.pipeline(transaction=False)
        for ripple in totals:
            pipeline.hget(rows + member(ripple), "actions_total")
        found = await pipeline.execute()
    return differences(
        "ripple in Redis",
        dict(totals),
        {ripple: int(actions or 0) for ripple, actions in zip(totals, found, strict=True)},
    )
