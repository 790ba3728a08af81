"""Simulated events of system 2: creators publish videos, people view, like and talk, a crawler counts.

First everything is announced, then there is traffic. A video that is removed makes room for a new one, which
is met as often as it was. Totals that the crawler sees are a little above what the single events say, seldom
below, as on a real platform.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Final

from events.instants import EARLIEST
from events.simulation.content_things import Things
from events.simulation.envelopes import Fields, written_second
from events.simulation.popularity import Remembered
from events.simulation.simulation import Announcement, Maker, Simulation
from events.simulation.traffic import Made
from events.simulation.world import World, size

VIDEOS_MAX: Final = 10_000_000
CREATORS_MAX: Final = 1_000_000
SOUNDS_MAX: Final = 1_000_000
HASHTAGS_MAX: Final = 1_000_000
COMMUNITIES_MAX: Final = 100_000

COUNTERS: Final = ("views", "likes", "comments", "shares", "saves")
TAKEN_BACK: Final = {
    "video_liked": ("video_unliked", COUNTERS.index("likes")),
    "video_commented": ("comment_deleted", COUNTERS.index("comments")),
    "video_saved": ("video_unsaved", COUNTERS.index("saves")),
}
"""What takes an event back, and the counter that it lowers."""
SEVERAL: Final = 0.1
"""Of the views, those that a player reports several at once."""
SEVERAL_MAX: Final = 50
FALLS: Final = 0.05
"""Of the counters in an observation, those that are below what was seen before."""
NAMED: Final = 0.8
"""Of the counters, those that an observation names."""
UNSEEN: Final = 0.02
"""How much more than the single events told an observation may say, as a share of the total..."""
UNSEEN_OF_MAX: Final = 100_000
"""... as if that were at most so much: what is seen thousands of times a day would else double each hour."""
JOINS_MAX: Final = 5
"""Communities that a video joins beside those that it is published in."""
PUBLISHED_DAYS_MEAN: Final = 30
PUBLISHED_DAYS_MAX: Final = 400
"""How long before the simulation its videos were published."""
SECONDS_PER_DAY: Final = 86_400
EARLIEST_SECOND: Final = int(EARLIEST.timestamp())


@dataclass(frozen=True)
class ContentWorld(World):
    """How much there is of what. Raises WrongUsage for what is beyond the limits."""

    videos: int = size(1_000, VIDEOS_MAX, "How many at a time.")
    creators: int = size(100, CREATORS_MAX, "How many.")
    sounds: int = size(200, SOUNDS_MAX, "How many.")
    hashtags: int = size(300, HASHTAGS_MAX, "How many.")
    communities: int = size(20, COMMUNITIES_MAX, "How many.")

    @property
    def places(self) -> int:
        """Videos at a time."""
        return self.videos

    @property
    def announcements(self) -> int:
        """Events that announce what there is."""
        return self.creators + self.sounds + self.communities + self.videos


class ContentSimulation(Simulation[ContentWorld]):
    """Simulate system 2: videos are published, viewed, liked, talked about, counted by a crawler, removed.

    Example: groundswell simulate content --events 100000 --seed 1 --late 1% --double 1% --out day.ndjson.zst
    """

    system = "content"
    world_type = ContentWorld

    def __init__(self, world: ContentWorld, random: Random, seed: int, made: Made) -> None:
        super().__init__(world, random, seed, made)
        self._things = Things(world, random, seed)
        self._totals = [array("q", bytes(8 * world.videos)) for _ in COUNTERS]
        """By counter and place, as far as the crawler may know."""
        self._retractable = Remembered(random, self._cast)
        self._members = Remembered(random, self._cast)
        self._joins = bytearray(world.videos)
        """By place how many communities the video has joined and not left."""

    def _mix(self) -> Mapping[Maker, int]:
        return {
            self._viewed: 620,
            self._liked: 160,
            self._commented: 60,
            self._shared: 40,
            self._saved: 40,
            self._observed: 60,
            self._changed: 6,
            self._joined: 5,
            self._left: 3,
            self._removed: 1,
            self._followers: 3,
            self._of_things: 2,
        }

    def _announcements(self) -> Iterator[Announcement]:
        for name, fields in self._things.announcements():
            yield partial(self._announced, name, fields)
        for place in range(self._world.videos):
            yield partial(self._published_before, place)

    def _announced(self, name: str, fields: Fields, at: int) -> Fields:
        return self._envelope(name, at) | fields

    def _published_before(self, place: int, at: int) -> Fields:
        days = min(self._random.expovariate(1 / PUBLISHED_DAYS_MEAN), PUBLISHED_DAYS_MAX)
        second = max(EARLIEST_SECOND, at // 1000 - int(days * SECONDS_PER_DAY))
        return self._succeeded(at, place) | {"published_at": f"{written_second(second)}Z"}

    def _succeeded(self, at: int, place: int) -> Fields:
        event = self._of_video("video_published", at, place)
        return event | self._things.video(self._cast.numbers[place])

    def _of_video(self, name: str, at: int, place: int) -> Fields:
        event = self._envelope(name, at)
        event["video_id"] = f"video-{self._seed}-{self._cast.numbers[place]}"
        return event

    def _viewed(self, at: int, place: int) -> Fields:
        event = self._of_video("video_viewed", at, place)
        count = 1
        if self._random.random() < SEVERAL:
            event["count"] = count = 2 + int(self._random.random() * (SEVERAL_MAX - 1))
        self._totals[0][place] += count
        return event

    def _liked(self, at: int, place: int) -> Fields:
        return self._retractably("video_liked", at, place, 1)

    def _commented(self, at: int, place: int) -> Fields:
        return self._retractably("video_commented", at, place, 2)

    def _shared(self, at: int, place: int) -> Fields:
        return self._by_somebody("video_shared", at, place, 3)

    def _saved(self, at: int, place: int) -> Fields:
        return self._retractably("video_saved", at, place, 4)

    def _by_somebody(self, name: str, at: int, place: int, counter: int) -> Fields:
        event = self._of_video(name, at, place)
        event["actor"] = self._things.person()
        self._totals[counter][place] += 1
        return event

    def _retractably(self, name: str, at: int, place: int, counter: int) -> Fields:
        event = self._by_somebody(name, at, place, counter)
        self._retractable.add(name, place)
        return event

    def _retracted(self, at: int, place: int) -> Fields:
        taken = self._retractable.take()
        if taken is None:
            return self._liked(at, place)
        name, counter = TAKEN_BACK[taken[0]]
        event = self._of_video(name, at, taken[1])
        event["actor"] = self._things.person()
        # The crawler may have seen less than the single events told.
        self._totals[counter][taken[1]] = max(0, self._totals[counter][taken[1]] - 1)
        self._made.retracted += 1
        return event

    def _observed(self, at: int, place: int) -> Fields:
        event = self._of_video("video_metrics_observed", at, place)
        event["actor_type"] = "system"
        chance = self._random.random
        for counter, name in enumerate(COUNTERS):
            # Views are always there: an observation that names nothing is none.
            if counter == 0 or chance() < NAMED:
                event[name] = self._totals[counter][place] = self._seen(self._totals[counter][place])
        return event

    def _seen(self, known: int) -> int:
        chance, unseen = self._random.random, min(known, UNSEEN_OF_MAX) * UNSEEN
        if chance() < FALLS:
            return max(0, known - 1 - int(unseen * chance()))
        return known + int((unseen + 10 * UNSEEN) * chance())

    def _changed(self, at: int, place: int) -> Fields:
        return self._of_video("video_changed", at, place) | self._things.video_change()

    def _joined(self, at: int, place: int) -> Fields:
        if self._joins[place] == JOINS_MAX:
            return self._viewed(at, place)
        community = self._things.community_number()
        self._joins[place] += 1
        self._members.add(str(community), place)
        return self._membership("video_joined_community", at, place, community)

    def _left(self, at: int, place: int) -> Fields:
        taken = self._members.take()
        if taken is None:
            return self._joined(at, place)
        self._joins[taken[1]] -= 1
        return self._membership("video_left_community", at, taken[1], int(taken[0]))

    def _membership(self, name: str, at: int, place: int, community: int) -> Fields:
        event = self._of_video(name, at, place)
        event["community_id"] = self._things.community_id(community)
        return event

    def _removed(self, at: int, _: int) -> Fields:
        return self._gone(partial(self._video_removed, at))

    def _video_removed(self, at: int, place: int) -> Fields:
        self._joins[place] = 0
        for total in self._totals:
            total[place] = 0
        return self._of_video("video_removed", at, place)

    def _followers(self, at: int, _: int) -> Fields:
        return self._envelope("creator_followers_observed", at) | self._things.followers()

    def _of_things(self, at: int, _: int) -> Fields:
        name, fields = self._things.change()
        return self._envelope(name, at) | fields


SIMULATION: Final = ContentSimulation
