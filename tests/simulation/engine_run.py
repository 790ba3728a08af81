"""Drives the real engine over a simulated log, without Kafka, one step at a time as the caller decides.

A log is a list of records per partition. An :class:`Owner` is a worker process between two rebalances:
it takes partitions over, folds batches, flushes, visits chores and dies, each when it is told to.
"""

import asyncio
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from events.catalogue import Catalogue
from events.codec import Codec
from events.settings import Settings
from projections.postgres.connection import PatientReader, connect
from projections.postgres.flush import FlushWriter
from projections.postgres.generations import Generation
from streams.assignment import Assignment, OwnedPartition
from streams.batch import Batch
from streams.cache_writer import CacheWriter
from streams.chores import visit_page
from streams.engine import Engine
from streams.engine_tables import ENGINE_TABLES
from streams.flusher import Flusher
from streams.slice_fold import SliceFold
from streams.state_loader import StateLoader
from streams.system import StreamSystem
from streams.takeover import own
from tests.simulation.oracle_envelope import LogRecord
from tests.simulation.random_streams import Instruction

_WRITERS: dict[tuple[int, Generation], tuple[StreamSystem, FlushWriter]] = {}


@dataclass(slots=True)
class StoredRecord:
    """A record as the engine reads it (`streams.batch.Record`)."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


class SimulatedLog:
    """Records by partition in the order of offsets, which may have gaps as control records leave them."""

    def __init__(self, partitions: int) -> None:
        self.partitions = partitions
        self.records: dict[int, list[StoredRecord]] = {partition: [] for partition in range(partitions)}
        self.ends = dict.fromkeys(range(partitions), 0)
        self.newest_ms = 0

    def append(self, instruction: Instruction, gap: int = 0) -> None:
        """At the end of its partition, behind ``gap`` offsets without a record."""
        offset = self.ends[instruction.partition] + gap
        self.newest_ms = max(self.newest_ms, instruction.appended_ms)
        self.records[instruction.partition].append(
            StoredRecord(offset, self.newest_ms, instruction.key, instruction.value, instruction.headers)
        )
        self.ends[instruction.partition] = offset + 1

    def append_control(self, partition: int) -> None:
        """A control record: an offset at which nothing can be read."""
        self.ends[partition] += 1

    def read(self, partition: int, start: int, records_max: int) -> tuple[list[StoredRecord], int]:
        """Records from ``start`` on, and the position behind them, as a fetch gives them."""
        kept = self.records[partition]
        first = bisect_left(kept, start, key=lambda record: record.offset)
        found = kept[first : first + records_max]
        reaches_end = first + len(found) == len(kept)
        return found, self.ends[partition] if reaches_end else found[-1].offset + 1

    def for_oracle(self) -> list[LogRecord]:
        """Everything, as the oracle reads it."""
        return [
            LogRecord(partition, r.offset, r.timestamp, r.key, r.value, tuple(r.headers))
            for partition, records in self.records.items()
            for r in records
        ]


class Owner:
    """Partitions in the hands of one worker, made by the functions that the engine uses on assignment. With a
    `cache` it has what is committed written into Redis all the while."""

    def __init__(
        self,
        engine: Engine,
        assignment: Assignment,
        log: SimulatedLog,
        url: str,
        cache: CacheWriter | None = None,
    ) -> None:
        self.engine = engine
        self.assignment = assignment
        self.log = log
        self._reader = PatientReader(url)
        writer = _writer(engine)
        loader = StateLoader(self._reader, writer.states, assignment.cache)
        codec = Codec(Catalogue([engine.system.events]), engine.system.name)
        assignment.topic_partitions = log.partitions
        assignment.fold = SliceFold(engine.system, codec, log.partitions, engine.generation, loader)
        assignment.ready.set()
        self.flusher = Flusher(assignment, writer, url, cache)
        self._flushing = asyncio.Lock()
        self._caching = None if cache is None else asyncio.ensure_future(cache.run())

    @classmethod
    async def take_over(
        cls, engine: Engine, url: str, log: SimulatedLog, partitions: Iterable[int],
        *, cached_rows_max: int | None = None, gathered_rows_max: int | None = None,
        cache: CacheWriter | None = None,
    ) -> Self:  # fmt: skip
        """These partitions are taken over; whoever had them before is fenced from now on."""
        assignment = Assignment(
            engine.topic, set(partitions), engine.system.model.tables, fold=engine.system.fold
        )
        if cached_rows_max is not None:
            assignment.cache.rows_max = cached_rows_max
        if gathered_rows_max is not None:
            assignment.gathered_rows_max = assignment.gathering.rows_max = gathered_rows_max
        connection = await connect(url)
        try:
            await own(connection, engine.generation, assignment)
            if cache is not None:
                flushes = {number: owned.flushes for number, owned in assignment.partitions.items()}
                await cache.take_over(connection, flushes)
        finally:
            await connection.close()
        return cls(engine, assignment, log, url, cache)

    @property
    def partitions(self) -> dict[int, OwnedPartition]:
        return self.assignment.partitions

    @property
    def behind(self) -> list[int]:
        """The partitions that hold something to read."""
        return [p for p, owned in self.partitions.items() if owned.position < self.log.ends[p]]

    @property
    def with_chores(self) -> list[int]:
        """The partitions with a chore whose rows are all committed."""
        return [p for p, owned in self.partitions.items() if owned.has_chore]

    @property
    def has_unwritten(self) -> bool:
        """Whether something is folded and not committed."""
        return not self.assignment.gathering.is_empty

    def fetched(self, partition: int, records_max: int) -> Batch:
        """What a fetch at the position in memory brings of a partition."""
        position = self.partitions[partition].position
        records, end = self.log.read(partition, position, records_max)
        size = sum(len(record.value or b"") for record in records)
        return Batch(self.assignment, partition, position, end, self.log.ends[partition], records, size)

    async def fold(self, *partitions: int, records_max: int) -> None:
        """Fetches the partitions together, so many records of each at the most, and folds them."""
        batches = [self.fetched(partition, records_max) for partition in partitions]
        self.engine.credit.take(sum(batch.size_bytes for batch in batches))
        taking = asyncio.ensure_future(self.engine.take(batches))
        while not taking.done():
            full = asyncio.ensure_future(self._until_full())
            await asyncio.wait((taking, full), return_when=asyncio.FIRST_COMPLETED)
            full.cancel()
            if not taking.done():
                await self._flush_if_full()
        taking.result()

    async def _until_full(self) -> None:
        """Until folding waits for a flush, because the gathering is full."""
        async with self.assignment.changed:
            await self.assignment.changed.wait_for(lambda: self.assignment.gathering.is_full)

    async def _flush_if_full(self) -> None:
        async with self._flushing:
            # Whoever flushed meanwhile has made room.
            if self.assignment.gathering.is_full:
                await self.flusher.flush_once()

    async def visit_chore(self, partition: int) -> None:
        """A page of the partition's first chore."""
        owned, fold = self.partitions[partition], self.assignment.fold
        assert fold is not None, "an owner is made with its fold"
        schema = self.engine.generation.schema
        await visit_page(self._reader, schema, owned, fold, self.assignment.gathering)

    async def flush(self) -> None:
        """Commits what is folded. Raises Fenced when somebody took the partitions over."""
        async with self._flushing:
            await self.flusher.flush_once()

    async def die(self) -> None:
        """What is folded and not committed is gone; the connections end as those of a killed process do."""
        self.assignment.revoked.set()
        if self._caching is not None:
            self._caching.cancel()
            await asyncio.gather(self._caching, return_exceptions=True)
        await self._reader.close()
        # Revoked, so this only closes the flusher's connection.
        await self.flusher.run()

    async def catch_up(self, records_max: int = 1_000) -> None:
        """Folds and flushes until there is nothing left to read, to write or to do."""
        while self.behind or self.with_chores or self.has_unwritten:
            if self.behind:
                await self.fold(*self.behind, records_max=records_max)
            if self.with_chores and not self.has_unwritten:
                await self.visit_chore(self.with_chores[0])
            if self.has_unwritten:
                await self.flush()


