"""What takes part in a simulation of system 2: creators, sounds, hashtags, communities, and their changes."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING, Final

from events.simulation.envelopes import Fields
from events.simulation.popularity import drawing, zipf

if TYPE_CHECKING:
    from events.simulation.content import ContentWorld

PEOPLE: Final = 100_000
"""Actors that view and like, all equally often."""
HASHTAGS_PER_VIDEO: Final = range(7)
COMMUNITIES_PER_VIDEO: Final = (0, 0, 0, 1, 1, 2)
"""In how many communities a video is from the beginning, each number equally often."""
LINKS_MAX: Final = 5
WITH_SOUND: Final = 0.7
WITH_TWO_DESCRIPTIONS: Final = 0.3
VERIFIED: Final = 10
"""Every so many-th creator is verified."""
DURATION_SECONDS_MAX: Final = 180
FOLLOWERS_MAX: Final = 5_000_000
FOLLOWERS_SHAPE: Final = 6
"""The higher, the fewer creators have many followers."""
COMMUNITY_DELETIONS: Final = 0.03
"""Of the changes of a community, those that delete it; half of them stay in any case."""
WORDS: Final = (
    "dance", "cooking", "DIY", "garden", "Straße", "music", "vélo", "cats", "travel", "math", "coffee",
    "école", "football", "knitting", "history", "Über", "running", "science", "山", "beach",
)  # fmt: skip


class Things:
    """Draws who and what an event is about; ids have the seed in them."""

    def __init__(self, world: ContentWorld, random: Random, seed: int) -> None:
        self._world = world
        self._random = random
        self._seed = seed
        exponent = world.traffic.exponent
        self._creator = zipf(random, world.creators, exponent)
        self._sound = zipf(random, world.sounds, exponent)
        self._hashtag = zipf(random, world.hashtags, exponent)
        self._communities = list(range(world.communities))
        self._hashtags = drawing(random, HASHTAGS_PER_VIDEO, [1] * len(HASHTAGS_PER_VIDEO))
        self._word = drawing(random, WORDS, [1] * len(WORDS))

    def person(self) -> str:
        """An actor."""
        return f"user-{int(self._random.random() * PEOPLE)}"

    def announcements(self) -> Iterator[tuple[str, Fields]]:
        """All but the videos: names of types without the system, and the fields beside the envelope."""
        for number in range(self._world.creators):
            yield "creator_registered", self._creator_fields(number)
        for number in range(self._world.sounds):
            yield "sound_registered", self._sound_fields(number)
        for number in range(self._world.communities):
            yield "community_created", self._community_fields(number)

    def video(self, number: int) -> Fields:
        """The fields of a video that is published, beside its id."""
        fields: Fields = {
            "creator_id": self._creator_id(self._creator()),
            "hashtags": self._drawn_hashtags(),
            "caption": f"{self._word()} and {self._word()} {number}",
            "duration_seconds": 3 + int(self._random.random() * DURATION_SECONDS_MAX),
            "thumbnail_url": f"https://example.org/thumbnails/{self._seed}/{number}.jpg",
        }
        if self._random.random() < WITH_SOUND:
            fields["sound_id"] = self._sound_id(self._sound())
        if self._random.random() < WITH_TWO_DESCRIPTIONS:
            fields["description"] = f"All about {self._word()}, in the style of {self._word()}."
        if several := self._random.choice(COMMUNITIES_PER_VIDEO):
            drawn = self._random.sample(self._communities, min(several, len(self._communities)))
            fields["communities"] = [self.community_id(community) for community in drawn]
        return fields

    def video_change(self) -> Fields:
        """What changes about a video: mostly what moves totals from one owner to another."""
        drawn = self._random.random()
        if drawn < 0.4:
            return {"hashtags": self._drawn_hashtags()}
        if drawn < 0.6:
            return {"creator_id": self._creator_id(self._creator())}
        if drawn < 0.8:
            return {"sound_id": self._sound_id(self._sound()) if drawn < 0.75 else None}
        if drawn < 0.9:
            return {"caption": f"{self._word()}, again", "description": None}
        return {"hashtags": [], "creator_id": self._creator_id(self._creator())}

    def followers(self) -> Fields:
        """A creator, and how many follow them."""
        seen = int(FOLLOWERS_MAX * self._random.random() ** FOLLOWERS_SHAPE)
        return {"creator_id": self._creator_id(self._creator()), "followers": seen}

    def change(self) -> tuple[str, Fields]:
        """What changes about a creator, a sound or a community: a type's name and the fields."""
        drawn = self._random.random()
        if drawn < 0.4:
            number = self._creator()
            bio = None if drawn < 0.1 else "New here."
            changed = {"display_name": f"{self._word()} {number}", "bio": bio}
            return "creator_changed", {"creator_id": self._creator_id(number)} | changed
        if drawn < 0.7:
            number = self._sound()
            return "sound_changed", {"sound_id": self._sound_id(number), "title": f"{self._word()} (remix)"}
        return self._community_change()

    def community_number(self) -> int:
        """A community that was not deleted."""
        return self._random.choice(self._communities)

    def community_id(self, number: int) -> str:
        """The id of a community."""
        return f"community-{self._seed}-{number}"

    def _community_change(self) -> tuple[str, Fields]:
        number = self.community_number()
        of_community = {"community_id": self.community_id(number)}
        has_others = len(self._communities) > max(1, self._world.communities // 2)
        if has_others and self._random.random() < COMMUNITY_DELETIONS:
            self._communities.remove(number)
            return "community_deleted", of_community
        return "community_changed", of_community | {"linked_hashtags": self._links()}

    def _creator_fields(self, number: int) -> Fields:
        return {
            "creator_id": self._creator_id(number),
            "username": f"{self._word().lower()}_{number}",
            "display_name": f"{self._word()} {number}",
            "bio": f"Mostly {self._word()}, sometimes {self._word()}.",
            "avatar_url": f"https://example.org/avatars/{self._seed}/{number}.jpg",
            "verified": number % VERIFIED == 0,
        }

    def _sound_fields(self, number: int) -> Fields:
        return {
            "sound_id": self._sound_id(number),
            "title": f"{self._word()} {self._word()} {number}",
            "author": f"{self._word()} band",
            "duration_seconds": 10 + int(self._random.random() * DURATION_SECONDS_MAX),
        }

    def _community_fields(self, number: int) -> Fields:
        return {
            "community_id": self.community_id(number),
            "name": f"Friends of {self._word()} {number}",
            "description": f"For everybody who likes {self._word()}.",
            "linked_hashtags": self._links(),
        }

    def _links(self) -> list[str]:
        return self._some_hashtags(int(self._random.random() * (LINKS_MAX + 1)))

    def _drawn_hashtags(self) -> list[str]:
        return self._some_hashtags(self._hashtags())

    def _some_hashtags(self, several: int) -> list[str]:
        """Each once, in the form in which somebody wrote it: with and without #, in any case."""
        return [self._written(number) for number in dict.fromkeys(self._hashtag() for _ in range(several))]

    def _written(self, number: int) -> str:
        name = f"{WORDS[number % len(WORDS)]}{number // len(WORDS) or ''}"
        form = int(self._random.random() * 4)
        return f"#{name}" if form == 0 else name.upper() if form == 1 else name.lower() if form == 2 else name

    def _creator_id(self, number: int) -> str:
        return f"creator-{self._seed}-{number}"

    def _sound_id(self, number: int) -> str:
        return f"sound-{self._seed}-{number}"
