"""A topic as it stands in Kafka, read apart from the engine: every record, and the end of each partition."""

from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.simulation.oracle import LogRecord

READ_TIMEOUT_MS: Final = 20_000


async def end_offsets(kafka: str, topic: str, partitions: int) -> dict[int, int]:
    """The next offset of each partition."""
    async with AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False) as consumer:
        places = [TopicPartition(topic, partition) for partition in range(partitions)]
        return {place.partition: end for place, end in (await consumer.end_offsets(places)).items()}


async def read_whole(kafka: str, topic: str, partitions: int) -> list[LogRecord]:
    """All records, partition by partition in the order of offsets."""
    records: list[LogRecord] = []
    async with AIOKafkaConsumer(
        bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset="earliest"
    ) as consumer:
        for partition in range(partitions):
            place = TopicPartition(topic, partition)
            consumer.assign([place])
            end = (await consumer.end_offsets([place]))[place]
            await consumer.seek_to_beginning(place)
            while await consumer.position(place) < end:
                found = await consumer.getmany(place, timeout_ms=READ_TIMEOUT_MS)
                records += [_as_log_record(record) for record in found.get(place, ())]
    return records


def _as_log_record(record: Any) -> LogRecord:
    return LogRecord(
        record.partition, record.offset, record.timestamp, record.key, record.value, tuple(record.headers)
    )
