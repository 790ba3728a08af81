"""A fold without its engine: rows in dictionaries, events folded one at a time, chores by hand.

It is stricter than the engine where that finds mistakes: a rule may read only what its `reads` names.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from projections.tables import CounterTable, Key, Row, StateTable
from streams.folding import CACHE_GROUPS, CHORES, EACH, FOLLOW, WHOLE, Change, Duplicate, Fold, Refused
from streams.state_cache import NotLoaded
from tests.unit.spreading import SPREAD

APPENDED_AT = datetime(2026, 11, 21, 12, tzinfo=UTC)

Selection = Callable[[Mapping[str, Any], Any, "FoldDriver"], bool]
"""What a chore's page selects: (arguments, row, driver) -> whether the row is visited."""


class DriverStates:
    """What a rule sees: rows that `reads` named for this event or this visit, nothing else."""

    def __init__(self, partition: int, rows: Mapping[StateTable[Any], Mapping[Key, Any]]) -> None:
        self.partition = partition
        self.parameters: Mapping[str, float] = {"half_life_hours": 6.0}
        self.appended_at = APPENDED_AT
        self.loaded: set[tuple[StateTable[Any], Key]] = set()
        self._rows = rows

    def get(self, table: StateTable[Row], key: Key) -> Row | None:
        if (table, key) not in self.loaded:
            raise NotLoaded(table, key)
        row: Row | None = self._rows[table].get(key)
        return row

    def load(self, reads: Callable[[], Iterable[tuple[StateTable[Any], Key]]]) -> None:
        """Asks until an answer names nothing new, as the engine does."""
        self.loaded.clear()
        while True:
            named = set()
            try:
                for table, key in reads():
                    named.add((table, key))
            except NotLoaded as absent:
                if (absent.table, absent.key) not in named:
                    raise
            if named <= self.loaded:
                return
            self.loaded |= named


@dataclass
class DriverChore:
    """A chore that was started: the keys still to visit, once its page was read."""

    kind: str
    arguments: Mapping[str, Any]
    keys: list[Key] | None = None


class FoldDriver:
    """`given` events, then look at `rows`, `sums` and `outcomes`; what follows stands once `settled`."""

    def __init__(self, fold: Fold, selections: Mapping[str, Selection], partition: int = 0) -> None:
        self.fold = fold
        self.partition = partition
        self.rows: dict[StateTable[Any], dict[Key, Any]] = defaultdict(dict)
        self.chores: list[DriverChore] = []
        self.refreshed: list[tuple[str, Key]] = []
        self.outcomes: list[str] = []
        self.followed: list[tuple[CounterTable, Key]] = []
        self.selections = selections
        self._before: dict[StateTable[Any], dict[Key, Any]] = defaultdict(dict)
        self._counters: dict[CounterTable, dict[Key, list[int]]] = defaultdict(dict)
        self.states = DriverStates(partition, self.rows)

    def given(self, *events: Any, appended_at: datetime = APPENDED_AT) -> Self:
        """Folds these events in order; what became of each is added to `outcomes`."""
        for event in events:
            self.outcomes.append(self._fold(event, appended_at))
        return self

    def _fold(self, event: Any, appended_at: datetime) -> str:
        states = self.states
        states.appended_at = appended_at
        self.states.load(lambda: self.fold.reads(event, states))
        try:
            changes = self.fold.apply(event, states)
        except Duplicate:
            return "duplicate"
        except Refused as refused:
            return refused.code
        self._apply(changes)
        return "applied"

    def _apply(self, changes: Sequence[Change]) -> None:
        for table, key, column, value in changes:
            if table is CHORES:
                self.chores.append(DriverChore(key, value))
            elif table is CACHE_GROUPS:
                self.refreshed.append(key)
            elif column == WHOLE:
                self._put(table, key, value)
            elif column == FOLLOW:
                assert table.followed is not None, f"nothing of {table.name} follows"
                self.followed.append((table, key))
            else:
                sums = self._counters[table].setdefault(key, [0] * len(table.sums))
                for place, amount in enumerate(value) if column == EACH else [(column, value)]:
                    sums[place] += amount

    def _put(self, table: StateTable[Any], key: Key, row: Any) -> None:
        assert row is None or table.key_of(row) == key, f"row and key differ: {key} {row}"
        if table in self.fold.settles:
            assert (table, key) in self.states.loaded, f"{table.name} {key} is put and was not loaded"
            self._before[table].setdefault(key, self.rows[table].get(key))
        if row is None:
            self.rows[table].pop(key, None)
        else:
            self.rows[table][key] = row

    def settled(self) -> Self:
        """Works out what follows from the rows that changed since the last time, as a flush does."""
        changes: list[Change] = []
        for table, settle in self.fold.settles.items():
            for key, row in self._before.pop(table, {}).items():
                changes += settle(row, self.rows[table].get(key))
        self._apply(changes)
        for source, spreads in SPREAD.items():
            for key, sums in self._counters.pop(source, {}).items():
                self._apply([(into, other, EACH, brought) for into, other, brought in spreads(key, sums)])
        return self

    def sums(self, table: CounterTable) -> dict[Key, tuple[int, ...]]:
        """The rows of a counter table; those that fell to nothing are gone, as in Postgres."""
        return {key: tuple(sums) for key, sums in self._counters[table].items() if any(sums)}

    def read_page(self, chore: DriverChore) -> None:
        """Selects what a chore is to visit, as of now; events may come before it is visited."""
        selects, table = self.selections[chore.kind], self.fold.chores[chore.kind].table
        if isinstance(table, CounterTable):
            whole = [(*key, *sums) for key, sums in sorted(self.sums(table).items())]
            chore.keys = [row for row in whole if selects(chore.arguments, row, self)]
            return
        chore.keys = [
            key for key, row in sorted(self.rows[table].items()) if selects(chore.arguments, row, self)
        ]

    def visit_next(self, chore: DriverChore) -> None:
        """Visits one row, or ends the chore when none is left."""
        if chore.keys is None:
            self.read_page(chore)
        if not chore.keys:
            self.chores.remove(chore)
            return
        key = chore.keys.pop(0)
        rule = self.fold.chores[chore.kind]
        self.states.load(lambda: rule.reads(chore.arguments, key, self.states))
        self._apply(rule.visit(chore.arguments, key, self.states))

    def finish_chores(self) -> Self:
        """Runs all chores to their end, in the order in which they were started."""
        while self.chores:
            self.visit_next(self.chores[0])
        return self
