"""Simulated events of system 5: people resonate with entries, amplify, share and branch them.

First all entries are announced, then there is traffic; people change their minds. A branch brings a child
that is known by it alone, and may be branched itself. An entry that is deleted makes room for a new one,
which is met as often as it was; its branches stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Final

from events.simulation.envelopes import Fields
from events.simulation.popularity import Remembered, drawing, zipf
from events.simulation.simulation import Maker, Simulation
from events.simulation.traffic import Made
from events.simulation.world import World, size

ENTRIES_MAX: Final = 10_000_000
USERS_MAX: Final = 10_000_000

CHANNELS: Final = {"link": 50, "mail": 15, "messenger": 30, "print": 5}
"""How often an entry is shared by each, in percent."""
RESONANCE: Final = "resonance"
AMPLIFICATION: Final = "amplification"
USER_EXPONENT: Final = 0.7
"""Some people do more than others, but nobody does most of everything."""
TOGGLED: Final = 0.7
"""Of the states that are changed, those by a toggle; the others are added or removed."""
DEEPER: Final = 0.6
"""Of the branches, those of what is a branch itself where one is remembered."""
AUTHORLESS: Final = 0.1
"""Of the entries, those that nobody signs."""
TITLES: Final = 9
"""Each entry has so many, one after the other."""


@dataclass(frozen=True)
class InteractionsWorld(World):
    """How much there is of what. Raises WrongUsage for what is beyond the limits."""

    entries: int = size(1_000, ENTRIES_MAX, "How many at a time, besides branches.")
    users: int = size(1_000, USERS_MAX, "How many.")

    @property
    def places(self) -> int:
        """Entries at a time."""
        return self.entries


class InteractionsSimulation(Simulation[InteractionsWorld]):
    """Simulate system 5: entries resonate, are amplified, shared and branched; people change their minds.

    Example: groundswell simulate interactions --events 100000 --seed 1 --entries 5000 --retracted 10%
    """

    system = "interactions"
    world_type = InteractionsWorld

    def __init__(self, world: InteractionsWorld, random: Random, seed: int, made: Made) -> None:
        super().__init__(world, random, seed, made)
        self._user = zipf(random, world.users, USER_EXPONENT)
        self._channel = drawing(random, list(CHANNELS), list(CHANNELS.values()))
        self._retractable = Remembered(random, self._cast)
        """States, each as its kind and the user."""
        self._branches = Remembered(random, self._cast)
        """Branches with the places of the entries that they go back to."""
        self._branched_in_all = 0

    def _mix(self) -> Mapping[Maker, int]:
        return {
            self._resonated: 560,
            self._amplified: 180,
            self._shared: 130,
            self._branched: 110,
            self._changed: 15,
            self._deleted: 1,
        }

    def _succeeded(self, at: int, place: int) -> Fields:
        event = self._by_somebody("entry_created", at, place)
        if self._random.random() >= AUTHORLESS:
            event["author"] = event["actor"]
        event["title"] = f"Entry {self._cast.numbers[place]}"
        return event

    def _changed(self, at: int, place: int) -> Fields:
        event = self._by_somebody("entry_changed", at, place)
        edition = int(self._random.random() * (TITLES + 1))
        # A title may be taken away, and comes again with the next change.
        event["title"] = f"Entry {self._cast.numbers[place]}, edition {edition}" if edition else None
        return event

    def _deleted(self, at: int, _: int) -> Fields:
        return self._gone(partial(self._by_somebody, "entry_deleted", at))

    def _resonated(self, at: int, place: int) -> Fields:
        return self._state(RESONANCE, at, place)

    def _amplified(self, at: int, place: int) -> Fields:
        return self._state(AMPLIFICATION, at, place)

    def _state(self, kind: str, at: int, place: int) -> Fields:
        event = self._by_somebody(f"{kind}_{self._way('added')}", at, place)
        self._retractable.add(f"{kind} {event['actor']}", place)
        return event

    def _retracted(self, at: int, place: int) -> Fields:
        taken = self._retractable.take()
        if taken is None:
            return self._resonated(at, place)
        self._made.retracted += 1
        kind, _, user = taken[0].partition(" ")
        event = self._of_entry(f"{kind}_{self._way('removed')}", at, taken[1])
        event["actor"] = user
        return event

    def _way(self, otherwise: str) -> str:
        return "toggled" if self._random.random() < TOGGLED else otherwise

    def _shared(self, at: int, place: int) -> Fields:
        event = self._by_somebody("entry_shared", at, place)
        event["channel"] = self._channel()
        return event

    def _branched(self, at: int, place: int) -> Fields:
        event = self._by_somebody("entry_branched", at, place)
        above = self._branches.take() if self._random.random() < DEEPER else None
        if above is not None:
            event["entry_id"], place = above
            self._branches.add(*above)
        number, self._branched_in_all = self._branched_in_all, self._branched_in_all + 1
        event["child_id"] = f"branch-{self._seed}-{number}"
        event["title"] = f"Branch {number}"
        self._branches.add(event["child_id"], place)
        return event

    def _by_somebody(self, name: str, at: int, place: int) -> Fields:
        event = self._of_entry(name, at, place)
        event["actor"] = f"user-{self._user()}"
        return event

    def _of_entry(self, name: str, at: int, place: int) -> Fields:
        event = self._envelope(name, at)
        event["entry_id"] = f"entry-{self._seed}-{self._cast.numbers[place]}"
        return event


SIMULATION: Final = InteractionsSimulation
