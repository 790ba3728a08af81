"""A rebuild: replays fold a full topic into a new generation, as `groundswell rebuild` has them do.

The clock is that of a worker's catch-up: it runs from the moment that the first replay has taken partitions
over until all records are committed. In `details`: `start_seconds` from the start of the command to that
moment, and `command_seconds` of the whole rebuild, with the start of its processes, their end, and what
brings the generation up to date.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final

from psycopg import AsyncConnection

from projections.postgres.connection import reached
from projections.postgres.migrations import migrate
from tests.benchmarks.catch_up import (
    LOOK_SECONDS,
    Backlog,
    Check,
    outcome_differences,
    until_committed,
)
from tests.benchmarks.child_process import START_SECONDS_MAX, ChildProcess, child_process
from tests.benchmarks.measurement import Measurement
from tests.benchmarks.servers import Servers
from tests.benchmarks.usage import UsageReader

FINISH_SECONDS_MAX: Final = 120.0
"""For what comes after the last record is committed."""


async def rebuild_once(servers: Servers, backlog: Backlog, command: list[str], check: Check) -> Measurement:
    """One run. ``command`` are the arguments of python that start the rebuild."""
    name, outcome = backlog.topic.name, backlog.outcome
    async with (
        servers.database() as database,
        servers.cache() as cache,
        reached(database) as connection,
    ):
        await migrate(connection)
        environment = servers.environment(backlog.topic, database, cache)
        started_at = time.time()
        async with child_process("rebuild", command, environment) as child:
            began_at = await _until_taken_over(connection, child, name)
            usage = UsageReader(servers.processes(child.pid))
            done_at = await until_committed(connection, [child], name, backlog.ends, usage)
            used = usage.since_start()
            line = await child.told("rebuilt", FINISH_SECONDS_MAX)
            await connection.execute("SET statement_timeout = 0")
            found = await outcome_differences(connection, name, outcome)
            found += await check(connection)
    return Measurement(
        events=outcome.applied,
        seconds=done_at - began_at,
        usage=used,
        differences=found,
        details={
            "start_seconds": began_at - started_at,
            "command_seconds": line["seconds"],
            "records": outcome.read,
        },
    )


async def _until_taken_over(connection: AsyncConnection[Any], child: ChildProcess, topic: str) -> float:
    """Waits until the first partition has an owner; answers when, in seconds since 1970."""
    deadline = time.monotonic() + START_SECONDS_MAX
    while True:
        cursor = await connection.execute("SELECT FROM groundswell.positions WHERE topic = %s", (topic,))
        if await cursor.fetchone() is not None:
            return time.time()
        child.require_running()
        if time.monotonic() > deadline:
            raise child.failure(f"took nothing over within {START_SECONDS_MAX:.0f} s")
        await asyncio.sleep(LOOK_SECONDS)
