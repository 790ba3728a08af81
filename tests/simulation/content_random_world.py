"""Valid events of a small world in which videos, creators, sounds, hashtags and communities meet often."""

from datetime import UTC, datetime
from random import Random
from typing import ClassVar, Final

from tests.simulation.content_oracle_reading import COUNTER_MAX, COUNTERS, INCREMENT_MAX, LIST_MAX
from tests.simulation.oracle_envelope import DECISIONS_KEY
from tests.simulation.random_drawing import (
    DrawnWorld,
    Popular,
    junk_id,
    random_moment,
    some,
    sometimes,
    zipf_choice,
)
from tests.simulation.random_json import Fields, written_instant

FORMS: Final = (
    *("#DIY", "diy", "ＤＩＹ", " # Diy ", "##diy", "#Straße", "straße", "STRASSE", "#", " ## "),
    *("ﬁsh", "#Fish", "İstanbul", "i̇stanbul", "Å", "å", "#NULL", "a,b", '{"x"}', "\\n", "日本", "#🌊 sea"),
    *("W" * 100, "#" + "w" * 99, "ǅ", "ǆ", "½", "1⁄2"),
)
"""How people write hashtags: several of them are the same, two are none."""
CREATORS: Final = ("ada", "grace", 'O\'Neill "{}"', "Jürgen ✊", "c" * 300)
SOUNDS: Final = ("rain", "wind,storm", "海{}")
_VIDEOS: Final = ("video-{}", "#de:{}", "Ä{}\\ %s", "{{v,{}}}", "v" * 290 + "-{:03}", '"{}"')
_COMMUNITIES: Final = ("makers-{}", "a,b-{}", "NULL{}", "Grüße {} 🌳")
_CROWD: Final = tuple(f"crowd-{number}" for number in range(LIST_MAX + 5))
"""Enough communities to fill a video, and some more."""
_TEXTS: Final = ("A lamp from a bottle", "ÖFFNE die Straße 🌍", "50% \\ _x_ 'q'", "T" * 300)
_URLS: Final = ("https://images.example/a.jpg", "u" * 2000, None)
_COUNTED: Final = {
    "video_viewed": 10,
    "video_liked": 7,
    "video_unliked": 5,
    "video_commented": 6,
    "comment_deleted": 5,
    "video_shared": 4,
    "video_saved": 4,
    "video_unsaved": 4,
}
_OLDEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(8999, 12, 31, 23, 59, 59, tzinfo=UTC)


def key_of(fields: Fields) -> str:
    """The key that an event of system 2 belongs to."""
    for name in ("video_id", "creator_id", "sound_id", "community_id"):
        if name in fields:
            return str(fields[name])
    return DECISIONS_KEY


