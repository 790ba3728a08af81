"""Records that only add, folded many at once: those of a slice that need no closer look.

For systems whose fold reads no states. What it takes is what would have been applied one by one, to the same
rows; whatever is unusual about a record leaves it to that.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import compress
from operator import attrgetter
from typing import Any

from events.partitioning import partition_of
from streams.assignment import OwnedPartition
from streams.folding import Fold, Tally
from streams.slice_work import Work

_key, _at, _headers = attrgetter("key"), attrgetter("at"), attrgetter("headers")


def tallies(fold: Fold) -> bool:
    """Whether the fold can be asked."""
    return type(fold).tally is not Fold.tally


class Tallying:
    """Asks a fold of a system without reference events, whose topic has that many partitions."""

    def __init__(self, fold: Fold, partitions: int) -> None:
        self._fold = fold
        self._partitions = partitions

    def take(self, work: Work) -> None:
        """Applies what it can of the slice; the others stay in ``work.left``, all of them where the fold
        raises."""
        odd = _odd_by_itself(work)
        plain, events = _others(work, odd)
        if unfit := self._unfit(work, plain, events):
            odd |= unfit
            plain, events = _others(work, odd)
        tallies = self._tallied(events)
        if tallies is None:
            return
        counters = work.gathering.counters
        for table, keys, columns, amounts in tallies:
            rows = counters[table]
            for key, column, amount in zip(keys, columns, amounts, strict=True):
                rows[key][column] += amount
        work.applied.extend(plain)
        work.left = sorted(odd)

    def _tallied(self, events: Sequence[Any]) -> Sequence[Tally] | None:
        try:
            return self._fold.tally(events) if events else None
        except Exception:  # noqa: BLE001 - one by one they show whose fault it is
            return None

    def _unfit(self, work: Work, indexes: Sequence[int], events: Sequence[Any]) -> set[int]:
        """Those of the events, which have these indexes, that are out of place, or perhaps ahead of time."""
        misplaced = self._misplaced(work.owned, set(map(_key, events)) - work.owned.keys)
        if not misplaced and (not events or max(map(_at, events)) <= work.certain):
            return set()
        return {
            index
            for index, event in zip(indexes, events, strict=True)
            if event.key in misplaced or event.at > work.certain
        }

    def _misplaced(self, owned: OwnedPartition, keys: set[str]) -> set[str]:
        """Which of these belong into other partitions; the others are remembered."""
        misplaced = {key for key in keys if partition_of(key, self._partitions) != owned.partition}
        for key in keys - misplaced:
            owned.remember_key(key)
        return misplaced


def _odd_by_itself(work: Work) -> set[int]:
    """Those that are unreadable, known or repeated, or copies."""
    everything = range(len(work.records))
    odd = {*work.unreadable, *compress(everything, work.known)}
    odd.update(compress(everything, map(_headers, work.records)))
    if work.repeated is not None:
        times = Counter(work.identities)
        odd.update(index for index in everything if times[work.identities[index]] > 1)
    return odd


def _others(work: Work, odd: set[int]) -> tuple[Sequence[int], Sequence[Any]]:
    """The indexes of those that are not odd, and their events."""
    everything = range(len(work.records))
    if not odd:
        return everything, work.events
    indexes = [index for index in everything if index not in odd]
    return indexes, [work.events[index] for index in indexes]
