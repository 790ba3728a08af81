"""What was folded and is not yet frozen into a flush."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from operator import add
from time import monotonic
from typing import Any, Final

from projections.postgres.flush import Flush, PositionMove
from projections.tables import CounterTable, Key, StateTable, Table
from streams.batch import Record
from streams.engine_tables import DEAD_LETTERS, DeadLetter
from streams.folding import EACH, Weigh
from streams.pace import GATHERED_ROWS_MAX

SETTLED_ROWS: Final = 3
"""Rows that follow from a settled one, where its system does not weigh it."""
GATHERED_BYTES_MAX: Final = 96 << 20
"""Folding waits while records of this size are gathered: rows hold what they say."""
GATHERED_DEAD_BYTES_MAX: Final = 16 << 20
"""Folding waits while dead letters of this size are gathered: they carry their records."""


class Gathering:
    """Deltas of counters, rows of states and moves of positions, one entry per distinct row."""

    def __init__(
        self,
        tables: Iterable[Table],
        rows_max: int = GATHERED_ROWS_MAX,
        settled: Mapping[StateTable[Any], Weigh | None] | None = None,
    ) -> None:
        self.counters: dict[CounterTable, defaultdict[Key, list[int]]] = {}
        self.states: dict[StateTable[Any], dict[Key, Any]] = {}
        for table in tables:
            if isinstance(table, CounterTable):
                # A new row of zeros without entering Python code: this runs for each distinct row.
                self.counters[table] = defaultdict(partial([0].__mul__, len(table.sums)))
            else:
                self.states[table] = {}
        self._weighs = settled or {}
        self._weights: dict[StateTable[Any], dict[Key, int]] = {table: {} for table in self._weighs}
        self.before: dict[StateTable[Any], dict[Key, Any]] = {table: {} for table in self._weighs}
        """Rows of the tables that are settled, as they were when this gathering began."""
        self.settling = 0
        """About how many rows will follow from those that changed."""
        self.followed: dict[CounterTable, set[Key]] = {
            table: set() for table in self.counters if table.followed is not None
        }
        self.moves: dict[int, PositionMove] = {}
        self.refreshed: dict[tuple[str, Key], None] = {}
        self.records = 0
        self.record_bytes = 0
        self.dead_bytes = 0
        self.rows_max = rows_max
        self.has_chore_page = False
        self.only: tuple[int, Record] | None = None
        self.began_at = monotonic()

    def put(self, table: StateTable[Any], row: Any) -> None:
        """A row that the engine itself writes."""
        self.states[table][table.key_of(row)] = row

    def count(self, table: CounterTable, key: Key, column: int, value: Any) -> None:
        """Adds to a counter's row: to a summed column, or to each of them (column EACH)."""
        if column == EACH:
            # A list of its own: single columns may be added to it next.
            self.bring(table, key, [*value])
        else:
            self.counters[table][key][column] += value

    def bring(self, table: CounterTable, key: Key, sums: Sequence[int]) -> None:
        """Adds to each summed column of a counter's row. Kept as it came until more is added: what one video
        brings goes to twenty rows, most of which it alone brings something."""
        rows: dict[Key, Any] = self.counters[table]
        row = rows.get(key)
        rows[key] = sums if row is None else [*map(add, row, sums)]

    def change(self, table: StateTable[Any], key: Key, before: Any, row: Any) -> None:
        """A row of a table that is settled becomes another."""
        weigh, weights = self._weighs[table], self._weights[table]
        known = weights.get(key)
        if known is None:
            self.before[table][key] = before
            known = 0
        weight = SETTLED_ROWS if weigh is None else weigh(self.before[table][key], row)
        if weight > known:
            weights[key] = weight
            self.settling += weight - known

    def read(self, partition: int, records: Sequence[Record]) -> None:
        """Counts records; while a flush holds a single one it is remembered, in case that Postgres refuses
        it."""
        is_single = self.records == 0 and len(records) == 1 and not self.has_chore_page
        self.only = (partition, records[0]) if is_single else None
        self.records += len(records)
        self.record_bytes += sum([len(record.value or b"") for record in records])

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
        gathered = sum(map(len, self.counters.values())) + sum(map(len, self.states.values()))
        return gathered + self.settling

    @property
    def is_full(self) -> bool:
        return (
            self.rows >= self.rows_max
            or self.record_bytes >= GATHERED_BYTES_MAX
            or self.dead_bytes >= GATHERED_DEAD_BYTES_MAX
        )

    @property
    def age_seconds(self) -> float:
        return monotonic() - self.began_at

    def flush(self) -> Flush:
        """As the writer takes it."""
        moves = [self.moves[p] for p in sorted(self.moves)]
        return Flush(self.counters, self.states, moves, self.records, followed=self.followed)
