"""Two workers of system 2 are killed, stopped and cut off from Postgres under load; the tables stay exact.

Another seed: `GROUNDSWELL_TEST_SEED=2 pytest tests/integration/test_content_killed.py`. The same seed gives
the same blows again, and within the same hour the same traffic, though not at the very same microseconds.
"""

import asyncio
import json
import os
import secrets
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any, Final

import psutil
import pytest

from events.settings import Settings
from events.simulation.content import SIMULATION, ContentWorld
from events.simulation.traffic import Traffic
from events.topics import ensure_topics
from projections.postgres.connection import connect
from projections.postgres.generations import find_active
from streams.system import system_named
from tests.integration.two_workers import (
    TAKE_OVERS,
    WAIT_SECONDS_MAX,
    asked,
    is_busy,
    is_level,
    one_of,
    positions,
    topic,
    two_workers,
    until,
)
from tests.integration.worker_process import Place, answer
from tests.simulation.compare import differences, report, stored, unknown_columns
from tests.simulation.content_compare import NOW_COLUMNS, content_differences
from tests.simulation.content_oracle import content_expected
from tests.simulation.content_random_streams import content_log
from tests.simulation.content_random_world import key_of
from tests.simulation.crash import lost
from tests.simulation.crash_comparison import UNHURRIED
from tests.simulation.crash_traffic import Load
from tests.simulation.murmur2 import partition_of_key
from tests.simulation.oracle_heat import hour_of
from tests.simulation.random_streams import Instruction
from tests.simulation.raw_log import read_whole
from tests.simulation.worker_process import SESSION_SECONDS, WorkerProcess

SEED: Final = int(os.environ.get("GROUNDSWELL_TEST_SEED", "1"))
SYSTEM: Final = "content"
PARTITIONS: Final = 4
EVENTS: Final = 30_000
STRANGE_RECORDS: Final = 1_500
"""Random ones among them: broken, in the wrong partition, refused, about what was never announced."""
STRANGE_SHARE: Final = 0.05
VIDEOS: Final = 600
SPAN: Final = timedelta(hours=36)
PER_SECOND: Final = 250
"""While workers are killed: it lasts for all blows, so that each falls under load."""
PER_SECOND_IN_BURST: Final = 8_000
"""More than is folded at once: whoever is stopped holds records that it has folded and not committed."""
BURST_SECONDS: Final = (0.3, 0.8)
PER_SECOND_AFTERWARDS: Final = 20_000
STOPPED_SECONDS: Final = SESSION_SECONDS + 2.0
"""A stopped worker is past its session, and another one has its partitions, when it wakes."""
CUTS: Final = 4
"""So often in a row a worker loses its connections."""
CUT_APART_SECONDS: Final = (0.05, 0.4)
RECONCILING_SECONDS: Final = (0.8, 2.5)
"""A command needs about a second to begin."""
RECONCILED_DAYS: Final = "30"
TERMINATE: Final = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND client_port = ANY (%s)"
)


@dataclass
class Done:
    """How often what was done, and what it cost."""

    well_aimed: int = 0
    """Blows that hit a worker in the middle of what they were to interrupt."""
    kills: int = 0
    reconciled_rows: int = 0
    stops: int = 0
    terminated: int = 0
    longest_wait_seconds: float = 0.0
    """Until something was folded after a blow."""


