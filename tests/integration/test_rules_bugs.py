"""A record on which our own code or Postgres fails is put aside alone; nothing else is."""

import asyncio
from random import Random
from typing import Any, Final

import psycopg
import pytest

from projections.postgres.connection import connect
from streams.engine import Engine
from streams.errors import RecordRefusedByDatabase
from tests.integration.rules_setting import AT, engine_on, id_of, log_of, value
from tests.integration.tallies import RAISES, REFUSED_BY_POSTGRES, SYSTEM, Counted
from tests.simulation.engine_run import Owner, SimulatedLog

TOTALS: Final = "SELECT ARRAY[sum(amount), sum(events)]::int[] FROM tallies.totals"
COUNTS: Final = "SELECT ARRAY[applied, duplicates, dead] FROM groundswell.positions"
RESTARTS_MAX: Final = 30


@pytest.fixture
async def engine(postgres: str) -> Engine:
    return await engine_on(postgres, SYSTEM)


def counted(number: int, amount: int) -> Counted:
    return Counted.new(id=id_of(f"counted {number}"), at=AT, tally=f"tally {number}", amount=amount)


def log_with(amounts: dict[int, int], records: int) -> SimulatedLog:
    """So many records of amount 1, but for those offsets."""
    return log_of(counted(number, amounts.get(number, 1)) for number in range(records))


async def dead_letters(url: str) -> list[dict[str, Any]]:
    async with await connect(url) as connection:
        cursor = connection.cursor(row_factory=psycopg.rows.dict_row)
        await cursor.execute("SELECT * FROM groundswell.dead_letters ORDER BY partition, record_offset")
        return await cursor.fetchall()


async def test_a_record_on_which_the_fold_raises_is_put_aside_alone(engine: Engine, postgres: str) -> None:
    """As `failed`, with the traceback and its bytes; its neighbours in the batch count."""
    log = log_with({4: RAISES, 7: RAISES}, records=10)
    owner = await Owner.take_over(engine, postgres, log, [0])
    await owner.catch_up()
    await owner.die()
    assert await value(postgres, TOTALS) == [8, 8]
    assert await value(postgres, COUNTS) == [8, 0, 2]
    first, second = await dead_letters(postgres)
    assert [first["record_offset"], second["record_offset"]] == [4, 7]
    assert (first["kind"], first["code"]) == ("failed", "ZeroDivisionError")
    assert first["reason"] == f"a bug at amount {RAISES}"
    assert "in apply" in first["traceback"]
    assert first["record_value"] == log.records[0][4].value
    assert first["fingerprint"] == second["fingerprint"], "the same fault on two records is one fault"


async def run_like_a_supervised_worker(engine: Engine, url: str, log: SimulatedLog, random: Random) -> int:
    """Fresh owners until everything is committed; answers how often one had to end."""
    for restarts in range(RESTARTS_MAX):
        owner = await Owner.take_over(engine, url, log, range(log.partitions))
        flushing = asyncio.ensure_future(owner.flusher.run())
        folding = asyncio.ensure_future(_fold_all(owner, random))
        await asyncio.wait({flushing, folding}, return_when=asyncio.FIRST_COMPLETED)
        ended = flushing.exception() if flushing.done() else None
        if ended is None:
            await folding
        owner.assignment.revoked.set()
        await owner.assignment.notify()
        folding.cancel()
        await asyncio.gather(folding, flushing, return_exceptions=True)
        await owner.die()
        if ended is None:
            return restarts
        assert isinstance(ended, RecordRefusedByDatabase), ended
    raise AssertionError(f"not done after {RESTARTS_MAX} restarts")


async def _fold_all(owner: Owner, random: Random) -> None:
    while owner.behind:
        await owner.fold(random.choice(owner.behind), records_max=random.randint(1, 400))
    if owner.has_unwritten:
        await owner.assignment.until_committed()
    async with owner.assignment.changed:
        await owner.assignment.changed.wait_for(lambda: not owner.assignment.frozen)


@pytest.mark.parametrize("seed", range(3))
async def test_a_record_that_postgres_refuses_is_closed_in_on_and_put_aside_alone(
    engine: Engine, postgres: str, seed: int
) -> None:
    """Fresh processes flush smaller and smaller parts until it stands alone; the rest is applied."""
    random = Random(seed)
    bad = sorted(random.sample(range(1_500), 2))
    log = log_with(dict.fromkeys(bad, REFUSED_BY_POSTGRES), records=1_500)
    restarts = await run_like_a_supervised_worker(engine, postgres, log, random)
    assert restarts >= 2, f"seed {seed}"
    assert await value(postgres, TOTALS) == [1498, 1498], f"seed {seed}"
    assert await value(postgres, COUNTS) == [1498, 0, 2], f"seed {seed}"
    letters = await dead_letters(postgres)
    assert [letter["record_offset"] for letter in letters] == bad, f"seed {seed}"
    assert {(letter["kind"], letter["code"]) for letter in letters} == {("failed", "CheckViolation")}


async def test_what_is_wrong_with_the_database_waits_and_dead_letters_nothing(
    engine: Engine, postgres: str
) -> None:
    """A table that is not there is no fault of a record. Once it is back, everything goes on."""
    log = log_with({}, records=50)
    owner = await Owner.take_over(engine, postgres, log, [0])
    await owner.fold(0, records_max=50)
    async with await connect(postgres) as connection:
        await connection.execute("ALTER TABLE tallies_g1.totals RENAME TO away")
        flush = asyncio.ensure_future(owner.flush())
        await asyncio.sleep(0.5)
        assert not flush.done()
        await connection.execute("ALTER TABLE tallies_g1.away RENAME TO totals")
    await flush
    await owner.die()
    assert await value(postgres, TOTALS) == [50, 50]
    assert await value(postgres, COUNTS) == [50, 0, 0]
