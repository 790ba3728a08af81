"""What was repaired, until it is reported: a row of the repair's own transaction, cleared by the report's.

Whoever repairs may die before the report, or somebody else reports first: the next report tells it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from projections.postgres.generations import Generation
from projections.recomputation import Difference


@dataclass(frozen=True)
class Repairs:
    """What no report told yet: so many rows, and the first values of them that differed."""

    rows: int
    differences: tuple[Difference, ...]


async def keep_repair(
    connection: AsyncConnection[Any], generation: Generation, rows: int, differences: Sequence[Difference]
) -> None:
    """To be reported, inside the transaction that repaired so many rows."""
    await connection.execute(
        "INSERT INTO groundswell.repairs (system, generation, repaired, differences) VALUES (%s, %s, %s, %s)",
        (generation.system, generation.number, rows, Jsonb(differences)),
    )


async def take_repairs(connection: AsyncConnection[Any], system: str, differences_max: int) -> Repairs:
    """All that was not reported yet, of whichever generation, inside the transaction that reports it."""
    cursor = await connection.execute(
        "WITH taken AS (DELETE FROM groundswell.repairs WHERE system = %s RETURNING *)"
        " SELECT repaired, differences FROM taken ORDER BY id",
        (system,),
    )
    taken = await cursor.fetchall()
    differences = [Difference(*told) for _, found in taken for told in found]
    return Repairs(sum(rows for rows, _ in taken), tuple(differences[:differences_max]))
