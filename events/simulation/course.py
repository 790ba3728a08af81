"""The course of a simulation: first all is announced, then there is traffic; what is removed is replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Final

from events.simulation.disorder import Timed
from events.simulation.envelopes import Fields
from events.simulation.moments import moments, random_bursts
from events.simulation.popularity import Cast, drawing, zipf
from events.simulation.traffic import Made, Traffic

ANNOUNCING_PART: Final = 100
"""All is announced in the first hundredth of the span."""

Maker = Callable[[int, int], Fields]
"""Makes an event from its time in milliseconds since 1970 and a place in the cast."""


class Course:
    """Gives events one after the other, each with its time, and counts them.

    `mix` says how often each maker is asked, in no unit; `retract` is asked as often as the traffic's share
    says, and `succeed` once for each place that is vacant.
    """

    def __init__(self, random: Random, traffic: Traffic, cast: Cast, made: Made) -> None:
        self._random = random
        self._traffic = traffic
        self._cast = cast
        self._made = made

    def events(
        self,
        announcements: Iterator[Callable[[int], Fields]],
        announced: int,
        mix: Mapping[Maker, int],
        retract: Maker,
        succeed: Maker,
    ) -> Iterator[Timed]:
        """All events by time; `announced` is how many announcements there are."""
        yield from self._announced(announcements, announced)
        share = self._traffic.retracted
        frequencies = [*mix.values(), sum(mix.values()) * share / (1 - share)]
        maker = drawing(self._random, [*mix, retract], frequencies)
        popular = zipf(self._random, len(self._cast), self._traffic.exponent)
        vacant = self._cast.vacant
        for at, target in self._moments(self._traffic.events - announced):
            if vacant:
                yield self._counted(at, succeed(at, vacant.pop()))
            else:
                yield self._counted(at, maker()(at, popular() if target is None else target))

    def _announced(self, announcements: Iterator[Callable[[int], Fields]], total: int) -> Iterator[Timed]:
        begin, end = self._traffic.begin_milliseconds, self._traffic.end_milliseconds
        for number, announce in enumerate(announcements):
            at = begin + (end - begin) // ANNOUNCING_PART * number // total
            self._made.announced += 1
            yield self._counted(at, announce(at))

    def _moments(self, events: int) -> Iterator[tuple[int, int | None]]:
        begin, end = self._traffic.begin_milliseconds, self._traffic.end_milliseconds
        bursts = random_bursts(self._random, self._traffic, len(self._cast))
        for at, target in moments(
            self._random, begin + (end - begin) // ANNOUNCING_PART, end, events, bursts
        ):
            self._made.in_bursts += target is not None
            yield at, target

    def _counted(self, at: int, event: Fields) -> Timed:
        by_type = self._made.by_type
        by_type[event["type"]] = by_type.get(event["type"], 0) + 1
        return at, event
