"""Which ids were applied in a partition within the last W offsets, exactly, in 24 bytes an id.

The ids live in a few sorted runs, merged in a tiered way as in a log-structured tree, so that a batch is
looked up by a handful of vectorised searches (0.1 us an id and run; a Python set costs 82 bytes an id and a
dict 180).
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

DUPLICATE_WINDOW_OFFSETS: Final = 250_000
"""W: an id counts as known when it was applied at an offset >= the record's offset - W."""
ID_BYTES: Final = 16
MERGE_FACTOR: Final = 4
"""A run is merged into its elder neighbour when that one is less than this many times as long."""

Ids = NDArray[Any]


def packed(ids: list[int]) -> bytes:
    """128-bit ids as so many big-endian bytes each."""
    return b"".join([value.to_bytes(ID_BYTES, "big") for value in ids])


def packed_offsets(offsets: list[int]) -> bytes:
    """Offsets as 8 big-endian bytes each."""
    return np.asarray(offsets, dtype=">i8").tobytes()


def unpacked_offsets(data: bytes) -> list[int]:
    """The same back."""
    return [int(offset) for offset in np.frombuffer(data, dtype=">i8")]


def _halves(data: bytes) -> tuple[Ids, Ids]:
    both = np.frombuffer(data, dtype=">u8").reshape(-1, 2)
    return both[:, 0].astype(np.uint64), both[:, 1].astype(np.uint64)


@dataclass(frozen=True)
class _Run:
    """Ids sorted by their low half (random in UUIDs of versions 4, 5 and 7), their high half and offset
    beside."""

    low: Ids
    high: Ids
    offsets: Ids

    def __len__(self) -> int:
        return len(self.low)


def _sorted_run(low: Ids, high: Ids, offsets: Ids) -> _Run:
    order = np.argsort(low)
    return _Run(low[order], high[order], offsets[order])


class DuplicateWindow:
    """The window of one partition. Offsets are of the records that were applied."""

    def __init__(self, size: int = DUPLICATE_WINDOW_OFFSETS) -> None:
        self.size = size
        self._runs: list[_Run] = []

    def known(self, ids: bytes, offsets: list[int]) -> list[bool]:
        """For each packed id and the offset of its record: was it applied within the window before?"""
        count = len(offsets)
        found = np.zeros(count, dtype=bool)
        if count == 0 or not self._runs:
            return [False] * count
        high, low = _halves(ids)
        oldest = np.asarray(offsets, dtype=np.int64) - self.size
        # Searching in sorted order walks the run once instead of jumping about in it.
        order = np.argsort(low)
        high, low, oldest = high[order], low[order], oldest[order]
        for run in self._runs:
            found |= _found_in(run, high, low, oldest)
        answer = np.empty(count, dtype=bool)
        answer[order] = found
        return answer.tolist()

    def add(self, ids: bytes, offsets: list[int]) -> None:
        """These ids were applied at these offsets, which are beyond all before."""
        if not offsets:
            return
        high, low = _halves(ids)
        self._runs.append(_sorted_run(low, high, np.asarray(offsets, dtype=np.int64)))
        self._merge(oldest=offsets[-1] - self.size)

    def _merge(self, oldest: int) -> None:
        runs = self._runs
        while len(runs) > 1 and len(runs[-2]) < MERGE_FACTOR * len(runs[-1]):
            younger, elder = runs.pop(), runs.pop()
            low = np.concatenate((elder.low, younger.low))
            high = np.concatenate((elder.high, younger.high))
            offsets = np.concatenate((elder.offsets, younger.offsets))
            kept = offsets >= oldest
            runs.append(_sorted_run(low[kept], high[kept], offsets[kept]))

    def __len__(self) -> int:
        return sum(len(run) for run in self._runs)


def _found_in(run: _Run, high: Ids, low: Ids, oldest: Ids) -> Ids:
    place = np.searchsorted(run.low, low)
    inside = np.minimum(place, len(run) - 1)
    hit = run.low[inside] == low
    found = np.zeros(len(low), dtype=bool)
    # A hit on half the id is confirmed on the whole, over all entries with that half: two ids may share it.
    for i in np.flatnonzero(hit):
        at = int(place[i])
        while at < len(run) and run.low[at] == low[i]:
            if run.high[at] == high[i] and run.offsets[at] >= oldest[i]:
                found[i] = True
                break
            at += 1
    return found
