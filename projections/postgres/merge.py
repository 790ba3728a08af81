"""The statements that bring staged rows into a generation's tables, made once from the table definitions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from psycopg import sql

from projections.postgres.staging import CounterLines, StateLines, array_literal
from projections.tables import Column, CounterTable, Key, StateTable


def staged_columns(columns: tuple[Column, ...]) -> sql.Composed:
    """The staging columns cast to the types of these."""
    return sql.SQL(", ").join(
        sql.SQL("c{}::{}").format(sql.SQL(str(i)), sql.SQL(column.sql_type.split(" COLLATE")[0]))
        for i, column in enumerate(columns)
    )


def column_names(columns: tuple[Column, ...]) -> sql.Composed:
    """Their names, for a list of columns."""
    return sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)


def _matches(columns: tuple[Column, ...], other: str) -> sql.Composed:
    """The key of ``t`` equals the staged key."""
    pairs = zip(columns, range(len(columns)), strict=True)
    return sql.SQL(" AND ").join(
        sql.SQL("t.{} = {}.c{}::{}").format(
            sql.Identifier(column.name),
            sql.SQL(other),
            sql.SQL(str(i)),
            sql.SQL(column.sql_type.split(" COLLATE")[0]),
        )
        for column, i in pairs
    )


def _upsert(
    name: sql.Identifier, number: int, columns: tuple[Column, ...], key: int, changes: sql.Composable
) -> str:
    """Merges in key order: workers that share rows lock them in one order, and neighbours lie on one page."""
    action = sql.SQL("DO UPDATE SET {}").format(changes) if len(columns) > key else sql.SQL("DO NOTHING")
    return (
        sql.SQL(
            "INSERT INTO {} AS t ({}) SELECT {} FROM flush_rows WHERE table_number = {} ORDER BY {}"
            " ON CONFLICT ({}) {}"
        )
        .format(
            name,
            column_names(columns),
            staged_columns(columns),
            sql.Literal(number),
            sql.SQL(", ").join(sql.SQL(str(i + 1)) for i in range(key)),
            column_names(columns[:key]),
            action,
        )
        .as_string()
    )


def _delete(name: sql.Identifier, number: int, key: tuple[Column, ...], condition: sql.Composable) -> str:
    """Deletes the rows whose keys are staged under ``number``: each is looked up by its key, whatever the
    sizes."""
    return (
        sql.SQL(
            "DELETE FROM {0} WHERE ctid = ANY (ARRAY(SELECT (SELECT t.ctid FROM {0} AS t WHERE {1}{2})"
            " FROM flush_rows f WHERE f.table_number = {3}))"
        )
        .format(name, _matches(key, "f"), condition, sql.Literal(number))
        .as_string()
    )


@dataclass
class CounterMerge:
    """Adds deltas; a row that fell to nothing is removed in the same transaction."""

    table: CounterTable
    lines: CounterLines
    upsert: str
    vanish: str

    @classmethod
    def of(cls, table: CounterTable, number: int, schema: str) -> "CounterMerge":
        name = sql.Identifier(schema, table.name)
        sums = table.columns[len(table.key) :]
        added = sql.SQL(", ").join(
            sql.SQL("{0} = t.{0} + excluded.{0}").format(sql.Identifier(column.name)) for column in sums
        )
        nothing = sql.SQL("").join(
            sql.SQL(" AND t.{} = 0").format(sql.Identifier(column.name)) for column in sums
        )
        return cls(
            table,
            CounterLines(number, table),
            _upsert(name, number, table.columns, len(table.key), added),
            _delete(name, number + 1, table.key_columns, nothing) if table.vanishes else "",
        )

    @property
    def statements(self) -> list[str]:
        """What merges the rows staged under the table's number, and under the next."""
        return [self.upsert, self.vanish] if self.vanish else [self.upsert]

    def staged(self, rows: Mapping[Key, list[int]], width: int) -> tuple[str, list[int]]:
        """The lines of these rows, and the numbers under which they are staged.

        Keys of rows that fell come a second time: they may have fallen to nothing.
        """
        if self.vanish:
            # What was counted and taken back within one flush leaves no row of zeros.
            rows = {key: sums for key, sums in rows.items() if any(sums)}
        fallen = sorted(key for key, sums in rows.items() if min(sums) < 0) if self.vanish else []
        text = self.lines.text(rows, width)
        if fallen:
            return text + self.lines.keys(fallen, width), [self.lines.number, self.lines.number + 1]
        return text, [self.lines.number]


