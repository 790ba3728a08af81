"""Catch-up: fresh workers fold a full topic into an empty database.

The clock runs from the moment that the first worker has its partitions and may fetch, when it says
`taken_over`, until the positions of all records are committed, and with them everything that was folded. The
input was made and appended before. Several workers are held back until each has its share (see
`group_start`). Starting them is not in it; `details` has it as `start_seconds`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final

from psycopg import AsyncConnection

from projections.postgres.connection import reached
from tests.benchmarks.child_process import START_SECONDS_MAX, ChildProcess, child_process, moment
from tests.benchmarks.differences import differences
from tests.benchmarks.disturbance import Outcome
from tests.benchmarks.group_start import held_back, require_shares, until_shared
from tests.benchmarks.log_writer import Ends
from tests.benchmarks.measurement import Measurement
from tests.benchmarks.servers import Servers, Topic
from tests.benchmarks.usage import UsageReader

Check = Callable[[AsyncConnection[Any]], Awaitable[tuple[str, ...]]]
"""Says where the tables are not what the input comes to."""

LOOK_SECONDS: Final = 0.02
"""Between two looks at the positions: what the time of a run may be too long."""
CATCH_UP_SECONDS_MAX: Final = 900.0


@dataclass(frozen=True, slots=True)
class Backlog:
    """A topic that is full up to ``ends``, and what must become of its records."""

    topic: Topic
    outcome: Outcome
    ends: Ends


async def catch_up(
    servers: Servers, backlog: Backlog, worker: list[str], check: Check, *, workers: int = 1
) -> Measurement:
    """One run. ``worker`` are the arguments of python that start a worker."""
    name = backlog.topic.name
    async with servers.database() as database, servers.cache() as cache, AsyncExitStack() as stack:
        environment = servers.environment(backlog.topic, database, cache)
        started_at = time.time()

        async def start(number: int) -> ChildProcess:
            return await stack.enter_async_context(child_process(f"worker {number}", worker, environment))

        if workers == 1:
            children = [await start(1)]
            began_at = moment(await children[0].told("taken_over", START_SECONDS_MAX))
        else:
            async with held_back(database, name):
                children = [await start(number) for number in range(1, workers + 1)]
                await until_shared(servers.kafka, name, children)
            began_at = await require_shares(children)
        usage = UsageReader(servers.processes(*(child.pid for child in children)))
        async with reached(database) as connection:
            done_at = await until_committed(connection, children, name, backlog.ends, usage)
            used = usage.since_start()
            await connection.execute("SET statement_timeout = 0")
            found = await outcome_differences(connection, name, backlog.outcome)
            found += await check(connection)
    return Measurement(
        events=backlog.outcome.applied,
        seconds=done_at - began_at,
        usage=used,
        differences=found,
        details={"start_seconds": began_at - started_at, "records": backlog.outcome.read},
    )


async def until_committed(
    connection: AsyncConnection[Any],
    workers: Sequence[ChildProcess],
    topic: str,
    ends: Ends,
    usage: UsageReader,
) -> float:
    """Waits until all records before these ends are committed; answers when that was seen, in seconds since
    1970."""
    deadline = time.monotonic() + CATCH_UP_SECONDS_MAX
    while True:
        cursor = await connection.execute(
            "SELECT partition, next_offset FROM groundswell.positions WHERE topic = %s", (topic,)
        )
        committed = dict(await cursor.fetchall())
        if all(committed.get(partition, 0) >= end for partition, end in ends.items()):
            return time.time()
        usage.look()
        for worker in workers:
            worker.require_running()
        if time.monotonic() > deadline:
            raise workers[0].failure(
                f"committed {committed} of {dict(ends)} records in {CATCH_UP_SECONDS_MAX:.0f} s"
            )
        await asyncio.sleep(LOOK_SECONDS)


async def outcome_differences(
    connection: AsyncConnection[Any], topic: str, outcome: Outcome
) -> tuple[str, ...]:
    """Whether applied, duplicates and dead are what they must be.

    Behind the input the worker's own decisions may follow, all of which count: no more than it has made.
    """
    cursor = await connection.execute(
        "SELECT sum(applied), sum(duplicates), sum(dead), sum(next_offset),"
        " (SELECT count(*) FROM groundswell.outbox WHERE topic = p.topic)"
        " FROM groundswell.positions p WHERE topic = %s GROUP BY topic",
        (topic,),
    )
    applied, duplicates, dead, read, made = await cursor.fetchone() or (0, 0, 0, 0, 0)
    decisions = min(max(0, read - outcome.read), made)
    expected = {
        "applied": outcome.applied + decisions,
        "duplicates": outcome.duplicates,
        "dead": outcome.dead,
        "read": outcome.read + decisions,
    }
    found = {"applied": applied, "duplicates": duplicates, "dead": dead, "read": read}
    return differences("records", expected, found)
