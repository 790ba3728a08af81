"""What of system 2 is recomputed from its videos: their scores, and every row that follows from them."""

from typing import Any, Final

from projections.content import tables
from projections.content.impact import WEIGHTS
from projections.magnitude import COARSE_COUNTS, COARSE_SCORES
from projections.recomputation import Recomputations, Recomputed
from projections.tables import StateTable, Table

FOLDER: Final = tables.FOLDER / "recomputed"

MEMBERS: Final = {"counts": COARSE_COUNTS, "scores": COARSE_SCORES}
"""By what an owner's videos are ordered."""


def _of_video(table: StateTable[Any]) -> Recomputed:
    """Rows that one video alone says: its key is in theirs."""
    return Recomputed(table, FOLDER / f"{table.name}.sql", tables.VIDEOS, magnitudes=MEMBERS)


def _of_videos(table: Table, through: StateTable[Any]) -> Recomputed:
    """Rows that several videos add up to."""
    return Recomputed(table, FOLDER / f"{table.name}.sql", tables.VIDEOS, through)


RECOMPUTED: Final[Recomputations] = (
    Recomputed(
        tables.VIDEOS,
        FOLDER / "videos.sql",
        tables.VIDEOS,
        scope=FOLDER / "videos_changed.sql",
        columns=("impact_cents",),
        numbers=WEIGHTS,
    ),
    _of_video(tables.CREATOR_VIDEOS),
    _of_video(tables.SOUND_VIDEOS),
    _of_video(tables.HASHTAG_VIDEOS),
    _of_video(tables.COMMUNITY_VIDEOS),
    _of_video(tables.HASHTAG_NAMES),
    _of_videos(tables.SOUND_CREATORS, tables.SOUND_VIDEOS),
    _of_videos(tables.HASHTAG_CREATORS, tables.HASHTAG_VIDEOS),
    _of_videos(tables.COMMUNITY_CREATORS, tables.COMMUNITY_VIDEOS),
    _of_videos(tables.COMMUNITY_HASHTAGS, tables.COMMUNITY_VIDEOS),
    _of_videos(tables.CREATOR_TOTALS, tables.CREATOR_VIDEOS),
    _of_videos(tables.SOUND_TOTALS, tables.SOUND_VIDEOS),
    _of_videos(tables.HASHTAG_TOTALS, tables.HASHTAG_VIDEOS),
    _of_videos(tables.COMMUNITY_TOTALS, tables.COMMUNITY_VIDEOS),
)
"""Not among them: `activity`. What a video gained while it had an owner is in the log alone."""
