"""Which record counts, and how often."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from events.actions import ActionRetracted
from events.envelope import Event
from projections.postgres.connection import connect
from streams.duplicates import DUPLICATE_WINDOW_OFFSETS
from streams.engine import Engine
from streams.housekeeping import sweep
from tests.integration.rules_setting import (
    AT,
    action,
    boost,
    engine_on,
    id_of,
    log_of,
    oracle_differences,
    record,
    value,
    weight,
)
from tests.simulation.engine_run import Owner, SimulatedLog, mark_published, unpublished_copies

POINTS: Final = "SELECT boost_points FROM actions.ripple_counters"
COUNTS: Final = "SELECT ARRAY[applied, duplicates, dead] FROM groundswell.positions WHERE partition = 0"
MULTIPLIERS: Final = (
    "SELECT array_agg(multiplier ORDER BY effective_from) FROM actions.bucket_weights"
    " WHERE bucket = 'planning'"
)
W: Final = DUPLICATE_WINDOW_OFFSETS


@pytest.fixture
async def engine(postgres: str) -> Engine:
    return await engine_on(postgres)


async def folded(engine: Engine, url: str, log: SimulatedLog) -> None:
    """A fresh owner folds what there is."""
    owner = await Owner.take_over(engine, url, log, range(log.partitions))
    await owner.catch_up()
    await owner.die()


async def relayed(url: str, log: SimulatedLog, *, marked: bool = True) -> int:
    """What the outbox holds is appended; answers how many records."""
    async with await connect(url) as connection:
        copies = await unpublished_copies(connection, log)
        for key, copy in copies:
            log.append(copy)
            if marked:
                await mark_published(connection, key)
    return len(copies)


@pytest.mark.parametrize("restart", [False, True], ids=["in memory", "over a restart"])
@pytest.mark.parametrize(
    ("distance", "points"),
    [(1, 1), (W - 1, 1), (W, 1), (W + 1, 2)],
    ids=["next", "inside", "edge", "outside"],
)
async def test_the_duplicate_window_is_exact(
    engine: Engine, postgres: str, restart: bool, distance: int, points: int
) -> None:
    """An id applied at an offset >= current - W is a duplicate; one offset further it is not."""
    log = SimulatedLog(1)
    log.append(record(boost(1)))
    first = await Owner.take_over(engine, postgres, log, [0])
    await first.catch_up()
    log.append(record(boost(1)), gap=distance - 1)
    second = await Owner.take_over(engine, postgres, log, [0]) if restart else first
    await second.catch_up()
    await second.die()
    assert await value(postgres, POINTS) == points
    assert await value(postgres, COUNTS) == [points, 2 - points, 0]
    assert await oracle_differences(postgres, engine, log) == []


async def test_a_duplicate_does_not_renew_the_window(engine: Engine, postgres: str) -> None:
    """What counts is where the id was applied."""
    log = log_of([boost(1)])
    log.append(record(boost(1)), gap=W - 1)
    log.append(record(boost(1)))
    owner = await Owner.take_over(engine, postgres, log, [0])
    await owner.catch_up(records_max=1)
    await owner.die()
    assert await value(postgres, COUNTS) == [2, 1, 0]
    assert await oracle_differences(postgres, engine, log) == []


async def test_ids_beyond_the_window_are_forgotten(engine: Engine, postgres: str) -> None:
    """Housekeeping removes what no record can be compared with any more."""
    log = log_of([boost(1)])
    await folded(engine, postgres, log)
    log.append(record(boost(2)), gap=W + 1)
    await folded(engine, postgres, log)
    async with await connect(postgres) as connection:
        await sweep(connection, engine, [0])
    assert await value(postgres, "SELECT array_agg(last_offset) FROM groundswell.applied_ids") == [W + 2]


async def test_the_id_of_a_dead_letter_may_still_be_applied(engine: Engine, postgres: str) -> None:
    """Dead letters' ids do not enter the window."""
    ahead = boost(1, at=AT + timedelta(hours=1))
    log = log_of([ahead, boost(1), boost(1)])
    await folded(engine, postgres, log)
    assert await value(postgres, COUNTS) == [1, 1, 1]
    assert await oracle_differences(postgres, engine, log) == []


async def test_the_same_id_in_another_partition_is_another_event(engine: Engine, postgres: str) -> None:
    """Duplicates are looked for in the record's own partition."""
    one, other = (f"w{number}" for number in (0, 1))
    log = log_of([boost(1, wave=one), boost(1, wave=other)], partitions=5)
    assert sum(map(bool, log.records.values())) == 2, "the two lie in two partitions"
    await folded(engine, postgres, log)
    assert await value(postgres, "SELECT sum(boost_points)::int FROM actions.ripple_counters") == 2


