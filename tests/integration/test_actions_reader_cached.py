"""The Reader beside Redis: answers as from Postgres, and from Postgres whenever Redis is not trusted."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from events.actions import ActionLogged, RippleBoosted, RippleCreated, WaveCreated
from events.envelope import Event
from projections.actions.reader import Reader
from projections.postgres.connection import connect
from projections.redis.names import member
from tests.integration.cache_setting import CachedOwner, CachePlace, cached_owner, folded, until
from tests.integration.cached_readers import place_of, readers_of
from tests.integration.rules_setting import id_of
from tests.simulation.engine_run import SimulatedLog

PLANTED: Final = "a title that only Redis has"
CLOSED: Final = """
INSERT INTO actions_g1.closed_hours (hour, parts, folded, complete) VALUES ({hour}, 1, '[0]', true);
INSERT INTO actions_g1.trending_scores (
    wave_id, ripple_id, hour, rank, score_micros, actions_1h, actions_24h, participants, previous_rank,
    peak_rank
) VALUES ('w', 'quiet', {hour}, 1, 2, 0, 0, 0, NULL, 1), ('w', 'busy', {hour}, 2, 1, 0, 0, 0, NULL, 2);
"""


place = place_of("actions")


@pytest.fixture
async def worker(place: CachePlace) -> AsyncIterator[CachedOwner]:
    """Has folded two ripples that trend, and an hour that was closed when the other one was first."""
    now = datetime.now(UTC)
    async with cached_owner(place, SimulatedLog(2)) as owner:
        owner.lead()
        await folded(owner, *happened(now), appended_ms=int(now.timestamp() * 1000))
        async with await connect(place.postgres) as connection:
            hour = int(now.timestamp()) // 3600 - 1
            await connection.execute(CLOSED.format(hour=hour).encode())
        await place.until_equal()
        yield owner


readers = readers_of(Reader)


def happened(now: datetime) -> list[Event]:
    """Ann and Bob are busy in one ripple now and an hour ago, another one got a point yesterday."""
    yesterday = now - timedelta(hours=25)

    def acted(number: int, actor: str, at: datetime) -> Event:
        return ActionLogged.new(
            id=id_of(number), at=at, actor=actor, wave_id="w", ripple_id="busy", action_id=str(number),
            bucket="planning", quantity=number, unit="trees",
        )  # fmt: skip

    return [
        WaveCreated.new(id=id_of("wave"), at=yesterday, wave_id="w", title="Clean coast"),
        RippleCreated.new(id=id_of("busy"), at=yesterday, wave_id="w", ripple_id="busy", title="Beach day"),
        RippleBoosted.new(id=id_of("boost"), at=yesterday, wave_id="w", ripple_id="quiet", points=1),
        acted(1, "ann", now),
        acted(2, "bob", now - timedelta(minutes=61)),
        acted(3, "ann", now - timedelta(minutes=2)),
    ]


async def planted(place: CachePlace, readers: tuple[Reader, Reader]) -> None:
    """Redis holds another title, and the reader shows it: so it is Redis that was read."""
    key = place.names.rows("ripple") + member(("w", "busy"))
    await place.client.hset(key, "title", PLANTED)

    async def is_shown() -> bool:
        return [one.title for one in await readers[0].live(limit=1)] == [PLANTED]

    await until("the list is read from Redis", is_shown)


async def test_redis_answers_what_postgres_answers(
    place: CachePlace, worker: CachedOwner, readers: tuple[Reader, Reader]
) -> None:
    questions: list[Any] = [
        lambda reader: reader.live("now"),
        lambda reader: reader.live("1h"),
        lambda reader: reader.live("24h"),
        lambda reader: reader.live("24h", limit=1),
        lambda reader: reader.ripple("w", "busy"),
        lambda reader: reader.ripple("w", "quiet"),
        lambda reader: reader.user("ann"),
        lambda reader: reader.user("nobody"),
        lambda reader: reader.ripple("w", "none"),
    ]
    await planted(place, readers)
    await place.client.hset(place.names.rows("ripple") + member(("w", "busy")), "title", "Beach day")
    for number, ask in enumerate(questions):

        async def is_same(ask: Any = ask) -> bool:
            # A minute may begin between the two: then they are asked again.
            return bool(await ask(readers[0]) == await ask(readers[1]))

        await until(f"question {number} is answered alike", is_same)
    busy, quiet = await readers[0].live("now")
    assert (busy.ripple_id, busy.rank_change, busy.actions_1h, busy.actions_24h) == ("busy", 1, 2, 3)
    assert (quiet.ripple_id, quiet.rank_change, quiet.wave_title) == ("quiet", -1, "Clean coast")
    assert busy.trending_score > 7 > 1 > quiet.trending_score > 0


async def test_ripples_are_read_from_redis(
    place: CachePlace, worker: CachedOwner, readers: tuple[Reader, Reader]
) -> None:
    await planted(place, readers)
    found = await readers[0].ripple("w", "busy")
    assert found is not None
    assert found.title == PLANTED


async def test_what_redis_cannot_be_trusted_with_is_asked_of_postgres(
    place: CachePlace, worker: CachedOwner, readers: tuple[Reader, Reader]
) -> None:
    await planted(place, readers)
    await worker.die()
    async with await connect(place.postgres) as connection:
        await connection.execute("UPDATE groundswell.positions SET flushes = flushes + 1")

    async def is_true() -> bool:
        return [one.title for one in await readers[0].live(limit=1)] == ["Beach day"]

    await until("the list is read from Postgres", is_true)
    found = await readers[0].ripple("w", "busy")
    assert found is not None
    assert found.title == "Beach day"


async def test_without_a_redis_that_answers_everything_is_asked_of_postgres(
    place: CachePlace, worker: CachedOwner, readers: tuple[Reader, Reader]
) -> None:
    async with Reader(place.postgres, redis="redis://127.0.0.1:1") as reader:
        assert [one.title for one in await reader.live()] == ["Beach day", None]
        assert await reader.user("ann") == await readers[1].user("ann")
