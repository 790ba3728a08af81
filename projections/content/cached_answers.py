"""Answers from Redis: rows of texts by name, without what is null and what changes by the minute."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

from projections.content import row_reading
from projections.content.answers import (
    CommunityRow,
    CreatorRow,
    HashtagRow,
    SoundRow,
    VideoCreator,
    VideoRow,
)
from projections.content.read_model import READ_MODEL
from projections.content.tables import TREND_FACTORS
from projections.read_model import ReadModel
from projections.redis.answers import RedisAnswers, columns

TRENDING_ABOVE: Final = 100_000
"""What has a greater trend score is trending, as the views have it."""
AGELESS_FACTOR: Final = 1
"""What views weigh in the trend score of what was seen too long ago, or never."""


class CachedAnswers(RedisAnswers):
    """Single things. From its first read on each is kept up to date in Redis."""

    model: ClassVar[ReadModel] = READ_MODEL

    async def video(self, video_id: str) -> VideoRow | None:
        """The video with its creator; each as of its own moment."""
        row = await self._reader.row("video", (video_id,))
        if row is None:
            return None
        found = columns(VideoRow, row) | {"video_id": video_id, "creator_id": row.get("creator_id")}
        if found["creator_id"] is None:
            return row_reading.video(found)
        creator = await self._creator(found["creator_id"])
        if creator is None:
            return None
        return row_reading.video({field.name: creator[field.name] for field in fields(VideoCreator)} | found)

    async def creator(self, creator_id: str) -> CreatorRow | None:
        """The creator."""
        found = await self._creator(creator_id)
        return None if found is None else row_reading.creator(found)

    async def sound(self, sound_id: str) -> SoundRow | None:
        """The sound, as of this minute."""
        row = await self._reader.row("sound", (sound_id,))
        minute = await self._reader.minute()
        if row is None or minute is None:
            return None
        found = columns(SoundRow, row) | {"sound_id": sound_id}
        return row_reading.sound(found | _trend(found["views_total"], found["last_used_at"], minute))

    async def hashtag(self, hashtag: str) -> HashtagRow | None:
        """The hashtag in its normalised form, as of this minute."""
        row = await self._reader.row("hashtag", (hashtag,))
        minute = await self._reader.minute()
        if row is None or minute is None:
            return None
        found = columns(HashtagRow, row) | {"hashtag": hashtag}
        return row_reading.hashtag(found | _trend(found["views_total"], found["last_seen_at"], minute))

    async def community(self, community_id: str) -> CommunityRow | None:
        """The community."""
        row = await self._reader.row("community", (community_id,))
        if row is None:
            return None
        return row_reading.community(columns(CommunityRow, row) | {"community_id": community_id})

    async def _creator(self, creator_id: str) -> dict[str, Any] | None:
        row = await self._reader.row("creator", (creator_id,))
        return None if row is None else columns(CreatorRow, row) | {"creator_id": creator_id}


def _trend(views: int, newest_at: datetime | None, minute: int) -> dict[str, Any]:
    """What the views `sounds` and `hashtags` show as of that minute, in whole ones since 1970."""
    score = views * _factor(newest_at, minute)
    return {"trend_score": score, "trending": score > TRENDING_ABOVE}


def _factor(newest_at: datetime | None, minute: int) -> int:
    if newest_at is None:
        return AGELESS_FACTOR
    age = datetime.fromtimestamp(0, UTC) + timedelta(minutes=minute) - newest_at
    return next((factor for younger_than, factor in TREND_FACTORS if age < younger_than), AGELESS_FACTOR)
