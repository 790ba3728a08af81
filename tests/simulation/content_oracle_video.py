"""The life of a video for the oracle of system 2: its events in the order of the log, what each gained."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, Final

from tests.simulation.content_oracle_hashtags import forms_by_hashtag
from tests.simulation.content_oracle_reading import (
    COUNTER_MAX,
    COUNTERS,
    INCREMENTS,
    LIST_MAX,
)
from tests.simulation.oracle_envelope import Dead
from tests.simulation.oracle_event import ToldEvent

_EXACT: Final = Context(prec=100, rounding=ROUND_HALF_UP)
_HUNDREDTH: Final = Decimal("0.01")
_WORTH: Final = {
    "views": Decimal("0.00001"),
    "likes": Decimal("0.001"),
    "comments": Decimal(100),
    "shares": Decimal("0.1"),
    "saves": Decimal("0.1"),
}
_TEXTS: Final = ("caption", "description", "duration_seconds", "thumbnail_url")
_LISTS: Final = ("hashtags", "communities")


def impact_of(counts: dict[str, int]) -> Decimal:
    """The Impact score of these counters: rounded half up to two decimals."""
    score = Decimal(0)
    for name, count in counts.items():
        score = _EXACT.add(score, _EXACT.multiply(_WORTH[name], Decimal(count)))
    return score.quantize(_HUNDREDTH, context=_EXACT)


@dataclass(frozen=True, slots=True)
class Tag:
    """How a hashtag is written on a video, and since when it stands there."""

    form: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Gain:
    """What one event brought to a video and to those that owned it then; negative where it was taken back."""

    at: datetime
    owners: tuple[tuple[str, str], ...]
    counts: dict[str, int]
    impact: Decimal


@dataclass(frozen=True, slots=True)
class Observation:
    """Totals as a crawler saw them; `stale` are those that came too late."""

    id: str
    at: datetime
    totals: dict[str, int]
    stale: tuple[str, ...]


@dataclass(slots=True)
class Video:
    """A video and all that it knows of itself; a stub until it is published."""

    id: str
    creator_id: str | None = None
    sound_id: str | None = None
    published_at: datetime | None = None
    texts: dict[str, Any] = field(default_factory=lambda: dict.fromkeys(_TEXTS))
    tags: dict[str, Tag] = field(default_factory=dict)
    communities: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTERS, 0))
    observed_at: dict[str, datetime] = field(default_factory=dict)
    observations: list[Observation] = field(default_factory=list)
    gains: list[Gain] = field(default_factory=list)
    cut_off: int = 0
    version: int = 0
    impact_updated_at: datetime | None = None
    changed_at: datetime | None = None
    removed: bool = False

    @property
    def impact(self) -> Decimal:
        """Its score."""
        return impact_of(self.counts)

    @property
    def owners(self) -> tuple[tuple[str, str], ...]:
        """Whom its gains go to: itself, its creator, its sound, its hashtags and its communities."""
        creator = [("creator", self.creator_id)] if self.creator_id is not None else []
        sound = [("sound", self.sound_id)] if self.sound_id is not None else []
        tags = [("hashtag", tag) for tag in self.tags]
        communities = [("community", community) for community in self.communities]
        return ("video", self.id), *creator, *sound, *tags, *communities

    def check(self, event: ToldEvent) -> None:
        """Raises `Dead` when the event is refused."""
        if self.removed:
            raise Dead("refused", "removed", f"video {self.id!r} was removed before")
        if event.type in INCREMENTS:
            name, direction = INCREMENTS[event.type]
            if direction > 0 and self.counts[name] + event.given.get("count", 1) > COUNTER_MAX:
                raise Dead("refused", "counter_full", f"{name} of {self.id!r} is {self.counts[name]}")
        if event.name == "video_joined_community":
            is_new = event.given["community_id"] not in self.communities
            if is_new and len(self.communities) >= LIST_MAX:
                raise Dead("refused", "too_many_communities", f"video {self.id!r} is in {LIST_MAX}")

    def apply(self, event: ToldEvent) -> None:
        """Takes in an event that was not refused."""
        before = self.impact
        self.version += 1
        self.changed_at = event.at if self.changed_at is None else max(self.changed_at, event.at)
        if event.type in INCREMENTS:
            self._count(event)
        else:
            _CHANGES[event.name](self, event)
        if self.impact != before:
            self.impact_updated_at = event.at

    def _publish(self, event: ToldEvent) -> None:
        self._set(event, {name: value for name, value in event.given.items() if value is not None})
        if self.published_at is None:
            self.published_at = event.at

    def _change(self, event: ToldEvent) -> None:
        self._set(event, {name: _cleared(name, value) for name, value in event.given.items()})

    def _set(self, event: ToldEvent, values: dict[str, Any]) -> None:
        self.creator_id = values.get("creator_id", self.creator_id)
        self.sound_id = values.get("sound_id", self.sound_id)
        self.published_at = values.get("published_at", self.published_at)
        self.texts |= {name: values[name] for name in _TEXTS if name in values}
        if "communities" in values:
            self.communities = list(values["communities"])
        if "hashtags" in values:
            forms = forms_by_hashtag(values["hashtags"])
            self.tags = {tag: self.tags.get(tag) or Tag(form, event.at) for tag, form in forms.items()}

    def _remove(self, event: ToldEvent) -> None:
        self.removed = True

    def _join(self, event: ToldEvent) -> None:
        if event.given["community_id"] not in self.communities:
            self.communities.append(event.given["community_id"])

    def _leave(self, event: ToldEvent) -> None:
        if event.given["community_id"] in self.communities:
            self.communities.remove(event.given["community_id"])

    def _count(self, event: ToldEvent) -> None:
        name, direction = INCREMENTS[event.type]
        before, impact_before = self.counts[name], self.impact
        after = before + direction * event.given.get("count", 1)
        self.cut_off += max(0, -after)
        self.counts[name] = max(0, after)
        self._gain(event, {name: self.counts[name] - before}, impact_before)

    def _observe(self, event: ToldEvent) -> None:
        totals = {name: event.given[name] for name in COUNTERS if name in event.given}
        stale = tuple(
            name for name in totals if name in self.observed_at and self.observed_at[name] > event.at
        )
        self.observations.append(Observation(str(event.id), event.at, totals, stale))
        for name in totals.keys() - self.observed_at.keys():
            self.counts[name] = totals[name]
        base = dict(self.counts)
        impact_of_base = self.impact
        for name in totals.keys() - set(stale):
            self.counts[name] = totals[name]
            self.observed_at[name] = event.at
        gained = {name: self.counts[name] - base[name] for name in COUNTERS}
        self._gain(event, gained, impact_of_base)

    def _gain(self, event: ToldEvent, counts: dict[str, int], impact_before: Decimal) -> None:
        self.gains.append(Gain(event.at, self.owners, counts, _EXACT.subtract(self.impact, impact_before)))


def _cleared(name: str, value: Any) -> Any:
    return () if value is None and name in _LISTS else value


_CHANGES: Final[dict[str, Callable[[Video, ToldEvent], None]]] = {
    "video_published": Video._publish,
    "video_changed": Video._change,
    "video_removed": Video._remove,
    "video_joined_community": Video._join,
    "video_left_community": Video._leave,
    "video_metrics_observed": Video._observe,
}
