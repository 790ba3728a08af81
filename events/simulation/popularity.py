"""Drawing by popularity: few things are met often, most hardly ever."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from random import Random
from typing import Final, TypeVar

Item = TypeVar("Item")

DRAWS_AT_ONCE: Final = 4_096
"""Drawing many at once costs a third of drawing each by itself."""
REMEMBERED_MAX: Final = 10_000
"""Things of a kind that can be taken back."""


def drawing(random: Random, items: Sequence[Item], frequencies: Sequence[float]) -> Callable[[], Item]:
    """A function that draws one of the items at each call, each as often as its frequency says."""
    cumulative = list(accumulate(frequencies))

    def endless() -> Iterator[Item]:
        while True:
            yield from random.choices(items, cum_weights=cumulative, k=DRAWS_AT_ONCE)

    return endless().__next__


def zipf(random: Random, size: int, exponent: float) -> Callable[[], int]:
    """A function that draws a number below `size`: the most popular one as 1, the next as 2^-exponent, ...

    Which number has which rank is drawn too: a number does not tell its popularity.
    """
    numbers = list(range(size))
    random.shuffle(numbers)
    return drawing(random, numbers, [rank**-exponent for rank in range(1, size + 1)])


class Cast:
    """Places, each with the number of what stands in it; a place stays as popular when that is replaced."""

    def __init__(self, places: int) -> None:
        self.numbers = array("q", range(places))
        self.vacant: list[int] = []
        """Places whose successor is not announced yet."""
        self._next_number = places

    def __len__(self) -> int:
        return len(self.numbers)

    def replace(self, place: int) -> None:
        """A new one stands there from now on."""
        self.numbers[place] = self._next_number
        self._next_number += 1
        self.vacant.append(place)


class Remembered:
    """Things that happened in places, within bounds: each can be taken out again, at random."""

    def __init__(self, random: Random, cast: Cast) -> None:
        self._random = random
        self._numbers = cast.numbers
        self._things: list[tuple[str, int, int]] = []

    def add(self, name: str, place: int) -> None:
        """Keep a thing; where there is no room any one has to go."""
        thing = (name, place, self._numbers[place])
        if len(self._things) < REMEMBERED_MAX:
            self._things.append(thing)
        else:
            self._things[int(self._random.random() * REMEMBERED_MAX)] = thing

    def take(self) -> tuple[str, int] | None:
        """A thing and its place, which is then forgotten; None when there is none.

        Where something else stands in the place by now, what happened there is gone.
        """
        things = self._things
        while things:
            drawn = int(self._random.random() * len(things))
            things[drawn], (name, place, number) = things[-1], things[drawn]
            things.pop()
            if self._numbers[place] == number:
                return name, place
        return None
