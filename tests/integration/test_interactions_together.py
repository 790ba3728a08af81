"""An entry is in two partitions, its own and the one that orders branches: two workers may write at once."""

import asyncio
from typing import Final

import pytest

from projections.interactions.read_model import READ_MODEL
from projections.postgres.connection import connect
from projections.postgres.flush import Flush, FlushWriter
from projections.postgres.generations import Generation
from tests.integration.stored_rows import stored
from tests.integration.writers_at_once import AT_LOCK, be_patient, gate_closed, until_waiting
from tests.unit.fold_driver import FoldDriver
from tests.unit.interactions_driver import branched, deleted, interactions_driver, shared

WRITTEN: Final = "AFTER INSERT OR UPDATE OR DELETE ON interactions_g1.entry_trends"
TRENDS: Final = """
SELECT k.entry_id, t.heat, f.heat
FROM (VALUES ('e'), ('f')) AS k (entry_id)
LEFT JOIN interactions_g1.entry_trends AS t ON t.entry_id = k.entry_id
LEFT JOIN LATERAL (SELECT heat FROM interactions_g1.entry_trends_at(k.entry_id, 0)) AS f ON true
"""


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    be_patient(monkeypatch)


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
    async with connection, gate_closed(postgres, WRITTEN) as keeper:
        one = asyncio.ensure_future(flush(postgres, generation, first))
        await until_waiting(keeper, 1, AT_LOCK, "the first writer stops at the gate")
        other = asyncio.ensure_future(flush(postgres, generation, second))
        await until_waiting(keeper, 2, AT_LOCK, "the other waits too")
    await asyncio.gather(one, other)
    async with await connect(postgres) as reader:
        trends = {entry_id: found for entry_id, *found in await (await reader.execute(TRENDS)).fetchall()}
    assert trends["f"] == [None, None]
    assert trends["e"][0] == pytest.approx(trends["e"][1], abs=1e-9)
