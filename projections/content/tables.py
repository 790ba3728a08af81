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

from projections.magnitude import COARSE_COUNTS, COARSE_SCORES, COUNTS, SCORES, Magnitude
from projections.tables import Aging, Counted, CounterTable, Followed, StateTable, Whole

FOLDER: Final = Path(__file__).parent
FOLLOWED: Final = FOLDER / "followed"

COUNTERS: Final = ("views", "likes", "comments", "shares", "saves")
"""What is counted of a video, in the order in which every table has them."""
COUNTER_MAX: Final = 2**63 - 1
COMMUNITIES_MAX: Final = 50
"""Communities that a video is in at the same time."""

TREND_FACTORS: Final = (
    (timedelta(hours=1), 10),
    (timedelta(hours=24), 5),
    (timedelta(days=7), 2),
)
"""What views weigh in the trend score while the newest video is younger than that; older, they weigh 1."""


class Video(msgspec.Struct, frozen=True, gc=False):
    """A video: a stub until published, a tombstone without anything else once removed."""

    video_id: str
    creator_id: str | None = None
    sound_id: str | None = None
    hashtags: tuple[str, ...] = ()
    """As they are compared: normalised, each once."""
    communities: tuple[str, ...] = ()
    published_at: datetime | None = None
    views: int = 0
    likes: int = 0
    comments: int = 0
    shares: int = 0
    saves: int = 0
    impact_cents: Whole = Whole(0)
    impact_updated_at: datetime | None = None
    changed_at: datetime | None = None
    """The greatest `at` of the events applied to it."""
    cut_off: int = 0
    """What was taken back beyond what there was."""
    version: int = 0
    removed: bool = False


class HashtagForm(msgspec.Struct, frozen=True, gc=False):
    """How a hashtag is written on a video, and when it came onto it."""

    hashtag: str
    form: str
    at: datetime


class VideoText(msgspec.Struct, frozen=True, gc=False):
    """What a video says of itself; read and written only when that is changed."""

    video_id: str
    caption: str | None = None
    description: str | None = None
    duration_seconds: int | None = None
    thumbnail_url: str | None = None
    forms: tuple[HashtagForm, ...] = ()
    """One for each of the video's hashtags, in their order."""
    search: str = ""
    """Caption, description and both forms of the hashtags as they are searched: in lower case."""


class VideoObserved(msgspec.Struct, frozen=True, gc=False):
    """When each counter of a video was last observed: the greatest `at` that counted."""

    video_id: str
    views_at: datetime | None = None
    likes_at: datetime | None = None
    comments_at: datetime | None = None
    shares_at: datetime | None = None
    saves_at: datetime | None = None


class Observation(msgspec.Struct, frozen=True, gc=False):
    """Totals as a crawler saw them; null: not seen. `stale`: those for which it came too late."""

    video_id: str
    observation_id: str
    at: datetime
    views: int | None
    likes: int | None
    comments: int | None
    shares: int | None
    saves: int | None
    applied: bool
    stale: tuple[str, ...]


class Creator(msgspec.Struct, frozen=True, gc=False):
    """What a creator says of itself. Without `registered_at`: only followers were observed."""

    creator_id: str
    username: str | None = None
    display_name: str | None = None
    bio: str | None = None
    avatar_url: str | None = None
    verified: bool | None = None
    followers: int | None = None
    followers_at: datetime | None = None
    registered_at: datetime | None = None
    search: str = ""
    """Username, display name and bio, in lower case."""


class Sound(msgspec.Struct, frozen=True, gc=False):
    """What is known of a sound."""

    sound_id: str
    title: str | None = None
    author: str | None = None
    duration_seconds: int | None = None
    cover_url: str | None = None
    search: str = ""
    """Title and author, in lower case."""


class Community(msgspec.Struct, frozen=True, gc=False):
    """A community; a tombstone for ever once deleted."""

    community_id: str
    name: str | None = None
    description: str | None = None
    linked_hashtags: tuple[str, ...] = ()
    """Normalised, each once."""
    deleted: bool = False
    search: str = ""
    """Name and description, in lower case."""


class CreatorVideo(msgspec.Struct, frozen=True, gc=False):
    """A video of a creator, in the orders of lists: those are magnitudes of its counters."""

    creator_id: str
    video_id: str
    published_at: datetime | None
    views_order: int
    impact_order: int
    likes_order: int
    comments_order: int


class SoundVideo(msgspec.Struct, frozen=True, gc=False):
    """A video with a sound."""

    sound_id: str
    video_id: str
    creator_id: str | None
    published_at: datetime | None
    views_order: int
    impact_order: int
    likes_order: int
    comments_order: int


