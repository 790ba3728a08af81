"""States in memory: the newest row of each key that was loaded or folded, valid as long as the assignment."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final

from events.settings import CACHED_ROWS_DEFAULT
from projections.tables import Key, Row, StateTable

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class NotLoaded(Exception):
    """A fold read a state that was not loaded for it: the engine loads it and asks the fold again."""

    def __init__(self, table: StateTable[Any], key: Key) -> None:
        super().__init__(f"{table.name} {key}")
        self.table = table
        self.key = key


class StateCache:
    """Rows by table and key; None stands for "there is no such row"."""

    def __init__(self, tables: Iterable[StateTable[Any]], rows_max: int = CACHED_ROWS_DEFAULT) -> None:
        self.rows: dict[StateTable[Any], dict[Key, Any]] = {table: {} for table in tables}
        self.rows_max = rows_max

    def evict(self, unwritten: Sequence[Mapping[StateTable[Any], Mapping[Key, Any]]]) -> None:
        """Makes room in the largest tables, oldest entries first; rows that are not committed yet stay."""
        for table, rows in self.rows.items():
            if not table.kept:
                for key in _committed(rows, table, unwritten):
                    del rows[key]
        excess = sum(map(len, self.rows.values())) - self.rows_max
        if excess <= 0:
            return
        share = self.rows_max // len(self.rows)
        for table, rows in sorted(self.rows.items(), key=lambda each: len(each[1]), reverse=True):
            oldest = islice(rows, max(0, min(excess, len(rows) - share)))
            gone = _committed(oldest, table, unwritten)
            for key in gone:
                del rows[key]
            excess -= len(gone)


def _committed(
    keys: Iterable[Key],
    table: StateTable[Any],
    unwritten: Sequence[Mapping[StateTable[Any], Mapping[Key, Any]]],
) -> list[Key]:
    others = [rows[table] for rows in unwritten if rows.get(table)]
    return [key for key in keys if not any(key in rows for rows in others)]


class PartitionStates:
    """What a fold sees: the states of its partition, and when the record at hand was appended."""

    __slots__ = ("_at", "_at_ms", "_rows", "appended_ms", "cache", "parameters", "partition")

    def __init__(self, partition: int, cache: StateCache, parameters: Mapping[str, float]) -> None:
        self.partition = partition
        self.parameters = parameters
        self.appended_ms = 0
        self.cache = cache
        self._rows = cache.rows
        self._at, self._at_ms = EPOCH, 0

    @property
    def reads_anything(self) -> bool:
        """Whether the system has states at all."""
        return bool(self._rows)

    @property
    def appended_at(self) -> datetime:
        if self._at_ms != self.appended_ms:
            # The records of a batch were mostly appended in the same millisecond.
            self._at, self._at_ms = EPOCH + timedelta(milliseconds=self.appended_ms), self.appended_ms
        return self._at

    def get(self, table: StateTable[Row], key: Key) -> Row | None:
        """The row as of the event before, or None. Raises NotLoaded where it is not in memory."""
        try:
            row: Row | None = self._rows[table][key]
        except KeyError:
            raise NotLoaded(table, key) from None
        return row
