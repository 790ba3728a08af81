"""How batches reach a Faust agent: Faust's aiokafka transport, delivering one message per fetch.

Faust gives assignment, heartbeats and streams; positions are ours. Nothing is sought when Faust says so: the
fetch itself, in the consumer's thread, seeks each partition of an assignment once, right before its first
fetch, so that no fetched record can lie between a seek and the batch that says where it starts.
"""

import asyncio
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

import faust
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport
from faust.types import TP, ConsumerMessage

from streams.batch import Batch
from streams.fetching import BATCH_RECORDS_MAX, batches_of, positions_of
from streams.fetching_together import fetch_together

if TYPE_CHECKING:
    from streams.assignment import Assignment
    from streams.engine import Engine

NOT_READY_SECONDS: Final = 0.02
"""How long a fetch waits when there is nothing to fetch for yet."""


class BatchThread(AIOKafkaConsumerThread):
    """The consumer's thread: fetches records of all partitions, as batches with their extent."""

    async def on_start(self) -> None:
        await super().on_start()
        fetch_together(self._ensure_consumer())

    async def fetch_batches(self, assignment: "Assignment", seconds_max: float) -> list[Batch]:
        """A batch per partition that moved, empty ones included where only control records did."""
        return cast("list[Batch]", await self.call_thread(self._fetch_batches, assignment, seconds_max))

    async def _fetch_batches(self, assignment: "Assignment", seconds_max: float) -> list[Batch]:
        consumer = self._ensure_consumer()
        places = {tp for tp in consumer.assignment() if tp.topic == assignment.topic}
        if assignment.revoked.is_set() or {tp.partition for tp in places} != assignment.requested:
            await asyncio.sleep(NOT_READY_SECONDS)
            return []
        for tp in places:
            if tp.partition not in assignment.sought:
                consumer.seek(tp, assignment.partitions[tp.partition].position)
                assignment.sought.add(tp.partition)
        held = consumer._subscription.subscription.assignment
        before = positions_of(consumer, places)
        records = await self._fetch_records(
            consumer, places, timeout=seconds_max, max_records=BATCH_RECORDS_MAX
        )
        if held is not consumer._subscription.subscription.assignment:
            # A rebalance went by while we waited. Whatever was fetched is fetched again at the next
            # positions.
            return []
        return batches_of(consumer, assignment, before, records)


class BatchConsumer(Consumer):
    """Hands each fetch to Faust as if it were one message."""

    def _new_consumer_thread(self) -> BatchThread:
        return BatchThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def engine(self) -> "Engine":
        return cast("BatchApp", self.app).engine

    async def _getmany(
        self,
        active_partitions: set[TP] | None,
        timeout: float,  # noqa: ASYNC109 - Faust's signature
    ) -> Mapping[TP, list[list[Batch]]]:
        assignment = self.engine.assignment
        if assignment is None or not assignment.ready.is_set():
            await asyncio.sleep(NOT_READY_SECONDS)
            return {}
        if not await self.engine.credit.wait():
            return {}
        batches = await cast(BatchThread, self._thread).fetch_batches(assignment, timeout)
        if assignment.revoked.is_set() or not batches:
            return {}
        self.engine.credit.take(sum(batch.size_bytes for batch in batches))
        # One message for the whole fetch, under the name of one of its partitions.
        return {TP(assignment.topic, batches[0].partition): [batches]}

    def _to_message(self, tp: TP, record: Any) -> ConsumerMessage:
        batches: list[Batch] = record
        # Faust's message is made for one record; here it only carries the fetch, and an offset that grows.
        nothing: Any = None
        value: Any = batches
        return ConsumerMessage(
            tp.topic, tp.partition, batches[0].end - 1, nothing, nothing, [], nothing, value, nothing,
            nothing, nothing, tp,
            generation_id=self.app.consumer_generation_id,
        )  # fmt: skip

    async def perform_seek(self) -> None:
        """Faust asks for committed offsets here; the fetch seeks to the positions in Postgres instead."""

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Faust would miss the acknowledgements of single records, and take each partition of a worker that
        is behind for five minutes for stuck. The worker watches itself (NOT_FOLDING_SECONDS_MAX)."""

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Offsets between two batches are no gap: a batch knows where it starts."""

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        """Every partition in hand is reported."""
        assignment = self.engine.assignment
        return iter([] if assignment is None else [TP(assignment.topic, p) for p in assignment.partitions])

    def _new_offset(self, tp: TP) -> int | None:
        """What Kafka is told as the group's offset: a report for lag tools, never read back."""
        self._acked[tp].clear()
        self._acked_index[tp].clear()
        assignment = self.engine.assignment
        owned = assignment.partitions.get(tp.partition) if assignment is not None else None
        return owned.committed if owned is not None and owned.committed > 0 else None


class BatchTransport(Transport):
    """Faust's transport with that consumer."""

    Consumer = BatchConsumer


class BatchSchema(faust.Schema[Any, Any]):
    """Passes batches on as they are: the engine decodes."""

    def loads_key(self, app: Any, message: Any, **keywords: Any) -> None:
        return None

    def loads_value(self, app: Any, message: Any, **keywords: Any) -> list[Batch]:
        return cast("list[Batch]", message.value)


class BatchApp(faust.App):
    """A Faust app whose consumer delivers batches to an engine."""

    engine: "Engine"

    def _new_transport(self) -> BatchTransport:
        return BatchTransport(self.conf.broker_consumer, self)
