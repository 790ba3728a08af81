"""What follows from the clock: window rows as of the minute now, and tables calculated as of a whole period.

Both read Postgres's clock and nobody else's. The position of each table, as of when it was gone through as a
whole, stands in ``groundswell.recalculations``; whatever stops in the middle is done again from there.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from psycopg import AsyncConnection, sql

from projections.postgres.generations import Generation, filled
from projections.postgres.staging import array_literal
from projections.postgres.windows import MINUTE_NOW, lock_key, recompute
from projections.tables import CalculatedTable, Key, WindowTable

MINUTES_BEHIND_MAX: Final = 60
"""After a longer pause every row is gone through instead of those whose minutes entered or left: cells of
minutes that left long ago may be swept."""
CHUNK_ROWS: Final = 1_000
"""Window rows recomputed while flushes wait: about 50 ms."""
CALCULATION_SECONDS_MAX: Final = 300
CALCULATION_MEMORY_MIB: Final = 128
"""Sorting ten million cells in the usual 4 MB takes three times as long."""
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


async def minute_now(connection: AsyncConnection[Any]) -> int:
    """The minute by Postgres's clock, in whole ones since 1970."""
    return int(await _value(connection, f"SELECT {MINUTE_NOW}", ()))


async def settled_minute(connection: AsyncConnection[Any], generation: Generation) -> int:
    """The minute now, at which every flush that computed its rows as of an earlier one is committed.

    What is due is read after that: a flush still on its way may hold an action of a minute that has entered
    since, and nobody would look at its row again.
    """
    async with connection.transaction():
        await _lock_out_flushes(connection, generation)
        return await minute_now(connection)


async def position(connection: AsyncConnection[Any], generation: Generation, table: str) -> datetime | None:
    """As of when the table was last gone through as a whole; None when it never was."""
    found: datetime | None = await _value(
        connection,
        "SELECT (SELECT as_of FROM groundswell.recalculations"
        " WHERE system = %s AND generation = %s AND table_name = %s)",
        (generation.system, generation.number, table),
    )
    return found


async def move_position(
    connection: AsyncConnection[Any], generation: Generation, table: str, as_of: datetime
) -> None:
    """The table is as of this time now. A position never goes back."""
    await connection.execute(
        "INSERT INTO groundswell.recalculations AS r (system, generation, table_name, as_of)"
        " VALUES (%s, %s, %s, %s) ON CONFLICT (system, generation, table_name)"
        " DO UPDATE SET as_of = greatest(r.as_of, excluded.as_of)",
        (generation.system, generation.number, table, as_of),
    )


async def minute_of(
    connection: AsyncConnection[Any], generation: Generation, table: WindowTable
) -> int | None:
    """The minute up to which the table was gone through, in whole ones since 1970."""
    as_of = await position(connection, generation, table.name)
    return None if as_of is None else int((as_of - EPOCH).total_seconds()) // 60


async def move_minute(
    connection: AsyncConnection[Any], generation: Generation, table: WindowTable, minute: int
) -> None:
    """The table was gone through up to this minute."""
    await move_position(connection, generation, table.name, EPOCH + timedelta(minutes=minute))


async def due_keys(
    connection: AsyncConnection[Any],
    generation: Generation,
    table: WindowTable,
    since: int | None,
    until: int,
) -> list[Key]:
    """Keys whose rows may differ between two minutes; all keys when ``since`` is long ago or never was."""
    if since is None or until - since > MINUTES_BEHIND_MAX:
        return await all_keys(connection, generation, table)
    cursor = await connection.execute(filled(table.due, generation), {"since": since, "until": until})
    return await cursor.fetchall()


async def all_keys(connection: AsyncConnection[Any], generation: Generation, table: WindowTable) -> list[Key]:
    """The keys of all rows that there are or should be."""
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.key_columns)
    keys = sql.SQL(" UNION ").join(
        sql.SQL("SELECT {} FROM {}").format(columns, sql.Identifier(generation.schema, name))
        for name in (*(touching.name for touching in table.touched_by), table.name)
    )
    cursor = await connection.execute(sql.SQL("{} ORDER BY {}").format(keys, columns))
    return await cursor.fetchall()


