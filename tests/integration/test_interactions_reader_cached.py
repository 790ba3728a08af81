"""The Reader of system 5 beside Redis: counts and what trends as Postgres tells them, whatever moves them."""

from typing import Any, Final

from events.interactions import (
    AmplificationToggled,
    EntryBranched,
    EntryCreated,
    EntryDeleted,
    EntryShared,
    ResonanceToggled,
)
from projections.interactions.answers import EntryCounts, TrendingEntry
from projections.interactions.reader import Reader
from projections.redis.names import member
from tests.integration.cache_setting import CachedOwner, CachePlace
from tests.integration.cached_readers import NOW, ODD, place_of, readers_of, shown, worker_after

ENTRIES: Final = ("poem", "song", "stub", ODD, "unknown")
PLANTED: Final = "a title that only Redis has"
SCORE_ERROR_MAX: Final = 0.000_002
"""Two ways to the same score round differently."""


def happened(kind: type[Any], entry_id: str, **fields: Any) -> Any:
    """An event of that kind about the entry, now."""
    return kind.new(at=NOW, entry_id=entry_id, **fields)


def poems() -> list[Any]:
    """A poem with a branch that is known by it alone, a song, and one with an odd id; with resonances."""
    return [
        happened(EntryCreated, "poem", author="ada", title="River poem"),
        happened(EntryBranched, "poem", child_id="stub", title="Stub"),
        *(happened(ResonanceToggled, "poem", actor=user) for user in ("ann", "bob")),
        *(happened(ResonanceToggled, "song", actor=user) for user in ("ann", "bob", "eve")),
        happened(ResonanceToggled, ODD, actor="ann"),
    ]


place = place_of("interactions")
worker = worker_after(poems)
readers = readers_of(Reader)


async def answered(reader: Reader) -> tuple[list[list[EntryCounts]], list[TrendingEntry]]:
    return [await reader.counts([entry_id]) for entry_id in ENTRIES], await reader.trending(limit=3)


async def assert_equal(cached: Reader, plain: Reader) -> None:
    (counts, trending), (wanted_counts, wanted_trending) = await answered(cached), await answered(plain)
    assert counts == wanted_counts
    for found, wanted in zip(trending, wanted_trending, strict=True):
        assert abs(found.trending_score - wanted.trending_score) <= SCORE_ERROR_MAX
        assert vars(found) | {"trending_score": wanted.trending_score} == vars(wanted)


async def test_redis_answers_what_postgres_answers(place: CachePlace, readers: tuple[Reader, Reader]) -> None:
    cached, plain = readers
    await assert_equal(cached, plain)
    assert [row.entry_id for row in await cached.trending()] == ["poem", "song", ODD]
    await place.client.hset(place.names.rows("entry") + member(("poem",)), "title", PLANTED)
    assert (await cached.trending(limit=1))[0].title == PLANTED
    assert (await plain.trending(limit=1))[0].title == "River poem"
    await place.client.hset(place.names.rows("entry") + member((ODD,)), "share_count", "77")
    assert [row.share_count for row in await cached.counts([ODD])] == [77]
    # Several are one statement, and of one moment.
    assert [row.share_count for row in await cached.counts([ODD, "poem"])] == [0, 0]


async def test_answers_follow_whatever_happens(
    place: CachePlace, worker: CachedOwner, readers: tuple[Reader, Reader]
) -> None:
    cached, plain = readers
    for event in (
        happened(ResonanceToggled, "song", actor="eve"),
        happened(AmplificationToggled, "song", actor="eve"),
        happened(EntryBranched, "stub", child_id=ODD),
        happened(EntryShared, ODD),
        happened(EntryDeleted, "poem"),
    ):
        await shown(place, worker, event)
        await assert_equal(cached, plain)
    assert await cached.counts(["poem"]) == []
    assert "poem" not in {row.entry_id for row in await cached.trending()}
