"""The worker process of one system: a Faust app whose agent hands batches to the engine.

Crash-only: whatever cannot be put right by waiting ends the process, and the supervisor starts a fresh one.
Run by ``groundswell worker`` through the supervisor, or alone: ``python -m streams.worker SYSTEM``.
"""

import asyncio
import contextlib
import signal
import sys
import tempfile
from time import monotonic
from typing import Any, Final, NoReturn, cast

import structlog

from events.errors import ServerUnreachable
from events.settings import Settings, settings
from events.topics import ensure_topics
from streams.engine import Engine
from streams.errors import NotFolding
from streams.housekeeping import keep_house
from streams.kept_process import began_after_death
from streams.leading import Leader
from streams.process import end_with, leave, set_up_logging, tune_memory, watch_parent
from streams.relay import Relay
from streams.system import StreamSystem, system_named
from streams.transport import BatchApp, BatchSchema

log = structlog.get_logger(__name__)

HEARTBEAT_SECONDS: Final = 1.0
FETCH_BYTES_MAX: Final = 1 << 18
"""Compressed bytes of one partition in a fetch; a larger record batch still comes whole."""
REBALANCE_SESSIONS: Final = 2
"""So many session timeouts the group waits for members to join again: giving partitions up takes no time."""
POLL_INTERVAL_SECONDS_MAX: Final = 2_000_000.0
"""A worker that waits for Postgres keeps its partitions: waiting is not being dead."""
NOT_FOLDING_SECONDS_MAX: Final = 60.0
"""Partitions are ready, records wait and none is folded for this long: the process starts afresh."""
DRAIN_SECONDS_MAX: Final = 8.0
"""How long a worker that is asked to stop may take to commit what it has folded."""
WATCH_SECONDS: Final = 1.0


def make_app(system: StreamSystem, engine: Engine, settings: Settings, data_folder: str) -> BatchApp:
    """The Faust app: one consumer group per system, one agent that takes batches."""
    app = BatchApp(
        # A group of its own for each generation: while one is promoted, both are folded.
        f"{engine.topic}-g{engine.generation.number}",
        broker=f"kafka://{settings.kafka.replace(',', ';')}",
        store="memory://",
        web_enabled=False,
        topic_disable_leader=True,
        datadir=data_folder,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=FETCH_BYTES_MAX,
        broker_session_timeout=settings.session_seconds,
        broker_heartbeat_interval=HEARTBEAT_SECONDS,
        broker_rebalance_timeout=settings.session_seconds * REBALANCE_SESSIONS,
        broker_max_poll_interval=POLL_INTERVAL_SECONDS_MAX,
        broker_commit_interval=2.0,
        stream_wait_empty=False,
        stream_recovery_delay=0.0,
    )
    app.engine = engine
    topic = app.topic(
        engine.topic, schema=BatchSchema(key_type=bytes, value_type=bytes, value_serializer="raw")
    )

    @app.agent(topic, name=f"{system.name}_fold")
    async def fold(fetches: Any) -> None:
        async for batches in fetches:
            try:
                await engine.take(batches)
            except Exception as error:  # noqa: BLE001 - whatever it is, only a fresh process is sure
                # Faust would restart the agent and go on behind the batches.
                engine.fail(error)

    async def revoked(app: Any, *arguments: Any, **keywords: Any) -> None:
        engine.revoke()

    async def assigned(app: Any, *arguments: Any, **keywords: Any) -> None:
        (places,) = arguments
        engine.assign({tp.partition for tp in places if tp.topic == engine.topic})

    # Faust holds receivers weakly unless told otherwise.
    app.on_partitions_revoked.connect(cast(Any, revoked), weak=False)
    app.on_partitions_assigned.connect(cast(Any, assigned), weak=False)
    return app


