"""What the property tests of all systems share: which streams, and whether two runs ended alike."""

import os
from typing import Any, Final

import pytest
from psycopg import AsyncConnection, sql

from projections.postgres.comparables import comparables
from projections.postgres.comparison import compare, lines
from projections.postgres.connection import connect
from projections.postgres.generations import Generation
from streams.engine import Engine
from tests.simulation.compare import table_rows

FIRST_SEED: Final = int(os.environ.get("GROUNDSWELL_TEST_SEED", "1"))
ONLY_SYSTEM: Final = os.environ.get("GROUNDSWELL_TEST_SYSTEM") or None

# What a database holds before anything is folded.
_MADE_WITH_THE_TABLES: Final = ("generations", "generation_numbers", "topics")

TableRows = dict[str, list[tuple[Any, ...]]]


def streams(usual: int) -> int:
    """How many streams to run: as many as the environment says, or the usual number."""
    return int(os.environ.get("GROUNDSWELL_TEST_STREAMS", str(usual)))


def is_wanted(system: str) -> bool:
    """Whether streams of this system are to run: of all, unless the environment names one."""
    return ONLY_SYSTEM in (None, system)


def only_of(system: str) -> pytest.MarkDecorator:
    """The mark of tests about one system that the table of all does not hold."""
    return pytest.mark.skipif(not is_wanted(system), reason=f"streams of {ONLY_SYSTEM} alone are asked for")


async def all_tables(url: str, engine: Engine) -> TableRows:
    """The rows of every table that the fold changes; floats without their last digits."""
    async with await connect(url) as connection:
        rows = {
            table.name: await table_rows(connection, engine.generation.schema, table)
            for table in engine.system.model.tables
        }
    return {name: [tuple(map(_without_last_digits, row)) for row in found] for name, found in rows.items()}


def _without_last_digits(value: Any) -> Any:
    """A sum of floats depends in its last digits on the order in which chores come between events."""
    return float(f"{value:.9g}") if isinstance(value, float) else value


async def start_over(url: str, engine: Engine) -> None:
    """The database is as empty as it was made, but for the engine's tables, which are made anew."""
    system, schema = engine.system.name, engine.generation.schema
    async with await connect(url) as connection:
        for name in ("groundswell", system, schema):
            await connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))
        await connection.execute("DROP TABLE groundswell_migrations")
    await engine.prepare()


async def emptied(url: str, engine: Engine) -> None:
    """Nothing was ever folded: rows are deleted, which costs a hundredth of making the tables anew."""
    async with await connect(url) as connection:
        cursor = await connection.execute(
            "SELECT schemaname, relname FROM pg_stat_user_tables"
            " WHERE schemaname = %s OR (schemaname = 'groundswell' AND relname <> ALL (%s))",
            (engine.generation.schema, list(_MADE_WITH_THE_TABLES)),
        )
        places = [sql.Identifier(*place) for place in await cursor.fetchall()]
        await connection.execute(sql.SQL("; ").join(sql.SQL("DELETE FROM {}").format(p) for p in places))


async def dropped(connection: AsyncConnection[Any], generation: Generation) -> None:
    """Takes a generation away that was made for one test; its number is not given again."""
    await connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(generation.schema)))
    await connection.execute(
        "DELETE FROM groundswell.generations WHERE system = %s AND generation = %s",
        (generation.system, generation.number),
    )


async def generation_differences(
    connection: AsyncConnection[Any], apart: AsyncConnection[Any], one: Engine, other: Generation
) -> list[str]:
    """A line for each difference between two generations, as `groundswell verify` compares them."""
    found = []
    for relation in comparables(one.system.model, None, {}, 100.0):
        ours = lines(connection, relation.query(one.generation), relation.parameters)
        theirs = lines(apart, relation.query(other), relation.parameters)
        found += (await compare(relation.shape, ours, theirs)).differences
    return list(map(str, found))
