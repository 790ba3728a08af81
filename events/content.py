"""System 2, content: videos with their views, likes, comments, shares and saves, and what they belong to.

Topic `groundswell.content`. The key is the video's id in whatever is about a video, else the id of the
creator, sound or community. A fact says how things stand: an optional field that a second announcement
leaves out stays as it was.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from events.catalogue import System

# A producer finds all types of the system here.
from events.content_decisions import LeaderboardClosed as LeaderboardClosed
from events.content_decisions import Reconciled as Reconciled
from events.envelope import Event, PartialEvent
from events.fields import Count, Flag, Identifier, NotNull, TextRule, UniqueItems, WholeNumberRule
from events.hashtags import Hashtag
from events.instants import Instant

USERNAME_CHARACTERS_MAX = 100
DISPLAY_NAME_CHARACTERS_MAX = 100
BIO_CHARACTERS_MAX = 500
TITLE_CHARACTERS_MAX = 300
AUTHOR_CHARACTERS_MAX = 300
NAME_CHARACTERS_MAX = 100
COMMUNITY_DESCRIPTION_CHARACTERS_MAX = 1_000
CAPTION_CHARACTERS_MAX = 2_200
VIDEO_DESCRIPTION_CHARACTERS_MAX = 5_000
URL_CHARACTERS_MAX = 2_000
DURATION_SECONDS_MAX = 31_536_000
HASHTAGS_MAX = 50
COMMUNITIES_MAX = 50
INCREMENT_MAX = 1_000_000

Username = Annotated[str, TextRule(characters_min=1, characters_max=USERNAME_CHARACTERS_MAX)]
DisplayName = Annotated[str, TextRule(characters_max=DISPLAY_NAME_CHARACTERS_MAX)]
Bio = Annotated[str, TextRule(characters_max=BIO_CHARACTERS_MAX)]
Title = Annotated[str, TextRule(characters_min=1, characters_max=TITLE_CHARACTERS_MAX)]
Author = Annotated[str, TextRule(characters_max=AUTHOR_CHARACTERS_MAX)]
Name = Annotated[str, TextRule(characters_min=1, characters_max=NAME_CHARACTERS_MAX)]
CommunityDescription = Annotated[str, TextRule(characters_max=COMMUNITY_DESCRIPTION_CHARACTERS_MAX)]
Caption = Annotated[str, TextRule(characters_max=CAPTION_CHARACTERS_MAX)]
VideoDescription = Annotated[str, TextRule(characters_max=VIDEO_DESCRIPTION_CHARACTERS_MAX)]
Url = Annotated[str, TextRule(characters_max=URL_CHARACTERS_MAX)]
Duration = Annotated[int, WholeNumberRule(at_most=DURATION_SECONDS_MAX)]
Hashtags = Annotated[tuple[Hashtag, ...], UniqueItems(items_min=0, items_max=HASHTAGS_MAX)]
Communities = Annotated[tuple[Identifier, ...], UniqueItems(items_min=0, items_max=COMMUNITIES_MAX)]
Increment = Annotated[int, WholeNumberRule(at_least=1, at_most=INCREMENT_MAX)]
ObservedTotal = Annotated[Count | None, NotNull()]

_AVATAR = "https://images.example/ada.jpg"
_COVER = "https://images.example/rain.jpg"
_THUMBNAIL = "https://images.example/lamp.jpg"


class _OfCreator(Event):
    key_field: ClassVar[str] = "creator_id"

    creator_id: Identifier = Field(description="The creator; the key of the record.", examples=["ada"])


class _OfSound(Event):
    key_field: ClassVar[str] = "sound_id"

    sound_id: Identifier = Field(description="The sound; the key of the record.", examples=["rain-song"])


class _OfCommunity(Event):
    key_field: ClassVar[str] = "community_id"

    community_id: Identifier = Field(description="The community; the key of the record.", examples=["makers"])


class _OfVideo(Event):
    key_field: ClassVar[str] = "video_id"

    video_id: Identifier = Field(description="The video; the key of the record.", examples=["lamp-1"])


class _Counted(_OfVideo):
    count: Increment = Field(default=1, description="How many at once.", examples=[3])


class _CreatorProfile(_OfCreator):
    display_name: DisplayName | None = Field(
        default=None, description="The name to show instead of the username.", examples=["Ada L."]
    )
    bio: Bio | None = Field(
        default=None, description="What the creator says of themselves.", examples=["I build lamps."]
    )
    avatar_url: Url | None = Field(default=None, description="Where their picture is.", examples=[_AVATAR])
    verified: Flag | None = Field(
        default=None, description="Whether the platform knows who they are.", examples=[True]
    )


class CreatorRegistered(_CreatorProfile):
    """A creator is on the platform."""

    type: Literal["content.creator_registered"] = "content.creator_registered"
    v: Literal[1] = 1
    username: Username = Field(description="The name they sign in with.", examples=["ada"])


class CreatorChanged(_CreatorProfile, PartialEvent):
    """A creator was changed: what is left out stays as it was, null clears an optional field."""

    type: Literal["content.creator_changed"] = "content.creator_changed"
    v: Literal[1] = 1
    username: Annotated[Username | None, NotNull()] = Field(
        default=None, description="The new name to sign in with.", examples=["ada-l"]
    )


class CreatorFollowersObserved(_OfCreator):
    """Somebody counted a creator's followers; the count with the greatest `at` stands."""

    type: Literal["content.creator_followers_observed"] = "content.creator_followers_observed"
    v: Literal[1] = 1
    followers: Count = Field(description="How many they had.", examples=[1200])


