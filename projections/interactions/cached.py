"""What of system 5 lies in Redis: every entry, and the list of what trends."""

from pathlib import Path
from typing import Final

from projections.interactions import tables
from projections.redis.cached import Cached, CachedEntity, SortedSet, Touch

FOLDER: Final = Path(__file__).parent / "cache"

ENTRY: Final = CachedEntity(
    "entry",
    key=("entry_id",),
    rows=FOLDER / "entry.sql",
    touched_by=(Touch(tables.ENTRIES, ("entry_id",)), Touch(tables.PLACES, ("entry_id",))),
    # An entry may be a place in the forest and nothing else.
    all_of=(tables.ENTRIES, tables.PLACES),
    sets=(SortedSet("trending", score="heat"),),
)

CACHED: Final = Cached(entities=(ENTRY,))
