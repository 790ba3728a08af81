"""What is committed and not yet in Redis, in the order of the commits."""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from projections.redis.outbox import Entry

ENTRIES_MAX: Final = 1_000
"""Committed transactions that may wait for Redis; with one more all of them are dropped."""
KEYS_MAX: Final = 100_000
"""Keys that may wait for Redis: about 20 MB."""
TOGETHER_KEYS: Final = 2_000
"""Entries are brought together up to so many keys: under load one read serves many flushes."""


@dataclass(frozen=True)
class Batch:
    """Entries to be brought together. A ``hole``: more happened than they say, so that Redis has to be filled
    anew."""

    entries: list[Entry]
    hole: bool

    @property
    def ids(self) -> list[int]:
        """The entries' rows in the outbox."""
        return [entry.id for entry in self.entries if entry.id is not None]

    def runs(self) -> list[tuple[int, int, int]]:
        """Which flushes these are: partition, first and last of each run of consecutive numbers."""
        runs: list[tuple[int, int, int]] = []
        newest: dict[int, int] = {}
        for entry in self.entries:
            for partition, number in entry.flushes.items():
                place = newest.get(partition)
                if place is not None and number == runs[place][2] + 1:
                    runs[place] = (partition, runs[place][1], number)
                else:
                    newest[partition] = len(runs)
                    runs.append((partition, number, number))
        return runs


class Backlog:
    """Entries wait here until they are taken as a batch, and one batch at a time is in hand."""

    def __init__(self) -> None:
        self.arrived = asyncio.Event()
        self.done: list[int] = []
        """Rows of the outbox that Redis has."""
        self.dropped: list[int] = []
        """Rows of the outbox that only filling Redis anew makes good."""
        self._waiting: deque[Entry] = deque()
        self._keys = 0
        self._hole = False
        self._in_hand: Batch | None = None
        self._committed: dict[int, int] = {}
        self._brought: dict[int, int] = {}

    def own(self, flushes: Mapping[int, int]) -> None:
        """These partitions are in hand from now on, with the numbers of their last flushes."""
        self._committed, self._brought = dict(flushes), {}

    def put(self, entry: Entry) -> None:
        """The newest entry. What does not fit is dropped."""
        for partition, number in entry.flushes.items():
            if partition in self._committed:
                self._committed[partition] = max(number, self._committed[partition])
        self._waiting.append(entry)
        self._keys += entry.touched.count
        if len(self._waiting) > ENTRIES_MAX or self._keys > KEYS_MAX:
            self.drop_waiting()
        self.arrived.set()

    def drop_waiting(self) -> None:
        """Redis has to be filled anew instead of what waits."""
        self.dropped += [entry.id for entry in self._waiting if entry.id is not None]
        self._waiting.clear()
        self._keys = 0
        self._hole = True
        self.arrived.set()

    def take(self) -> Batch | None:
        """The oldest entries, as many as are brought together; None when nothing waits."""
        assert self._in_hand is None, "one batch at a time"
        self.arrived.clear()
        if not self._waiting and not self._hole:
            return None
        entries: list[Entry] = []
        keys = 0
        while self._waiting and (not entries or keys + self._waiting[0].touched.count <= TOGETHER_KEYS):
            entry = self._waiting.popleft()
            entries.append(entry)
            keys += entry.touched.count
        self._keys -= keys
        hole, self._hole = self._hole or any(entry.touched.everything for entry in entries), False
        self._in_hand = Batch(entries, hole)
        return self._in_hand

    def finish(self, *, brought: bool) -> None:
        """The batch in hand is in Redis, or it is left to the next fill."""
        batch, self._in_hand = self._in_hand, None
        assert batch is not None, "no batch is in hand"
        if not brought:
            self.dropped += batch.ids
            return
        self.done += batch.ids
        for partition, _, last in batch.runs():
            if partition in self._committed:
                self._brought[partition] = max(last, self._brought.get(partition, last))

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits and nothing is in hand."""
        return not self._waiting and self._in_hand is None and not self._hole

    def expected(self) -> dict[int, int]:
        """The flush that Redis must have reached by now in each partition in hand."""
        return dict(self._committed if self.is_idle else self._brought)
