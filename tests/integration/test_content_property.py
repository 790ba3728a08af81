"""Random streams of system 2 through the engine and through the oracle: every row, count and dead letter.

Each stream's seed is in the name of its test. More streams, or others::

    GROUNDSWELL_TEST_STREAMS=1000 GROUNDSWELL_TEST_SEED=5000 pytest tests/integration/test_content_property.py
"""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

import pytest

from events.settings import Settings
from projections.postgres.connection import connect
from streams.engine import Engine
from streams.system import system_named
from tests.integration.cache_setting import WAIT_SECONDS_MAX, CachePlace, cached_owner, until
from tests.integration.generations_setting import another, folded
from tests.integration.property_setting import FIRST_SEED, dropped, emptied, generation_differences, streams
from tests.simulation.compare import differences, report, stored
from tests.simulation.content_compare import content_differences, unknown_columns
from tests.simulation.content_oracle import content_expected
from tests.simulation.content_random_streams import content_log
from tests.simulation.content_redis import CONTENT, CONTENT_KEYS
from tests.simulation.crash_redis import until_redis_equals
from tests.simulation.engine_adventure import Adventure
from tests.simulation.engine_run import prepared
from tests.simulation.onlooker import Onlooker
from tests.simulation.oracle_heat import hour_of

STREAMS: Final = streams(200)
EVENTS: Final = 300
APPENDED_AT_ONCE: Final = 40
SPAN: Final = timedelta(hours=36)
PARTITIONS_MAX: Final = 5
REBUILT_PARTITIONS: Final = 3
REBUILT_EACH: Final = 20
"""For so many streams one more is folded a second time, calmly, into another generation."""
LOOKED_AT_WHOLE_EACH: Final = 10
"""In one of so many streams every row that there is in the end is compared in Redis, too."""


@pytest.fixture
async def engine(shared_postgres: str) -> Engine:
    engine = await prepared(system_named("content"), Settings(postgres_address=shared_postgres))
    await emptied(shared_postgres, engine)
    return engine


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + STREAMS))
async def test_whatever_happens_to_workers_the_tables_are_what_the_log_says(
    seed: int, shared_postgres: str, redis: str, engine: Engine
) -> None:
    """And so is Redis: rows that somebody looked at meanwhile have followed."""
    random = Random(seed)
    partitions = random.randint(1, PARTITIONS_MAX)
    place = await CachePlace.empty(shared_postgres, redis, engine)
    onlooker = Onlooker(engine.system.model, shared_postgres, place.redis, CONTENT_KEYS, Random(seed))
    adventure = Adventure(
        engine, shared_postgres, random, partitions, APPENDED_AT_ONCE, cache=place.writer, look=onlooker.look
    )
    # Its last records are appended about now, so that something trends.
    base = hour_of(datetime.now(UTC)) - SPAN
    async with onlooker:
        await adventure.run(content_log(seed, events=EVENTS, partitions=partitions, base=base))
        async with cached_owner(place, adventure.log):
            await until_redis_equals(shared_postgres, place.redis, WAIT_SECONDS_MAX, CONTENT)
            if seed % LOOKED_AT_WHOLE_EACH == 0:
                await until("every row is in Redis", onlooker.sees_everything)
                await until_redis_equals(shared_postgres, place.redis, WAIT_SECONDS_MAX, CONTENT)
    await place.client.aclose()
    records = adventure.log.for_oracle()
    wanted = content_expected(records, partitions)
    async with await connect(shared_postgres) as connection:
        found = await stored(connection, engine.generation, engine.topic)
        lines = await content_differences(connection, engine.generation, wanted)
    lines += differences(found, wanted, records) + unknown_columns(found, wanted)
    assert not lines, f"seed {seed}, base {base}, {adventure.happened}: {report(lines)}"
    assert adventure.happened.take_overs > 1, f"seed {seed}: {adventure.happened}"


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + max(1, STREAMS // REBUILT_EACH)))
async def test_a_rebuild_gives_the_same_tables(seed: int, shared_postgres: str, engine: Engine) -> None:
    """Not only the views but the tables below them, row for row, as verify compares them."""
    adventure = Adventure(engine, shared_postgres, Random(seed), REBUILT_PARTITIONS, APPENDED_AT_ONCE)
    await adventure.run(content_log(seed, events=EVENTS, partitions=REBUILT_PARTITIONS))
    rebuilt = await another(shared_postgres, engine)
    await (await folded(shared_postgres, rebuilt, adventure.log)).die()
    async with await connect(shared_postgres) as connection, await connect(shared_postgres) as apart:
        lines = await generation_differences(connection, apart, engine, rebuilt.generation)
        await dropped(connection, rebuilt.generation)
    assert not lines, f"seed {seed}, {adventure.happened}: {report(lines)}"
