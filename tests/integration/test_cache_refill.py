"""Redis wiped, older, away or behind: it is noticed, it is filled anew, and it is equal again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, cast

import pytest
from redis.commands.core import AsyncScript

from projections.postgres.connection import connect
from projections.redis.outbox import leave
from projections.redis.touched import Touched
from tests.integration.cache_setting import (
    WAIT_SECONDS_MAX,
    CachedOwner,
    CachePlace,
    cached_owner,
    folded,
    until,
)
from tests.integration.rules_setting import action, boost
from tests.simulation.engine_run import SimulatedLog
from tests.simulation.random_streams import random_log

KEYS_OF_A_DATABASE = "*"


@pytest.fixture
async def place(postgres: str, redis: str) -> CachePlace:
    return await CachePlace.prepare(postgres, redis)


@pytest.fixture
async def worker(place: CachePlace) -> AsyncIterator[CachedOwner]:
    """A worker that has brought something."""
    async with cached_owner(place, SimulatedLog(2)) as owner:
        await folded(owner, *(boost(number, wave=f"w{number}") for number in range(10)), action(1))
        await place.until_equal()
        yield owner


async def fill(place: CachePlace) -> str | None:
    """The token of the fill."""
    return cast("str | None", await place.client.get(place.names.fill))


async def until_filled_anew(place: CachePlace, before: str | None) -> None:
    """Another fill is there as a whole, and equal."""

    async def is_another() -> bool:
        now = await fill(place)
        return now is not None and now != before

    await until("another fill", is_another)
    await place.until_equal()


async def test_a_wipe_is_noticed_when_nothing_happens(place: CachePlace, worker: CachedOwner) -> None:
    before = await fill(place)
    await place.client.flushall()
    await until_filled_anew(place, before)


async def test_a_wipe_under_load(place: CachePlace) -> None:
    log = SimulatedLog(3)
    async with cached_owner(place, log) as worker:
        for number, instruction in enumerate(random_log(5, events=500, partitions=3, with_copies=False)):
            log.append(instruction)
            if number % 20 == 0:
                await worker.catch_up()
            if number % 100 == 50:
                await place.client.flushall()
        await worker.catch_up()
        await place.until_equal()
    assert len((await place.in_redis()).rows["ripple"]) > 3


async def test_an_older_state_of_redis_is_noticed(place: CachePlace, worker: CachedOwner) -> None:
    """As a snapshot that is restored: every key as it was, the fill's token too."""
    before = await fill(place)
    keys = [key async for key in place.client.scan_iter(match=KEYS_OF_A_DATABASE)]
    raw = place.raw_client()
    dumped = {key: cast(bytes, await raw.dump(key)) for key in keys}
    await folded(worker, boost("later", 7, wave="w1"))
    await place.until_equal()
    async with raw.pipeline(transaction=True) as pipeline:
        calls = [pipeline.flushdb(), *(pipeline.restore(key, 0, value) for key, value in dumped.items())]
        assert len(await pipeline.execute()) == len(calls)
    await raw.aclose()
    await until_filled_anew(place, before)
    assert (await place.in_redis()).rows["ripple"]["w1:r"]["boost_points"] == "8"


async def test_a_missed_write_is_noticed(place: CachePlace, worker: CachedOwner) -> None:
    """A worker died after its commit, and what it left in the outbox is lost too."""
    before = await fill(place)
    await worker.die()
    async with cached_owner(place, worker.owner.log) as second:
        second.owner.flusher._cache = None
        await folded(second, boost("missed", 7, wave="w1"))
    async with cached_owner(place, worker.owner.log):
        await until_filled_anew(place, before)
    assert (await place.in_redis()).rows["ripple"]["w1:r"]["boost_points"] == "8"


