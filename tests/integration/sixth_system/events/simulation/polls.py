"""Simulated events of system 6: polls are opened, people vote, change their minds, and a new poll follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Final

from events.simulation.envelopes import Fields
from events.simulation.popularity import Remembered, zipf
from events.simulation.simulation import Maker, Simulation
from events.simulation.traffic import Made
from events.simulation.world import World, size

POLLS_MAX: Final = 1_000_000
USERS_MAX: Final = 10_000_000
OPTIONS: Final = ("noodles", "soup", "salad", "bread")


@dataclass(frozen=True)
class PollsWorld(World):
    """How much there is of what. Raises WrongUsage for what is beyond the limits."""

    polls: int = size(100, POLLS_MAX, "How many at a time.")
    users: int = size(1_000, USERS_MAX, "How many.")

    @property
    def places(self) -> int:
        """Polls at a time."""
        return self.polls


class PollsSimulation(Simulation[PollsWorld]):
    """Simulate system 6: people vote in polls, and take some votes back.

    Example: groundswell simulate polls --events 10000 --polls 50 --retracted 5%
    """

    system = "polls"
    world_type = PollsWorld

    def __init__(self, world: PollsWorld, random: Random, seed: int, made: Made) -> None:
        super().__init__(world, random, seed, made)
        self._user = zipf(random, world.users, world.traffic.exponent)
        self._option = zipf(random, len(OPTIONS), world.traffic.exponent)
        self._voters = Remembered(random, self._cast)

    def _mix(self) -> Mapping[Maker, int]:
        return {self._voted: 500, self._closed: 1}

    def _succeeded(self, at: int, place: int) -> Fields:
        return self._of_poll("poll_opened", at, place) | {"question": "Where do we eat?"}

    def _voted(self, at: int, place: int) -> Fields:
        actor = f"user-{self._user()}"
        self._voters.add(actor, place)
        return self._of_poll("vote_cast", at, place) | {"actor": actor, "option": OPTIONS[self._option()]}

    def _retracted(self, at: int, place: int) -> Fields:
        taken = self._voters.take()
        if taken is None:
            return self._voted(at, place)
        self._made.retracted += 1
        return self._of_poll("vote_withdrawn", at, taken[1]) | {"actor": taken[0]}

    def _closed(self, at: int, _: int) -> Fields:
        return self._gone(partial(self._of_poll, "poll_closed", at))

    def _of_poll(self, name: str, at: int, place: int) -> Fields:
        return self._envelope(name, at) | {"poll_id": f"poll-{self._seed}-{self._cast.numbers[place]}"}


SIMULATION: Final = PollsSimulation