class _SoundRecording(_OfSound):
    author: Author | None = Field(default=None, description="Who made it.", examples=["The Gutters"])
    duration_seconds: Duration | None = Field(
        default=None, description="How long it is, in whole seconds.", examples=[31]
    )
    cover_url: Url | None = Field(default=None, description="Where its picture is.", examples=[_COVER])


class SoundRegistered(_SoundRecording):
    """A sound can be used in videos."""

    type: Literal["content.sound_registered"] = "content.sound_registered"
    v: Literal[1] = 1
    title: Title = Field(description="What it is called.", examples=["Rain song"])


class SoundChanged(_SoundRecording, PartialEvent):
    """A sound was changed: what is left out stays as it was, null clears an optional field."""

    type: Literal["content.sound_changed"] = "content.sound_changed"
    v: Literal[1] = 1
    title: Annotated[Title | None, NotNull()] = Field(
        default=None, description="The new title.", examples=["Rain song (live)"]
    )


class _CommunityProfile(_OfCommunity):
    description: CommunityDescription | None = Field(
        default=None, description="What it is about.", examples=["People who make things."]
    )
    linked_hashtags: Hashtags | None = Field(
        default=None, description="The hashtags whose videos it follows.", examples=[["#DIY", "woodwork"]]
    )


class CommunityCreated(_CommunityProfile):
    """A community was founded."""

    type: Literal["content.community_created"] = "content.community_created"
    v: Literal[1] = 1
    name: Name = Field(description="What it is called.", examples=["Makers"])


class CommunityChanged(_CommunityProfile, PartialEvent):
    """A community was changed: what is left out stays as it was, null clears an optional field."""

    type: Literal["content.community_changed"] = "content.community_changed"
    v: Literal[1] = 1
    name: Annotated[Name | None, NotNull()] = Field(
        default=None, description="The new name.", examples=["Makers and menders"]
    )


class CommunityDeleted(_OfCommunity):
    """A community was removed; its videos stay, what comes later for it is refused."""

    type: Literal["content.community_deleted"] = "content.community_deleted"
    v: Literal[1] = 1


class _VideoAttributes(_OfVideo):
    sound_id: Identifier | None = Field(
        default=None, description="The sound that it uses.", examples=["rain-song"]
    )
    hashtags: Hashtags | None = Field(
        default=None,
        description="Its hashtags as people write them; those that are normalised alike count once.",
        examples=[["#DIY", "lamp"]],
    )
    communities: Communities | None = Field(
        default=None, description="The communities that it is in.", examples=[["makers"]]
    )
    caption: Caption | None = Field(
        default=None, description="The line below it.", examples=["A lamp from a bottle"]
    )
    description: VideoDescription | None = Field(
        default=None, description="What there is to say about it.", examples=["All you need is a drill."]
    )
    duration_seconds: Duration | None = Field(
        default=None, description="How long it is, in whole seconds.", examples=[45]
    )
    thumbnail_url: Url | None = Field(
        default=None, description="Where its picture is.", examples=[_THUMBNAIL]
    )


class VideoPublished(_VideoAttributes):
    """A video was published."""

    type: Literal["content.video_published"] = "content.video_published"
    v: Literal[1] = 1
    creator_id: Identifier = Field(description="Who made it.", examples=["ada"])
    published_at: Instant | None = Field(
        default=None,
        description="When it was published; left out: `at`, unless it is known already.",
        examples=["2026-11-21T09:30:00Z"],
    )


