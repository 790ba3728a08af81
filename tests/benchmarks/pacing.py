"""Appends prepared records at a steady rate, and remembers when each one was due.

An event is due at its place in the schedule, not when this process comes round to it: a producer that
stalls makes its events late, it does not hide them. Every TICK_SECONDS all that is due goes out, one batch
a partition, as a producer with that linger does; so half of it is in the mean latency.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from events.partitioning import partition_of
from tests.benchmarks.log_writer import Ends, Landed, LogWriter, Record, landed
from tests.benchmarks.servers import PARTITIONS

TICK_SECONDS: Final = 0.005
LEAD_SECONDS: Final = 0.1
TICK_EVENTS_MAX: Final = 2_000
"""After a stall the schedule is caught up in steps of this size, each far below a batch's limit."""


@dataclass(frozen=True, slots=True)
class SentBatch:
    """Where a batch landed, and when each of its events was due (seconds since 1970), by offset."""

    landed: Landed
    due_at: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """All batches, and the events that were really handed over per second."""

    batches: list[SentBatch]
    events_per_second: float

    @property
    def began_at(self) -> float:
        """When the first event was due, in seconds since 1970."""
        return min(batch.due_at[0] for batch in self.batches)

    @property
    def ends(self) -> Ends:
        """Where the topic ends now."""
        ends: dict[int, int] = {}
        for batch in self.batches:
            where = batch.landed
            ends[where.partition] = max(ends.get(where.partition, 0), where.offset + len(batch.due_at))
        return ends


async def send_at_rate(writer: LogWriter, records: Sequence[Record], events_per_second: float) -> Sent:
    """Sends all records, and waits until all replicas have them."""
    placed = [(partition_of(record[0], PARTITIONS), record) for record in records]
    handed: list[tuple[asyncio.Future[Any], tuple[float, ...]]] = []
    # A collection of these hundreds of thousands of objects would be a pause that no producer has.
    gc.collect()
    gc.freeze()
    began_at = time.time() + LEAD_SECONDS
    first = 0
    while first < len(placed):
        due = int((time.time() - began_at) * events_per_second) + 1
        last = min(len(placed), due, first + TICK_EVENTS_MAX)
        by_partition: defaultdict[int, list[int]] = defaultdict(list)
        for number in range(first, last):
            by_partition[placed[number][0]].append(number)
        futures = await asyncio.gather(
            *(
                writer.send(partition, [placed[number][1] for number in numbers])
                for partition, numbers in by_partition.items()
            )
        )
        for future, numbers in zip(futures, by_partition.values(), strict=True):
            handed.append((future, tuple(began_at + number / events_per_second for number in numbers)))
        first = max(first, last)
        if due <= last:
            await asyncio.sleep(TICK_SECONDS)
    seconds = time.time() - began_at
    batches = [SentBatch(await landed(future), due_at) for future, due_at in handed]
    gc.unfreeze()
    return Sent(batches, len(placed) / seconds)


async def send_in_bursts(
    writer: LogWriter, records: Sequence[Record], events_per_second: float, burst_seconds: float
) -> Sent:
    """Sends at that rate for so long, then nothing for as long, and so on. The rate told is theirs."""
    together = max(1, round(events_per_second * burst_seconds))
    bursts: list[Sent] = []
    for first in range(0, len(records), together):
        if bursts:
            await asyncio.sleep(burst_seconds)
        bursts.append(await send_at_rate(writer, records[first : first + together], events_per_second))
    batches = [batch for burst in bursts for batch in burst.batches]
    return Sent(batches, sum(burst.events_per_second for burst in bursts) / len(bursts))
