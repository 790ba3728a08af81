"""The tables of system 2 in each generation.

Everything about a video belongs to the partition of its id, everything that a creator, sound or community
says of itself to the partition of that id. What videos bring to their creator, sound, hashtags and
communities adds up over partitions. Impact is kept in hundredths ("cents"), an hour is the number of whole
ones since 1970 in UTC. Totals are numeric: a thousand videos may each have 2^63 - 1 views.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec

from projections.content.rows import (
    Community,
    CommunityVideo,
    Creator,
    CreatorVideo,
    HashtagName,
    HashtagVideo,
    LeaderboardHour,
    LeaderboardPlace,
    Observation,
    Sound,
    SoundVideo,
    Video,
    VideoObserved,
    VideoText,
)
from projections.magnitude import COARSE_COUNTS, COARSE_SCORES, COUNTS, SCORES, Magnitude
from projections.reconciliations import reconciliations
from projections.tables import Aging, Counted, CounterTable, Followed, Spread, StateTable

FOLDER: Final = Path(__file__).parent
FOLLOWED: Final = FOLDER / "followed"
SPREAD: Final = FOLDER / "spread"

COUNTERS: Final = ("views", "likes", "comments", "shares", "saves")
"""What is counted of a video, in the order in which every table has them."""

TREND_FACTORS: Final = (
    (timedelta(hours=1), 10),
    (timedelta(hours=24), 5),
    (timedelta(days=7), 2),
)
"""What views weigh in the trend score while the newest video is younger than that; older, they weigh 1."""

_BOUNDED: Final = ("views_order", "impact_order")
_VIDEO_ORDERS: Final = (
    *("views_order DESC", "impact_order DESC", "likes_order DESC", "comments_order DESC"),
    "published_at DESC NULLS LAST",
)


def _in_order(order: str) -> str:
    """An index of videos for lists in that order. Behind the id stand the magnitudes that lists are narrowed
    by: a row beyond a bound is passed over without being read. Nothing moves for them: they have indexes of
    their own, and an update that one index has to follow all of them follow."""
    return ", ".join((order, "video_id", *(bound for bound in _BOUNDED if not order.startswith(bound))))


VIDEOS: Final = StateTable(
    "videos",
    Video,
    key_width=1,
    indexes=tuple(map(_in_order, _VIDEO_ORDERS)),
    # Tombstones have no counts: a list would meet them all among its last.
    indexed_where="NOT removed",
    orders={
        "views_order": ("views", COUNTS),
        "impact_order": ("impact_cents", SCORES),
        "likes_order": ("likes", COUNTS),
        "comments_order": ("comments", COUNTS),
    },
)

VIDEO_TEXTS: Final = StateTable("video_texts", VideoText, key_width=1, searched=("search",), kept=False)
VIDEO_OBSERVED: Final = StateTable("video_observed", VideoObserved, key_width=1)
OBSERVATIONS: Final = StateTable("observations", Observation, key_width=2, kept=False)
CREATORS: Final = StateTable("creators", Creator, key_width=1, searched=("search", "username_search"))
SOUNDS: Final = StateTable("sounds", Sound, key_width=1, searched=("search",))
COMMUNITIES: Final = StateTable("communities", Community, key_width=1, searched=("search",))


def _members(name: str, row: type[msgspec.Struct], *, pairs: bool = True) -> StateTable[Any]:
    """The videos of an owner, in the orders of its lists; and by creator, for first and last of a pair."""
    owner = row.__struct_fields__[0]
    indexes = [f"{owner}, {_in_order(order)}" for order in _VIDEO_ORDERS]
    if pairs:
        indexes.append(f"{owner}, creator_id, published_at")
    return StateTable(name, row, key_width=2, indexes=tuple(indexes), follows=True)


CREATOR_VIDEOS: Final = _members("creator_videos", CreatorVideo, pairs=False)
SOUND_VIDEOS: Final = _members("sound_videos", SoundVideo)
HASHTAG_VIDEOS: Final = _members("hashtag_videos", HashtagVideo)
COMMUNITY_VIDEOS: Final = _members("community_videos", CommunityVideo)
HASHTAG_NAMES: Final = StateTable(
    "hashtag_names", HashtagName, key_width=2, indexes=("hashtag, at, video_id",), follows=True
)

LEADERBOARD_HOURS: Final = StateTable(
    "leaderboard_hours", LeaderboardHour, key_width=1, indexes=("to_timestamp(hour * 3600)",)
)
LEADERBOARDS: Final = StateTable(
    "leaderboards",
    LeaderboardPlace,
    key_width=5,
    kept=False,
    indexes=("to_timestamp(hour * 3600), period, kind, sort, rank",),
)
RECONCILIATIONS: Final = reconciliations()

_FIVE: Final[dict[str, type]] = dict.fromkeys(COUNTERS, Decimal)
_GAINS: Final[dict[str, type]] = {**_FIVE, "impact_cents": Decimal}
_TRENDING: Final = Aging("recency", since="newest_at", steps=TREND_FACTORS, otherwise=1)


def _orders(*columns: str) -> dict[str, tuple[str, Magnitude]]:
    """What lists of owners are ordered by: views and impact, and these."""
    counts = {f"{column}_order": (column, COARSE_COUNTS) for column in ("views", *columns)}
    return {**counts, "impact_order": ("impact_cents", COARSE_SCORES)}


def _totals(
    name: str,
    key: str,
    *,
    first: tuple[str, ...],
    sorted_by: tuple[str, ...],
    others: tuple[str, ...] = (),
    followed: Followed | None = None,
    aging: Aging | None = None,
    searched: tuple[str, ...] = (),
) -> CounterTable:
    """What the videos of an owner add up to; ``first`` are sums beside those of every owner."""
    indexes = [f"{order} DESC, {key}" for order in _orders(*sorted_by)]
    indexes += [f"{index}, {key}" for index in others]
    if aging is not None:
        # Trending lists walk each factor by views; the job that ages rows looks at their times.
        indexes += [f"recency, views_order DESC, {key}", "recency, newest_at"]
    return CounterTable(
        name,
        key={key: str},
        sums={**dict.fromkeys(first, int), **_GAINS},
        indexes=tuple(indexes),
        orders=_orders(*sorted_by),
        followed=followed,
        aging=aging,
        searched=searched,
    )


CREATOR_TOTALS: Final = _totals(
    "creator_totals",
    "creator_id",
    # `known`, `followers` and `registered_us` (microseconds since 1970): from the creator's own row alone.
    first=("known", "videos", "followers", "registered_us"),
    sorted_by=("videos", "followers"),
    others=("registered_us DESC",),
    # Of a creator who has not registered the id is all there is to find.
    searched=("creator_id",),
)
SOUND_TOTALS: Final = _totals(
    "sound_totals",
    "sound_id",
    first=("known", "videos", "creators"),
    sorted_by=("videos", "likes"),
    others=("newest_at DESC NULLS LAST",),
    followed=Followed(FOLLOWED / "sound_totals.sql", {"newest_at": datetime | None}),
    aging=_TRENDING,
)
HASHTAG_TOTALS: Final = _totals(
    "hashtag_totals",
    "hashtag",
    first=("videos", "creators"),
    sorted_by=("videos",),
    followed=Followed(
        FOLLOWED / "hashtag_totals.sql",
        {"newest_at": datetime | None, "name": str | None},
    ),
    aging=_TRENDING,
    # It is the form in lower case, so that who finds it finds the form.
    searched=("hashtag",),
)
COMMUNITY_TOTALS: Final = _totals(
    "community_totals",
    "community_id",
    # `known` and `deleted` come from the community's own row alone.
    first=("known", "deleted", "videos", "creators"),
    sorted_by=("videos", "creators"),
)


BROUGHT: Final = CounterTable(
    "brought",
    key={"creator_id": str, "sound_id": str, "hashtags": tuple[str, ...], "communities": tuple[str, ...]},
    sums={"videos": int, "views": Decimal, "likes": Decimal, "impact_cents": Decimal},
)
"""Never stored: what videos with these owners bring to each pair of them. No creator, no sound: ''."""


def _creators_of(owner: str, into: CounterTable) -> CounterTable:
    """What each creator's videos with that owner add up to; a row counts as one creator of the owner."""
    key = {"sound": "sound_id", "hashtag": "hashtag", "community": "community_id"}[owner]
    name = f"{owner}_creators"
    orders = _orders("videos")
    return CounterTable(
        name,
        key={key: str, "creator_id": str},
        sums=BROUGHT.sums,
        indexes=tuple(f"{key}, {order} DESC, creator_id" for order in orders),
        orders=orders,
        counted=Counted(into, "creators"),
        spread=Spread(BROUGHT, SPREAD / f"{name}.sql"),
    )


