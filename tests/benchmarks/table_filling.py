"""Fills the tables of a generation by SQL files, as if a lot of traffic had been folded into it.

Nothing is folded, so a worker must not go on from it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from psycopg import AsyncConnection, sql

from deploy.cli import console
from projections.postgres.connection import connect
from projections.postgres.generations import Generation, active_generation
from projections.postgres.migrations import migrate
from streams.system import StreamSystem

INDEXED: Final = "9"
"""So begin the names of the files that read rows by indexes."""
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


@asynccontextmanager
async def filled_generation(
    database: str, system: StreamSystem, folder: Path, numbers: Mapping[str, float]
) -> AsyncIterator[tuple[AsyncConnection[Any], Generation]]:
    """Makes the tables of an empty database and fills them by the files of a folder; what is done to them in
    the block is tidied with the rest. The views read this generation.

    The files are run in the order of their names: those up to 8.. while the tables have no indexes, those of
    9.. by their indexes. In them `{generation}`, its `{number}` and the numbers stand as in the views.
    """
    async with await connect(database, **SESSION) as connection:
        await migrate(connection)
        generation = await active_generation(connection, system.model, system.fold.version)
        await _fill(connection, generation, _files(folder), {"number": generation.number, **numbers})
        yield connection, generation
        await connection.execute("VACUUM (FREEZE, ANALYZE)")
        await connection.execute("CHECKPOINT")


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.sql"))


async def _fill(
    connection: AsyncConnection[Any],
    generation: Generation,
    files: Sequence[Path],
    numbers: Mapping[str, float],
) -> None:
    with console.progress("filling tables", total=len(files), unit="files") as bar:

        async def run(*, indexed: bool) -> None:
            for file in files:
                if file.name.startswith(INDEXED) == indexed:
                    await connection.execute(_statements(file, generation, numbers), prepare=False)
                    bar.advance()

        async with _without_indexes(connection, generation):
            await run(indexed=False)
        await connection.execute("ANALYZE")
        await run(indexed=True)


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
