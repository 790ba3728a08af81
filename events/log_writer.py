"""Appends records to the log as they are, with bounds on what is under way; the Publisher checks them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from types import TracebackType
from typing import Any, ClassVar, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError

from events.errors import GroundswellError, ServerUnreachable
from events.topics import CONNECT_SECONDS_MAX, RECORD_BYTES_MAX, REQUEST_SECONDS_MAX, started, unreachable

RECORDS_IN_FLIGHT_MAX = 20_000
BYTES_IN_FLIGHT_MAX = 32 * 1024 * 1024
BATCH_BYTES_MAX = 256 * 1024
LINGER_MILLISECONDS = 5
DELIVERY_SECONDS_MAX = 60.0
CANCEL_SECONDS = 0.1

Headers = Sequence[tuple[str, bytes]]
Acknowledged = asyncio.Future[Any]
"""Of a record under way: done when all replicas have it, with its topic, partition and offset."""


class NotPublished(GroundswellError):
    """Kafka refused the record for the reason in the message; mend that and send it again."""

    code: ClassVar[str] = "not_published"


class LogWriter:
    """An idempotent producer: acknowledged by all replicas, in order per partition, never twice by a retry.

    While Kafka is away it tries on by itself, for `delivery_seconds_max`.
    """

    def __init__(
        self,
        kafka: str,
        *,
        linger_milliseconds: int = LINGER_MILLISECONDS,
        connect_seconds_max: float = CONNECT_SECONDS_MAX,
        delivery_seconds_max: float = DELIVERY_SECONDS_MAX,
    ) -> None:
        self.kafka = kafka
        self._linger_milliseconds = linger_milliseconds
        self._connect_seconds_max = connect_seconds_max
        self._delivery_seconds_max = delivery_seconds_max
        self._producer: Any = None
        self._records_in_flight = 0
        self._bytes_in_flight = 0
        self._less_in_flight = asyncio.Event()
        self._failure: BaseException | None = None

    async def __aenter__(self) -> Self:
        self._producer = await started(self._new_producer, self.kafka, self._connect_seconds_max)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            # When Kafka is known to be away, or the caller was cancelled, nobody waits for the rest.
            if error is None or (isinstance(error, Exception) and not isinstance(error, ServerUnreachable)):
                await self._in_flight_at_most(0, 0)
        finally:
            await self._close()
        if error is None and self._failure is not None:
            raise NotPublished(f"a record was not appended: {self._failure!r}") from self._failure

    async def append(
        self, topic: str, partition: int, key: bytes | None, value: bytes | None, headers: Headers = ()
    ) -> Acknowledged:
        """Hand over a record, waiting only for room; give what comes back to `metadata`."""
        size = len(key or b"") + len(value or b"")
        await self._in_flight_at_most(RECORDS_IN_FLIGHT_MAX - 1, BYTES_IN_FLIGHT_MAX - size)
        deadline = self._deadline()
        while True:
            try:
                acknowledged: Acknowledged = await self._producer.send(
                    topic, value, key, partition, headers=[*headers]
                )
            except KafkaTimeoutError as error:
                # There was no room in the partition's batch for the length of a request; nothing was taken.
                if asyncio.get_running_loop().time() > deadline:
                    raise unreachable(self.kafka, error) from error
            except KafkaError as error:
                raise NotPublished(f"topic {topic}: {type(error).__name__}: {error}") from error
            else:
                self._records_in_flight += 1
                self._bytes_in_flight += size
                acknowledged.add_done_callback(partial(self._landed, size))
                return acknowledged

    async def metadata(self, acknowledged: Acknowledged) -> Any:
        """Wait for a record's topic, partition and offset, as long as a delivery may take.

        The offset is -1 when the broker has the record and no longer knows where. Raises ServerUnreachable or
        NotPublished.
        """
        if not acknowledged.done():
            await asyncio.wait((acknowledged,), timeout=self._delivery_seconds_max)
        if not acknowledged.done():
            raise self._not_in_time(1)
        try:
            return acknowledged.result()
        except KafkaError as error:
            raise NotPublished(f"Kafka refused the record: {type(error).__name__}: {error}") from error

    async def _in_flight_at_most(self, records: int, bytes_: int) -> None:
        """Wait until no more is under way; ServerUnreachable when that takes longer than a delivery may."""
        deadline = self._deadline()
        while self._records_in_flight > records or (
            self._records_in_flight and self._bytes_in_flight > bytes_
        ):
            self._less_in_flight.clear()
            try:
                async with asyncio.timeout_at(deadline):
                    await self._less_in_flight.wait()
            except TimeoutError:
                raise self._not_in_time(self._records_in_flight) from None

    def _landed(self, size: int, acknowledged: Acknowledged) -> None:
        self._records_in_flight -= 1
        self._bytes_in_flight -= size
        self._less_in_flight.set()
        if not acknowledged.cancelled() and acknowledged.exception() is not None:
            self._failure = acknowledged.exception()

    def _not_in_time(self, records: int) -> ServerUnreachable:
        return ServerUnreachable(
            f"Kafka at {self.kafka} did not acknowledge {records} event{'s' * (records > 1)} within "
            f"{self._delivery_seconds_max:.0f} s: whether they are in the log is not known. Look at "
            "`groundswell status`, then send them again: the same id counts once"
        )

    def _deadline(self) -> float:
        return asyncio.get_running_loop().time() + self._delivery_seconds_max

    def _new_producer(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            bootstrap_servers=self.kafka,
            acks="all",
            enable_idempotence=True,
            compression_type="zstd",
            linger_ms=self._linger_milliseconds,
            max_batch_size=BATCH_BYTES_MAX,
            max_request_size=RECORD_BYTES_MAX,
            request_timeout_ms=round(REQUEST_SECONDS_MAX * 1000),
        )

    async def _close(self) -> None:
        """Close the connections; what is still under way is given up, after an error only."""
        if self._records_in_flight:
            # stop() alone would wait for ever for what Kafka does not acknowledge. The first cancellation
            # ends the sender, which then waits for its requests; each further one ends a request. Only after
            # it may the batches fail, since it would take up again what it still holds.
            sender = self._producer._sender.sender_task
            while not sender.done():
                sender.cancel()
                await asyncio.wait((sender,), timeout=CANCEL_SECONDS)
            self._producer._message_accumulator.fail_all(KafkaError("given up: the writer was closed"))
        await self._producer.stop()
