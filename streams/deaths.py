"""Deaths: a record that kills worker after worker stops its system, rather than be read for ever.

The supervisor tells a fresh worker that the one before it died uncleanly. At its first take-over the worker
counts a death for each partition whose next record waits at the same position as at the death before.
"""

from typing import Any, Final

import structlog
from psycopg import AsyncConnection

from projections.postgres.generations import Generation
from streams.assignment import Assignment
from streams.errors import RecordKillsWorkers

log = structlog.get_logger(__name__)

DEATHS_MAX: Final = 3
"""So many unclean deaths at one position stop the system. Kills from outside look the same: never fewer."""

COUNT: Final = """
UPDATE groundswell.positions
SET deaths = CASE WHEN died_at = next_offset THEN deaths + 1 ELSE 1 END, died_at = next_offset
WHERE system = %s AND generation = %s AND topic = %s AND partition = ANY (%s)
RETURNING partition, next_offset, deaths
"""


async def count_death(
    connection: AsyncConnection[Any], generation: Generation, assignment: Assignment
) -> None:
    """Counts it where a record waits. Raises RecordKillsWorkers at the third.

    The record that waits in each of these partitions is then folded and committed by itself, so that those
    that do no harm are not counted next time.
    """
    waiting = [p for p, owned in assignment.partitions.items() if owned.highwater > owned.position]
    async with connection.transaction():
        await connection.execute("SET LOCAL synchronous_commit = on")
        cursor = await connection.execute(
            COUNT, (generation.system, generation.number, assignment.topic, waiting)
        )
        counted = await cursor.fetchall()
    for partition, offset, deaths in counted:
        log.warning("worker_died", topic=assignment.topic, partition=partition, offset=offset, deaths=deaths)
        owned = assignment.partitions[partition]
        if not owned.is_cautious:
            owned.cautious_until, owned.cautious_records = offset + 1, 1
    killers = sorted((p, offset) for p, offset, deaths in counted if deaths >= DEATHS_MAX)
    if killers:
        places = ", ".join(f"{assignment.topic}:{p}:{offset}" for p, offset in killers)
        raise RecordKillsWorkers(
            f"{DEATHS_MAX} workers of {generation.system} in a row died uncleanly (killed, or out of memory)"
            f" when {places} was next: look at the record and at the workers' log. A worker started by hand"
            " tries again"
        )