class Blows:
    """What is done to the workers, drawn from a seed; each blow falls once something was folded again."""

    def __init__(self, place: Place, load: Load, workers: list[WorkerProcess], random: Random) -> None:
        self.done = Done()
        self._place = place
        self._load = load
        self._workers = workers
        self._random = random
        self._loading: asyncio.Future[None] | None = None

    async def deal(self, loading: asyncio.Future[None]) -> None:
        """Each kind, in an order of chance. Raises AssertionError when nothing is folded any more."""
        self._loading = loading
        kinds = [self._kill_one, self._kill_one, self._kill_both, self._stop, self._cut, self._cut]
        for blow in self._random.sample(kinds, len(kinds)):
            await self._until_folded()
            await asyncio.sleep(self._random.uniform(0, 1))
            await blow()
        await self._until_folded()

    async def _until_folded(self) -> None:
        began = monotonic()
        before = await positions(self._place)
        await until("something is folded", lambda: self._is_beyond(before))
        self.done.longest_wait_seconds = max(self.done.longest_wait_seconds, monotonic() - began)

    async def _is_beyond(self, before: int) -> bool:
        # On a slow machine the load may end before the blows.
        is_over = self._loading is not None and self._loading.done()
        return is_over or await positions(self._place) > before

    async def _kill_one(self) -> None:
        """The one that comes after it may be killed while it starts."""
        worker = await self._busy_one()
        for _ in range(self._random.randint(1, 2)):
            self.done.kills += await worker.kill()
            await asyncio.sleep(self._random.uniform(0, 2))

    async def _kill_both(self) -> None:
        """While totals are computed anew: nothing may have drifted, and nothing is lost of the report."""
        command = ("reconcile", "content", "--days", RECONCILED_DAYS)
        reconciling = asyncio.ensure_future(ended(self._place, *command))
        await asyncio.sleep(self._random.uniform(*RECONCILING_SECONDS))
        for worker in self._workers:
            self.done.kills += await worker.kill()
        self.done.reconciled_rows = (await reconciling)["checked"]

    async def _stop(self) -> None:
        """It wakes in the middle of whatever it did, when its partitions are somebody else's."""
        self._load.per_second = PER_SECOND_IN_BURST
        await asyncio.sleep(self._random.uniform(*BURST_SECONDS))
        sleeper = await self._folding_one()
        if sleeper.send(signal.SIGSTOP):
            self._load.per_second = PER_SECOND
            await asyncio.sleep(STOPPED_SECONDS)
            sleeper.send(signal.SIGCONT)
            self.done.stops += 1

    async def _cut(self) -> None:
        """Postgres ends all connections of a worker, again and again."""
        for _ in range(CUTS):
            worker = await self._busy_one()
            self.done.terminated += await asyncio.to_thread(asked, self._place, worker, TERMINATE)
            await asyncio.sleep(self._random.uniform(*CUT_APART_SECONDS))

    async def _busy_one(self) -> WorkerProcess:
        """One that Postgres works for at this moment."""
        return await self._one(partial(is_busy, self._place))

    async def _folding_one(self) -> WorkerProcess:
        """One that computes at this moment, and does not wait for Postgres."""
        return await self._one(lambda worker: computes(worker) and not is_busy(self._place, worker))

    async def _one(self, is_right: Callable[[WorkerProcess], bool]) -> WorkerProcess:
        worker, is_one = await one_of(self._workers, self._random, is_right)
        self.done.well_aimed += is_one
        return worker


def computes(worker: WorkerProcess) -> bool:
    """Whether it has the processor, or wants it."""
    try:
        return worker.pid is not None and psutil.Process(worker.pid).status() == psutil.STATUS_RUNNING
    except psutil.Error:
        return False


def fences(worker: WorkerProcess) -> int:
    """How often it found that another one owns its partitions, and wrote nothing."""
    ends = worker.times_said("worker_ends", code="fenced")
    return ends + worker.times_said("fenced_after_revocation")


def traffic(seed: int, until: datetime) -> Iterator[Instruction]:
    """Simulated events of the day and a half until then, with the records of a random log in between."""
    random = Random(seed)
    strange = iter(
        content_log(
            seed,
            events=STRANGE_RECORDS,
            partitions=PARTITIONS,
            base=until - SPAN,
            with_closes=False,
        )
    )
    told = Traffic(EVENTS, until - SPAN, until, late=0.05, double=0.05, retracted=0.1)
    for event in SIMULATION.stream(ContentWorld(told, videos=VIDEOS), seed):
        while random.random() < STRANGE_SHARE and (instruction := next(strange, None)) is not None:
            yield instruction
        key = key_of(event)
        value = json.dumps(event, ensure_ascii=False).encode()
        yield Instruction(key.encode(), value, partition_of_key(key, PARTITIONS), (), 0, "simulated")


