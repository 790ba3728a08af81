"""Contestants: the five rollups as a system on the engine, folded by one worker, by two, and by a rebuild."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from psycopg import AsyncConnection, sql

from projections.tables import CounterTable
from tests.benchmarks.catch_up import Backlog, catch_up
from tests.benchmarks.contest import Race
from tests.benchmarks.differences import differences
from tests.benchmarks.measurement import Measurement
from tests.benchmarks.rebuild_race import rebuild_once
from tests.benchmarks.rollups import EVENTS, READ_MODEL
from tests.benchmarks.rollups_input import Totals
from tests.benchmarks.rollups_log import RollupsLog
from tests.benchmarks.servers import Servers

WORKER: Final = ["-m", "tests.benchmarks.rollups_worker"]
REBUILD: Final = ["-m", "tests.benchmarks.rollups_rebuild"]


def rollups(servers: Servers, log: RollupsLog) -> dict[str, Race]:
    """By contestant's name. Each run folds the topic anew into an empty database."""
    backlog = Backlog(log.topic, log.outcome, log.ends)

    async def check(connection: AsyncConnection[Any]) -> tuple[str, ...]:
        return await table_differences(connection, log.totals)

    async def work(workers: int) -> Measurement:
        return await catch_up(servers, backlog, WORKER, check, workers=workers)

    return {
        "rollups": partial(work, 1),
        "rollups-2-workers": partial(work, 2),
        "rollups-rebuild": lambda: rebuild_once(servers, backlog, REBUILD, check),
    }


async def table_differences(connection: AsyncConnection[Any], totals: Totals) -> tuple[str, ...]:
    """Whether the rows of the newest generation are these."""
    cursor = await connection.execute(
        "SELECT schema_name FROM groundswell.generations WHERE system = %s ORDER BY generation DESC LIMIT 1",
        (EVENTS.name,),
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
