"""Flushes and the minute's job at one time: whichever comes first, the other waits or sees what it did.

A row left behind would stay wrong until its next minute enters or leaves, up to a day.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from random import Random
from typing import Any, Final

import pytest
from psycopg import AsyncConnection

from projections.postgres.connection import BY_INDEX, connect
from projections.tables import Key, WindowTable
from streams import flusher
from streams.leading import WindowListener
from tests.integration.deciding import Deciding
from tests.integration.happenings import Happenings
from tests.integration.postgres_clock import MINUTE
from tests.integration.rules_setting import AT
from tests.integration.window_rows import wrong_while_current, wrong_windows
from tests.integration.writers_at_once import AT_GATE, PATIENT_MS, be_patient, gate_closed, until_waiting

MADE: Final = Happenings()
WRITTEN: Final = "AFTER INSERT OR UPDATE ON actions_g1.ripple_trends"
ROUNDS: Final = 60


@pytest.fixture
async def deciding(postgres: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Deciding]:
    be_patient(monkeypatch)
    monkeypatch.setattr(flusher, "STATEMENT_TIMEOUT_MS", PATIENT_MS)
    started = await Deciding.start(postgres, AT)
    yield started
    await started.end()


async def wrong_now(deciding: Deciding) -> list[tuple[Any, ...]]:
    return await wrong_windows(deciding.connection, deciding.engine.generation, deciding.clock.minute)


@pytest.mark.parametrize("is_due_already", [True, False], ids=["due anyway", "due by the flush alone"])
async def test_the_job_waits_for_a_flush_that_computed_before_the_minute_began(
    deciding: Deciding, is_due_already: bool
) -> None:
    """The flush wrote its row as of a minute ago and has not committed; in between a minute begins in which
    its action counts."""
    if is_due_already:
        await deciding.tell(MADE.acted("known", AT + MINUTE, appended=AT))
    await deciding.leader.refresh_windows(deciding.connection)
    deciding.append(MADE.acted("new", AT + MINUTE, appended=AT))
    await deciding.owner.fold(0, records_max=10)
    async with gate_closed(deciding.url, WRITTEN) as keeper:
        flush = asyncio.ensure_future(deciding.owner.flush())
        await until_waiting(keeper, 1, AT_GATE, "the flush has written its window row")
        deciding.clock.advance(MINUTE)
        job = asyncio.ensure_future(deciding.leader.refresh_windows(deciding.connection))
        await until_waiting(keeper, 2, AT_GATE, "the job waits for the flush")
        assert not job.done()
    await asyncio.gather(flush, job)
    assert not await wrong_now(deciding)
    assert await deciding.value("SELECT actions_1h FROM actions_g1.ripple_trends") == 1 + is_due_already


class Waits(WindowListener):
    """Stays in the transaction of a chunk until it is let go."""

    def __init__(self) -> None:
        self.is_there = asyncio.Event()
        self.goes_on = asyncio.Event()

    async def windows_changed(
        self, connection: AsyncConnection[Any], table: WindowTable, keys: Sequence[Key]
    ) -> None:
        self.is_there.set()
        await self.goes_on.wait()


async def test_a_flush_waits_for_the_chunk_that_the_job_is_at(deciding: Deciding) -> None:
    await deciding.tell(MADE.acted("known", AT))
    await deciding.leader.refresh_windows(deciding.connection)
    deciding.clock.advance(MINUTE * 60)
    listener = Waits()
    job = asyncio.ensure_future(deciding.another_leader(listener).refresh_windows(deciding.connection))
    await listener.is_there.wait()
    deciding.append(MADE.acted("new", deciding.clock.at), MADE.acted("other", deciding.clock.at, ripple="s"))
    await deciding.owner.fold(0, records_max=10)
    flush = asyncio.ensure_future(deciding.owner.flush())
    async with await connect(deciding.url) as looking:
        await until_waiting(looking, 1, AT_GATE, "the flush waits for the job")
        assert not flush.done()
    listener.goes_on.set()
    await asyncio.gather(job, flush)
    assert not await wrong_now(deciding)
    assert await deciding.value("SELECT sum(actions_1h) FROM actions_g1.ripple_trends") == 2


@pytest.mark.parametrize("seed", [21])
async def test_windows_are_right_whenever_they_say_that_they_are_as_of_now(
    seed: int, deciding: Deciding
) -> None:
    """Minutes pass and the job goes through them while flushes come and go: what says it is as of now is."""
    print(f"seed {seed}")
    random, flushes = Random(seed), 0
    ending = asyncio.Event()

    async def fold() -> None:
        nonlocal flushes
        while not ending.is_set():
            for _ in range(random.randint(1, 5)):
                ago = random.choice((-3, -1, 0, 1, 58, 59, 60, 61, 1_438, 1_439, 1_440, 1_441))
                number, now = len(deciding.log.records[0]), deciding.clock.at
                ripple = f"r{random.randint(0, 12)}"
                deciding.append(MADE.acted(number, now - ago * MINUTE, ripple=ripple, appended=now))
            await deciding.owner.fold(0, records_max=10)
            await deciding.owner.flush()
            flushes += 1

    folding = asyncio.ensure_future(fold())
    try:
        async with await connect(deciding.url, **BY_INDEX) as looking:
            for _ in range(ROUNDS):
                deciding.clock.advance(random.choice((1, 1, 1, 2, 7)) * timedelta(minutes=1))
                await deciding.leader.refresh_windows(deciding.connection)
                generation, minute = deciding.engine.generation, deciding.clock.minute
                wrong = await wrong_while_current(looking, generation, minute)
                assert not wrong, f"seed {seed}, after {flushes} flushes: {wrong}"
    finally:
        ending.set()
        await folding
    assert not await wrong_now(deciding)
    assert flushes >= ROUNDS / 2, "hardly any flush was beside the job: nothing is proven"
