"""What the engine and the commands need to know of the read model of system 4."""

from typing import Final

from projections.rankings import tables
from projections.rankings.cached import CACHED
from projections.rankings.recomputing import RECOMPUTED
from projections.read_model import ReadModel

DECISIONS: Final = tables.FOLDER / "decisions"

READ_MODEL: Final = ReadModel(
    system="rankings",
    tables=(
        tables.STUDENTS,
        tables.PERIODS,
        tables.TOPICS,
        tables.BALLOTS,
        tables.SESSIONS,
        tables.CHANGES,
        tables.UNDOS,
        tables.TOPIC_TRENDS,
        tables.ASSIGNMENT_RUNS,
        tables.ASSIGNMENTS,
        tables.RECONCILIATIONS,
        tables.TOPIC_COUNTS,
        tables.TOPIC_POSITIONS,
    ),
    views=tables.FOLDER / "views",
    cached=CACHED,
    recomputed=RECOMPUTED,
)
