"""A simulation: first all is announced, then there is traffic; what is removed is replaced.

What differs from system to system is a subclass: its world, its events, and how often which of them happens.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from random import Random
from typing import ClassVar, Final, Generic, TypeVar

from events.simulation.disorder import Timed, disordered
from events.simulation.envelopes import Fields, envelopes
from events.simulation.moments import moments, random_bursts
from events.simulation.popularity import Cast, drawing, zipf
from events.simulation.traffic import Made
from events.simulation.world import World

SystemWorld = TypeVar("SystemWorld", bound=World)

ANNOUNCING_PART: Final = 100
"""All is announced in the first hundredth of the span."""

Announcement = Callable[[int], Fields]
"""Makes an event from its time in milliseconds since 1970."""
Maker = Callable[[int, int], Fields]
"""Makes an event from its time in milliseconds since 1970 and a place in the cast."""


class Simulation(ABC, Generic[SystemWorld]):
    """What a module of `events.simulation` declares as `SIMULATION`: events by `stream`, and no clock.

    The docstring of a system's own is the help of its command. Ids have the seed in them: simulations with
    different seeds do not meet.
    """

    system: ClassVar[str]
    world_type: ClassVar[type[World]]

    def __init__(self, world: SystemWorld, random: Random, seed: int, made: Made) -> None:
        self._world = world
        self._random = random
        self._seed = seed
        self._made = made
        self._envelope = envelopes(random, self.system)
        self._cast = Cast(world.places)

    @classmethod
    def stream(cls, world: SystemWorld, seed: int, made: Made | None = None) -> Iterator[Fields]:
        """The events in the order of their arrival, each as JSON has it; `made` counts along."""
        random = Random(seed)
        counted = Made() if made is None else made
        return disordered(random, cls(world, random, seed, counted).__events(), world.traffic, counted)

    def _announcements(self) -> Iterator[Announcement]:
        """As many as the world says; what stands in the places, where nothing else is announced."""
        for place in range(self._world.places):
            yield partial(self._succeeded, place=place)

    @abstractmethod
    def _mix(self) -> Mapping[Maker, int]:
        """How often what happens, besides what is taken back; in no unit."""

    @abstractmethod
    def _retracted(self, at: int, place: int) -> Fields:
        """Something is taken back, and counted as such; as often as the traffic's share says."""

    def _succeeded(self, at: int, place: int) -> Fields:
        """What stands in a place that became vacant is announced; asked once for each."""
        raise AssertionError(f"{type(self).__name__} replaces nothing, yet place {place} is vacant")

    def _gone(self, told: Callable[[int], Fields]) -> Fields:
        """What stands in a place makes room for another: any one, however popular, as the popular ones would
        not stay long. `told` makes the event of the place."""
        place = int(self._random.random() * len(self._cast))
        event = told(place)
        self._cast.replace(place)
        return event

    def __events(self) -> Iterator[Timed]:
        """All events, each with its time, by time."""
        yield from self.__announced()
        mix, share = self._mix(), self._world.traffic.retracted
        frequencies = [*mix.values(), sum(mix.values()) * share / (1 - share)]
        maker = drawing(self._random, [*mix, self._retracted], frequencies)
        popular = zipf(self._random, len(self._cast), self._world.traffic.exponent)
        vacant = self._cast.vacant
        for at, target in self.__moments():
            if vacant:
                yield self.__counted(at, self._succeeded(at, vacant.pop()))
            else:
                yield self.__counted(at, maker()(at, popular() if target is None else target))

    def __announced(self) -> Iterator[Timed]:
        begin, end = self._world.traffic.begin_milliseconds, self._world.traffic.end_milliseconds
        for number, announce in enumerate(self._announcements()):
            at = begin + (end - begin) // ANNOUNCING_PART * number // self._world.announcements
            self._made.announced += 1
            yield self.__counted(at, announce(at))
        told, made = self._world.announcements, self._made.announced
        assert made == told, f"{self.system}: {made:,} announcements were made, the world says {told:,}"

    def __moments(self) -> Iterator[tuple[int, int | None]]:
        traffic = self._world.traffic
        begin, end = traffic.begin_milliseconds, traffic.end_milliseconds
        bursts = random_bursts(self._random, traffic, len(self._cast))
        after = begin + (end - begin) // ANNOUNCING_PART
        for at, target in moments(
            self._random, after, end, traffic.events - self._world.announcements, bursts
        ):
            self._made.in_bursts += target is not None
            yield at, target

    def __counted(self, at: int, event: Fields) -> Timed:
        by_type = self._made.by_type
        by_type[event["type"]] = by_type.get(event["type"], 0) + 1
        return at, event
