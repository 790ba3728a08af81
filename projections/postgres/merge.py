"""The statements that bring staged rows into a generation's tables, made once from the table definitions."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from psycopg import sql

from projections.postgres.aging import number_at
from projections.postgres.generations import Generation, filled
from projections.postgres.staging import CounterLines, StateLines, array_literal
from projections.tables import (
    Column,
    Counted,
    CounterTable,
    Followed,
    Key,
    Shared,
    StateTable,
    Table,
    Whole,
    shared,
    spread,
)


def staged_columns(columns: tuple[Column, ...], first: int = 0) -> sql.Composed:
    """The staging columns from number ``first`` on, cast to the types of these and under their names."""
    return sql.SQL(", ").join(
        sql.SQL("c{}::{} AS {}").format(sql.SQL(str(i)), _type(column), sql.Identifier(column.name))
        for i, column in enumerate(columns, first)
    )


def column_names(columns: tuple[Column, ...]) -> sql.Composed:
    """Their names, for a list of columns."""
    return sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)


def _type(column: Column) -> sql.SQL:
    return sql.SQL(column.sql_type.split(" COLLATE")[0])


def _matches(columns: tuple[Column, ...], other: str) -> sql.Composed:
    """The key of ``t`` equals that of the other relation."""
    return sql.SQL(" AND ").join(
        sql.SQL("t.{0} = {1}.{0}").format(sql.Identifier(column.name), sql.SQL(other)) for column in columns
    )


def _staged(number: int, columns: tuple[Column, ...], condition: str = "") -> sql.Composed:
    """The lines staged under ``number`` for which the condition holds, as these columns."""
    return sql.SQL("SELECT {} FROM flush_rows WHERE table_number = {}{}").format(
        staged_columns(columns), sql.Literal(number), sql.SQL(condition)
    )


def _upsert(
    name: sql.Identifier, columns: tuple[Column, ...], key: int, rows: sql.Composable, changes: sql.Composable
) -> str:
    """Merges in key order: workers that share rows lock them in one order, and neighbours lie on one page."""
    action = sql.SQL("DO UPDATE SET {}").format(changes) if len(columns) > key else sql.SQL("DO NOTHING")
    return (
        sql.SQL("INSERT INTO {} AS t ({}) {} ORDER BY {} ON CONFLICT ({}) {}")
        .format(
            name,
            column_names(columns),
            rows,
            sql.SQL(", ").join(sql.SQL(str(i + 1)) for i in range(key)),
            column_names(columns[:key]),
            action,
        )
        .as_string()
    )


def _delete(
    name: sql.Identifier, key: tuple[Column, ...], keys: sql.Composable, condition: sql.Composable
) -> str:
    """Deletes the rows with these keys: each is looked up by its key, whatever the sizes."""
    return (
        sql.SQL(
            "DELETE FROM {0} WHERE ctid = ANY (ARRAY("
            "SELECT (SELECT t.ctid FROM {0} AS t WHERE {1}{2}) FROM ({3}) AS f))"
        )
        .format(name, _matches(key, "f"), condition, keys)
        .as_string()
    )


@dataclass
class CounterMerge:
    """Adds deltas, counts rows that appeared or vanished where that is to be counted, computes again what
    does not add, and removes rows that fell to nothing; all in the same transaction.

    ``statements`` are what merges the rows staged under each number, in this order. Rows that spread are
    merged into the tables that they bring something to. ``counting`` are the tables in which rows are counted
    then."""

    table: CounterTable
    lines: CounterLines
    statements: list[tuple[int, str]]
    counting: list[CounterTable]

    @classmethod
    def of(cls, table: CounterTable, generation: Generation, numbers: Mapping[Table, int]) -> "CounterMerge":
        """``numbers``: under which the rows of each table are staged; of a table that is spread, its
        source's."""
        into = [other for other, source in spread(numbers) if source is table] or [table]
        statements = [one for other in into for one in _statements(other, generation, numbers)]
        counting = [other.counted.into for other in into if other.counted is not None]
        return cls(table, CounterLines(numbers[table], table), statements, counting)

    def staged(
        self, rows: Mapping[Key, Sequence[int]], followed: Collection[Key], width: int
    ) -> Iterator[tuple[int, str]]:
        """The lines of these rows in blocks, each with the number under which it is staged. Of the
        ``followed`` keys what does not add is computed again.

        Keys of rows that fell come a second time: they may have fallen to nothing.
        """
        number, fallen = self.lines.number, list[Key]()
        merged: Iterable[tuple[Key, Sequence[int]]] = rows.items()
        if self.table.vanishes:
            # What was counted and taken back within one flush leaves no row of zeros. Rows that are computed
            # again are locked by being merged, whatever is added to them.
            merged = [(key, sums) for key, sums in merged if any(sums) or key in followed]
            fallen = [key for key, sums in merged if min(sums) < 0 or not any(sums)]
        for block in self.lines.blocks(merged, width):
            yield number, block
        for at, keys in ((number + 1, fallen), (number + 2, followed)):
            for block in self.lines.key_blocks(at, keys, width):
                yield at, block


