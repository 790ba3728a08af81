"""Simulated events of system 3: people register, move their weights about, and take some of it back.

First all users register, then there is traffic. A user who is removed makes room for a new one, who sets
weights as often. Nobody expects a version: late events would make conflicts of most that follow.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Final

from events.distributions import CATEGORIES, DEFAULT_HUNDREDTHS, WHOLE_HUNDREDTHS
from events.simulation.envelopes import Fields
from events.simulation.simulation import Maker, Simulation
from events.simulation.traffic import Made
from events.simulation.world import World, size

USERS_MAX: Final = 10_000_000

ROUND: Final = 0.8
"""Of the weights, those in steps of STEP hundredths, as people move a slider."""
STEP: Final = 5


@dataclass(frozen=True)
class WeightsWorld(World):
    """How much there is of what. Raises WrongUsage for what is beyond the limits."""

    users: int = size(1_000, USERS_MAX, "How many at a time.")

    @property
    def places(self) -> int:
        """Users at a time."""
        return self.users


class WeightsSimulation(Simulation[WeightsWorld]):
    """Simulate system 3: people register, set their weights, set them back, and go.

    Example: groundswell simulate weights --events 100000 --seed 1 --users 5000 --retracted 5%
    """

    system = "weights"
    world_type = WeightsWorld

    def __init__(self, world: WeightsWorld, random: Random, seed: int, made: Made) -> None:
        super().__init__(world, random, seed, made)
        everybody = [array("b", [share]) * world.users for share in DEFAULT_HUNDREDTHS]
        self._now = everybody
        """By category and place, in hundredths."""
        self._before = [array("b", shares) for shares in everybody]

    def _mix(self) -> Mapping[Maker, int]:
        return {self._set: 970, self._registered_again: 20, self._deleted: 10}

    def _succeeded(self, at: int, place: int) -> Fields:
        for now, before, share in zip(self._now, self._before, DEFAULT_HUNDREDTHS, strict=True):
            now[place] = before[place] = share
        return self._of_user("user_registered", at, place)

    def _registered_again(self, at: int, place: int) -> Fields:
        return self._of_user("user_registered", at, place)

    def _set(self, at: int, place: int) -> Fields:
        step = STEP if self._random.random() < ROUND else 1
        steps = WHOLE_HUNDREDTHS // step
        community = int(self._random.random() * (steps + 1))
        environment = int(self._random.random() * (steps - community + 1))
        shares = (community * step, environment * step)
        return self._weights_set(at, place, (*shares, WHOLE_HUNDREDTHS - sum(shares)))

    def _retracted(self, at: int, place: int) -> Fields:
        self._made.retracted += 1
        return self._weights_set(at, place, [shares[place] for shares in self._before])

    def _weights_set(self, at: int, place: int, hundredths: Sequence[int]) -> Fields:
        for now, before, share in zip(self._now, self._before, hundredths, strict=True):
            before[place] = now[place]
            now[place] = share
        event = self._of_user("weights_set", at, place)
        event["weights"] = {
            name: share / WHOLE_HUNDREDTHS for name, share in zip(CATEGORIES, hundredths, strict=True)
        }
        return event

    def _deleted(self, at: int, _: int) -> Fields:
        return self._gone(partial(self._of_user, "user_deleted", at))

    def _of_user(self, name: str, at: int, place: int) -> Fields:
        event = self._envelope(name, at)
        event["actor"] = event["user_id"] = f"user-{self._seed}-{self._cast.numbers[place]}"
        return event


SIMULATION: Final = WeightsSimulation
