"""A week of events, folded live by two workers that are killed, then rebuilt: nothing may differ.

    python -m tests.simulation.week --seed 1 --events 50000

Afterwards the rebuilt generation is promoted, rolled back and promoted again, while readers poll. It runs on
servers of its own in a temporary folder. Exit code 1 when anything differs.
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any, Final

from deploy.local_stack import LocalStack
from events.settings import Settings
from events.topics import ensure_topics
from streams.system import system_named
from tests.simulation.compare import report
from tests.simulation.crash import own_stack
from tests.simulation.crash_closes import Closed, closing_differences
from tests.simulation.crash_commands import Commands
from tests.simulation.crash_comparison import live_differences, log_of
from tests.simulation.crash_mischief import Mischief
from tests.simulation.crash_progress import HeldBack, Progress
from tests.simulation.crash_readers import Polling
from tests.simulation.crash_redis import until_redis_equals
from tests.simulation.crash_traffic import Load
from tests.simulation.engine_run import prepared
from tests.simulation.week_stream import STEADY_WAVE, WEEK, trickle, week_log
from tests.simulation.worker_process import WorkerProcess, worker_environment

PARTITIONS: Final = 4
PER_SECOND: Final = 2_000
TRICKLE_PER_SECOND: Final = 100
HELD_SHARE: Final = 0.6
"""Of the week is published as a past, its hours held back; those after it close as they come."""
KILL_SECONDS: Final = (0.5, 4.0)
REDIS_SECONDS_MAX: Final = 60.0

Say = Callable[[str], None]


@dataclass
class Servers:
    """Where a week takes place: addresses, a prefix of topics, a folder for logs."""

    stack: LocalStack
    postgres: str
    redis: str
    topic_prefix: str
    folder: Path


@dataclass
class WeekOutcome:
    """What was done, and what was wrong: `differences` must be empty."""

    seed: int
    records: int = 0
    kills: int = 0
    closed: Closed = field(default_factory=lambda: Closed(0, 0, []))
    reads: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        took = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.seconds.items())
        verdict = "no differences" if not self.differences else report(self.differences)
        return (
            f"seed {self.seed}: {self.records} records of a week, {self.kills} kills,"
            f" {self.closed.closes} hours closed ({self.closed.told} told from the log),"
            f" {self.reads} reads during promotes; {took}: {verdict}"
        )


class Week:
    """One week over one stack."""

    def __init__(self, servers: Servers, seed: int, events: int, say: Say, *, is_whole: bool = True) -> None:
        """One that is not whole is promoted and rolled back once, and closes hours under fewer kills."""
        self._servers = servers
        self._is_whole = is_whole
        self._events = events
        self._say = say
        self._random = Random(seed)
        kafka = servers.stack.addresses.kafka
        environment = worker_environment(kafka, servers.postgres, servers.redis, servers.topic_prefix)
        self._workers = [
            WorkerProcess(name, environment, servers.folder / f"{name}.log")
            for name in ("worker-1", "worker-2")
        ]
        settings = Settings(
            home=servers.folder, kafka_address=kafka, postgres_address=servers.postgres,
            topic_prefix=servers.topic_prefix,
        )  # fmt: skip
        self._progress = Progress(system_named("actions"), settings, PARTITIONS)
        self._mischief = Mischief(
            servers.stack, self._workers, Random(seed), self._progress.folded, say,
            closing_kills=6 if is_whole else 2,
        )  # fmt: skip
        self._commands = Commands(environment, Random(seed))
        self._outcome = WeekOutcome(seed)

    async def run(self) -> WeekOutcome:
        """The whole week, and what comes after it."""
        settings, seed = self._progress.settings, self._outcome.seed
        topics = [self._progress.system.events]
        await ensure_topics(settings.kafka, topics, PARTITIONS, topic_prefix=settings.topic_prefix)
        await prepared(self._progress.system, settings)
        begin = datetime.now(UTC) - WEEK
        try:
            for worker in self._workers:
                worker.start()
            await self._live(week_log(seed, self._events, PARTITIONS, begin))
            await self._command("verify", "verify", "actions")
            await self._promotes()
            await self._progress.until_closed()
            await self._redis()
            if self._is_whole:
                await self._command("verify promoted", "verify", "actions")
        finally:
            for worker in self._workers:
                await worker.stop()
        await self._compare()
        return self._outcome

    async def _live(self, log: Any) -> None:
        """The week is published while workers are killed; hours close, at first all at once."""
        began = monotonic()
        async with HeldBack(self._progress) as held_back:
            await self._published(islice(log, round(self._events * HELD_SHARE)))
            self._quiet = [await held_back.let_go(self._mischief, self._say, again=False)]
        await self._published(log)
        await self._progress.until_closed()
        self._outcome.seconds["live"] = monotonic() - began
        done = self._mischief.done
        self._outcome.kills = done.kills + done.closing_kills

    async def _published(self, source: Any) -> None:
        load = Load(self._progress.settings.kafka, self._progress.topic, source, PER_SECOND)
        loading = asyncio.ensure_future(load.run())
        try:
            while not loading.done():
                await asyncio.wait([loading], timeout=self._random.uniform(*KILL_SECONDS))
                self._mischief.done.kills += await self._random.choice(self._workers).kill()
        finally:
            load.stop()
            await loading

    async def _promotes(self) -> None:
        """Rebuild, promote, rollback and promote again under readers, while a little is added."""
        before = (await self._progress.active()).number
        source = trickle(self._outcome.seed, PARTITIONS, datetime.now(UTC) - WEEK)
        load = Load(self._progress.settings.kafka, self._progress.topic, source, TRICKLE_PER_SECOND)
        loading = asyncio.ensure_future(load.run())
        try:
            async with Polling(self._servers.postgres, STEADY_WAVE) as polling:
                await self._command("rebuild --promote", "rebuild", "actions", "--promote")
                rebuilt = (await self._progress.active()).number
                if rebuilt == before:
                    self._outcome.differences.append(f"generation {before} is still active after promote")
                await self._command("rollback", "rollback", "actions")
                await self._must_be_active(before)
                if self._is_whole:
                    await self._command("promote", "promote", "actions", str(rebuilt))
                    await self._must_be_active(rebuilt)
        finally:
            load.stop()
            await loading
        self._outcome.reads = polling.reads
        self._outcome.differences += polling.failures

    async def _must_be_active(self, number: int) -> None:
        active = await self._progress.active()
        if active.number != number:
            self._outcome.differences.append(f"generation {active.number} is active, must be {number}")

    async def _command(self, name: str, *arguments: str) -> None:
        began = monotonic()
        ended = await self._commands.run(*arguments)
        self._outcome.seconds[name] = monotonic() - began
        self._say(str(ended))
        if ended.code != 0:
            self._outcome.differences.append(str(ended))

    async def _redis(self) -> None:
        try:
            seconds = await until_redis_equals(self._servers.postgres, self._servers.redis, REDIS_SECONDS_MAX)
            self._outcome.seconds["Redis level"] = seconds
        except AssertionError as error:
            self._outcome.differences.append(f"Redis: {error}")

    async def _compare(self) -> None:
        progress, outcome = self._progress, self._outcome
        records = await log_of(progress)
        outcome.records = len(records)
        outcome.differences += await live_differences(progress, records)
        outcome.closed = closing_differences(records, PARTITIONS, self._quiet, outcome.seed)
        outcome.differences += outcome.closed.differences


def main() -> int:
    """Entry point: prints what happened, and answers the exit code."""
    parser = argparse.ArgumentParser(description="Fold a week live, rebuild it, and compare everything.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--events", type=int, default=50_000, help="how many, at least")
    given = parser.parse_args()

    def say(line: str) -> None:
        print(f"seed {given.seed}: {line}", file=sys.stderr, flush=True)

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupted)
    with own_stack("week", say) as (stack, folder):
        addresses = stack.addresses
        servers = Servers(stack, addresses.postgres, addresses.redis, "groundswell", folder)
        outcome = asyncio.run(Week(servers, given.seed, given.events, say).run())
    print(outcome)
    return 1 if outcome.differences else 0


if __name__ == "__main__":
    sys.exit(main())
