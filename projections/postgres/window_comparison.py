"""Window rows against the log: each as of the minute for which it is right, by the rebuilt cells."""

from collections.abc import AsyncIterator
from typing import Any, Final

from psycopg import AsyncConnection, sql

from projections.postgres.comparables import sampled
from projections.postgres.comparison import A_ROW, Compared, Difference, Key, are_close
from projections.postgres.generations import Generation
from projections.tables import Column, WindowTable

ROWS_TOGETHER: Final = 1_000

Row = tuple[Any, ...]
Live = tuple[Key, int, Row | None]
"""A key, the minute as of which to compute it, and the live values; None where there is no live row."""


async def compare_windows(
    table: WindowTable,
    live: tuple[AsyncConnection[Any], Generation],
    rebuilt: tuple[AsyncConnection[Any], Generation],
    minute: int,
    sample: float,
) -> Compared:
    """Every live row equals what ``<name>_at`` of the rebuilt generation answers, and none is missing.

    A row is right as of its own minute, and from then on as of ``minute``, up to which the job has gone
    through the table.
    """
    found = Compared(table.name)
    together: list[Live] = []
    async for one in _merged(table, live, rebuilt, minute, sample):
        together.append(one)
        if len(together) == ROWS_TOGETHER:
            await _compare_page(table, rebuilt, together, found)
            together = []
    if together:
        await _compare_page(table, rebuilt, together, found)
    return found


async def _merged(
    table: WindowTable,
    live: tuple[AsyncConnection[Any], Generation],
    rebuilt: tuple[AsyncConnection[Any], Generation],
    minute: int,
    sample: float,
) -> AsyncIterator[Live]:
    """All keys of both: those with a live row, and those that should perhaps have one."""
    width = table.key_width
    rows = _ordered(*live, table, [table.name], table.columns, sample)
    keys = _ordered(*rebuilt, table, [t.name for t in table.touched_by], table.key_columns, sample)
    row, key = await anext(rows, None), await anext(keys, None)
    while row is not None or key is not None:
        if row is None or (key is not None and key < row[:width]):
            assert key is not None, "at least one side goes on"
            yield key, minute, None
            key = await anext(keys, None)
            continue
        if key == row[:width]:
            key = await anext(keys, None)
        yield row[:width], max(minute, row[width]), row[width + 1 :]
        row = await anext(rows, None)


async def _ordered(
    connection: AsyncConnection[Any],
    generation: Generation,
    table: WindowTable,
    relations: list[str],
    columns: tuple[Column, ...],
    sample: float,
) -> AsyncIterator[Row]:
    """These columns of the relations' rows, each row once, in the order of the window table's key."""
    together = sql.SQL(" UNION ").join(
        sql.SQL("SELECT {} FROM {}").format(_names(columns), sql.Identifier(generation.schema, relation))
        for relation in relations
    )
    query = sql.SQL("SELECT * FROM ({}) AS t WHERE {} ORDER BY {}").format(
        together, sampled(table.key_columns, sample), _names(table.key_columns)
    )
    async with connection.cursor(name=f"verify_{relations[0]}") as cursor:
        cursor.itersize = ROWS_TOGETHER
        await cursor.execute(query)
        async for row in cursor:
            yield row


async def _compare_page(
    table: WindowTable,
    rebuilt: tuple[AsyncConnection[Any], Generation],
    rows: list[Live],
    found: Compared,
) -> None:
    connection, generation = rebuilt
    arrays = [list(column) for column in zip(*(key for key, _, _ in rows), strict=True)]
    cursor = await connection.execute(_at(table, generation), [*arrays, [minute for _, minute, _ in rows]])
    answers = await cursor.fetchall()
    for (key, _, values), (is_known, *computed) in zip(rows, answers, strict=True):
        if values is None and not is_known:
            continue
        found.rows += 1
        _compare_row(table, key, values, tuple(computed) if is_known else None, found)


def _at(table: WindowTable, generation: Generation) -> sql.Composed:
    """What the rows of these keys are as of these minutes, in the order in which they were given."""
    return sql.SQL(
        "SELECT w.* FROM unnest({types}) WITH ORDINALITY AS k ({keys}, minute, number)"
        " LEFT JOIN LATERAL (SELECT true AS is_known, f.* FROM {function}({k}, k.minute) AS f) AS w ON true"
        " ORDER BY k.number"
    ).format(
        types=sql.SQL(", ").join(
            sql.SQL("%s::{}[]").format(sql.SQL(column.sql_type.split(" COLLATE")[0]))
            for column in (*table.key_columns, Column("minute", int))
        ),
        keys=_names(table.key_columns),
        function=sql.Identifier(generation.schema, f"{table.name}_at"),
        k=sql.SQL(", ").join(sql.Identifier("k", column.name) for column in table.key_columns),
    )


def _compare_row(
    table: WindowTable, key: Key, values: Row | None, computed: Row | None, found: Compared
) -> None:
    named = {column.name: part for column, part in zip(table.key_columns, key, strict=True)}
    if values is None or computed is None:
        found.add(
            Difference(
                table.name, named, None, None if values is None else A_ROW,
                None if computed is None else A_ROW,
            )
        )  # fmt: skip
        return
    columns = table.columns[table.key_width + 1 :]
    for column, ours, theirs in zip(columns, values, computed, strict=True):
        if ours != theirs and not (column.python_type is float and are_close(ours, theirs)):
            found.add(Difference(table.name, named, column.name, _text(ours), _text(theirs)))


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _names(columns: tuple[Column, ...]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
