"""Drift: rows that are not what follows from others. It is looked for without a lock and repaired under one.

A flush is one transaction, so every snapshot holds rows that fit each other: looking for drift locks nothing
and holds up nobody. What was found is computed once more, a few rows at a time, in transactions that first
lock the positions of the generation: flushes begin with these, so they wait that long, and nothing moves in
between. Whatever stops in the middle has repaired what it has repaired: that is no drift any more, and it
stays to be reported (projections/postgres/repairs.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import psycopg
import structlog
from psycopg import AsyncConnection

from events.errors import GroundswellError
from events.partitioning import partition_of
from projections.postgres.drift_statements import repair, search
from projections.postgres.generations import Generation
from projections.postgres.promotion import LOCK_POSITIONS
from projections.postgres.recalculation import plan_for_whole_tables
from projections.postgres.repairs import keep_repair
from projections.read_model import ReadModel
from projections.recomputation import Difference, Recomputed
from projections.redis.outbox import leave
from projections.redis.touched import Touched

log = structlog.get_logger(__name__)

SEARCH_SECONDS_MAX: Final = 600
"""To compare one table as a whole."""
ROWS_TOGETHER_MAX: Final = 200
"""Rows that one transaction repairs."""
REPAIR_MS_MAX: Final = 2_500
"""For them: flushes wait for a lock longer than that. What takes longer is halved."""
ROW_REPAIR_MS_MAX: Final = 8_000
"""For one row alone, which nothing makes smaller; less than the shortest session timeout, 10 s."""
LOCK_ATTEMPTS_MAX: Final = 10
"""A flush or the job that ages rows may hold what is to be repaired for longer than a lock is waited for."""

Keys = Sequence[Sequence[str]]


class NotActive(GroundswellError):
    """Another generation became the active one meanwhile: run it again, it looks at that one."""

    code = "not_active"


@dataclass
class Drift:
    """What a run found, in rows."""

    checked: int = 0
    drifted: int = 0
    repaired: int = 0


@dataclass(frozen=True)
class Reconciliation:
    """Of one generation: all that follows from its videos, say; their own scores of those changed ``since``.
    ``topic`` has that many ``partitions``; at most ``differences_max`` values that differed are kept."""

    generation: Generation
    model: ReadModel
    topic: str
    partitions: int
    since: datetime
    differences_max: int

    async def run(self, connection: AsyncConnection[Any]) -> Drift:
        """Looks for drift and repairs it, table by table: what follows from a table is looked at behind it.

        Every repair is left to be reported. The connection's plans are those of lookups by index. Raises
        NotActive.
        """
        drift = Drift()
        for recomputed in self.model.recomputed:
            await self._reconcile(connection, recomputed, drift)
        return drift

    async def _reconcile(
        self, connection: AsyncConnection[Any], recomputed: Recomputed, drift: Drift
    ) -> None:
        """The keys of what drifted stay on the server, and come as they are repaired."""
        async with connection.cursor(name="drifted", withhold=True) as found:
            async with connection.transaction():
                await plan_for_whole_tables(connection, SEARCH_SECONDS_MAX)
                # All rows are asked for, not the first ones soon.
                await connection.execute("SET LOCAL cursor_tuple_fraction = 1")
                await found.execute(search(self.generation, recomputed), {"since": self.since})
            while rows := await found.fetchmany(ROWS_TOGETHER_MAX):
                drift.checked += sum(count for _, count in rows)
                if keys := [key for key, _ in rows if key is not None]:
                    drift.drifted += len(keys)
                    drift.repaired += await self._repair(connection, recomputed, keys, drift.repaired)

    async def _repair(
        self, connection: AsyncConnection[Any], recomputed: Recomputed, keys: Keys, repaired_before: int
    ) -> int:
        """Answers how many rows were put right. A row whose turn takes too long stays as it is."""
        try:
            return await self._repair_patiently(connection, recomputed, keys, repaired_before)
        except psycopg.errors.QueryCanceled:
            if len(keys) == 1:
                log.error(
                    "drift_not_repaired",
                    system=self.generation.system,
                    table=recomputed.table.name,
                    key=keys[0],
                    milliseconds_max=ROW_REPAIR_MS_MAX,
                    next="reconcile again when Postgres has less to do; `groundswell rebuild` mends all",
                )
                return 0
        half = len(keys) // 2
        first = await self._repair(connection, recomputed, keys[:half], repaired_before)
        return first + await self._repair(connection, recomputed, keys[half:], repaired_before + first)

    async def _repair_patiently(
        self, connection: AsyncConnection[Any], recomputed: Recomputed, keys: Keys, repaired_before: int
    ) -> int:
        attempt = 1
        while True:
            try:
                async with connection.transaction():
                    return await self._repair_locked(connection, recomputed, keys, repaired_before)
            except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
                attempt += 1
                if attempt > LOCK_ATTEMPTS_MAX:
                    raise

    async def _repair_locked(
        self, connection: AsyncConnection[Any], recomputed: Recomputed, keys: Keys, repaired_before: int
    ) -> int:
        """The rows of these keys as they should be, inside the caller's transaction."""
        # Who folds has what was repaired in its memory, and the log does not hold it: worth a sync.
        await connection.execute("SET LOCAL synchronous_commit = on")
        await connection.execute(LOCK_POSITIONS, (self.generation.system, self.generation.number))
        await self._require_active(connection)
        limit_ms = REPAIR_MS_MAX if len(keys) > 1 else ROW_REPAIR_MS_MAX
        await connection.execute(f"SET LOCAL statement_timeout = {limit_ms}")
        columns = {f"key_{number}": list(column) for number, column in enumerate(zip(*keys, strict=True))}
        cursor = await connection.execute(repair(self.generation, recomputed), columns, prepare=False)
        rows = await cursor.fetchall()
        if rows:
            differences = [each for row in rows for each in _differences(recomputed, row)]
            log.warning(
                "drift_repaired",
                system=self.generation.system,
                table=recomputed.table.name,
                rows=len(rows),
                first=differences[:1],
            )
            room = max(0, self.differences_max - repaired_before)
            await keep_repair(connection, self.generation, len(rows), differences[:room])
            await self._tell_workers(connection, recomputed, [row[0] for row in rows])
        return len(rows)

    async def _require_active(self, connection: AsyncConnection[Any]) -> None:
        cursor = await connection.execute(
            "SELECT active FROM groundswell.generations WHERE system = %s AND generation = %s FOR SHARE",
            (self.generation.system, self.generation.number),
        )
        row = await cursor.fetchone()
        if row is None or not row[0]:
            raise NotActive(
                f"generation {self.generation.number} of {self.generation.system} is not the active one any"
                " more: run it again, it looks at that one"
            )

    async def _tell_workers(
        self, connection: AsyncConnection[Any], recomputed: Recomputed, keys: Sequence[str]
    ) -> None:
        """Whoever has the rows in memory folds no further and starts afresh; the cache is filled anew."""
        if recomputed.is_state:
            partitions = sorted({partition_of(key, self.partitions) for key in keys})
            await connection.execute(
                "UPDATE groundswell.positions SET epoch = epoch + 1"
                " WHERE system = %s AND generation = %s AND topic = %s AND partition = ANY (%s)",
                (self.generation.system, self.generation.number, self.topic, partitions),
            )
        if self.model.cached is not None:
            await leave(connection, self.generation, Touched(everything=True))


def _differences(recomputed: Recomputed, row: tuple[Any, ...]) -> list[Difference]:
    """The values that differed in a row that was repaired."""
    *key, was, became = row
    nothing = [None] * len(recomputed.compared)
    return [
        Difference(recomputed.table.name, [str(part) for part in key], column, before, after)
        for column, before, after in zip(recomputed.compared, was or nothing, became or nothing, strict=True)
        if before != after
    ]