@dataclass
class StateMerge:
    """Puts rows as they stand, removes deleted ones, and loads rows by key."""

    table: StateTable[Any]
    lines: StateLines
    upsert: str
    delete: str
    select: str
    json_types: dict[int, Any] = field(init=False)
    arrays: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.json_types = {
            i: column.python_type for i, column in enumerate(self.table.columns) if column.is_json
        }
        self.arrays = tuple(i for i, column in enumerate(self.table.columns) if column.sql_type == "text[]")

    @classmethod
    def of(cls, table: StateTable[Any], number: int, schema: str) -> "StateMerge":
        name = sql.Identifier(schema, table.name)
        rest = table.columns[table.key_width :]
        stands = sql.SQL(", ").join(
            sql.SQL("{0} = excluded.{0}").format(sql.Identifier(c.name)) for c in rest
        )
        return cls(
            table,
            StateLines(number, table),
            _upsert(name, number, table.columns, table.key_width, stands),
            _delete(name, number + 1, table.key_columns, sql.SQL("")),
            _select(name, table),
        )

    @property
    def statements(self) -> list[str]:
        """What merges the rows staged under the table's number, and under the next."""
        return [self.upsert, self.delete]

    def staged(self, rows: Mapping[Key, msgspec.Struct | None], width: int) -> tuple[str, list[int]]:
        """The lines of these rows, and the numbers under which they are staged."""
        removed = sum(row is None for row in rows.values())
        number = self.lines.number
        return self.lines.text(rows, width), [number] * (removed < len(rows)) + [number + 1] * (removed > 0)

    def key_arrays(self, keys: list[Key]) -> list[str]:
        """The parameters of ``select``: one array literal per key column."""
        return [
            array_literal(column) if isinstance(column[0], str) else "{" + ",".join(map(str, column)) + "}"
            for column in zip(*keys, strict=True)
        ]

    def row_of(self, values: tuple[Any, ...]) -> Any:
        """The struct for a selected row."""
        if self.json_types or self.arrays:
            loaded = list(values)
            for i in self.arrays:
                loaded[i] = None if loaded[i] is None else tuple(loaded[i])
            for i, kind in self.json_types.items():
                if loaded[i] is not None:
                    loaded[i] = msgspec.json.decode(loaded[i], type=kind)
            return self.table.row(*loaded)
        return self.table.row(*values)


def _select(name: sql.Identifier, table: StateTable[Any]) -> str:
    columns = sql.SQL(", ").join(
        sql.SQL("t.{}::text" if column.is_json else "t.{}").format(sql.Identifier(column.name))
        for column in table.columns
    )
    arrays = sql.SQL(", ").join(
        sql.SQL("%s::{}[]").format(sql.SQL(column.sql_type.split(" COLLATE")[0]))
        for column in table.key_columns
    )
    staged = sql.SQL(", ").join(sql.SQL(f"c{i}") for i in range(table.key_width))
    match = sql.SQL(" AND ").join(
        sql.SQL("t.{} = k.c{}").format(sql.Identifier(column.name), sql.SQL(str(i)))
        for i, column in enumerate(table.key_columns)
    )
    # OFFSET 0 keeps the planner from turning the lookup round: each key is sought in the table, never the
    # table in the keys.
    return (
        sql.SQL(
            "SELECT {0} FROM unnest({1}) AS k ({2})"
            " CROSS JOIN LATERAL (SELECT * FROM {3} AS t WHERE {4} OFFSET 0) AS t"
        )
        .format(columns, arrays, staged, name, match)
        .as_string()
    )
