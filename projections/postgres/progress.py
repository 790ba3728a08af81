"""How far a generation has come."""

from dataclasses import dataclass
from typing import Any, Final

from psycopg import sql

from projections.postgres.connection import PatientReader
from projections.postgres.generations import Generation

QUERY: Final = """
SELECT
    coalesce((SELECT array_agg(ARRAY[partition, next_offset, epoch]) FROM groundswell.positions
              WHERE system = %(system)s AND generation = %(generation)s), '{}'),
    (SELECT coalesce(sum(applied + duplicates + dead), 0)::bigint FROM groundswell.positions
     WHERE system = %(system)s AND generation = %(generation)s),
    (SELECT count(*) FROM groundswell.chores
     WHERE system = %(system)s AND generation = %(generation)s)
"""


@dataclass(frozen=True)
class Progress:
    """Positions and epochs by partition. ``records`` were read into it so far, ``chores`` are not
    finished."""

    next_offsets: dict[int, int]
    epochs: dict[int, int]
    records: int
    chores: int


async def progress(reader: PatientReader, generation: Generation) -> Progress:
    """Asked again and again; waits while Postgres is away."""
    parameters: dict[str, Any] = {"system": generation.system, "generation": generation.number}
    query = sql.SQL("{}").format(sql.SQL(QUERY))
    ((positions, records, chores),) = await reader.rows("look at the progress", query, parameters)
    next_offsets = {partition: offset for partition, offset, _ in positions}
    epochs = {partition: epoch for partition, _, epoch in positions}
    return Progress(next_offsets, epochs, records, chores)
