"""Taking partitions over: counts a new owner, finds where to go on, and makes sure that the log is still the
same."""

from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from psycopg import AsyncConnection

from events.settings import Settings
from projections.postgres.generations import Generation
from projections.postgres.positions import Position, record_partitions, take_over
from streams.assignment import Assignment, OwnedPartition
from streams.chores import PendingChore
from streams.duplicates import DUPLICATE_WINDOW_OFFSETS, unpacked_offsets
from streams.engine_tables import ChoreRow
from streams.errors import LogChanged, PartitionsChanged
from streams.slice_fold import checksum
from streams.state_cache import PartitionStates

log = structlog.get_logger(__name__)

CHECK_TIMEOUT_MS: Final = 10_000
"""How long one attempt to read the record before a position may take."""


async def own(connection: AsyncConnection[Any], generation: Generation, assignment: Assignment) -> None:
    """Fills the assignment from the tables. Raises psycopg errors; may be called again."""
    rows = await take_over(connection, generation, assignment.topic, assignment.requested)
    for partition, row in rows.items():
        owned = OwnedPartition(
            topic=assignment.topic,
            partition=partition,
            epoch=row.epoch,
            position=row.next_offset,
            states=PartitionStates(partition, assignment.cache, generation.parameters),
            committed=row.next_offset,
            flushes=row.flushes,
            cautious_until=row.cautious_until,
            cautious_records=row.cautious_records,
        )
        await _load_window(connection, generation, owned)
        await _load_chores(connection, generation, owned)
        assignment.partitions[partition] = owned
    assignment.taken_over_from = rows


async def _load_window(
    connection: AsyncConnection[Any], generation: Generation, owned: OwnedPartition
) -> None:
    cursor = await connection.execute(
        "SELECT ids, offsets FROM groundswell.applied_ids WHERE system = %s AND generation = %s"
        " AND topic = %s AND partition = %s AND last_offset >= %s ORDER BY last_offset",
        (
            generation.system, generation.number, owned.topic, owned.partition,
            owned.position - DUPLICATE_WINDOW_OFFSETS,
        ),
    )  # fmt: skip
    rows = await cursor.fetchall()
    owned.window.add(
        b"".join(ids for ids, _ in rows), unpacked_offsets(b"".join(offsets for _, offsets in rows))
    )


async def _load_chores(
    connection: AsyncConnection[Any], generation: Generation, owned: OwnedPartition
) -> None:
    cursor = await connection.execute(
        "SELECT cause_offset, ordinal, caused_ms, kind, arguments, cursor FROM groundswell.chores"
        " WHERE system = %s AND generation = %s AND topic = %s AND partition = %s"
        " ORDER BY cause_offset, ordinal",
        (generation.system, generation.number, owned.topic, owned.partition),
    )
    owned.chores += [
        PendingChore(ChoreRow(generation.system, generation.number, owned.topic, owned.partition, *row))
        for row in await cursor.fetchall()
    ]


async def known_partitions(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
    """The partitions of the topic as Kafka knows them now; none when it does not know the topic (yet)."""
    await consumer._client.force_metadata_update()
    await consumer._client.fetch_all_metadata()
    return set(consumer._client.cluster.partitions_for_topic(topic) or ())


async def check_log(settings: Settings, connection: AsyncConnection[Any], assignment: Assignment) -> None:
    """The topic still is the log that was folded: its partitions, its extent, and the record before each
    position.

    Raises LogChanged or PartitionsChanged, which stop the system; KafkaError when Kafka does not answer.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka, enable_auto_commit=False, request_timeout_ms=CHECK_TIMEOUT_MS
    )
    await consumer.start()
    try:
        known = await known_partitions(consumer, assignment.topic)
        await _check_partitions(connection, assignment.topic, len(known))
        assignment.topic_partitions = len(known)
        places = [TopicPartition(assignment.topic, partition) for partition in assignment.partitions]
        beginnings = await consumer.beginning_offsets(places)
        ends = await consumer.end_offsets(places)
        for place in places:
            row = assignment.taken_over_from[place.partition]
            _check_extent(row, beginnings[place], ends[place])
            assignment.partitions[place.partition].highwater = ends[place]
            if row.last_offset is not None:
                await _check_record(consumer, place, row)
    finally:
        await consumer.stop()


async def _check_partitions(connection: AsyncConnection[Any], topic: str, partitions: int) -> None:
    if partitions == 0:
        raise KafkaError(f"topic {topic} is not known to Kafka yet")
    began_with = await record_partitions(connection, topic, partitions)
    if began_with != partitions:
        raise PartitionsChanged(
            f"topic {topic} has {partitions} partitions, its log began with {began_with}: keys have moved."
            f" Make a new topic with {partitions} partitions, copy the log into it and rebuild"
        )


def _check_extent(row: Position, beginning: int, end: int) -> None:
    if beginning > (row.next_offset if row.last_offset is None else row.last_offset):
        raise LogChanged(
            f"{row.topic}:{row.partition} begins at offset {beginning}, the position is {row.next_offset}:"
            " records were removed from the log. Restore the topic"
            " (retention.ms and retention.bytes must be -1)"
        )
    if end < row.next_offset:
        raise LogChanged(
            f"{row.topic}:{row.partition} ends at offset {end}, the position is {row.next_offset}: the topic"
            " was recreated or cut. Restore it, or start over with an empty database"
        )


async def _check_record(consumer: AIOKafkaConsumer, place: TopicPartition, row: Position) -> None:
    assert row.last_offset is not None
    consumer.assign([place])
    consumer.seek(place, row.last_offset)
    found = await consumer.getmany(place, timeout_ms=CHECK_TIMEOUT_MS, max_records=1)
    records = found.get(place)
    if not records:
        raise KafkaError(f"{place.topic}:{place.partition} did not answer offset {row.last_offset} in time")
    if records[0].offset != row.last_offset or checksum(records[0]) != row.last_checksum:
        raise LogChanged(
            f"{place.topic}:{place.partition} has another record at offset {row.last_offset} than the one"
            " that was folded: the topic was recreated. Restore it, or start over with an empty database"
        )
