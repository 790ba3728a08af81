"""What of system 2 is in Redis, as its views show it."""

from typing import Final

from tests.simulation.content_compare import NOW_COLUMNS
from tests.simulation.crash_redis import Shown, ShownSystem

_VIEWS: Final = {
    "video": ("videos", "video_id"),
    "creator": ("creators", "creator_id"),
    "sound": ("sounds", "sound_id"),
    "hashtag": ("hashtags", "hashtag"),
    "community": ("communities", "community_id"),
}
"""The view of each entity, and its key."""

CONTENT: Final = ShownSystem(
    "content",
    {
        name: Shown((key,), f"SELECT * FROM content.{view} WHERE {key} = ANY (%s)", True, NOW_COLUMNS)
        for name, (view, key) in _VIEWS.items()
    },
)
"""All of it lazy: what is there is what somebody looked at."""
CONTENT_KEYS: Final = {name: f"SELECT {key} FROM content.{view}" for name, (view, key) in _VIEWS.items()}
"""What there is to look at, by entity."""
