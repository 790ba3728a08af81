"""What each thing of system 2 knows of itself, by the events of its own key, and the rules that they obey."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from tests.simulation.content_oracle_hashtags import forms_by_hashtag
from tests.simulation.content_oracle_reading import READING
from tests.simulation.content_oracle_video import Video
from tests.simulation.oracle_envelope import Dead, LogRecord
from tests.simulation.oracle_event import ToldEvent

_ANNOUNCING: Final = ("registered", "created")


@dataclass(slots=True)
class Thing:
    """A creator, a sound or a community: what it said of itself."""

    id: str
    told: dict[str, Any] = field(default_factory=dict)
    registered_at: datetime | None = None
    followers: int | None = None
    followers_at: datetime | None = None
    removed: bool = False

    def apply(self, event: ToldEvent) -> None:
        """Takes in an event about it; what says nothing of itself leaves it unregistered."""
        _, _, what = event.name.partition("_")
        if what == "deleted":
            self.removed = True
        elif what == "followers_observed":
            if self.followers_at is None or event.at >= self.followers_at:
                self.followers, self.followers_at = event.given["followers"], event.at
        else:
            is_whole = what in _ANNOUNCING
            self.told |= {n: v for n, v in event.given.items() if v is not None or not is_whole}
            if self.registered_at is None:
                self.registered_at = event.at

    def linked_hashtags(self) -> list[str]:
        """The hashtags that a community links now, normalised."""
        return list(forms_by_hashtag(self.told.get("linked_hashtags") or ()))


class Facts:
    """Everything that was told, thing by thing, and what was decided. Obeys `oracle_judging.Rules`."""

    def __init__(self) -> None:
        self.videos: dict[str, Video] = {}
        self.things: Mapping[str, dict[str, Thing]] = {"creator": {}, "sound": {}, "community": {}}
        self.decisions: list[ToldEvent] = []

    def read(self, record: LogRecord, partitions: int) -> tuple[ToldEvent, bool]:
        """The record by itself."""
        return READING.read(record, partitions)

    def is_duplicate(self, event: ToldEvent) -> bool:
        """A part of a decision and an observation count once for ever. Raises `Dead` where one is refused."""
        if event.is_decision:
            return event.id in {decision.id for decision in self.decisions}
        if "video_id" in event.given:
            video = self.videos.get(event.key, Video(event.key))
            video.check(event)
            is_observation = event.name == "video_metrics_observed"
            return is_observation and str(event.id) in {seen.id for seen in video.observations}
        if (thing := self._things_of(event).get(event.key)) and thing.removed:
            raise Dead("refused", "removed", f"{event.key!r} was deleted before")
        return False

    def learn(self, event: ToldEvent) -> None:
        """Takes in an event that is applied."""
        if event.is_decision:
            self.decisions.append(event)
        elif "video_id" in event.given:
            self.videos.setdefault(event.key, Video(event.key)).apply(event)
        else:
            self._things_of(event).setdefault(event.key, Thing(event.key)).apply(event)

    def standing_videos(self) -> list[Video]:
        """Those that were not removed, by id."""
        return [video for _, video in sorted(self.videos.items()) if not video.removed]

    def is_hidden(self, kind: str, thing_id: str) -> bool:
        """Whether a video was removed or a community deleted."""
        if kind == "video":
            return thing_id in self.videos and self.videos[thing_id].removed
        if kind == "community":
            return thing_id in self.things[kind] and self.things[kind][thing_id].removed
        return False

    def _things_of(self, event: ToldEvent) -> dict[str, Thing]:
        return self.things[event.name.partition("_")[0]]
