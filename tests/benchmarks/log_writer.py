"""Fills a topic fast: records go into batches made here, each sent whole."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaProducer

from deploy.cli import console
from events.partitioning import partition_of
from tests.benchmarks.servers import PARTITIONS

Record = tuple[str, bytes]
"""Key and value."""

Ends = Mapping[int, int]
"""By partition the offset behind its last record."""

BATCH_BYTES_MAX = 256 * 1024
"""Before compression; as large as the Publisher's."""
BATCHES_UNDERWAY_MAX = 16
REPORT_RECORDS = 20_000


@dataclass(frozen=True, slots=True)
class Landed:
    """Where a batch begins in its partition, and when the broker appended it (seconds since 1970)."""

    partition: int
    offset: int
    appended_at: float


class LogWriter:
    """An idempotent producer for one topic; what it was given is in the log when the block ends."""

    def __init__(self, kafka: str, topic: str, batch_bytes_max: int = BATCH_BYTES_MAX) -> None:
        self._topic = topic
        self._producer = AIOKafkaProducer(
            bootstrap_servers=kafka,
            acks="all",
            enable_idempotence=True,
            compression_type="zstd",
            max_batch_size=batch_bytes_max,
        )

    async def __aenter__(self) -> Self:
        await self._producer.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._producer.stop()

    async def fill(self, records: Iterable[Record], expected: int) -> Ends:
        """Appends all records, each where murmur2 of its key says, to an empty topic; answers where it ends.

        ``expected`` is for the progress bar.
        """
        open_batches = [self._producer.create_batch() for _ in range(PARTITIONS)]
        underway: deque[asyncio.Future[Any]] = deque()
        counts = dict.fromkeys(range(PARTITIONS), 0)
        told = 0
        with console.progress("filling", total=expected, unit="records") as bar:
            for key, value in records:
                partition = partition_of(key, PARTITIONS)
                name = key.encode()
                if open_batches[partition].append(key=name, value=value, timestamp=None) is None:
                    underway.append(await self._send(open_batches[partition], partition))
                    while len(underway) > BATCHES_UNDERWAY_MAX:
                        await underway.popleft()
                    open_batches[partition] = self._producer.create_batch()
                    open_batches[partition].append(key=name, value=value, timestamp=None)
                counts[partition] += 1
                told += 1
                if told % REPORT_RECORDS == 0:
                    bar.advance(REPORT_RECORDS)
            for partition, batch in enumerate(open_batches):
                if batch.record_count():
                    underway.append(await self._send(batch, partition))
            await asyncio.gather(*underway)
        return counts

    async def send(self, partition: int, records: Iterable[Record]) -> asyncio.Future[Any]:
        """Hands over one batch that holds exactly these records; `landed` reads what comes back."""
        batch = self._producer.create_batch()
        for key, value in records:
            taken = batch.append(key=key.encode(), value=value, timestamp=None)
            assert taken is not None, "the records are more than a batch may hold"
        return await self._send(batch, partition)

    async def _send(self, batch: Any, partition: int) -> asyncio.Future[Any]:
        batch.close()
        sent: asyncio.Future[Any] = await self._producer.send_batch(batch, self._topic, partition=partition)
        return sent


async def landed(sent: asyncio.Future[Any]) -> Landed:
    """Where a batch is in the log, once all replicas have it."""
    metadata = await sent
    return Landed(metadata.partition, metadata.offset, metadata.timestamp / 1000)
