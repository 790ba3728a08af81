"""What an operator asks: how far the folding is, and which records are dead letters."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from projections.postgres.connection import reached

SQL: Final = Path(__file__).parent / "postgres" / "sql"

Row = dict[str, Any]


async def lag_rows(url: str) -> list[Row]:
    """A row per partition: next_offset, applied, duplicates, dead and last_appended_at. Raises
    ServerUnreachable."""
    return await _rows(url, "lag", {})


async def dead_letter_groups(
    url: str, system: str | None, kind: str | None, code: str | None, limit: int
) -> list[Row]:
    """Dead letters by fingerprint, the most frequent first. Raises ServerUnreachable."""
    return await _rows(
        url, "dead_letters_list", {"system": system, "kind": kind, "code": code, "limit": limit}
    )


async def dead_letters(
    url: str, *, fingerprint: str | None = None, place: tuple[str, int, int] | None = None, limit: int = 10
) -> list[Row]:
    """The newest dead letters of a fingerprint, or the one at (topic, partition, offset). Raises
    ServerUnreachable."""
    topic, partition, offset = place or (None, None, None)
    return await _rows(
        url,
        "dead_letters_show",
        {
            "fingerprint": fingerprint,
            "topic": topic,
            "partition": partition,
            "record_offset": offset,
            "limit": limit,
        },
    )


async def _rows(url: str, name: str, parameters: Mapping[str, Any]) -> list[Row]:
    async with reached(url) as connection:
        return await _query(connection, name, parameters)


async def _query(connection: AsyncConnection[Any], name: str, parameters: Mapping[str, Any]) -> list[Row]:
    cursor = connection.cursor(row_factory=dict_row)
    try:
        await cursor.execute((SQL / f"{name}.sql").read_bytes(), parameters)
    except psycopg.errors.UndefinedTable:
        # No worker has ever run here: nothing was folded yet.
        return []
    return await cursor.fetchall()


async def chores_left(url: str, system: str) -> int:
    """How many chores of the system's active generation are not finished. Raises ServerUnreachable."""
    rows = await _rows(url, "chores_left", {"system": system})
    return int(rows[0]["chores"]) if rows else 0


async def generation_rows(url: str, system: str | None) -> list[Row]:
    """A row per generation of the system, or of all systems. Raises ServerUnreachable."""
    return await _rows(url, "generations_list", {"system": system})
