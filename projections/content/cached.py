"""What of system 2 lies in Redis: the videos, creators, sounds, hashtags and communities somebody looks at.

All of them lazily, and no lists: a list would be a sorted set with a member for each of a million videos,
written with each flush that moves it, once for each sort and each owner; from Postgres a page of any of them
is one statement over an index.
"""

from pathlib import Path
from typing import Final

from projections.content import tables
from projections.redis.cached import Cached, CachedEntity, RefreshGroup, Touch

FOLDER: Final = Path(__file__).parent / "cache"

VIDEO: Final = CachedEntity(
    "video",
    key=("video_id",),
    rows=FOLDER / "video.sql",
    touched_by=(Touch(tables.VIDEOS, ("video_id",)), Touch(tables.VIDEO_TEXTS, ("video_id",))),
)

CREATOR: Final = CachedEntity(
    "creator",
    key=("creator_id",),
    rows=FOLDER / "creator.sql",
    touched_by=(
        Touch(tables.CREATORS, ("creator_id",)),
        Touch(tables.CREATOR_TOTALS, ("creator_id",)),
        # The newest video is looked up among these.
        Touch(tables.CREATOR_VIDEOS, ("creator_id",)),
    ),
)

SOUND: Final = CachedEntity(
    "sound",
    key=("sound_id",),
    rows=FOLDER / "sound.sql",
    touched_by=(Touch(tables.SOUNDS, ("sound_id",)), Touch(tables.SOUND_TOTALS, ("sound_id",))),
)

HASHTAG: Final = CachedEntity(
    "hashtag",
    key=("hashtag",),
    rows=FOLDER / "hashtag.sql",
    touched_by=(Touch(tables.HASHTAG_TOTALS, ("hashtag",)),),
)

COMMUNITY: Final = CachedEntity(
    "community",
    key=("community_id",),
    rows=FOLDER / "community.sql",
    touched_by=(
        Touch(tables.COMMUNITIES, ("community_id",)),
        Touch(tables.COMMUNITY_TOTALS, ("community_id",)),
    ),
)

CACHED: Final = Cached(
    entities=(VIDEO, CREATOR, SOUND, HASHTAG, COMMUNITY),
    groups=(
        # Deleted, it stands in no video's list any more.
        RefreshGroup("community", key=("community_id",), members={"video": FOLDER / "community_videos.sql"}),
    ),
)
