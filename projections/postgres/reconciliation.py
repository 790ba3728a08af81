"""Drift: rows that are not what follows from others. It is looked for without a lock and repaired under one.

A flush is one transaction, so every snapshot holds rows that fit each other: looking for drift locks nothing
and holds up nobody. What was found is computed once more, a few owners at a time, in transactions that first
lock the positions of the generation: flushes begin with these, so they wait that long, and nothing moves in
between. Whatever stops in the middle has repaired what it has repaired: that is no drift any more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import psycopg
import structlog
from psycopg import AsyncConnection, sql

from events.errors import GroundswellError
from events.partitioning import partition_of
from projections.postgres.aging import number_at
from projections.postgres.generations import Generation, filled
from projections.postgres.promotion import LOCK_POSITIONS
from projections.postgres.recalculation import plan_for_whole_tables
from projections.read_model import ReadModel
from projections.recomputation import Difference, Recomputed
from projections.redis.outbox import leave
from projections.redis.touched import Touched
from projections.tables import CounterTable

log = structlog.get_logger(__name__)

SEARCH_SECONDS_MAX: Final = 600
"""To compare one table as a whole."""
OWNERS_TOGETHER_MAX: Final = 50
"""Values of the first key column that one transaction repairs."""
REPAIR_SECONDS_MAX: Final = 60
LOCK_ATTEMPTS_MAX: Final = 10
"""A flush or the job that ages rows may hold what is to be repaired for longer than a lock is waited for."""


class NotActive(GroundswellError):
    """Another generation became the active one meanwhile: run it again, it looks at that one."""

    code = "not_active"


@dataclass
class Drift:
    """What was found. ``checked``, ``drifted`` and ``repaired`` count rows; ``differences`` are the rows
    repaired, with their table."""

    checked: int = 0
    drifted: int = 0
    repaired: int = 0
    differences: list[tuple[Recomputed, Difference]] = field(default_factory=list)


@dataclass(frozen=True)
class Reconciliation:
    """Of one generation: the videos changed ``since``, say, and all that follows from them. ``topic`` has
    that many ``partitions``; at most ``differences_max`` differences are kept."""

    generation: Generation
    model: ReadModel
    topic: str
    partitions: int
    since: datetime
    differences_max: int

    async def run(self, connection: AsyncConnection[Any]) -> Drift:
        """Looks for drift and repairs it, table by table: what follows from a table is looked at behind it.
        Raises NotActive."""
        drift = Drift()
        for recomputed in self.model.recomputed:
            for owners in _chunks(await self._look(connection, recomputed, drift)):
                repaired = await self._repair(connection, recomputed, owners)
                drift.repaired += len(repaired)
                room = self.differences_max - len(drift.differences)
                drift.differences += [(recomputed, difference) for difference in repaired[:room]]
        return drift

    async def _look(
        self, connection: AsyncConnection[Any], recomputed: Recomputed, drift: Drift
    ) -> list[str]:
        """Counts rows, and answers the owners of those that drifted."""
        async with connection.transaction():
            await plan_for_whole_tables(connection, SEARCH_SECONDS_MAX)
            statement = _search(self.generation, recomputed)
            cursor = await connection.execute(statement, {"since": self.since, "owners": None}, prepare=False)
            row = await cursor.fetchone()
        assert row is not None, "an aggregate answers one row"
        checked, drifted, owners = row
        drift.checked += checked
        drift.drifted += drifted
        return owners or []

    async def _repair(
        self, connection: AsyncConnection[Any], recomputed: Recomputed, owners: list[str]
    ) -> list[Difference]:
        attempt = 1
        while True:
            try:
                async with connection.transaction():
                    return await self._repair_locked(connection, recomputed, owners)
            except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
                attempt += 1
                if attempt > LOCK_ATTEMPTS_MAX:
                    raise

    async def _repair_locked(
        self, connection: AsyncConnection[Any], recomputed: Recomputed, owners: list[str]
    ) -> list[Difference]:
        """The rows of these owners as they should be, inside the caller's transaction."""
        await plan_for_whole_tables(connection, REPAIR_SECONDS_MAX)
        # Who folds has what was repaired in its memory, and the log does not hold it: worth a sync.
        await connection.execute("SET LOCAL synchronous_commit = on")
        await connection.execute(LOCK_POSITIONS, (self.generation.system, self.generation.number))
        await self._require_active(connection)
        statement = _repair(self.generation, recomputed)
        cursor = await connection.execute(statement, {"owners": owners}, prepare=False)
        found = await cursor.fetchall()
        width = len(recomputed.key)
        differences: list[Difference] = [(row[:width], row[width], row[width + 1]) for row in found]
        if differences:
            log.warning(
                "drift_repaired",
                system=self.generation.system,
                table=recomputed.table.name,
                rows=len(differences),
                first=differences[0],
            )
            await self._tell_workers(connection, recomputed, differences)
        return differences

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
        self, connection: AsyncConnection[Any], recomputed: Recomputed, differences: Sequence[Difference]
    ) -> None:
        """Whoever has the rows in memory folds no further and starts afresh; the cache is filled anew."""
        if recomputed.is_state:
            partitions = sorted({partition_of(key[0], self.partitions) for key, _, _ in differences})
            await connection.execute(
                "UPDATE groundswell.positions SET epoch = epoch + 1"
                " WHERE system = %s AND generation = %s AND topic = %s AND partition = ANY (%s)",
                (self.generation.system, self.generation.number, self.topic, partitions),
            )
        if self.model.cached is not None:
            await leave(connection, self.generation, Touched(everything=True))