def _statements(
    table: CounterTable, generation: Generation, numbers: Mapping[Table, int]
) -> Iterator[tuple[int, str]]:
    """What merges the rows that come to a table, each with the number under which those are staged: in this
    order, as pairs are counted in totals, what follows needs its rows locked, and what fell to nothing goes
    last."""
    number, name = numbers[table], sql.Identifier(generation.schema, table.name)
    sums = table.columns[table.key_width :]
    added = sql.SQL(", ").join(
        sql.SQL("{0} = t.{0} + excluded.{0}").format(sql.Identifier(column.name)) for column in sums
    )
    is_counted_into = any(
        isinstance(other, CounterTable) and other.counted is not None and other.counted.into is table
        for other in numbers
    )
    rows = _staged(number, table.columns)
    if table.spread is not None or is_counted_into:
        rows = _together(_brought(table, number, generation), table.key_columns, sums)
    yield number, _upsert(name, table.columns, table.key_width, rows, added)
    if table.counted is not None:
        yield number, _count(table, table.counted, generation, numbers)
    if table.followed is not None:
        yield number + 2, _follow(table, table.followed, number + 2, generation)
    if table.vanishes:
        keys = _staged(number + 1, table.key_columns)
        if table.spread is not None:
            keys = _together(_brought(table, number + 1, generation), table.key_columns)
        nothing = sql.SQL("").join(
            sql.SQL(" AND t.{} = 0").format(sql.Identifier(column.name)) for column in sums
        )
        yield number + 1, _delete(name, table.key_columns, keys, nothing)


def _brought(
    table: CounterTable, number: int, generation: Generation, *, only_first: bool = False
) -> sql.Composed:
    """The rows that come to a table by what is staged under ``number``, a key any number of times.
    ``only_first``: those whose first sum moves."""
    source = table if table.spread is None else table.spread.source
    moves = f" AND c{source.key_width} <> '0'" if only_first else ""
    lines = _staged(number, source.columns, moves)
    if table.spread is None:
        return lines
    return filled(table.spread.rows, generation, rows=sql.SQL("({})").format(lines))


def _together(rows: sql.Composable, key: tuple[Column, ...], sums: tuple[Column, ...] = ()) -> sql.Composed:
    """These rows with each key once, and the sums added up. Text is compared by its bytes, as in tables."""
    collated = [
        sql.SQL('r.{0} COLLATE "C" AS {0}' if column.python_type is str else "r.{0}").format(
            sql.Identifier(column.name)
        )
        for column in key
    ]
    added = [sql.SQL("sum(r.{0}) AS {0}").format(sql.Identifier(column.name)) for column in sums]
    return sql.SQL("SELECT {} FROM ({}) AS r GROUP BY {}").format(
        sql.SQL(", ").join([*collated, *added]),
        rows,
        sql.SQL(", ").join(sql.SQL(str(i + 1)) for i in range(len(key))),
    )


