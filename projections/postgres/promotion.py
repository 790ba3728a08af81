"""Another generation becomes the active one, or goes: each in one transaction, whatever dies meanwhile."""

import asyncio
from time import monotonic
from typing import Any, Final

from psycopg import AsyncConnection, sql

from projections.postgres.generations import Generation, point_views
from projections.read_model import ReadModel

POSITIONS_LOCK_MS: Final = 1_000
"""How long to wait for a flush that holds the positions."""
VIEWS_LOCK_MS: Final = 200
"""How long to wait for readers of the views: as long, new readers queue behind us."""
CATCH_UP_SECONDS_MAX: Final = 2.0
"""How long the flushes of the active generation are held up until the new one is level: less than their own
lock timeout."""
CATCH_UP_LOOK_SECONDS: Final = 0.02

LOCK_POSITIONS: Final = """
SELECT partition, next_offset FROM groundswell.positions
WHERE system = %s AND generation = %s ORDER BY topic, partition FOR UPDATE
"""
# What the new generation has not folded while the old one has, and large work that it has not finished.
BEHIND: Final = """
SELECT EXISTS (
    SELECT FROM groundswell.positions o
    LEFT JOIN groundswell.positions n ON n.system = o.system AND n.generation = %(new)s
        AND n.topic = o.topic AND n.partition = o.partition
    WHERE o.system = %(system)s AND o.generation = %(old)s AND coalesce(n.next_offset, 0) < o.next_offset
) OR EXISTS (
    SELECT FROM groundswell.chores WHERE system = %(system)s AND generation = %(new)s
)
"""
# A lock on a 64-bit key shows as two halves.
LEADER: Final = """
SELECT FROM pg_locks, hashtextextended('groundswell leader ' || %s, 0) AS key
WHERE locktype = 'advisory' AND granted AND objsubid = 1
  AND classid::bigint = (key >> 32) & 4294967295 AND objid::bigint = key & 4294967295
"""
SHARED_TABLES: Final = (
    "positions", "applied_ids", "dead_letters", "chores", "recalculations", "cache_outbox", "generations",
)  # fmt: skip
"""The engine's tables that hold rows of each generation."""


async def activate(
    connection: AsyncConnection[Any], model: ReadModel, old: Generation | None, new: Generation
) -> bool:
    """Lets the views read ``new``, marks it active and fences whoever folds into ``old``; answers False,
    having done nothing, when it did not come level in time.

    Raises psycopg errors, of which LockNotAvailable, DeadlockDetected and QueryCanceled are worth another
    try.
    """
    async with connection.transaction(force_rollback=False):
        await connection.execute("SET LOCAL synchronous_commit = on")
        await connection.execute(f"SET LOCAL lock_timeout = {POSITIONS_LOCK_MS}")
        if old is not None:
            await connection.execute(LOCK_POSITIONS, (old.system, old.number))
            if not await _comes_level(connection, old, new):
                return False
        await connection.execute(LOCK_POSITIONS, (new.system, new.number))
        if old is not None and await _is_behind(connection, old, new):
            return False
        if not await _is_still_active(connection, old, new):
            return False
        await _mark(connection, old, new)
        await connection.execute(f"SET LOCAL lock_timeout = {VIEWS_LOCK_MS}")
        await point_views(connection, model, new)
        return True


async def _comes_level(connection: AsyncConnection[Any], old: Generation, new: Generation) -> bool:
    deadline = monotonic() + CATCH_UP_SECONDS_MAX
    while await _is_behind(connection, old, new):
        if monotonic() > deadline:
            return False
        await asyncio.sleep(CATCH_UP_LOOK_SECONDS)
    return True


async def _is_behind(connection: AsyncConnection[Any], old: Generation, new: Generation) -> bool:
    cursor = await connection.execute(BEHIND, {"system": old.system, "old": old.number, "new": new.number})
    row = await cursor.fetchone()
    assert row is not None
    return bool(row[0])


async def _is_still_active(connection: AsyncConnection[Any], old: Generation | None, new: Generation) -> bool:
    """Whether what is active now is what the caller found, with the row locked."""
    cursor = await connection.execute(
        "SELECT generation FROM groundswell.generations WHERE system = %s AND active FOR UPDATE",
        (new.system,),
    )
    return [number for (number,) in await cursor.fetchall()] == ([] if old is None else [old.number])


async def _mark(connection: AsyncConnection[Any], old: Generation | None, new: Generation) -> None:
    if old is not None:
        # Its workers can write no more; each finds the new one when it starts afresh.
        await connection.execute(
            "UPDATE groundswell.positions SET epoch = epoch + 1 WHERE system = %s AND generation = %s",
            (old.system, old.number),
        )
        await connection.execute(
            "UPDATE groundswell.generations SET active = false WHERE system = %s AND generation = %s",
            (old.system, old.number),
        )
    await connection.execute(
        "UPDATE groundswell.generations SET active = true, promoted_at = clock_timestamp()"
        " WHERE system = %s AND generation = %s",
        (new.system, new.number),
    )


async def active_before(connection: AsyncConnection[Any], system: str) -> int | None:
    """The generation that was active before the one that is; None when there was none, or it was dropped."""
    cursor = await connection.execute(
        "SELECT generation FROM groundswell.generations WHERE system = %s AND NOT active"
        " AND promoted_at IS NOT NULL ORDER BY promoted_at DESC LIMIT 1",
        (system,),
    )
    row = await cursor.fetchone()
    return None if row is None else int(row[0])


async def has_workers(connection: AsyncConnection[Any], system: str) -> bool:
    """Whether any worker of the system runs: one of them leads."""
    cursor = await connection.execute(LEADER, (system,))
    return await cursor.fetchone() is not None


async def drop(connection: AsyncConnection[Any], generation: Generation) -> bool:
    """Removes its tables and every row about it, in one transaction; answers False when it is the active
    one."""
    key = (generation.system, generation.number)
    async with connection.transaction():
        await connection.execute("SET LOCAL synchronous_commit = on")
        await connection.execute(LOCK_POSITIONS, key)
        cursor = await connection.execute(
            "SELECT FROM groundswell.generations WHERE system = %s AND generation = %s AND NOT active"
            " FOR UPDATE",
            key,
        )
        if await cursor.fetchone() is None:
            return False
        await connection.execute(
            sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(generation.schema))
        )
        for table in SHARED_TABLES:
            await connection.execute(
                sql.SQL("DELETE FROM {} WHERE system = %s AND generation = %s").format(
                    sql.Identifier("groundswell", table)
                ),
                key,
            )
    return True
