"""Two hundred users toggle one entry at once while workers are killed: states are the parity of the toggles.

Another seed: `GROUNDSWELL_TEST_SEED=2 pytest tests/integration/test_toggles_killed.py`.
"""

import asyncio
import os
import secrets
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

import psycopg
import pytest

from events import Publisher
from events.interactions import AmplificationToggled, ResonanceToggled
from projections.interactions.reader import Reader
from tests.integration.two_workers import (
    TAKE_OVERS,
    is_busy,
    is_level,
    one_of,
    positions,
    two_workers,
    until,
)
from tests.integration.worker_process import Place, answer, folded
from tests.simulation.worker_process import WorkerProcess

SEED: Final = int(os.environ.get("GROUNDSWELL_TEST_SEED", "1"))
PARTITIONS: Final = 4
USERS: Final = 200
TOGGLES: Final = 50
"""Of each user, and one more of every other one: so that half of them resonate in the end."""
AMPLIFIED_SHARE: Final = 0.1
"""Of the toggles, those that a toggle of the other kind comes after."""
TWICE_SHARE: Final = 0.2
"""Of the toggles, those that are sent twice."""
PAUSE_SECONDS_MAX: Final = 1.2
"""Between two toggles of a user: all of them take about half a minute, for as long as workers are killed."""
KILLS: Final = 5
ENTRY: Final = "river-poem"


class Toggling:
    """All users at once, each waiting for the log to have a toggle before the next one."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self.resonances: Counter[str] = Counter()
        self.amplifications: Counter[str] = Counter()
        self.doubles = 0

    @property
    def events(self) -> int:
        return self.resonances.total() + self.amplifications.total()

    async def run(self) -> None:
        await asyncio.gather(*(self._user(number) for number in range(USERS)))

    async def _user(self, number: int) -> None:
        # Its own: what the others draw in between makes no difference.
        random = Random(f"{SEED} {number}")
        user = f"user-{number}"
        for _ in range(TOGGLES + number % 2):
            await self._send(ResonanceToggled.new(at=now(), actor=user, entry_id=ENTRY), random)
            self.resonances[user] += 1
            if random.random() < AMPLIFIED_SHARE:
                await self._send(AmplificationToggled.new(at=now(), actor=user, entry_id=ENTRY), random)
                self.amplifications[user] += 1
            await asyncio.sleep(random.uniform(0, PAUSE_SECONDS_MAX))

    async def _send(self, event: ResonanceToggled | AmplificationToggled, random: Random) -> None:
        await self._publisher.publish(event)
        if random.random() < TWICE_SHARE:
            await self._publisher.publish(event)
            self.doubles += 1


def now() -> datetime:
    return datetime.now(UTC)


def odd(counted: Counter[str]) -> set[str]:
    """Whoever toggled an odd number of times."""
    return {user for user, times in counted.items() if times % 2}


async def kill_often(place: Place, workers: list[WorkerProcess], random: Random) -> int:
    """Each time something was folded again, mostly a worker that Postgres works for."""
    kills = 0
    while kills < KILLS:
        before = await positions(place)
        await until("something is folded", partial(is_beyond, place, before))
        await asyncio.sleep(random.uniform(0, 1))
        worker, _ = await one_of(workers, random, partial(is_busy, place))
        kills += await worker.kill()
    return kills


async def is_beyond(place: Place, before: int) -> bool:
    return await positions(place) > before


@pytest.fixture
def place(kafka: str, postgres: str, redis: str, tmp_path: Path) -> Place:
    """Empty, with enough partitions for two workers."""
    return Place(kafka, postgres, redis, f"test-{secrets.token_hex(6)}", tmp_path / "home", PARTITIONS)


@pytest.mark.timeout(300)
async def test_every_state_is_the_parity_of_its_toggles_whatever_is_killed(
    place: Place, tmp_path: Path
) -> None:
    print(f"seed {SEED}")
    publisher = Publisher(place.kafka, topic_prefix=place.topic_prefix, partitions=PARTITIONS)
    async with publisher, two_workers(place, tmp_path, "interactions") as workers:
        toggling = Toggling(publisher)
        running = asyncio.ensure_future(toggling.run())
        kills = await kill_often(place, workers, Random(SEED))
        await running
        await until("all is folded", partial(is_level, place, "interactions"))

    counted = folded(place.postgres)
    print(f"seed {SEED}: {kills} kills, {toggling.events} toggles, {toggling.doubles} twice, {counted}")
    assert (counted.applied, counted.duplicates, counted.dead) == (toggling.events, toggling.doubles, 0)
    assert answer(place.postgres, TAKE_OVERS) > PARTITIONS
    await assert_parity(place, toggling)


async def assert_parity(place: Place, toggling: Toggling) -> None:
    """In states, counts, the list of who resonates, and in Redis."""
    resonating, amplifying = odd(toggling.resonances), odd(toggling.amplifications)
    assert len(resonating) == USERS // 2
    with psycopg.connect(place.postgres) as connection:
        states = connection.execute(
            "SELECT user_id, has_resonated, has_amplified FROM interactions.user_states"
        ).fetchall()
    assert {user for user, resonates, _ in states if resonates} == resonating
    assert {user for user, _, amplifies in states if amplifies} == amplifying
    assert len(states) == len(resonating | amplifying)
    async with Reader(place.postgres) as reader, Reader(place.postgres, redis=place.redis) as cached:
        (counts,) = await reader.counts([ENTRY])
        assert (counts.resonance_count, counts.amplification_count) == (len(resonating), len(amplifying))
        assert counts.version == toggling.events
        page = await reader.resonated(ENTRY, limit=USERS)
        assert {row.user_id for row in page.rows} == resonating
        assert await cached.counts([ENTRY]) == [counts]
