"""Deaths: a record that kills worker after worker stops its system, rather than be read for ever.

The supervisor tells a fresh worker that the one before it died uncleanly. At its first take-over the worker
counts a death for each partition in which a record waits: one more where the position is that of the death
before. What was folded and not committed is folded again in ever smaller flushes, so that the record that
kills comes to stand alone, at the position, and what is harmless gets out of the way.
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
SUSPECTED_RECORDS_MAX: Final = 250_000
"""So many records behind the position may be folded and not committed when a worker dies."""
CAUTIOUS_RECORDS: Final = 512
"""They are folded again with so many in a flush, after the next death with a share of them, ..."""
CAUTION_DIVISOR: Final = 32

# ... or one by one where nothing was committed in between. A cautious worker has one flush in hand: only what
# that held is suspected from then on.
COUNT: Final = """
UPDATE groundswell.positions p
SET deaths = CASE WHEN died_at = next_offset THEN deaths + 1 ELSE 1 END,
    died_at = next_offset,
    cautious_records = CASE
        WHEN next_offset >= cautious_until THEN %(records)s
        WHEN died_at = next_offset THEN 1
        ELSE greatest(1, cautious_records / %(divisor)s) END,
    cautious_until = CASE
        WHEN next_offset >= cautious_until THEN least(w.ends, next_offset + %(suspected)s)
        ELSE least(cautious_until, next_offset + cautious_records) END
FROM unnest(%(partitions)s::int[], %(ends)s::bigint[]) AS w (partition, ends)
WHERE p.system = %(system)s AND p.generation = %(generation)s AND p.topic = %(topic)s
  AND p.partition = w.partition
RETURNING p.partition, next_offset, deaths, cautious_until, cautious_records
"""


async def count_death(
    connection: AsyncConnection[Any], generation: Generation, assignment: Assignment
) -> None:
    """Counts it where a record waits. Raises RecordKillsWorkers at the third at one position."""
    waiting = {p: o.highwater for p, o in assignment.partitions.items() if o.highwater > o.position}
    parameters = {
        "records": CAUTIOUS_RECORDS,
        "divisor": CAUTION_DIVISOR,
        "suspected": SUSPECTED_RECORDS_MAX,
        "system": generation.system,
        "generation": generation.number,
        "topic": assignment.topic,
        "partitions": [*waiting],
        "ends": [*waiting.values()],
    }
    async with connection.transaction():
        await connection.execute("SET LOCAL synchronous_commit = on")
        cursor = await connection.execute(COUNT, parameters)
        counted = await cursor.fetchall()
    for partition, offset, deaths, until, records in counted:
        log.warning("worker_died", topic=assignment.topic, partition=partition, offset=offset, deaths=deaths)
        owned = assignment.partitions[partition]
        owned.cautious_until, owned.cautious_records = until, records
    killers = sorted((p, offset) for p, offset, deaths, *_ in counted if deaths >= DEATHS_MAX)
    if killers:
        places = ", ".join(f"{assignment.topic}:{p}:{offset}" for p, offset in killers)
        raise RecordKillsWorkers(
            f"{DEATHS_MAX} workers of {generation.system} in a row died uncleanly (killed, or out of memory)"
            f" when {places} was next: look at the record and at the workers' log. A worker started by hand"
            " tries again"
        )
