"""Events go into a real Kafka: where their key belongs, acknowledged, once, also when the broker dies."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import NewTopic

from events import Position, Publisher
from events.actions import ActionLogged, BucketWeightSet, WaveCreated
from events.catalogue import default_catalogue
from events.codec import Codec, encode
from events.errors import ServerUnreachable
from events.partitioning import partition_of
from events.refusals import InvalidEvent
from events.structs import struct_from
from events.topics import RULES, TopicBreaksRules, connected, ensure_topics, topic_settings

if TYPE_CHECKING:
    from deploy.local_stack import LocalStack

PARTITIONS = 4
SYSTEMS = default_catalogue().systems.values()


@pytest.fixture
def prefix() -> str:
    return f"test-{secrets.token_hex(6)}"


def publisher(kafka: str, prefix: str, **options: Any) -> Publisher:
    return Publisher(kafka, topic_prefix=prefix, partitions=PARTITIONS, **options)


def action(number: int, waves: int = 20) -> ActionLogged:
    return ActionLogged.new(
        wave_id=f"wave-{number % waves}", ripple_id="r", action_id=str(number), bucket="b", actor="u"
    )


async def records(kafka: str, topic: str) -> dict[int, list[Any]]:
    """All records of a topic by partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        found: dict[int, list[Any]] = defaultdict(list)
        for partition in partitions:
            while await consumer.position(partition) < ends[partition]:
                for batch in (await consumer.getmany(partition, timeout_ms=1000)).values():
                    found[partition.partition] += batch
        return found
    finally:
        await consumer.stop()


def test_topics_are_made_as_the_rules_say_and_once(kafka: str, prefix: str) -> None:
    topics = {system.topic(prefix): PARTITIONS for system in SYSTEMS}

    async def scenario() -> None:
        made = await asyncio.gather(
            *(ensure_topics(kafka, SYSTEMS, PARTITIONS, topic_prefix=prefix) for _ in range(3))
        )
        assert made == [topics] * 3
        again = await ensure_topics(kafka, SYSTEMS, PARTITIONS + 5, topic_prefix=prefix)
        assert again == topics
        async with connected(kafka) as admin:
            for topic in topics:
                settings = await topic_settings(admin, topic)
                assert {name: settings[name] for name in RULES} == dict(RULES)
                assert settings["compression.type"] == "zstd"

    asyncio.run(scenario())


def test_a_topic_that_could_lose_records_is_refused(kafka: str, prefix: str) -> None:
    async def scenario() -> None:
        async with connected(kafka) as admin:
            forgetful = NewTopic(f"{prefix}.actions", 1, 1, topic_configs={"retention.ms": "60000"})
            await admin.create_topics([forgetful])
        with pytest.raises(TopicBreaksRules, match=r"retention\.ms is 60000, must be -1.*kafka-configs"):
            await ensure_topics(kafka, SYSTEMS, PARTITIONS, topic_prefix=prefix)

    asyncio.run(scenario())


def test_each_event_lies_where_its_position_and_its_key_say(kafka: str, prefix: str) -> None:
    async def scenario() -> None:
        events = [WaveCreated.new(wave_id=f"wave-{number}", title="Größe") for number in range(20)]
        async with publisher(kafka, prefix) as log:
            positions = [await log.publish(event) for event in events[:3]]
            positions += [position async for position in log.publish_many(events[3:])]
        found = await records(kafka, f"{prefix}.actions")
        for event, position in zip(events, positions, strict=True):
            record = found[position.partition][position.offset]
            assert record.value == encode(event)
            assert record.key == event.wave_id.encode()
            assert position.partition == partition_of(event.wave_id, PARTITIONS)
            assert str(position) == f"actions:{position.partition}:{position.offset}"
        assert sum(map(len, found.values())) == len(events)

    asyncio.run(scenario())


def test_a_stream_keeps_its_order_per_key(kafka: str, prefix: str) -> None:
    async def stream() -> AsyncIterator[ActionLogged]:
        for number in range(5_000):
            yield action(number)

    async def scenario() -> None:
        async with publisher(kafka, prefix) as log:
            positions = [position async for position in log.publish_many(stream())]
        assert len(set(positions)) == 5_000
        found = await records(kafka, f"{prefix}.actions")
        by_wave: dict[bytes, list[int]] = defaultdict(list)
        for partition in found.values():
            for record in partition:
                by_wave[record.key].append(int(json.loads(record.value)["action_id"]))
        assert sum(map(len, by_wave.values())) == 5_000
        assert all(numbers == sorted(numbers) for numbers in by_wave.values())

    asyncio.run(scenario())


