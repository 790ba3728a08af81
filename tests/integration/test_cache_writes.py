"""What is committed comes into Redis: every row and list, whatever happens to rows."""

from typing import Any, Final

import pytest

from events.actions import RippleCreated, RippleDeleted, RippleJoined, WaveChanged, WaveCreated, WaveDeleted
from projections.postgres.connection import connect
from projections.redis.row_source import SnapshotRows
from tests.integration.cache_setting import CachePlace, cached_owner, folded
from tests.integration.rules_setting import AT, action, boost, id_of
from tests.simulation.engine_run import SimulatedLog
from tests.simulation.random_streams import random_log

ODD: Final = "50%:3A' \"\\{é"


@pytest.fixture
async def place(postgres: str, redis: str) -> CachePlace:
    return await CachePlace.prepare(postgres, redis)


async def read(place: CachePlace, *keys: tuple[str, str]) -> SnapshotRows:
    """These ripples as a writer reads them."""
    async with place.reading() as connection:
        return await place.source().read(connection, {"ripple": [*keys]})


def named(kind: type[Any], **fields: Any) -> Any:
    """An event of that kind by ann."""
    return kind.new(id=id_of(f"{kind.__name__} {fields}"), at=AT, actor="ann", **fields)


@pytest.mark.parametrize("seed", range(1, 4))
async def test_redis_holds_what_postgres_holds(seed: int, place: CachePlace) -> None:
    log = SimulatedLog(3)
    async with cached_owner(place, log) as worker:
        await place.until_equal()
        for number, instruction in enumerate(random_log(seed, events=600, partitions=3, with_copies=False)):
            log.append(instruction)
            if number % 50 == 0:
                await worker.catch_up()
        await worker.catch_up()
        await place.until_equal()
    assert len((await place.in_redis()).rows["ripple"]) > 3


async def test_two_workers_write_one_cache(place: CachePlace) -> None:
    log = SimulatedLog(2)
    async with cached_owner(place, log, [0]) as one, cached_owner(place, log, [1]) as other:
        for instruction in random_log(7, events=300, partitions=2, with_copies=False):
            log.append(instruction)
        await one.catch_up()
        await other.catch_up()
        await place.until_equal()


async def test_ids_may_hold_any_character(place: CachePlace) -> None:
    async with cached_owner(place, SimulatedLog(1)) as worker:
        await folded(
            worker, named(RippleCreated, wave_id=ODD, ripple_id=ODD, title="odd"), boost(1, wave=ODD)
        )
        await place.until_equal()
    rows = (await place.in_redis()).rows["ripple"]
    assert rows[f"{ODD.replace('%', '%25').replace(':', '%3A')}:r"]["boost_points"] == "1"
    assert len(rows) == 2


async def test_the_wave_takes_its_rows_and_members_with_it(place: CachePlace) -> None:
    async with cached_owner(place, SimulatedLog(1)) as worker:
        await folded(worker, action(1), action(2, wave="other"), boost(3))
        await place.until_equal()
        assert (await place.in_redis()).rows["ripple"].keys() == {"w:r", "other:r"}
        await folded(worker, named(WaveDeleted, wave_id="w"))
        await place.until_equal()
        contents = await place.in_redis()
        assert contents.rows["ripple"].keys() == {"other:r"}
        assert contents.sets["trending"].keys() == {"other:r"}
        tombstone = f"{place.names.rows('ripple')}w:r"
        assert await place.client.hget(tombstone, "gone") == "1"
        assert await place.client.ttl(tombstone) > 3_000


async def test_a_ripple_that_comes_again_has_no_end(place: CachePlace) -> None:
    """A tombstone goes by itself; the row that takes its place stays."""
    async with cached_owner(place, SimulatedLog(1)) as worker:
        await folded(worker, named(RippleJoined, wave_id="w", ripple_id="r"))
        await place.until_equal()
        key = f"{place.names.rows('ripple')}w:r"
        await place.client.delete(key)
        await place.client.hset(key, mapping={"guard": "0", "gone": "1"})
        await place.client.expire(key, 60)
        await folded(worker, action(1))
        await place.until_equal()
        assert await place.client.ttl(key) == -1


async def test_titles_of_waves_stand_in_rows_of_ripples(place: CachePlace) -> None:
    async with cached_owner(place, SimulatedLog(1)) as worker:
        await folded(worker, named(WaveCreated, wave_id="w", title="before"), action(1))
        await place.until_equal()
        await folded(worker, named(WaveChanged, wave_id="w", title="after"))
        await place.until_equal()
        assert (await place.in_redis()).rows["ripple"]["w:r"]["wave_title"] == "after"


async def test_an_older_read_never_overwrites_a_newer_one(place: CachePlace) -> None:
    async with cached_owner(place, SimulatedLog(1)) as worker:
        await folded(worker, boost(1, 10))
        await place.until_equal()
        older = await read(place, ("w", "r"))
        await folded(worker, boost(2, 5), boost(3, 5))
        await place.until_equal()
        store = place.store()
        begun = await store.begin()
        assert begun is not None
        assert await store.write(begun, older) == "written"
        assert (await place.in_redis()).rows["ripple"]["w:r"]["boost_points"] == "20"
        assert await place.differences() == []


async def test_an_older_read_does_not_bring_back_what_was_deleted(place: CachePlace) -> None:
    async with cached_owner(place, SimulatedLog(1)) as worker:
        await folded(worker, action(1))
        await place.until_equal()
        older = await read(place, ("w", "r"))
        await folded(worker, named(RippleDeleted, wave_id="w", ripple_id="r"))
        await place.until_equal()
        store = place.store()
        begun = await store.begin()
        assert begun is not None
        await store.write(begun, older)
        contents = await place.in_redis()
        assert contents.rows["ripple"] == {}
        assert contents.sets["trending"] == {}


async def test_snapshots_are_ordered_also_while_transactions_are_in_progress(place: CachePlace) -> None:
    """A commit in between makes a later guard, whether it began before or after the first look."""
    async with cached_owner(place, SimulatedLog(1)) as worker:
        await folded(worker, action(1))
    async with await connect(place.postgres) as slow, await connect(place.postgres) as quick:
        await slow.execute("BEGIN")
        await slow.execute("SELECT pg_current_xact_id()")
        guards = [(await read(place, ("w", "r"))).guard]
        await quick.execute("SELECT pg_current_xact_id()")
        guards.append((await read(place, ("w", "r"))).guard)
        await slow.execute("COMMIT")
        guards.append((await read(place, ("w", "r"))).guard)
    assert guards == sorted(set(guards))


async def test_rows_that_were_read_long_ago_are_not_written(
    place: CachePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with cached_owner(place, SimulatedLog(1)) as worker:
        await folded(worker, action(1))
        await place.until_equal()
        store = place.store()
        begun = await store.begin()
        assert begun is not None
        monkeypatch.setattr("projections.redis.store.WRITE_SECONDS_MAX", -1)
        assert await store.write(begun, await read(place, ("w", "r"))) == "late"


async def test_the_outbox_is_empty_once_redis_has_everything(place: CachePlace) -> None:
    async with cached_owner(place, SimulatedLog(1)) as worker:
        await folded(worker, action(1), action(2))
        await place.until_equal()
        await place.until_outbox_empty()
