"""Random streams of each system through the engine and its oracle: every row, count and dead letter.

Each stream's system and seed are in the name of its test. More streams, others, or those of one system::

    GROUNDSWELL_TEST_STREAMS=1000 GROUNDSWELL_TEST_SEED=5000 GROUNDSWELL_TEST_SYSTEM=content \
        pytest tests/integration/test_systems_property.py

System 1 has streams of its own, in `test_engine_property.py` and `test_closes_property.py`.
"""

from datetime import UTC, datetime
from itertools import product
from random import Random
from typing import Any, Final

import pytest

from events.settings import Settings
from projections.postgres.connection import connect
from streams.engine import Engine
from streams.system import system_named
from tests.integration.cache_setting import WAIT_SECONDS_MAX, CachePlace, cached_owner, until
from tests.integration.generations_setting import another, folded
from tests.integration.property_setting import (
    FIRST_SEED,
    ONLY_SYSTEM,
    dropped,
    emptied,
    generation_differences,
    is_wanted,
    streams,
)
from tests.simulation.compare import differences, report, stored, unknown_columns
from tests.simulation.crash_redis import until_redis_equals
from tests.simulation.engine_adventure import Adventure
from tests.simulation.engine_run import prepared
from tests.simulation.onlooker import Onlooker
from tests.simulation.oracle_expected import Expected
from tests.simulation.oracle_heat import hour_of
from tests.simulation.properties import PROPERTIES, Property

STREAMS: Final = streams(200)
PARTITIONS_MAX: Final = 5
REBUILT_PARTITIONS: Final = 3
REBUILT_EACH: Final = 20
"""For so many streams one more is folded a second time, calmly, into another generation."""
WIPED_EACH: Final = 5
"""Before the end of one of so many streams Redis loses everything, and is filled again."""
LOOKED_AT_WHOLE_EACH: Final = 10
"""In one of so many streams every row that there is in the end is compared in Redis, too."""


def of_each_system(count: int) -> pytest.MarkDecorator:
    """So many seeds of each system, one system after the other."""
    assert ONLY_SYSTEM in (None, "actions", *PROPERTIES), f"there are no streams of {ONLY_SYSTEM!r}"
    wanted = [name for name in PROPERTIES if is_wanted(name)]
    return pytest.mark.parametrize(
        ("system", "seed"), [*product(wanted, range(FIRST_SEED, FIRST_SEED + count))]
    )


@pytest.fixture
async def engine(system: str, shared_postgres: str) -> Engine:
    """Of the system, as if nothing was ever folded."""
    engine = await prepared(system_named(system), Settings(postgres_address=shared_postgres))
    await emptied(shared_postgres, engine)
    return engine


@of_each_system(STREAMS)
async def test_whatever_happens_to_workers_the_tables_are_what_the_log_says(
    system: str, seed: int, shared_postgres: str, redis: str, engine: Engine
) -> None:
    """And so is Redis: rows that somebody looked at meanwhile have followed."""
    compared, random = PROPERTIES[system], Random(seed)
    partitions = random.randint(1, PARTITIONS_MAX)
    base = hour_of(datetime.now(UTC)) - compared.span
    place = await CachePlace.empty(shared_postgres, redis, engine)
    onlooker = Onlooker(engine.system.model, shared_postgres, place.redis, compared.keys, Random(seed))
    adventure = Adventure(
        engine,
        shared_postgres,
        random,
        partitions,
        compared.appended_at_once,
        cache=place.writer,
        look=onlooker.look,
    )
    log = compared.log(seed, events=compared.events, partitions=partitions, base=base)
    async with onlooker:
        await adventure.run(log)
        if seed % WIPED_EACH == 0:
            await place.client.flushdb()
        async with cached_owner(place, adventure.log):
            await until_redis_equals(shared_postgres, place.redis, WAIT_SECONDS_MAX, compared.shown)
            if seed % LOOKED_AT_WHOLE_EACH == 0:
                await until("every row is in Redis", onlooker.sees_everything)
                await until_redis_equals(shared_postgres, place.redis, WAIT_SECONDS_MAX, compared.shown)
    await place.client.aclose()
    lines = await oracle_differences(shared_postgres, engine, adventure, compared)
    assert not lines, f"{system}, seed {seed}, base {base}, {adventure.happened}: {report(lines)}"
    assert adventure.happened.take_overs > 1, f"seed {seed}: {adventure.happened}"


async def oracle_differences(url: str, engine: Engine, adventure: Adventure, compared: Property) -> list[str]:
    """Whatever the tables tell otherwise than the log."""
    records = adventure.log.for_oracle()
    wanted: Expected[Any] = compared.expected(records, adventure.log.partitions)
    async with await connect(url) as connection:
        found = await stored(connection, engine.generation, engine.topic)
        lines = differences(found, wanted, records) + unknown_columns(found, wanted, compared.now_columns)
        if compared.further is not None:
            lines += await compared.further(connection, engine.generation, wanted)
    return lines


@of_each_system(max(1, STREAMS // REBUILT_EACH))
async def test_a_rebuild_gives_the_same_tables(
    system: str, seed: int, shared_postgres: str, engine: Engine
) -> None:
    """Not only the views but the tables below them, row for row, as verify compares them."""
    compared = PROPERTIES[system]
    adventure = Adventure(
        engine, shared_postgres, Random(seed), REBUILT_PARTITIONS, compared.appended_at_once
    )
    await adventure.run(compared.log(seed, events=compared.events, partitions=REBUILT_PARTITIONS))
    rebuilt = await another(shared_postgres, engine)
    await (await folded(shared_postgres, rebuilt, adventure.log)).die()
    async with await connect(shared_postgres) as connection, await connect(shared_postgres) as apart:
        lines = await generation_differences(connection, apart, engine, rebuilt.generation)
        await dropped(connection, rebuilt.generation)
    assert not lines, f"{system}, seed {seed}, {adventure.happened}: {report(lines)}"
