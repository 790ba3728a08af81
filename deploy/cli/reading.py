"""The readers of systems 1 and 2, and how commands show what system 1 answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from deploy.cli.asking import ReaderOf

if TYPE_CHECKING:
    from projections.actions.reader import Reader
    from projections.content.reader import Reader as ContentReader

ACTIONS: ReaderOf[Reader] = ReaderOf("actions")
CONTENT: ReaderOf[ContentReader] = ReaderOf("content")
SCORE_PLACES = 3


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
    return [signed(row) if is_known else {**row, "rank_change": None} for row in rows]


def signed(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its rank change as a sign."""
    return {**row, "rank_change": _sign(row["rank_change"])}


def _sign(change: int | None) -> str:
    if change is None:
        return "new"
    if change == 0:
        return "="
    return f"▲{change:,}" if change > 0 else f"▼{-change:,}"
