"""What the engine and the commands need to know of the read model of system 3."""

from pathlib import Path
from typing import Final

from projections.read_model import ReadModel
from projections.weights import tables
from projections.weights.cached import CACHED

FOLDER: Final = Path(__file__).parent
PAGES: Final = FOLDER / "pages"

READ_MODEL: Final = ReadModel(
    system="weights",
    tables=(tables.USERS, tables.IMPACT_WEIGHTS, tables.HISTORY, tables.POPULATION),
    views=FOLDER / "views",
    functions=FOLDER / "functions.sql",
    cached=CACHED,
)
