"""Load for the crash suite: realistic traffic with a random log woven in, sent whatever becomes of Kafka.

What is not acknowledged is sent again, so the log may hold it twice; what is acknowledged must be in the log.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from random import Random
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from tests.simulation.murmur2 import partition_of_key
from tests.simulation.random_streams import Instruction, random_log
from tests.simulation.traffic import actions_traffic

RANDOM_SHARE: Final = 0.04
TRAFFIC_EVENTS: Final = 200_000
"""So many events tell the whole time; after them it is told once more, by another seed."""
WAVES: Final = 40
RIPPLES_PER_WAVE: Final = 25
USERS: Final = 3_000
BEFORE_NOW: Final = timedelta(hours=37)
"""Random logs span 36 hours and are appended now, so they begin this long ago."""
TICK_SECONDS: Final = 0.05
RETRY_SECONDS: Final = 0.5
REQUEST_TIMEOUT_MS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A place that Kafka said the record has, and the checksum of its value."""

    partition: int
    offset: int
    checksum: int


def mixed(seed: int, partitions: int, random_records: int) -> Iterator[Instruction]:
    """Traffic without end, with the records of a random log in between."""
    random = Random(seed)
    begin = datetime.now(UTC) - BEFORE_NOW
    strange = iter(
        random_log(seed, events=random_records, partitions=partitions, with_copies=False, base=begin)
    )
    seconds = timedelta(hours=36).total_seconds()
    for telling in count(seed):
        traffic = actions_traffic(telling, TRAFFIC_EVENTS, WAVES, RIPPLES_PER_WAVE, USERS, begin, seconds)
        for key, value in traffic:
            while random.random() < RANDOM_SHARE and (instruction := next(strange, None)) is not None:
                yield instruction
            yield Instruction(key.encode(), value, partition_of_key(key, partitions), (), 0, "traffic")


class Load:
    """Sends ``per_second`` records until it is told to stop, or until the source has no more."""

    def __init__(self, kafka: str, topic: str, source: Iterable[Instruction], per_second: int) -> None:
        self.acknowledged: list[Acknowledged] = []
        self._kafka = kafka
        self._topic = topic
        self._source = iter(source)
        self.per_second = per_second
        """May be changed while it runs."""
        self._stopping = asyncio.Event()
        self._sending = asyncio.Lock()
        self._producer: AIOKafkaProducer | None = None

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """Sends nothing meanwhile; all that was taken from the source is acknowledged."""
        async with self._sending:
            yield

    def stop(self) -> None:
        """What is on its way is still sent."""
        self._stopping.set()

    async def run(self) -> None:
        """Until :meth:`stop`; all that was taken from the source is acknowledged then."""
        try:
            while not self._stopping.is_set():
                async with self._sending:
                    at_once = max(1, round(self.per_second * TICK_SECONDS))
                    portion = list(islice(self._source, at_once))
                    await self._send_all(portion)
                if not portion:
                    return
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), TICK_SECONDS)
        finally:
            await self._close()

    async def _send_all(self, waiting: list[Instruction]) -> None:
        while waiting:
            try:
                if self._producer is None:
                    await self._connect()
                answers = [await self._send(instruction) for instruction in waiting]
            except (KafkaError, OSError):
                # Nobody knows which of them arrived: all are sent again.
                await self._close()
                await asyncio.sleep(RETRY_SECONDS)
                continue
            results = await asyncio.gather(*answers, return_exceptions=True)
            unsent = []
            for instruction, result in zip(waiting, results, strict=True):
                if isinstance(result, BaseException):
                    unsent.append(instruction)
                elif result.offset >= 0:
                    checksum = zlib.crc32(instruction.value or b"")
                    self.acknowledged.append(Acknowledged(result.partition, result.offset, checksum))
            if unsent:
                await self._close()
                await asyncio.sleep(RETRY_SECONDS)
            waiting = unsent

    async def _send(self, instruction: Instruction) -> Any:
        assert self._producer is not None
        return await self._producer.send(
            self._topic,
            instruction.value,
            key=instruction.key,
            partition=instruction.partition,
            headers=list(instruction.headers),
        )

    async def _connect(self) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._kafka,
            enable_idempotence=True,
            acks="all",
            compression_type="zstd",
            linger_ms=5,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            max_request_size=2 << 20,
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    async def _close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError, OSError, TimeoutError):
                await asyncio.wait_for(producer.stop(), RETRY_SECONDS)
