"""What of system 3 lies in Redis: the weights of the users somebody looks at."""

from pathlib import Path
from typing import Final

from projections.redis.cached import Cached, CachedEntity, Touch
from projections.weights import tables

FOLDER: Final = Path(__file__).parent / "cache"

USER: Final = CachedEntity(
    "user",
    key=("user_id",),
    rows=FOLDER / "user.sql",
    touched_by=(Touch(tables.USERS, ("user_id",)),),
)

CACHED: Final = Cached(entities=(USER,))
