"""The questions about system 3, over a small world whose answers can be worked out by hand."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from statistics import mean, median, pstdev

import pytest

from events.distributions import CATEGORIES, Distribution
from events.errors import WrongUsage
from events.partitioning import partition_of
from events.weights import UserDeleted, UserRegistered, WeightsSet
from projections.postgres.connection import connect
from projections.weights.answers import PersonalImpact, Weights
from projections.weights.read_model import READ_MODEL
from projections.weights.reader import Reader
from streams.chores import CHORE_PAGE_ROWS
from tests.integration.cache_setting import CachePlace, cached_owner, folded, until
from tests.integration.rules_setting import AT
from tests.integration.stored_rows import stored
from tests.integration.weights_setting import small_world
from tests.simulation.engine_run import SimulatedLog
from tests.unit.weights_driver import BASE, HOUR, weights_driver, weights_set

MINUTE = timedelta(minutes=1)
EARLY = BASE + 2 * HOUR


@pytest.fixture
async def reader(postgres: str) -> AsyncIterator[Reader]:
    async with small_world(postgres), Reader(postgres) as reader:
        yield reader


def shares(weights: Weights) -> tuple[str, ...]:
    return str(weights.community), str(weights.environment), str(weights.workers)


async def test_weights_are_those_of_the_newest_version(reader: Reader) -> None:
    ada = await reader.weights("ada")
    assert (shares(ada), ada.version, ada.set_at, ada.is_default) == (
        ("0.10", "0.10", "0.80"), 4, BASE + 4 * HOUR, False,
    )  # fmt: skip
    assert shares(await reader.weights("eve")) == ("0.00", "1.00", "0.00")
    bob = await reader.weights("bob")
    assert (shares(bob), bob.version, bob.is_default) == (("0.45", "0.30", "0.25"), 1, False)


@pytest.mark.parametrize("user_id", ["nobody", "zoe", 'it\'s "é" \\ %'])
async def test_who_is_unknown_or_removed_reads_the_defaults(reader: Reader, user_id: str) -> None:
    assert await reader.weights(user_id) == Weights.default(user_id)
    assert await reader.weights(user_id, as_of=BASE + 9 * HOUR) == Weights.default(user_id)
    assert (await reader.history(user_id)).rows == []
    impact = await reader.personal_impact(user_id)
    assert impact == PersonalImpact(Weights.default(user_id), Decimal(0), 0, [])


@pytest.mark.parametrize(
    ("at", "version"),
    [
        (BASE - MINUTE, 0),
        (BASE, 1),
        (EARLY - MINUTE, 1),
        # What was set for a later time is superseded by what was set after it for an earlier one.
        (EARLY, 3),
        (BASE + 3 * HOUR, 3),
        (BASE + 4 * HOUR - MINUTE, 3),
        (BASE + 4 * HOUR, 4),
        (BASE + 9 * HOUR, 4),
    ],
)
async def test_weights_as_of_a_time_go_by_versions(reader: Reader, at: datetime, version: int) -> None:
    found = await reader.weights("ada", as_of=at)
    assert found.version == version
    assert found.is_default == (version == 0)
    history = (await reader.history("ada")).rows
    in_force = [
        row.version
        for row in history
        if row.effective_from <= at and (row.effective_to is None or at < row.effective_to)
    ]
    assert in_force == ([version] if version else [])


async def test_the_history_has_the_newest_first_and_pages(reader: Reader) -> None:
    whole = await reader.history("ada")
    assert [(row.version, row.effective_from, row.effective_to) for row in whole.rows] == [
        (4, BASE + 4 * HOUR, None),
        (3, EARLY, BASE + 4 * HOUR),
        (2, BASE + 3 * HOUR, BASE + 3 * HOUR),
        (1, BASE, EARLY),
    ]
    first = await reader.history("ada", limit=3)
    rest = await reader.history("ada", limit=3, cursor=first.next_cursor)
    assert first.rows + rest.rows == whole.rows
    assert rest.next_cursor is None


async def test_random_histories_against_a_plain_search(postgres: str) -> None:
    """Versions with times in any order: what stood when is found by looking at all of them."""
    seed = 11
    print(f"seed {seed}")
    random = Random(seed)
    driver = weights_driver()
    times = [BASE + random.randrange(12) * HOUR for _ in range(30)]
    shares_of = [random.randrange(101) for _ in times]
    driver.given(*(weights_set(c, 100 - c, 0, at=at) for c, at in zip(shares_of, times, strict=True)))
    connection, _ = await stored(postgres, READ_MODEL, driver.settled())
    async with connection, Reader(postgres) as reader:
        history = (await reader.history("ada")).rows
        for hours in range(-1, 13):
            at = BASE + hours * HOUR
            wanted = max((v for v, since in enumerate(times, 1) if since <= at), default=0)
            assert (await reader.weights("ada", as_of=at)).version == wanted, at
            found = [
                row.version
                for row in history
                if row.effective_from <= at and (row.effective_to is None or at < row.effective_to)
            ]
            assert found == [wanted] * bool(wanted), at


async def test_the_population_is_what_statistics_say(postgres: str) -> None:
    """Odd and even numbers of users, against the standard library."""
    seed = 12
    print(f"seed {seed}")
    random = Random(seed)
    numbers: list[tuple[int, int, int]] = []
    for count in range(1, 8):
        first = random.randrange(101)
        second = random.randrange(101 - first)
        numbers.append((first, second, 100 - first - second))
        one = weights_driver().given(weights_set(*numbers[-1], user_id=f"user {count}")).settled()
        connection, _ = await stored(postgres, READ_MODEL, one)
        async with connection, Reader(postgres) as reader:
            population = await reader.population()
        assert [row.category for row in population] == list(CATEGORIES)
        for place, row in enumerate(population):
            values = [shares[place] for shares in numbers]
            assert row.users == count
            assert row.median == Decimal(str(median(values))) / 100
            assert (int(row.minimum * 100), int(row.maximum * 100)) == (min(values), max(values))
            assert float(row.mean) == pytest.approx(mean(values) / 100, abs=1e-6)
            assert float(row.spread) == pytest.approx(pstdev(values) / 100, abs=1e-6)


async def test_without_users_there_is_no_population(postgres: str) -> None:
    connection, _ = await stored(postgres, READ_MODEL, weights_driver())
    async with connection, Reader(postgres) as reader:
        assert await reader.population() == []


async def test_arguments_that_cannot_be_are_named(reader: Reader) -> None:
    with pytest.raises(WrongUsage, match="user_id must not be empty"):
        await reader.weights("")
    with pytest.raises(WrongUsage, match="as_of"):
        await reader.weights("ada", as_of=BASE.replace(tzinfo=None))
    with pytest.raises(WrongUsage, match="limit"):
        await reader.history("ada", limit=0)
    with pytest.raises(WrongUsage, match="cursor"):
        await reader.history("ada", cursor="elsewhere")


async def test_the_weights_in_redis_follow_those_in_postgres(postgres: str, redis: str) -> None:
    """From a user's first read on; and what Redis holds is what is answered."""
    place = await CachePlace.prepare(postgres, redis, "weights")
    log = SimulatedLog(2)
    assert {partition_of(user, 2) for user in ("ada", "bob", "cleo")} == {0, 1}
    async with cached_owner(place, log) as worker, Reader(postgres, redis=place.redis) as reader:
        await folded(worker, UserRegistered.new(user_id="ada", at=AT), _set("bob", 50, 30, 20))
        await place.until_equal()
        for user in ("ada", "bob", "nobody"):
            await reader.weights(user)
        gone, come = UserDeleted.new(user_id="bob", at=AT), UserRegistered.new(user_id="cleo", at=AT)
        await folded(worker, _set("ada", 10, 10, 80), gone, come)
        await place.until_equal()

        async def is_cached() -> bool:
            return "ada" in (await place.in_redis()).rows["user"]

        await until("the user is in Redis", is_cached)
        assert (await place.in_redis()).rows["user"]["ada"]["workers"] == "0.80"
        async with Reader(postgres) as plain:
            for user in ("ada", "bob", "cleo", "nobody"):
                assert await reader.weights(user) == await plain.weights(user)
        await place.client.hset(f"{place.names.rows('user')}ada", "community", "0.11")
        assert shares(await reader.weights("ada"))[0] == "0.11", "it is read from Redis"
    await place.client.aclose()


