"""A replay: the engine without Faust, folding a share of the log into a generation that is not active.

``python -m streams.replay SYSTEM GENERATION SHARE/OF [--follow]`` folds the partitions whose number divided
by OF leaves SHARE, from the generation's positions on. It ends where the generation does (``until_offsets``),
or follows the log until SIGTERM. Positions are moved by compare-and-set as a worker's are: of two replays of
one partition the later one goes on. Crash-only: a fresh process goes on where the tables say.
"""

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NoReturn

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from events.errors import WrongUsage
from events.settings import Settings, settings
from projections.postgres.connection import connect, until_postgres_answers
from projections.postgres.generations import Generation, generations
from projections.postgres.positions import newest_appended_at
from streams.assignment import Assignment, OwnedPartition
from streams.batch import Batch
from streams.engine import KAFKA_PAUSE_SECONDS, Engine
from streams.errors import LogChanged
from streams.fetching import BATCH_RECORDS_MAX, batches_of, positions_of
from streams.fetching_together import fetch_together
from streams.housekeeping import keep_house
from streams.kept_process import began_after_death
from streams.process import end_with, leave, set_up_logging, tune_memory, watch_parent
from streams.system import StreamSystem, system_named
from streams.takeover import known_partitions

log = structlog.get_logger(__name__)

FETCH_BYTES_MAX: Final = 1 << 20
"""Compressed bytes of one partition in a fetch; a larger record batch still comes whole."""
FETCH_WAIT_MS: Final = 200
DRAIN_SECONDS_MAX: Final = 8.0