class VideoChanged(_VideoAttributes, PartialEvent):
    """A video was changed: what is left out stays as it was, null clears an optional field.

    Its counts move with it to its new creator, sound, hashtags and communities.
    """

    type: Literal["content.video_changed"] = "content.video_changed"
    v: Literal[1] = 1
    creator_id: Annotated[Identifier | None, NotNull()] = Field(
        default=None, description="Who made it after all.", examples=["grace"]
    )
    published_at: Annotated[Instant | None, NotNull()] = Field(
        default=None, description="When it was published after all.", examples=["2026-11-20T09:30:00Z"]
    )


class VideoRemoved(_OfVideo):
    """A video was removed, with all that it counted; what comes later for it is refused."""

    type: Literal["content.video_removed"] = "content.video_removed"
    v: Literal[1] = 1


class _OfMembership(_OfVideo):
    community_id: Identifier = Field(description="The community.", examples=["makers"])


class VideoJoinedCommunity(_OfMembership):
    """A video was put into a community; it is in at most 50."""

    type: Literal["content.video_joined_community"] = "content.video_joined_community"
    v: Literal[1] = 1


class VideoLeftCommunity(_OfMembership):
    """A video was taken out of a community."""

    type: Literal["content.video_left_community"] = "content.video_left_community"
    v: Literal[1] = 1


class VideoMetricsObserved(_OfVideo):
    """A crawler saw a video's totals: those that it gives are set, also downwards.

    A total seen earlier than the one that stands is kept as history and changes nothing else.
    """

    needs_a_field: ClassVar[bool] = True

    type: Literal["content.video_metrics_observed"] = "content.video_metrics_observed"
    v: Literal[1] = 1
    views: ObservedTotal = Field(default=None, description="Views in total.", examples=[100_000])
    likes: ObservedTotal = Field(default=None, description="Likes in total.", examples=[1_000])
    comments: ObservedTotal = Field(default=None, description="Comments in total.", examples=[50])
    shares: ObservedTotal = Field(default=None, description="Shares in total.", examples=[10])
    saves: ObservedTotal = Field(default=None, description="Saves in total.", examples=[20])


class VideoViewed(_Counted):
    """A video was viewed."""

    type: Literal["content.video_viewed"] = "content.video_viewed"
    v: Literal[1] = 1


class VideoLiked(_Counted):
    """A video was liked."""

    type: Literal["content.video_liked"] = "content.video_liked"
    v: Literal[1] = 1


class VideoUnliked(_Counted):
    """Likes of a video were taken back; what there is not is cut off and counted as such."""

    type: Literal["content.video_unliked"] = "content.video_unliked"
    v: Literal[1] = 1


class VideoCommented(_Counted):
    """A video was commented on."""

    type: Literal["content.video_commented"] = "content.video_commented"
    v: Literal[1] = 1


class CommentDeleted(_Counted):
    """Comments on a video were deleted; what there is not is cut off and counted as such."""

    type: Literal["content.comment_deleted"] = "content.comment_deleted"
    v: Literal[1] = 1


class VideoShared(_Counted):
    """A video was shared."""

    type: Literal["content.video_shared"] = "content.video_shared"
    v: Literal[1] = 1


class VideoSaved(_Counted):
    """A video was saved for later."""

    type: Literal["content.video_saved"] = "content.video_saved"
    v: Literal[1] = 1


class VideoUnsaved(_Counted):
    """Saves of a video were taken back; what there is not is cut off and counted as such."""

    type: Literal["content.video_unsaved"] = "content.video_unsaved"
    v: Literal[1] = 1


SYSTEM = System(
    name="content",
    types=(
        CreatorRegistered,
        CreatorChanged,
        CreatorFollowersObserved,
        SoundRegistered,
        SoundChanged,
        CommunityCreated,
        CommunityChanged,
        CommunityDeleted,
        VideoPublished,
        VideoChanged,
        VideoRemoved,
        VideoJoinedCommunity,
        VideoLeftCommunity,
        VideoMetricsObserved,
        VideoViewed,
        VideoLiked,
        VideoUnliked,
        VideoCommented,
        CommentDeleted,
        VideoShared,
        VideoSaved,
        VideoUnsaved,
        LeaderboardClosed,
        Reconciled,
    ),
)
