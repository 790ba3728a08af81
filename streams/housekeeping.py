"""Housekeeping: removes rows that nothing reads any more, a little at a time."""

import asyncio
from datetime import datetime
from functools import partial
from typing import Any, Final

from psycopg import AsyncConnection, sql

from events.settings import Settings
from projections.postgres.connection import connect, until_postgres_answers
from projections.postgres.positions import positions
from projections.tables import CounterTable
from streams.duplicates import DUPLICATE_WINDOW_OFFSETS
from streams.engine import Engine

HOUSEKEEPING_SECONDS: Final = 60.0
SWEPT_ROWS_MAX: Final = 20_000
"""Rows that one round removes from a table: about a tenth of a second. What is left waits for the next."""

SWEEP: Final = """
DELETE FROM {table} WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM {table} WHERE {column} < %(oldest)s
    ORDER BY {column} LIMIT %(rows)s FOR UPDATE SKIP LOCKED
))
"""


async def keep_house(engine: Engine, settings: Settings) -> None:
    """Every minute, for the partitions in hand. Harmless when several workers do it."""
    while True:
        await asyncio.sleep(HOUSEKEEPING_SECONDS)
        assignment = engine.assignment
        if assignment is not None and assignment.ready.is_set():
            sweep_now = partial(_sweep, engine, settings, sorted(assignment.partitions))
            await until_postgres_answers("housekeeping", sweep_now)


async def _sweep(engine: Engine, settings: Settings, partitions: list[int]) -> None:
    connection = await connect(settings.postgres, synchronous_commit="off")
    try:
        await sweep(connection, engine, partitions)
    finally:
        await connection.close()


async def sweep(connection: AsyncConnection[Any], engine: Engine, partitions: list[int]) -> None:
    """Forgets ids beyond the duplicate window, and rows of counters and of the outbox that are older than
    they are kept."""
    generation = engine.generation
    found = await positions(connection, generation, engine.topic, partitions)
    for row in found.values():
        await connection.execute(
            "DELETE FROM groundswell.applied_ids WHERE system = %s AND generation = %s AND topic = %s"
            " AND partition = %s AND last_offset < %s",
            (
                generation.system, generation.number, engine.topic, row.partition,
                row.next_offset - DUPLICATE_WINDOW_OFFSETS,
            ),
        )  # fmt: skip
    await _forget_decided(connection, engine)
    watermark = max((row.last_appended_at for row in found.values() if row.last_appended_at), default=None)
    if watermark is not None:
        for table in engine.system.model.tables:
            if isinstance(table, CounterTable):
                await _forget_rows(connection, generation.schema, table, watermark)


async def _forget_decided(connection: AsyncConnection[Any], engine: Engine) -> None:
    """What was published long ago of decisions that are made all the time; the newest one always stays."""
    for decision in engine.system.decisions:
        if decision.kept is not None:
            await connection.execute(
                "DELETE FROM groundswell.outbox AS o WHERE system = %(system)s AND decision = %(decision)s"
                " AND published_at < now() - %(kept)s AND nominal_time < (SELECT max(nominal_time)"
                " FROM groundswell.outbox WHERE system = %(system)s AND decision = %(decision)s)",
                {"system": engine.system.name, "decision": decision.name, "kept": decision.kept},
            )


async def _forget_rows(
    connection: AsyncConnection[Any], schema: str, table: CounterTable, watermark: datetime
) -> None:
    """A flush that holds one of the rows goes first: it is removed in the next round."""
    kept = table.retention
    if kept is not None:
        query = sql.SQL(SWEEP).format(
            table=sql.Identifier(schema, table.name), column=sql.Identifier(kept.column)
        )
        await connection.execute(query, {"oldest": kept.oldest(watermark), "rows": SWEPT_ROWS_MAX})
