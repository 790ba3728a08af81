"""What of system 4 is recomputed from its ballots: how many students rank a topic, and where."""

from typing import Final

from projections.rankings import tables
from projections.recomputation import Recomputations, Recomputed

FOLDER: Final = tables.FOLDER / "recomputed"

RECOMPUTED: Final[Recomputations] = (
    Recomputed(tables.TOPIC_COUNTS, FOLDER / "topic_counts.sql", tables.BALLOTS),
    Recomputed(tables.TOPIC_POSITIONS, FOLDER / "topic_positions.sql", tables.BALLOTS),
)
