"""Fills the tables of a generation by SQL files, as if a lot of traffic had been folded into it.

Nothing is folded, so a worker must not go on from it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from psycopg import AsyncConnection, sql

from deploy.cli import console
from projections.postgres.generations import Generation

INDEXES: Final = Path(__file__).parent / "indexes.sql"
SESSION: Final = {
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "synchronous_commit": "off",
    "work_mem": "256MB",
    "maintenance_work_mem": "512MB",
    "max_parallel_workers_per_gather": "0",
}
"""Settings of the filling session: large statements, and nothing that a crash must not take."""


async def fill_by_files(
    connection: AsyncConnection[Any],
    generation: Generation,
    files: Iterable[Path],
    numbers: Mapping[str, float],
) -> None:
    """Runs the files in the order of their names while the tables have no indexes. In them `{generation}` and
    the numbers stand as in the views."""
    with console.progress("filling tables", unit="files") as bar:
        async with _without_indexes(connection, generation):
            for file in sorted(files):
                await run_file(connection, file, generation, numbers)
                bar.advance()


async def run_file(
    connection: AsyncConnection[Any], file: Path, generation: Generation, numbers: Mapping[str, float]
) -> None:
    """One file's statements, with the generation's schema and all numbers in them."""
    await connection.execute(_statements(file, generation, numbers), prepare=False)


def _statements(file: Path, generation: Generation, numbers: Mapping[str, float]) -> sql.Composed:
    literals = {name: sql.Literal(number) for name, number in {**numbers, **generation.parameters}.items()}
    return sql.SQL(file.read_text("utf-8")).format(generation=sql.Identifier(generation.schema), **literals)


@asynccontextmanager
async def _without_indexes(connection: AsyncConnection[Any], generation: Generation) -> AsyncIterator[None]:
    """Takes the indexes away while the tables are filled: to build one at once is far cheaper."""
    cursor = await connection.execute(INDEXES.read_text("utf-8"), {"schema": generation.schema})
    indexes = await cursor.fetchall()
    for drop, _ in indexes:
        await connection.execute(drop)
    yield
    for _, make in indexes:
        await connection.execute(make)
