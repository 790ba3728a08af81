"""The Reader of system 2 beside Redis: as Postgres answers, and from there whenever Redis is in doubt."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from psycopg import sql

from events.content import (
    CommunityCreated,
    CommunityDeleted,
    CreatorChanged,
    CreatorFollowersObserved,
    CreatorRegistered,
    SoundRegistered,
    VideoChanged,
    VideoCommented,
    VideoPublished,
    VideoRemoved,
    VideoViewed,
)
from events.envelope import Event
from projections.content.answers import VideoRow
from projections.content.reader import Reader
from projections.postgres.connection import connect
from projections.postgres.generations import filled
from projections.redis.names import member
from tests.integration.cache_setting import CachedOwner, CachePlace, folded, until
from tests.integration.cached_readers import (
    APPENDED_MS,
    NOW,
    ODD,
    place_of,
    readers_of,
    shown,
    worker_after,
)
from tests.integration.rules_setting import id_of

PLANTED: Final = "a caption that only Redis has"

Ask = Callable[[Reader], Awaitable[Any]]

QUESTIONS: Final[dict[str, Ask]] = {
    "a video": lambda reader: reader.video("lamp"),
    "a video of odd text": lambda reader: reader.video(ODD),
    "a stub": lambda reader: reader.video("stub"),
    "no video": lambda reader: reader.video("none"),
    "a creator": lambda reader: reader.creator("ada"),
    "a creator of odd text": lambda reader: reader.creator(ODD),
    "a creator who only has followers": lambda reader: reader.creator("grace"),
    "a sound": lambda reader: reader.sound("rain"),
    "a sound that was not announced": lambda reader: reader.sound("wind"),
    "a hashtag that is young": lambda reader: reader.hashtag("#DIY"),
    "a hashtag of yesterday": lambda reader: reader.hashtag("null"),
    "a hashtag of last week": lambda reader: reader.hashtag("old"),
    "a hashtag of odd text": lambda reader: reader.hashtag(ODD),
    "a community": lambda reader: reader.community("makers"),
    "a community of odd text": lambda reader: reader.community(ODD),
}


def named(kind: type[Any], **fields: Any) -> Any:
    """An event of that kind, now."""
    return kind.new(**{"id": id_of(f"{kind.__name__} {fields}"), "at": NOW, **fields})


def happened() -> list[Event]:
    """Videos of today, yesterday and last week, with all that they belong to; some of it not announced."""
    return [
        named(CreatorRegistered, creator_id="ada", username="ada", avatar_url="a.jpg", verified=True),
        named(CreatorRegistered, creator_id=ODD, username="null", display_name=ODD, verified=False),
        named(CreatorFollowersObserved, creator_id="grace", followers=12),
        named(SoundRegistered, sound_id="rain", title="Rain", duration_seconds=30),
        named(CommunityCreated, community_id="makers", name="M", linked_hashtags=["#DIY", "a,b", '"NULL"']),
        named(CommunityCreated, community_id=ODD, name=ODD),
        named(
            VideoPublished, video_id="lamp", creator_id="ada", sound_id="rain", caption="A lamp",
            hashtags=["#DIY", "a,b", "NULL"], communities=["makers", ODD], duration_seconds=0,
            published_at=NOW - timedelta(minutes=30),
        ),
        named(
            VideoPublished, video_id=ODD, creator_id=ODD, sound_id="wind", description=ODD,
            hashtags=["null", ODD], communities=[ODD], published_at=NOW - timedelta(hours=25),
        ),
        named(
            VideoPublished, video_id="old", creator_id="ada", sound_id="wind", hashtags=["old"],
            published_at=NOW - timedelta(days=8),
        ),
        named(VideoViewed, video_id="lamp", count=10_001),
        named(VideoViewed, video_id=ODD, count=50_000),
        named(VideoCommented, video_id="stub", count=3),
    ]  # fmt: skip


place = place_of("content")
worker = worker_after(happened)
readers = readers_of(Reader)


async def in_redis(place: CachePlace, reader: Reader) -> None:
    """Everything there is was asked for, so that it is in Redis."""

    async def is_there() -> bool:
        for ask in QUESTIONS.values():
            await ask(reader)
        found = (await place.in_redis()).rows
        return {name: len(rows) for name, rows in found.items()} == {
            "video": 3, "creator": 3, "sound": 2, "hashtag": 4, "community": 2,
        }  # fmt: skip

    await until("all rows are in Redis", is_there)


async def planted(place: CachePlace, reader: Reader) -> None:
    """Redis holds another caption, and the reader shows it: so it is Redis that was read."""
    await in_redis(place, reader)
    await place.client.hset(place.names.rows("video") + member(("lamp",)), "caption", PLANTED)

    async def is_shown() -> bool:
        return (await lamp(reader)).title == PLANTED

    await until("the video is read from Redis", is_shown)


async def lamp(reader: Reader) -> VideoRow:
    found = await reader.video("lamp")
    assert found is not None
    return found


async def test_redis_answers_what_postgres_answers(
    place: CachePlace, worker: CachedOwner, readers: tuple[Reader, Reader]
) -> None:
    cached, plain = readers
    await in_redis(place, cached)
    asked = cached._cached
    assert asked is not None
    answers = (
        await asked.video("lamp"), await asked.creator("ada"), await asked.sound("rain"),
        await asked.hashtag("diy"), await asked.community("makers"),
    )  # fmt: skip
    assert None not in answers, "they are read from Redis"
    for name, ask in QUESTIONS.items():

        async def is_same(ask: Ask = ask) -> bool:
            # A minute may begin between the two: then they are asked again.
            return bool(await ask(cached) == await ask(plain))

        await until(f"{name} is answered alike", is_same)


async def test_what_trends_is_told_as_of_the_minute(
    place: CachePlace, worker: CachedOwner, readers: tuple[Reader, Reader]
) -> None:
    await in_redis(place, readers[0])
    young, older = await readers[0].hashtag("diy"), await readers[0].hashtag("null")
    assert young is not None
    assert (young.trend_score, young.trending) == (100_010, True)
    # The younger of its two videos counts.
    assert older is not None
    assert (older.trend_score, older.trending) == (600_010, True)
    wind = await readers[0].sound("wind")
    assert wind is not None
    assert (wind.trend_score, wind.trending, wind.title) == (100_000, False, "Untitled")


async def test_rows_follow_whatever_changes_them(
    place: CachePlace, worker: CachedOwner, readers: tuple[Reader, Reader]
) -> None:
    await in_redis(place, readers[0])
    await shown(
        place,
        worker,
        named(CreatorChanged, creator_id="ada", display_name="Ada L."),
        named(VideoChanged, video_id="lamp", hashtags=["old"], published_at=NOW - timedelta(days=9)),
        named(VideoRemoved, video_id=ODD),
    )
    rows = (await place.in_redis()).rows
    assert rows["video"].keys() == {"lamp", "stub"}
    assert rows["hashtag"].keys() == {"old"}
    assert rows["creator"]["ada"]["newest_video_at"][:10] == str((NOW - timedelta(days=8)).date())
    found = await lamp(readers[0])
    assert found.creator is not None
    assert found.creator.display_name == "Ada L."


async def test_a_deleted_community_leaves_the_lists_of_its_videos(
    place: CachePlace, worker: CachedOwner, readers: tuple[Reader, Reader]
) -> None:
    await in_redis(place, readers[0])
    await shown(place, worker, named(CommunityDeleted, community_id="makers"))
    rows = (await place.in_redis()).rows
    assert rows["video"]["lamp"]["communities"] == json.dumps([ODD], ensure_ascii=False)
    assert rows["community"].keys() == {member((ODD,))}
    assert (await lamp(readers[0])).communities == [ODD]


async def test_what_redis_cannot_be_trusted_with_is_asked_of_postgres(
    place: CachePlace, worker: CachedOwner, readers: tuple[Reader, Reader]
) -> None:
    await planted(place, readers[0])
    await worker.die()
    async with await connect(place.postgres) as connection:
        await connection.execute("UPDATE groundswell.positions SET flushes = flushes + 1")

    async def is_true() -> bool:
        return (await lamp(readers[0])).title == "A lamp"

    await until("the video is read from Postgres", is_true)


async def test_a_wiped_redis_is_not_read_and_comes_back(
    place: CachePlace, worker: CachedOwner, readers: tuple[Reader, Reader]
) -> None:
    """While more is folded, and without a wrong answer."""
    await planted(place, readers[0])
    await place.client.flushdb()
    for number in range(20):
        await folded(worker, named(VideoViewed, video_id="lamp", id=id_of(number)), appended_ms=APPENDED_MS)
        assert (await lamp(readers[0])).title == "A lamp"
    await place.until_equal()
    await planted(place, readers[0])
    assert (await lamp(readers[0])).views == 10_021


async def test_without_a_redis_that_answers_everything_is_asked_of_postgres(
    place: CachePlace, worker: CachedOwner, readers: tuple[Reader, Reader]
) -> None:
    async with Reader(place.postgres, redis="redis://127.0.0.1:1") as reader:
        for ask in QUESTIONS.values():
            assert await ask(reader) == await ask(readers[1])


async def test_rows_and_members_are_looked_up_by_indexes(place: CachePlace) -> None:
    generation = place.engine.generation
    (group,) = place.cached.groups
    (members,) = group.members.values()
    asked: list[tuple[Path, dict[str, Any]]] = [
        (entity.rows, {entity.key[0]: ["a", "b"]}) for entity in place.cached.entities
    ]
    asked.append((members, {"community_id": "a", "after_video_id": "b", "limit": 3}))
    async with place.reading() as connection:
        for file, parameters in asked:
            explained = sql.SQL("EXPLAIN ") + filled(file, generation)
            rows = await (await connection.execute(explained, parameters)).fetchall()
            plan = "\n".join(line for (line,) in rows)
            assert "Index" in plan, plan
            assert "Seq Scan" not in plan, plan
            # The deleted communities of one video are left out of its list, which is sorted as it was.
            assert "Sort" not in plan or file.stem == "video", plan
