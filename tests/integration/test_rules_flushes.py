"""A flush is whole or nothing, tried until it is done, and holds nobody up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import psycopg
import pytest
from psycopg import AsyncConnection

from events.actions import WaveDeleted
from projections.postgres import connection as limits
from projections.postgres.connection import connect
from streams.chores import CHORE_PAGE_ROWS
from streams.engine import Engine
from streams.errors import Fenced
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
)
from tests.simulation.engine_run import Owner, SimulatedLog
from tests.simulation.random_streams import random_log
from tests.simulation.severed_line import Cut, severed_line

POINTS: Final = "SELECT boost_points FROM actions.ripple_counters"
SESSION_SECONDS_MIN: Final = 6
KILLS: Final = 12
PAUSE_SECONDS: Final = 0.1
BUSY: Final = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND application_name = 'groundswell' AND state <> 'idle'"
)


@pytest.fixture
async def engine(postgres: str) -> Engine:
    return await engine_on(postgres)


@asynccontextmanager
async def busy_backends_killed(url: str, kills: int) -> AsyncIterator[list[int]]:
    """So many server processes are terminated while they work for the engine; the list grows by each."""
    killed: list[int] = []

    async def kill(administrator: AsyncConnection[tuple[object, ...]]) -> None:
        while len(killed) < kills:
            cursor = await administrator.execute(BUSY)
            found = [int(str(row[0])) for row in await cursor.fetchall()]
            for pid in found:
                await administrator.execute("SELECT pg_terminate_backend(%s)", (pid,))
            killed.extend(found)
            await asyncio.sleep(PAUSE_SECONDS if found else 0)

    async with await AsyncConnection.connect(url, autocommit=True) as administrator:
        killing = asyncio.ensure_future(kill(administrator))
        try:
            yield killed
        finally:
            killing.cancel()
            await asyncio.gather(killing, return_exceptions=True)


async def test_a_flush_that_fails_in_the_middle_of_a_run_loses_nothing(engine: Engine, postgres: str) -> None:
    """The connections are ended by Postgres, in the middle of flushes."""
    log = SimulatedLog(3)
    for instruction in random_log(7, events=3_000, partitions=3, junk_share=0.01):
        log.append(instruction)
    owner = await Owner.take_over(engine, postgres, log, range(3))
    async with busy_backends_killed(postgres, kills=KILLS) as killed:
        await owner.catch_up(records_max=60)
    await owner.die()
    assert len(killed) >= KILLS / 2, "hardly any flush was hit: nothing is proven"
    assert await oracle_differences(postgres, engine, log) == []


@pytest.mark.parametrize("cut", [Cut.BEFORE, Cut.AFTER], ids=["never arrived", "was done"])
@pytest.mark.parametrize("moment", [b"BEGIN", b"COPY flush_rows", b"DELETE FROM flush_rows", b"COMMIT"])
async def test_after_a_commit_in_doubt_the_positions_tell(
    engine: Engine, postgres: str, cut: Cut, moment: bytes
) -> None:
    """Moved means done, not moved means again. The line is cut, so that the answer is never heard."""
    log = log_of(boost(number) for number in range(50))
    async with severed_line(postgres) as line:
        owner = await Owner.take_over(engine, line.url, log, [0])
        line.cut(moment, cut)
        while owner.behind:
            await owner.fold(0, records_max=10)
            await owner.flush()
        await owner.die()
    assert line.has_cut.is_set()
    assert await value(postgres, POINTS) == 50
    assert await oracle_differences(postgres, engine, log) == []


async def test_a_backend_that_dies_in_its_commit_loses_nothing(engine: Engine, postgres: str) -> None:
    """A deferred trigger ends the server's process when it has begun to commit."""
    log = log_of(boost(number) for number in range(20))
    async with await connect(postgres) as connection:
        await connection.execute("CREATE SEQUENCE commits")
        await connection.execute(
            "CREATE FUNCTION die_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF nextval('commits') = 2 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;"
            " RETURN NULL; END $$"
        )
        await connection.execute(
            "CREATE CONSTRAINT TRIGGER die_in_commit AFTER INSERT OR UPDATE ON actions_g1.ripples"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die_once()"
        )
    owner = await Owner.take_over(engine, postgres, log, [0])
    while owner.behind:
        await owner.fold(0, records_max=5)
        await owner.flush()
    await owner.die()
    assert await value(postgres, "SELECT last_value FROM commits") >= 5, "a commit was tried again"
    assert await value(postgres, POINTS) == 20


