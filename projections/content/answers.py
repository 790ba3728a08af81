"""What the questions of system 2 are answered with: rows of its views, with a name for whatever has none."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Generic, TypeAlias, TypeVar

Answer = TypeVar("Answer")

UNTITLED: Final = "Untitled"
UNKNOWN_ARTIST: Final = "Unknown artist"


@dataclass(frozen=True)
class Listed(Generic[Answer]):
    """A page of a list, and where the next one begins: None after the last one.

    ``total`` rows are in the list; None where there are more than are counted: then ``total_at_least`` are.
    """

    rows: list[Answer]
    total: int | None
    total_at_least: int | None
    next_cursor: str | None


@dataclass(frozen=True)
class VideoCreator:
    """Who published a video. ``display_name``: else the username, else the id."""

    creator_id: str
    username: str | None
    display_name: str
    avatar_url: str | None
    verified: bool | None


@dataclass(frozen=True)
class VideoRow:
    """A row of the view ``videos`` with its creator. ``title``: the caption, else the description, else
    "Untitled"."""

    video_id: str
    title: str
    caption: str | None
    description: str | None
    creator: VideoCreator | None
    sound_id: str | None
    hashtags: list[str]
    communities: list[str]
    duration_seconds: int | None
    thumbnail_url: str | None
    views: int
    likes: int
    comments: int
    shares: int
    saves: int
    impact_score: Decimal
    impact_updated_at: datetime | None
    published_at: datetime | None
    version: int
    cut_off: int


@dataclass(frozen=True)
class CreatorRow:
    """A row of the view ``creators``. ``display_name``: else the username, else the id."""

    creator_id: str
    username: str | None
    display_name: str
    bio: str | None
    avatar_url: str | None
    verified: bool | None
    followers: int | None
    videos_count: int
    views_total: int
    likes_total: int
    comments_total: int
    shares_total: int
    saves_total: int
    total_impact_score: Decimal
    registered_at: datetime | None
    newest_video_at: datetime | None


@dataclass(frozen=True)
class OwnerCreator:
    """A creator with what its videos with one sound, with one hashtag or in one community add up to."""

    creator_id: str
    username: str | None
    display_name: str
    avatar_url: str | None
    verified: bool | None
    followers: int | None
    videos_count: int
    views_total: int
    likes_total: int
    total_impact_score: Decimal
    first_video_at: datetime | None
    last_video_at: datetime | None
    registered_at: datetime | None


@dataclass(frozen=True)
class SoundRow:
    """A row of the view ``sounds``, as of this minute. ``title``: else "Untitled"; ``author``: else "Unknown
    artist"."""

    sound_id: str
    title: str
    author: str
    duration_seconds: int | None
    cover_url: str | None
    videos_count: int
    creators_count: int
    views_total: int
    likes_total: int
    comments_total: int
    shares_total: int
    saves_total: int
    total_impact_score: Decimal
    last_used_at: datetime | None
    trend_score: int
    trending: bool


@dataclass(frozen=True)
class HashtagRow:
    """A row of the view ``hashtags``, as of this minute; ``name`` as the earliest video writes it."""

    hashtag: str
    name: str
    videos_count: int
    creators_count: int
    views_total: int
    likes_total: int
    comments_total: int
    shares_total: int
    saves_total: int
    total_impact_score: Decimal
    last_seen_at: datetime | None
    trend_score: int
    trending: bool


@dataclass(frozen=True)
class LinkedHashtag:
    """A hashtag that a community links, with what the community's videos that carry it add up to; what trends
    goes by all its videos."""

    hashtag: str
    name: str
    videos_count: int
    views_total: int
    total_impact_score: Decimal
    trend_score: int
    trending: bool


@dataclass(frozen=True)
class CommunityRow:
    """A row of the view ``communities``. ``name``: else the id."""

    community_id: str
    name: str
    description: str | None
    linked_hashtags: list[str]
    videos_count: int
    creators_count: int
    views_total: int
    likes_total: int
    comments_total: int
    shares_total: int
    saves_total: int
    total_impact_score: Decimal


AnyRow: TypeAlias = (
    VideoRow | CreatorRow | OwnerCreator | SoundRow | HashtagRow | LinkedHashtag | CommunityRow
)


@dataclass(frozen=True)
class ComparedVideo:
    """A video of one of the two first hundred, with its rank in each: None where it is beyond."""

    views_rank: int | None
    impact_rank: int | None
    video: VideoRow


@dataclass(frozen=True)
class Comparison:
    """The first videos by views against the first by impact. ``only_by_impact`` are driven by comments."""

    in_both: list[ComparedVideo]
    only_by_impact: list[ComparedVideo]
    only_by_views: list[ComparedVideo]
