"""Contestant: the five rollups as a system on the engine."""

from __future__ import annotations

from typing import Any, Final

from psycopg import AsyncConnection, sql

from projections.tables import CounterTable
from tests.benchmarks.catch_up import Backlog, catch_up
from tests.benchmarks.contest import Race
from tests.benchmarks.differences import differences
from tests.benchmarks.measurement import Measurement
from tests.benchmarks.rollups import EVENTS, READ_MODEL
from tests.benchmarks.rollups_input import Totals
from tests.benchmarks.rollups_log import RollupsLog
from tests.benchmarks.servers import Servers

WORKER: Final = ["-m", "tests.benchmarks.rollups_worker"]


def rollups(servers: Servers, log: RollupsLog) -> Race:
    """Each run folds the topic anew into an empty database."""

    async def check(connection: AsyncConnection[Any]) -> tuple[str, ...]:
        return await table_differences(connection, log.totals)

    async def run() -> Measurement:
        return await catch_up(servers, Backlog(log.topic, log.outcome), WORKER, check)

    return run


async def table_differences(connection: AsyncConnection[Any], totals: Totals) -> tuple[str, ...]:
    """Whether the rows of the live generation are these."""
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
