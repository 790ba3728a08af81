"""Hours are closed with what a plain program computes over the log: random streams, decided by real SQL."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from psycopg import AsyncConnection

from events.settings import Settings
from projections.postgres.connection import connect
from streams.decisions import DecisionPlace, Outcome, decide, due_times
from streams.engine import Engine
from streams.system import system_named
from tests.integration.property_setting import FIRST_SEED, only_of, streams
from tests.simulation.compare import differences, report, stored
from tests.simulation.compare_closes import close_differences
from tests.simulation.engine_run import Owner, SimulatedLog, prepared
from tests.simulation.oracle import expected
from tests.simulation.oracle_closing import closes_of, decided_closes
from tests.simulation.oracle_heat import HOUR, hour_of
from tests.simulation.oracle_judging import DUPLICATE_WINDOW_RECORDS
from tests.simulation.oracle_verdicts import judge
from tests.simulation.random_streams import Instruction, random_log

pytestmark = only_of("actions")

STREAMS: Final = streams(25)
EVENTS: Final = 120
PARTITIONS: Final = 3
SPAN: Final = timedelta(hours=37)
DELAY: Final = timedelta(minutes=10)
ENTRIES_MAX: Final = 8
"""Fewer than the ripples of most hours, so that the last ones fall out."""


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + max(1, STREAMS // 12)))
async def test_every_hour_closes_with_what_the_log_says(seed: int, postgres: str) -> None:
    engine = await prepared(system_named("actions"), Settings(postgres_address=postgres))
    log = SimulatedLog(PARTITIONS)
    base = hour_of(datetime.now(UTC)) - SPAN
    for instruction in random_log(seed, events=EVENTS, partitions=PARTITIONS, base=base):
        log.append(instruction)
    owner = await Owner.take_over(engine, postgres, log, range(PARTITIONS))
    await owner.catch_up()
    place = DecisionPlace(engine.generation, engine.topic, PARTITIONS, ENTRIES_MAX)
    async with await connect(postgres) as connection:
        ended = hour_of(datetime.now(UTC) - DELAY)
        while await close_due_hours(connection, engine, place):
            await relay(connection, log)
            await owner.catch_up()
        await owner.die()
        found = await stored(connection, engine.generation, engine.topic)
    records = log.for_oracle()
    wanted = expected(records, PARTITIONS)
    lines = differences(found, wanted, records)
    decided = decided_closes(judge(records, PARTITIONS, DUPLICATE_WINDOW_RECORDS).applied)
    right = [
        close for close in closes_of(wanted.facts, entries_max=ENTRIES_MAX) if close.hour + HOUR <= ended
    ]
    lines += close_differences(decided, right, ENTRIES_MAX)
    assert not lines, f"seed {seed}, base {base}: {report(lines)}"
    assert len(decided) >= 24, f"seed {seed}: only {len(decided)} hours were closed"


async def close_due_hours(connection: AsyncConnection[Any], engine: Engine, place: DecisionPlace) -> int:
    """Decides every hour that is due, as the leader does after a past was published."""
    closed = 0
    for decision in engine.system.decisions:
        for end in await due_times(connection, place, decision, DELAY, everything=True):
            closed += await decide(connection, place, decision, end) is Outcome.DECIDED
    return closed


async def relay(connection: AsyncConnection[Any], log: SimulatedLog) -> None:
    """Appends what was decided, in the order of the outbox."""
    cursor = await connection.execute(
        "UPDATE groundswell.outbox SET published_at = now() WHERE published_at IS NULL AND header = ''"
        " RETURNING nominal_time, part, partition, record_key, record_value"
    )
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    for _, _, partition, key, value in sorted(await cursor.fetchall()):
        log.append(Instruction(key, value, partition, (), now_ms, "actions.hour_closed"))
