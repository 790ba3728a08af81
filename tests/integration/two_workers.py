"""Two workers of a system side by side, each started again whenever it ends, and how far they have come."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from time import monotonic
from typing import Final

import psutil

from streams.system import system_named
from tests.integration.worker_process import Place, answer, folded
from tests.simulation.raw_log import end_offsets
from tests.simulation.worker_process import WorkerProcess

RIGHT_SECONDS_MAX: Final = 1.5
WAIT_SECONDS_MAX: Final = 90.0
"""Beyond the rebalance timeout of Kafka, on a busy machine."""
LOOK_SECONDS: Final = 0.1
BUSY: Final = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND client_port = ANY (%s) AND state <> 'idle'"
)
LEFT: Final = (
    "SELECT (SELECT count(*) FROM groundswell.outbox WHERE published_at IS NULL)"
    " + (SELECT count(*) FROM groundswell.chores)"
)
TAKE_OVERS: Final = "SELECT sum(epoch) FROM groundswell.positions"


@asynccontextmanager
async def two_workers(place: Place, folder: Path, system: str) -> AsyncIterator[list[WorkerProcess]]:
    """Each is started again whenever it ends; at the end they are asked to stop."""
    names = ("worker-1", "worker-2")
    workers = [WorkerProcess(name, place.environment, folder / f"{name}.log", system) for name in names]
    try:
        for worker in workers:
            worker.start()
        yield workers
    except AssertionError:
        for worker in workers:
            print(f"the last that {worker.name} said:\n{worker.last_words()}")
        raise
    finally:
        for worker in workers:
            await worker.stop()


async def one_of(
    workers: Sequence[WorkerProcess], random: Random, is_right: Callable[[WorkerProcess], bool]
) -> tuple[WorkerProcess, bool]:
    """One for which something holds, and True; any, and False, when it holds for none for a while."""
    deadline = monotonic() + RIGHT_SECONDS_MAX
    worker = random.choice(workers)
    while monotonic() < deadline:
        if await asyncio.to_thread(is_right, worker):
            return worker, True
        worker = random.choice(workers)
    return worker, False


def is_busy(place: Place, worker: WorkerProcess) -> bool:
    """Whether Postgres works for it at this moment."""
    return asked(place, worker, BUSY) > 0


def asked(place: Place, worker: WorkerProcess, query: str) -> int:
    """What Postgres answers about the connections that a worker has to it; 0 when it has none."""
    try:
        lines = psutil.Process(worker.pid).net_connections("tcp") if worker.pid is not None else []
    except psutil.Error:
        return 0
    return int(answer(place.postgres, query, [line.laddr.port for line in lines]))


async def positions(place: Place) -> int:
    """The sum of the positions."""
    return (await asyncio.to_thread(folded, place.postgres)).positions


async def until(what: str, holds: Callable[[], Awaitable[bool]]) -> None:
    """Waits until something holds; fails after WAIT_SECONDS_MAX."""
    deadline = monotonic() + WAIT_SECONDS_MAX
    while not await holds():
        assert monotonic() < deadline, f"not in {WAIT_SECONDS_MAX:.0f} s: {what}"
        await asyncio.sleep(LOOK_SECONDS)


async def is_level(place: Place, system: str) -> bool:
    """Lag 0, and nothing is left in the outbox or to be done in pages."""
    left = await asyncio.to_thread(answer, place.postgres, LEFT)
    return left == 0 and await positions(place) == sum(await log_ends(place, system))


async def log_ends(place: Place, system: str) -> list[int]:
    """The end of each partition."""
    return list((await end_offsets(place.kafka, topic(place, system), place.partitions)).values())


def topic(place: Place, system: str) -> str:
    """Where the system's events are."""
    return system_named(system).events.topic(place.topic_prefix)
