"""How far the log of a topic goes: its ends now, and where it stood at a moment."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from events.errors import ServerUnreachable, WrongUsage
from events.settings import Settings
from streams.takeover import known_partitions

REQUEST_TIMEOUT_MS: Final = 10_000


async def log_ends(settings: Settings, topic: str) -> dict[int, int]:
    """The end offset of each partition, now. Raises ServerUnreachable; WrongUsage when there is no such
    topic."""
    async with _reached(settings, topic) as (consumer, places):
        ends = await consumer.end_offsets(places)
        return {place.partition: end for place, end in ends.items()}


async def offsets_at(settings: Settings, topic: str, moment: datetime) -> dict[int, int]:
    """The offset of each partition before which everything was appended before ``moment``."""
    async with _reached(settings, topic) as (consumer, places):
        moment_ms = int(moment.timestamp() * 1000)
        ends = await consumer.end_offsets(places)
        found = await consumer.offsets_for_times(dict.fromkeys(places, moment_ms))
        return {
            place.partition: end if found.get(place) is None else found[place].offset
            for place, end in ends.items()
        }


@asynccontextmanager
async def _reached(
    settings: Settings, topic: str
) -> AsyncIterator[tuple[AIOKafkaConsumer, list[TopicPartition]]]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka, enable_auto_commit=False, request_timeout_ms=REQUEST_TIMEOUT_MS
    )
    try:
        await consumer.start()
        partitions = await known_partitions(consumer, topic)
        if not partitions:
            raise WrongUsage(
                f"Kafka at {settings.kafka} has no topic {topic}: nothing was published yet."
                " `groundswell publish` makes it"
            )
        yield consumer, [TopicPartition(topic, partition) for partition in sorted(partitions)]
    except (KafkaError, OSError) as error:
        raise ServerUnreachable(
            f"Kafka at {settings.kafka} cannot be reached: {error!r}. Start the local stack with"
            " `groundswell up`, or correct GROUNDSWELL_KAFKA"
        ) from error
    finally:
        await consumer.stop()