async def test_a_record_in_another_partition_than_its_key_says_is_dead(engine: Engine, postgres: str) -> None:
    """Also when the record's key was written to fit, since the event's key decides."""
    right = record(boost(1), partitions=2)
    log = SimulatedLog(2)
    log.append(replace(right, partition=1 - right.partition))
    log.append(right)
    await folded(engine, postgres, log)
    assert await value(postgres, POINTS) == 1
    assert await value(postgres, "SELECT code FROM groundswell.dead_letters") == "wrong_partition"
    assert await oracle_differences(postgres, engine, log) == []


async def test_a_reference_event_counts_by_its_copies(engine: Engine, postgres: str) -> None:
    """The original changes no table; it puts one copy for each partition into the outbox."""
    log = log_of([weight(1, "4")], partitions=3)
    await folded(engine, postgres, log)
    assert await value(postgres, MULTIPLIERS) == [pytest.approx(2.5)], "the default still holds"
    assert await value(postgres, "SELECT count(*) FROM groundswell.outbox") == 3
    assert await relayed(postgres, log) == 3
    await folded(engine, postgres, log)
    assert await value(postgres, "SELECT count(*) FROM actions_g1.bucket_weights") == 3
    assert await relayed(postgres, log) == 0
    assert await oracle_differences(postgres, engine, log) == []


async def test_copies_that_are_sent_again_count_once(engine: Engine, postgres: str) -> None:
    """The relay died between sending and marking."""
    log = log_of([action(1), weight(1, "4")], partitions=2)
    await folded(engine, postgres, log)
    assert await relayed(postgres, log, marked=False) == 2
    assert await relayed(postgres, log) == 2
    await folded(engine, postgres, log)
    assert await value(postgres, "SELECT sum(duplicates)::int FROM groundswell.positions") == 2
    assert await value(postgres, "SELECT impact::int FROM actions.ripple_counters") == 4
    assert await oracle_differences(postgres, engine, log) == []


async def test_what_was_published_is_not_put_into_the_outbox_again(engine: Engine, postgres: str) -> None:
    """The key says what was decided, also when the event comes again beyond the duplicate window."""
    log = log_of([weight(1, "4")])
    await folded(engine, postgres, log)
    assert await relayed(postgres, log) == 1
    log.append(record(weight(1, "4")), gap=W + 1)
    await folded(engine, postgres, log)
    assert await relayed(postgres, log) == 0


@pytest.mark.parametrize("turn", [1, -1], ids=["in order", "the other way round"])
async def test_competing_reference_events_are_settled_by_time_not_by_arrival(
    engine: Engine, postgres: str, turn: int
) -> None:
    """For one bucket and hour the greater (`at`, `id`) wins."""
    events: Sequence[Event] = [weight(1, "4"), weight(2, "7", at=AT + timedelta(seconds=1))][::turn]
    log = log_of([action(1), *events], partitions=2)
    for _ in range(2):
        await folded(engine, postgres, log)
        await relayed(postgres, log)
    assert await value(postgres, "SELECT impact::int FROM actions.ripple_counters") == 7
    assert await oracle_differences(postgres, engine, log) == []


async def test_the_newest_falls_back_when_it_is_taken_back(engine: Engine, postgres: str) -> None:
    """First and last are computed from what still counts; at zero a row is hidden."""
    newest = "SELECT last_action_at FROM actions.user_waves"
    log = log_of([action(1), action(2, at=AT + timedelta(seconds=30))])
    await folded(engine, postgres, log)
    assert await value(postgres, newest) == AT + timedelta(seconds=30)
    for number in (2, 1):
        taken_back = ActionRetracted.new(
            id=id_of(f"retracted {number}"), at=AT, wave_id="w", ripple_id="r", action_id=str(number)
        )
        log.append(record(taken_back))
        if number == 2:
            await folded(engine, postgres, log)
            assert await value(postgres, newest) == AT
    await folded(engine, postgres, log)
    assert await value(postgres, "SELECT count(*) FROM actions.user_waves") == 0
    assert await oracle_differences(postgres, engine, log) == []


async def test_a_row_that_partitions_share_is_the_sum_of_their_parts(engine: Engine, postgres: str) -> None:
    """One user acts in waves of several partitions, folded by two workers side by side."""
    log = log_of((action(number, wave=f"w{number}") for number in range(12)), partitions=3)
    owners = [await Owner.take_over(engine, postgres, log, part) for part in ([0], [1, 2])]
    while any(owner.behind for owner in owners):
        for owner in owners:
            if owner.behind:
                await owner.fold(*owner.behind, records_max=1)
                await owner.flush()
    for owner in owners:
        await owner.die()
    assert await value(postgres, "SELECT actions FROM actions.user_impact_summaries") == 12
    assert await oracle_differences(postgres, engine, log) == []
