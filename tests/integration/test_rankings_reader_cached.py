"""The Reader of system 4 beside Redis: topics as Postgres tells them, whatever moves them."""

from decimal import Decimal
from typing import Any, Final

from events.decisions import decision_id
from events.envelope import Event
from events.rankings import (
    MetricsCalculated,
    PeriodOpened,
    RankingsUndone,
    RankingsUpdated,
    TopicChanged,
    TopicCreated,
    TopicRemoved,
)
from projections.rankings.answers import TopicMetrics
from projections.rankings.reader import Reader
from projections.redis.names import member
from tests.integration.cache_setting import CachedOwner, CachePlace, until
from tests.integration.cached_readers import NOW, ODD, place_of, readers_of, shown, worker_after
from tests.integration.rules_setting import id_of

PERIOD: Final = "autumn: 50%"
TOPICS: Final = ("alg", "bio", ODD)
PLANTED: Final = "a title that only Redis has"


def named(kind: type[Any], **fields: Any) -> Any:
    """An event of that kind in the period, now."""
    identity = id_of(f"{kind.__name__} {fields}")
    return kind.new(**{"id": identity, "at": NOW, "period_id": PERIOD, **fields})


def moved(student_id: str, session: str = "s1", **positions: int | None) -> Any:
    """A student puts topics at these positions."""
    updates = [{"topic_id": topic, "position": position} for topic, position in positions.items()]
    return named(RankingsUpdated, student_id=student_id, session=session, updates=updates)


def happened() -> list[Event]:
    """Ada and Bob rank two of three topics."""
    return [
        named(PeriodOpened, title="Autumn"),
        *(named(TopicCreated, topic_id=topic, title=topic, capacity=2) for topic in TOPICS),
        moved("ada", alg=1, bio=2),
        moved("bob", alg=2),
    ]


place = place_of("rankings")
worker = worker_after(happened)
readers = readers_of(Reader)


async def in_redis(place: CachePlace, reader: Reader) -> None:
    """All topics were asked for, so that they are in Redis."""

    async def are_there() -> bool:
        for topic in TOPICS:
            await reader.metrics(PERIOD, topic)
        return len((await place.in_redis()).rows["topic"]) == len(TOPICS)

    await until("all topics are in Redis", are_there)


async def answered(reader: Reader) -> list[TopicMetrics | None]:
    return [await reader.metrics(PERIOD, topic) for topic in (*TOPICS, "none")]


async def test_redis_answers_what_postgres_answers(
    place: CachePlace, worker: CachedOwner, readers: tuple[Reader, Reader]
) -> None:
    cached, plain = readers
    await in_redis(place, cached)
    asked = cached._cached
    assert asked is not None
    by_ids = {"period_id": PERIOD, "topic_id": ODD}
    assert await asked.one(TopicMetrics, "topic", by_ids) == await plain.metrics(PERIOD, ODD)
    assert await answered(cached) == await answered(plain)
    await place.client.hset(place.names.rows("topic") + member((PERIOD, "alg")), "title", PLANTED)
    found = await cached.metrics(PERIOD, "alg")
    assert found is not None
    assert (found.title, found.distribution, found.is_stale) == (PLANTED, [1, 1, 0], True)


async def test_topics_follow_whatever_moves_them_or_another_of_their_period(
    place: CachePlace, worker: CachedOwner, readers: tuple[Reader, Reader]
) -> None:
    cached, plain = readers
    await in_redis(place, cached)
    for event in (
        moved("bob", "s2", alg=1, bio=2),
        named(RankingsUndone, student_id="bob", session="s2"),
        named(TopicChanged, topic_id="bio", title="Biology", capacity=3),
        # The others have one position less from now on.
        named(TopicRemoved, topic_id=ODD),
        named(TopicCreated, topic_id="che", title="Chemistry"),
        named(TopicCreated, topic_id="dom", title="Dominoes"),
    ):
        await shown(place, worker, event)
        assert await answered(cached) == await answered(plain)
    found = await cached.metrics(PERIOD, "alg")
    assert found is not None
    assert found.distribution == [1, 1, 0, 0]
    assert await cached.metrics(PERIOD, ODD) is None


async def test_all_topics_of_a_period_become_stale_together_and_are_fresh_together(
    place: CachePlace, worker: CachedOwner, readers: tuple[Reader, Reader]
) -> None:
    cached, plain = readers
    await in_redis(place, cached)
    for event, is_stale in ((calculated(await changes(place)), False), (moved("bob", bio=1, alg=2), True)):
        await shown(place, worker, event)
        found = await answered(cached)
        assert found == await answered(plain)
        assert [topic.is_stale for topic in found if topic is not None] == [is_stale] * len(TOPICS)


async def changes(place: CachePlace) -> int:
    """How often the period has changed."""
    async with place.reading() as connection:
        cursor = await connection.execute("SELECT changes FROM rankings.periods")
        row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


def calculated(as_of: int) -> Any:
    """The engine's calculation, as of so many changes."""
    topics = [{"topic_id": "alg", "students": 2, "percentile": Decimal(50), "category": "medium"}]
    fields = {"changes": as_of, "topics": topics, "part": 0, "parts": 1}
    return named(MetricsCalculated, id=decision_id(MetricsCalculated.type_name(), NOW, 0), **fields)
