"""Compares what of system 5 depends on the minute: scores, and the heat that orders entries.

Nothing may be folded in between.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from projections.postgres.generations import Generation
from tests.simulation.compare import row_differences
from tests.simulation.compare_now import half_life, is_same_score
from tests.simulation.interactions_oracle import InteractionsExpected
from tests.simulation.interactions_oracle_now import entry_scores
from tests.simulation.oracle_facts import Row
from tests.simulation.oracle_heat import HEAT_BEGINS

_SCORES: Final = b"""
SELECT s.entry_id, s.trending_score, t.entry_id IS NOT NULL AS trends, t.heat,
    date_trunc('minute', statement_timestamp()) AS minute
FROM interactions.entry_scores s FULL JOIN interactions.entry_trends t ON t.entry_id = s.entry_id
"""


async def interactions_differences(
    connection: AsyncConnection[Any], generation: Generation, wanted: InteractionsExpected
) -> list[str]:
    """A line for each difference in what trends now, by score and by heat."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_SCORES)
        found = await cursor.fetchall()
    minute: datetime = found[0]["minute"] if found else HEAT_BEGINS
    life = half_life(generation)
    right = entry_scores(wanted.facts, minute, life)
    half_lives = (minute - HEAT_BEGINS) / life
    by_heat = [
        {
            "entry_id": row["entry_id"],
            "trending_score": Decimal(2 ** (row["heat"] - half_lives)) if row["trends"] else Decimal(0),
        }
        for row in found
    ]
    return _differences(f"entry_scores as of {minute}", found, right) + _differences(
        f"heat as of {minute}", by_heat, right
    )


def _differences(name: str, found: list[Row], wanted: list[Row]) -> list[str]:
    """Scores are the same when they are nearly the same."""
    scores: dict[Any, Any] = {row["entry_id"]: row["trending_score"] for row in wanted}
    settled = []
    for row in found:
        score: Any = row["trending_score"]
        right = scores.get(row["entry_id"])
        is_same = right is not None and score is not None and is_same_score(score, right)
        settled.append({"entry_id": row["entry_id"], "trending_score": right if is_same else score})
    return row_differences(name, ("entry_id",), settled, wanted)