def _count(
    table: CounterTable, counted: Counted, generation: Generation, numbers: Mapping[Table, int]
) -> str:
    """Stages what the rows that appeared or vanished, as the merged sum and what came to it tell, add to the
    rows that count them."""
    into, key = counted.into, table.key_columns
    owner, first = key[: into.key_width], table.columns[table.key_width]
    columns = [sql.SQL(f"c{i}") for i in range(len(into.columns))]
    values: list[sql.Composable] = [column_names(owner), *[sql.SQL("'0'")] * len(into.sums)]
    values[1 + into.index_of(counted.column)] = sql.SQL("sum(n)::text")
    came = _together(_brought(table, numbers[table], generation, only_first=True), key, (first,))
    return (
        sql.SQL(
            "INSERT INTO flush_rows (table_number, {columns}) SELECT {into}, {values} FROM ("
            " SELECT {owner}, (t.{first} > 0)::int - (t.{first} - s.{first} > 0)::int AS n"
            " FROM ({came}) AS s"
            " CROSS JOIN LATERAL (SELECT * FROM {table} AS t WHERE {matches} OFFSET 0) AS t"
            ") AS counted GROUP BY {owners} HAVING sum(n) <> 0"
        )
        .format(
            columns=sql.SQL(", ").join(columns),
            into=sql.Literal(numbers[into]),
            values=sql.SQL(", ").join(values),
            owner=sql.SQL(", ").join(sql.SQL("s.{}").format(sql.Identifier(c.name)) for c in owner),
            owners=column_names(owner),
            first=sql.Identifier(first.name),
            came=came,
            table=sql.Identifier(generation.schema, table.name),
            matches=_matches(key, "s"),
        )
        .as_string()
    )


def _follow(table: CounterTable, followed: Followed, number: int, generation: Generation) -> str:
    """Computes the followed columns of the keys staged under ``number``; their rows are locked by then, so
    that nothing they follow from can come or go."""
    keys = sql.SQL("({})").format(_staged(number, table.key_columns))
    columns = [sql.Identifier(name) for name in followed.columns]
    values: list[sql.Composable] = [sql.SQL("f.{}").format(column) for column in columns]
    if table.aging is not None:
        columns.append(sql.Identifier(table.aging.column))
        values.append(number_at(table.aging, sql.SQL("f.{}").format(sql.Identifier(table.aging.since))))
    return (
        sql.SQL("UPDATE {table} AS t SET ({columns}) = ROW({values}) FROM ({computed}) AS f WHERE {matches}")
        .format(
            table=sql.Identifier(generation.schema, table.name),
            columns=sql.SQL(", ").join(columns),
            values=sql.SQL(", ").join(values),
            computed=filled(followed.computed, generation, keys=keys),
            matches=_matches(table.key_columns, "f"),
        )
        .as_string()
    )


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
    shared: tuple[int, ...] = field(init=False)
    wholes: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.json_types = {
            i: column.python_type for i, column in enumerate(self.table.columns) if column.is_json
        }
        self.arrays = tuple(i for i, column in enumerate(self.table.columns) if column.sql_type == "text[]")
        self.shared = tuple(i for i, column in enumerate(self.table.columns) if column.python_type is Shared)
        self.wholes = tuple(i for i, column in enumerate(self.table.columns) if column.python_type is Whole)

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
            _upsert(name, table.columns, table.key_width, _staged(number, table.columns), stands),
            _delete(name, table.key_columns, _staged(number + 1, table.key_columns), sql.SQL("")),
            _select(name, table),
        )

    @property
    def statements(self) -> list[tuple[int, str]]:
        """What merges the rows staged under each number, in this order."""
        return [(self.lines.number, self.upsert), (self.lines.number + 1, self.delete)]

    def staged(self, rows: Mapping[Key, msgspec.Struct | None], width: int) -> Iterator[tuple[int, str]]:
        """The lines of these rows in blocks, each with the number under which it is staged."""
        standing = [row for row in rows.values() if row is not None]
        removed = [key for key, row in rows.items() if row is None]
        for block in self.lines.blocks(standing, width):
            yield self.lines.number, block
        for block in self.lines.key_blocks(self.lines.number + 1, removed, width):
            yield self.lines.number + 1, block

    def key_arrays(self, keys: list[Key]) -> list[str]:
        """The parameters of ``select``: one array literal per key column."""
        return [
            array_literal(column) if isinstance(column[0], str) else "{" + ",".join(map(str, column)) + "}"
            for column in zip(*keys, strict=True)
        ]

    def row_of(self, values: tuple[Any, ...]) -> Any:
        """The struct for a selected row."""
        if self.json_types or self.arrays or self.shared or self.wholes:
            loaded = list(values)
            for i in self.arrays:
                # Names of other things all of them, which others name too.
                loaded[i] = None if loaded[i] is None else tuple(map(shared, loaded[i]))
            for i in self.shared:
                loaded[i] = None if loaded[i] is None else shared(loaded[i])
            for i in self.wholes:
                loaded[i] = None if loaded[i] is None else int(loaded[i])
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
