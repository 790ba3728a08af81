"""What the engine and the commands need to know of the read model of system 1."""

from pathlib import Path
from typing import Final

from projections.actions import tables
from projections.actions.cached import CACHED
from projections.heat import PARAMETERS
from projections.read_model import ReadModel

FOLDER: Final = Path(__file__).parent
PAGES: Final = FOLDER / "pages"
DECISIONS: Final = FOLDER / "decisions"

READ_MODEL: Final = ReadModel(
    system="actions",
    tables=(
        tables.WAVES,
        tables.RIPPLES,
        tables.MEMBERSHIPS,
        tables.ACTIONS,
        tables.BUCKET_WEIGHTS,
        tables.CLOSED_HOURS,
        tables.TRENDING_SCORES,
        tables.PEAK_RANKS,
        tables.USER_WAVES,
        tables.USER_UNITS,
        tables.ACTIVITY_HOURS,
        tables.ACTIVITY_MINUTES,
        tables.INTEREST_HOURS,
    ),
    views=FOLDER / "views",
    functions=FOLDER / "functions.sql",
    windows=(tables.RIPPLE_TRENDS,),
    calculated=(tables.IMPACT_INDEXES,),
    parameters=PARAMETERS,
    cached=CACHED,
)
