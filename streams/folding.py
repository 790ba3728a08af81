"""The contract of a fold: ``(event, states) -> changes``, pure.

A fold never waits, never reads a clock and never writes: it reads states that were loaded for it and returns
changes. If it raises anything but :class:`Refused`, no change of that event has been applied, so the record
can be put aside alone.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias

from projections.tables import CounterTable, Key, Row, StateTable

WHOLE: Final = -1
"""As a change's column: the change replaces the whole row of a state table (its value None deletes the
row)."""

EACH: Final = -2
"""As a change's column: the value has an amount for each of a counter's summed columns, and each is added."""
FOLLOW: Final = -3
"""As a change's column: rows that the counter's row follows from have come, gone or changed, so that its
followed columns are computed again (the value is None)."""

Tally: TypeAlias = tuple[CounterTable, Iterable[Key], Iterable[int], Iterable[int]]
"""(table, keys, columns, amounts), of equal length: to column ``columns[i]`` of the row ``keys[i]``
``amounts[i]`` is added. Reading them raises nothing."""

Change: TypeAlias = tuple[Any, Any, int, Any]
"""(table, key, column, value): add ``value`` to a counter's summed column, or to all of them (column EACH);
put a state's row (column WHOLE). Of a settling also: compute what a counter's row follows from again (column
FOLLOW)."""

Settle: TypeAlias = Callable[[Any, Any], Sequence[Change]]
"""What follows from a state's row, worked out once for each flush instead of once for each event; pure.

Called with the row as it was when the flush before was frozen and as it is now (None: no row). The changes
are to counter tables, and to state tables that follow."""


class Refused(Exception):
    """The event breaks a rule of its system: it becomes a dead letter with this code, and nothing else
    happens."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


class Duplicate(Exception):
    """The event is a fact that is known already (an action's own id): counted as a duplicate."""


Weigh: TypeAlias = Callable[[Any, Any], int]
"""About how many rows of other tables follow from a row that was as the one (None: there was none) and is as
the other; pure, and cheap: asked for each change of one."""


class States(Protocol):
    """The rows that a fold may read: those of its own partition, as of the event before."""

    partition: int
    parameters: Mapping[str, float]
    """What the generation goes by, the same for all of its events."""

    @property
    def appended_at(self) -> datetime:
        """When the broker appended the record that is being folded: data, not a clock."""
        ...

    def get(self, table: StateTable[Row], key: Key) -> Row | None:
        """The row, or None when there is none."""
        ...


class ChoreQueue:
    """One of two things beside tables that a change can name: work too large for one flush."""

    name = "chores"


CHORES: Final = ChoreQueue()


class CacheGroups:
    """The other one: a group of cached rows that an event changes without naming each."""

    name = "cache_groups"


CACHE_GROUPS: Final = CacheGroups()


def put(table: StateTable[Row], row: Row) -> Change:
    """The row stands as given."""
    return (table, table.key_of(row), WHOLE, row)


def remove(table: StateTable[Any], key: Key) -> Change:
    """The row is gone."""
    return (table, key, WHOLE, None)


def add(table: CounterTable, key: Key, column: int, amount: int) -> Change:
    """``amount`` is added to the summed column with that index."""
    return (table, key, column, amount)


def start_chore(kind: str, **arguments: str | int | None) -> Change:
    """Large work follows: pages of states are visited, a page per flush, after this event is committed."""
    return (CHORES, kind, WHOLE, arguments)


def refresh(group: str, key: Key) -> Change:
    """Whatever hangs on this key is to be read again where it is cached: more rows than the event names."""
    return (CACHE_GROUPS, (group, key), WHOLE, None)


@dataclass(frozen=True)
class Chore:
    """How a kind of large work visits its states.

    ``page`` is a SQL file that selects, in a stable order, rows whose first columns are the key of ``table``
    and whose other columns make the cursor; parameters ``%(partition)s``, ``%(limit)s``, ``%(cursor)s`` (the
    last row of the page before as a jsonb array, or null) and the chore's own arguments. ``reads`` names
    states to load beside the visited row, ``visit`` answers its changes. Both are pure. Of a counter table,
    which a fold cannot read, the visited key is the whole row, as committed: for rows that nothing adds to
    any more.
    """

    table: StateTable[Any] | CounterTable
    page: Path
    reads: Callable[[Mapping[str, Any], Key, States], Iterable[tuple[StateTable[Any], Key]]]
    visit: Callable[[Mapping[str, Any], Key, States], Sequence[Change]]

    @property
    def visited_columns(self) -> int:
        """How many columns of a page's row make the visited key."""
        whole = isinstance(self.table, CounterTable)
        return len(self.table.columns) if whole else self.table.key_width


class Fold(ABC):
    """The rules of one system. ``version`` grows when the same log would fold to other rows."""

    version: int
    chores: Mapping[str, Chore] = {}
    settles: Mapping[StateTable[Any], Settle] = {}
    """What follows from the rows of these tables. A state table among them has each row loaded before the
    fold puts it."""
    weights: Mapping[StateTable[Any], Weigh] = {}
    """Of tables among them whose rows settle into more than a few others: into how many. Flushes are bounded
    by it."""

    @abstractmethod
    def reads(self, event: Any, states: States) -> Iterable[tuple[StateTable[Any], Key]]:
        """The states that :meth:`apply` will read for this event. May itself read states that it named
        before: the engine asks again while an answer names states that are not loaded yet."""

    @abstractmethod
    def apply(self, event: Any, states: States) -> Sequence[Change]:
        """The changes that this event makes. Raises Refused or Duplicate."""

    def tally(self, events: Sequence[Any]) -> Sequence[Tally] | None:
        """What :meth:`apply` of each of these events adds, for all of them at once and in less time: for a
        fold that reads no states and only adds. If it raises, or answers None, they are applied one by
        one."""
        return None
