"""A slice of a batch, and what is known about its records while it is folded."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from streams.assignment import OwnedPartition
from streams.batch import Record
from streams.duplicates import ID_BYTES
from streams.gathering import Gathering


@dataclass(frozen=True)
class Slice:
    """Consecutive records of one partition from its position on; ``end`` is the position behind them. A slice
    without records moves the position past control records."""

    owned: OwnedPartition
    records: Sequence[Record]
    end: int


@dataclass
class Work:
    """A slice while it is folded: ``left`` are the indexes that are still to be applied, ``applied`` those
    that were. ``repeated`` is None where each id occurs once; else the offset at which an id was applied
    last. What happened by ``certain`` is not ahead of any of its records."""

    owned: OwnedPartition
    gathering: Gathering
    records: Sequence[Record]
    end: int
    events: Sequence[Any]
    identities: list[int]
    packed_ids: bytes
    offsets: list[int]
    known: list[bool]
    unreadable: list[int]
    repeated: dict[int, int] | None
    certain: datetime
    left: Sequence[int]
    applied: list[int] = field(default_factory=list)
    duplicates: int = 0
    dead: int = 0

    def is_repeated(self, index: int) -> bool:
        """Whether its id was applied within the slice, and within the window before it."""
        assert self.repeated is not None, "asked only where an id occurs more than once"
        applied_at = self.repeated.get(self.identities[index])
        return applied_at is not None and applied_at >= self.offsets[index] - self.owned.window.size

    def cut(self) -> Slice | None:
        """Ends the slice before the first record that is left, and answers the rest of it."""
        if not self.left:
            return None
        first = self.left[0]
        rest = Slice(self.owned, self.records[first:], self.end)
        self.records, self.end = self.records[:first], self.records[first - 1].offset + 1
        self.offsets, self.packed_ids = self.offsets[:first], self.packed_ids[: first * ID_BYTES]
        return rest
