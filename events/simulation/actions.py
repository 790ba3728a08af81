"""Simulated events of system 1: people join ripples and act in them, and take some of it back.

First all waves and ripples are announced and the buckets get their weights, then there is traffic. A ripple
that is deleted makes room for a new one, which is met as often as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Final

from events.simulation.envelopes import Fields, written_second
from events.simulation.limits import check_number
from events.simulation.popularity import Remembered, drawing, zipf
from events.simulation.simulation import Announcement, Maker, Simulation
from events.simulation.traffic import Made
from events.simulation.world import World, size

WAVES_MAX: Final = 100_000
RIPPLES_PER_WAVE_MAX: Final = 100_000
RIPPLES_MAX: Final = 10_000_000
USERS_MAX: Final = 10_000_000

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
class ActionsWorld(World):
    """How much there is of what. Raises WrongUsage for what is beyond the limits."""

    waves: int = size(20, WAVES_MAX, "How many.")
    ripples_per_wave: int = size(
        20, RIPPLES_PER_WAVE_MAX, "How many at a time in each wave.", option="--ripples"
    )
    users: int = size(1_000, USERS_MAX, "How many.")

    def check(self) -> None:
        """Raises WrongUsage for too many ripples in all too."""
        super().check()
        check_number("ripples", self.places, 1, RIPPLES_MAX)

    @property
    def places(self) -> int:
        """Ripples at a time, in all waves together."""
        return self.waves * self.ripples_per_wave

    @property
    def announcements(self) -> int:
        """Events that announce what there is."""
        return len(WEIGHTS) + self.waves + self.places


class ActionsSimulation(Simulation[ActionsWorld]):
    """Simulate system 1: people join ripples, act in them, and take some of it back.

    Example: groundswell simulate actions --events 100000 --seed 1 --waves 10 --ripples 50 --retracted 5%
    """

    system = "actions"
    world_type = ActionsWorld

    def __init__(self, world: ActionsWorld, random: Random, seed: int, made: Made) -> None:
        super().__init__(world, random, seed, made)
        self._user = zipf(random, world.users, USER_EXPONENT)
        self._bucket = drawing(random, list(BUCKETS), list(BUCKETS.values()))
        self._retractable = Remembered(random, self._cast)
        """Actions with the places of their ripples."""
        self._members = Remembered(random, self._cast)

    def _mix(self) -> Mapping[Maker, int]:
        return {
            self._logged: 800,
            self._joined: 110,
            self._boosted: 40,
            self._left: 25,
            self._changed: 20,
            self._wave_changed: 4,
            self._deleted: 1,
        }

    def _announcements(self) -> Iterator[Announcement]:
        for bucket in WEIGHTS:
            yield partial(self._weight_set, bucket)
        for wave in range(self._world.waves):
            yield partial(self._wave_created, wave)
        for place in range(self._world.places):
            yield partial(self._succeeded, place=place)

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

    def _succeeded(self, at: int, place: int) -> Fields:
        event = self._of_ripple("ripple_created", at, place)
        event["title"] = f"Ripple {self._cast.numbers[place]}"
        return event

    def _changed(self, at: int, place: int) -> Fields:
        event = self._of_ripple("ripple_changed", at, place)
        event["title"] = f"Ripple {self._cast.numbers[place]}, again"
        return event

    def _deleted(self, at: int, _: int) -> Fields:
        return self._gone(partial(self._of_ripple, "ripple_deleted", at))

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


SIMULATION: Final = ActionsSimulation
