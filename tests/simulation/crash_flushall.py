"""Valkey is wiped under load: how long until it equals Postgres again, and does any read fail meanwhile?

    python -m tests.simulation.crash_flushall --ripples 35000 --runs 3

It runs on servers of its own in a temporary folder and prints the seconds of each run. Exit code 1 when a
read failed, or when Redis did not become level.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle, islice
from time import monotonic
from typing import Any, Final

from redis.asyncio import Redis

from events.settings import Settings
from events.topics import ensure_topics
from projections.actions.reader import Reader
from streams.system import system_named
from tests.simulation.crash import own_stack
from tests.simulation.crash_progress import Progress
from tests.simulation.crash_redis import until_redis_equals
from tests.simulation.crash_traffic import Load
from tests.simulation.crash_valkey import wipe
from tests.simulation.engine_run import prepared
from tests.simulation.murmur2 import partition_of_key
from tests.simulation.random_streams import Instruction
from tests.simulation.traffic import actions_traffic
from tests.simulation.week import Servers
from tests.simulation.worker_process import WorkerProcess, worker_environment

PARTITIONS: Final = 4
RIPPLES_PER_WAVE: Final = 50
USERS: Final = 2_000
LOAD_PER_SECOND: Final = 500
BULK_PER_SECOND: Final = 100_000
AGO: Final = timedelta(minutes=30)
"""When the traffic begins: all of a run lies within the last hour, so that no live list is ever empty."""
LEVEL_SECONDS_MAX: Final = 120.0
LOOK_SECONDS: Final = 0.05
READ_PAUSE_SECONDS: Final = 0.01

Say = Callable[[str], None]


@dataclass
class WipeOutcome:
    """Seconds after a wipe, of each run: until Redis said that it is whole, and until it was compared."""

    ripples: int
    whole: list[float] = field(default_factory=list)
    compared: list[float] = field(default_factory=list)
    reads: int = 0
    failures: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        whole = ", ".join(f"{seconds:.2f}" for seconds in self.whole)
        compared = ", ".join(f"{seconds:.2f}" for seconds in self.compared)
        verdict = "none failed" if not self.failures else f"failed: {self.failures[:5]}"
        return (
            f"{self.ripples} ripples, {LOAD_PER_SECOND} events/s: after a wipe Redis is whole in [{whole}] s,"
            f" seen to equal Postgres in [{compared}] s; of {self.reads} reads meanwhile {verdict}"
        )


class WipeTest:
    """Ripples are announced, then events go on while Valkey is wiped again and again."""

    def __init__(self, servers: Servers, ripples: int, say: Say) -> None:
        self._servers = servers
        self._say = say
        kafka = servers.stack.addresses.kafka
        environment = worker_environment(kafka, servers.postgres, servers.redis, servers.topic_prefix)
        self._worker = WorkerProcess("worker", environment, servers.folder / "worker.log")
        settings = Settings(
            home=servers.folder, kafka_address=kafka, postgres_address=servers.postgres,
            redis_address=servers.redis, topic_prefix=servers.topic_prefix,
        )  # fmt: skip
        self._progress = Progress(system_named("actions"), settings, PARTITIONS)
        self._outcome = WipeOutcome(ripples)

    async def run(self, runs: int) -> WipeOutcome:
        """All runs, one after the other."""
        settings, topic = self._progress.settings, self._progress.topic
        topics = [self._progress.system.events]
        await ensure_topics(settings.kafka, topics, PARTITIONS, topic_prefix=settings.topic_prefix)
        await prepared(self._progress.system, settings)
        source = self._source()
        announcements = islice(source, self._outcome.ripples // RIPPLES_PER_WAVE * (1 + RIPPLES_PER_WAVE))
        self._worker.start()
        try:
            await Load(settings.kafka, topic, announcements, BULK_PER_SECOND).run()
            await self._progress.until_level()
            await until_redis_equals(self._servers.postgres, self._servers.redis, LEVEL_SECONDS_MAX)
            self._say("all ripples are in Redis")
            load = Load(settings.kafka, topic, source, LOAD_PER_SECOND)
            loading = asyncio.ensure_future(load.run())
            try:
                await self._until_something_is_live()
                for _ in range(runs):
                    await self._wiped(load)
            finally:
                load.stop()
                await loading
            await self._progress.until_level()
            await until_redis_equals(self._servers.postgres, self._servers.redis, LEVEL_SECONDS_MAX)
        finally:
            await self._worker.stop()
        return self._outcome

    def _source(self) -> Any:
        waves = self._outcome.ripples // RIPPLES_PER_WAVE
        begin = datetime.now(UTC) - AGO
        traffic = actions_traffic(1, 1_000_000, waves, RIPPLES_PER_WAVE, USERS, begin, 3_600)
        for key, value in traffic:
            yield Instruction(key.encode(), value, partition_of_key(key, PARTITIONS), (), 0, "traffic")

    async def _until_something_is_live(self) -> None:
        """From then on it always is."""
        async with Reader(self._servers.postgres) as reader, asyncio.timeout(LEVEL_SECONDS_MAX):
            while not await reader.live("now"):  # noqa: ASYNC110 - a worker in another process makes it so
                await asyncio.sleep(LOOK_SECONDS)

    async def _wiped(self, load: Load) -> None:
        """One wipe. Once Redis is whole nothing is sent until it was compared: under load rows always differ
        for the moment in which they are on their way."""
        reading = asyncio.ensure_future(self._read())
        try:
            began = monotonic()
            await wipe(self._servers.redis)
            async with Redis.from_url(self._servers.redis, decode_responses=True) as client:
                while await client.get("actions:generation") is None:
                    assert monotonic() - began < LEVEL_SECONDS_MAX, "Redis was not filled again"
                    await asyncio.sleep(LOOK_SECONDS)
                self._outcome.whole.append(monotonic() - began)
            async with load.paused():
                await self._progress.until_level()
                await until_redis_equals(self._servers.postgres, self._servers.redis, LEVEL_SECONDS_MAX)
                self._outcome.compared.append(monotonic() - began)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        self._say(f"whole after {self._outcome.whole[-1]:.2f} s, compared {self._outcome.compared[-1]:.2f} s")

    async def _read(self) -> None:
        """Asks what a dashboard asks, all the time; none of it may fail or be empty."""
        postgres, redis = self._servers.postgres, self._servers.redis
        async with Reader(postgres, redis=redis) as reader:
            user_ids = cycle(f"user-{number}" for number in range(USERS))
            questions: list[tuple[str, Callable[[], Awaitable[Any]]]] = [
                ("live now", partial(reader.live, "now", limit=100)),
                ("live 1h", partial(reader.live, "1h", limit=100)),
                ("live 24h", partial(reader.live, "24h", limit=100)),
                ("ripple", partial(reader.ripple, "wave-0", "ripple-0")),
            ]
            while True:
                for name, ask in questions:
                    await self._ask(name, ask, may_be_empty=False)
                # Not everybody has done something yet.
                await self._ask("user", partial(reader.user, next(user_ids)), may_be_empty=True)
                await asyncio.sleep(READ_PAUSE_SECONDS)

    async def _ask(self, name: str, ask: Callable[[], Awaitable[Any]], *, may_be_empty: bool) -> None:
        self._outcome.reads += 1
        try:
            if not await ask() and not may_be_empty:
                self._outcome.failures.append(f"{name}: empty")
        except Exception as error:  # noqa: BLE001 - whatever a reader raises is what is looked for
            self._outcome.failures.append(f"{name}: {error!r}")


def main() -> int:
    """Entry point: prints the seconds, and answers the exit code."""
    parser = argparse.ArgumentParser(description="Wipe Valkey under load, and measure until it is level.")
    parser.add_argument("--ripples", type=int, default=35_000)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    with own_stack("flushall", say) as (stack, folder):
        addresses = stack.addresses
        servers = Servers(stack, addresses.postgres, addresses.redis, "groundswell", folder)
        outcome = asyncio.run(WipeTest(servers, given.ripples, say).run(given.runs))
    print(outcome)
    return 1 if outcome.failures else 0


if __name__ == "__main__":
    sys.exit(main())
