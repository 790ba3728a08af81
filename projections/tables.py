"""What a table of a generation is: a *state*, a *counter*, a *window* or a *calculated* table.

Definitions stand beside their read model; the engine makes the DDL, loads rows, stages and merges changes
from them, so that a system declares a table once. Both kinds are keyed by tuples, also where the key has one
column. Python types map to SQL types by :data:`SQL_TYPES`; text is stored with collation "C", which orders
by bytes as Python's sort of UTF-8 does and compares fastest.
"""

import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from sys import intern
from typing import Any, Generic, NewType, TypeAlias, TypeVar

import msgspec

from projections.magnitude import Magnitude

Row = TypeVar("Row", bound=msgspec.Struct)

Key: TypeAlias = tuple[Any, ...]

Whole = NewType("Whole", int)
"""A whole number that may be beyond 64 bits: numeric in Postgres, an int here."""

Shared = NewType("Shared", str)
"""A text that many rows say, as :func:`shared` makes it: text in Postgres, one object in memory."""


def shared(text: str) -> Shared:
    """The one object for a text, as long as any row has it. With it a video of seven owners takes 360 bytes
    instead of 760."""
    return Shared(intern(text))


SQL_TYPES: dict[Any, str] = {
    str: 'text COLLATE "C"',
    Shared: 'text COLLATE "C"',
    int: "bigint",
    bool: "boolean",
    float: "double precision",
    datetime: "timestamptz",
    Decimal: "numeric",
    Whole: "numeric",
    bytes: "bytea",
    tuple[str, ...]: "text[]",
    tuple[Shared, ...]: "text[]",
}


@dataclass(frozen=True)
class Column:
    """One column: its name, SQL type, and whether it may be null. Any type not in SQL_TYPES is kept as
    jsonb."""

    name: str
    python_type: Any
    nullable: bool = False

    @classmethod
    def of(cls, name: str, annotation: Any) -> "Column":
        """The column for a field: ``X | None`` is nullable."""
        arguments = typing.get_args(annotation)
        if typing.get_origin(annotation) in (types.UnionType, typing.Union) and type(None) in arguments:
            rest = [argument for argument in arguments if argument is not type(None)]
            assert len(rest) == 1, f"column {name}: a union of {annotation} has no SQL type"
            return cls(name, rest[0], nullable=True)
        return cls(name, annotation)

    @property
    def sql_type(self) -> str:
        return SQL_TYPES.get(self.python_type, "jsonb")

    @property
    def is_json(self) -> bool:
        return self.sql_type == "jsonb"


@dataclass(frozen=True, eq=False)
class StateTable(Generic[Row]):
    """Absolute rows that belong to the partition of their key: loaded on a miss, kept in a cache.

    ``row`` is a frozen struct whose first ``key_width`` fields are the key. ``indexes`` are further indexes,
    each the text between the parentheses (``"user_id, at"``); they have the rows for which ``indexed_where``
    holds, without it all. ``checks`` are SQL conditions. ``orders`` are further columns that Postgres keeps:
    the magnitudes of others (name -> column, magnitude). ``searched`` are text columns of which any part of a
    word is found by an index. Rows that are not ``kept`` are large, or seldom read again: they leave a
    worker's memory once they are committed. Rows that ``follow`` from those of other tables are written when
    these are settled, and no fold reads them.
    """

    name: str
    row: type[Row]
    key_width: int
    indexes: tuple[str, ...] = ()
    indexed_where: str | None = None
    checks: tuple[str, ...] = ()
    orders: Mapping[str, tuple[str, Magnitude]] = field(default_factory=dict)
    searched: tuple[str, ...] = ()
    follows: bool = False
    kept: bool = True
    columns: tuple[Column, ...] = field(init=False)

    def __post_init__(self) -> None:
        hints = typing.get_type_hints(self.row)
        names = self.row.__struct_fields__
        object.__setattr__(self, "columns", tuple(Column.of(name, hints[name]) for name in names))
        for index in () if self.follows else self.indexes:
            # States are loaded by a plan that may be older than the rows: it must have one index to take.
            assert index.split(",")[0].strip() != names[0], (
                f"{self.name}: index ({index}) begins like the primary key; let it begin with another column"
            )

    @property
    def key_columns(self) -> tuple[Column, ...]:
        return self.columns[: self.key_width]

    def key_of(self, row: Row) -> Key:
        """The key of a row: its first ``key_width`` fields."""
        return tuple(getattr(row, column.name) for column in self.key_columns)


