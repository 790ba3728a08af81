"""What a video brings to its creator, sound, hashtags and communities, and takes away when it moves or goes.

Most videos that changed only counted: their owners get the differences. One that moved is taken from all that
it belonged to and put to all that it belongs to.
"""

from typing import Any, Final

from projections.content.rows import CommunityVideo, CreatorVideo, HashtagVideo, SoundVideo, Video
from projections.content.tables import (
    BROUGHT,
    COMMUNITY_TOTALS,
    COMMUNITY_VIDEOS,
    CREATOR_TOTALS,
    CREATOR_VIDEOS,
    HASHTAG_TOTALS,
    HASHTAG_VIDEOS,
    SOUND_TOTALS,
    SOUND_VIDEOS,
)
from projections.magnitude import COARSE_COUNTS, COARSE_SCORES
from projections.tables import Key, Table
from streams.folding import EACH, FOLLOW, WHOLE, Change

Sums = tuple[int, int, int, int, int, int]
"""Views, likes, comments, shares, saves, cents of impact."""

ANNOUNCED_WEIGHT: Final = 8
"""For each owner: its own two rows and two that Postgres spreads, and its share of the video's own row and
text, new as well, which are large."""
COUNTED_WEIGHT: Final = 1
"""For each owner: two rows at the most, of which videos of a flush share half; what is spread is spread
together."""

NOWHERE: Final = object()
"""In place of a time of publication: the video is not among those of that row."""


def settle_video(before: Video | None, after: Video | None) -> list[Change]:
    """What follows for the owners of a video that was ``before`` and is ``after``."""
    if before is not None and before.removed:
        before = None
    if after is not None and after.removed:
        after = None
    if before is None or after is None or _moved(before, after):
        return _move(before, after)
    gained = _difference(before, after)
    if not any(gained):
        return []
    changes = _brought(after, 0, gained)
    if _orders(before) != (orders := _orders(after)):
        changes += [(table, key, WHOLE, row) for (table, key), row in _members(after, orders).items()]
    return changes


def weight(before: Video | None, after: Video) -> int:
    """About how many rows follow from a video. One that is announced or moved brings each of its owners rows
    that are its own; one that only counted mostly shares with others what it adds to."""
    if before is None:
        return _weight(after, ANNOUNCED_WEIGHT)
    if _moved(before, after):
        return _weight(before, ANNOUNCED_WEIGHT) + _weight(after, ANNOUNCED_WEIGHT)
    return _weight(after, COUNTED_WEIGHT)


def _weight(video: Video, each: int) -> int:
    hashtags, communities = len(video.hashtags), len(video.communities)
    return each * (hashtags + communities + 2) + hashtags * communities


def _moved(before: Video, after: Video) -> bool:
    """Whether it belongs to others than before, or was published at another time."""
    return (
        before.creator_id != after.creator_id
        or before.sound_id != after.sound_id
        or before.hashtags != after.hashtags
        or before.communities != after.communities
        or before.published_at != after.published_at
    )


def _difference(before: Video, after: Video) -> Sums:
    return (
        after.views - before.views,
        after.likes - before.likes,
        after.comments - before.comments,
        after.shares - before.shares,
        after.saves - before.saves,
        after.impact_cents - before.impact_cents,
    )


def _brought(video: Video, videos: int, sums: Sums) -> list[Change]:
    """Each owner of the video gets so many videos and these sums; what each pair of them gets is spread."""
    creator_id, sound_id = video.creator_id, video.sound_id
    views, likes, _, _, _, impact = sums
    # Creators of an owner are counted where its pairs are merged.
    beside = (videos, 0, *sums)
    of_sound, of_community = (0, *beside), (0, 0, *beside)
    changes: list[Change] = []
    if creator_id is not None:
        changes.append((CREATOR_TOTALS, (creator_id,), EACH, (0, videos, 0, 0, *sums)))
    if sound_id is not None:
        changes.append((SOUND_TOTALS, (sound_id,), EACH, of_sound))
    changes += [(HASHTAG_TOTALS, (hashtag,), EACH, beside) for hashtag in video.hashtags]
    changes += [(COMMUNITY_TOTALS, (community_id,), EACH, of_community) for community_id in video.communities]
    pair = (videos, views, likes, impact)
    if any(pair):
        owners = (creator_id or "", sound_id or "", video.hashtags, video.communities)
        changes.append((BROUGHT, owners, EACH, pair))
    return changes


def _orders(video: Video) -> tuple[int, int, int, int]:
    count = COARSE_COUNTS.of
    return (
        count(video.views),
        COARSE_SCORES.of(video.impact_cents),
        count(video.likes),
        count(video.comments),
    )


def _members(video: Video, orders: tuple[int, int, int, int]) -> dict[tuple[Table, Key], Any]:
    """The rows of the video among those of each owner, by table and key."""
    video_id, creator_id, published_at = video.video_id, video.creator_id, video.published_at
    rest = (video_id, creator_id, published_at, *orders)
    rows: dict[tuple[Table, Key], Any] = {}
    if creator_id is not None:
        row = CreatorVideo(creator_id, video_id, published_at, *orders)
        rows[CREATOR_VIDEOS, (creator_id, video_id)] = row
    if video.sound_id is not None:
        rows[SOUND_VIDEOS, (video.sound_id, video_id)] = SoundVideo(video.sound_id, *rest)
    for hashtag in video.hashtags:
        rows[HASHTAG_VIDEOS, (hashtag, video_id)] = HashtagVideo(hashtag, *rest)
    for community_id in video.communities:
        rows[COMMUNITY_VIDEOS, (community_id, video_id)] = CommunityVideo(community_id, *rest)
    return rows


def _move(before: Video | None, after: Video | None) -> list[Change]:
    """Everything is taken back from where the video was, and put to where it is; None: nowhere."""
    changes: list[Change] = []
    were: dict[tuple[Table, Key], Any] = {}
    are: dict[tuple[Table, Key], Any] = {}
    if before is not None:
        views, likes, comments, shares, saves, impact = _sums(before)
        changes += _brought(before, -1, (-views, -likes, -comments, -shares, -saves, -impact))
        were = _members(before, _orders(before))
    if after is not None:
        changes += _brought(after, 1, _sums(after))
        are = _members(after, _orders(after))
    for place in {**were, **are}:
        if were.get(place) != (row := are.get(place)):
            changes.append((*place, WHOLE, row))
    return changes + _followed(before, after)


def _sums(video: Video) -> Sums:
    return (video.views, video.likes, video.comments, video.shares, video.saves, video.impact_cents)


def _followed(before: Video | None, after: Video | None) -> list[Change]:
    """The rows whose newest video may be another now."""
    were, are = _times(before), _times(after)
    return [
        (*place, FOLLOW, None)
        for place in {**were, **are}
        if were.get(place, NOWHERE) != are.get(place, NOWHERE)
    ]


def _times(video: Video | None) -> dict[tuple[Table, Key], object]:
    """When the video was published, by each row that keeps when its newest one was."""
    if video is None:
        return {}
    places: list[tuple[Table, Key]] = [(HASHTAG_TOTALS, (hashtag,)) for hashtag in video.hashtags]
    if video.sound_id is not None:
        places.append((SOUND_TOTALS, (video.sound_id,)))
    return dict.fromkeys(places, video.published_at)
