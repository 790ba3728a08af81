"""What was folded and is not yet frozen into a flush."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import Any, Final

from projections.postgres.flush import Flush, PositionMove
from projections.tables import CounterTable, Key, StateTable, Table
from streams.batch import Record
from streams.engine_tables import DEAD_LETTERS, DeadLetter
from streams.pace import GATHERED_ROWS_MAX

SETTLED_ROWS_EACH: Final = 14
"""Rows that follow from a settled one, about."""
GATHERED_DEAD_BYTES_MAX: Final = 16 << 20
"""Folding waits while dead letters of this size are gathered: they carry their records."""


class Gathering:
    """Deltas of counters, rows of states and moves of positions, one entry per distinct row."""

    def __init__(
        self,
        tables: Iterable[Table],
        rows_max: int = GATHERED_ROWS_MAX,
        settled: Iterable[StateTable[Any]] = (),
    ) -> None:
        self.counters: dict[CounterTable, defaultdict[Key, list[int]]] = {}
        self.states: dict[StateTable[Any], dict[Key, Any]] = {}
        for table in tables:
            if isinstance(table, CounterTable):
                # A new row of zeros without entering Python code: this runs for each distinct row.
                self.counters[table] = defaultdict(partial([0].__mul__, len(table.sums)))
            else:
                self.states[table] = {}
        self.before: dict[StateTable[Any], dict[Key, Any]] = {table: {} for table in settled}
        """Rows of the tables that are settled, as they were when this gathering began."""
        self.followed: dict[CounterTable, set[Key]] = {
            table: set() for table in self.counters if table.followed is not None
        }
        self.moves: dict[int, PositionMove] = {}
        self.refreshed: dict[tuple[str, Key], None] = {}
        self.records = 0
        self.dead_bytes = 0
        self._rows_max = rows_max
        self.has_chore_page = False
        self.only: tuple[int, Record] | None = None
        self.began_at = monotonic()

    def put(self, table: StateTable[Any], row: Any) -> None:
        """A row that the engine itself writes."""
        self.states[table][table.key_of(row)] = row

    def read(self, partition: int, records: Sequence[Record]) -> None:
        """Counts records; while a flush holds a single one it is remembered, in case that Postgres refuses
        it."""
        is_single = self.records == 0 and len(records) == 1 and not self.has_chore_page
        self.only = (partition, records[0]) if is_single else None
        self.records += len(records)

    def visit(self) -> None:
        """A page of a chore goes in: what Postgres may refuse now is not a record's fault alone."""
        self.has_chore_page = True
        self.only = None

    def aside(self, row: DeadLetter) -> "Gathering":
        """Instead of this one, whose only record Postgres refuses: the record as a dead letter, and nothing
        else."""
        instead = Gathering((*self.counters, *self.states))
        instead.put(DEAD_LETTERS, row)
        instead.records = 1
        instead.moves = dict(self.moves)
        instead.moves[row.partition] = replace(self.moves[row.partition], applied=0, duplicates=0, dead=1)
        return instead

    @property
    def is_empty(self) -> bool:
        return not self.moves

    @property
    def rows(self) -> int:
        settled = sum(map(len, self.before.values()))
        gathered = sum(map(len, self.counters.values())) + sum(map(len, self.states.values()))
        return gathered + SETTLED_ROWS_EACH * settled

    @property
    def is_full(self) -> bool:
        return self.rows >= self._rows_max or self.dead_bytes >= GATHERED_DEAD_BYTES_MAX

    @property
    def age_seconds(self) -> float:
        return monotonic() - self.began_at

    def flush(self) -> Flush:
        """As the writer takes it."""
        moves = [self.moves[p] for p in sorted(self.moves)]
        return Flush(self.counters, self.states, moves, self.records, followed=self.followed)
