"""Questions about single things, and the comparison of views with impact."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from projections.arguments import identifier
from projections.content import listing, row_reading
from projections.content.answers import (
    CommunityRow,
    ComparedVideo,
    Comparison,
    CreatorRow,
    HashtagRow,
    SoundRow,
    VideoRow,
)
from projections.content.cached_answers import CachedAnswers
from projections.content.list_questions import FoundRow, ListQuestions, owner_id
from projections.content.listing import Listing
from projections.content.statement import compared, one_row
from projections.redis.questions import QuestionsBesideRedis

COMPARED: Final = 100
"""Videos of each of the two lists that are compared."""
KEYS: Final = {"videos": "video_id", **dict(listing.OWNERS.values())}
"""The key of each kind of row."""


class ThingQuestions(QuestionsBesideRedis[CachedAnswers], ListQuestions):
    """What there is to ask about one thing."""

    cached_answers = CachedAnswers

    async def video(self, video_id: str) -> VideoRow | None:
        """The video, or None when there is none to show; so with the other kinds."""
        identity = identifier("video_id", video_id)
        cached = None if self._cached is None else await self._cached.video(identity)
        row: VideoRow | None = cached or await self._one(listing.VIDEOS, identity)
        return row

    async def creator(self, creator_id: str) -> CreatorRow | None:
        """The creator."""
        identity = owner_id("creator", creator_id)
        cached = None if self._cached is None else await self._cached.creator(identity)
        row: CreatorRow | None = cached or await self._one(listing.CREATORS, identity)
        return row

    async def sound(self, sound_id: str) -> SoundRow | None:
        """The sound."""
        identity = owner_id("sound", sound_id)
        cached = None if self._cached is None else await self._cached.sound(identity)
        row: SoundRow | None = cached or await self._one(listing.SOUNDS, identity)
        return row

    async def hashtag(self, hashtag: str) -> HashtagRow | None:
        """The hashtag, in whatever form it is given."""
        identity = owner_id("hashtag", hashtag)
        cached = None if self._cached is None else await self._cached.hashtag(identity)
        row: HashtagRow | None = cached or await self._one(listing.HASHTAGS, identity)
        return row

    async def community(self, community_id: str) -> CommunityRow | None:
        """The community."""
        identity = owner_id("community", community_id)
        cached = None if self._cached is None else await self._cached.community(identity)
        row: CommunityRow | None = cached or await self._one(listing.COMMUNITIES, identity)
        return row

    async def compare(self) -> Comparison:
        """The first COMPARED videos by views against as many by impact."""
        statement, parameters = compared(listing.VIEWS, listing.IMPACT, COMPARED)
        rows = await self._answered(FoundRow, "the comparison", statement, parameters)
        found = [row.columns for row in rows]
        # An empty answer is one row without a video.
        videos = [_compared(row) for row in found if row["id"] is not None]
        return Comparison(
            in_both=_by_rank(videos, lambda one: one.views_rank is not None and one.impact_rank is not None),
            only_by_impact=_by_rank(videos, lambda one: one.views_rank is None),
            only_by_views=_by_rank(videos, lambda one: one.impact_rank is None),
        )

    async def _one(self, of: Listing, identity: str) -> Any:
        (found,) = await self._answered(FoundRow, f"one of {of.name}", one_row(of), {"id": identity})
        if found.columns[KEYS[of.name]] is None:
            return None
        return row_reading.READERS[of.rows](found.columns)


def _compared(found: Mapping[str, Any]) -> ComparedVideo:
    views_rank, impact_rank = found["place"]
    return ComparedVideo(views_rank, impact_rank, row_reading.video(found))


def _by_rank(
    videos: Iterable[ComparedVideo], is_meant: Callable[[ComparedVideo], bool]
) -> list[ComparedVideo]:
    """Those that are meant, by impact where they have a rank there, else by views."""
    return sorted(
        filter(is_meant, videos), key=lambda one: (one.impact_rank or COMPARED, one.views_rank or 0)
    )