def test_nothing_is_sent_of_a_list_with_an_invalid_event(kafka: str, prefix: str) -> None:
    async def scenario() -> None:
        far = datetime.now(UTC) + timedelta(minutes=6)
        forged = action(2).model_copy(update={"bucket": ""})
        async with publisher(kafka, prefix) as log:
            for bad, field in ((action(1).model_copy(update={"at": far}), "at"), (forged, "bucket")):
                with pytest.raises(InvalidEvent) as caught:
                    [position async for position in log.publish_many([action(0), bad])]
                assert caught.value.field == field
            # The same publisher goes on.
            assert isinstance(await log.publish(action(3)), Position)
        assert sum(map(len, (await records(kafka, f"{prefix}.actions")).values())) == 1

    asyncio.run(scenario())


def test_a_copy_goes_to_the_partition_it_is_for_with_its_header(kafka: str, prefix: str) -> None:
    async def scenario() -> None:
        now = datetime.now(UTC)
        hour = now.replace(minute=0, second=0, microsecond=0)
        weight = BucketWeightSet.new(bucket="b", multiplier=2, effective_from=hour, at=now)
        async with publisher(kafka, prefix) as log:
            for partition in range(PARTITIONS):
                header = ("groundswell-copy", str(partition).encode())
                delivery = await log.send(struct_from(weight), headers=[header], partition=partition)
                assert (await delivery).partition == partition
        found = await records(kafka, f"{prefix}.actions")
        for partition in range(PARTITIONS):
            (record,) = found[partition]
            assert record.headers == (("groundswell-copy", str(partition).encode()),)
            assert Codec(system="actions").decode(record.value) == struct_from(weight)

    asyncio.run(scenario())


def test_without_kafka_it_waits_and_then_says_so() -> None:
    async def scenario() -> None:
        began = time.monotonic()
        with pytest.raises(ServerUnreachable, match="groundswell up"):
            async with publisher("127.0.0.1:1", "none", connect_seconds_max=1.0):
                pass
        assert 0.9 < time.monotonic() - began < 5

    asyncio.run(scenario())


@pytest.fixture
def own_broker(stack: LocalStack) -> LocalStack:
    """The stack, when its Kafka is the tests' own to stop and kill."""
    if os.environ.get("GROUNDSWELL_KAFKA"):
        pytest.skip("Kafka's address is in the environment: it is not ours to stop")
    return stack


def test_a_silent_broker_is_never_a_yes(own_broker: LocalStack, prefix: str) -> None:
    async def scenario() -> None:
        async with publisher(own_broker.addresses.kafka, prefix, delivery_seconds_max=1.0) as log:
            await log.publish(action(0))
            own_broker.kill("kafka", signal.SIGSTOP)
            await log.publish(action(1))

    try:
        with pytest.raises(ServerUnreachable, match="did not acknowledge 1 event within 1 s"):
            asyncio.run(scenario())
    finally:
        own_broker.kill("kafka", signal.SIGCONT)


def test_a_broker_killed_and_started_again_has_every_event_once(own_broker: LocalStack, prefix: str) -> None:
    events = 6_000

    async def stream() -> AsyncIterator[ActionLogged]:
        for number in range(events):
            if number == events // 2:
                own_broker.kill("kafka", signal.SIGKILL)
                restart.append(asyncio.create_task(asyncio.to_thread(own_broker.up, print)))
            if number % 100 == 0:
                await asyncio.sleep(0.01)
            yield action(number)

    async def scenario() -> None:
        kafka = own_broker.addresses.kafka
        async with publisher(kafka, prefix) as log:
            positions = [position async for position in log.publish_many(stream())]
        await asyncio.gather(*restart)
        assert len(set(positions)) == events
        found = await records(kafka, f"{prefix}.actions")
        numbers = [json.loads(record.value)["action_id"] for batch in found.values() for record in batch]
        assert sorted(map(int, numbers)) == list(range(events))

    restart: list[asyncio.Task[object]] = []
    asyncio.run(scenario())


