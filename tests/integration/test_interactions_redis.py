"""Every entry lies in Redis, also one that is a place in the forest and nothing else, and after a wipe."""

from events.interactions import EntryBranched, EntryCreated, EntryDeleted, EntryShared, ResonanceToggled
from tests.integration.cache_setting import CachePlace, cached_owner, folded
from tests.integration.rules_setting import AT
from tests.simulation.engine_run import SimulatedLog


async def test_entries_are_in_redis_by_either_of_their_rows(postgres: str, redis: str) -> None:
    place = await CachePlace.prepare(postgres, redis, "interactions")
    async with cached_owner(place, SimulatedLog(2)) as owner:
        await folded(
            owner,
            EntryCreated.new(entry_id="river", author="ada", title="River", at=AT),
            ResonanceToggled.new(entry_id="river", actor="ann", at=AT),
            EntryBranched.new(entry_id="stub", child_id="river", at=AT),
            EntryShared.new(entry_id="gone", at=AT),
        )
        await place.until_equal()
        await folded(owner, EntryDeleted.new(entry_id="gone", at=AT))
        await place.until_equal()
        before = await place.in_redis()
        assert before.rows["entry"].keys() == {"river", "stub"}
        assert before.rows["entry"]["stub"]["branch_count"] == "1"
        assert before.rows["entry"]["river"] == {
            "author": "ada",
            "title": "River",
            "resonance_count": "1",
            "branch_count": "0",
            "amplification_count": "0",
            "share_count": "0",
            "created_at": "2026-11-20T12:00:00.000000Z",
            "heat": before.rows["entry"]["river"]["heat"],
            "heat_hour": str(int(AT.timestamp()) // 3600),
            "version": "3",
        }
        assert [*before.sets["trending"]] == ["river", "stub"]
        await place.client.flushdb()
        await place.until_equal()
        assert await place.in_redis() == before
