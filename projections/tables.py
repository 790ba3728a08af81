"""What a table of a generation is: a *state* table or a *counter* table.

Definitions stand beside their read model; the engine makes the DDL, loads rows, stages and merges changes
from them, so that a system declares a table once. Both kinds are keyed by tuples, also where the key has one
column. Python types map to SQL types by :data:`SQL_TYPES`; text is stored with collation "C", which orders
by bytes as Python's sort of UTF-8 does and compares fastest.
"""

import types
import typing
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec

Row = TypeVar("Row", bound=msgspec.Struct)

Key: TypeAlias = tuple[Any, ...]

SQL_TYPES: dict[Any, str] = {
    str: 'text COLLATE "C"',
    int: "bigint",
    bool: "boolean",
    datetime: "timestamptz",
    Decimal: "numeric",
    bytes: "bytea",
    tuple[str, ...]: "text[]",
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
    each the text between the parentheses (``"user_id, at"``); ``checks`` are SQL conditions.
    """

    name: str
    row: type[Row]
    key_width: int
    indexes: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    columns: tuple[Column, ...] = field(init=False)

    def __post_init__(self) -> None:
        hints = typing.get_type_hints(self.row)
        names = self.row.__struct_fields__
        object.__setattr__(self, "columns", tuple(Column.of(name, hints[name]) for name in names))
        for index in self.indexes:
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


@dataclass(frozen=True, eq=False)
class CounterTable:
    """Additive rows: a flush adds deltas, so any number of partitions and workers may touch one row.

    ``key`` names the key's columns with their Python types (str or int), ``sums`` the summed columns with
    theirs (int for bigint, Decimal for numeric; deltas are ints in both). A row that falls to zero in all
    sums is deleted when ``vanishes``: such a row means "nothing here". One that rises to zero, because
    partitions share it and the taking back was committed first, stays as zeros; views of shared tables leave
    such rows out.
    """

    name: str
    key: dict[str, type]
    sums: dict[str, type]
    vanishes: bool = True
    indexes: tuple[str, ...] = ()

    @property
    def key_columns(self) -> tuple[Column, ...]:
        return tuple(Column.of(name, kind) for name, kind in self.key.items())

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.key_columns + tuple(Column.of(name, kind) for name, kind in self.sums.items())

    def index_of(self, name: str) -> int:
        """The place of a summed column: what a change calls ``column``."""
        return list(self.sums).index(name)


Table: TypeAlias = StateTable[Any] | CounterTable
