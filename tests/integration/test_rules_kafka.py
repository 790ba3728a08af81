"""With a real log: a worker process on Kafka and Postgres."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.structs import TopicPartition

from events.codec import encode
from events.envelope import Event
from events.publisher import Publisher
from events.topics import ensure_topics
from projections.postgres.connection import connect
from streams.errors import EXIT_STOP
from streams.system import system_named
from tests.integration.rules_setting import action, boost, engine_on, value, weight
from tests.simulation.compare import differences, report, stored
from tests.simulation.oracle import expected
from tests.simulation.raw_log import end_offsets, read_whole
from tests.simulation.worker_process import WorkerProcess, worker_environment

PARTITIONS: Final = 4
CAUGHT_UP_SECONDS_MAX: Final = 60
LOOK_SECONDS: Final = 0.1
READ: Final = "SELECT coalesce(sum(next_offset), 0)::int FROM groundswell.positions"


@dataclass
class Place:
    """A topic and a database of the test's own."""

    kafka: str
    postgres: str
    prefix: str
    worker: WorkerProcess

    @property
    def topic(self) -> str:
        return f"{self.prefix}.actions"

    async def publish(self, *events: Event) -> None:
        """Appended as producers do it."""
        async with Publisher(self.kafka, topic_prefix=self.prefix, partitions=PARTITIONS) as publisher:
            async for _ in publisher.publish_many(events):
                pass

    async def caught_up(self, partitions: int = PARTITIONS) -> None:
        """Waits until every position is the end of its partition, and the outbox is empty."""
        async with asyncio.timeout(CAUGHT_UP_SECONDS_MAX):
            while True:
                ends = await end_offsets(self.kafka, self.topic, partitions)
                waiting = "SELECT count(*) FROM groundswell.outbox WHERE published_at IS NULL"
                if await self.asked(READ) == sum(ends.values()) and await self.asked(waiting) == 0:
                    return
                await asyncio.sleep(LOOK_SECONDS)

    async def asked(self, query: str) -> object:
        return await value(self.postgres, query)

    async def stopped(self) -> str:
        """Waits until the worker has stopped for good; answers the code of the error that it named."""
        async with asyncio.timeout(CAUGHT_UP_SECONDS_MAX):
            assert await self.worker.ended() == EXIT_STOP
        (named,) = [said for said in self.worker.said() if said["event"] == "worker_ends"][-1:]
        return str(named["code"])


@pytest.fixture
async def place(kafka: str, postgres: str, redis: str, tmp_path: Path) -> AsyncIterator[Place]:
    prefix = f"t{secrets.token_hex(4)}"
    await engine_on(postgres)
    environment = worker_environment(kafka, postgres, redis, prefix)
    worker = WorkerProcess("worker", environment, tmp_path / "worker.log")
    yield Place(kafka, postgres, prefix, worker)
    await worker.stop()


