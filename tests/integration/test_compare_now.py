"""The comparison with the oracle finds planted errors in windows, heat, calculations and closes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from psycopg import AsyncConnection

from events.settings import Settings
from projections.actions.tables import IMPACT_INDEXES
from projections.postgres.connection import connect
from projections.postgres.recalculation import calculate
from streams.system import system_named
from tests.simulation.compare import differences, stored
from tests.simulation.compare_now import now_differences, telling_minutes
from tests.simulation.engine_run import Owner, SimulatedLog, prepared
from tests.simulation.oracle import expected
from tests.simulation.random_streams import random_log

PARTITIONS = 2
PLANTED = (
    # A table of the generation, what is done to it, and how a line about that begins.
    ("ripples", "UPDATE ripples SET heat_sum = heat_sum * 1.001 WHERE heat_sum > 1", "ripple_counters as of"),
    ("activity_hours", "UPDATE activity_hours SET heat_units = heat_units + 1", "activity_hours("),
    ("interest_hours", "DELETE FROM interest_hours WHERE kind = 'join'", "interest_hours("),
    ("activity_minutes", "UPDATE activity_minutes SET actions = actions + 1", "ripple_trends_at"),
    ("ripple_trends", "UPDATE ripple_trends SET actions_24h = 99", "stored ripple_trends as of"),
    ("ripple_trends", "UPDATE ripple_trends SET heat = heat + 0.01", "stored ripple_trends as of"),
    ("ripple_trends", "DELETE FROM ripple_trends", "stored ripple_trends("),
    ("activity_hours", "UPDATE activity_hours SET actions = actions + 1", "impact_calculations("),
    ("activity_hours", "UPDATE activity_hours SET impact_micros = impact_micros + 1", "impact_indexes as of"),
    ("impact_indexes", "UPDATE impact_indexes SET wave_median_30d = wave_median_30d + 1", "impact_indexes("),
    ("impact_indexes", "DELETE FROM impact_indexes", "impact_indexes("),
    ("trending_scores", "UPDATE trending_scores SET rank = rank + 1", "trending_scores("),
    ("closed_hours", "UPDATE closed_hours SET complete = false", "trending_scores("),
)


async def test_planted_errors_are_found(postgres: str) -> None:
    engine = await prepared(system_named("actions"), Settings(postgres_address=postgres))
    log = SimulatedLog(PARTITIONS)
    base = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=36)
    for instruction in random_log(5, events=300, partitions=PARTITIONS, base=base, with_closes=True):
        log.append(instruction)
    owner = await Owner.take_over(engine, postgres, log, range(PARTITIONS))
    await owner.catch_up()
    await owner.die()
    records = log.for_oracle()
    wanted = expected(records, PARTITIONS)
    newest = datetime.fromtimestamp(log.newest_ms / 1000, UTC)
    minutes = telling_minutes(wanted, newest, Random(1), 3)

    async with await connect(postgres) as connection:

        async def found() -> list[str]:
            tables = await stored(connection, engine.generation, engine.topic)
            now = await now_differences(connection, engine.generation, wanted, minutes, base)
            return differences(tables, wanted, records) + now

        await connection.execute(f"SET search_path TO {engine.generation.schema}".encode())
        await calculate(connection, engine.generation, IMPACT_INDEXES, base)
        assert await found() == []
        for table, planted, said in PLANTED:
            async with kept(connection, table):
                await connection.execute(planted.encode())
                lines = await found()
            assert [line for line in lines if line.startswith(said)], (planted, lines[:20])
        assert await found() == []


@asynccontextmanager
async def kept(connection: AsyncConnection[Any], table: str) -> AsyncIterator[None]:
    """The table is in the end as it was in the beginning."""
    await connection.execute(f"CREATE TEMPORARY TABLE kept AS TABLE {table}".encode())
    yield
    await connection.execute(f"TRUNCATE {table}".encode())
    await connection.execute(f"INSERT INTO {table} TABLE kept".encode())
    await connection.execute("DROP TABLE kept")
