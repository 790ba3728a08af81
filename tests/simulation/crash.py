"""Kills, stops and cuts off everything under load, then compares every table with what the log says.

    python -m tests.simulation.crash --seed 1 --seconds 60 --kills 40

Hours are held back and then closed in quiet times, so that the log tells what each close must say; a
generation is rebuilt and promoted meanwhile. It runs on servers of its own in a temporary folder. Exit code 1
when anything differs; the same seed does the same again, though not at the very same microseconds.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any, Final

from deploy.local_stack import LocalStack
from deploy.local_stack.guard import start_guard
from events.settings import SERVERS, Settings, variable
from events.topics import ensure_topics
from streams.system import system_named
from tests.simulation.compare import report
from tests.simulation.crash_closes import Closed, QuietTime, closing_differences
from tests.simulation.crash_commands import Commands
from tests.simulation.crash_comparison import live_differences, log_of
from tests.simulation.crash_mischief import Done, Mischief
from tests.simulation.crash_progress import HeldBack, Progress
from tests.simulation.crash_rebuild import RebuildUnderFire
from tests.simulation.crash_redis import until_redis_equals
from tests.simulation.crash_traffic import Acknowledged, Load, mixed
from tests.simulation.engine_run import prepared
from tests.simulation.oracle import LogRecord
from tests.simulation.worker_process import WorkerProcess, worker_environment

PARTITIONS: Final = 4
REBUILD_PER_SECOND: Final = 200
"""While a generation is rebuilt: its replays share the machine with everything else."""
REDIS_SECONDS_MAX: Final = 10.0
"""After the last event Redis equals Postgres within so long."""
PREFIX: Final = "groundswell"


@dataclass(frozen=True)
class Extent:
    """How much is done: at least so many seconds of mischief, and so many workers killed, under so many
    records a second, of which so many are random ones; commands, and workers that close hours, are killed so
    often; what was rebuilt meanwhile is verified as well, if so."""

    seconds: float
    kills_min: int
    per_second: int = 1_500
    random_records: int = 3_000
    command_kills: int = 3
    closing_kills: int = 6
    rebuilt_is_verified: bool = True


@dataclass
class Outcome:
    """What was done, and what it changed: ``differences`` must be empty."""

    seed: int
    done: Done
    commands: Commands
    records: int = 0
    acknowledged: int = 0
    closed: Closed = field(default_factory=lambda: Closed(0, 0, []))
    redis_seconds: float = 0.0
    fences: int = 0
    exits: int = 0
    took: dict[str, float] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        verdict = "no differences" if not self.differences else report(self.differences)
        took = ", ".join(f"{what} {seconds:.0f} s" for what, seconds in self.took.items())
        return (
            f"seed {self.seed}: {self.records} records ({self.acknowledged} acknowledged), {self.done},"
            f" {self.commands.kills} commands and {self.commands.replay_kills} replays killed,"
            f" {self.closed.closes} hours closed ({self.closed.told} told from the log),"
            f" Redis level after {self.redis_seconds:.1f} s, {self.fences} fences, {self.exits} exits;"
            f" {took}: {verdict}"
        )


class CrashTest:
    """One run over one stack."""

    def __init__(
        self, stack: LocalStack, folder: Path, seed: int, extent: Extent, say: Callable[[str], None]
    ) -> None:
        self._stack = stack
        self._extent = extent
        self._seed = seed
        self._say = say
        addresses = stack.addresses
        environment = worker_environment(addresses.kafka, addresses.postgres, addresses.redis, PREFIX)
        self._workers = [
            WorkerProcess(name, environment, folder / f"{name}.log") for name in ("worker-1", "worker-2")
        ]
        settings = Settings(home=folder, kafka_address=addresses.kafka, postgres_address=addresses.postgres)
        self._progress = Progress(system_named("actions"), settings, PARTITIONS)
        self._mischief = Mischief(
            stack, self._workers, Random(seed), self._progress.folded, say, extent.closing_kills
        )
        self._outcome = Outcome(seed, self._mischief.done, Commands(environment, Random(seed)))

    async def run(self) -> Outcome:
        """Load and mischief side by side; then everything is left in peace until it is done."""
        progress = self._progress
        await ensure_topics(
            progress.settings.kafka, [progress.system.events], PARTITIONS, topic_prefix=PREFIX
        )
        await prepared(progress.system, progress.settings)
        source = mixed(self._seed, PARTITIONS, self._extent.random_records)
        load = Load(progress.settings.kafka, progress.topic, source, self._extent.per_second)
        try:
            for worker in self._workers:
                worker.start()
            quiet = await self._break_everything(load)
            await self._progress.until_closed()
            with self._timed("Redis"):
                await self._look_at_redis()
        except (AssertionError, TimeoutError):
            for worker in self._workers:
                self._say(f"the last that {worker.name} said:\n{worker.last_words()}")
            raise
        finally:
            for worker in self._workers:
                await worker.stop()
        with self._timed("comparing"):
            await self._compare(load.acknowledged, quiet)
        return self._outcome

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        began = monotonic()
        yield
        self._outcome.took[what] = monotonic() - began

    async def _break_everything(self, load: Load) -> list[QuietTime]:
        """Answers the times in which hours were closed, all of them by now."""
        loading = asyncio.ensure_future(load.run())
        async with HeldBack(self._progress) as held_back:
            try:
                with self._timed("mischief"):
                    await self._mischief.run(self._extent.seconds, self._extent.kills_min)
                async with load.paused():
                    with self._timed("closing"):
                        quiet = [await held_back.let_go(self._mischief, self._say)]
                    with self._timed("comparing what was broken"):
                        await self._compare_broken()
                load.per_second = REBUILD_PER_SECOND
                with self._timed("rebuild"):
                    await self._rebuild()
            finally:
                load.stop()
                await loading
            self._say(f"catching up with {len(load.acknowledged)} records")
            with self._timed("closing again"):
                quiet.append(await held_back.let_go(self._mischief, self._say))
        return quiet

    async def _compare_broken(self) -> None:
        """The generation that suffered it all, before another one takes its place."""
        await self._progress.until_level()
        await self._look_at_redis()
        self._outcome.differences += await live_differences(self._progress, await log_of(self._progress))
        await self._verify()

    async def _rebuild(self) -> None:
        fire = RebuildUnderFire(
            self._outcome.commands, self._progress, self._mischief, Random(self._seed), self._say,
            self._extent.command_kills,
        )  # fmt: skip
        await fire.run()
        self._outcome.differences += fire.differences

    async def _look_at_redis(self) -> None:
        addresses = self._stack.addresses
        try:
            seconds = await until_redis_equals(addresses.postgres, addresses.redis, REDIS_SECONDS_MAX)
            self._outcome.redis_seconds = max(self._outcome.redis_seconds, seconds)
        except AssertionError as error:
            self._outcome.differences.append(f"Redis: {error}")

    async def _compare(self, acknowledged: list[Acknowledged], quiet: list[QuietTime]) -> None:
        outcome, progress = self._outcome, self._progress
        records = await log_of(progress)
        self._say(f"comparing with {len(records)} records")
        outcome.records, outcome.acknowledged = len(records), len(acknowledged)
        outcome.differences += lost(records, acknowledged)
        outcome.differences += await live_differences(progress, records)
        outcome.closed = closing_differences(records, PARTITIONS, quiet, self._seed)
        outcome.differences += outcome.closed.differences
        if self._extent.rebuilt_is_verified:
            await self._verify()
        for worker in self._workers:
            if not worker.stopped_cleanly:
                outcome.differences.append(
                    f"{worker.name} was asked to stop and ended with code {worker.exit_codes[-1]}"
                )
        outcome.exits = sum(len(worker.exit_codes) for worker in self._workers)
        outcome.fences = self._fences()

    async def _verify(self) -> None:
        verified = await self._outcome.commands.run("verify", "actions")
        self._say(str(verified))
        if verified.code != 0:
            self._outcome.differences.append(str(verified))

    def _fences(self) -> int:
        """How often a worker found that another one owns its partitions, and wrote nothing."""
        return sum(
            worker.times_said("worker_ends", code="fenced") + worker.times_said("fenced_after_revocation")
            for worker in self._workers
        )


def lost(records: list[LogRecord], acknowledged: list[Acknowledged]) -> list[str]:
    """What Kafka acknowledged and does not have."""
    there = {(r.partition, r.offset): zlib.crc32(r.value or b"") for r in records}
    return [
        f"acknowledged and not in the log: {place}"
        for place in acknowledged
        if there.get((place.partition, place.offset)) != place.checksum
    ]


@contextmanager
def own_stack(name: str, say: Callable[[str], None]) -> Iterator[tuple[LocalStack, Path]]:
    """Servers of its own and a folder, which are gone afterwards."""
    for server in SERVERS:
        # Servers that the environment names are somebody's own: they must not be killed.
        os.environ.pop(variable(server), None)
    # Kafka's client says at each try that a killed broker is away; here that is no news.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix=f"groundswell-{name}-") as folder_name:
        folder = Path(folder_name)
        # The guard stops and wipes the servers also when this process is killed.
        guard = start_guard(folder / "home")
        try:
            stack = LocalStack(folder / "home", prefer_usual_ports=False)
            stack.up(say)
            yield stack, folder
        finally:
            guard.communicate()


def crash(seed: int, extent: Extent, say: Callable[[str], None]) -> Outcome:
    """One run on servers of its own."""
    with own_stack("crash", say) as (stack, folder):
        return asyncio.run(CrashTest(stack, folder, seed, extent, say).run())


def main() -> int:
    """Entry point: prints what happened, and answers the exit code."""
    parser = argparse.ArgumentParser(description="Crash everything at random moments, then compare.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long at least")
    parser.add_argument("--kills", type=int, default=20, help="how many workers are killed at least")
    given = parser.parse_args()

    def say(line: str) -> None:
        print(f"seed {given.seed}: {line}", file=sys.stderr, flush=True)

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupted)
    outcome = crash(given.seed, Extent(given.seconds, given.kills), say)
    print(outcome)
    return 1 if outcome.differences else 0


if __name__ == "__main__":
    sys.exit(main())
