"""What the engine and the commands need to know of the read model of system 2."""

from pathlib import Path
from typing import Final

from projections.content import tables
from projections.content.cached import CACHED
from projections.content.recomputing import RECOMPUTED
from projections.read_model import ReadModel

FOLDER: Final = Path(__file__).parent
DECISIONS: Final = FOLDER / "decisions"

READ_MODEL: Final = ReadModel(
    system="content",
    tables=(
        tables.VIDEOS,
        tables.VIDEO_TEXTS,
        tables.VIDEO_OBSERVED,
        tables.OBSERVATIONS,
        tables.CREATORS,
        tables.SOUNDS,
        tables.COMMUNITIES,
        tables.LEADERBOARD_HOURS,
        tables.LEADERBOARDS,
        tables.RECONCILIATIONS,
        *tables.SETTLED,
    ),
    views=FOLDER / "views",
    cached=CACHED,
    recomputed=RECOMPUTED,
)
