"""The statements that bring staged rows into a generation's tables, made once from the table definitions."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from psycopg import sql

from projections.postgres.aging import number_at
from projections.postgres.generations import Generation, filled
from projections.postgres.staging import CounterLines, StateLines, array_literal
from projections.tables import Column, Counted, CounterTable, Followed, Key, StateTable, Table, Whole


def staged_columns(columns: tuple[Column, ...], first: int = 0) -> sql.Composed:
    """The staging columns from number ``first`` on, cast to the types of these."""
    return sql.SQL(", ").join(
        sql.SQL("c{}::{}").format(sql.SQL(str(i)), sql.SQL(column.sql_type.split(" COLLATE")[0]))
        for i, column in enumerate(columns, first)
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
    name: sql.Identifier,
    number: int,
    columns: tuple[Column, ...],
    key: int,
    changes: sql.Composable,
    *,
    summed: bool = False,
) -> str:
    """Merges in key order: workers that share rows lock them in one order, and neighbours lie on one page.
    ``summed``: a key may be staged several times."""
    staged = staged_columns(columns)
    if summed:
        sums = [
            sql.SQL("sum({})").format(staged_columns(columns[i : i + 1], i)) for i in range(key, len(columns))
        ]
        staged = sql.SQL("{}, {}").format(staged_columns(columns[:key]), sql.SQL(", ").join(sums))
    action = sql.SQL("DO UPDATE SET {}").format(changes) if len(columns) > key else sql.SQL("DO NOTHING")
    return (
        sql.SQL(
            "INSERT INTO {} AS t ({}) SELECT {} FROM flush_rows WHERE table_number = {}{} ORDER BY {}"
            " ON CONFLICT ({}) {}"
        )
        .format(
            name,
            column_names(columns),
            staged,
            sql.Literal(number),
            sql.SQL(" GROUP BY {}").format(sql.SQL(", ").join(sql.SQL(f"c{i}") for i in range(key)))
            if summed
            else sql.SQL(""),
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
    """Adds deltas, counts rows that appeared or vanished where that is to be counted, computes again what
    does not add, and removes rows that fell to nothing; all in the same transaction."""

    table: CounterTable
    lines: CounterLines
    upsert: str
    count: str
    follow: str
    vanish: str

    @classmethod
    def of(
        cls, table: CounterTable, number: int, generation: Generation, numbers: Mapping[Table, int]
    ) -> "CounterMerge":
        """``numbers``: under which the rows of each table are staged."""
        name = sql.Identifier(generation.schema, table.name)
        sums = table.columns[len(table.key) :]
        added = sql.SQL(", ").join(
            sql.SQL("{0} = t.{0} + excluded.{0}").format(sql.Identifier(column.name)) for column in sums
        )
        nothing = sql.SQL("").join(
            sql.SQL(" AND t.{} = 0").format(sql.Identifier(column.name)) for column in sums
        )
        is_counted_into = any(
            isinstance(other, CounterTable) and other.counted is not None and other.counted.into is table
            for other in numbers
        )
        return cls(
            table,
            CounterLines(number, table),
            _upsert(name, number, table.columns, len(table.key), added, summed=is_counted_into),
            _count(table, table.counted, number, generation, numbers) if table.counted else "",
            _follow(table, table.followed, number + 2, generation) if table.followed else "",
            _delete(name, number + 1, table.key_columns, nothing) if table.vanishes else "",
        )

    @property
    def statements(self) -> list[tuple[int, str]]:
        """What merges the rows staged under each number, in this order."""
        number = self.lines.number
        found = [(number, self.upsert), (number, self.count), (number + 2, self.follow)]
        return [(at, statement) for at, statement in [*found, (number + 1, self.vanish)] if statement]

    def staged(
        self, rows: Mapping[Key, Sequence[int]], followed: Collection[Key], width: int
    ) -> Iterator[tuple[int, str]]:
        """The lines of these rows in blocks, each with the number under which it is staged. Of the
        ``followed`` keys what does not add is computed again.

        Keys of rows that fell come a second time: they may have fallen to nothing.
        """
        number, fallen = self.lines.number, list[Key]()
        merged: Iterable[tuple[Key, Sequence[int]]] = rows.items()
        if self.vanish:
            # What was counted and taken back within one flush leaves no row of zeros. Rows that are computed
            # again are locked by being merged, whatever is added to them.
            merged = [(key, sums) for key, sums in merged if any(sums) or key in followed]
            fallen = [key for key, sums in merged if min(sums) < 0 or not any(sums)]
        for block in self.lines.blocks(merged, width):
            yield number, block
        for at, keys in ((number + 1, fallen), (number + 2, followed)):
            for block in self.lines.key_blocks(at, keys, width):
                yield at, block


def _count(
    table: CounterTable, counted: Counted, number: int, generation: Generation, numbers: Mapping[Table, int]
) -> str:
    """Stages what the rows that appeared or vanished, as the merged sum and the staged one tell, add to the
    rows that count them."""
    into = counted.into
    place = len(into.key) + into.index_of(counted.column)
    columns = [sql.SQL(f"c{i}") for i in range(len(into.columns))]
    values = [*columns[: len(into.key)], *[sql.SQL("'0'")] * len(into.sums)]
    values[place] = sql.SQL("sum(n)::text")
    first = sql.Identifier("t", next(iter(table.sums)))
    staged = sql.SQL(f"s.c{len(table.key)}")
    return (
        sql.SQL(
            "INSERT INTO flush_rows (table_number, {columns}) SELECT {into}, {values} FROM ("
            " SELECT {key}, ({first} > 0)::int - ({first} - {staged}::bigint > 0)::int AS n"
            " FROM flush_rows AS s"
            " CROSS JOIN LATERAL (SELECT * FROM {table} AS t WHERE {matches} OFFSET 0) AS t"
            " WHERE s.table_number = {number} AND {staged} <> '0') AS counted"
            " GROUP BY {grouped} HAVING sum(n) <> 0"
        )
        .format(
            columns=sql.SQL(", ").join(columns),
            into=sql.Literal(numbers[into]),
            values=sql.SQL(", ").join(values),
            key=sql.SQL(", ").join(sql.SQL(f"s.c{i}") for i in range(len(into.key))),
            first=first,
            staged=staged,
            table=sql.Identifier(generation.schema, table.name),
            matches=_matches(table.key_columns, "s"),
            number=sql.Literal(number),
            grouped=sql.SQL(", ").join(columns[: len(into.key)]),
        )
        .as_string()
    )


def _follow(table: CounterTable, followed: Followed, number: int, generation: Generation) -> str:
    """Computes the followed columns of the keys staged under ``number``; their rows are locked by then, so
    that nothing they follow from can come or go."""
    keys = sql.SQL("(SELECT {} FROM flush_rows WHERE table_number = {})").format(
        sql.SQL(", ").join(
            sql.SQL(f"c{i} AS {{}}").format(sql.Identifier(column.name))
            for i, column in enumerate(table.key_columns)
        ),
        sql.Literal(number),
    )
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
            matches=sql.SQL(" AND ").join(
                sql.SQL("t.{0} = f.{0}").format(sql.Identifier(column.name)) for column in table.key_columns
            ),
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
    wholes: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.json_types = {
            i: column.python_type for i, column in enumerate(self.table.columns) if column.is_json
        }
        self.arrays = tuple(i for i, column in enumerate(self.table.columns) if column.sql_type == "text[]")
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
            _upsert(name, number, table.columns, table.key_width, stands),
            _delete(name, number + 1, table.key_columns, sql.SQL("")),
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
        if self.json_types or self.arrays or self.wholes:
            loaded = list(values)
            for i in self.arrays:
                loaded[i] = None if loaded[i] is None else tuple(loaded[i])
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