def surroundings(kafka: str, prefix: str) -> dict[str, str]:
    return os.environ | {
        "GROUNDSWELL_KAFKA": kafka,
        "GROUNDSWELL_TOPIC_PREFIX": prefix,
        "GROUNDSWELL_PARTITIONS": str(PARTITIONS),
    }


def command(
    kafka: str, prefix: str, *arguments: str, stdin: bytes = b"", postgres: str | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", "publish", *arguments],
        input=stdin,
        capture_output=True,
        env=surroundings(kafka, prefix) | ({} if postgres is None else {"GROUNDSWELL_POSTGRES": postgres}),
        check=False,
        timeout=60,
    )


def test_the_command_publishes_what_is_good_and_tells_what_is_not(kafka: str, prefix: str) -> None:
    good = [encode(action(number)) for number in range(500)]
    bad = json.dumps(ActionLogged.example() | {"quantity": -1}).encode()
    done = command(kafka, prefix, stdin=b"\n".join([*good[:100], bad, *good[100:]]))
    assert done.returncode == 1
    told = done.stderr.decode().splitlines()
    assert told[0] == "line 101: quantity: must be from 0 to 999999999999.999999, is -1"
    assert told[1].startswith("published 500 events in ")
    assert "acknowledged by all replicas; 1 lines were bad" in told[1]
    found = asyncio.run(records(kafka, f"{prefix}.actions"))
    assert sorted(record.value for batch in found.values() for record in batch) == sorted(good)
    last = [f"actions:{partition}:{len(batch) - 1}" for partition, batch in sorted(found.items()) if batch]
    assert done.stdout.decode().split() == last


def test_the_command_moves_a_past_to_now_at_a_rate_and_marks_it(
    kafka: str, prefix: str, postgres: str
) -> None:
    lines = [
        encode(action(day).model_copy(update={"at": datetime(2015, 9, 1 + day, tzinfo=UTC)}))
        for day in range(5)
    ]
    began = datetime.now(UTC)
    options = ("-", "--shift-to-now", "--historical", "--rate", "20", "--json")
    # The past holds the closing of hours, which Postgres knows.
    done = command(kafka, prefix, *options, stdin=b"\n".join(lines), postgres=postgres)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["published"], report["bad_lines"]) == (5, 0)
    assert report["seconds"] >= 0.2
    found = [
        record for batch in asyncio.run(records(kafka, f"{prefix}.actions")).values() for record in batch
    ]
    times = sorted(datetime.fromisoformat(json.loads(record.value)["at"]) for record in found)
    assert began <= times[-1] <= datetime.now(UTC)
    assert {later - earlier for earlier, later in pairwise(times)} == {timedelta(days=1)}
    assert {record.headers for record in found} == {(("groundswell-historical", b"1"),)}


def test_the_command_sends_what_a_slow_pipe_gives_at_once(kafka: str, prefix: str) -> None:
    arguments = [sys.executable, "-m", "deploy.cli", "publish"]
    environment = surroundings(kafka, prefix)
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, env=environment) as process:
        assert process.stdin is not None
        process.stdin.write(encode(action(0)) + b"\n")
        process.stdin.flush()
        deadline = time.monotonic() + 20
        found: dict[int, list[Any]] = {}
        while not found and time.monotonic() < deadline:
            time.sleep(0.3)
            found = asyncio.run(_records_if_any(kafka, f"{prefix}.actions"))
        assert found, "nothing came while the pipe was open"
        process.stdin.close()
        assert process.wait(timeout=20) == 0


def test_the_command_ends_on_ctrl_c_while_the_pipe_is_open(kafka: str, prefix: str) -> None:
    arguments = [sys.executable, "-m", "deploy.cli", "publish"]
    environment = surroundings(kafka, prefix)
    pipe = subprocess.PIPE
    with subprocess.Popen(arguments, env=environment, stdin=pipe, stderr=pipe) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(b"nonsense\n")
        process.stdin.flush()
        assert process.stderr.readline().startswith(b"line 1: not JSON")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 130
        assert b"Traceback" not in process.stderr.read()


async def _records_if_any(kafka: str, topic: str) -> dict[int, list[Any]]:
    async with connected(kafka) as admin:
        if topic not in await admin.list_topics():
            return {}
    return {partition: batch for partition, batch in (await records(kafka, topic)).items() if batch}