class HashtagVideo(msgspec.Struct, frozen=True, gc=False):
    """A video with a hashtag."""

    hashtag: str
    video_id: str
    creator_id: str | None
    published_at: datetime | None
    views_order: int
    impact_order: int
    likes_order: int
    comments_order: int


class CommunityVideo(msgspec.Struct, frozen=True, gc=False):
    """A video in a community."""

    community_id: str
    video_id: str
    creator_id: str | None
    published_at: datetime | None
    views_order: int
    impact_order: int
    likes_order: int
    comments_order: int


class HashtagName(msgspec.Struct, frozen=True, gc=False):
    """The form of a hashtag on one video; the earliest gives the hashtag its name."""

    hashtag: str
    video_id: str
    form: str
    at: datetime


class LeaderboardHour(msgspec.Struct, frozen=True, gc=False):
    """An hour whose leaderboards were closed; shown once all parts of the decision are folded."""

    hour: int
    parts: int
    folded: tuple[int, ...] = ()
    """The numbers of the parts folded so far, in order."""
    complete: bool = False


class LeaderboardPlace(msgspec.Struct, frozen=True, gc=False):
    """A place in a leaderboard of an hour. Value: views, or impact in hundredths."""

    period: str
    kind: str
    sort: str
    hour: int
    rank: int
    id: str
    value: Decimal
    previous_rank: int | None


class ReconciledDifference(msgspec.Struct, frozen=True, gc=False):
    """A number that was not what the videos say."""

    table: str
    key: str
    column: str
    was: str
    became: str


class Reconciliation(msgspec.Struct, frozen=True, gc=False):
    """The report of one run."""

    run: str
    at: datetime
    days: int
    checked: int
    drifted: int
    repaired: int
    details: tuple[ReconciledDifference, ...]


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
CREATORS: Final = StateTable("creators", Creator, key_width=1, searched=("search",))
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
RECONCILIATIONS: Final = StateTable("reconciliations", Reconciliation, key_width=1, indexes=("at DESC",))

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


def _creators_of(owner: str, into: CounterTable) -> CounterTable:
    """What each creator's videos with that owner add up to; a row counts as one creator of the owner."""
    key = {"sound": "sound_id", "hashtag": "hashtag", "community": "community_id"}[owner]
    orders = _orders("videos")
    return CounterTable(
        f"{owner}_creators",
        key={key: str, "creator_id": str},
        sums={"videos": int, "views": Decimal, "likes": Decimal, "impact_cents": Decimal},
        indexes=tuple(f"{key}, {order} DESC, creator_id" for order in orders),
        orders=orders,
        counted=Counted(into, "creators"),
    )


SOUND_CREATORS: Final = _creators_of("sound", SOUND_TOTALS)
HASHTAG_CREATORS: Final = _creators_of("hashtag", HASHTAG_TOTALS)
COMMUNITY_CREATORS: Final = _creators_of("community", COMMUNITY_TOTALS)

COMMUNITY_HASHTAGS: Final = CounterTable(
    "community_hashtags",
    key={"community_id": str, "hashtag": str},
    sums={"videos": int, "views": Decimal, "impact_cents": Decimal},
)

ACTIVITY: Final = CounterTable(
    "activity",
    key={"kind": str, "id": str, "hour": int},
    sums=_GAINS,
    # The view's column `hour`; as an expression, because cells are sought by their key alone.
    indexes=("to_timestamp(hour * 3600), kind",),
)

GAINS: Final = CounterTable(
    "gains",
    key={
        "video_id": str,
        "creator_id": str,
        "sound_id": str,
        "hashtags": tuple,
        "communities": tuple,
        "hour": int,
    },
    sums=_GAINS,
)
"""Never stored: what a video gained in an hour while it had these owners, until a flush spreads it."""

SETTLED: Final = (
    *(CREATOR_VIDEOS, SOUND_VIDEOS, HASHTAG_VIDEOS, COMMUNITY_VIDEOS, HASHTAG_NAMES),
    *(SOUND_CREATORS, HASHTAG_CREATORS, COMMUNITY_CREATORS, COMMUNITY_HASHTAGS),
    *(CREATOR_TOTALS, SOUND_TOTALS, HASHTAG_TOTALS, COMMUNITY_TOTALS),
    ACTIVITY,
)
"""What follows from videos, their texts, creators, sounds and communities, and from gains. Each table stands
behind those that it reads: totals behind the pairs that they count."""
