"""The reader that commands ask, and how they show what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from events.settings import settings

if TYPE_CHECKING:
    from projections.actions.reader import Reader
    from projections.content.reader import Reader as ContentReader


SCORE_PLACES = 3


def reader() -> Reader:
    """Reads from the Redis and the Postgres of the settings."""
    from projections.actions.reader import Reader

    return Reader(settings().postgres, redis=settings().redis_address)


def content_reader() -> ContentReader:
    """Reads the content system from the Redis and the Postgres of the settings."""
    from projections.content.reader import Reader

    return Reader(settings().postgres, redis=settings().redis_address)


def titled(row: dict[str, Any]) -> dict[str, Any]:
    """The row with ids in the place of titles that are not there: what was never announced has none."""
    shown = {**row, "title": row.get("title") or row.get("ripple_id") or row["wave_id"]}
    if "wave_title" in row:
        shown["wave_title"] = row["wave_title"] or row["wave_id"]
    return shown


def scored(row: dict[str, Any], score: str) -> dict[str, Any]:
    """The row with that score as `score`, to three places."""
    return {**row, "score": f"{row[score]:,.{SCORE_PLACES}f}"}


def rank_changes(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with their rank changes as signs: "▲2" is two places won. "new" is what was in no close, where
    anything was in one."""
    is_known = any(row["rank_change"] is not None for row in rows)
    return [{**row, "rank_change": _sign(row["rank_change"]) if is_known else None} for row in rows]


def _sign(change: int | None) -> str:
    if change is None:
        return "new"
    if change == 0:
        return "="
    return f"▲{change:,}" if change > 0 else f"▼{-change:,}"
