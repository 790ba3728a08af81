"""What the stored windows of a generation hold, beside what they must hold as of a minute."""

from typing import Any, Final

from psycopg import AsyncConnection, sql

from projections.postgres.generations import Generation

WRONG: Final = """
SELECT r.wave_id, r.ripple_id, s.stored, c.computed
FROM {generation}.ripples r
JOIN {generation}.waves w ON w.wave_id = r.wave_id AND NOT w.deleted
LEFT JOIN LATERAL (
    SELECT ROW (t.actions_1h, t.actions_24h, t.heat)::text AS stored
    FROM {generation}.ripple_trends t
    WHERE t.wave_id = r.wave_id AND t.ripple_id = r.ripple_id
) s ON true
LEFT JOIN LATERAL (
    SELECT ROW (f.actions_1h, f.actions_24h, f.heat)::text AS computed
    FROM {generation}.ripple_trends_at(r.wave_id, r.ripple_id, %(minute)s) f
) c ON true
WHERE s.stored IS DISTINCT FROM c.computed
"""
"""Ripples of standing waves whose stored row is not what the function says as of the minute: also those
without a row, and deleted ones with one."""

RIPPLES: Final = (
    " AND (r.wave_id, r.ripple_id) IN (SELECT * FROM unnest(%(waves)s::text[], %(ripples)s::text[]))"
)

WHILE_CURRENT: Final = (
    " AND (SELECT as_of FROM groundswell.recalculations r"
    " WHERE (r.system, r.generation, r.table_name) = (%(system)s, %(number)s, 'ripple_trends'))"
    " = to_timestamp(%(minute)s * 60)"
)

Wrong = tuple[Any, ...]


async def wrong_windows(
    connection: AsyncConnection[Any],
    generation: Generation,
    minute: int,
    ripples: list[tuple[str, str]] | None = None,
) -> list[Wrong]:
    """(wave, ripple, stored, computed) of the rows that are not as of the minute; of these ripples only, when
    they are given."""
    waves, ids = zip(*ripples, strict=True) if ripples else ((), ())
    given = sql.SQL("" if ripples is None else RIPPLES)
    return await _ask(connection, generation, given, {"minute": minute, "waves": [*waves], "ripples": [*ids]})


async def wrong_while_current(
    connection: AsyncConnection[Any], generation: Generation, minute: int
) -> list[Wrong]:
    """The same, none while the windows do not say that they are of that minute: what a reader may see."""
    place = {"minute": minute, "system": generation.system, "number": generation.number}
    return await _ask(connection, generation, sql.SQL(WHILE_CURRENT), place)


async def _ask(
    connection: AsyncConnection[Any], generation: Generation, condition: sql.SQL, values: dict[str, Any]
) -> list[Wrong]:
    query = sql.SQL(WRONG).format(generation=sql.Identifier(generation.schema)) + condition
    return await (await connection.execute(query, values)).fetchall()
