"""The log of a simulated week: traffic, with disorder, duplicates, junk and everything that takes back.

It comes from a seed; the same arguments give the same bytes. `trickle` only adds, in a wave of its own, so
that whoever reads meanwhile must never see less.
"""

import heapq
from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Final

from tests.simulation.murmur2 import partition_of_key
from tests.simulation.random_json import Fields, random_uuid, written, written_instant
from tests.simulation.random_junk import junk
from tests.simulation.random_streams import Instruction
from tests.simulation.random_world import World
from tests.simulation.traffic import actions_traffic

WEEK: Final = timedelta(days=7)
WAVES: Final = 12
RIPPLES_PER_WAVE: Final = 8
USERS: Final = 250
STRANGE_SHARE: Final = 0.3
"""Of the events come from a small world in which waves are deleted, users leave and weights are late."""
DUPLICATES: Final = 0.06
JUNK: Final = 0.015
HELD_BACK: Final = 0.1
HELD_RECORDS_MAX: Final = 200
STEADY_WAVE: Final = "steady"


def week_log(seed: int, events: int, partitions: int, begin: datetime) -> Iterator[Instruction]:
    """At least `events` records that happened in the week from `begin`, in the order to append them."""
    return _Week(seed, events, partitions, begin).instructions()


def trickle(seed: int, partitions: int, begin: datetime) -> Iterator[Instruction]:
    """Actions of ever new users in one wave, a second of time apart, without end."""
    random = Random(seed)
    for number in count():
        at = begin + timedelta(seconds=number)
        fields = _envelope(random, "action_logged", at) | {
            "actor": f"steady-user-{number}", "wave_id": STEADY_WAVE, "ripple_id": f"ripple-{number % 7}",
            "action_id": f"steady-{number}", "bucket": "planning",
        }  # fmt: skip
        yield _instruction(random, fields, partitions)


class _Week:
    def __init__(self, seed: int, events: int, partitions: int, begin: datetime) -> None:
        self._random = Random(seed)
        self._begin = begin
        self._events = events
        self._partitions = partitions
        self._world = World(self._random, begin)
        self._traffic = actions_traffic(
            seed, events, WAVES, RIPPLES_PER_WAVE, USERS, begin, WEEK.total_seconds()
        )
        self._recent: deque[Instruction] = deque(maxlen=2_000)
        self._held: list[tuple[int, int, Instruction]] = []
        self._numbers = count()
        self._appended = 0

    def instructions(self) -> Iterator[Instruction]:
        yield from self._steady()
        for number in range(self._events):
            for instruction in self._drawn(self._begin + WEEK * (number / self._events)):
                if self._random.random() < HELD_BACK:
                    release = self._appended + self._random.randint(1, HELD_RECORDS_MAX)
                    heapq.heappush(self._held, (release, next(self._numbers), instruction))
                else:
                    yield from self._appending(instruction)
            while self._held and self._held[0][0] <= self._appended:
                yield from self._appending(heapq.heappop(self._held)[2])
        while self._held:
            yield from self._appending(heapq.heappop(self._held)[2])

    def _appending(self, instruction: Instruction) -> Iterator[Instruction]:
        self._appended += 1
        self._recent.append(instruction)
        yield instruction
        if self._random.random() < DUPLICATES:
            self._appended += 1
            yield self._random.choice(self._recent)

    def _drawn(self, now: datetime) -> Iterator[Instruction]:
        if self._random.random() < JUNK:
            made = junk(self._random, self._world, now, self._partitions)
            yield Instruction(made.key.encode(), made.value, made.partition, made.headers, 0, made.name)
        if self._random.random() < STRANGE_SHARE:
            yield _instruction(self._random, self._world.event(now), self._partitions)
            # Its time passes all the same.
            next(self._traffic)
        else:
            key, value = next(self._traffic)
            partition = partition_of_key(key, self._partitions)
            yield Instruction(key.encode(), value, partition, (), 0, "traffic")

    def _steady(self) -> Iterator[Instruction]:
        made = _envelope(self._random, "wave_created", self._begin)
        made |= {"wave_id": STEADY_WAVE, "title": "Steady"}
        yield _instruction(self._random, made, self._partitions)
        for number in range(7):
            made = _envelope(self._random, "ripple_created", self._begin)
            made |= {"wave_id": STEADY_WAVE, "ripple_id": f"ripple-{number}", "title": f"Ripple {number}"}
            yield _instruction(self._random, made, self._partitions)


def _envelope(random: Random, name: str, at: datetime) -> Fields:
    return {
        "id": random_uuid(random),
        "type": f"actions.{name}",
        "v": 1,
        "at": written_instant(random, at),
    }


def _instruction(random: Random, fields: Fields, partitions: int) -> Instruction:
    key = str(fields.get("wave_id") or fields["bucket"])
    partition = partition_of_key(key, partitions)
    return Instruction(key.encode(), written(random, fields), partition, (), 0, str(fields["type"]))
