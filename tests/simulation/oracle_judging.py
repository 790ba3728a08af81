"""What becomes of each record, for the oracles: applied, a duplicate, or dead and why.

A system's oracle gives the `Rules`: how a record is read and what the records so far forbid.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Generic, Protocol, TypeVar
from uuid import UUID

from tests.simulation.oracle_envelope import Dead, Kind, LogRecord, check_decided

DUPLICATE_WINDOW_RECORDS: Final = 250_000


class Identified(Protocol):
    """What every system's event has."""

    @property
    def id(self) -> UUID:
        """The same id twice counts once."""

    @property
    def at(self) -> datetime:
        """When it happened."""


E = TypeVar("E", bound=Identified)


class Rules(Protocol[E]):
    """The rules of one system, with what the records so far established."""

    def read(self, record: LogRecord, partitions: int) -> tuple[E, bool]:
        """The record's event, and whether it is a copy of a reference event; raises `Dead`."""

    def is_duplicate(self, event: E) -> bool:
        """Whether a fact that counts once for ever was there before; raises `Dead` when it is refused."""

    def learn(self, event: E) -> None:
        """Takes in an event that is applied."""


@dataclass(frozen=True, slots=True)
class DeadRecord:
    """A record that counts nothing, its place in the log and why."""

    partition: int
    offset: int
    kind: Kind
    code: str


@dataclass(slots=True)
class PartitionCounts:
    """What became of the records of one partition; `read` is the sum of the others."""

    read: int = 0
    applied: int = 0
    duplicates: int = 0
    dead: Counter[Kind] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Applied(Generic[E]):
    """An event that counts, and where it was read."""

    partition: int
    offset: int
    event: E
    is_copy: bool


@dataclass(slots=True)
class Verdicts(Generic[E]):
    """The applied events in the order of the log, the dead records and the counts of each partition."""

    applied: list[Applied[E]] = field(default_factory=list)
    dead: list[DeadRecord] = field(default_factory=list)
    counts: dict[int, PartitionCounts] = field(default_factory=dict)


def judged(
    records: Iterable[LogRecord], partitions: int, duplicate_window: int, rules: Rules[E]
) -> Verdicts[E]:
    """Decides each record; what a rule looks back at lies in one partition, so one state serves them all.

    The records come in the order of offsets within each partition, else ValueError. The window is in offsets.
    """
    verdicts: Verdicts[E] = Verdicts(counts={partition: PartitionCounts() for partition in range(partitions)})
    offset_of_id: dict[tuple[int, bool, UUID], int] = {}
    last_offsets: dict[int, int] = {}
    for record in records:
        if record.offset <= last_offsets.get(record.partition, -1):
            place = f"{record.partition}:{record.offset}"
            raise ValueError(f"record {place} comes after a later one: sort the records by their offsets")
        last_offsets[record.partition] = record.offset
        counts = verdicts.counts[record.partition]
        counts.read += 1
        try:
            event, is_copy = rules.read(record, partitions)
            identity = (record.partition, is_copy, event.id)
            applied_at = offset_of_id.get(identity)
            in_window = applied_at is not None and applied_at >= record.offset - duplicate_window
            decided: Any = event
            if not in_window and decided.is_decision:
                check_decided(decided.type, event.id, event.at, decided.part)
            if in_window or rules.is_duplicate(event):
                counts.duplicates += 1
                continue
        except Dead as dead:
            counts.dead[dead.kind] += 1
            verdicts.dead.append(DeadRecord(record.partition, record.offset, dead.kind, dead.code))
            continue
        rules.learn(event)
        offset_of_id[identity] = record.offset
        counts.applied += 1
        verdicts.applied.append(Applied(record.partition, record.offset, event, is_copy))
    return verdicts
