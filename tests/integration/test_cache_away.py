"""Redis stopped, slow and back: flushes go on, readers ask Postgres, and then it is as before."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.local_stack.valkey import Valkey
from projections.actions.read_model import READ_MODEL
from projections.redis.reader import CacheReader
from tests.integration.cache_setting import CachedOwner, CachePlace, cached_owner, folded, until
from tests.integration.rules_setting import boost
from tests.simulation.engine_run import SimulatedLog


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A server of this test's own."""
    server = Valkey(tmp_path, {}, prefer_usual_ports=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def place(postgres: str, valkey: Valkey) -> CachePlace:
    return await CachePlace.prepare(postgres, valkey.address)


@pytest.fixture
async def worker(place: CachePlace) -> AsyncIterator[CachedOwner]:
    async with cached_owner(place, SimulatedLog(1)) as owner:
        owner.lead()
        await folded(owner, boost(1, 10))
        await place.until_equal()
        yield owner


async def test_redis_stops_and_comes_back_empty(
    place: CachePlace, worker: CachedOwner, valkey: Valkey
) -> None:
    valkey.stop()
    await folded(worker, boost(2, 5))
    await folded(worker, boost(3, 5))
    valkey.start()
    await place.until_equal()
    assert (await place.in_redis()).rows["ripple"]["w:r"]["boost_points"] == "20"
    await place.until_outbox_empty()


async def test_while_redis_is_away_the_outbox_stays_short(
    place: CachePlace, worker: CachedOwner, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.cache_backlog.ENTRIES_MAX", 5)
    valkey.stop()
    for number in range(2, 20):
        await folded(worker, boost(number))

    async def is_short() -> bool:
        return await place.left() <= 7

    await until("the outbox is short", is_short)
    valkey.start()
    await place.until_equal()
    await place.until_outbox_empty()


async def test_no_read_fails_while_redis_is_away(
    place: CachePlace, worker: CachedOwner, valkey: Valkey
) -> None:
    async with CacheReader(READ_MODEL, place.postgres, place.redis) as reader:
        await until("an answer", lambda: reader.row("ripple", ("w", "r")))
        valkey.stop()
        assert await reader.row("ripple", ("w", "r")) is None
        assert await reader.top("trending", 10) is None
        valkey.start()
        await until("an answer", lambda: reader.top("trending", 10))


async def test_a_slow_redis_is_not_waited_for(
    place: CachePlace, worker: CachedOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with CacheReader(READ_MODEL, place.postgres, place.redis) as reader:
        await until("an answer", lambda: reader.row("ripple", ("w", "r")))
        assert await place.client.client_pause(1_500, all=True)
        assert await reader.row("ripple", ("w", "r")) is None
        await until("an answer", lambda: reader.row("ripple", ("w", "r")))