class Worker:
    """Runs the app, the relay and the housekeeping until a signal, a failure, or the supervisor's end."""

    def __init__(self, system: StreamSystem, settings: Settings) -> None:
        self.system = system
        self.settings = settings
        self.ending: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()
        self.engine = Engine(system, settings, self.fail, after_death=began_after_death())

    def fail(self, error: BaseException) -> None:
        """Ends the process at once: what is in memory is not to be trusted or not to be mended."""
        end_with(error, self.system.name)

    def stop(self) -> None:
        """A clean end was asked for."""
        if not self.ending.done():
            self.ending.set_result(None)

    async def run(self) -> None:
        """Until :meth:`stop`; then what is folded is committed and the group is left."""
        loop = asyncio.get_running_loop()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signal_number, self.stop)
        if not await self._started():
            return
        with tempfile.TemporaryDirectory(prefix="groundswell-") as folder:
            app = make_app(self.system, self.engine, self.settings, folder)
            relay = Relay(self.system, self.settings)
            works = [
                self._supervised(work)
                for work in (
                    relay.run(),
                    keep_house(self.engine, self.settings),
                    self._leader().run(),
                    watch_parent(self.system.name),
                    self._watch(app),
                )
            ]
            await app.start()
            await self.ending
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.engine.drain(), DRAIN_SECONDS_MAX)
            self.engine.revoke()
            for work in works:
                work.cancel()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(app.stop(), DRAIN_SECONDS_MAX)
        log.info("worker_stopped", system=self.system.name, folded=self.engine.folded_records)

    def _leader(self) -> Leader:
        return Leader(self.system, self.settings, self.engine.generation, listener=self.engine.cache)

    async def _started(self) -> bool:
        """Waits for Kafka and Postgres; answers False when a stop was asked for meanwhile."""

        async def start() -> None:
            await self._ensure_topic()
            await self.engine.prepare()

        starting = asyncio.ensure_future(start())
        waited_for: set[asyncio.Future[Any]] = {starting, self.ending}
        await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            return False
        await starting
        return True

    async def _ensure_topic(self) -> None:
        """Makes the topic where it is missing, and refuses one that may lose records. Waits for Kafka."""
        while True:
            try:
                await ensure_topics(
                    self.settings.kafka,
                    [self.system.events],
                    self.settings.partitions,
                    topic_prefix=self.settings.topic_prefix,
                )
                return
            except ServerUnreachable as error:
                log.warning("kafka_wait", doing="check the topic", error=str(error))

    def _supervised(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.ensure_future(work)

        def ended(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and (error := task.exception()) is not None:
                self.fail(error)

        task.add_done_callback(ended)
        return task

    async def _watch(self, app: BatchApp) -> None:
        """What can be folded is, and Faust runs."""
        moved_at, seen = monotonic(), -1
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if app.crashed:
                self.fail(app.crash_reason or NotFolding(f"{self.system.name}: the consumer has stopped"))
            assignment = self.engine.assignment
            waits = (
                assignment is not None
                and assignment.ready.is_set()
                and any(owned.highwater > owned.position for owned in assignment.partitions.values())
                and not assignment.folding.locked()
                and not assignment.frozen
            )
            if not waits or self.engine.folded_records != seen:
                moved_at, seen = monotonic(), self.engine.folded_records
            elif monotonic() - moved_at > NOT_FOLDING_SECONDS_MAX:
                self.fail(
                    NotFolding(f"{self.system.name}: nothing was folded for {NOT_FOLDING_SECONDS_MAX:.0f} s")
                )


async def _run(system: StreamSystem) -> None:
    await Worker(system, settings()).run()


def run_worker(system: StreamSystem) -> NoReturn:
    """Folds the system's topic in this process until a signal, and ends the process."""
    set_up_logging()
    tune_memory()
    try:
        asyncio.run(_run(system))
    except Exception as error:  # noqa: BLE001 - said as every other end is
        end_with(error, system.name)
    # Threads of Kafka's client may linger; everything that counts is committed.
    leave(0)


if __name__ == "__main__":
    run_worker(system_named(sys.argv[1]))
