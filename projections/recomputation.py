"""What can be computed anew from other rows, to find and repair what drifted from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from projections.magnitude import Magnitude
from projections.tables import CounterTable, StateTable, Table


@dataclass(frozen=True, eq=False)
class Recomputed:
    """A table, or some columns of one, that follows from the rows of ``source``.

    ``computed`` is a SQL file that answers all rows as they should be: the key, then the columns in the
    table's order. It reads ``source`` as `{source}`, in whose place stands all of it, or, for a few keys,
    what these follow from: the rows that agree with them in the key columns that both have, or those that
    ``through`` has for them, a table of which one row stands for each row of the source that counts for a
    key. What follows from that stands behind it. For a few keys it is asked with a condition on the first
    column, which has to reach the other rows that it reads: it does pass a GROUP BY and a UNION ALL, not a
    FULL JOIN.

    ``scope`` is a SQL file that answers the values of the first key column that rows changed since
    %(since)s have; without one all rows are looked at. With ``columns`` only these are compared and
    repaired, and rows neither come nor go.
    """

    table: Table
    computed: Path
    source: StateTable[Any]
    through: StateTable[Any] | None = None
    scope: Path | None = None
    columns: tuple[str, ...] = ()
    magnitudes: Mapping[str, Magnitude] = field(default_factory=dict)
    """What ``computed`` calls them: the parameters of ``groundswell.magnitude`` stand there."""
    numbers: Mapping[str, int] = field(default_factory=dict)
    """What ``computed`` calls them."""

    @property
    def key(self) -> tuple[str, ...]:
        """The names of the key's columns; the first one is text."""
        return tuple(column.name for column in self.table.key_columns)

    @property
    def compared(self) -> tuple[str, ...]:
        """The names of the columns that are compared, without the key."""
        if self.columns:
            return self.columns
        columns = self.table.columns
        if isinstance(self.table, CounterTable):
            columns += self.table.followed_columns
        return tuple(column.name for column in columns[self.table.key_width :])

    @property
    def is_state(self) -> bool:
        """Whether workers keep these rows in memory."""
        return isinstance(self.table, StateTable) and not self.table.follows


Recomputations: TypeAlias = tuple[Recomputed, ...]
"""In their order: what follows from a table stands behind it."""


class Difference(NamedTuple):
    """A value that was not what follows from other rows, as text; None: it was, or is, null, or there was,
    or is, no row."""

    table: str
    key: list[str]
    column: str
    was: str | None
    became: str | None
