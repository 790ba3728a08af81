"""A flush: everything that was folded since the last one, committed with the positions in one transaction."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from psycopg import AsyncConnection

from projections.postgres.generations import Generation
from projections.postgres.merge import CounterMerge, StateMerge
from projections.postgres.staging import (
    CREATE,
    CREATE_INDEX,
    CREATE_PLAIN,
    DELETE,
    EMPTY,
    PILED_LINES_MAX,
    copy_statement,
)
from projections.postgres.windows import WindowMerge
from projections.read_model import ReadModel
from projections.redis.outbox import LEAVE, leaving
from projections.redis.touched import Touched
from projections.tables import CounterTable, Key, StateTable, Table, gathered, spread

MERGED_TOGETHER_ROWS_MAX: Final = 5_000
"""A flush up to this size is staged by one COPY and merged by one statement; of a larger one each table has
its own, with its own time limit."""
NUMBERS_EACH: Final = 3
"""Numbers under which a table's lines are staged: its rows, keys to delete, keys to compute again."""
COPY_BLOCK_CHARACTERS: Final = 1 << 20
"""Staged text is sent in blocks of this size, so that other coroutines run in between."""


@dataclass
class PositionMove:
    """How one partition's position goes on, and what was read in between.

    Compare-and-set on (expected, epoch, flushes); ``flushes`` also moves where a flush holds only a chore's
    page, so that a commit in doubt can be told from one that failed.
    """

    topic: str
    partition: int
    epoch: int
    expected: int
    next_offset: int
    flushes: int = 0
    applied: int = 0
    duplicates: int = 0
    dead: int = 0
    last_offset: int | None = None
    last_checksum: int | None = None
    last_appended_ms: int | None = None


@dataclass(frozen=True)
class Staged:
    """The lines to copy in blocks, each with how many columns its lines have beside the number; about how
    many ``lines`` those are (keys staged once more do not count); and the calls that merge them, each
    of these numbers."""

    blocks: Sequence[tuple[int, str]]
    lines: int
    calls: Sequence[list[int]]


@dataclass
class Flush:
    """The rows of a flush by table, ready to be merged. ``records`` is how many records it holds, ``touched``
    what of it the cache has to follow; None where there is no cache. ``followed`` are keys whose columns that
    do not add are computed again. Once it is ``staged`` most of its rows are gone: as text they take a fifth
    of the memory, and whatever becomes of the flush, it is written by that text."""

    counters: Mapping[CounterTable, dict[Key, list[int]]]
    states: Mapping[StateTable[Any], dict[Key, Any]]
    moves: Sequence[PositionMove]
    records: int
    touched: Touched | None = None
    staged: "Staged | None" = None
    followed: Mapping[CounterTable, Collection[Key]] = field(default_factory=dict)

    @property
    def numbers(self) -> dict[int, int]:
        """By partition the number of this flush, once it is committed."""
        return {move.partition: move.flushes + 1 for move in self.moves}


MOVE: Final = """
WITH locked AS MATERIALIZED (
    SELECT topic, partition FROM groundswell.positions
    WHERE system = %(system)s AND generation = %(generation)s AND (topic, partition) IN (
        SELECT * FROM unnest(%(topic)s::text[], %(partition)s::int[]))
    ORDER BY topic, partition FOR UPDATE
), moved AS (
    UPDATE groundswell.positions p
    SET next_offset = m.next_offset, flushes = p.flushes + 1, applied = p.applied + m.applied,
        duplicates = p.duplicates + m.duplicates, dead = p.dead + m.dead,
        last_offset = coalesce(m.last_offset, p.last_offset),
        last_checksum = coalesce(m.last_checksum, p.last_checksum),
        last_appended_at = coalesce(to_timestamp(m.last_appended_ms / 1000.0), p.last_appended_at)
    FROM unnest(%(topic)s::text[], %(partition)s::int[], %(epoch)s::bigint[], %(expected)s::bigint[],
                %(flushes)s::bigint[], %(next_offset)s::bigint[], %(applied)s::bigint[],
                %(duplicates)s::bigint[], %(dead)s::bigint[],
                %(last_offset)s::bigint[], %(last_checksum)s::bigint[], %(last_appended_ms)s::bigint[])
        AS m (topic, partition, epoch, expected, flushes, next_offset, applied, duplicates, dead,
              last_offset, last_checksum, last_appended_ms)
    WHERE p.system = %(system)s AND p.generation = %(generation)s AND p.topic = m.topic
      AND p.partition = m.partition AND p.epoch = m.epoch AND p.next_offset = m.expected
      AND p.flushes = m.flushes
      AND EXISTS (SELECT FROM locked)
    RETURNING 1
)
SELECT groundswell.require_moved((SELECT count(*) FROM moved), %(count)s)
"""

