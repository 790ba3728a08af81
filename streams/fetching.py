"""What aiokafka fetched, as batches that say where they start: for workers and for replays alike."""

from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.consumer.fetcher import PartitionRecords

from streams.assignment import Assignment
from streams.batch import Batch


def _record_as_parsed(self: Any, tp: Any, record: Any) -> Any:
    return record


# aiokafka makes a ConsumerRecord of each record, which costs a fifth of a worker's time. The parsed record
# below it has the five attributes that the engine reads (streams.batch.Record), so in this process it is
# passed on as it is.
PartitionRecords._consumer_record = _record_as_parsed

BATCH_RECORDS_MAX = 20_000
"""Records that one fetch brings at the most, all partitions together."""


def positions_of(consumer: AIOKafkaConsumer, places: set[Any]) -> dict[Any, int]:
    """The consumer's positions now, without waiting: of the partitions that have one."""
    held = consumer._subscription.subscription.assignment
    states = {tp: held.state_value(tp) for tp in places}
    return {
        tp: state.position for tp, state in states.items() if state is not None and state.has_valid_position
    }


def batches_of(
    consumer: AIOKafkaConsumer,
    assignment: Assignment,
    before: dict[Any, int],
    records: Mapping[Any, list[Any]],
) -> list[Batch]:
    """A batch per partition that moved since ``before``, empty ones included where only control records
    did."""
    after = positions_of(consumer, set(before))
    return [
        _batch(assignment, tp.partition, before[tp], after[tp], consumer.highwater(tp), records.get(tp, []))
        for tp in before
        if tp in after and after[tp] > before[tp]
    ]


def _batch(
    assignment: Assignment, partition: int, start: int, end: int, highwater: int | None, records: list[Any]
) -> Batch:
    size = sum(len(record.value or b"") + len(record.key or b"") for record in records)
    return Batch(assignment, partition, start, end, highwater or end, records, size)
