"""Disorder on the way: some events arrive late, after younger ones, and some arrive twice."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from random import Random
from typing import Final

from events.simulation.envelopes import Fields
from events.simulation.traffic import Made, Traffic

LATE_MILLISECONDS_MEAN: Final = 15 * 60_000
LATE_MILLISECONDS_MAX: Final = 24 * 3_600_000
LATE_PART_OF_SPAN: Final = 20
"""In a short span the mean delay is a twentieth of it."""
HELD_MAX: Final = 100_000
"""Events that are on their way at once; with so many the oldest one arrives."""
DOUBLE_RECORDS_MAX: Final = 5_000
"""How many records after an event its double arrives at most: far within what counts as a duplicate."""

Timed = tuple[int, Fields]
"""When it happens, in milliseconds since 1970, and the event."""


def disordered(random: Random, events: Iterator[Timed], traffic: Traffic, made: Made) -> Iterator[Fields]:
    """The events in the order of their arrival, some of them twice; counts in `made` what it did.

    An event that was counted in `made.announced` before it is given is an announcement, and never late.
    """
    span = traffic.end_milliseconds - traffic.begin_milliseconds
    return _Way(random, traffic, made, min(LATE_MILLISECONDS_MEAN, span / LATE_PART_OF_SPAN)).arrivals(events)


class _Way:
    def __init__(self, random: Random, traffic: Traffic, made: Made, late_mean: float) -> None:
        self._random = random
        self._late = traffic.late
        self._double = traffic.double
        self._made = made
        self._late_mean = late_mean
        self._held: list[tuple[float, int, int, Fields]] = []
        """By the time of arrival; the number keeps equal ones in order."""
        self._doubles: list[tuple[int, int, Fields]] = []
        """By the record after which it arrives."""
        self._number = 0
        self._records = 0
        self._newest = 0

    def arrivals(self, events: Iterator[Timed]) -> Iterator[Fields]:
        chance = self._random.random
        made = self._made
        for at, event in events:
            announced = made.announced
            while self._held and (self._held[0][0] <= at or len(self._held) > HELD_MAX):
                yield from self._arrives(*heapq.heappop(self._held)[2:])
            made.events += 1
            if self._late and made.events > announced and chance() < self._late:
                self._hold(at, event)
            else:
                yield from self._arrives(at, event)
        while self._held:
            yield from self._arrives(*heapq.heappop(self._held)[2:])
        while self._doubles:
            yield self._second_time()

    def _hold(self, at: int, event: Fields) -> None:
        delay = min(self._random.expovariate(1 / self._late_mean), LATE_MILLISECONDS_MAX)
        self._number += 1
        heapq.heappush(self._held, (at + 1 + delay, self._number, at, event))

    def _arrives(self, at: int, event: Fields) -> Iterator[Fields]:
        while self._doubles and self._doubles[0][0] <= self._records:
            yield self._second_time()
        if at < self._newest:
            self._made.late += 1
        else:
            self._newest = at
        self._records += 1
        if self._double and self._random.random() < self._double:
            # Most doubles come soon: a producer that had no answer in time sends again.
            behind = 1 + int(self._random.random() ** 4 * DOUBLE_RECORDS_MAX)
            self._number += 1
            heapq.heappush(self._doubles, (self._records + behind, self._number, event))
        yield event

    def _second_time(self) -> Fields:
        self._made.doubles += 1
        self._records += 1
        return heapq.heappop(self._doubles)[2]
