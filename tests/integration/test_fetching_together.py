"""Fetches of a real Kafka: a partition with nothing to read holds up none of the others."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams.fetching_together import fetch_together

LONGEST_WAIT_MS = 10_000
ALONE_AFTER_SECONDS = 0.1
"""When aiokafka asks for the other partitions alone, if nobody keeps it from that."""
ATTEMPTS = 200


async def _until_fetched(consumer: AIOKafkaConsumer, place: TopicPartition) -> None:
    """Waits until records of the partition are in the consumer, read by nobody."""
    for _ in range(ATTEMPTS):
        if place in consumer._fetcher._records:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"nothing of {place} was fetched")


async def test_while_records_wait_nothing_is_fetched_without_them(kafka: str) -> None:
    name = f"fetching-{uuid4().hex[:8]}"
    empty, full = TopicPartition(name, 0), TopicPartition(name, 1)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(name, 2, 1)])
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        await producer.send_and_wait(name, b"first", partition=1)
        consumer = AIOKafkaConsumer(
            bootstrap_servers=kafka, auto_offset_reset="earliest", fetch_max_wait_ms=LONGEST_WAIT_MS
        )
        async with consumer:
            fetch_together(consumer)
            consumer.assign([empty, full])
            await _until_fetched(consumer, full)
            # As long as a worker folds, say.
            await asyncio.sleep(10 * ALONE_AFTER_SECONDS)
            assert not consumer._fetcher._in_flight, "the empty partition was asked for alone"
            assert [record.value for record in (await consumer.getmany(timeout_ms=0))[full]] == [b"first"]
            await producer.send_and_wait(name, b"second", partition=1)
            await _until_fetched(consumer, full)
    await admin.delete_topics([name])
    await admin.close()
