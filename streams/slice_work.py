"""A slice of a batch, and what is known about its records while it is folded."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from streams.assignment import OwnedPartition
from streams.batch import Record
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
    that were. What happened by ``certain`` is not ahead of any of its records."""

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
    repeated: set[int] | None
    certain: datetime
    left: Sequence[int]
    applied: list[int] = field(default_factory=list)
    duplicates: int = 0
    dead: int = 0
