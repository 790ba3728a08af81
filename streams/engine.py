"""The engine of one system in one worker: from batches to committed tables.

Kafka assigns partitions: an :class:`Assignment` is made at once and filled from Postgres in the background.
Batches are folded into its gathering; its flusher commits. Kafka revokes: the assignment is dropped as a
whole; a flush on its way either commits, because nobody else took over yet, or is fenced and loses nothing.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from typing import Any, Final

import structlog
from aiokafka.errors import KafkaError

from events.catalogue import Catalogue
from events.codec import Codec
from events.settings import Settings
from projections.postgres.connection import PatientReader, connect, until_postgres_answers
from projections.postgres.flush import FlushWriter
from projections.postgres.generations import (
    Generation,
    active_generation,
    parameters_of,
)
from projections.postgres.migrations import migrate
from streams.active_watch import watch_active
from streams.assignment import Assignment, OwnedPartition
from streams.batch import Batch
from streams.cache_writer import CacheWriter
from streams.chores import visit_page
from streams.credit import Credit
from streams.deaths import count_death
from streams.engine_tables import ENGINE_TABLES
from streams.errors import BatchLost, Fenced, FoldChanged
from streams.flusher import Flusher
from streams.pace import BULK, LIVE
from streams.slice_fold import SliceFold
from streams.slice_work import Slice
from streams.state_loader import StateLoader
from streams.system import StreamSystem
from streams.takeover import check_log, own

log = structlog.get_logger(__name__)

KAFKA_PAUSE_SECONDS: Final = 0.5


class Engine:
    """Folds what it is given. ``fail`` hears of whatever only a fresh process can mend.

    A live engine folds into the active generation; one that ``replays`` a generation folds into that, and
    does nothing else: no cache, no jobs. Flushes keep the windows of a generation up to date unless
    ``keeps_windows`` is false. ``after_death``: the process before this one died uncleanly.
    """

    def __init__(
        self,
        system: StreamSystem,
        settings: Settings,
        fail: Callable[[BaseException], None],
        *,
        replays: Generation | None = None,
        keeps_windows: bool = True,
        after_death: bool = False,
    ) -> None:
        self.system = system
        self.topic = system.events.topic(settings.topic_prefix)
        self.is_live = replays is None
        self.keeps_windows = keeps_windows
        self._after_death = after_death
        self.credit = Credit()
        self.assignment: Assignment | None = None
        self.folded_records = 0
        self._is_draining = False
        self._settings = settings
        self.fail = fail
        self._codec = Codec(Catalogue([system.events]), system.name)
        self._generation = replays
        self.cache: CacheWriter | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def prepare(self) -> None:
        """Migrates, and finds or makes the generation that this worker folds into. Waits for Postgres.

        Raises FoldChanged where its rows were folded by other rules than this release has.
        """
        parameters = parameters_of(self.system.model, self._settings)

        async def attempt() -> Generation:
            connection = await connect(self._settings.postgres)
            try:
                await migrate(connection)
                return await active_generation(
                    connection, self.system.model, self.system.fold.version, parameters
                )
            finally:
                await connection.close()

        found = await until_postgres_answers("start", attempt)
        if found.fold_version != self.system.fold.version:
            raise FoldChanged(
                f"generation {found.number} of {self.system.name} was folded by version {found.fold_version}"
                f" of the rules, this release folds by version {self.system.fold.version}: run"
                f" `groundswell rebuild {self.system.name} --promote`"
            )
        if found.parameters != parameters:
            log.warning(
                "parameters_wait_for_rebuild",
                system=self.system.name,
                generation_has=dict(found.parameters),
                settings_say=parameters,
                next=f"groundswell rebuild {self.system.name} --promote",
            )
        self._generation = found
        if self.system.model.cached is not None and self._settings.redis_address is not None:
            url = self._settings.postgres
            self.cache = CacheWriter(self.system.model, found, url, self._settings.redis_address)
            self._run(self.cache.run())

    @property
    def generation(self) -> Generation:
        assert self._generation is not None, "prepare() comes first"
        return self._generation

    def revoke(self) -> None:
        """Kafka takes the partitions away: everything in memory goes."""
        assignment, self.assignment = self.assignment, None
        if assignment is not None:
            assignment.revoked.set()
            self.credit.reset()
            if self.cache is not None:
                self.cache.disown()
            self._run(assignment.notify())

    def assign(self, partitions: set[int]) -> None:
        """Kafka gives partitions. Returns at once; batches are fetched when Postgres has told the
        positions."""
        self.revoke()
        if partitions:
            pace = LIVE if self.keeps_windows else BULK
            self.assignment = Assignment(
                self.topic,
                partitions,
                self.system.model.tables,
                pace,
                self.system.fold,
                self._settings.cached_rows,
            )
            self._run(self._serve(self.assignment))

    async def take(self, batches: Sequence[Batch]) -> None:
        """Folds the batches of one fetch, a portion at a time. Waits while the gathering is full."""
        assignment = batches[0].assignment
        if assignment.revoked.is_set():
            return
        for batch in batches:
            owned = assignment.partitions[batch.partition]
            if batch.start != owned.position:
                raise BatchLost(
                    f"{self.topic}:{batch.partition}: a batch begins at {batch.start},"
                    f" the position is {owned.position}"
                )
            owned.highwater = max(batch.highwater, batch.end)
        for portion in self._portions(assignment, _in_turn(assignment, batches)):
            is_cautious = assignment.is_cautious
            left: Sequence[Slice] = portion
            while left:
                await assignment.until_room()
                async with assignment.folding:
                    if assignment.revoked.is_set() or self._is_draining:
                        return
                    left = await self._fold(assignment, left)
                await assignment.notify()
            if is_cautious:
                await assignment.until_committed()
            # Whatever else waits to run: a flush, a revocation, an answer of Kafka.
            await asyncio.sleep(0)
        if not assignment.revoked.is_set():
            self.credit.give_back(sum(batch.size_bytes for batch in batches))

    def _portions(self, assignment: Assignment, batches: Sequence[Batch]) -> Iterator[list[Slice]]:
        """The batches cut up: slices of several partitions together, as long as a portion is small."""
        portion: list[Slice] = []
        usual = assignment.pace.portion_records
        for batch in batches:
            owned = assignment.partitions[batch.partition]
            first, is_last = 0, False
            while not is_last:
                if portion and owned.is_cautious:
                    yield portion
                    portion = []
                room = owned.records_max(usual) - _records_in(portion)
                records = batch.records[first : first + room]
                first += len(records)
                is_last = first == len(batch.records)
                portion.append(Slice(owned, records, batch.end if is_last else records[-1].offset + 1))
                if len(records) == room:
                    yield portion
                    portion = []
        if portion:
            yield portion

    async def _fold(self, assignment: Assignment, portion: Sequence[Slice]) -> Sequence[Slice]:
        """Folds the portion; answers what is left of it because the gathering is full."""
        assert assignment.fold is not None, "batches are fetched for ready assignments only"
        left = await assignment.fold.portion(portion, assignment.gathering)
        self.folded_records += _records_in(portion) - _records_in(left)
        return left

    async def drain(self) -> None:
        """Before a clean end: folds no more, and waits until everything that is folded is committed."""
        self._is_draining = True
        assignment = self.assignment
        if assignment is not None and assignment.ready.is_set():
            async with assignment.changed:
                await assignment.changed.wait_for(lambda: assignment.revoked.is_set() or assignment.is_clean)

    async def _serve(self, assignment: Assignment) -> None:
        """Takes the partitions over, then flushes and does chores until they are revoked."""
        await until_postgres_answers("take over", lambda: self._take_over(assignment))
        if assignment.revoked.is_set():
            return
        url = self._settings.postgres
        reader = PatientReader(url)
        writer = FlushWriter(self.generation, self.system.model, ENGINE_TABLES, windows=self.keeps_windows)
        loader = StateLoader(reader, writer.states, assignment.cache)
        assignment.fold = SliceFold(
            self.system, self._codec, assignment.topic_partitions, self.generation, loader
        )
        assignment.ready.set()
        log.info("taken_over", system=self.system.name, partitions=sorted(assignment.partitions))
        try:
            works = [Flusher(assignment, writer, url, self.cache).run(), self._do_chores(assignment, reader)]
            if self.is_live:
                works.append(watch_active(url, self.generation, assignment.revoked))
            await asyncio.gather(*works)
        except Fenced:
            if not assignment.revoked.is_set():
                raise
            log.info("fenced_after_revocation", system=self.system.name)
        finally:
            await reader.close()

    async def _take_over(self, assignment: Assignment) -> None:
        if assignment.revoked.is_set():
            # Others own the partitions by now: an epoch counted up here would fence them.
            return
        connection = await connect(self._settings.postgres)
        try:
            if assignment.revoked.is_set():
                return
            await own(connection, self.generation, assignment)
            if self.cache is not None:
                flushes = {partition: owned.flushes for partition, owned in assignment.partitions.items()}
                await self.cache.take_over(connection, flushes)
            while not assignment.revoked.is_set():
                try:
                    await check_log(self._settings, connection, assignment)
                    self._cut(assignment)
                    if self._after_death:
                        # Before: a commit in doubt is not counted twice.
                        self._after_death = False
                        await count_death(connection, self.generation, assignment)
                    return
                except (KafkaError, OSError) as error:
                    log.warning("kafka_wait", doing="check the log", error=repr(error))
                    await asyncio.sleep(KAFKA_PAUSE_SECONDS)
        finally:
            await connection.close()

    def _cut(self, assignment: Assignment) -> None:
        """Of the log there is no more to fold than as far as the generation goes."""
        until = self.generation.until_offsets
        if until is not None:
            for partition, owned in assignment.partitions.items():
                owned.highwater = min(owned.highwater, until.get(partition, 0))

    async def _do_chores(self, assignment: Assignment, reader: PatientReader) -> None:
        """A page of one chore at a time, each after the one before is committed."""

        def next_chore() -> OwnedPartition | None:
            if assignment.is_cautious:
                return None
            return next((owned for owned in assignment.partitions.values() if owned.has_chore), None)

        while not assignment.revoked.is_set():
            async with assignment.changed:
                await assignment.changed.wait_for(
                    lambda: assignment.revoked.is_set() or next_chore() is not None
                )
            async with assignment.folding:
                owned = next_chore()
                if assignment.revoked.is_set() or owned is None or assignment.fold is None:
                    continue
                await visit_page(reader, self.generation.schema, owned, assignment.fold, assignment.gathering)
            await assignment.notify()
            await assignment.until_committed()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.fail(error)


def _records_in(slices: Iterable[Slice]) -> int:
    """How many there are."""
    return sum(len(part.records) for part in slices)


def _in_turn(assignment: Assignment, batches: Sequence[Batch]) -> Sequence[Batch]:
    """Whoever is cautious begins at the one end, and its successor at the other: where a record kills them,
    the other partitions go on, and only that one's position stays."""
    if not assignment.is_cautious:
        return batches
    owners = max(owned.epoch for owned in assignment.partitions.values())
    return sorted(batches, key=lambda batch: batch.partition, reverse=owners % 2 == 0)
