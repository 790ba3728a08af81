"""Positions of a generation: taking partitions over, reading them, and what stands beside them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from psycopg import AsyncConnection
from psycopg.rows import class_row

from projections.postgres.generations import Generation


@dataclass(frozen=True)
class Position:
    """A row of ``groundswell.positions``: ``next_offset`` is the next offset to fold, ``epoch`` counts its
    owners, ``flushes`` the flushes that touched it."""

    topic: str
    partition: int
    next_offset: int
    epoch: int
    flushes: int
    applied: int
    duplicates: int
    dead: int
    last_offset: int | None
    last_checksum: int | None
    last_appended_at: datetime | None
    cautious_until: int
    cautious_records: int


COLUMNS: Final = (
    "topic, partition, next_offset, epoch, flushes, applied, duplicates, dead,"
    " last_offset, last_checksum, last_appended_at, cautious_until, cautious_records"
)


async def take_over(
    connection: AsyncConnection[Any], generation: Generation, topic: str, partitions: Iterable[int]
) -> dict[int, Position]:
    """Counts a new owner in each partition, so that a former one can write no more, and answers where to go
    on."""
    wanted = sorted(partitions)
    async with connection.transaction():
        # A lost epoch would let a former owner return; it is worth a sync.
        await connection.execute("SET LOCAL synchronous_commit = on")
        await connection.execute(
            "INSERT INTO groundswell.positions (system, generation, topic, partition)"
            " SELECT %s, %s, %s, unnest(%s::int[]) ON CONFLICT DO NOTHING",
            (generation.system, generation.number, topic, wanted),
        )
        await connection.execute(
            "SELECT FROM groundswell.positions WHERE system = %s AND generation = %s AND topic = %s"
            " AND partition = ANY(%s) ORDER BY topic, partition FOR UPDATE",
            (generation.system, generation.number, topic, wanted),
        )
        await connection.execute(
            "UPDATE groundswell.positions SET epoch = epoch + 1"
            " WHERE system = %s AND generation = %s AND topic = %s AND partition = ANY(%s)",
            (generation.system, generation.number, topic, wanted),
        )
        return await positions(connection, generation, topic, wanted)


async def positions(
    connection: AsyncConnection[Any], generation: Generation, topic: str, partitions: Iterable[int]
) -> dict[int, Position]:
    """The positions of these partitions by number."""
    cursor = connection.cursor(row_factory=class_row(Position))
    await cursor.execute(
        f"SELECT {COLUMNS} FROM groundswell.positions WHERE system = %s AND generation = %s AND topic = %s"
        " AND partition = ANY(%s) ORDER BY partition",
        (generation.system, generation.number, topic, sorted(partitions)),
    )
    return {row.partition: row for row in await cursor.fetchall()}


async def be_cautious(
    connection: AsyncConnection[Any], generation: Generation, topic: str, until: dict[int, int], records: int
) -> None:
    """From now on, and up to these offsets, a flush holds at most ``records`` records."""
    async with connection.transaction():
        await connection.execute("SET LOCAL synchronous_commit = on")
        await connection.execute(
            "UPDATE groundswell.positions p SET cautious_until = u.until, cautious_records = %s"
            " FROM unnest(%s::int[], %s::bigint[]) AS u (partition, until)"
            " WHERE p.system = %s AND p.generation = %s AND p.topic = %s AND p.partition = u.partition",
            (records, list(until), list(until.values()), generation.system, generation.number, topic),
        )


async def record_partitions(connection: AsyncConnection[Any], topic: str, partitions: int) -> int:
    """Remembers how many partitions the topic has when its log begins; answers what was remembered first."""
    await connection.execute(
        "INSERT INTO groundswell.topics (topic, partitions) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        (topic, partitions),
    )
    return await partitions_recorded(connection, topic)


async def partitions_recorded(connection: AsyncConnection[Any], topic: str) -> int:
    """How many partitions the topic had when its log began, and has for ever."""
    cursor = await connection.execute("SELECT partitions FROM groundswell.topics WHERE topic = %s", (topic,))
    row = await cursor.fetchone()
    assert row is not None, f"{topic} is recorded before anything of it is folded"
    return int(row[0])


async def newest_appended_at(connection: AsyncConnection[Any], system: str) -> datetime | None:
    """When the newest record that the active generation folded was appended; None before the first."""
    cursor = await connection.execute(
        "SELECT max(p.last_appended_at) FROM groundswell.positions p"
        " JOIN groundswell.generations g USING (system, generation) WHERE g.active AND g.system = %s",
        (system,),
    )
    row = await cursor.fetchone()
    return None if row is None else row[0]