MERGE: Final = "SELECT pg_temp.merge_rows(%s::int[])"
REFRESH: Final = "SELECT pg_temp.refresh_windows(%s::int[])"

POSITION_COLUMNS: Final = (
    "topic", "partition", "epoch", "expected", "flushes", "next_offset", "applied", "duplicates", "dead",
    "last_offset", "last_checksum", "last_appended_ms",
)  # fmt: skip


class FlushWriter:
    """Writes flushes of one generation through one connection, which nothing else uses.

    An error leaves the connection unusable: the caller closes it, opens another and asks the positions what
    became of the transaction. Without ``windows`` window rows stay as they are, for a job to go through.
    """

    def __init__(
        self,
        generation: Generation,
        model: ReadModel,
        engine_tables: Iterable[Table],
        *,
        windows: bool = True,
    ) -> None:
        self.generation = generation
        self.counters: dict[CounterTable, CounterMerge] = {}
        self.states: dict[StateTable[Any], StateMerge] = {}
        shared = tuple(engine_tables)
        staged = gathered((*model.tables, *shared))
        numbers: dict[Table, int] = {table: NUMBERS_EACH * i for i, table in enumerate(staged)}
        numbers.update({table: numbers[source] for table, source in spread(model.tables)})
        for table in staged:
            number = numbers[table]
            if isinstance(table, CounterTable):
                self.counters[table] = merge = CounterMerge.of(table, generation, numbers)
                for into in merge.counting:
                    assert numbers[into] > number, (
                        f"{into.name} counts rows of {table.name}: it must stand behind it"
                    )
            else:
                schema = "groundswell" if table in shared else generation.schema
                self.states[table] = StateMerge.of(table, number, schema)
        self.windows = [
            WindowMerge.of(table, [self.states[t].lines for t in table.touched_by], generation.schema)
            for table in (model.windows if windows else ())
        ]
        self._piled_lines = 0
        """What was staged since the staging table was empty."""

    async def prepare(self, connection: AsyncConnection[Any]) -> None:
        """Once on a new connection: the staging table, and a function that merges what is staged there."""
        self._piled_lines = 0
        await connection.execute(CREATE)
        await connection.execute(CREATE_PLAIN)
        await connection.execute(CREATE_INDEX)
        await connection.execute(self._merge_function().encode())
        blocks = [window.block for window in self.windows]
        await connection.execute(_function("refresh_windows", blocks).encode())

    def _merge_function(self) -> str:
        """All merges behind one call, in one order: a statement of its own for each would cost a flush
        milliseconds. It lives as long as the session, so it is always this process's."""
        merges: list[CounterMerge | StateMerge] = [*self.counters.values(), *self.states.values()]
        branches = [
            f"IF {number} = ANY (numbers) THEN {statement}; END IF;"
            for merge in sorted(merges, key=lambda merge: merge.lines.number)
            for number, statement in merge.statements
        ]
        return _function("merge_rows", branches)

    async def write(self, connection: AsyncConnection[Any], flush: Flush) -> int | None:
        """Stages the rows, holding no lock that anybody waits for, then moves the positions and merges.

        Answers the number of what it left in the cache's outbox."""
        if flush.staged is None:
            await self.stage(flush)
        staged = flush.staged
        assert staged is not None, "it was staged just now"
        await connection.execute("BEGIN")
        for width, blocks in groupby(staged.blocks, itemgetter(0)):
            async with connection.cursor().copy(copy_statement(width)) as copy:
                for _, block in blocks:
                    for start in range(0, len(block), COPY_BLOCK_CHARACTERS):
                        await copy.write(block[start : start + COPY_BLOCK_CHARACTERS])
        async with connection.pipeline():
            await connection.execute(MOVE, self._move_parameters(flush.moves))
            for together in staged.calls:
                await connection.execute(MERGE, (together,))
            if self.windows and staged.calls:
                numbers = [number for together in staged.calls for number in together]
                await connection.execute(REFRESH, (numbers,))
            left = None
            if flush.touched is not None:
                leaves = leaving(self.generation, flush.touched, flush.numbers)
                left = await connection.execute(LEAVE, leaves)
            if staged.blocks:
                await connection.execute(self._clearing(staged.lines))
            await connection.execute(b"COMMIT")
        row = None if left is None else await left.fetchone()
        return None if row is None else int(row[0])

    def _clearing(self, lines: int) -> bytes:
        """What removes these lines from the staging table."""
        self._piled_lines += lines
        if self._piled_lines < PILED_LINES_MAX:
            return DELETE
        self._piled_lines = 0
        return EMPTY

    async def stage(self, flush: Flush) -> None:
        """Makes the lines, a table after the other, and lets go of the rows that nobody else holds."""
        counters = [(self.counters[table], deltas) for table, deltas in flush.counters.items() if deltas]
        states = [(self.states[table], rows) for table, rows in flush.states.items() if rows]
        count = sum(len(deltas) for _, deltas in counters) + sum(len(rows) for _, rows in states)
        # One COPY for a small flush, so all lines are as wide. Of a larger one each table has its own.
        widths = [merge.lines.columns for merge, _ in counters] + [merge.lines.columns for merge, _ in states]
        least = max(widths, default=0) if count <= MERGED_TOGETHER_ROWS_MAX else 0
        blocks: list[tuple[int, str]] = []
        numbers: set[int] = set()
        for merge, deltas in counters:
            width = max(least, merge.lines.columns)
            for number, block in merge.staged(deltas, flush.followed.get(merge.table, ()), width):
                blocks.append((width, block))
                numbers.add(number)
                await asyncio.sleep(0)
            # Rows that appear or vanish are counted in rows that may not be staged themselves.
            numbers.update(self.counters[into].lines.number for into in merge.counting)
            deltas.clear()
        for state_merge, rows in states:
            width = max(least, state_merge.lines.columns)
            for number, block in state_merge.staged(rows, width):
                blocks.append((width, block))
                numbers.add(number)
                await asyncio.sleep(0)
            if state_merge.table.follows:
                rows.clear()
        flush.staged = Staged(blocks, count, _calls(sorted(numbers), count))

    def _move_parameters(self, moves: Sequence[PositionMove]) -> dict[str, Any]:
        columns = {name: [getattr(move, name) for move in moves] for name in POSITION_COLUMNS}
        return {
            **columns,
            "system": self.generation.system,
            "generation": self.generation.number,
            "count": len(moves),
        }


def _function(name: str, statements: Iterable[str]) -> str:
    """A function of this session, called with the numbers under which rows are staged."""
    body = "\n".join(statements)
    return (
        f"CREATE FUNCTION pg_temp.{name}(numbers int[]) RETURNS void LANGUAGE plpgsql AS $merge$\n"
        f"BEGIN\n{body}\nEND $merge$"
    )


def _calls(numbers: list[int], rows: int) -> list[list[int]]:
    """Which numbers are merged by one call, for so many rows."""
    if not numbers or rows <= MERGED_TOGETHER_ROWS_MAX:
        return [numbers] if numbers else []
    # Those of one table go together: its statements have their order.
    return [list(group) for _, group in groupby(numbers, lambda number: number // NUMBERS_EACH)]
