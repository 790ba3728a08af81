"""Random lives of videos, and the records in which they are told."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from events.codec import encode
from events.content import (
    CommunityCreated,
    CommunityDeleted,
    CreatorFollowersObserved,
    CreatorRegistered,
    SoundRegistered,
    VideoChanged,
    VideoCommented,
    VideoLiked,
    VideoPublished,
    VideoRemoved,
    VideoShared,
    VideoUnliked,
    VideoViewed,
)
from events.envelope import Event
from tests.simulation.murmur2 import partition_of_key
from tests.simulation.random_streams import Instruction

VIDEOS: Final = 140
"""More than a leaderboard has places."""
OWNERS: Final = 12
PAST_DAYS: Final = 420
"""Longer than the longest period."""
COUNTED: Final = (VideoViewed, VideoLiked, VideoCommented, VideoShared)


@dataclass
class Lives:
    """Videos with a few owners, counted over more than a year until ``now``; some move, some are removed."""

    random: Random
    now: datetime
    partitions: int = 1

    def told(self, event: Event) -> Instruction:
        """The event as the publisher appends it, now."""
        appended_ms = int(self.now.timestamp() * 1000)
        partition = partition_of_key(event.key, self.partitions)
        return Instruction(event.key.encode(), encode(event), partition, (), appended_ms, event.type_name())

    def all(self, counts: int) -> list[Instruction]:
        """Announcements, then so many counts, and what else happens in between."""
        events = [*self._announced(), *(self._counted() for _ in range(counts))]
        for number in range(0, VIDEOS, 9):
            events.insert(self.random.randrange(VIDEOS, len(events)), self._moved(number))
        events += [VideoRemoved.new(id=self._id(), at=self.now, video_id=f"v{n}") for n in range(3)]
        events.append(CommunityDeleted.new(id=self._id(), at=self.now, community_id="community 0"))
        return [self.told(event) for event in events]

    def counted(self, video: int, at: datetime, count: int) -> Instruction:
        """So many views of a video at once."""
        return self.told(VideoViewed.new(id=self._id(), at=at, video_id=f"v{video}", count=count))

    def _announced(self) -> Iterator[Event]:
        for number in range(OWNERS):
            at = self.now - timedelta(days=PAST_DAYS + 1)
            yield CommunityCreated.new(
                id=self._id(), at=at, community_id=f"community {number}", name="c", linked_hashtags=["diy"]
            )
            yield SoundRegistered.new(id=self._id(), at=at, sound_id=f"sound {number}", title="s")
            yield CreatorRegistered.new(id=self._id(), at=at, creator_id=f"creator {number}", username="u")
            yield CreatorFollowersObserved.new(
                id=self._id(), at=at, creator_id=f"creator {number + OWNERS // 2}", followers=number * 7
            )
        for number in range(VIDEOS):
            yield VideoPublished.new(
                id=self._id(), at=self._at(), video_id=f"v{number}", **self._owners(), **self._caption()
            )

    def _counted(self) -> Event:
        video = f"v{int(VIDEOS * self.random.random() ** 2)}"
        kind = self.random.choice((*COUNTED, *COUNTED, VideoUnliked))
        count = int(10 ** (self.random.random() * 4))
        return kind.new(id=self._id(), at=self._at(), video_id=video, count=count)

    def _moved(self, number: int) -> Event:
        return VideoChanged.new(id=self._id(), at=self._at(), video_id=f"v{number}", **self._owners())

    def _owners(self) -> dict[str, Any]:
        pick = self.random.randrange
        return {
            "creator_id": f"creator {pick(OWNERS)}",
            "sound_id": f"sound {pick(OWNERS)}" if pick(3) else None,
            "hashtags": self.random.sample(["DIY", "#diy", "Late", "Lamp", "ＤＩＹ", "straße"], pick(4)),
            "communities": [f"community {number}" for number in self.random.sample(range(OWNERS), pick(3))],
        }

    def _caption(self) -> dict[str, Any]:
        return {"caption": "a caption"} if self.random.randrange(2) else {}

    def _at(self) -> datetime:
        """Within the past, most of it not long ago."""
        return self.now - timedelta(days=PAST_DAYS) * self.random.random() ** 3

    def _id(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)
