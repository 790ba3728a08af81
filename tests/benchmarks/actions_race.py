"""Contestant: the actions system's own catch-up, over simulated traffic of a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from psycopg import AsyncConnection

from events.actions import SYSTEM
from tests.benchmarks.catch_up import Backlog, catch_up
from tests.benchmarks.contest import Race
from tests.benchmarks.differences import differences
from tests.benchmarks.disturbance import Outcome, disturbed
from tests.benchmarks.log_writer import LogWriter
from tests.benchmarks.measurement import Measurement
from tests.benchmarks.servers import Servers
from tests.simulation.traffic import Ripple, actions_traffic

SEED: Final = 1
WAVES: Final = 100
RIPPLES_PER_WAVE: Final = 20
USERS: Final = 50_000
SPAN: Final = timedelta(days=1)
WORKER: Final = ["-m", "streams.worker", SYSTEM.name]


@asynccontextmanager
async def actions_catch_up(servers: Servers, events: int) -> AsyncIterator[Race]:
    """The topic is filled once; each run folds it anew into an empty database."""
    totals: dict[Ripple, int] = {}
    outcome = Outcome()
    traffic = actions_traffic(
        SEED, events, WAVES, RIPPLES_PER_WAVE, USERS, datetime.now(UTC) - SPAN, SPAN.total_seconds(), totals
    )
    async with servers.topic(SYSTEM) as topic:
        async with LogWriter(servers.kafka, topic.name) as writer:
            ends = await writer.fill(disturbed(traffic, outcome), events)

        async def check(connection: AsyncConnection[Any]) -> tuple[str, ...]:
            return await total_differences(connection, totals)

        async def run() -> Measurement:
            return await catch_up(servers, Backlog(topic, outcome, ends), WORKER, check)

        yield run


async def total_differences(
    connection: AsyncConnection[Any], totals: Mapping[Ripple, int]
) -> tuple[str, ...]:
    """Whether the live actions of each ripple and of each wave are what the traffic counted."""
    cursor = await connection.execute("SELECT wave_id, ripple_id, actions_total FROM actions.ripple_counters")
    ripples = {(wave, ripple): actions for wave, ripple, actions in await cursor.fetchall() if actions}
    cursor = await connection.execute("SELECT wave_id, actions FROM actions.waves")
    waves = {wave: actions for wave, actions in await cursor.fetchall() if actions}
    by_wave: Counter[str] = Counter()
    for (wave, _), actions in totals.items():
        by_wave[wave] += actions
    return (
        *differences("ripple", {ripple: actions for ripple, actions in totals.items() if actions}, ripples),
        *differences("wave", {wave: actions for wave, actions in by_wave.items() if actions}, waves),
    )
