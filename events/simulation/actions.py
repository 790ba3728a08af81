"""Simulated events of system 1: people join ripples and act in them, and take some of it back.

First all waves and ripples are announced and the buckets get their weights, then there is traffic. A ripple
that is deleted makes room for a new one, which is met as often as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Final

from events.simulation.course import Course, Maker
from events.simulation.disorder import Timed, disordered
from events.simulation.envelopes import Fields, envelopes, written_second
from events.simulation.limits import check_number
from events.simulation.popularity import Cast, Remembered, drawing, zipf
from events.simulation.traffic import Made, Traffic

WAVES_MAX: Final = 100_000
RIPPLES_PER_WAVE_MAX: Final = 100_000
RIPPLES_MAX: Final = 10_000_000
USERS_MAX: Final = 10_000_000

MIX: Final = {
    "logged": 800,
    "joined": 110,
    "boosted": 40,
    "left": 25,
    "changed": 20,
    "wave_changed": 4,
    "deleted": 1,
}
"""How often what happens, besides what is taken back; in no unit."""
BUCKETS: Final = {"conversation": 50, "planning": 15, "cleaning": 25, "creating": 10}
"""How often an action falls in each, in percent."""
WEIGHTS: Final = {"planning": 1.5, "cleaning": 2, "creating": 3}
CATEGORIES: Final = ("community", "environment", "workers")
MEASURED: Final = 0.3
"""Of the actions, those with a quantity."""
QUANTITY_MAX: Final = 40
POINTS_MAX: Final = 64
USER_EXPONENT: Final = 0.7
"""Some people do more than others, but nobody does most of everything."""
SECONDS_PER_HOUR: Final = 3_600


@dataclass(frozen=True)
class ActionsWorld:
    """How much there is of what. Raises WrongUsage for what is beyond the limits."""

    traffic: Traffic
    waves: int = 20
    ripples_per_wave: int = 20
    users: int = 1_000

    def __post_init__(self) -> None:
        check_number("waves", self.waves, 1, WAVES_MAX)
        check_number("ripples per wave", self.ripples_per_wave, 1, RIPPLES_PER_WAVE_MAX)
        check_number("ripples", self.ripples, 1, RIPPLES_MAX)
        check_number("users", self.users, 1, USERS_MAX)
        self.traffic.check_room(self.announcements)

    @property
    def ripples(self) -> int:
        """In all waves together."""
        return self.waves * self.ripples_per_wave

    @property
    def announcements(self) -> int:
        """Events that announce what there is."""
        return len(WEIGHTS) + self.waves + self.ripples


def stream(world: ActionsWorld, seed: int, made: Made | None = None) -> Iterator[Fields]:
    """The events in the order of their arrival, each as JSON has it; `made` counts along.

    Waves have the seed in their ids: simulations with different seeds do not meet.
    """
    random = Random(seed)
    counted = Made() if made is None else made
    return disordered(random, _Simulation(world, random, seed, counted).events(), world.traffic, counted)


class _Simulation:
    def __init__(self, world: ActionsWorld, random: Random, seed: int, made: Made) -> None:
        self._world = world
        self._random = random
        self._seed = seed
        self._made = made
        self._envelope = envelopes(random, "actions")
        self._cast = Cast(world.ripples)
        self._user = zipf(random, world.users, USER_EXPONENT)
        self._bucket = drawing(random, list(BUCKETS), list(BUCKETS.values()))
        self._retractable = Remembered(random, self._cast)
        """Actions with the places of their ripples."""
        self._members = Remembered(random, self._cast)

    def events(self) -> Iterator[Timed]:
        """All events, each with its time, by time."""
        course = Course(self._random, self._world.traffic, self._cast, self._made)
        makers: dict[str, Maker] = {
            "logged": self._logged,
            "joined": self._joined,
            "boosted": self._boosted,
            "left": self._left,
            "changed": self._changed,
            "wave_changed": self._wave_changed,
            "deleted": self._deleted,
        }
        return course.events(
            self._announcements(),
            self._world.announcements,
            {makers[name]: frequency for name, frequency in MIX.items()},
            self._retracted,
            self._created,
        )

    def _announcements(self) -> Iterator[Callable[[int], Fields]]:
        for bucket in WEIGHTS:
            yield partial(self._weight_set, bucket)
        for wave in range(self._world.waves):
            yield partial(self._wave_created, wave)
        for place in range(self._world.ripples):
            yield partial(self._created, place=place)

    def _weight_set(self, bucket: str, at: int) -> Fields:
        second = at // 1000 // SECONDS_PER_HOUR * SECONDS_PER_HOUR
        return self._envelope("bucket_weight_set", at) | {
            "bucket": bucket,
            "multiplier": WEIGHTS[bucket],
            "effective_from": f"{written_second(second)}Z",
        }

    def _wave_created(self, wave: int, at: int) -> Fields:
        return self._of_wave("wave_created", at, wave) | {
            "title": f"Wave {wave}",
            "category": CATEGORIES[wave % len(CATEGORIES)],
        }

    def _wave_changed(self, at: int, place: int) -> Fields:
        wave = place // self._world.ripples_per_wave
        event = self._of_wave("wave_changed", at, wave)
        event["title"] = f"Wave {wave}, edition {1 + int(self._random.random() * 9)}"
        return event

    def _created(self, at: int, place: int) -> Fields:
        event = self._of_ripple("ripple_created", at, place)
        event["title"] = f"Ripple {self._cast.numbers[place]}"
        return event

    def _changed(self, at: int, place: int) -> Fields:
        event = self._of_ripple("ripple_changed", at, place)
        event["title"] = f"Ripple {self._cast.numbers[place]}, again"
        return event

    def _deleted(self, at: int, _: int) -> Fields:
        # Any one, however popular: the popular ones would not stay long.
        place = int(self._random.random() * len(self._cast))
        event = self._of_ripple("ripple_deleted", at, place)
        self._cast.replace(place)
        return event

    def _logged(self, at: int, place: int) -> Fields:
        event = self._by_somebody("action_logged", at, place)
        # Unique for ever, also when another simulation has the same seed and other times.
        event["action_id"] = event["id"]
        event["bucket"] = self._bucket()
        if self._random.random() < MEASURED:
            event["quantity"] = 0.5 + int(self._random.random() * QUANTITY_MAX)
            event["unit"] = "kg of litter removed"
        self._retractable.add(event["id"], place)
        return event

    def _retracted(self, at: int, place: int) -> Fields:
        taken = self._retractable.take()
        if taken is None:
            return self._logged(at, place)
        self._made.retracted += 1
        event = self._by_somebody("action_retracted", at, taken[1])
        event["action_id"] = taken[0]
        return event

    def _joined(self, at: int, place: int) -> Fields:
        event = self._by_somebody("ripple_joined", at, place)
        self._members.add(event["actor"], place)
        return event

    def _left(self, at: int, place: int) -> Fields:
        taken = self._members.take()
        if taken is None:
            return self._joined(at, place)
        event = self._of_ripple("ripple_left", at, taken[1])
        event["actor"] = taken[0]
        return event

    def _boosted(self, at: int, place: int) -> Fields:
        event = self._by_somebody("ripple_boosted", at, place)
        event["points"] = 1 + int(self._random.random() * POINTS_MAX)
        return event

    def _by_somebody(self, name: str, at: int, place: int) -> Fields:
        event = self._of_ripple(name, at, place)
        event["actor"] = f"user-{self._user()}"
        return event

    def _of_ripple(self, name: str, at: int, place: int) -> Fields:
        event = self._of_wave(name, at, place // self._world.ripples_per_wave)
        event["ripple_id"] = f"ripple-{self._cast.numbers[place]}"
        return event

    def _of_wave(self, name: str, at: int, wave: int) -> Fields:
        event = self._envelope(name, at)
        event["wave_id"] = f"wave-{self._seed}-{wave}"
        return event
