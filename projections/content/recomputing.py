"""What of system 2 is recomputed from its videos: their scores, and every row that follows from them."""

from typing import Final

from projections.content import tables
from projections.magnitude import COARSE_COUNTS, COARSE_SCORES
from projections.recomputation import Recomputations, Recomputed, Scope
from projections.tables import Table

FOLDER: Final = tables.FOLDER / "recomputed"
SCOPES: Final = FOLDER / "scopes"

MEMBERS: Final = {"counts": COARSE_COUNTS, "scores": COARSE_SCORES}
"""By what an owner's videos are ordered."""


def _recomputed(table: Table, scope: str, columns: tuple[str, ...] = ()) -> Recomputed:
    of_scope: Scope = SCOPES / f"{scope}.sql"
    return Recomputed(table, FOLDER / f"{table.name}.sql", of_scope, columns, MEMBERS)


RECOMPUTED: Final[Recomputations] = (
    _recomputed(tables.VIDEOS, "videos", columns=("impact_cents",)),
    _recomputed(tables.CREATOR_VIDEOS, "creators"),
    _recomputed(tables.SOUND_VIDEOS, "sounds"),
    _recomputed(tables.HASHTAG_VIDEOS, "hashtags"),
    _recomputed(tables.COMMUNITY_VIDEOS, "communities"),
    _recomputed(tables.HASHTAG_NAMES, "hashtags"),
    _recomputed(tables.SOUND_CREATORS, "sounds"),
    _recomputed(tables.HASHTAG_CREATORS, "hashtags"),
    _recomputed(tables.COMMUNITY_CREATORS, "communities"),
    _recomputed(tables.COMMUNITY_HASHTAGS, "communities"),
    _recomputed(tables.CREATOR_TOTALS, "creators"),
    _recomputed(tables.SOUND_TOTALS, "sounds"),
    _recomputed(tables.HASHTAG_TOTALS, "hashtags"),
    _recomputed(tables.COMMUNITY_TOTALS, "communities"),
)
"""Not among them: `activity`. What a video gained while it had an owner is in the log alone."""