@dataclass(frozen=True)
class Share:
    """The partitions whose number divided by ``of`` leaves ``number``."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> "Share":
        """`0/2` is the first half."""
        number, _, of = text.partition("/")
        if not (number.isdecimal() and of.isdecimal() and int(number) < int(of)):
            raise WrongUsage(f"{text!r} is no share: give NUMBER/OF, for example 0/2")
        return cls(int(number), int(of))

    def of_partitions(self, partitions: int) -> set[int]:
        """Those of this many that fall to the share."""
        return {partition for partition in range(partitions) if partition % self.of == self.number}


class Replay:
    """Folds a share of the log into one generation. ``keeps_windows``: flushes recompute the windows that
    they touch, as a live worker's do; without, somebody recomputes all of them afterwards."""

    def __init__(
        self,
        system: StreamSystem,
        generation: Generation,
        share: Share,
        settings: Settings,
        *,
        keeps_windows: bool,
    ) -> None:
        self.system = system
        self.generation = generation
        self.share = share
        self.settings = settings
        self.stopping = asyncio.Event()
        self.engine = Engine(
            system,
            settings,
            self._fail,
            replays=generation,
            keeps_windows=keeps_windows,
            after_death=began_after_death(),
        )
        self._tasks: list[asyncio.Task[Any]] = []

    async def run(self) -> None:
        """Until the generation's end, or until told to stop; what is folded is committed then."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopping.set)
        self._begin(watch_parent(self.system.name))
        consumer = await self._started_consumer()
        partitions = self.share.of_partitions(await self._partitions(consumer))
        if partitions and not self.stopping.is_set():
            await self._replay(consumer, await self._taken_over(partitions))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.engine.drain(), DRAIN_SECONDS_MAX)
            await asyncio.wait_for(consumer.stop(), DRAIN_SECONDS_MAX)
        log.info("replay_stopped", system=self.system.name, folded=self.engine.folded_records)

    async def _replay(self, consumer: AIOKafkaConsumer, assignment: Assignment) -> None:
        self._begin(keep_house(self.engine, self.settings))
        places = {TopicPartition(assignment.topic, partition) for partition in assignment.partitions}
        consumer.assign(places)
        for place in places:
            consumer.seek(place, assignment.partitions[place.partition].position)
        while not self.stopping.is_set():
            left = {place for place in places if not self._has_ended(assignment.partitions[place.partition])}
            if not left:
                await self._until_committed(assignment)
                return
            await self._fetch_and_fold(consumer, assignment, left)

    async def _fetch_and_fold(
        self, consumer: AIOKafkaConsumer, assignment: Assignment, places: set[TopicPartition]
    ) -> None:
        before = positions_of(consumer, places)
        try:
            records = await consumer.getmany(*places, timeout_ms=FETCH_WAIT_MS, max_records=BATCH_RECORDS_MAX)
        except OffsetOutOfRangeError as error:
            raise LogChanged(
                f"{assignment.topic} does not hold the offsets that are to be folded next: {error}."
                " The topic was recreated or cut: restore it"
            ) from error
        batches = [self._cut(batch) for batch in batches_of(consumer, assignment, before, records)]
        if batches:
            self.engine.credit.take(sum(batch.size_bytes for batch in batches))
            try:
                await self.engine.take(batches)
            except Exception as error:  # noqa: BLE001 - whatever it is, only a fresh process is sure
                # At once: nothing of what is half folded may be flushed.
                self._fail(error)

    def _cut(self, batch: Batch) -> Batch:
        """The batch as far as the generation goes."""
        until = self._until(batch.partition)
        if until is None or batch.highwater <= until:
            return batch
        if batch.end <= until:
            return replace(batch, highwater=until)
        records = [record for record in batch.records if record.offset < until]
        return replace(batch, end=until, highwater=until, records=records)

    def _until(self, partition: int) -> int | None:
        until = self.generation.until_offsets
        return None if until is None else until.get(partition, 0)

    def _has_ended(self, owned: OwnedPartition) -> bool:
        until = self._until(owned.partition)
        return until is not None and owned.position >= until

    async def _until_committed(self, assignment: Assignment) -> None:
        """Everything that is folded is committed, and no chore is left."""
        async with assignment.changed:
            await assignment.changed.wait_for(
                lambda: (
                    self.stopping.is_set()
                    or (
                        assignment.is_clean
                        and not any(owned.chores for owned in assignment.partitions.values())
                    )
                )
            )

    async def _taken_over(self, partitions: set[int]) -> Assignment:
        """The assignment, once Postgres has told the positions."""
        watermark = await until_postgres_answers("read the watermark", self._watermark)
        self.engine.assign(partitions)
        assignment = self.engine.assignment
        assert assignment is not None
        assignment.forgets_before = watermark
        told = asyncio.ensure_future(self.stopping.wait())
        ready = asyncio.ensure_future(assignment.ready.wait())
        await asyncio.wait({told, ready}, return_when=asyncio.FIRST_COMPLETED)
        return assignment

    async def _watermark(self) -> Any:
        """How far the active generation has come in time: what is old by that need not be written here. None
        where all is written: a generation that ends in the past shows that past."""
        if self.generation.kind == "whole" and self.generation.until_offsets is not None:
            return None
        connection = await connect(self.settings.postgres)
        try:
            return await newest_appended_at(connection, self.system.name)
        finally:
            await connection.close()

    async def _started_consumer(self) -> AIOKafkaConsumer:
        """Waits for Kafka."""
        while True:
            consumer = AIOKafkaConsumer(
                bootstrap_servers=self.settings.kafka,
                enable_auto_commit=False,
                auto_offset_reset="none",
                max_partition_fetch_bytes=FETCH_BYTES_MAX,
            )
            try:
                await consumer.start()
            except (KafkaError, OSError) as error:
                await consumer.stop()
                log.warning("kafka_wait", doing="start a replay", error=repr(error))
                await asyncio.sleep(KAFKA_PAUSE_SECONDS)
            else:
                fetch_together(consumer)
                return consumer

    async def _partitions(self, consumer: AIOKafkaConsumer) -> int:
        """How many partitions the topic has; waits until Kafka knows it."""
        while not self.stopping.is_set():
            if known := await known_partitions(consumer, self.engine.topic):
                return len(known)
            await asyncio.sleep(KAFKA_PAUSE_SECONDS)
        return 0

    def _fail(self, error: BaseException) -> None:
        end_with(error, self.system.name)

    def _begin(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.append(task)

        def ended(task: asyncio.Task[Any]) -> None:
            if not task.cancelled() and (error := task.exception()) is not None:
                self._fail(error)

        task.add_done_callback(ended)


async def _run(system: StreamSystem, number: int, share: Share, *, follows: bool) -> None:
    known = settings()

    async def find() -> Generation:
        connection = await connect(known.postgres)
        try:
            found = {g.number: g for g in await generations(connection, system.name)}
        finally:
            await connection.close()
        if number not in found:
            raise WrongUsage(
                f"{system.name} has no generation {number}:"
                f" `groundswell generations {system.name}` lists them"
            )
        return found[number]

    generation = await until_postgres_answers("find the generation", find)
    await Replay(system, generation, share, known, keeps_windows=follows).run()


def run_replay(system: StreamSystem, arguments: Sequence[str]) -> NoReturn:
    """Replays in this process, and ends it. ``arguments``: GENERATION SHARE/OF [--follow]."""
    parser = argparse.ArgumentParser(prog="streams.replay")
    parser.add_argument("generation", type=int)
    parser.add_argument("share")
    parser.add_argument("--follow", action="store_true")
    given = parser.parse_args(arguments)
    # A command shows the progress; from here only what went wrong is of interest.
    set_up_logging(only_warnings=True)
    tune_memory()
    try:
        asyncio.run(_run(system, given.generation, Share.parse(given.share), follows=given.follow))
    except Exception as error:  # noqa: BLE001 - said as every other end is
        end_with(error, system.name)
    # Threads and connections may linger; everything that counts is committed.
    leave(0)


if __name__ == "__main__":
    run_replay(system_named(sys.argv[1]), sys.argv[2:])
