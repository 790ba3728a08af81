"""Brings what was gathered into Postgres, one flush at a time, for as long as an assignment lasts."""

import asyncio
from typing import Any, Final

import psycopg
import structlog
from psycopg import AsyncConnection

from projections.postgres.connection import (
    BY_INDEX,
    STATEMENT_TIMEOUT_MS,
    STATEMENT_TIMEOUT_MS_MAX,
    connect,
    is_fenced,
    until_postgres_answers,
)
from projections.postgres.flush import Flush, FlushWriter
from projections.postgres.positions import be_cautious, positions
from projections.redis.outbox import Entry
from streams.assignment import Assignment
from streams.cache_writer import CacheWriter
from streams.dead_letters import dead_letter
from streams.errors import Fenced, RecordRefusedByDatabase
from streams.gathering import Gathering
from streams.pace import FLUSHED_ROWS, FLUSHED_SECONDS
from streams.settling import settle

log = structlog.get_logger(__name__)

CATCH_UP_LOOK_SECONDS: Final = 0.05
CAUTION_DIVISOR: Final = 32
"""A flush that Postgres refuses is tried again in parts of this share, down to the one record."""


class Flusher:
    """Freezes and writes the gatherings of one assignment. Uses a connection of its own.

    ``cache`` hears of each flush once it is committed; nothing here waits for it."""

    def __init__(
        self, assignment: Assignment, writer: FlushWriter, url: str, cache: CacheWriter | None = None
    ) -> None:
        self._assignment = assignment
        self._writer = writer
        self._url = url
        self._cache = cache
        self._connection: AsyncConnection[Any] | None = None
        self._writing: asyncio.Future[None] | None = None
        self._statement_ms = self._usual_statement_ms

    @property
    def _usual_statement_ms(self) -> int:
        return self._assignment.pace.statement_ms or STATEMENT_TIMEOUT_MS

    async def run(self) -> None:
        """Until the assignment is revoked. Raises Fenced or RecordRefusedByDatabase: the process starts
        afresh."""
        assignment = self._assignment
        try:
            while not assignment.revoked.is_set():
                await self._until_worthwhile()
                if not assignment.gathering.is_empty:
                    await self._flush_next()
            await self._until_written()
        finally:
            if self._writing is not None:
                self._writing.cancel()
                await asyncio.gather(self._writing, return_exceptions=True)
            await self._drop_connection()

    async def flush_once(self) -> None:
        """Freezes what is gathered and commits it, however long that takes."""
        frozen = await self._freeze()
        await self._commit(frozen, await self._ready(frozen))

    async def _flush_next(self) -> None:
        """Behind, the next flush is made ready while the one before is written."""
        if not self._is_hurried:
            await self._until_written()
        frozen = await self._freeze()
        flush = await self._ready(frozen)
        await self._until_written()
        self._writing = asyncio.ensure_future(self._commit(frozen, flush))
        if not self._is_hurried:
            await self._until_written()

    @property
    def _is_hurried(self) -> bool:
        return self._assignment.is_behind and not self._assignment.is_cautious

    async def _until_written(self) -> None:
        """Raises what writing raised."""
        if self._writing is not None:
            writing = self._writing
            try:
                await asyncio.shield(writing)
            finally:
                if writing.done():
                    self._writing = None

    async def _freeze(self) -> Gathering:
        # A slice that is being folded waits for its states in between: it goes into one gathering as a whole.
        async with self._assignment.folding:
            return self._assignment.freeze()

    async def _ready(self, frozen: Gathering) -> Flush:
        """What was frozen, settled and as text."""
        try:
            await settle(frozen, self._assignment.settles)
        except Exception as error:  # noqa: BLE001 - our bug on what some record says
            await self._until_written()
            await self._refused(frozen, error)
        flush = self._flush(frozen)
        await self._writer.stage(flush)
        return flush

    async def _until_worthwhile(self) -> None:
        """Quiet: as soon as there is anything. Behind: once enough is gathered to make it cheap."""
        assignment = self._assignment
        async with assignment.changed:
            await assignment.changed.wait_for(
                lambda: assignment.revoked.is_set() or not assignment.gathering.is_empty
            )
        while self._gets_cheaper:  # noqa: ASYNC110 - the clock and Kafka decide here, not an event
            await asyncio.sleep(CATCH_UP_LOOK_SECONDS)

    @property
    def _gets_cheaper(self) -> bool:
        """Whether more is folded soon that the next flush can take along."""
        assignment, gathering = self._assignment, self._assignment.gathering
        return (
            assignment.is_behind
            and not assignment.revoked.is_set()
            and gathering.rows < FLUSHED_ROWS
            # Few rows may say much; folding waits then.
            and not gathering.is_full
            and gathering.age_seconds < FLUSHED_SECONDS
            and not assignment.is_cautious
        )

    async def _commit(self, frozen: Gathering, flush: Flush) -> None:
        in_doubt = False
        left: int | None = None

        async def attempt() -> None:
            nonlocal in_doubt, left
            if in_doubt and await self._has_moved(flush):
                return
            in_doubt = True
            left = await self._write(flush)

        try:
            await until_postgres_answers("flush", attempt)
            self._statement_ms = self._usual_statement_ms
        except psycopg.Error as error:
            if is_fenced(error):
                raise Fenced(f"{self._writer.generation.system}: {str(error).strip()}") from error
            await self._refused(frozen, error)
        if self._cache is not None and flush.touched is not None:
            self._cache.hand_over(Entry(left, flush.touched, flush.numbers))
        self._assignment.committed(frozen)
        await self._assignment.notify()

    def _flush(self, gathering: Gathering) -> Flush:
        flush = gathering.flush()
        if self._cache is not None:
            flush.touched = self._cache.finder.find(flush.counters, flush.states, gathering.refreshed)
        return flush

    async def _has_moved(self, flush: Flush) -> bool:
        """After a failure: did the transaction commit all the same? Raises Fenced where somebody else went
        on."""
        try:
            now = await positions(
                await self._connected(),
                self._writer.generation,
                self._assignment.topic,
                [move.partition for move in flush.moves],
            )
        except BaseException:
            await self._drop_connection()
            raise
        stands = {(p.partition, p.epoch, p.flushes) for p in now.values()}
        if stands == {(move.partition, move.epoch, move.flushes + 1) for move in flush.moves}:
            return True
        if stands == {(move.partition, move.epoch, move.flushes) for move in flush.moves}:
            return False
        raise Fenced(
            f"{self._writer.generation.system}: positions moved under a flush in doubt: {sorted(stands)}"
        )

    async def _refused(self, frozen: Gathering, error: Exception) -> None:
        """What one record of the flush says cannot be settled, or Postgres refuses it: closes in on it, or
        puts it aside when it is alone. Always raises."""
        generation, topic = self._writer.generation, self._assignment.topic
        kind = error.sqlstate if isinstance(error, psycopg.Error) else type(error).__name__
        reason = f"{kind} {str(error).strip()}"
        log.error("flush_refused", records=frozen.records, kind=kind, error=str(error).strip())
        if frozen.only is not None:
            partition, record = frozen.only
            aside = frozen.aside(
                dead_letter(generation.system, generation.number, topic, partition, record, error)
            )
            await until_postgres_answers("dead_letter", lambda: self._write(self._flush(aside)))
            raise RecordRefusedByDatabase(
                f"{topic}:{partition}:{record.offset} is a dead letter now: {reason}"
            )
        until = {move.partition: move.next_offset for move in frozen.moves.values()}
        records = max(1, frozen.records // CAUTION_DIVISOR)
        await until_postgres_answers("caution", lambda: self._be_cautious(until, records))
        raise RecordRefusedByDatabase(
            f"one of {frozen.records} records is refused, trying {records} at a time: {reason}"
        )

    async def _be_cautious(self, until: dict[int, int], records: int) -> None:
        connection = await self._connected()
        await be_cautious(connection, self._writer.generation, self._assignment.topic, until, records)

    async def _write(self, flush: Flush) -> int | None:
        try:
            return await self._writer.write(await self._connected(), flush)
        except psycopg.errors.QueryCanceled:
            # A frozen flush grows no smaller: on a slow server it needs more time, or it would never end.
            self._statement_ms = min(self._statement_ms * 2, STATEMENT_TIMEOUT_MS_MAX)
            await self._drop_connection()
            raise
        except BaseException:
            await self._drop_connection()
            raise

    async def _connected(self) -> AsyncConnection[Any]:
        if self._connection is None:
            limits = {
                "statement_timeout": str(self._statement_ms),
                "lock_timeout": str(self._assignment.pace.lock_ms),
            }
            connection = await connect(self._url, synchronous_commit="off", **limits, **BY_INDEX)
            await self._writer.prepare(connection)
            self._connection = connection
        return self._connection

    async def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