def _writer(engine: Engine) -> FlushWriter:
    """One for all owners: it holds SQL and nothing else, and composing that would be a third of the time."""
    place = (id(engine.system), engine.generation)
    if place not in _WRITERS:
        # With its system, so that no other one ever has its id.
        writer = FlushWriter(engine.generation, engine.system.model, ENGINE_TABLES)
        _WRITERS[place] = engine.system, writer
    return _WRITERS[place][1]


async def prepared(system: StreamSystem, settings: Settings) -> Engine:
    """An engine whose tables and generation exist."""

    def fail(error: BaseException) -> None:
        raise error

    engine = Engine(system, settings, fail)
    await engine.prepare()
    return engine


async def unpublished_copies(connection: Any, log: SimulatedLog) -> list[tuple[tuple[Any, ...], Instruction]]:
    """The outbox as the relay reads it: the key of each row and the record to append."""
    cursor = await connection.execute(
        "SELECT system, decision, nominal_time, part, partition, record_key, record_value, header"
        " FROM groundswell.outbox WHERE published_at IS NULL ORDER BY nominal_time, part"
    )
    found = []
    for *key, partition, record_key, record_value, header in await cursor.fetchall():
        name, _, text = header.partition("=")
        headers = ((name, text.encode()),)
        found.append(
            (tuple(key), Instruction(record_key, record_value, partition, headers, log.newest_ms, "copy"))
        )
    return found


async def mark_published(connection: Any, key: tuple[Any, ...]) -> None:
    """What the relay does after all replicas have the record."""
    await connection.execute(
        "UPDATE groundswell.outbox SET published_at = now()"
        " WHERE system = %s AND decision = %s AND nominal_time = %s AND part = %s",
        key,
    )
