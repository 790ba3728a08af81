"""What is done to workers and servers while they work, drawn from a seed.

A round waits until something was folded since the last one, so that every blow falls under load.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from time import monotonic
from typing import Final

import psycopg
from psycopg import AsyncConnection

from deploy.local_stack import LocalStack
from tests.simulation import crash_odd_worker
from tests.simulation.crash_valkey import remove_snapshot, take_snapshot, wipe
from tests.simulation.worker_process import SESSION_SECONDS, WORKER, WorkerProcess

STOPPED_SECONDS: Final = SESSION_SECONDS + 3.0
"""A stopped worker is past its session and its successor has folded when it wakes."""
PROGRESS_SECONDS_MAX: Final = 90.0
"""Beyond the rebalance timeout of Kafka: a member that does not answer holds up its group so long."""
LOOK_SECONDS: Final = 0.1
TERMINATE_SECONDS: Final = (0.2, 1.2)
CLOCK_OFF_SECONDS: Final = 3_600
BUSY: Final = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND application_name = 'groundswell' AND state <> 'idle'"
)

Folded = Callable[[], Awaitable[int]]
Say = Callable[[str], None]


@dataclass
class Done:
    """How often what was done."""

    kills: int = 0
    closing_kills: int = 0
    stops: int = 0
    terminated: int = 0
    kafka_restarts: int = 0
    postgres_restarts: int = 0
    valkey_restarts: int = 0
    valkey_snapshots: int = 0
    valkey_wipes: int = 0
    odd_workers: int = 0
    longest_wait_seconds: float = 0.0
    """Until something was folded after a blow."""

    def __str__(self) -> str:
        return (
            f"{self.kills} kills and {self.closing_kills} while hours were closed, {self.stops} stops past"
            f" the session, {self.terminated} connections ended, {self.kafka_restarts} Kafka,"
            f" {self.postgres_restarts} Postgres and {self.valkey_restarts} Valkey restarts"
            f" ({self.valkey_snapshots} with an older snapshot), {self.valkey_wipes} wipes,"
            f" {self.odd_workers} odd workers, folding again after {self.longest_wait_seconds:.0f} s at most"
        )


class Mischief:
    """Blows until each kind was dealt, ``seconds`` have passed and ``kills_min`` workers were killed."""

    def __init__(
        self,
        stack: LocalStack,
        workers: Sequence[WorkerProcess],
        random: Random,
        folded: Folded,
        say: Say,
        closing_kills: int,
    ) -> None:
        self.done = Done()
        self._closing_kills = closing_kills
        self._stack = stack
        self._workers = workers
        self._random = random
        self._folded = folded
        self._say = say

    async def run(self, seconds: float, kills_min: int) -> None:
        """Raises AssertionError when a round finds that nothing is folded any more."""
        terminating = asyncio.ensure_future(self._terminate_backends())
        end = monotonic() + seconds
        kinds = [
            self._kill, self._kill, self._stop, self._restart_kafka, self._restart_postgres,
            self._wipe_valkey, self._restart_valkey, self._restart_valkey_as_it_was,
            self._make_odd, self._make_odd,
        ]  # fmt: skip
        due = self._random.sample(kinds, len(kinds))
        try:
            while due or monotonic() < end or self.done.kills < kills_min:
                await self._until_folded()
                await asyncio.sleep(self._random.uniform(0, 1.0))
                if not due:
                    due.append(self._random.choice(kinds) if monotonic() < end else self._kill)
                await due.pop()()
        finally:
            terminating.cancel()
            await asyncio.gather(terminating, return_exceptions=True)

    async def while_closing(self, is_closed: Callable[[], Awaitable[bool]]) -> None:
        """Kills workers while hours are decided and relayed, again and again, until all are closed."""
        for _ in range(self._closing_kills):
            await asyncio.sleep(self._random.uniform(0.3, 2.5))
            if await is_closed():
                return
            for worker in self._random.choice((self._workers, self._workers[:1], self._workers[1:])):
                self.done.closing_kills += await worker.kill()
        self._say(f"killed workers while hours were closed: {self.done.closing_kills} in all")

    async def kill_all(self) -> None:
        """Every worker at once."""
        for worker in self._workers:
            self.done.kills += await worker.kill()

    async def _until_folded(self) -> None:
        before, began = await self._folded(), monotonic()
        while await self._folded() <= before:
            waited = monotonic() - began
            assert waited < PROGRESS_SECONDS_MAX, f"nothing was folded for {PROGRESS_SECONDS_MAX:.0f} s"
            self.done.longest_wait_seconds = max(self.done.longest_wait_seconds, waited)
            await asyncio.sleep(LOOK_SECONDS)

    async def _kill(self) -> None:
        """One or both workers, and those that come after them, some while they start."""
        for _ in range(self._random.randint(2, 5)):
            for worker in self._random.choice((self._workers, self._workers, self._workers[:1])):
                self.done.kills += await worker.kill()
            await asyncio.sleep(self._random.uniform(0.0, 2.5))
        self._say(f"killed workers: {self.done.kills} in all")

    async def _stop(self) -> None:
        """One worker sleeps past its session, the other goes on; then both are there."""
        sleeper = self._random.choice(self._workers)
        if sleeper.send(signal.SIGSTOP):
            await asyncio.sleep(STOPPED_SECONDS)
            sleeper.send(signal.SIGCONT)
            self.done.stops += 1
            self._say(f"{sleeper.name} slept for {STOPPED_SECONDS:.0f} s")

    async def _make_odd(self) -> None:
        """One worker goes on with a wrong clock, or leads whoever else does; the others as they should."""
        for worker in self._workers:
            worker.module = WORKER
        odd = self._random.choice(self._workers)
        odd.module = crash_odd_worker.__name__
        # Alternately, so that two of them in a run are one of each.
        leads = bool(self.done.odd_workers % 2)
        off = self._random.choice((-1, 1)) * CLOCK_OFF_SECONDS
        odd.environment[crash_odd_worker.LEADS_ANYWAY] = "1" if leads else ""
        odd.environment[crash_odd_worker.CLOCK_OFF_SECONDS] = "0" if leads else str(off)
        for worker in self._workers:
            self.done.kills += await worker.kill()
        self.done.odd_workers += 1
        self._say(f"{odd.name} {'leads anyway' if leads else f'has a clock that is {off} s off'}")

    async def _restart_kafka(self) -> None:
        await self._restart("kafka")
        self.done.kafka_restarts += 1

    async def _restart_postgres(self) -> None:
        await self._restart("postgres")
        self.done.postgres_restarts += 1

    async def _restart_valkey(self) -> None:
        """It comes back empty."""
        await self._restart("redis")
        self.done.valkey_restarts += 1

    async def _restart_valkey_as_it_was(self) -> None:
        """It comes back with what it held some time before."""
        url = self._stack.addresses.redis
        snapshot = await take_snapshot(url)
        await asyncio.sleep(self._random.uniform(0.5, 3.0))
        await self._restart("redis")
        remove_snapshot(snapshot)
        self.done.valkey_restarts += 1
        self.done.valkey_snapshots += 1

    async def _wipe_valkey(self) -> None:
        await wipe(self._stack.addresses.redis)
        self.done.valkey_wipes += 1
        self._say("Valkey was wiped")

    async def _restart(self, server: str) -> None:
        await asyncio.to_thread(self._stack.kill, server, signal.SIGKILL)
        await asyncio.sleep(self._random.uniform(0, 2))
        await asyncio.to_thread(self._stack.start, server)
        self._say(f"{server} was killed and started again")

    async def _terminate_backends(self) -> None:
        """Ends connections of workers in the middle of what they do."""
        while True:
            with suppress(psycopg.OperationalError):
                async with await AsyncConnection.connect(
                    self._stack.addresses.postgres, autocommit=True
                ) as connection:
                    while True:
                        await self._terminate(connection)
                        await asyncio.sleep(self._random.uniform(*TERMINATE_SECONDS))
            await asyncio.sleep(LOOK_SECONDS)

    async def _terminate(self, connection: AsyncConnection[tuple[object, ...]]) -> None:
        for (pid,) in await (await connection.execute(BUSY)).fetchall():
            await connection.execute("SELECT pg_terminate_backend(%s)", (pid,))
            self.done.terminated += 1