SOUND_CREATORS: Final = _creators_of("sound", SOUND_TOTALS)
HASHTAG_CREATORS: Final = _creators_of("hashtag", HASHTAG_TOTALS)
COMMUNITY_CREATORS: Final = _creators_of("community", COMMUNITY_TOTALS)

COMMUNITY_HASHTAGS: Final = CounterTable(
    "community_hashtags",
    key={"community_id": str, "hashtag": str},
    sums={"videos": int, "views": Decimal, "impact_cents": Decimal},
    spread=Spread(BROUGHT, SPREAD / "community_hashtags.sql"),
)

GAINS: Final = CounterTable(
    "gains",
    key={"video_id": str, **BROUGHT.key, "hour": int},
    sums=_GAINS,
)
"""Never stored: what a video gained in an hour while it had these owners."""

ACTIVITY: Final = CounterTable(
    "activity",
    key={"kind": str, "id": str, "hour": int},
    sums=_GAINS,
    # The view's column `hour`; as an expression, because cells are sought by their key alone.
    indexes=("to_timestamp(hour * 3600), kind",),
    spread=Spread(GAINS, SPREAD / "activity.sql"),
)

SETTLED: Final = (
    *(CREATOR_VIDEOS, SOUND_VIDEOS, HASHTAG_VIDEOS, COMMUNITY_VIDEOS, HASHTAG_NAMES),
    *(SOUND_CREATORS, HASHTAG_CREATORS, COMMUNITY_CREATORS, COMMUNITY_HASHTAGS),
    *(CREATOR_TOTALS, SOUND_TOTALS, HASHTAG_TOTALS, COMMUNITY_TOTALS),
    ACTIVITY,
)
"""What follows from videos, their texts, creators, sounds and communities, and from gains. Each table stands
behind those that it reads: totals behind the pairs that they count."""
