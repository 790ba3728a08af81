"""Contestants: how soon an event is visible in Postgres and in Redis, at a steady rate.

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
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from psycopg import AsyncConnection

from events.catalogue import System
from projections.postgres.connection import reached
from tests.benchmarks.catch_up import outcome_differences, until_committed
from tests.benchmarks.child_process import START_SECONDS_MAX, ChildProcess, child_process
from tests.benchmarks.contest import Race
from tests.benchmarks.decision_watch import Decided, DecisionWatch, decision_latency, watching
from tests.benchmarks.disturbance import Outcome
from tests.benchmarks.log_writer import LogWriter, Record
from tests.benchmarks.measurement import Latency, Measurement, latency_of
from tests.benchmarks.pacing import Sent, send_at_rate, send_in_bursts
from tests.benchmarks.position_watch import CACHE_SECONDS_MAX, PAUSE_SECONDS, Sighting
from tests.benchmarks.servers import Servers, Topic
from tests.benchmarks.usage import UsageReader, cpu_seconds

WARM_UP_SECONDS: Final = 2.0
BATCH_BYTES_MAX: Final = 1_000_000
WATCH_SECONDS_MAX: Final = CACHE_SECONDS_MAX + 10.0


@dataclass(frozen=True)
class Input:
    """What one run sends: ``known`` is folded before, ``records`` are sent at the rate. ``check`` says where
    the tables, or Redis at that URL, are not what all of it comes to."""

    known: Sequence[Record]
    records: Sequence[Record]
    check: Callable[[AsyncConnection[Any], str], Awaitable[tuple[str, ...]]]
    refused: int = 0
    """Of all records, those that the fold refuses."""
    burst_seconds: float | None = None
    """They are sent for so long, and then none for as long; without it they come all the time."""
    decided: Decided | None = None
    """How far decisions about them are, where the time up to these is looked at too."""


@asynccontextmanager
async def freshness(
    servers: Servers,
    system: System,
    make: Callable[[int, float], Input],
    events_per_second: int,
    seconds: int,
) -> AsyncIterator[Race]:
    """Each run sends the same traffic into a topic and a database of its own. ``make`` gets how many records
    are sent in how many seconds."""

    async def run() -> Measurement:
        length = seconds + WARM_UP_SECONDS
        made = make(round(length * events_per_second), length)
        async with servers.topic(system) as topic:
            return await _measured(servers, system, topic, made, events_per_second)

    yield run


async def _measured(servers: Servers, system: System, topic: Topic, made: Input, rate: int) -> Measurement:
    watch = ["-m", "tests.benchmarks.position_watch", system.name, topic.name]
    async with servers.database() as database, servers.cache() as cache:
        environment = servers.environment(topic, database, cache)
        async with child_process("worker", ["-m", "streams.worker", system.name], environment) as worker:
            await worker.told("taken_over", START_SECONDS_MAX)
            async with reached(database) as connection:
                await _fold_known(servers, connection, worker, topic, made.known)
                async with child_process("watch", watch, environment) as watcher:
                    await watcher.told("watching", START_SECONDS_MAX)
                    usage = UsageReader(servers.processes(worker.pid))
                    own_cpu_before, watch_cpu_before = time.process_time(), cpu_seconds(watcher.pid)
                    async with _decisions(database, system, topic, made) as decisions:
                        sent = await _send(servers, topic, made, rate)
                        await until_committed(connection, [worker], topic.name, sent.ends, usage)
                        used = usage.since_start()
                        if decisions is not None:
                            await decisions.until_decided()
                    own_cpu = time.process_time() - own_cpu_before
                    watch_cpu = cpu_seconds(watcher.pid) - watch_cpu_before
                    seen = await _sightings(watcher)
                applied = len(made.known) + len(made.records) - made.refused
                outcome = Outcome(applied=applied, dead=made.refused)
                found = await outcome_differences(connection, topic.name, outcome)
                found += await made.check(connection, cache)
    lags = latencies(sent, seen, WARM_UP_SECONDS)
    return Measurement(
        events=len(made.records),
        seconds=len(made.records) / sent.events_per_second,
        usage=used,
        differences=found,
        sent_to_visible_ms=lags.sent_to_visible,
        appended_to_visible_ms=lags.appended_to_visible,
        sent_to_cached_ms=lags.sent_to_cached,
        visible_to_cached_ms=lags.visible_to_cached,
        appended_to_decided_ms=None
        if decisions is None
        else decision_latency(sent.batches, decisions.looks, sent.began_at + WARM_UP_SECONDS),
        details={"producer_cpu_seconds": own_cpu, "watch_cpu_seconds": watch_cpu},
    )


async def _send(servers: Servers, topic: Topic, made: Input, rate: int) -> Sent:
    async with LogWriter(servers.kafka, topic.name, BATCH_BYTES_MAX) as writer:
        if made.burst_seconds is None:
            return await send_at_rate(writer, made.records, rate)
        return await send_in_bursts(writer, made.records, rate, made.burst_seconds)


@asynccontextmanager
async def _decisions(
    database: str, system: System, topic: Topic, made: Input
) -> AsyncIterator[DecisionWatch | None]:
    if made.decided is None:
        yield None
        return
    async with watching(database, system.name, topic.name, made.decided) as watch:
        yield watch


async def _fold_known(
    servers: Servers,
    connection: AsyncConnection[Any],
    worker: ChildProcess,
    topic: Topic,
    known: Sequence[Record],
) -> None:
    if known:
        async with LogWriter(servers.kafka, topic.name) as writer:
            ends = await writer.fill(known, len(known))
        await until_committed(
            connection, [worker], topic.name, ends, UsageReader(servers.processes(worker.pid))
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
    counted_from = sent.began_at + warm_up_seconds
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
