"""The cache's outbox in Postgres: what committed transactions touched, until Redis has it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from psycopg import AsyncConnection

from projections.postgres.generations import Generation
from projections.redis.touched import Touched, decoded

LEFT_ROWS_MAX: Final = 1_000
"""Rows that are read of the outbox at a time."""

LEAVE: Final = """
INSERT INTO groundswell.cache_outbox (system, generation, partitions, flushes, keys)
VALUES (%(system)s, %(generation)s, %(partitions)s, %(flushes)s, %(keys)s::jsonb)
RETURNING id
"""


@dataclass(frozen=True)
class Entry:
    """What a transaction touched. ``id``: its row in the outbox, None where that is not known.

    ``flushes``: by partition the number of the flush that it was.
    """

    id: int | None
    touched: Touched
    flushes: dict[int, int] = field(default_factory=dict)


def leaving(generation: Generation, touched: Touched, flushes: dict[int, int]) -> dict[str, Any]:
    """The parameters of LEAVE."""
    return {
        "system": generation.system,
        "generation": generation.number,
        "partitions": list(flushes),
        "flushes": list(flushes.values()),
        "keys": touched.encoded(),
    }


async def leave(connection: AsyncConnection[Any], generation: Generation, touched: Touched) -> Entry:
    """Leaves in the outbox what the caller's transaction touches, without a flush. Hand it over after the
    commit."""
    cursor = await connection.execute(LEAVE, leaving(generation, touched, {}))
    row = await cursor.fetchone()
    assert row is not None
    return Entry(int(row[0]), touched)


async def left(
    connection: AsyncConnection[Any],
    generation: Generation,
    partitions: Iterable[int] | None = None,
    until: int | None = None,
) -> list[Entry]:
    """The oldest entries, in order: of flushes of these partitions, or all; with ids up to ``until``."""
    cursor = await connection.execute(
        "SELECT id, keys::text, partitions, flushes FROM groundswell.cache_outbox"
        " WHERE system = %(system)s AND generation = %(generation)s"
        " AND (%(partitions)s::int[] IS NULL OR partitions && %(partitions)s::int[])"
        " AND (%(until)s::bigint IS NULL OR id <= %(until)s)"
        " ORDER BY id LIMIT %(limit)s",
        {
            "system": generation.system,
            "generation": generation.number,
            "partitions": None if partitions is None else sorted(partitions),
            "until": until,
            "limit": LEFT_ROWS_MAX,
        },
    )
    return [
        Entry(number, decoded(keys), dict(zip(partitions_, flushes, strict=True)))
        for number, keys, partitions_, flushes in await cursor.fetchall()
    ]


async def newest_id(connection: AsyncConnection[Any], generation: Generation) -> int | None:
    """The newest entry's id; None: there is none."""
    cursor = await connection.execute(
        "SELECT max(id) FROM groundswell.cache_outbox WHERE system = %s AND generation = %s",
        (generation.system, generation.number),
    )
    row = await cursor.fetchone()
    return None if row is None else row[0]


async def forget(connection: AsyncConnection[Any], generation: Generation, ids: Sequence[int]) -> None:
    """Removes entries that Redis has."""
    await connection.execute(
        "DELETE FROM groundswell.cache_outbox WHERE system = %s AND generation = %s AND id = ANY(%s)",
        (generation.system, generation.number, list(ids)),
    )


async def ids_left(connection: AsyncConnection[Any], generation: Generation) -> list[int]:
    """The ids of all entries."""
    cursor = await connection.execute(
        "SELECT id FROM groundswell.cache_outbox WHERE system = %s AND generation = %s",
        (generation.system, generation.number),
    )
    return [number for (number,) in await cursor.fetchall()]


async def forget_other_generations(connection: AsyncConnection[Any], generation: Generation) -> None:
    """Removes the entries of generations that are not in Redis any more."""
    await connection.execute(
        "DELETE FROM groundswell.cache_outbox WHERE system = %s AND generation <> %s",
        (generation.system, generation.number),
    )


async def mark_hole(connection: AsyncConnection[Any], generation: Generation, ids: Sequence[int]) -> None:
    """Removes entries that nobody will bring; one that says so takes their place until the next fill."""
    await connection.execute(
        "WITH gone AS (DELETE FROM groundswell.cache_outbox"
        " WHERE system = %(system)s AND generation = %(generation)s AND id = ANY(%(ids)s) RETURNING id)"
        " INSERT INTO groundswell.cache_outbox (system, generation, partitions, flushes, keys)"
        " SELECT %(system)s, %(generation)s, '{}', '{}', %(keys)s::jsonb"
        " WHERE EXISTS (SELECT FROM gone) AND NOT EXISTS (SELECT FROM groundswell.cache_outbox"
        " WHERE system = %(system)s AND generation = %(generation)s AND keys = %(keys)s::jsonb)",
        {
            "system": generation.system,
            "generation": generation.number,
            "ids": list(ids),
            "keys": Touched(everything=True).encoded(),
        },
    )
