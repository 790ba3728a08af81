"""Random logs from a seed: everything that a producer, a network and a relay may do to a system's topic.

A log holds duplicates, disorder, stubs, late times, what takes back, deletions with late events after them,
decisions and junk; that of system 1 weights set late. The same arguments give the same bytes again; there is
no clock in here. What happens in a system comes from its `Source`.
"""

import heapq
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random

from tests.simulation.murmur2 import partition_of_key
from tests.simulation.oracle_envelope import COPY_HEADER, VALUE_BYTES_MAX, LogRecord
from tests.simulation.random_closes import Closes
from tests.simulation.random_dead import Junk
from tests.simulation.random_json import Fields, written
from tests.simulation.random_junk import junk
from tests.simulation.random_world import World, key_of

BASE_TIME = datetime(2026, 10, 30, 12, tzinfo=UTC)
_SPAN = timedelta(hours=36)
_DUPLICATES_MAX = 0.3
_HELD_BACK = 0.15
_HELD_RECORDS_MAX = 60
_REUSED_IDS = 0.02
_OTHER_KEYS = 0.02
_FULL_SIZE = 0.002
_DECISIONS = 0.03


@dataclass(frozen=True, slots=True)
class Instruction:
    """One record to append; `appended_ms` is when a simulated log takes it in, `label` is for people."""

    key: bytes | None
    value: bytes | None
    partition: int
    headers: tuple[tuple[str, bytes], ...]
    appended_ms: int
    label: str


def never(fields: Fields) -> bool:
    """No event of the system is a reference event."""
    return False


def nothing(now: datetime) -> list[Fields]:
    """The system decides nothing."""
    return []


@dataclass(frozen=True, slots=True)
class Source:
    """What happens in one system, as functions that draw it.

    `event` is the next one, about the time given or earlier; `junk` a record that must not count, among so
    many partitions; `key_of` the key that an event belongs to; `decision` the parts of the next decision,
    none while it is not due; of what `is_reference` every partition gets a copy.
    """

    event: Callable[[datetime], Fields]
    junk: Callable[[datetime, int], Junk]
    key_of: Callable[[Fields], str]
    decision: Callable[[datetime], list[Fields]] = nothing
    is_reference: Callable[[Fields], bool] = never


def actions(random: Random, base: datetime) -> Source:
    """System 1."""
    world = World(random, base)
    return Source(
        world.event,
        partial(junk, random, world),
        key_of,
        Closes(random, world, base).next_close,
        lambda fields: fields["type"] == "actions.bucket_weight_set",
    )


def random_log(
    seed: int,
    *,
    events: int = 1000,
    partitions: int = 4,
    with_copies: bool = True,
    junk_share: float = 0.04,
    base: datetime = BASE_TIME,
    with_closes: bool = False,
    source: Callable[[Random, datetime], Source] = actions,
) -> list[Instruction]:
    """At least `events` records in the order to append them; of system 1 unless another source is given.

    `with_copies` adds the copies of reference events that the relay of an engine would send, `with_closes`
    the decisions that it would take; an engine that runs for real sends its own. On a real broker, which
    appends now, `base` must be 37 hours ago or more.
    """
    stream = _Stream(Random(seed), events, partitions, base, source)
    stream.with_copies = with_copies
    stream.junk_share = junk_share
    stream.decisions_share = _DECISIONS if with_closes else 0
    return stream.instructions()


