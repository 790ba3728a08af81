"""An entry is in two partitions, its own and the one that orders branches: two workers may write at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest
from psycopg import AsyncConnection

from projections.interactions.read_model import READ_MODEL
from projections.postgres.connection import SESSION_SETTINGS, connect
from projections.postgres.flush import Flush, FlushWriter
from projections.postgres.generations import Generation
from tests.integration.stored_rows import stored
from tests.unit.fold_driver import FoldDriver
from tests.unit.interactions_driver import branched, deleted, interactions_driver, shared

GATE: Final = 4_243
"""An advisory lock that a trigger on the trends waits for, in the transaction of whoever writes them."""
WAITING: Final = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
TRENDS: Final = """
SELECT k.entry_id, t.heat, f.heat
FROM (VALUES ('e'), ('f')) AS k (entry_id)
LEFT JOIN interactions_g1.entry_trends AS t ON t.entry_id = k.entry_id
LEFT JOIN LATERAL (SELECT heat FROM interactions_g1.entry_trends_at(k.entry_id, 0)) AS f ON true
"""
WAIT_SECONDS_MAX: Final = 15.0
PATIENT_MS: Final = "30000"
"""So long may statements and locks take here, so that nobody gives up on a slow machine."""


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        monkeypatch.setitem(SESSION_SETTINGS, limit, PATIENT_MS)


@asynccontextmanager
async def gate_closed(url: str) -> AsyncIterator[AsyncConnection[Any]]:
    """Whoever writes trends stops after it has, before it commits, until the block ends."""
    async with await connect(url) as keeper:
        await keeper.execute(
            "CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN PERFORM pg_advisory_xact_lock_shared({GATE}); RETURN NULL; END $$"
        )
        await keeper.execute(
            "CREATE TRIGGER gate AFTER INSERT OR UPDATE OR DELETE ON interactions_g1.entry_trends"
            " FOR EACH STATEMENT EXECUTE FUNCTION wait_at_gate()"
        )
        await keeper.execute(f"SELECT pg_advisory_lock({GATE})")
        yield keeper
        await keeper.execute(f"SELECT pg_advisory_unlock({GATE})")


async def until_waiting(connection: AsyncConnection[Any], count: int) -> None:
    """So many processes of the server wait for a lock."""
    deadline = asyncio.get_running_loop().time() + WAIT_SECONDS_MAX
    while asyncio.get_running_loop().time() < deadline:
        if await (await connection.execute(WAITING)).fetchone() == (count,):
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"nobody else waits after {WAIT_SECONDS_MAX} s")


async def flush(url: str, generation: Generation, driver: FoldDriver) -> None:
    """A worker writes what its partition holds."""
    writer = FlushWriter(generation, READ_MODEL, ())
    async with await connect(url) as connection:
        await writer.prepare(connection)
        states = {table: dict(driver.rows[table]) for table in writer.states}
        await writer.write(connection, Flush({}, states, [], 0))


@pytest.mark.parametrize("branches_first", [True, False], ids=["branches first", "entries first"])
async def test_what_trends_is_of_both_rows_whoever_writes_first(postgres: str, branches_first: bool) -> None:
    """e is shared and branches at one time, f is removed and branches at one time."""
    connection, generation = await stored(postgres, READ_MODEL, interactions_driver().given(shared("f")))
    entries = interactions_driver().given(shared("e"), deleted("f"))
    places = interactions_driver().given(branched("e", "a"), branched("f", "b"))
    first, second = (places, entries) if branches_first else (entries, places)
    async with connection, gate_closed(postgres) as keeper:
        one = asyncio.ensure_future(flush(postgres, generation, first))
        await until_waiting(keeper, 1)
        other = asyncio.ensure_future(flush(postgres, generation, second))
        await until_waiting(keeper, 2)
    await asyncio.gather(one, other)
    async with await connect(postgres) as reader:
        trends = {entry_id: found for entry_id, *found in await (await reader.execute(TRENDS)).fetchall()}
    assert trends["f"] == [None, None]
    assert trends["e"][0] == pytest.approx(trends["e"][1], abs=1e-9)
