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
from projections.content.list_questions import FoundRow, ListQuestions, owner_id
from projections.content.listing import Listing
from projections.content.statement import compared, one_row

COMPARED: Final = 100
"""Videos of each of the two lists that are compared."""
KEYS: Final = {"videos": "video_id", **dict(listing.OWNERS.values())}
"""The key of each kind of row."""


class ThingQuestions(ListQuestions):
    """What there is to ask about one thing."""

    async def video(self, video_id: str) -> VideoRow | None:
        """The video, or None when there is none to show; so with the other kinds."""
        row: VideoRow | None = await self._one(listing.VIDEOS, identifier("video_id", video_id))
        return row

    async def creator(self, creator_id: str) -> CreatorRow | None:
        """The creator."""
        row: CreatorRow | None = await self._one(listing.CREATORS, owner_id("creator", creator_id))
        return row

    async def sound(self, sound_id: str) -> SoundRow | None:
        """The sound."""
        row: SoundRow | None = await self._one(listing.SOUNDS, owner_id("sound", sound_id))
        return row

    async def hashtag(self, hashtag: str) -> HashtagRow | None:
        """The hashtag, in whatever form it is given."""
        row: HashtagRow | None = await self._one(listing.HASHTAGS, owner_id("hashtag", hashtag))
        return row

    async def community(self, community_id: str) -> CommunityRow | None:
        """The community."""
        row: CommunityRow | None = await self._one(listing.COMMUNITIES, owner_id("community", community_id))
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
