"""Contestants: how soon an event of the actions system is visible in Postgres, at a steady rate.

An event is visible once the position behind it is committed, for its rows are in the same transaction.
Latencies count from two moments: when the event was due at the producer (the stricter one: batching,
sending and the broker's acknowledgement are in it; see `pacing`), and when the broker appended it (the
record's LogAppendTime, in whole milliseconds). Until which moment, and what looking adds, `position_watch`
says. The first WARM_UP_SECONDS, in which the worker loads what it needs, are sent and checked but not
counted.
"""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

from events.actions import SYSTEM
from events.settings import variable
from projections.postgres.connection import reached
from tests.benchmarks.actions_race import WORKER, total_differences
from tests.benchmarks.catch_up import SESSION_SECONDS, outcome_differences, until_committed
from tests.benchmarks.child_process import START_SECONDS_MAX, ChildProcess, child_process
from tests.benchmarks.contest import Race
from tests.benchmarks.disturbance import Outcome
from tests.benchmarks.log_writer import LogWriter, Record
from tests.benchmarks.measurement import Latency, Measurement, latency_of
from tests.benchmarks.pacing import Sent, send_at_rate
from tests.benchmarks.position_watch import PAUSE_SECONDS, Sighting
from tests.benchmarks.servers import Servers, Topic
from tests.benchmarks.usage import UsageReader
from tests.simulation.traffic import Ripple, actions_traffic

SEED: Final = 1
WAVES: Final = 50
RIPPLES_PER_WAVE: Final = 20
USERS: Final = 20_000
WARM_UP_SECONDS: Final = 2.0
BATCH_BYTES_MAX: Final = 1_000_000
WATCH_SECONDS_MAX: Final = 10.0


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
        async with servers.topic(SYSTEM) as topic, servers.database() as database:
            return await _measured(servers, topic, database, records, totals, events_per_second)

    yield run


async def _measured(
    servers: Servers,
    topic: Topic,
    database: str,
    records: Sequence[Record],
    totals: dict[Ripple, int],
    events_per_second: int,
) -> Measurement:
    environment = {**servers.environment(topic, database), variable("session_seconds"): SESSION_SECONDS}
    watch = ["-m", "tests.benchmarks.position_watch", topic.name]
    async with child_process("worker", WORKER, environment) as worker:
        await worker.told("taken_over", START_SECONDS_MAX)
        async with child_process("watch", watch, environment) as watcher, reached(database) as connection:
            await watcher.told("watching", START_SECONDS_MAX)
            usage = UsageReader(servers.processes(worker.pid))
            own_cpu_before = time.process_time()
            async with LogWriter(servers.kafka, topic.name, BATCH_BYTES_MAX) as writer:
                sent = await send_at_rate(writer, records, events_per_second)
            await until_committed(connection, worker, topic.name, len(records))
            used = usage.since_start()
            own_cpu = time.process_time() - own_cpu_before
            sightings = await _sightings(watcher)
            found = await outcome_differences(connection, topic.name, Outcome(applied=len(records)))
            found += await total_differences(connection, totals)
    from_sending, from_append = latencies(sent, sightings, WARM_UP_SECONDS)
    return Measurement(
        events=len(records),
        seconds=len(records) / sent.events_per_second,
        usage=used,
        differences=found,
        sent_to_visible_ms=from_sending,
        appended_to_visible_ms=from_append,
        details={"producer_cpu_seconds": own_cpu},
    )


async def _sightings(watcher: ChildProcess) -> list[Sighting]:
    # It may still be before the look that sees the last move.
    await asyncio.sleep(10 * PAUSE_SECONDS)
    watcher.ask_to_end()
    line = await watcher.told("watched", WATCH_SECONDS_MAX)
    return [(seen_at, partition, next_offset) for seen_at, partition, next_offset in line["sightings"]]


def latencies(sent: Sent, sightings: Iterable[Sighting], warm_up_seconds: float) -> tuple[Latency, Latency]:
    """From due, and from append, to visible. What was due in the first seconds is left out."""
    offsets: defaultdict[int, list[int]] = defaultdict(list)
    times: defaultdict[int, list[float]] = defaultdict(list)
    for seen_at, partition, next_offset in sightings:
        offsets[partition].append(next_offset)
        times[partition].append(seen_at)
    counted_from = min(batch.due_at[0] for batch in sent.batches) + warm_up_seconds
    from_due: list[float] = []
    from_append: list[float] = []
    for batch in sent.batches:
        where = batch.landed
        for number, due_at in enumerate(batch.due_at):
            if due_at < counted_from:
                continue
            # The first sighting whose next offset is greater than the event's own.
            sighting = bisect_right(offsets[where.partition], where.offset + number)
            visible_at = times[where.partition][sighting]
            from_due.append((visible_at - due_at) * 1000)
            from_append.append((visible_at - where.appended_at) * 1000)
    return latency_of(from_due), latency_of(from_append)
