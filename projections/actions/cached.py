"""What of system 1 lies in Redis: every ripple, the lists of what trends, and the users somebody looks at."""

from pathlib import Path
from typing import Final

from projections.actions import tables
from projections.redis.cached import Cached, CachedEntity, RefreshGroup, SortedSet, Touch

FOLDER: Final = Path(__file__).parent / "cache"

RIPPLE: Final = CachedEntity(
    "ripple",
    key=("wave_id", "ripple_id"),
    rows=FOLDER / "ripple.sql",
    touched_by=(Touch(tables.RIPPLES, ("wave_id", "ripple_id")),),
    all_of=(tables.RIPPLES,),
    sets=(
        SortedSet("trending", score="heat"),
        SortedSet("trending:1h", score="actions_1h", least=1),
        SortedSet("trending:24h", score="actions_24h", least=1),
    ),
)

USER: Final = CachedEntity(
    "user",
    key=("user_id",),
    rows=FOLDER / "user.sql",
    touched_by=(Touch(tables.USER_WAVES, ("user_id",)),),
)

CACHED: Final = Cached(
    entities=(RIPPLE, USER),
    groups=(
        # Its ripples and shares in summaries vanish with it, and its category moves users' impact.
        RefreshGroup(
            "wave",
            key=("wave_id",),
            members={"ripple": FOLDER / "wave_ripples.sql", "user": FOLDER / "wave_users.sql"},
        ),
        RefreshGroup("wave_title", key=("wave_id",), members={"ripple": FOLDER / "wave_ripples.sql"}),
        RefreshGroup("ripple", key=("wave_id", "ripple_id"), members={"user": FOLDER / "ripple_users.sql"}),
    ),
    follows_minutes=True,
)