async def test_the_history_of_a_removed_user_goes_in_pages(postgres: str, redis: str) -> None:
    """More versions than one page visits; those of others stay."""
    place = await CachePlace.prepare(postgres, redis, "weights")
    shares = [(number % 101, 100 - number % 101, 0) for number in range(CHORE_PAGE_ROWS * 2 + 7)]
    async with cached_owner(place, SimulatedLog(1)) as worker:
        await folded(worker, *(_set("ada", *three) for three in shares), _set("bob", 50, 30, 20))
        async with await connect(postgres) as connection:
            count = "SELECT user_id, count(*) FROM weights_g1.history GROUP BY user_id ORDER BY user_id"
            before = await (await connection.execute(count)).fetchall()
            await folded(worker, UserDeleted.new(user_id="ada", at=AT))
            after = await (await connection.execute(count)).fetchall()
            left = await (await connection.execute("SELECT count(*) FROM groundswell.chores")).fetchall()
    await place.client.aclose()
    assert before == [("ada", len(shares)), ("bob", 1)]
    assert (after, left) == ([("bob", 1)], [(0,)])


async def test_personal_impact_without_system_1_has_no_waves(reader: Reader, postgres: str) -> None:
    impact = await reader.personal_impact("ada")
    assert (impact.weights, impact.waves, impact.rows) == (await reader.weights("ada"), 0, [])
    async with await connect(postgres) as connection:
        rows = await (await connection.execute("SELECT * FROM weights.personal_impact")).fetchall()
    assert rows == []


def _set(user_id: str, *hundredths: int) -> WeightsSet:
    return WeightsSet.new(user_id=user_id, weights=Distribution.of(hundredths), at=AT)
