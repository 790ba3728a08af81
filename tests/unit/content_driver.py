"""The fold of system 2 in a driver, with events of its types in one line each."""

from collections.abc import Iterable
from typing import Any

from events.content import (
    CommentDeleted,
    CommunityChanged,
    CommunityCreated,
    CommunityDeleted,
    CreatorChanged,
    CreatorFollowersObserved,
    CreatorRegistered,
    SoundChanged,
    SoundRegistered,
    VideoChanged,
    VideoCommented,
    VideoJoinedCommunity,
    VideoLeftCommunity,
    VideoLiked,
    VideoMetricsObserved,
    VideoPublished,
    VideoRemoved,
    VideoSaved,
    VideoShared,
    VideoUnliked,
    VideoUnsaved,
    VideoViewed,
)
from projections.content.rows import Video
from projections.content.tables import VIDEOS
from projections.tables import shared as name
from streams.folds.content import SYSTEM
from tests.unit.fold_driver import FoldDriver
from tests.unit.made_events import BASE as BASE
from tests.unit.made_events import HOUR as HOUR
from tests.unit.made_events import struct


def content_driver(partition: int = 0) -> FoldDriver:
    """An empty partition of system 2."""
    return FoldDriver(SYSTEM.fold, {}, partition)


def video_of(driver: FoldDriver, video_id: str = "v") -> Video:
    """The video's row."""
    row: Video = driver.rows[VIDEOS][(video_id,)]
    return row


def owned_video(
    video_id: str,
    creator_id: str | None = None,
    sound_id: str | None = None,
    hashtags: Iterable[str] = (),
    communities: Iterable[str] = (),
    *rest: Any,
    **others: Any,
) -> Video:
    """A video by the plain names of its owners, in the order of its fields."""
    return Video(
        video_id,
        None if creator_id is None else name(creator_id),
        None if sound_id is None else name(sound_id),
        tuple(map(name, hashtags)),
        tuple(map(name, communities)),
        *rest,
        **others,
    )


def published(video_id: str = "v", creator_id: str = "ada", **fields: Any) -> Any:
    """A video is published."""
    return struct(VideoPublished, video_id=video_id, creator_id=creator_id, **fields)


def video_changed(video_id: str = "v", **fields: Any) -> Any:
    """A video is changed in part."""
    return struct(VideoChanged, video_id=video_id, **fields)


def video_removed(video_id: str = "v", **fields: Any) -> Any:
    """A video is removed."""
    return struct(VideoRemoved, video_id=video_id, **fields)


def joined(community_id: str, video_id: str = "v", **fields: Any) -> Any:
    """A video is put into a community."""
    return struct(VideoJoinedCommunity, video_id=video_id, community_id=community_id, **fields)


def left(community_id: str, video_id: str = "v", **fields: Any) -> Any:
    """A video is taken out of a community."""
    return struct(VideoLeftCommunity, video_id=video_id, community_id=community_id, **fields)


def observed(video_id: str = "v", **fields: Any) -> Any:
    """A crawler saw these totals."""
    return struct(VideoMetricsObserved, video_id=video_id, **fields)


def viewed(count: int = 1, video_id: str = "v", **fields: Any) -> Any:
    """A video is viewed so often."""
    return struct(VideoViewed, video_id=video_id, count=count, **fields)


def liked(count: int = 1, video_id: str = "v", **fields: Any) -> Any:
    """A video is liked so often."""
    return struct(VideoLiked, video_id=video_id, count=count, **fields)


def unliked(count: int = 1, video_id: str = "v", **fields: Any) -> Any:
    """So many likes are taken back."""
    return struct(VideoUnliked, video_id=video_id, count=count, **fields)


def commented(count: int = 1, video_id: str = "v", **fields: Any) -> Any:
    """A video is commented on so often."""
    return struct(VideoCommented, video_id=video_id, count=count, **fields)


def comment_deleted(count: int = 1, video_id: str = "v", **fields: Any) -> Any:
    """So many comments are deleted."""
    return struct(CommentDeleted, video_id=video_id, count=count, **fields)


def shared(count: int = 1, video_id: str = "v", **fields: Any) -> Any:
    """A video is shared so often."""
    return struct(VideoShared, video_id=video_id, count=count, **fields)


def saved(count: int = 1, video_id: str = "v", **fields: Any) -> Any:
    """A video is saved so often."""
    return struct(VideoSaved, video_id=video_id, count=count, **fields)


def unsaved(count: int = 1, video_id: str = "v", **fields: Any) -> Any:
    """A video is not kept any more, so often."""
    return struct(VideoUnsaved, video_id=video_id, count=count, **fields)


def creator(creator_id: str = "ada", username: str = "ada", **fields: Any) -> Any:
    """A creator is registered."""
    return struct(CreatorRegistered, creator_id=creator_id, username=username, **fields)


def creator_changed(creator_id: str = "ada", **fields: Any) -> Any:
    """A creator is changed in part."""
    return struct(CreatorChanged, creator_id=creator_id, **fields)


def followers(count: int, creator_id: str = "ada", **fields: Any) -> Any:
    """A creator's followers were counted."""
    return struct(CreatorFollowersObserved, creator_id=creator_id, followers=count, **fields)


def sound(sound_id: str = "rain", title: str = "Rain song", **fields: Any) -> Any:
    """A sound is registered."""
    return struct(SoundRegistered, sound_id=sound_id, title=title, **fields)


def sound_changed(sound_id: str = "rain", **fields: Any) -> Any:
    """A sound is changed in part."""
    return struct(SoundChanged, sound_id=sound_id, **fields)


def community(community_id: str = "makers", name: str = "Makers", **fields: Any) -> Any:
    """A community is founded."""
    return struct(CommunityCreated, community_id=community_id, name=name, **fields)


def community_changed(community_id: str = "makers", **fields: Any) -> Any:
    """A community is changed in part."""
    return struct(CommunityChanged, community_id=community_id, **fields)


def community_deleted(community_id: str = "makers", **fields: Any) -> Any:
    """A community is deleted."""
    return struct(CommunityDeleted, community_id=community_id, **fields)