async def administer(kafka: str, work: Callable[[AIOKafkaAdminClient], Awaitable[object]]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await work(admin)
    finally:
        await admin.close()


async def folded_once(place: Place) -> None:
    """Some events are folded, then the worker ends."""
    await place.publish(*[boost(number, wave=f"w{number % 7}") for number in range(40)])
    place.worker.start()
    await place.caught_up()
    await place.worker.stop()
    place.worker = WorkerProcess(
        "again", place.worker.environment, place.worker.log_file.with_name("again.log")
    )


async def test_a_topic_that_was_made_again_stops_the_system(place: Place) -> None:
    """It has as many records again, but not the ones that were folded. Nothing is skipped."""
    await folded_once(place)
    await administer(place.kafka, lambda admin: admin.delete_topics([place.topic]))
    await asyncio.sleep(1)
    await place.publish(*[boost(f"other {number}", wave=f"w{number % 7}") for number in range(60)])
    before = await place.asked(READ)
    place.worker.start()
    assert await place.stopped() == "log_changed"
    assert await place.asked(READ) == before


async def test_a_log_that_was_cut_stops_the_system(place: Place) -> None:
    """Records were removed before they were folded."""
    await folded_once(place)
    await place.publish(*[boost(f"more {number}", wave=f"w{number % 7}") for number in range(40)])
    ends = await end_offsets(place.kafka, place.topic, PARTITIONS)
    cut = {TopicPartition(place.topic, partition): RecordsToDelete(end) for partition, end in ends.items()}
    await administer(place.kafka, lambda admin: admin.delete_records(cut))
    place.worker.start()
    assert await place.stopped() == "log_changed"


async def test_a_topic_that_would_lose_records_is_refused(place: Place) -> None:
    """Retention is checked before anything is folded."""
    await ensure_topics(place.kafka, [system_named("actions").events], PARTITIONS, topic_prefix=place.prefix)
    short = ConfigResource(ConfigResourceType.TOPIC, place.topic, {"retention.ms": "1000"})
    await administer(place.kafka, lambda admin: admin.alter_configs([short]))
    place.worker.start()
    assert await place.stopped() == "topic_breaks_rules"


async def test_a_topic_that_grew_stops_the_system(place: Place) -> None:
    """With another number of partitions keys are elsewhere."""
    await folded_once(place)
    grown = {place.topic: NewPartitions(total_count=PARTITIONS + 1)}
    await administer(place.kafka, lambda admin: admin.create_partitions(grown))
    place.worker.start()
    assert await place.stopped() == "partitions_changed"


async def test_control_records_of_transactions_are_passed(place: Place) -> None:
    """A transactional producer leaves an offset without a record at each end; the lag still is 0."""
    await ensure_topics(place.kafka, [system_named("actions").events], PARTITIONS, topic_prefix=place.prefix)
    place.worker.start()
    async with AIOKafkaProducer(bootstrap_servers=place.kafka, transactional_id=place.prefix) as producer:
        for number in range(5):
            async with producer.transaction():
                event = boost(number)
                await producer.send_and_wait(place.topic, encode(event), key=event.key.encode())
    await place.caught_up()
    assert await place.asked("SELECT boost_points FROM actions.ripple_counters") == 5
    assert await place.asked("SELECT sum(applied + duplicates + dead)::int FROM groundswell.positions") == 5
    assert await place.asked(READ) == 10


async def test_a_relay_that_dies_before_it_marks_sends_again_and_the_copies_count_once(place: Place) -> None:
    """With the real relay. The tables are what the log says, which now holds copies twice."""
    await place.publish(*[action(number, wave=f"w{number % 7}") for number in range(30)], weight(1, "4"))
    place.worker.start()
    await place.caught_up()
    async with await connect(place.postgres) as connection:
        await connection.execute("UPDATE groundswell.outbox SET published_at = NULL")
    async with asyncio.timeout(CAUGHT_UP_SECONDS_MAX):
        ended = 0
        while ended < 31 + 2 * PARTITIONS:
            ended = sum((await end_offsets(place.kafka, place.topic, PARTITIONS)).values())
    await place.caught_up()
    assert await place.asked("SELECT sum(duplicates)::int FROM groundswell.positions") == PARTITIONS
    assert await place.asked("SELECT sum(impact) FROM actions.waves") == Decimal(120)
    engine = await engine_on(place.postgres)
    records = await read_whole(place.kafka, place.topic, PARTITIONS)
    async with await connect(place.postgres) as connection:
        found = await stored(connection, engine.generation, place.topic)
    lines = differences(found, expected(records, PARTITIONS), records)
    assert not lines, report(lines)


async def test_a_worker_that_is_asked_to_stop_commits_what_it_folded(place: Place) -> None:
    """A clean end leaves nothing to fold again."""
    await folded_once(place)
    assert await place.asked("SELECT sum(boost_points)::int FROM actions.ripple_counters") == 40
    assert place.worker.exit_codes == []
