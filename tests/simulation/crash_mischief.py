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
from tests.simulation.worker_process import SESSION_SECONDS, WorkerProcess

STOPPED_SECONDS: Final = SESSION_SECONDS + 3.0
"""A stopped worker is past its session and its successor has folded when it wakes."""
PROGRESS_SECONDS_MAX: Final = 45.0
LOOK_SECONDS: Final = 0.1
TERMINATE_SECONDS: Final = (0.2, 1.2)
BUSY: Final = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND application_name = 'groundswell' AND state <> 'idle'"
)


Folded = Callable[[], Awaitable[int]]


@dataclass
class Done:
    """How often what was done."""

    kills: int = 0
    stops: int = 0
    terminated: int = 0
    kafka_restarts: int = 0
    postgres_restarts: int = 0


class Mischief:
    """Blows until each kind was dealt, ``seconds`` have passed and ``kills_min`` workers were killed."""

    def __init__(
        self,
        stack: LocalStack,
        workers: Sequence[WorkerProcess],
        random: Random,
        folded: Folded,
    ) -> None:
        self.done = Done()
        self._stack = stack
        self._workers = workers
        self._random = random
        self._folded = folded
        self._say: Callable[[str], None] = print

    async def run(self, seconds: float, kills_min: int, say: Callable[[str], None]) -> None:
        """Raises AssertionError when a round finds that nothing is folded any more."""
        self._say = say
        terminating = asyncio.ensure_future(self._terminate_backends())
        end = monotonic() + seconds
        kinds = [self._kill, self._kill, self._stop, self._restart_kafka, self._restart_postgres]
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

    async def _until_folded(self) -> None:
        before, deadline = await self._folded(), monotonic() + PROGRESS_SECONDS_MAX
        while await self._folded() <= before:
            assert monotonic() < deadline, f"nothing was folded for {PROGRESS_SECONDS_MAX:.0f} s"
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

    async def _restart_kafka(self) -> None:
        await self._restart("kafka")
        self.done.kafka_restarts += 1

    async def _restart_postgres(self) -> None:
        await self._restart("postgres")
        self.done.postgres_restarts += 1

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