async def test_what_a_dead_worker_left_is_brought_by_the_next_owner(
    place: CachePlace, worker: CachedOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await fill(place)
    monkeypatch.setattr(worker.cache, "hand_over", lambda entry: None)
    await folded(worker, boost("left", 7, wave="w1"), boost("left too", wave="w2"))
    await worker.die()
    assert await place.left() > 0
    async with cached_owner(place, worker.owner.log):
        await place.until_equal()
        await place.until_outbox_empty()
    assert await fill(place) == before
    assert (await place.in_redis()).rows["ripple"]["w1:r"]["boost_points"] == "8"


async def test_what_nobody_brings_is_brought_by_anybody(place: CachePlace, worker: CachedOwner) -> None:
    """A job's worker died between its commit and its write."""
    key = f"{place.names.rows('ripple')}w1:r"
    await place.client.hset(key, "boost_points", "wrong")
    async with await connect(place.postgres) as connection, connection.transaction():
        await leave(connection, place.engine.generation, Touched({"ripple": [("w1", "r")]}))
    await place.until_outbox_empty()
    assert await place.differences() == []


async def test_a_flush_with_too_many_keys_fills_anew(
    place: CachePlace, worker: CachedOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await fill(place)
    monkeypatch.setattr("projections.redis.touched.KEYS_MAX", 5)
    monkeypatch.setattr("streams.cache_refilling.CALM_SECONDS", 0.1)
    await folded(worker, *(boost(f"more {number}", wave=f"w{number}") for number in range(10)))
    await until_filled_anew(place, before)
    await place.until_outbox_empty()


async def test_a_postgres_that_may_have_lost_commits_fills_anew(
    place: CachePlace, worker: CachedOwner
) -> None:
    """These statistics begin anew when Postgres recovers from a crash, also where its process goes on."""
    before = await fill(place)
    async with await connect(place.postgres) as connection:
        await connection.execute("SELECT pg_stat_reset_shared('bgwriter')")
    await until_filled_anew(place, before)


async def test_rows_of_a_spoiled_fill_are_not_written_into_the_next(
    place: CachePlace, worker: CachedOwner
) -> None:
    store, source = place.store(), place.source()
    begun = await store.begin()
    assert begun is not None
    async with place.reading() as connection:
        older = await source.read(connection, {"ripple": [("w1", "r")]})
    await place.client.flushall()
    await until_filled_anew(place, begun.fill)
    assert await store.write(begun, older) == "refilled"


async def test_while_no_fill_has_begun_nothing_is_written(place: CachePlace) -> None:
    store = place.store()
    assert await store.begin() is None


async def test_a_worker_ends_while_no_fill_has_begun(
    place: CachePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when Redis's client drops the cancellation, as it may in the moment in which it has sent."""
    run, sent = AsyncScript.__call__, asyncio.Event()

    async def dropping(script: AsyncScript, *arguments: Any, **named: Any) -> Any:
        if not sent.is_set():
            sent.set()
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(WAIT_SECONDS_MAX)
        return await run(script, *arguments, **named)

    async with await connect(place.postgres) as connection:
        await connection.execute("UPDATE groundswell.generations SET active = false")
    worker = await CachedOwner.take_over(place, SimulatedLog(2), [0, 1])
    monkeypatch.setattr(AsyncScript, "__call__", dropping)
    await folded(worker, boost(1))
    await asyncio.wait_for(sent.wait(), WAIT_SECONDS_MAX)
    await asyncio.wait_for(worker.die(), WAIT_SECONDS_MAX)


async def test_a_scan_that_was_overtaken_removes_nothing(place: CachePlace, worker: CachedOwner) -> None:
    """A worker that lost its lock goes on with its scan, and another one has filled meanwhile."""
    clear = place.store()._scripts
    key = f"{place.names.rows('ripple')}w1:r"
    assert not await clear.run("clear", [place.names.filling, key], "an older filling")
    assert await place.client.exists(key)


async def test_a_generation_that_is_not_active_does_not_fill(place: CachePlace, worker: CachedOwner) -> None:
    async with await connect(place.postgres) as connection:
        await connection.execute("UPDATE groundswell.generations SET active = false")
    await place.client.flushall()
    await asyncio.sleep(1.0)
    assert await fill(place) is None
