"""The log's topics: one per system, kept for ever; made where missing, checked where not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any, ClassVar

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from events.catalogue import TOPIC_PREFIX_DEFAULT, System
from events.errors import GroundswellError, ServerUnreachable
from events.settings import PARTITIONS_DEFAULT

RECORD_BYTES_MAX = 1_048_576
REPLICAS_MAX = 3
CONNECT_SECONDS_MAX = 20.0
TOPIC_READY_SECONDS_MAX = 30.0
RETRY_SECONDS_FIRST = 0.1
RETRY_SECONDS_MAX = 2.0
REQUEST_SECONDS_MAX = 15.0

RULES: Mapping[str, str] = MappingProxyType(
    {
        # The log is the truth: nothing in it may ever be removed or merged.
        "retention.ms": "-1",
        "retention.bytes": "-1",
        "cleanup.policy": "delete",
        # When a record came is for the broker to say; an event's own time is judged by it.
        "message.timestamp.type": "LogAppendTime",
        "max.message.bytes": str(RECORD_BYTES_MAX),
    }
)
"""The settings that every topic of the log must have."""

_SETTINGS_WHEN_MADE = {**RULES, "compression.type": "zstd"}
_NO_ERROR = 0
_ALREADY_EXISTS = 36


class TopicBreaksRules(GroundswellError):
    """Set the topic's settings as the message says; what is lost already it cannot bring back."""

    code: ClassVar[str] = "topic_breaks_rules"


class TopicNotMade(GroundswellError):
    """Give the connection's user the right to create topics, or have the topic made as the README says."""

    code: ClassVar[str] = "topic_not_made"


async def ensure_topics(
    kafka: str,
    systems: Iterable[System],
    partitions: int = PARTITIONS_DEFAULT,
    *,
    topic_prefix: str = TOPIC_PREFIX_DEFAULT,
    connect_seconds_max: float = CONNECT_SECONDS_MAX,
) -> dict[str, int]:
    """Make the systems' topics where they are missing, check those that are there.

    Gives the number of partitions by topic; an existing topic keeps its number. Raises TopicBreaksRules,
    TopicNotMade, or ServerUnreachable after `connect_seconds_max`.
    """
    names = [system.topic(topic_prefix) for system in systems]
    async with connected(kafka, connect_seconds_max) as admin:
        existing = await _partition_counts(admin, names)
        missing = [name for name in names if name not in existing]
        if missing:
            await _make(admin, missing, partitions)
            existing = await _wait_until_ready(admin, names)
        for name in names:
            await check_topic(admin, name)
    return existing


async def check_topic(admin: AIOKafkaAdminClient, name: str) -> None:
    """Raise TopicBreaksRules when a setting of the topic could lose records or falsify their times."""
    found = await topic_settings(admin, name)
    wrong = [
        f"{setting} is {found.get(setting)}, must be {value}"
        for setting, value in RULES.items()
        if found.get(setting) != value
    ]
    if wrong:
        change = ",".join(f"{setting}={value}" for setting, value in RULES.items())
        raise TopicBreaksRules(
            f"topic {name}: {'; '.join(wrong)}. Set them with "
            f"`kafka-configs.sh --alter --entity-type topics --entity-name {name} --add-config {change}`"
        )


async def topic_settings(admin: AIOKafkaAdminClient, name: str) -> dict[str, str]:
    """All settings of a topic as the broker gives them, in text."""
    (response,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    (resource,) = response.resources
    error_code, message, entries = resource[0], resource[1], resource[4]
    if error_code != _NO_ERROR:
        raise TopicNotMade(f"topic {name}: its settings cannot be read: {message} (error {error_code})")
    return {entry[0]: entry[1] for entry in entries}


@asynccontextmanager
async def connected(
    kafka: str, seconds_max: float = CONNECT_SECONDS_MAX
) -> AsyncIterator[AIOKafkaAdminClient]:
    """A connection for administration; tries for `seconds_max`, then raises ServerUnreachable."""
    admin = await started(
        lambda: AIOKafkaAdminClient(
            bootstrap_servers=kafka, request_timeout_ms=round(REQUEST_SECONDS_MAX * 1000)
        ),
        kafka,
        seconds_max,
    )
    try:
        yield admin
    except (KafkaError, TimeoutError) as error:
        raise unreachable(kafka, error) from error
    finally:
        await admin.close()


async def started(make: Any, kafka: str, seconds_max: float) -> Any:
    """A started Kafka client: `make()` anew with growing pauses until one starts.

    Raises ServerUnreachable when none did within `seconds_max`.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds_max
    pause = RETRY_SECONDS_FIRST
    while True:
        client = make()
        try:
            async with asyncio.timeout_at(deadline):
                await client.start()
        except (KafkaError, TimeoutError, OSError) as error:
            await _stop(client)
            left = deadline - loop.time()
            if left <= 0:
                raise unreachable(kafka, error) from error
            await asyncio.sleep(min(pause, left))
            pause = min(2 * pause, RETRY_SECONDS_MAX)
        except BaseException:
            await _stop(client)
            raise
        else:
            return client


def unreachable(kafka: str, error: BaseException) -> ServerUnreachable:
    """What to tell when Kafka does not answer."""
    return ServerUnreachable(
        f"Kafka at {kafka} does not answer ({type(error).__name__}: {error}). Start the local stack with "
        "`groundswell up`, or set GROUNDSWELL_KAFKA to the host:port where Kafka is"
    )


async def _stop(client: Any) -> None:
    close = getattr(client, "stop", None) or client.close
    await close()


async def _make(admin: AIOKafkaAdminClient, names: list[str], partitions: int) -> None:
    brokers = len((await admin.describe_cluster())["brokers"])
    wanted = [
        NewTopic(name, partitions, min(REPLICAS_MAX, brokers), topic_configs=_SETTINGS_WHEN_MADE)
        for name in names
    ]
    response = await admin.create_topics(wanted, timeout_ms=round(REQUEST_SECONDS_MAX * 1000))
    for name, error_code, message in response.topic_errors:
        # Somebody else may have made it in between: then it is there, as wanted.
        if error_code not in (_NO_ERROR, _ALREADY_EXISTS):
            raise TopicNotMade(f"topic {name} could not be made: {message} (error {error_code})")


async def _wait_until_ready(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, int]:
    """The brokers learn of a new topic a moment after it is made."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + TOPIC_READY_SECONDS_MAX
    while len(existing := await _partition_counts(admin, names)) < len(names):
        if loop.time() > deadline:
            missing = ", ".join(name for name in names if name not in existing)
            raise TopicNotMade(
                f"topic {missing} was made but has no leader after {TOPIC_READY_SECONDS_MAX:.0f} s: "
                "see the broker's log"
            )
        await asyncio.sleep(RETRY_SECONDS_FIRST)
    return existing


async def _partition_counts(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, int]:
    """By topic the number of its partitions, for topics whose partitions all have a leader."""
    described = await admin.describe_topics(names)
    return {
        topic["topic"]: len(topic["partitions"])
        for topic in described
        if topic["error_code"] == _NO_ERROR
        and topic["partitions"]
        and all(partition["leader"] >= 0 for partition in topic["partitions"])
    }