async def recompute_keys(
    connection: AsyncConnection[Any], generation: Generation, table: WindowTable, keys: Sequence[Key]
) -> None:
    """Puts the rows of these keys as of the minute now, with flushes locked out, inside the caller's
    transaction."""
    await _lock_out_flushes(connection, generation)
    wanted = sql.SQL("SELECT * FROM unnest({})").format(
        sql.SQL(", ").join(
            sql.SQL("{}::{}[]").format(
                sql.Literal(_array(values)), sql.SQL(column.sql_type.split(" COLLATE")[0])
            )
            for column, values in zip(table.key_columns, zip(*keys, strict=True), strict=True)
        )
    )
    await connection.execute(recompute(generation.schema, table, wanted))


async def recompute_all(connection: AsyncConnection[Any], generation: Generation, table: WindowTable) -> int:
    """Puts every row as of now, in chunks each with a transaction of its own; answers how many keys there
    were. For a generation that is to become active."""
    minute = await settled_minute(connection, generation)
    keys = await all_keys(connection, generation, table)
    for start in range(0, len(keys), CHUNK_ROWS):
        async with connection.transaction():
            await recompute_keys(connection, generation, table, keys[start : start + CHUNK_ROWS])
    await move_minute(connection, generation, table, minute)
    return len(keys)


async def calculate(
    connection: AsyncConnection[Any], generation: Generation, table: CalculatedTable, as_of: datetime
) -> None:
    """Replaces all rows of the table by those as of that time, in one transaction. Does nothing where they
    are as of a later time already."""
    name = sql.Identifier(generation.schema, table.name)
    async with connection.transaction():
        await plan_for_whole_tables(connection, CALCULATION_SECONDS_MAX, in_parallel=True)
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            (f"groundswell calculation {generation.schema}.{table.name}",),
        )
        before = await position(connection, generation, table.name)
        if before is not None and before > as_of:
            return
        await connection.execute(sql.SQL("DELETE FROM {}").format(name))
        await connection.execute(
            sql.SQL("INSERT INTO {} ").format(name) + filled(table.computed, generation), {"as_of": as_of}
        )
        await move_position(connection, generation, table.name, as_of)


async def plan_for_whole_tables(
    connection: AsyncConnection[Any], seconds_max: int, *, in_parallel: bool = False
) -> None:
    """To the end of the caller's transaction tables are read as a whole, in so much time: the plans of the
    engine's lookups do not fit."""
    await connection.execute(f"SET LOCAL statement_timeout = '{seconds_max}s'")
    for setting in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin"):
        await connection.execute(f"SET LOCAL {setting} = on")
    await connection.execute(f"SET LOCAL work_mem = '{CALCULATION_MEMORY_MIB}MB'")
    if not in_parallel:
        # Sums of numerics cost more to hand over than to add, and the other cores have to fold.
        await connection.execute("SET LOCAL max_parallel_workers_per_gather = 0")


async def period_now(connection: AsyncConnection[Any], period: timedelta) -> datetime:
    """The beginning of the running period by Postgres's clock."""
    now: datetime = await _value(connection, "SELECT clock_timestamp()", ())
    return now - (now - EPOCH) % period


async def _lock_out_flushes(connection: AsyncConnection[Any], generation: Generation) -> None:
    """To the end of the caller's transaction."""
    await connection.execute(sql.SQL("SELECT pg_advisory_xact_lock({})").format(lock_key(generation.schema)))


def _array(values: Sequence[Any]) -> str:
    return array_literal(values) if isinstance(values[0], str) else "{" + ",".join(map(str, values)) + "}"


async def _value(connection: AsyncConnection[Any], query: str, parameters: Any) -> Any:
    cursor = await connection.execute(query, parameters)
    row = await cursor.fetchone()
    assert row is not None, f"a query that always answers a row did not: {query}"
    return row[0]