class _Stream:
    with_copies = True
    junk_share = 0.0
    decisions_share = 0.0

    def __init__(
        self,
        random: Random,
        events: int,
        partitions: int,
        base: datetime,
        source: Callable[[Random, datetime], Source],
    ) -> None:
        self._random = random
        self._events = events
        self._partitions = partitions
        self._duplicate_share = random.uniform(0, _DUPLICATES_MAX)
        self._base = base
        self._source = source(random, base)
        self._appended: list[Instruction] = []
        self._held: list[tuple[int, int, Instruction]] = []
        self._held_count = 0
        self._recent_ids: deque[object] = deque(maxlen=200)

    def instructions(self) -> list[Instruction]:
        while len(self._appended) < self._events:
            self._step()
        while self._held:
            self._append(heapq.heappop(self._held)[2])
        return self._appended

    def _now(self) -> datetime:
        return self._base + _SPAN * (len(self._appended) / self._events)

    def _step(self) -> None:
        if self._held and self._held[0][0] <= len(self._appended):
            self._append(heapq.heappop(self._held)[2])
        elif self._appended and self._random.random() < self._duplicate_share:
            self._append(self._random.choice(self._appended[-2000:]))
        elif self._random.random() < self.junk_share:
            self._append(self._junk())
        elif self.decisions_share and self._random.random() < self.decisions_share:
            self._decide()
        else:
            self._event()

    def _decide(self) -> None:
        for part in self._source.decision(self._now()):
            instruction = self._instruction(part)
            if self._random.random() < _HELD_BACK:
                self._hold(instruction)
            else:
                self._append(instruction)
            self._recent_ids.append(part["id"])

    def _event(self) -> None:
        fields = self._source.event(self._now())
        is_reference = self._source.is_reference(fields)
        if not is_reference:
            self._reuse_id(fields)
        instruction = self._instruction(fields)
        if is_reference:
            self._append(instruction)
            self._send_copies(instruction)
        elif self._random.random() < _HELD_BACK:
            self._hold(instruction)
        else:
            self._append(instruction)
        self._recent_ids.append(fields["id"])

    def _reuse_id(self, fields: Fields) -> None:
        """Another event under a known id: a duplicate in the same partition, its own event elsewhere."""
        if self._recent_ids and self._random.random() < _REUSED_IDS:
            event_id = str(self._random.choice(self._recent_ids))
            fields["id"] = self._random.choice((event_id, event_id.upper()))

    def _instruction(self, fields: Fields) -> Instruction:
        key = self._source.key_of(fields)
        value = written(self._random, fields)
        if self._random.random() < _FULL_SIZE:
            value = value.ljust(VALUE_BYTES_MAX)
        # The engine goes by the event's key; what a producer wrote into the record's key decides nothing.
        written_key = (
            self._random.choice((None, b"", b"other")) if self._chance(_OTHER_KEYS) else key.encode()
        )
        return Instruction(
            written_key, value, partition_of_key(key, self._partitions), (), 0, str(fields["type"])
        )

    def _junk(self) -> Instruction:
        made = self._source.junk(self._now(), self._partitions)
        label = f"{made.verdict}: {made.name}"
        return Instruction(made.key.encode(), made.value, made.partition, made.headers, 0, label)

    def _send_copies(self, original: Instruction) -> None:
        if not self.with_copies:
            return
        for partition in range(self._partitions):
            headers = ((COPY_HEADER, str(partition).encode()),)
            label = f"copy of {original.label}"
            copy = Instruction(original.key, original.value, partition, headers, 0, label)
            for _ in range(self._random.choice((1, 1, 1, 2))):  # a relay that dies after sending sends again
                self._hold(copy)

    def _hold(self, instruction: Instruction) -> None:
        self._held_count += 1
        release = len(self._appended) + self._random.randint(1, _HELD_RECORDS_MAX)
        heapq.heappush(self._held, (release, self._held_count, instruction))

    def _append(self, instruction: Instruction) -> None:
        appended_ms = int(self._now().timestamp() * 1000)
        self._appended.append(
            Instruction(
                instruction.key,
                instruction.value,
                instruction.partition,
                instruction.headers,
                appended_ms,
                instruction.label,
            )
        )

    def _chance(self, share: float) -> bool:
        return self._random.random() < share


def as_records(instructions: Iterable[Instruction], *, first_offset: int = 0) -> list[LogRecord]:
    """The records of a simulated log to which the instructions were appended, with contiguous offsets."""
    next_offset: dict[int, int] = defaultdict(lambda: first_offset)
    records: list[LogRecord] = []
    for entry in instructions:
        offset = next_offset[entry.partition]
        next_offset[entry.partition] = offset + 1
        records.append(
            LogRecord(entry.partition, offset, entry.appended_ms, entry.key, entry.value, entry.headers)
        )
    return records


def shuffled_over_partitions(instructions: Iterable[Instruction], seed: int) -> list[Instruction]:
    """The same records in another order, kept within each partition: no table may tell the difference."""
    random = Random(seed)
    queues: dict[int, deque[Instruction]] = defaultdict(deque)
    for entry in instructions:
        queues[entry.partition].append(entry)
    turns = [partition for partition, queue in queues.items() for _ in queue]
    random.shuffle(turns)
    return [queues[partition].popleft() for partition in turns]