class ContentWorld(DrawnWorld):
    """A few videos and communities, with all that belongs to them."""

    system: ClassVar[str] = "content"

    def __init__(self, random: Random, base: datetime) -> None:
        super().__init__(random, base)
        self.videos = Popular(random, _VIDEOS, 7)
        self.communities = Popular(random, _COMMUNITIES, 4)
        self._draws = {
            self._creator_registered: 3,
            self._creator_changed: 3,
            self._followers_observed: 7,
            self._sound_registered: 2,
            self._sound_changed: 2,
            self._community_created: 3,
            self._community_changed: 3,
            self._community_deleted: 0.4,
            self._published: 8,
            self._changed: 9,
            self._removed: 0.8,
            self._crowded: 0.7,
            self._joined: 6,
            self._left: 4,
            self._observed: 15,
            self._counted: 45,
        }

    def event(self, now: datetime) -> Fields:
        """The next event, as the fields of its JSON object; it happens about `now`, or earlier."""
        fields = super().event(now)
        if self._random.random() < 0.1:
            del fields["actor"]
        return fields

    def view(self, now: datetime) -> Fields:
        """A valid view of a video that is never drawn again: what junk is made from."""
        self._now = now
        return self._envelope("video_viewed") | {"video_id": junk_id(self._random)}

    def publication(self, now: datetime) -> Fields:
        """A valid publication of a video that is never drawn again."""
        self._now = now
        return self._envelope("video_published") | {
            "video_id": junk_id(self._random),
            "creator_id": CREATORS[0],
        }

    def change(self, thing: str, now: datetime) -> Fields:
        """A change of a creator, sound, community or video that does not say yet what is changed."""
        self._now = now
        return self._envelope(f"{thing}_changed") | {f"{thing}_id": junk_id(self._random)}

    def _of_video(self, name: str) -> Fields:
        return self._envelope(name) | {"video_id": self.videos.any()}

    def _pick(self, *choices: object) -> object:
        return self._random.choice(choices)

    def _hashtags(self) -> list[str]:
        most = len(FORMS) if self._random.random() < 0.1 else 4
        return self._random.sample(FORMS, self._random.randint(0, most))

    def _text(self) -> object:
        return self._pick(*_TEXTS, None)

    def _profile(self) -> Fields:
        return {
            "display_name": self._pick("Ada L.", "", None),
            "bio": self._pick("I build lamps.", "B" * 500, None),
            "avatar_url": self._pick(*_URLS),
            "verified": self._pick(True, False, None),
        }

    def _of_creator(self, name: str) -> Fields:
        return self._envelope(name) | {"creator_id": zipf_choice(self._random, CREATORS)}

    def _creator_registered(self) -> Fields:
        fields = self._of_creator("creator_registered") | {"username": self._pick("ada", "Gräce", "U" * 100)}
        return sometimes(self._random, fields, **self._profile())

    def _creator_changed(self) -> Fields:
        changes = self._profile() | {"username": self._pick("lovelace", "hopper")}
        return some(self._random, self._of_creator("creator_changed"), changes)

    def _followers_observed(self) -> Fields:
        followers = self._pick(0, 1, 2000, self._random.randint(0, 10**6), COUNTER_MAX)
        return self._of_creator("creator_followers_observed") | {"followers": followers}

    def _recording(self) -> Fields:
        duration = self._pick(0, 31, None)
        author = self._pick("The Gutters", None)
        return {"author": author, "duration_seconds": duration, "cover_url": self._pick(*_URLS)}

    def _of_sound(self, name: str) -> Fields:
        return self._envelope(name) | {"sound_id": zipf_choice(self._random, SOUNDS)}

    def _sound_registered(self) -> Fields:
        fields = self._of_sound("sound_registered") | {"title": self._pick("Rain song", "雨", "S" * 300)}
        return sometimes(self._random, fields, **self._recording())

    def _sound_changed(self) -> Fields:
        changes = self._recording() | {"title": "Rain song (live)"}
        return some(self._random, self._of_sound("sound_changed"), changes)

    def _community_profile(self) -> Fields:
        links = self._hashtags() if self._random.random() < 0.8 else None
        return {"description": self._pick("People who make things.", None), "linked_hashtags": links}

    def _of_community(self, name: str) -> Fields:
        return self._envelope(name) | {"community_id": self.communities.any()}

    def _community_created(self) -> Fields:
        fields = self._of_community("community_created") | {"name": self._pick("Makers", "N" * 100)}
        return sometimes(self._random, fields, **self._community_profile())

    def _community_changed(self) -> Fields:
        changes = self._community_profile() | {"name": "Makers and menders"}
        return some(self._random, self._of_community("community_changed"), changes)

    def _community_deleted(self) -> Fields:
        return self._envelope("community_deleted") | {"community_id": self.communities.leaving()}

    def _published_at(self) -> str:
        if self._random.random() < 0.05:
            return written_instant(self._random, self._random.choice((_OLDEST, _LATEST)))
        moment = random_moment(self._random, self._now)
        # Few different ones, so that the newest of several is often one of two.
        return written_instant(self._random, moment.replace(minute=0, second=0, microsecond=0))

    def _attributes(self) -> Fields:
        communities = self._random.sample(self.communities.ids, self._random.randint(0, 3))
        return {
            "sound_id": self._pick(*SOUNDS, None),
            "hashtags": self._pick(self._hashtags(), self._hashtags(), self._hashtags(), None),
            "communities": self._pick(communities, communities, communities, None),
            "caption": self._text(),
            "description": self._text(),
            "duration_seconds": self._pick(0, 45, None),
            "thumbnail_url": self._pick(*_URLS),
        }

    def _published(self) -> Fields:
        fields = self._of_video("video_published") | {"creator_id": zipf_choice(self._random, CREATORS)}
        published_at = self._pick(self._published_at(), self._published_at(), None)
        return sometimes(self._random, fields, **self._attributes(), published_at=published_at)

    def _changed(self) -> Fields:
        changes = self._attributes()
        changes |= {"creator_id": zipf_choice(self._random, CREATORS), "published_at": self._published_at()}
        return some(self._random, self._of_video("video_changed"), changes)

    def _removed(self) -> Fields:
        return self._envelope("video_removed") | {"video_id": self.videos.leaving()}

    def _crowded(self) -> Fields:
        """A video in nearly as many communities as it may be in."""
        crowd = self._random.sample(_CROWD, self._random.randint(LIST_MAX - 2, LIST_MAX))
        return self._of_video("video_changed") | {"communities": crowd}

    def _joined(self) -> Fields:
        community = self.communities.any() if self._random.random() < 0.7 else self._random.choice(_CROWD)
        return self._of_video("video_joined_community") | {"community_id": community}

    def _left(self) -> Fields:
        community = self.communities.any() if self._random.random() < 0.8 else self._random.choice(_CROWD)
        return self._of_video("video_left_community") | {"community_id": community}

    def _observed(self) -> Fields:
        totals: Fields = {name: self._total() for name in COUNTERS}
        return some(self._random, self._of_video("video_metrics_observed"), totals)

    def _total(self) -> int:
        kind = self._random.random()
        if kind < 0.03:
            return COUNTER_MAX - self._random.choice((0, 1, 5, INCREMENT_MAX))
        if kind < 0.15:
            return 0
        return self._random.randint(0, 10 ** self._random.choice((1, 3, 5, 8)))

    def _counted(self) -> Fields:
        (name,) = self._random.choices(list(_COUNTED), list(_COUNTED.values()))
        fields = self._of_video(name)
        if self._random.random() < 0.5:
            fields["count"] = self._random.choice((1, 2, 7, 300, INCREMENT_MAX))
        return fields
