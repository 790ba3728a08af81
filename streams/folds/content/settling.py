"""What videos and what is said of things add up to, worked out once a flush for each row that changed."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from projections.content.rows import Community, Creator, HashtagName, Sound, VideoText
from projections.content.tables import (
    COMMUNITIES,
    COMMUNITY_TOTALS,
    CREATOR_TOTALS,
    CREATORS,
    HASHTAG_NAMES,
    HASHTAG_TOTALS,
    SOUND_TOTALS,
    SOUNDS,
    VIDEO_TEXTS,
    VIDEOS,
)
from projections.tables import Key, StateTable
from streams.folding import EACH, FOLLOW, WHOLE, Change, Settle, Weigh
from streams.folds.content.belonging import settle_video, weight

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
NO_GAINS: Final = (0, 0, 0, 0, 0, 0)
"""Of the videos' sums in totals, when it is not videos that changed."""


def settle_text(before: VideoText | None, after: VideoText | None) -> list[Change]:
    """How a video writes its hashtags: the earliest form of each is its name."""
    were, are = _names(before), _names(after)
    changes: list[Change] = []
    for key in {**were, **are}:
        name = are.get(key)
        if name != were.get(key):
            changes.append((HASHTAG_NAMES, key, WHOLE, name))
            changes.append((HASHTAG_TOTALS, key[:1], FOLLOW, None))
    return changes


def _names(text: VideoText | None) -> dict[Key, HashtagName]:
    if text is None:
        return {}
    return {
        (form.hashtag, text.video_id): HashtagName(form.hashtag, text.video_id, form.form, form.at)
        for form in text.forms
    }


def settle_creator(before: Creator | None, after: Creator | None) -> list[Change]:
    """What lists of creators sort by beside their videos."""
    were, are = _creator_sums(before), _creator_sums(after)
    known, followers, registered_us = (now - then for now, then in zip(are, were, strict=True))
    if not (known or followers or registered_us):
        return []
    creator = after or before
    assert creator is not None, "of a row that neither was nor is nothing changed"
    return [(CREATOR_TOTALS, (creator.creator_id,), EACH, (known, 0, followers, registered_us, *NO_GAINS))]


def _creator_sums(creator: Creator | None) -> tuple[int, int, int]:
    if creator is None:
        return (0, 0, 0)
    registered_us = 0 if creator.registered_at is None else (creator.registered_at - EPOCH) // MICROSECOND
    return (1, creator.followers or 0, registered_us)


def settle_sound(before: Sound | None, after: Sound | None) -> list[Change]:
    """Whether a sound is known without a video that uses it."""
    known = (after is not None) - (before is not None)
    sound = after or before
    if not known or sound is None:
        return []
    return [(SOUND_TOTALS, (sound.sound_id,), EACH, (known, 0, 0, *NO_GAINS))]


def settle_community(before: Community | None, after: Community | None) -> list[Change]:
    """Whether a community is known, and whether it was deleted."""
    were, are = _community_sums(before), _community_sums(after)
    community = after or before
    if were == are or community is None:
        return []
    known, deleted = are[0] - were[0], are[1] - were[1]
    return [(COMMUNITY_TOTALS, (community.community_id,), EACH, (known, deleted, 0, 0, *NO_GAINS))]


def _community_sums(community: Community | None) -> tuple[int, int]:
    if community is None:
        return (0, 0)
    return (0, 1) if community.deleted else (1, 0)


SETTLES: Final[Mapping[StateTable[Any], Settle]] = {
    VIDEOS: settle_video,
    VIDEO_TEXTS: settle_text,
    CREATORS: settle_creator,
    SOUNDS: settle_sound,
    COMMUNITIES: settle_community,
}

WEIGHTS: Final[Mapping[StateTable[Any], Weigh]] = {VIDEOS: weight}
