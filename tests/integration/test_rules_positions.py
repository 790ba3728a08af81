"""What is folded when, and who may write it."""

import asyncio
from typing import Final

import pytest

from events.settings import Settings
from streams.batch import Batch
from streams.engine import Engine
from streams.errors import BatchLost, Fenced
from streams.system import system_named
from tests.integration.rules_setting import (
    boost,
    engine_on,
    everything,
    log_of,
    oracle_differences,
    record,
    value,
)
from tests.simulation.engine_run import Owner

POINTS: Final = "SELECT boost_points FROM actions.ripple_counters"


@pytest.fixture
async def engine(postgres: str) -> Engine:
    return await engine_on(postgres)


@pytest.mark.parametrize("start", [0, 5], ids=["an overlap", "a hole"])
async def test_a_batch_that_does_not_begin_at_the_position_is_never_folded(
    engine: Engine, postgres: str, start: int
) -> None:
    """Not even the part of it that lies beyond the position."""
    log = log_of(boost(number) for number in range(10))
    owner = await Owner.take_over(engine, postgres, log, [0])
    await owner.fold(0, records_max=3)
    records, end = log.read(0, start, 10)
    with pytest.raises(BatchLost, match=f"begins at {start}, the position is 3"):
        await engine.take([Batch(owner.assignment, 0, start, end, end, records, 0)])
    assert owner.partitions[0].position == 3
    await owner.catch_up()
    await owner.die()
    assert await value(postgres, POINTS) == 10


async def test_batches_of_an_assignment_that_is_gone_are_dropped(engine: Engine, postgres: str) -> None:
    """What was fetched before a rebalance is fetched again by its next owner."""
    log = log_of(boost(number) for number in range(4))
    former = await Owner.take_over(engine, postgres, log, [0])
    former.assignment.revoked.set()
    await former.fold(0, records_max=4)
    assert not former.has_unwritten
    assert former.partitions[0].position == 0


async def test_a_lost_compare_and_set_writes_nothing(engine: Engine, postgres: str) -> None:
    log = log_of((boost(number, wave=f"w{number}") for number in range(20)), partitions=2)
    assert all(log.records.values()), "both partitions hold something"
    former = await Owner.take_over(engine, postgres, log, [0, 1])
    await former.fold(0, 1, records_max=5)
    await Owner.take_over(engine, postgres, log, [1])
    before = await everything(postgres)
    with pytest.raises(Fenced):
        await former.flush()
    assert await everything(postgres) == before, "a flush is lost whole when one of its partitions is"


async def test_a_paused_former_owner_cannot_return(engine: Engine, postgres: str) -> None:
    """Also where the offset came back to what it last saw. An epoch never does."""
    log = log_of(boost(number) for number in range(6))
    paused = await Owner.take_over(engine, postgres, log, [0])
    await paused.fold(0, records_max=2)
    successor = await Owner.take_over(engine, postgres, log, [0])
    assert successor.partitions[0].position == paused.assignment.taken_over_from[0].next_offset
    before = await everything(postgres)
    with pytest.raises(Fenced):
        await paused.flush()
    assert await everything(postgres) == before
    await successor.catch_up()
    assert await value(postgres, POINTS) == 6


async def test_every_owner_is_counted(engine: Engine, postgres: str) -> None:
    """Each take-over raises the epoch, durably, before anything is folded."""
    log = log_of([boost(1)])
    epochs = [(await Owner.take_over(engine, postgres, log, [0])).partitions[0].epoch for _ in range(3)]
    assert epochs == [epochs[0], epochs[0] + 1, epochs[0] + 2]
    assert await value(postgres, "SELECT epoch FROM groundswell.positions") == epochs[-1]


async def test_assignment_does_not_wait_for_postgres() -> None:
    """Kafka's client would give up in silence. Positions come later; nothing is fetched before."""
    nowhere = Settings(postgres_address="postgresql://nobody@127.0.0.1:1/nothing")
    engine = Engine(system_named("actions"), nowhere, fail=lambda error: None)
    before = asyncio.all_tasks()
    engine.assign({0, 1})
    assert engine.assignment is not None
    assert not engine.assignment.ready.is_set()
    await asyncio.sleep(0.2)
    assert not engine.assignment.ready.is_set()
    for task in asyncio.all_tasks() - before:
        task.cancel()


async def test_offsets_without_a_record_move_the_position(engine: Engine, postgres: str) -> None:
    """Control records of transactions, in front of records, between them and behind the last."""
    log = log_of([])
    log.append_control(0)
    for number in range(3):
        log.append(record(boost(number)), gap=number + 1)
    log.append_control(0)
    owner = await Owner.take_over(engine, postgres, log, [0])
    await owner.catch_up(records_max=1)
    await owner.die()
    assert await value(postgres, "SELECT next_offset FROM groundswell.positions") == log.ends[0]
    assert await oracle_differences(postgres, engine, log) == []