async def test_a_worker_stopped_while_copying_holds_no_lock_on_shared_rows(
    engine: Engine, postgres: str
) -> None:
    """It hangs in the middle of a COPY; its successor commits at once, and it is fenced after."""
    log = log_of(boost(number) for number in range(10))
    async with severed_line(postgres) as line:
        stopped = await Owner.take_over(engine, line.url, log, [0])
        await stopped.fold(0, records_max=4)
        line.cut(b"COPY flush_rows", Cut.STALL)
        hanging = asyncio.ensure_future(stopped.flush())
        await line.has_cut.wait()
        successor = await Owner.take_over(engine, postgres, log, [0])
        async with asyncio.timeout(limits.LOCK_TIMEOUT_MS / 1000):
            await successor.catch_up()
        assert not hanging.done()
        line.end()
        with pytest.raises(Fenced):
            await hanging
        await successor.die()
    assert await value(postgres, POINTS) == 10


def test_no_statement_outlives_a_session() -> None:
    """A worker that was stopped has let go of its rows before Kafka gives its partitions away."""
    for limit_ms in (
        limits.STATEMENT_TIMEOUT_MS,
        limits.LOCK_TIMEOUT_MS,
        limits.IDLE_IN_TRANSACTION_TIMEOUT_MS,
        limits.TCP_USER_TIMEOUT_MS,
    ):
        assert 0 < limit_ms < SESSION_SECONDS_MIN * 1000


async def test_large_work_goes_in_pages_that_survive_a_restart(engine: Engine, postgres: str) -> None:
    """Deleting a wave hides it at once; its rows go page by page, each with its own progress."""
    actions = 2 * CHORE_PAGE_ROWS + 100
    log = log_of(action(number) for number in range(actions))
    log.append(record(WaveDeleted.new(id=id_of("deleted"), at=AT, wave_id="w")))
    owner = await Owner.take_over(engine, postgres, log, [0])
    while owner.behind:
        await owner.fold(0, records_max=1_000)
    await owner.flush()
    rows = "SELECT count(*) FROM actions_g1.actions"
    assert await value(postgres, "SELECT count(*) FROM actions.action_log") == 0
    assert await value(postgres, rows) == actions
    await owner.visit_chore(0)
    await owner.flush()
    assert await value(postgres, rows) == actions - CHORE_PAGE_ROWS
    await owner.visit_chore(0)
    await owner.die()
    successor = await Owner.take_over(engine, postgres, log, [0])
    assert await value(postgres, rows) == actions - CHORE_PAGE_ROWS, "what was not committed is not done"
    await successor.catch_up()
    await successor.die()
    assert await value(postgres, rows) == 0
    assert await value(postgres, "SELECT count(*) FROM groundswell.chores") == 0
    assert await oracle_differences(postgres, engine, log) == []


async def test_what_the_log_holds_is_not_waited_for_on_disk_and_take_overs_are(
    engine: Engine, postgres: str
) -> None:
    """Told by a trigger inside the transactions."""
    async with await connect(postgres) as connection:
        await connection.execute("CREATE TABLE seen (epoch_moved boolean, synchronous text)")
        await connection.execute(
            "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen VALUES"
            " (OLD.epoch <> NEW.epoch, current_setting('synchronous_commit')); RETURN NULL; END $$"
        )
        await connection.execute(
            "CREATE TRIGGER look AFTER UPDATE ON groundswell.positions FOR EACH ROW EXECUTE FUNCTION look()"
        )
    owner = await Owner.take_over(engine, postgres, log_of([boost(1)]), [0])
    await owner.catch_up()
    await owner.die()
    with psycopg.connect(postgres) as connection_:
        seen = set(connection_.execute("SELECT * FROM seen").fetchall())
    assert seen == {(True, "on"), (False, "off")}
