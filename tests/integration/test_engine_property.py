"""Random streams through the engine and through the oracle: every row, count and dead letter is the same.

Each stream's seed is in the name of its test. More streams, or others::

    GROUNDSWELL_TEST_STREAMS=1000 GROUNDSWELL_TEST_SEED=5000 pytest tests/integration/test_engine_property.py
"""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

import pytest

from events.settings import Settings
from projections.actions.tables import ACTIVITY_MINUTES, IMPACT_INDEXES
from projections.postgres.connection import connect
from projections.postgres.recalculation import calculate
from streams.engine import Engine
from streams.system import system_named
from tests.integration.property_setting import (
    FIRST_SEED,
    TableRows,
    all_tables,
    only_of,
    start_over,
    streams,
)
from tests.simulation.compare import differences, report, stored
from tests.simulation.compare_now import now_differences, telling_minutes
from tests.simulation.engine_adventure import Adventure
from tests.simulation.engine_run import Owner, SimulatedLog, prepared
from tests.simulation.oracle import expected
from tests.simulation.oracle_heat import hour_of
from tests.simulation.random_streams import random_log

pytestmark = only_of("actions")

STREAMS: Final = streams(25)
EVENTS: Final = 600
SPAN: Final = timedelta(hours=36)
MINUTES_LOOKED_AT: Final = 4
WINDOW_MINUTES: Final = 24 * 60


@pytest.fixture
async def engine(postgres: str) -> Engine:
    return await prepared(system_named("actions"), Settings(postgres_address=postgres))


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + STREAMS))
async def test_whatever_happens_to_workers_the_tables_are_what_the_log_says(
    seed: int, postgres: str, engine: Engine
) -> None:
    random = Random(seed)
    partitions = random.randint(1, 5)
    adventure = Adventure(engine, postgres, random, partitions)
    # Its last records are appended about now, so that the windows of now have something to count.
    base = hour_of(datetime.now(UTC)) - SPAN
    log = random_log(
        seed, events=EVENTS, partitions=partitions, with_copies=False, with_closes=True, base=base
    )
    await adventure.run(log)
    records = adventure.log.for_oracle()
    wanted = expected(records, partitions)
    newest = datetime.fromtimestamp(adventure.log.newest_ms / 1000, UTC)
    minutes = telling_minutes(wanted, newest, random, MINUTES_LOOKED_AT)
    async with await connect(postgres) as connection:
        found = await stored(connection, engine.generation, engine.topic)
        await calculate(connection, engine.generation, IMPACT_INDEXES, base + SPAN)
        lines = await now_differences(connection, engine.generation, wanted, minutes, base + SPAN)
    lines += differences(found, wanted, records)
    assert not lines, f"seed {seed}, base {base}, {adventure.happened}: {report(lines)}"
    assert adventure.happened.take_overs > 1, f"seed {seed}: {adventure.happened}"


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + max(1, STREAMS // 10)))
async def test_the_same_log_in_other_batches_gives_the_same_tables(
    seed: int, postgres: str, engine: Engine
) -> None:
    """Not only the views but the tables below them, row for row.

    Minute cells are kept for windows of 24 hours, so what they say about times before is not compared.
    """
    adventure = Adventure(engine, postgres, Random(seed), partitions=3)
    await adventure.run(random_log(seed, events=EVENTS, partitions=3, with_copies=False, with_closes=True))
    eventful = await kept_tables(postgres, engine, adventure.log)
    await start_over(postgres, engine)
    owner = await Owner.take_over(engine, postgres, adventure.log, range(3))
    await owner.catch_up()
    await owner.die()
    calm = await kept_tables(postgres, engine, adventure.log)
    for table, rows in eventful.items():
        assert rows == calm[table], f"seed {seed}: {table} has other rows"
    assert sum(map(len, calm.values())) > EVENTS / 6, f"seed {seed}: hardly anything was compared"


async def kept_tables(url: str, engine: Engine, log: SimulatedLog) -> TableRows:
    """All tables, of the cells of minutes those that are kept."""
    rows = await all_tables(url, engine)
    first_minute = log.newest_ms // 60_000 - WINDOW_MINUTES
    minute = list(ACTIVITY_MINUTES.key).index("minute")
    rows[ACTIVITY_MINUTES.name] = [row for row in rows[ACTIVITY_MINUTES.name] if row[minute] >= first_minute]
    return rows
