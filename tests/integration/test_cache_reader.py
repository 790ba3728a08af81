"""What readers are answered from Redis, and when they are told to ask Postgres."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from events.actions import ActionLogged, RippleCreated
from projections.actions.read_model import READ_MODEL
from projections.postgres.connection import connect
from projections.redis.client import CONNECTIONS_MAX
from projections.redis.reader import CacheReader
from tests.integration.cache_setting import CachedOwner, CachePlace, cached_owner, folded, until
from tests.integration.rules_setting import AT, action, boost, id_of
from tests.simulation.engine_run import SimulatedLog


@pytest.fixture
async def place(postgres: str, redis: str) -> CachePlace:
    return await CachePlace.prepare(postgres, redis)


@pytest.fixture
async def worker(place: CachePlace) -> AsyncIterator[CachedOwner]:
    async with cached_owner(place, SimulatedLog(2)) as owner:
        owner.lead()
        yield owner


@pytest.fixture
async def reader(place: CachePlace, worker: CachedOwner) -> AsyncIterator[CacheReader]:
    async with CacheReader(READ_MODEL, place.postgres, place.redis) as opened:
        yield opened


async def rows_of(place: CachePlace, query: str) -> list[tuple[Any, ...]]:
    """What Postgres answers."""
    async with await connect(place.postgres) as connection:
        return await (await connection.execute(query.encode())).fetchall()


async def test_the_live_list_is_that_of_postgres_with_ties_in_order(
    place: CachePlace, worker: CachedOwner, reader: CacheReader
) -> None:
    """Ties at the end of the list too, also where Redis orders names otherwise than Postgres orders keys."""
    waves = ["a", "a-b", "a:b", "a%", "b", "a b"]
    await folded(worker, *(boost(wave, wave=wave) for wave in waves), boost("more", 5, wave="c"))
    await place.until_equal()
    wanted = await rows_of(
        place, "SELECT wave_id, ripple_id FROM actions.ripple_trends ORDER BY heat DESC, wave_id, ripple_id"
    )
    for limit in range(1, 9):
        found = await answered(reader, limit)
        assert [one.key for one in found] == wanted[:limit]
        assert [one.rank for one in found] == list(range(1, len(found) + 1))


async def trusted(place: CachePlace, worker: CachedOwner, reader: CacheReader) -> None:
    """One boosted ripple is in Redis, and the reader has answered from there."""
    await folded(worker, boost(1))
    await place.until_equal()
    await answered(reader, 1)


async def answered(reader: CacheReader, limit: int, name: str = "trending") -> Any:
    """The list, once it is trusted."""
    found: Any = None

    async def is_answered() -> bool:
        nonlocal found
        found = await reader.top(name, limit)
        return found is not None

    await until(f"{name} is answered", is_answered)
    return found


async def test_too_many_ties_are_left_to_postgres(
    place: CachePlace, worker: CachedOwner, reader: CacheReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    await folded(worker, *(boost(number, wave=f"w{number}") for number in range(6)))
    await place.until_equal()
    assert len(await answered(reader, 2)) == 2
    monkeypatch.setattr("projections.redis.reader.TIES_MAX", 3)
    assert await reader.top("trending", 2) is None
    assert len(await answered(reader, 3)) == 3


async def test_an_empty_list_is_an_answer(place: CachePlace, reader: CacheReader) -> None:
    await place.until_equal()
    assert await answered(reader, 10) == []


async def test_rows_are_those_of_the_view(
    place: CachePlace, worker: CachedOwner, reader: CacheReader
) -> None:
    title = RippleCreated.new(id=id_of("title"), at=AT, actor="ann", wave_id="w", ripple_id="r", title="Dune")
    await folded(worker, title, action(1), boost(2, 4))
    await place.until_equal()
    await until("the row is answered", lambda: reader.row("ripple", ("w", "r")))
    row = await reader.row("ripple", ("w", "r"))
    assert row is not None
    (wanted,) = await rows_of(
        place,
        "SELECT title, actions_total::text, impact::text, participants::text, boost_points::text,"
        " version::text FROM actions.ripple_counters",
    )
    names = ("title", "actions_total", "impact", "participants", "boost_points", "version")
    assert tuple(row[name] for name in names) == wanted
    assert row["last_action_at"] == "2026-11-20T12:00:00.000000Z"
    assert "wave_title" not in row
    assert await reader.row("ripple", ("w", "no such ripple")) is None


async def test_users_are_there_from_their_first_read_and_follow_from_then_on(
    place: CachePlace, worker: CachedOwner, reader: CacheReader
) -> None:
    await folded(worker, action(1), action(2, actor="bob"))
    await place.until_equal()
    assert (await place.in_redis()).rows["user"] == {}
    await until("ann is answered", lambda: reader.row("user", ("ann",)))
    assert (await place.in_redis()).rows["user"].keys() == {"ann"}
    assert await place.client.ttl(f"{place.names.rows('user')}ann") > 3_000
    await folded(worker, action(3), action(4, actor="bob"))
    await place.until_equal()
    rows = (await place.in_redis()).rows["user"]
    assert rows.keys() == {"ann"}
    assert rows["ann"]["actions"] == "2"
    assert rows["ann"]["impact"] == "5"


async def test_a_user_who_is_touched_while_a_reader_reads_is_not_put_back(
    place: CachePlace, worker: CachedOwner, reader: CacheReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    await folded(worker, action(1))
    await place.until_equal()
    read = reader._read

    async def slowly(*arguments: Any) -> Any:
        found = await read(*arguments)
        await folded(worker, action("in between"))
        await place.until_equal()
        return found

    monkeypatch.setattr(reader, "_read", slowly)
    await until("ann is answered", lambda: reader.row("user", ("ann",)))
    assert (await place.in_redis()).rows["user"]["ann"]["actions"] == "2"
    assert await place.differences() == []


async def test_nobody_is_left_in_redis_who_is_not_in_postgres(
    place: CachePlace, worker: CachedOwner, reader: CacheReader
) -> None:
    await folded(worker, action(1))
    await place.until_equal()
    await answered(reader, 1)
    assert await reader.row("user", ("nobody",)) is None
    assert [key async for key in place.client.scan_iter(match=f"{place.names.rows('user')}*")] == []


async def test_more_ask_at_once_than_there_are_connections(
    place: CachePlace, worker: CachedOwner, reader: CacheReader
) -> None:
    await trusted(place, worker, reader)
    answers = await asyncio.gather(*(reader.top("trending", 1) for _ in range(20 * CONNECTIONS_MAX)))
    assert [len(answer or ()) for answer in answers] == [1] * len(answers)


async def test_a_redis_that_is_behind_is_not_trusted(
    place: CachePlace, worker: CachedOwner, reader: CacheReader
) -> None:
    await trusted(place, worker, reader)
    await worker.die()
    async with await connect(place.postgres) as connection:
        await connection.execute("UPDATE groundswell.positions SET flushes = flushes + 1")
    await until("it is not trusted", is_refused(reader))


async def test_a_wiped_redis_says_nothing_wrong(
    place: CachePlace, worker: CachedOwner, reader: CacheReader
) -> None:
    await trusted(place, worker, reader)
    await place.client.flushall()
    found = await reader.top("trending", 1)
    assert found is None or len(found) == 1


async def test_another_active_generation_is_not_trusted(
    place: CachePlace, worker: CachedOwner, reader: CacheReader
) -> None:
    await trusted(place, worker, reader)
    await worker.die()
    async with await connect(place.postgres) as connection:
        await connection.execute("UPDATE groundswell.generations SET promoted_at = clock_timestamp()")
    await until("it is not trusted", is_refused(reader))


async def test_windows_are_trusted_while_redis_is_of_this_minute(
    place: CachePlace, worker: CachedOwner, reader: CacheReader
) -> None:
    await trusted(place, worker, reader)
    await worker.die()
    await place.client.hset(place.names.flushes, "minute", "0")
    assert await reader.top("trending", 1) is None


async def test_the_minute_job_brings_what_left_the_windows(
    place: CachePlace, worker: CachedOwner, reader: CacheReader
) -> None:
    """An action of 59 minutes ago leaves the last hour with the next minute or the one after."""
    now = (await rows_of(place, "SELECT date_trunc('minute', clock_timestamp())"))[0][0]
    event = ActionLogged.new(
        id=id_of("now"), at=now, actor="ann", wave_id="w", ripple_id="r", action_id="now", bucket="planning"
    )
    await folded(worker, event, appended_ms=int(now.timestamp() * 1000))
    await place.until_equal()
    assert [one.score for one in await answered(reader, 5, "trending:1h")] == [1.0]
    async with await connect(place.postgres) as connection, connection.transaction():
        schema = place.engine.generation.schema
        await connection.execute(f"UPDATE {schema}.activity_minutes SET minute = minute - 60".encode())
        await connection.execute(f"UPDATE {schema}.activity_hours SET hour = hour - 1".encode())
        await connection.execute("UPDATE groundswell.recalculations SET as_of = as_of - interval '1 hour'")
    await place.until_equal()
    assert await answered(reader, 5, "trending:1h") == []
    assert len(await answered(reader, 5, "trending:24h")) == 1


def is_refused(reader: CacheReader) -> Any:
    """Whether the reader is told to ask Postgres."""

    async def refused() -> bool:
        return await reader.top("trending", 1) is None

    return refused
