"""Housekeeping: removes rows that nothing reads any more, a little at a time."""

import asyncio
from functools import partial
from typing import Any, Final

from psycopg import AsyncConnection, sql

from events.settings import Settings
from projections.postgres.connection import connect, until_postgres_answers
from projections.postgres.positions import positions
from streams.duplicates import DUPLICATE_WINDOW_OFFSETS
from streams.engine import Engine

HOUSEKEEPING_SECONDS: Final = 60.0


async def keep_house(engine: Engine, settings: Settings) -> None:
    """Every minute, for the partitions in hand. Harmless when several workers do it."""
    while True:
        await asyncio.sleep(HOUSEKEEPING_SECONDS)
        assignment = engine.assignment
        if assignment is not None and assignment.ready.is_set():
            sweep_now = partial(_sweep, engine, settings, sorted(assignment.partitions))
            await until_postgres_answers("housekeeping", sweep_now)


async def _sweep(engine: Engine, settings: Settings, partitions: list[int]) -> None:
    connection = await connect(settings.postgres, synchronous_commit="off")
    try:
        await sweep(connection, engine, partitions)
    finally:
        await connection.close()


async def sweep(connection: AsyncConnection[Any], engine: Engine, partitions: list[int]) -> None:
    """Forgets ids beyond the duplicate window, and what the system's own housekeeping file names."""
    generation = engine.generation
    found = await positions(connection, generation, engine.topic, partitions)
    for row in found.values():
        await connection.execute(
            "DELETE FROM groundswell.applied_ids WHERE system = %s AND generation = %s AND topic = %s"
            " AND partition = %s AND last_offset < %s",
            (
                generation.system, generation.number, engine.topic, row.partition,
                row.next_offset - DUPLICATE_WINDOW_OFFSETS,
            ),
        )  # fmt: skip
    watermark = max((row.last_appended_at for row in found.values() if row.last_appended_at), default=None)
    file = engine.system.model.housekeeping
    if file is not None and watermark is not None:
        statement = sql.SQL(file.read_text("utf-8")).format(generation=sql.Identifier(generation.schema))
        await connection.execute(statement, {"watermark": watermark})
