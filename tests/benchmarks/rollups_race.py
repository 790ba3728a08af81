"""Contestant: the five rollups as a system on the engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from psycopg import AsyncConnection, sql

from projections.tables import CounterTable
from tests.benchmarks.catch_up import Backlog, catch_up
from tests.benchmarks.contest import Race
from tests.benchmarks.differences import differences
from tests.benchmarks.disturbance import Outcome, disturbed
from tests.benchmarks.log_writer import LogWriter
from tests.benchmarks.measurement import Measurement
from tests.benchmarks.rollups import EVENTS, READ_MODEL
from tests.benchmarks.rollups_input import RollupsInput, Totals
from tests.benchmarks.servers import Servers

WORKER: Final = ["-m", "tests.benchmarks.rollups_worker"]


@asynccontextmanager
async def rollups(servers: Servers, events: int) -> AsyncIterator[Race]:
    """The topic is filled once; each run folds it anew into an empty database."""
    given = RollupsInput(events)
    outcome = Outcome()
    async with servers.topic(EVENTS) as topic:
        async with LogWriter(servers.kafka, topic.name) as writer:
            await writer.fill(disturbed(given.records(), outcome), events)
        totals = given.totals()

        async def check(connection: AsyncConnection[Any]) -> tuple[str, ...]:
            return await _table_differences(connection, totals)

        async def run() -> Measurement:
            return await catch_up(servers, Backlog(topic, outcome), WORKER, check)

        yield run


async def _table_differences(connection: AsyncConnection[Any], totals: Totals) -> tuple[str, ...]:
    cursor = await connection.execute(
        "SELECT schema_name FROM groundswell.generations WHERE system = %s AND active", (EVENTS.name,)
    )
    (schema,) = await cursor.fetchone() or ("",)
    found: tuple[str, ...] = ()
    for table in READ_MODEL.tables:
        assert isinstance(table, CounterTable)
        columns = sql.SQL(", ").join(map(sql.Identifier, (*table.key, *table.sums)))
        cursor = await connection.execute(
            sql.SQL("SELECT {} FROM {}").format(columns, sql.Identifier(schema, table.name))
        )
        width = len(table.key)
        rows = {row[:width]: row[width:] for row in await cursor.fetchall()}
        found += differences(table.name, totals[table.name], rows)
    return found
