"""The rows of a fold driver in a real generation, written the way the engine writes them."""

from typing import Any

from psycopg import AsyncConnection

from projections.postgres.connection import connect
from projections.postgres.flush import Flush, FlushWriter
from projections.postgres.generations import Generation, active_generation
from projections.postgres.migrations import migrate
from projections.read_model import ReadModel
from tests.unit.fold_driver import FoldDriver


async def stored(url: str, model: ReadModel, *drivers: FoldDriver) -> tuple[AsyncConnection[Any], Generation]:
    """The database at ``url`` holds what these partitions hold, and the views show it."""
    connection = await connect(url)
    await migrate(connection)
    generation = await active_generation(connection, model, fold_version=1)
    writer = FlushWriter(generation, model, ())
    await writer.prepare(connection)
    for driver in drivers:
        counters = {
            table: {key: list(sums) for key, sums in driver.sums(table).items()} for table in writer.counters
        }
        states = {table: driver.rows[table] for table in writer.states}
        await writer.write(connection, Flush(counters, states, [], 0))
    return connection, generation
