"""What can be computed anew from other rows, to find and repair what drifted from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from projections.magnitude import Magnitude
from projections.tables import CounterTable, StateTable, Table

Scope: TypeAlias = Path
"""A SQL file: the values of a table's first key column that rows changed since %(since)s count for, each
once."""


@dataclass(frozen=True, eq=False)
class Recomputed:
    """A table, or some columns of one, that follows from other rows.

    ``computed`` is a SQL file that answers all rows as they should be: the key, then the columns in the
    table's order. For a few values of the first key column it is asked with a condition on that, which has
    to reach the rows that it reads: it does pass a GROUP BY and a UNION ALL, not a FULL JOIN. Where it does
    not suffice, %(owners)s are these values; null: all rows. With ``columns`` only these are compared and
    repaired, and rows neither come nor go.
    """

    table: Table
    computed: Path
    scope: Scope
    columns: tuple[str, ...] = ()
    magnitudes: Mapping[str, Magnitude] = field(default_factory=dict)
    """What ``computed`` calls them: the parameters of ``groundswell.magnitude`` stand there."""

    @property
    def key(self) -> tuple[str, ...]:
        """The names of the key's columns."""
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

Difference: TypeAlias = tuple[tuple[Any, ...], list[str | None] | None, list[str | None] | None]
"""A row that differs: its key, the compared columns as text as they stood, and as they were put; None: there
was, or is, no row."""