def _chunks(owners: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(owners), OWNERS_TOGETHER_MAX):
        yield owners[start : start + OWNERS_TOGETHER_MAX]


def _names(names: Sequence[str], of: str = "") -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(of, name) if of else sql.Identifier(name) for name in names)


def _stored(generation: Generation, recomputed: Recomputed) -> sql.Composed:
    """The rows as they stand; one of zeros means the same as none."""
    selected = sql.SQL("SELECT {} FROM {} AS t").format(
        _names((*recomputed.key, *recomputed.compared), "t"),
        sql.Identifier(generation.schema, recomputed.table.name),
    )
    if not isinstance(recomputed.table, CounterTable):
        return selected
    sums = sql.SQL(", ").join(sql.Identifier("t", name) for name in recomputed.table.sums)
    zeros = sql.SQL(", ").join([sql.Literal(0)] * len(recomputed.table.sums))
    return sql.SQL("{} WHERE ({}) <> ({})").format(selected, sums, zeros)


def _computed(generation: Generation, recomputed: Recomputed) -> sql.Composed:
    magnitudes = {
        name: sql.SQL(", ").join(map(sql.Literal, (kept.least, kept.most, kept.pivot)))
        for name, kept in recomputed.magnitudes.items()
    }
    return filled(recomputed.computed, generation, **magnitudes)


def _compared(recomputed: Recomputed) -> dict[str, sql.Composable]:
    """Pieces that the statements below have in common: `s` is what stands, `e` what should."""
    compared = recomputed.compared
    texts = {
        side: sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(side, name)) for name in compared)
        for side in "se"
    }
    return {
        "join": sql.SQL("JOIN" if recomputed.columns else "FULL JOIN"),
        "keys": _names(recomputed.key),
        "owner": sql.Identifier(recomputed.key[0]),
        "s_owner": sql.Identifier("s", recomputed.key[0]),
        "e_owner": sql.Identifier("e", recomputed.key[0]),
        "differs": sql.SQL("ROW({}) IS DISTINCT FROM ROW({})").format(
            _names(compared, "s"), _names(compared, "e")
        ),
        "was": texts["s"],
        "became": texts["e"],
    }


