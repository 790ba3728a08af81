"""A ripple's heat is the sum of its cells, whatever came, was taken back, weighed again or deleted."""

from collections.abc import AsyncIterator
from datetime import timedelta
from random import Random
from typing import Any, Final

import pytest
from psycopg import AsyncConnection

from events.settings import Settings
from projections.postgres.connection import connect
from streams.engine import Engine
from streams.system import system_named
from tests.integration.deciding import Deciding
from tests.integration.happenings import Happenings
from tests.integration.rules_setting import AT
from tests.simulation.engine_adventure import Adventure
from tests.simulation.engine_run import prepared
from tests.simulation.random_streams import random_log

MADE: Final = Happenings()
HOUR: Final = timedelta(hours=1)
TOLERANCE: Final = 1e-6
DIFFERING: Final = """
SELECT r.wave_id, r.ripple_id, r.heat_sum, coalesce(did.heat, 0) + coalesce(interested.heat, 0) AS cells
FROM actions_g1.ripples r
JOIN actions_g1.waves w ON w.wave_id = r.wave_id
LEFT JOIN LATERAL (
    SELECT sum(h.heat_units * (h.impact_micros::float8 / h.actions) * 1e-12
        * 2::float8 ^ ((h.hour - r.heat_hour) / 6.0::float8)) AS heat
    FROM actions_g1.activity_hours h
    WHERE h.wave_id = r.wave_id AND h.ripple_id = r.ripple_id
) did ON true
LEFT JOIN LATERAL (
    SELECT sum(i.heat_units * 1e-6 * 2::float8 ^ ((i.hour - r.heat_hour) / 6.0::float8)) AS heat
    FROM actions_g1.interest_hours i
    WHERE i.wave_id = r.wave_id AND i.ripple_id = r.ripple_id
) interested ON true
WHERE NOT w.deleted AND NOT r.deleted
"""
GONE: Final = """
SELECT c.kind, c.wave_id, c.ripple_id
FROM (
    SELECT 'hours' AS kind, wave_id, ripple_id FROM actions_g1.activity_hours
    UNION ALL
    SELECT 'minutes', wave_id, ripple_id
    FROM actions_g1.activity_minutes
    WHERE minute * 60 >= (
        SELECT extract(epoch FROM max(last_appended_at)) - 26 * 3600 FROM groundswell.positions
    )
    UNION ALL
    SELECT 'interest', wave_id, ripple_id FROM actions_g1.interest_hours
) c
LEFT JOIN actions_g1.waves w ON w.wave_id = c.wave_id
LEFT JOIN actions_g1.ripples r ON r.wave_id = c.wave_id AND r.ripple_id = c.ripple_id
WHERE w.deleted IS NOT FALSE OR r.deleted IS NOT FALSE
"""
"""Cells of ripples that are deleted or of which there is no row any more. Minutes of over 26 hours ago may
be there or not."""


async def rows(connection: AsyncConnection[Any], query: str) -> list[tuple[Any, ...]]:
    return await (await connection.execute(query.encode())).fetchall()


@pytest.fixture
async def engine(postgres: str) -> Engine:
    return await prepared(system_named("actions"), Settings(postgres_address=postgres))


@pytest.mark.parametrize("seed", range(31, 34))
async def test_heat_is_the_sum_of_the_cells_and_deletions_leave_none(
    seed: int, postgres: str, engine: Engine
) -> None:
    print(f"seed {seed}")
    adventure = Adventure(engine, postgres, Random(seed), partitions=2)
    await adventure.run(random_log(seed, events=400, partitions=2, with_copies=False))
    async with await connect(postgres) as connection:
        found = await rows(connection, DIFFERING)
        warm = [row for row in found if row[2] > 0]
        wrong = [row for row in found if abs(row[2] - row[3]) > TOLERANCE * max(1.0, row[3])]
        assert not wrong, f"seed {seed}: {wrong}"
        assert not await rows(connection, GONE), f"seed {seed}"
        assert len(warm) > 3, f"seed {seed}: hardly anything was compared"
    assert adventure.happened.chore_pages > 0, f"seed {seed}: {adventure.happened}"


@pytest.fixture
async def deciding(postgres: str) -> AsyncIterator[Deciding]:
    started = await Deciding.start(postgres, AT)
    yield started
    await started.end()


async def test_half_of_the_heat_is_left_after_a_half_life(deciding: Deciding) -> None:
    """An action of weight 1 and a boost of 2 points, each 6 hours apart: 1 / 4 + 2 / 2 + 1 of a join now."""
    await deciding.tell(
        MADE.acted("a", AT - 12 * HOUR), MADE.boosted("b", AT - 6 * HOUR, 2), MADE.joined("ann", AT)
    )
    assert await deciding.value("SELECT trending_score FROM actions.ripple_counters") == 2.25
    deciding.clock.advance(6 * HOUR)
    assert float(await deciding.value("SELECT trending_score FROM actions.ripple_counters")) == 1.125


async def test_what_is_taken_back_leaves_no_heat_at_all(deciding: Deciding) -> None:
    """Exactly none: also after sums whose rounding would leave something behind."""
    times = [AT - timedelta(minutes=37 * number) for number in range(40)]
    await deciding.tell(*(MADE.acted(number, at, bucket="planning") for number, at in enumerate(times)))
    await deciding.tell(MADE.joined("ann", AT), MADE.weighed("planning", "0.7", AT, AT - 5 * HOUR))
    await deciding.relay()
    await deciding.owner.catch_up()
    assert float(await deciding.value("SELECT heat_sum FROM actions_g1.ripples")) > 1
    await deciding.tell(*(MADE.took_back(number, AT) for number in range(40)), MADE.left("ann", AT))
    assert await deciding.value("SELECT heat_sum FROM actions_g1.ripples") == 0
    assert await deciding.value("SELECT heat IS NULL FROM actions_g1.ripple_trends")
    assert await rows(deciding.connection, GONE.replace("OR r.deleted IS NOT FALSE", "OR true")) == []


async def test_what_weighs_nothing_any_more_has_no_heat_but_what_rounding_left(deciding: Deciding) -> None:
    """The actions still count, so the sum stays what floats made of it: a logarithm of that would tell live
    and rebuilt rows apart."""
    for ripple in range(10):
        times = [AT - timedelta(minutes=(37 + ripple) * number + ripple) for number in range(30)]
        await deciding.tell(
            *(
                MADE.acted((ripple, number), at, ripple=f"r{ripple}", bucket="planning")
                for number, at in enumerate(times)
            )
        )
    for seconds, weight in enumerate(("0.7", "0")):
        at = AT + timedelta(seconds=seconds)
        await deciding.tell(MADE.weighed("planning", weight, at, AT - 30 * HOUR))
        await deciding.relay()
        await deciding.owner.catch_up()
    assert 0 < await deciding.value("SELECT max(heat_sum) FROM actions_g1.ripples") < TOLERANCE
    assert await deciding.value("SELECT sum(actions) FROM actions_g1.ripples") == 300
    assert await deciding.value("SELECT count(heat) FROM actions_g1.ripple_trends") == 0
