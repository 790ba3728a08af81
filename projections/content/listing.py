"""What can be listed: by which orders, out of which view, and with which rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from projections.content.sorting import ById, ByMagnitude, ByTime, ByTrend, ByWholeNumber, Order
from projections.magnitude import COARSE_COUNTS, COARSE_SCORES, COUNTS, SCORES

OwnerKind: TypeAlias = Literal["creator", "sound", "hashtag", "community"]
"""What videos belong to; and, without creators, what creators are listed of."""

OWNERS: Final = {
    "creator": ("creators", "creator_id"),
    "sound": ("sounds", "sound_id"),
    "hashtag": ("hashtags", "hashtag"),
    "community": ("communities", "community_id"),
}
"""The view of each kind of owner, and its key."""


@dataclass(frozen=True)
class Listing:
    """A kind of list. ``order`` is the view that it is walked in, ``rows`` the file that answers a page,
    ``total`` the file that counts without filters. The first of ``sorts`` is the default.

    ``searched_by``: where else is looked for what is searched: in the usernames of videos' creators, or in
    the ids of creators who have not registered. ``of_hashtags``: it may be written as a hashtag.
    ``is_short``: never more than a few rows, which are all sorted.
    """

    name: str
    order: str
    rows: str
    sorts: dict[str, Order]
    total: str = "totals/all"
    owner: OwnerKind | None = None
    searched_by: Literal["username", "id"] | None = None
    of_hashtags: bool = False
    is_short: bool = False

    def bounds(self, filters: Mapping[str, Any]) -> dict[str, int]:
        """The magnitudes between which filtered numbers lie: those have an index."""
        found = {}
        for name, value in filters.items():
            column, _, side = name.rpartition("_")
            order = self.sorts.get(column)
            if isinstance(order, ByMagnitude) and not self.is_short:
                found[f"{column}_order_{side}"] = order.magnitude.of(value)
        return found


VIEWS: Final = ByMagnitude("views", COUNTS)
IMPACT: Final = ByMagnitude("impact", SCORES)
_VIDEO_SORTS: Final[dict[str, Order]] = {
    "views": VIEWS,
    "impact": IMPACT,
    "likes": ByMagnitude("likes", COUNTS),
    "recent": ByTime(),
    "comments": ByMagnitude("comments", COUNTS),
}
# Of whatever there is less than videos, the magnitudes are coarser.
_TOTAL_SORTS: Final[dict[str, Order]] = {
    "views": ByMagnitude("views", COARSE_COUNTS),
    "impact": ByMagnitude("impact", COARSE_SCORES),
    "videos": ByMagnitude("videos", COARSE_COUNTS),
}
_CREATOR_SORTS: Final[dict[str, Order]] = {
    **_TOTAL_SORTS,
    "followers": ByMagnitude("followers", COARSE_COUNTS),
    "newest": ByWholeNumber("registered"),
}
_HASHTAG_SORTS: Final[dict[str, Order]] = {**_TOTAL_SORTS, "alphabetical": ById(), "trending": ByTrend()}

VIDEOS: Final = Listing("videos", "video_order", "rows/videos", _VIDEO_SORTS, searched_by="username")
CREATORS: Final = Listing("creators", "creator_order", "rows/creators", _CREATOR_SORTS, searched_by="id")
SOUNDS: Final = Listing(
    "sounds",
    "sound_order",
    "rows/sounds",
    {
        **_TOTAL_SORTS,
        "likes": ByMagnitude("likes", COARSE_COUNTS),
        "recent": ByTime(),
        "trending": ByTrend(),
    },
)
HASHTAGS: Final = Listing("hashtags", "hashtag_order", "rows/hashtags", _HASHTAG_SORTS, of_hashtags=True)
COMMUNITIES: Final = Listing(
    "communities",
    "community_order",
    "rows/communities",
    {**_TOTAL_SORTS, "creators": ByMagnitude("creators", COARSE_COUNTS)},
)


def videos_of(owner: OwnerKind) -> Listing:
    """The videos of one owner; what trends among them is what has most impact."""
    likes, comments = ByMagnitude("likes", COARSE_COUNTS), ByMagnitude("comments", COARSE_COUNTS)
    views, impact = _TOTAL_SORTS["views"], _TOTAL_SORTS["impact"]
    sorts = {"views": views, "impact": impact, "likes": likes, "recent": ByTime(), "comments": comments}
    return Listing(
        f"videos of a {owner}",
        f"{owner}_video_order",
        "rows/videos",
        {**sorts, "trending": impact},
        total="totals/videos_of",
        owner=owner,
        searched_by="username",
    )


def creators_of(owner: OwnerKind) -> Listing:
    """The creators of a sound's, hashtag's or community's videos, by numbers of those videos alone."""
    return Listing(
        f"creators of a {owner}",
        f"{owner}_creator_order",
        "rows/creators_of",
        {
            **_TOTAL_SORTS,
            # Numbers of the creators themselves: all of these are walked, or those of the owner sorted.
            "followers": ByMagnitude("followers", COARSE_COUNTS, varies=True),
            "newest": ByWholeNumber("registered", varies=True),
        },
        total="totals/creators_of",
        owner=owner,
        searched_by="id",
    )


VIDEOS_OF: Final = {owner: videos_of(owner) for owner in ("creator", "sound", "hashtag", "community")}
CREATORS_OF: Final = {owner: creators_of(owner) for owner in ("sound", "hashtag", "community")}
HASHTAGS_OF: Final = Listing(
    "hashtags of a community",
    "community_hashtag_order",
    "rows/hashtags_of",
    _HASHTAG_SORTS,
    owner="community",
    of_hashtags=True,
    is_short=True,
)
