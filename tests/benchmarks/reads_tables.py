"""Fills a generation of the actions system by SQL, as if a month of traffic had been folded into it.

Only what the questions read is there: enough rows, spread as real ones are, and windows, closes and indexes
as of now. Nothing is folded, so a worker must not go on from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from psycopg import AsyncConnection, sql

from projections.actions.tables import IMPACT_INDEXES
from projections.postgres.generations import Generation, filled
from streams.folds.actions import SYSTEM
from tests.benchmarks.table_filling import filled_generation

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
    async with filled_generation(database, SYSTEM, FILES, _numbers(size)) as (connection, generation):
        await _calculate_indexes(connection, generation)
    return generation


def _numbers(size: Size) -> dict[str, float]:
    return {
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
