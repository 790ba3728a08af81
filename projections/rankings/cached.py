"""What of system 4 lies in Redis: the topics that somebody looks at."""

from pathlib import Path
from typing import Final

from projections.rankings import tables
from projections.redis.cached import Cached, CachedEntity, RefreshGroup, Touch

FOLDER: Final = Path(__file__).parent / "cache"

_KEY: Final = ("period_id", "topic_id")

TOPIC: Final = CachedEntity(
    "topic",
    key=_KEY,
    rows=FOLDER / "topic.sql",
    touched_by=(
        Touch(tables.TOPICS, _KEY),
        Touch(tables.TOPIC_COUNTS, _KEY),
        Touch(tables.TOPIC_POSITIONS, _KEY),
    ),
)

PERIOD_GROUP: Final = "period"
"""All topics of a period: they become stale together, and show as many positions as there are topics."""

CACHED: Final = Cached(
    entities=(TOPIC,),
    groups=(RefreshGroup(PERIOD_GROUP, key=("period_id",), members={"topic": FOLDER / "period_topics.sql"}),),
)
