"""When events happen: by a curve over the day, and in bursts when something takes off.

The span is cut into bins. How many events fall in each follows from the weights alone, so that the times
come in order and at no cost; where in its bin an event falls is even.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from events.simulation.traffic import Traffic

MILLISECONDS_PER_HOUR: Final = 3_600_000
BIN_MILLISECONDS: Final = 60_000
BINS_MIN: Final = 200
"""Of a span too short for so many minutes."""
DAY_CURVE: Final = (
    52, 40, 33, 28, 26, 28, 34, 45, 58, 68, 76, 84, 92, 96, 98, 100, 106, 116, 132, 148, 156, 146, 114, 78,
)  # fmt: skip
"""How much happens about each hour of the day in UTC, in no unit; between the hours it goes straight."""
BURST_MILLISECONDS_MAX: Final = 6 * MILLISECONDS_PER_HOUR
BURST_PART_OF_SPAN_MAX: Final = 4
"""No burst lasts longer than a quarter of the span."""
BURST_HEIGHT_MAX: Final = 60
"""At its peak, in the unit of the curve: a third of everything, at a usual hour."""
BURST_HEIGHT_MIN: Final = 15
BURST_RISE: Final = 0.2
"""The part of a burst in which it rises; then it wanes."""


@dataclass(frozen=True)
class Burst:
    """Something takes off: from `begin`, for so long, with so much at its peak, in the unit of the curve."""

    target: int
    begin_milliseconds: int
    duration_milliseconds: int
    height: int

    def weight(self, milliseconds: int) -> float:
        """How much of it happens at a time."""
        passed = (milliseconds - self.begin_milliseconds) / self.duration_milliseconds
        if not 0 <= passed < 1:
            return 0.0
        return self.height * (passed / BURST_RISE if passed < BURST_RISE else (1 - passed) / (1 - BURST_RISE))


def random_bursts(random: Random, traffic: Traffic, targets: int) -> list[Burst]:
    """As many bursts as asked for, each of any one of the targets, however little it is met otherwise."""
    begin, end = traffic.begin_milliseconds, traffic.end_milliseconds
    longest = max(1, min(BURST_MILLISECONDS_MAX, (end - begin) // BURST_PART_OF_SPAN_MAX))
    made = []
    for _ in range(traffic.bursts):
        lasts = random.randint(max(1, longest // 8), longest)
        made.append(
            Burst(
                target=random.randrange(targets),
                begin_milliseconds=random.randint(begin, max(begin, end - lasts)),
                duration_milliseconds=lasts,
                height=random.randint(BURST_HEIGHT_MIN, BURST_HEIGHT_MAX),
            )
        )
    return made


def day_weight(milliseconds: int) -> float:
    """How much happens at a time of the day, without bursts."""
    hour, past = divmod(milliseconds, MILLISECONDS_PER_HOUR)
    this, following = DAY_CURVE[hour % 24], DAY_CURVE[(hour + 1) % 24]
    return this + (following - this) * past / MILLISECONDS_PER_HOUR


def moments(
    random: Random, begin: int, end: int, events: int, bursts: list[Burst]
) -> Iterator[tuple[int, int | None]]:
    """The times of so many events, in order, in milliseconds since 1970; each with the target of the burst
    that it belongs to, or None. From `begin` to before `end`."""
    bins = _Bins(begin, end, bursts)
    total = sum(bins.weight(number) for number in range(bins.count))
    reached, given = 0.0, 0
    for number in range(bins.count):
        weight = bins.weight(number)
        reached += weight
        until = events if number == bins.count - 1 else min(events, int(events * reached / total))
        if until > given:
            target = _target(random, bins.bursts[number], weight) if number in bins.bursts else _nobody
            first, width, several = bins.first(number), bins.width(number), until - given
            for place in range(several):
                yield first + width * place // several, target()
            given = until


class _Bins:
    def __init__(self, begin: int, end: int, bursts: list[Burst]) -> None:
        self._begin = begin
        self._span = end - begin
        self.count = min(self._span, max(BINS_MIN, self._span // BIN_MILLISECONDS))
        self.bursts: dict[int, list[tuple[float, int]]] = defaultdict(list)
        """By bin: how much happens of a burst there, and its target."""
        for burst in bursts:
            first = self._number(burst.begin_milliseconds)
            last = self._number(burst.begin_milliseconds + burst.duration_milliseconds)
            for number in range(max(0, first), min(last + 1, self.count)):
                if weight := burst.weight(self.first(number) + self.width(number) // 2):
                    self.bursts[number].append((weight, burst.target))

    def first(self, number: int) -> int:
        """The bin's first millisecond."""
        return self._begin + self._span * number // self.count

    def width(self, number: int) -> int:
        """The bin's milliseconds."""
        return self.first(number + 1) - self.first(number)

    def weight(self, number: int) -> float:
        """How much happens in the bin, its bursts among it."""
        # The bins are as good as equally wide.
        burst = sum(weight for weight, _ in self.bursts[number]) if number in self.bursts else 0.0
        return day_weight(self.first(number)) + burst

    def _number(self, milliseconds: int) -> int:
        return (milliseconds - self._begin) * self.count // self._span


def _target(random: Random, bursts: list[tuple[float, int]], total: float) -> Callable[[], int | None]:
    """Draws the burst that an event of the bin belongs to, None for most."""

    def target() -> int | None:
        drawn = random.random() * total
        for weight, number in bursts:
            drawn -= weight
            if drawn < 0:
                return number
        return None

    return target


def _nobody() -> None:
    return None
