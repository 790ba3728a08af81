"""Fills a generation of the actions system by SQL, as if a month of traffic had been folded into it.

Only what the questions read is there: enough rows, spread as real ones are, and windows, closes and indexes
as of now. Nothing is folded, so a worker must not go on from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from psycopg import AsyncConnection, sql

from projections.actions.read_model import READ_MODEL
from projections.actions.tables import IMPACT_INDEXES
from projections.postgres.connection import connect
from projections.postgres.generations import Generation, active_generation, filled
from projections.postgres.migrations import migrate
from streams.folds.actions import SYSTEM
from tests.benchmarks.table_filling import SESSION, fill_by_files, run_file

FILES: Final = Path(__file__).parent / "reads_tables"
HOURS: Final = 31 * 24
BUCKETS: Final = 3
CLOSED_RIPPLES_MAX: Final = 1_000
"""How many ripples a close holds."""
RIPPLES_PER_WAVE: Final = 50


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is to read; ``cells`` are hour cells."""

    ripples: int
    cells: int
    users: int

    @property
    def waves(self) -> int:
        return max(1, self.ripples // RIPPLES_PER_WAVE)


async def fill(database: str, size: Size) -> Generation:
    """Makes the tables of an empty database and fills them; answers the generation that the views read."""
    async with await connect(database, **SESSION) as connection:
        await migrate(connection)
        generation = await active_generation(connection, READ_MODEL, SYSTEM.fold.version)
        numbers = _numbers(generation, size)
        await fill_by_files(connection, generation, FILES.glob("[1-8]*.sql"), numbers)
        await connection.execute("ANALYZE")
        for file in sorted(FILES.glob("9*.sql")):
            await run_file(connection, file, generation, numbers)
        await _calculate_indexes(connection, generation)
        await connection.execute("VACUUM (FREEZE, ANALYZE)")
        await connection.execute("CHECKPOINT")
    return generation


def _numbers(generation: Generation, size: Size) -> dict[str, float]:
    return {
        "number": generation.number,
        "waves": size.waves,
        "ripples": size.ripples,
        "cells": size.cells,
        "users": size.users,
        "hours": HOURS,
        "slots": HOURS * BUCKETS,
        "closed_ripples": min(CLOSED_RIPPLES_MAX, size.ripples),
    }


async def _calculate_indexes(connection: AsyncConnection[Any], generation: Generation) -> None:
    """The impact indexes as of the beginning of this day."""
    cursor = await connection.execute("SELECT date_trunc('day', now())")
    (as_of,) = await cursor.fetchone() or (None,)
    insert = sql.SQL("INSERT INTO {} ").format(sql.Identifier(generation.schema, IMPACT_INDEXES.name))
    await connection.execute(insert + filled(IMPACT_INDEXES.computed, generation), {"as_of": as_of})