@pytest.fixture
def place(kafka: str, postgres: str, redis: str, tmp_path: Path) -> Place:
    """Empty, with enough partitions for two workers."""
    return Place(kafka, postgres, redis, f"test-{secrets.token_hex(6)}", tmp_path / "home", PARTITIONS)


async def under_fire(place: Place, load: Load, workers: list[WorkerProcess], random: Random) -> Done:
    """Load and blows side by side; then everything is left in peace until it is folded."""
    blows = Blows(place, load, workers, random)
    loading = asyncio.ensure_future(load.run())
    try:
        await blows.deal(loading)
        load.per_second = PER_SECOND_AFTERWARDS
        await loading
    finally:
        load.stop()
        await loading
    await until("all is folded", lambda: is_level(place, SYSTEM))
    return blows.done


async def ended(place: Place, *arguments: str) -> dict[str, Any]:
    """What a command that succeeds tells as JSON."""
    process = await asyncio.to_thread(place.run, *arguments, "--json", timeout=WAIT_SECONDS_MAX)
    assert process.returncode == 0, f"{arguments}: {process.returncode}\n{process.stdout}\n{process.stderr}"
    found: dict[str, Any] = json.loads(process.stdout)
    return found


async def oracle_differences(place: Place, load: Load) -> list[str]:
    """A line for each difference between the tables and what the log says that was folded."""
    records = await read_whole(place.kafka, topic(place, SYSTEM), PARTITIONS)
    async with await connect(place.postgres, **UNHURRIED) as connection:
        generation = await find_active(connection, "content")
        assert generation is not None, "a worker has made one"
        found = await stored(connection, generation, topic(place, SYSTEM))
        # A decision that fell due at the very end may lie in the log, folded by nobody.
        records = [record for record in records if record.offset < found.positions[record.partition]]
        wanted = content_expected(records, PARTITIONS)
        lines = await content_differences(connection, generation, wanted)
    counts = found.counts.values()
    read, applied, duplicates, dead = map(sum, zip(*counts, strict=True))
    print(f"{len(records)} records: {applied} applied, {duplicates} duplicates, {dead} dead")
    assert read == applied + duplicates + dead == len(records)
    lines += differences(found, wanted, records) + unknown_columns(found, wanted, NOW_COLUMNS)
    return lines + lost(records, load.acknowledged)


@pytest.mark.timeout(400)
async def test_whatever_happens_to_two_workers_the_tables_are_what_the_log_says(
    place: Place, tmp_path: Path
) -> None:
    """Views, counts and dead letters equal the oracle, and a fold apart; nothing had drifted."""
    # The last leaderboards and what trends have something to tell of.
    hour = hour_of(datetime.now(UTC))
    print(f"seed {SEED}, traffic until {hour}")
    settings = Settings(kafka_address=place.kafka, postgres_address=place.postgres)
    events = system_named(SYSTEM).events
    await ensure_topics(settings.kafka, [events], PARTITIONS, topic_prefix=place.topic_prefix)
    load = Load(place.kafka, topic(place, SYSTEM), traffic(SEED, hour), PER_SECOND)
    async with two_workers(place, tmp_path, SYSTEM) as workers:
        done = await under_fire(place, load, workers, Random(SEED))
    exits = [worker.exit_codes for worker in workers]
    print(f"seed {SEED}: {done}, {sum(map(fences, workers))} fences, exits {exits}")
    assert all(worker.stopped_cleanly for worker in workers)
    assert done.kills >= 3
    assert done.stops == 1
    assert done.terminated > 0
    assert done.reconciled_rows > 0
    assert answer(place.postgres, TAKE_OVERS) > PARTITIONS
    lines = await oracle_differences(place, load)
    assert not lines, f"seed {SEED}: {report(lines)}"
    verified = await ended(place, "verify", "content")
    assert verified["differences"] == 0, f"seed {SEED}: {verified}"
