"""The rows that lists of system 2 walk, for its oracle: each owner's videos, and what they are ordered by."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from tests.simulation.content_oracle_facts import Facts
from tests.simulation.content_oracle_video import Video
from tests.simulation.oracle_facts import Row

MEMBERS: Final = {
    "creator_videos": ("creator_id", "creator"),
    "sound_videos": ("sound_id", "sound"),
    "hashtag_videos": ("hashtag", "hashtag"),
    "community_videos": ("community_id", "community"),
}
"""By table, the column of the owner and its kind."""
ORDERS: Final = ("views", "impact", "likes", "comments")
"""What the column `<name>_order` rises with."""


def members(facts: Facts, table: str) -> list[Row]:
    """The rows of a table without their orders, also those of deleted communities, which views hide."""
    column, kind = MEMBERS[table]
    return [
        {
            column: owner,
            "video_id": video.id,
            "published_at": video.published_at,
            **({} if kind == "creator" else {"creator_id": video.creator_id}),
        }
        for video in facts.standing_videos()
        for owner in _of_kind(video, kind)
    ]


def ordered_by(facts: Facts, order: str) -> dict[str, Decimal]:
    """The number of each video that a list may be sorted by."""
    return {
        video.id: video.impact if order == "impact" else Decimal(video.counts[order])
        for video in facts.standing_videos()
    }


def _of_kind(video: Video, kind: str) -> Iterable[str]:
    return (owner for owner_kind, owner in video.owners if owner_kind == kind)
