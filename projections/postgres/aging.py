"""Columns that age: set by the flush that computes their time, and by a job where a step was passed."""

from typing import Any, Final

from psycopg import AsyncConnection, sql

from projections.postgres.generations import Generation
from projections.tables import Aging, CounterTable

AGED_TOGETHER_ROWS_MAX: Final = 1_000
"""Rows aged in one transaction."""
MINUTE: Final = "date_trunc('minute', clock_timestamp())"


def number_at(aging: Aging, since: sql.Composable) -> sql.Composed:
    """What the column is, as of the minute now, where the time is ``since``."""
    steps = sql.SQL(" ").join(
        sql.SQL("WHEN {} > {} - {}::interval THEN {}").format(
            since, sql.SQL(MINUTE), sql.Literal(younger_than), sql.Literal(number)
        )
        for younger_than, number in aging.steps
    )
    return sql.SQL("CASE {} ELSE {} END").format(steps, sql.Literal(aging.otherwise))


async def age(connection: AsyncConnection[Any], generation: Generation, table: CounterTable) -> int:
    """Brings the column up to the minute in all rows that passed a step; answers how many those were."""
    aging = table.aging
    assert aging is not None, f"no column of {table.name} ages"
    aged, statement = 0, _aged(generation, table, aging)
    for younger_than, number in aging.steps:
        parameters = {"number": number, "younger_than": younger_than, "limit": AGED_TOGETHER_ROWS_MAX}
        found = AGED_TOGETHER_ROWS_MAX
        while found == AGED_TOGETHER_ROWS_MAX:
            found = (await connection.execute(statement, parameters)).rowcount
            aged += found
    return aged


def _aged(generation: Generation, table: CounterTable, aging: Aging) -> sql.Composed:
    """Rows are locked in the order of their keys, as flushes lock them."""
    keys = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.key_columns)
    return sql.SQL(
        "WITH passed AS MATERIALIZED (SELECT {keys} FROM {table} WHERE {column} = %(number)s"
        " AND {since} <= {minute} - %(younger_than)s::interval ORDER BY {since} LIMIT %(limit)s), "
        "locked AS MATERIALIZED (SELECT {keys} FROM {table}"
        " WHERE ({keys}) IN (SELECT {keys} FROM passed) ORDER BY {keys} FOR UPDATE) "
        "UPDATE {table} AS t SET {column} = {aged} WHERE ({keys}) IN (SELECT {keys} FROM locked)"
    ).format(
        keys=keys,
        table=sql.Identifier(generation.schema, table.name),
        column=sql.Identifier(aging.column),
        since=sql.Identifier(aging.since),
        minute=sql.SQL(MINUTE),
        aged=number_at(aging, sql.Identifier("t", aging.since)),
    )