def _search(generation: Generation, recomputed: Recomputed) -> sql.Composed:
    """Counts the rows in the scope and those that drifted, and names the owners of these. A row that nothing
    stands behind has drifted, whatever the scope."""
    return sql.SQL(
        "SELECT count(*), count(*) FILTER (WHERE differs),"
        " array_agg(DISTINCT owner) FILTER (WHERE differs) FROM ("
        "SELECT {owner} AS owner, {differs} AS differs"
        " FROM ({stored}) AS s {join} ({computed}) AS e USING ({keys})"
        " WHERE {e_owner} IS NULL OR {owner} IN (SELECT * FROM ({scope}) AS scope)"
        ") AS compared"
    ).format(
        stored=_stored(generation, recomputed),
        computed=_computed(generation, recomputed),
        scope=filled(recomputed.scope, generation),
        **_compared(recomputed),
    )


def _repair(generation: Generation, recomputed: Recomputed) -> sql.Composed:
    """Puts the rows of %(owners)s that drifted, and answers each: its key, how it stood, how it stands
    now."""
    pieces = _compared(recomputed)
    drift = sql.SQL(
        "WITH stored AS MATERIALIZED (SELECT * FROM ({stored}) AS s WHERE {owner} = ANY (%(owners)s)),"
        " expected AS MATERIALIZED (SELECT * FROM ({computed}) AS e WHERE {owner} = ANY (%(owners)s)),"
        " drift AS MATERIALIZED (SELECT {keys},"
        " CASE WHEN {s_owner} IS NOT NULL THEN ARRAY[{was}] END AS was,"
        " CASE WHEN {e_owner} IS NOT NULL THEN ARRAY[{became}] END AS became"
        " FROM stored AS s {join} expected AS e USING ({keys}) WHERE {differs})"
    ).format(stored=_stored(generation, recomputed), computed=_computed(generation, recomputed), **pieces)
    return sql.SQL("{}, {} SELECT {}, was, became FROM drift ORDER BY {}").format(
        drift,
        _updated(generation, recomputed) if recomputed.columns else _replaced(generation, recomputed),
        pieces["keys"],
        pieces["keys"],
    )


def _updated(generation: Generation, recomputed: Recomputed) -> sql.Composed:
    return sql.SQL(
        "put AS (UPDATE {table} AS t SET ({columns}) = ROW({values})"
        " FROM expected AS e JOIN drift USING ({keys}) WHERE ({t_keys}) = ({e_keys}))"
    ).format(
        table=sql.Identifier(generation.schema, recomputed.table.name),
        columns=_names(recomputed.compared),
        values=_names(recomputed.compared, "e"),
        keys=_names(recomputed.key),
        t_keys=_names(recomputed.key, "t"),
        e_keys=_names(recomputed.key, "e"),
    )


def _replaced(generation: Generation, recomputed: Recomputed) -> sql.Composed:
    """In the order of the keys, as flushes lock rows."""
    columns = list(recomputed.compared)
    values: list[sql.Composable] = [sql.Identifier("e", name) for name in columns]
    aging = recomputed.table.aging if isinstance(recomputed.table, CounterTable) else None
    if aging is not None:
        columns.append(aging.column)
        values.append(number_at(aging, sql.Identifier("e", aging.since)))
    return sql.SQL(
        "gone AS (DELETE FROM {table} AS t USING drift AS d"
        " WHERE d.became IS NULL AND ({t_keys}) = ({d_keys})),"
        " put AS (INSERT INTO {table} ({keys}, {columns}) SELECT {keys}, {values}"
        " FROM expected AS e JOIN drift USING ({keys}) ORDER BY {keys}"
        " ON CONFLICT ({keys}) DO UPDATE SET ({columns}) = ROW({excluded}))"
    ).format(
        table=sql.Identifier(generation.schema, recomputed.table.name),
        keys=_names(recomputed.key),
        t_keys=_names(recomputed.key, "t"),
        d_keys=_names(recomputed.key, "d"),
        columns=_names(columns),
        values=sql.SQL(", ").join(values),
        excluded=_names(columns, "excluded"),
    )
