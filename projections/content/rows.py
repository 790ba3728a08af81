"""The rows that states of system 2 are: each field a column, the first ones the key.

Impact is in hundredths ("cents"), an hour is the number of whole ones since 1970 in UTC. Of an `..._order`
each is the magnitude of a counter.
"""

from datetime import datetime
from decimal import Decimal

import msgspec

from projections.tables import Shared, Whole


class Video(msgspec.Struct, frozen=True, gc=False):
    """A video: a stub until published, a tombstone without anything else once removed."""

    video_id: str
    creator_id: Shared | None = None
    sound_id: Shared | None = None
    hashtags: tuple[Shared, ...] = ()
    """As they are compared: normalised, each once."""
    communities: tuple[Shared, ...] = ()
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
    username_search: str = ""
    """The username alone, in lower case: videos are found by it."""


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
