"""Kills, stops and cuts off everything under load, then compares every table with what the log says.

    python -m tests.simulation.crash --seed 1 --seconds 60

It runs on servers of its own in a temporary folder. Exit code 1 when anything differs; the same seed does the
same again, though not at the very same microseconds.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any, Final

import psycopg

from deploy.local_stack import LocalStack
from deploy.local_stack.guard import start_guard
from events.settings import SERVERS, Settings, variable
from events.topics import ensure_topics
from projections.postgres.connection import connect
from streams.engine import Engine
from streams.system import system_named
from tests.simulation.compare import differences, report, stored
from tests.simulation.crash_mischief import Done, Mischief
from tests.simulation.crash_traffic import Acknowledged, Load
from tests.simulation.engine_run import prepared
from tests.simulation.oracle import LogRecord, expected
from tests.simulation.raw_log import end_offsets, read_whole
from tests.simulation.worker_process import WorkerProcess, worker_environment

PARTITIONS: Final = 4
PER_SECOND: Final = 1_500
KILLS_MIN: Final = 20
CATCH_UP_SECONDS_MAX: Final = 240.0
LOOK_SECONDS: Final = 0.25
PREFIX: Final = "groundswell"
LEFT: Final = (
    "SELECT (SELECT count(*) FROM groundswell.outbox WHERE published_at IS NULL)"
    " + (SELECT count(*) FROM groundswell.chores)"
)


@dataclass
class Outcome:
    """What was done, and what it changed: ``differences`` must be empty."""

    seed: int
    done: Done
    records: int
    acknowledged: int
    fences: int
    exits: int
    differences: list[str]

    def __str__(self) -> str:
        d = self.done
        verdict = "no differences" if not self.differences else report(self.differences)
        return (
            f"seed {self.seed}: {self.records} records ({self.acknowledged} acknowledged), {d.kills} kills,"
            f" {d.stops} stops past the session, {d.terminated} connections ended, {d.kafka_restarts} Kafka"
            f" and {d.postgres_restarts} Postgres restarts, {self.fences} fences, {self.exits} exits:"
            f" {verdict}"
        )


class CrashTest:
    """One run over one stack."""

    def __init__(self, stack: LocalStack, folder: Path, seed: int, say: Callable[[str], None]) -> None:
        self._stack = stack
        self._seed = seed
        self._say = say
        addresses = stack.addresses
        environment = worker_environment(addresses.kafka, addresses.postgres, addresses.redis, PREFIX)
        self._workers = [
            WorkerProcess(name, environment, folder / f"{name}.log") for name in ("worker-1", "worker-2")
        ]
        self._settings = Settings(
            home=folder, kafka_address=addresses.kafka, postgres_address=addresses.postgres
        )

    async def run(self, seconds: float, kills_min: int) -> Outcome:
        """Load and mischief side by side; then everything is left in peace until it is done."""
        system = system_named("actions")
        await ensure_topics(self._settings.kafka, [system.events], PARTITIONS, topic_prefix=PREFIX)
        engine = await prepared(system, self._settings)
        mischief = Mischief(self._stack, self._workers, Random(self._seed), self._folded)
        load = Load(self._settings.kafka, engine.topic, self._seed, PARTITIONS, PER_SECOND)
        try:
            for worker in self._workers:
                worker.start()
            loading = asyncio.ensure_future(load.run())
            try:
                await mischief.run(seconds, kills_min, self._say)
            finally:
                load.stop()
                await loading
            self._say(f"catching up with {len(load.acknowledged)} records")
            await self._until_done(engine)
        finally:
            for worker in self._workers:
                await worker.stop()
        return await self._outcome(engine, mischief.done, load.acknowledged)

    async def _asked(self, query: str) -> int:
        """The number that a query answers; -1 while Postgres is away."""
        try:
            async with await connect(self._settings.postgres) as connection:
                row = await (await connection.execute(query.encode())).fetchone()
        except psycopg.OperationalError:
            return -1
        return int(row[0]) if row is not None else -1

    async def _folded(self) -> int:
        return await self._asked("SELECT coalesce(sum(next_offset), 0) FROM groundswell.positions")

    async def _until_done(self, engine: Engine) -> None:
        """Lag 0, and nothing is left in the outbox or to be done in pages; raises TimeoutError."""
        deadline = monotonic() + CATCH_UP_SECONDS_MAX
        while True:
            ends = sum((await end_offsets(self._settings.kafka, engine.topic, PARTITIONS)).values())
            folded, left = await self._folded(), await self._asked(LEFT)
            if folded == ends and left == 0:
                return
            if monotonic() > deadline:
                raise TimeoutError(
                    f"seed {self._seed}: folded {folded} of {ends}, {left} things to do are left"
                )
            await asyncio.sleep(LOOK_SECONDS)

    async def _outcome(self, engine: Engine, done: Done, acknowledged: list[Acknowledged]) -> Outcome:
        records = await read_whole(self._settings.kafka, engine.topic, PARTITIONS)
        async with await connect(self._settings.postgres) as connection:
            # A whole view of all rows may take longer than anything that a worker asks.
            await connection.execute("SET statement_timeout = 0")
            found = await stored(connection, engine.generation, engine.topic)
        lines = lost(records, acknowledged) + differences(found, expected(records, PARTITIONS), records)
        for worker in self._workers:
            if worker.exit_codes[-1] != 0:
                lines.append(f"{worker.name} was asked to stop and ended with code {worker.exit_codes[-1]}")
        exits = sum(len(worker.exit_codes) for worker in self._workers)
        return Outcome(self._seed, done, len(records), len(acknowledged), self._fences(), exits, lines)

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


def crash(seed: int, seconds: float, kills_min: int, say: Callable[[str], None]) -> Outcome:
    """One run in a folder and on servers of its own, which are gone afterwards."""
    for server in SERVERS:
        # Servers that the environment names are somebody's own: they must not be killed.
        os.environ.pop(variable(server), None)
    # Kafka's client says at each try that a killed broker is away; here that is no news.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="groundswell-crash-") as name:
        folder = Path(name)
        # The guard stops and wipes the servers also when this process is killed.
        guard = start_guard(folder / "home")
        try:
            stack = LocalStack(folder / "home", prefer_usual_ports=False)
            stack.up(say)
            return asyncio.run(CrashTest(stack, folder, seed, say).run(seconds, kills_min))
        finally:
            guard.communicate()


def main() -> int:
    """Entry point: prints what happened, and answers the exit code."""
    parser = argparse.ArgumentParser(description="Crash everything at random moments, then compare.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long at least")
    parser.add_argument("--kills", type=int, default=KILLS_MIN, help="how many workers are killed at least")
    given = parser.parse_args()

    def say(line: str) -> None:
        print(f"seed {given.seed}: {line}", file=sys.stderr, flush=True)

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupted)
    outcome = crash(given.seed, given.seconds, given.kills, say)
    print(outcome)
    return 1 if outcome.differences else 0


if __name__ == "__main__":
    sys.exit(main())
