"""A batch: consecutive records of one partition, from the consumer's position before the fetch to the one
after."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from streams.assignment import Assignment


class Record(Protocol):
    """What the engine reads of a Kafka record; ``timestamp`` is the broker's append time in ms since 1970."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Batch:
    """``start`` and ``end`` are positions: every offset in between is in ``records`` or does not exist.

    ``highwater`` is the partition's end offset as of the fetch, ``size_bytes`` the keys and values together.
    """

    assignment: "Assignment"
    partition: int
    start: int
    end: int
    highwater: int
    records: Sequence[Record]
    size_bytes: int