@dataclass(frozen=True)
class Retention:
    """Rows are kept until the newest folded record is ``kept`` older than they are. ``column`` holds whole
    units of ``unit`` since 1970. What is older may be there or not: views do not show it."""

    column: str
    unit: timedelta
    kept: timedelta

    def oldest(self, watermark: datetime) -> int:
        """The oldest unit that is kept."""
        return int((watermark - self.kept).timestamp() // self.unit.total_seconds())


@dataclass(frozen=True)
class Followed:
    """Columns of a counter table that follow from other rows and do not add: the newest, the first, a name.

    ``computed`` is a SQL file that answers, for the keys in the relation ``{keys}``, the key and these
    columns. It is asked for the keys that a settling names, once its flush has merged the tables that it
    reads.
    """

    computed: Path
    columns: Mapping[str, Any]
    """Name -> Python type."""


@dataclass(frozen=True)
class Counted:
    """Each row whose first sum is above 0 counts 1 in column ``column`` of the row of ``into`` whose key
    begins its own: distinct ones, counted as pairs appear and vanish."""

    into: "CounterTable"
    column: str


@dataclass(frozen=True)
class Spread:
    """Rows of a counter table that follow from those of another, ``source``, which no generation has: a flush
    stages the rows of that one alone, and Postgres works out which rows they are added to.

    What one row brings goes to twenty others, and most of those to one flush: made there they need neither
    be kept in memory nor sent. ``rows`` is a SQL file: of the rows in the relation ``{rows}`` the keys and
    sums that they bring, a key as often as there are rows that bring it something. It adds up: what rows
    bring together is what each of them brings, and where the first sum of the source is 0, so is that of all
    that it brings.
    """

    source: "CounterTable"
    rows: Path


@dataclass(frozen=True)
class Aging:
    """A column (now) for lists that order by what ages: the number of the first step that the time in
    ``since`` is younger than, or ``otherwise``.

    A flush sets it where it computes ``since``, a job every minute where a step is passed. Between two
    minutes it may be that of the minute before.
    """

    column: str
    since: str
    steps: tuple[tuple[timedelta, int], ...]
    otherwise: int


@dataclass(frozen=True, eq=False)
class CounterTable:
    """Additive rows: a flush adds deltas, so any number of partitions and workers may touch one row.

    ``key`` names the key's columns with their Python types (str or int), ``sums`` the summed columns with
    theirs (int for bigint, Decimal for numeric; deltas are ints in both). A row that falls to zero in all
    sums is deleted when ``vanishes``: such a row means "nothing here". One that rises to zero, because it was
    below it or because partitions share it and the taking back was committed first, stays as zeros and means
    the same: views leave such rows out, and comparisons take them as absent.

    ``orders`` and ``searched`` are as those of a state table. To rows that are ``spread`` a fold adds
    nothing.
    """

    name: str
    key: dict[str, Any]
    sums: dict[str, type]
    vanishes: bool = True
    indexes: tuple[str, ...] = ()
    retention: Retention | None = None
    orders: Mapping[str, tuple[str, Magnitude]] = field(default_factory=dict)
    searched: tuple[str, ...] = ()
    counted: Counted | None = None
    followed: Followed | None = None
    aging: Aging | None = None
    spread: Spread | None = None

    @property
    def key_width(self) -> int:
        return len(self.key)

    @property
    def key_columns(self) -> tuple[Column, ...]:
        return tuple(Column.of(name, kind) for name, kind in self.key.items())

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.key_columns + tuple(Column.of(name, kind) for name, kind in self.sums.items())

    @property
    def followed_columns(self) -> tuple[Column, ...]:
        """The columns that are not summed: those that follow from other rows."""
        columns = {} if self.followed is None else self.followed.columns
        return tuple(Column.of(name, kind) for name, kind in columns.items())

    def index_of(self, name: str) -> int:
        """The place of a summed column: what a change calls ``column``."""
        return list(self.sums).index(name)


@dataclass(frozen=True, eq=False)
class WindowTable:
    """Rows that depend on the minute, each a function of the cells and of the minute that it is as of.

    A flush recomputes the rows whose keys it stages for a table of ``touched_by``, all of which have the same
    key columns; a job recomputes, every minute, those whose minutes enter or leave. ``row`` is a struct of
    the columns: ``key_width`` key columns, those of ``touched_by``; then ``minute`` (whole minutes since
    1970); then what the SQL function ``<name>_at(key columns, minute)`` of the generation answers, in one row
    or none. ``due`` is a SQL file: the keys whose rows may differ between the minutes %(since)s and
    %(until)s, both whole minutes since 1970.
    """

    name: str
    row: type[msgspec.Struct]
    touched_by: tuple[StateTable[Any], ...]
    due: Path
    indexes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        keys = {table.key_columns for table in self.touched_by}
        assert len(keys) == 1, f"{self.name}: the tables that touch it must have the same key, have {keys}"

    @property
    def key_width(self) -> int:
        return self.touched_by[0].key_width

    @property
    def columns(self) -> tuple[Column, ...]:
        hints = typing.get_type_hints(self.row)
        return tuple(Column.of(name, hints[name]) for name in self.row.__struct_fields__)

    @property
    def key_columns(self) -> tuple[Column, ...]:
        return self.columns[: self.key_width]


@dataclass(frozen=True, eq=False)
class CalculatedTable:
    """Rows that are calculated all together, as of a whole ``period``: by a job, and by command.

    ``computed`` is a SQL file that selects all rows, in the columns' order, as of %(as_of)s.
    """

    name: str
    row: type[msgspec.Struct]
    key_width: int
    computed: Path
    period: timedelta

    @property
    def columns(self) -> tuple[Column, ...]:
        hints = typing.get_type_hints(self.row)
        return tuple(Column.of(name, hints[name]) for name in self.row.__struct_fields__)

    @property
    def key_columns(self) -> tuple[Column, ...]:
        return self.columns[: self.key_width]


Table: TypeAlias = StateTable[Any] | CounterTable
"""What a fold changes."""


def spread(tables: Iterable[Table]) -> Iterator[tuple[CounterTable, CounterTable]]:
    """The tables among these whose rows follow from those of another, each with that one."""
    for table in tables:
        if isinstance(table, CounterTable) and table.spread is not None:
            yield table, table.spread.source


def gathered(tables: Iterable[Table]) -> tuple[Table, ...]:
    """What a fold changes and a flush stages for these tables of a generation: in place of those that are
    spread their sources."""
    known = tuple(tables)
    sources: dict[Table, Table] = dict(spread(known))
    return tuple(dict.fromkeys(sources.get(table, table) for table in known))
