"""Second pass of the oracle: what becomes of each record.

Only what depends on the order of the log is decided here: duplicates and refusals.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from tests.simulation.oracle_reading import Dead, Event, Kind, LogRecord, read

DUPLICATE_WINDOW_RECORDS = 250_000


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
class Applied:
    """An event that counts, and where it was read."""

    partition: int
    offset: int
    event: Event
    is_copy: bool


@dataclass(slots=True)
class Verdicts:
    """The applied events in the order of the log, the dead records and the counts of each partition."""

    applied: list[Applied] = field(default_factory=list)
    dead: list[DeadRecord] = field(default_factory=list)
    counts: dict[int, PartitionCounts] = field(default_factory=dict)


class _Known:
    """What the records so far established and a later one can break."""

    def __init__(self) -> None:
        self.removed_waves: set[str] = set()
        self.removed_ripples: set[tuple[str, str]] = set()
        self.allowed_buckets: dict[str, tuple[str, ...] | None] = {}
        self.ripple_of_action: dict[tuple[str, str], str] = {}
        self.closed_parts: set[tuple[datetime, int]] = set()

    def is_duplicate(self, event: Event) -> bool:
        """Raises `Dead` when the event is refused; a known action or closed part counts once for ever."""
        if event.is_reference:
            return False
        if event.is_decision:
            return (event.hour, event.part) in self.closed_parts
        if event.wave_id in self.removed_waves or event.ripple in self.removed_ripples:
            raise Dead("refused", "removed", f"{event.ripple} was deleted before")
        known_ripple = self.ripple_of_action.get((event.wave_id, event.action_id))
        if event.type == "actions.action_logged":
            if known_ripple is not None:
                return True
            allowed = self.allowed_buckets.get(event.wave_id)
            if allowed is not None and event.bucket not in allowed:
                raise Dead("refused", "bucket_not_allowed", f"{event.bucket!r} is not in {allowed}")
        elif event.type == "actions.action_retracted" and known_ripple not in (None, event.ripple_id):
            raise Dead("refused", "ripple_mismatch", f"{event.action_id!r} belongs to {known_ripple!r}")
        return False

    def learn(self, event: Event) -> None:
        """Takes in an event that is applied."""
        match event.type:
            case "actions.wave_created":
                self.allowed_buckets[event.wave_id] = event.allowed_buckets
            case "actions.wave_changed" if "allowed_buckets" in event.given:
                self.allowed_buckets[event.wave_id] = event.allowed_buckets
            case "actions.wave_deleted":
                self.removed_waves.add(event.wave_id)
            case "actions.ripple_deleted":
                self.removed_ripples.add(event.ripple)
            case "actions.action_logged":
                self.ripple_of_action[event.wave_id, event.action_id] = event.ripple_id
            case "actions.hour_closed":
                self.closed_parts.add((event.hour, event.part))
            case _:
                pass


def judge(records: Iterable[LogRecord], partitions: int, duplicate_window: int) -> Verdicts:
    """Decides each record; a wave's records count in one partition only, so one state serves them all."""
    verdicts = Verdicts(counts={partition: PartitionCounts() for partition in range(partitions)})
    known = _Known()
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
            event, is_copy = read(record, partitions)
            identity = (record.partition, is_copy, event.id)
            applied_at = offset_of_id.get(identity)
            in_window = applied_at is not None and applied_at >= record.offset - duplicate_window
            if in_window or known.is_duplicate(event):
                counts.duplicates += 1
                continue
        except Dead as dead:
            counts.dead[dead.kind] += 1
            verdicts.dead.append(DeadRecord(record.partition, record.offset, dead.kind, dead.code))
            continue
        known.learn(event)
        offset_of_id[identity] = record.offset
        counts.applied += 1
        verdicts.applied.append(Applied(record.partition, record.offset, event, is_copy))
    return verdicts
