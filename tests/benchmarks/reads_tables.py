"""Fills a generation of the actions system by SQL, as if a month of traffic had been folded into it.

Only what the questions read is there: enough rows, spread as real ones are, and windows, closes and indexes
as of now. Nothing is folded, so a worker must not go on from it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from psycopg import AsyncConnection, sql

from deploy.cli import console
from projections.actions.read_model import READ_MODEL
from projections.actions.tables import IMPACT_INDEXES
from projections.postgres.connection import connect
from projections.postgres.generations import Generation, active_generation, filled
from projections.postgres.migrations import migrate
from streams.folds.actions import SYSTEM

FILES: Final = Path(__file__).parent / "reads_tables"
HOURS: Final = 31 * 24
BUCKETS: Final = 3
CLOSED_RIPPLES_MAX: Final = 1_000
"""How many ripples a close holds."""
RIPPLES_PER_WAVE: Final = 50
SESSION: Final = {
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "synchronous_commit": "off",
    "work_mem": "256MB",
    "maintenance_work_mem": "512MB",
}
"""Settings of the filling session: large statements, and nothing that a crash must not take."""


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
        with console.progress("filling tables", unit="files") as bar:
            async with _without_indexes(connection, generation):
                for file in _files("[1-8]*.sql"):
                    await _run(connection, file, generation, size)
                    bar.advance()
            await connection.execute("ANALYZE")
            for file in _files("9*.sql"):
                await _run(connection, file, generation, size)
            await _calculate_indexes(connection, generation)
            await connection.execute("VACUUM (FREEZE, ANALYZE)")
            await connection.execute("CHECKPOINT")
    return generation


def _files(pattern: str) -> list[Path]:
    return sorted(FILES.glob(pattern))


async def _run(connection: AsyncConnection[Any], file: Path, generation: Generation, size: Size) -> None:
    await connection.execute(_statements(file, generation, size), prepare=False)


def _statements(file: Path, generation: Generation, size: Size) -> sql.Composed:
    """What a file says, with the generation's schema and all numbers in it."""
    numbers = {
        "number": generation.number,
        "waves": size.waves,
        "ripples": size.ripples,
        "cells": size.cells,
        "users": size.users,
        "hours": HOURS,
        "slots": HOURS * BUCKETS,
        "closed_ripples": min(CLOSED_RIPPLES_MAX, size.ripples),
        **generation.parameters,
    }
    literals = {name: sql.Literal(number) for name, number in numbers.items()}
    return sql.SQL(file.read_text("utf-8")).format(generation=sql.Identifier(generation.schema), **literals)


@asynccontextmanager
async def _without_indexes(connection: AsyncConnection[Any], generation: Generation) -> AsyncIterator[None]:
    """Takes the indexes away while the tables are filled: to build one at once is far cheaper."""
    query = (FILES / "indexes.sql").read_text("utf-8")
    cursor = await connection.execute(query, {"schema": generation.schema})
    indexes = await cursor.fetchall()
    for drop, _ in indexes:
        await connection.execute(drop)
    yield
    for _, make in indexes:
        await connection.execute(make)


async def _calculate_indexes(connection: AsyncConnection[Any], generation: Generation) -> None:
    """The impact indexes as of the beginning of this day."""
    cursor = await connection.execute("SELECT date_trunc('day', now())")
    (as_of,) = await cursor.fetchone() or (None,)
    insert = sql.SQL("INSERT INTO {} ").format(sql.Identifier(generation.schema, IMPACT_INDEXES.name))
    await connection.execute(insert + filled(IMPACT_INDEXES.computed, generation), {"as_of": as_of})
