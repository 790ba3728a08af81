"""What the engine and the commands need to know of the read model of system 5."""

from pathlib import Path
from typing import Final

from projections.heat import PARAMETERS
from projections.interactions import tables
from projections.interactions.cached import CACHED
from projections.read_model import ReadModel

FOLDER: Final = Path(__file__).parent
PAGES: Final = FOLDER / "pages"

READ_MODEL: Final = ReadModel(
    system="interactions",
    tables=(tables.ENTRIES, tables.PLACES, tables.USER_ENTRIES, tables.ACTIVITY),
    views=FOLDER / "views",
    functions=FOLDER / "functions.sql",
    windows=(tables.ENTRY_TRENDS,),
    parameters=PARAMETERS,
    cached=CACHED,
)
