"""The stable views are those of the release that runs: a worker's start makes them anew where they differ."""

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from psycopg import AsyncConnection

from projections.actions.tables import MEMBERSHIPS
from projections.postgres.connection import connect
from projections.postgres.generations import active_generation
from projections.postgres.migrations import migrate
from projections.postgres.views import ViewsDoNotFit
from projections.read_model import ReadModel

COLUMNS = (
    "SELECT column_name FROM information_schema.columns WHERE table_schema = 'things' ORDER BY column_name"
)


def release(folder: Path, columns: str) -> ReadModel:
    """A system with one view, of these columns of its table."""
    file = folder / "views.sql"
    file.write_text(f"CREATE OR REPLACE VIEW things.seen AS SELECT {columns} FROM {{generation}}.memory;")
    return ReadModel("things", (dataclasses.replace(MEMBERSHIPS, name="memory"),), file)


@pytest.fixture
async def connection(postgres: str) -> AsyncIterator[AsyncConnection[tuple[str, ...]]]:
    async with await connect(postgres) as opened:
        await migrate(opened)
        yield opened


async def columns(connection: AsyncConnection[tuple[str, ...]]) -> list[str]:
    return [name for (name,) in await (await connection.execute(COLUMNS)).fetchall()]


async def test_a_release_with_other_views_makes_them_anew(
    connection: AsyncConnection[tuple[str, ...]], tmp_path: Path
) -> None:
    first = await active_generation(connection, release(tmp_path, "wave_id"), 1)
    again = await active_generation(connection, release(tmp_path, "wave_id, ripple_id"), 1)
    assert again.number == first.number
    assert await columns(connection) == ["ripple_id", "wave_id"]
    await active_generation(connection, release(tmp_path, "user_id"), 1)
    assert await columns(connection) == ["user_id"]


async def test_rows_of_other_rules_keep_their_views(
    connection: AsyncConnection[tuple[str, ...]], tmp_path: Path
) -> None:
    await active_generation(connection, release(tmp_path, "wave_id"), 1)
    await active_generation(connection, release(tmp_path, "user_id"), 2)
    assert await columns(connection) == ["wave_id"]


async def test_views_as_they_are_wait_for_no_reader(
    connection: AsyncConnection[tuple[str, ...]], postgres: str, tmp_path: Path
) -> None:
    """Were they made again, the one who reads them would be waited for."""
    model = release(tmp_path, "wave_id")
    await active_generation(connection, model, 1)
    async with await connect(postgres) as reading, reading.transaction():
        await reading.execute("SELECT * FROM things.seen")
        await active_generation(connection, model, 1)
        await connection.execute("SET lock_timeout = '100ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            await active_generation(connection, release(tmp_path, "user_id"), 1)


async def test_views_that_do_not_fit_the_tables_say_what_to_do(
    connection: AsyncConnection[tuple[str, ...]], tmp_path: Path
) -> None:
    await active_generation(connection, release(tmp_path, "wave_id"), 1)
    with pytest.raises(ViewsDoNotFit, match="groundswell rebuild things --promote"):
        await active_generation(connection, release(tmp_path, "colour"), 1)
    assert await columns(connection) == ["wave_id"]
