"""The views, pages and questions of system 1 on a real Postgres, over rows that the fold made."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

import pytest
from psycopg import AsyncConnection, sql
from psycopg.rows import dict_row
from psycopg.types.json import set_json_loads

from projections.actions.read_model import PAGES, READ_MODEL
from projections.actions.tables import DEFAULT_WEIGHTS_MICROS, MICROS
from projections.tables import CounterTable, Key, StateTable
from streams.folds.actions import SYSTEM
from tests.integration.postgres_clock import PostgresClock
from tests.integration.stored_rows import stored
from tests.unit.actions_driver import (
    BASE,
    HOUR,
    actions_driver,
    boosted,
    golden,
    joined,
    logged,
    retracted,
    ripple,
    ripple_deleted,
    wave,
    wave_deleted,
    weight_set,
)
from tests.unit.fold_driver import FoldDriver

TEN = BASE.replace(minute=0)


async def rows(connection: AsyncConnection[Any], view: str, where: str = "true") -> list[dict[str, Any]]:
    """The rows of a view, numbers in jsonb exact."""
    set_json_loads(partial(json.loads, parse_float=Decimal, parse_int=Decimal), connection)
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(f"SELECT * FROM actions.{view} WHERE {where} ORDER BY 1, 2".encode())
        return await cursor.fetchall()


async def test_ten_conversations_and_four_plannings_are_an_impact_of_18(postgres: str) -> None:
    PostgresClock.install(postgres, BASE)
    connection, _ = await stored(postgres, READ_MODEL, golden())

    assert await rows(connection, "waves") == [
        {
            "wave_id": "v",
            "title": None,
            "allowed_buckets": None,
            "category": None,
            "what_we_count": None,
            "ripples": 1,
            "actions": 1,
            "impact": 1,
            "created_at": None,
        },
        {
            "wave_id": "w",
            "title": "Clean coast",
            "allowed_buckets": ["conversation", "planning"],
            "category": "environment",
            "what_we_count": "Bags",
            "ripples": 1,
            "actions": 14,
            "impact": 18,
            "created_at": BASE,
        },
    ]
    assert await rows(connection, "ripple_counters", "ripple_id = 'r'") == [
        {
            "ripple_id": "r",
            "wave_id": "w",
            "title": "Beach day",
            "actions_1h": 14,
            "actions_24h": 14,
            "actions_total": 14,
            "impact": 18,
            "participants": 3,
            "boost_points": 25,
            # At 10:00 ten conversations weigh 8. Half an hour is worth 1.059463, kept in millionths: four
            # plannings, a join and 25 points at 10:30 count so much more.
            "trending_score": Decimal(str(round((8 + 36 * 1.059463) / 2 ** (0.5 / 6), 6))),
            "last_action_at": BASE,
            "version": 17,
        }
    ]
    assert await rows(connection, "activity", "wave_id = 'w'") == [
        {
            "wave_id": "w",
            "ripple_id": "r",
            "bucket": bucket,
            "hour": TEN,
            "actions": actions,
            "impact": impact,
        }
        for bucket, actions, impact in (("conversation", 10, 8), ("planning", 4, 10))
    ]
    await connection.close()


async def test_an_action_and_its_user_show_what_was_achieved(postgres: str) -> None:
    connection, _ = await stored(postgres, READ_MODEL, golden())

    assert await rows(connection, "action_log", "action_id = 'k'") == [
        {
            "action_id": "k",
            "ripple_id": "s",
            "wave_id": "v",
            "user_id": "ann",
            "bucket": "cleaning",
            "quantity": Decimal("15.5"),
            "unit": "kg of litter removed",
            "note": "Hello",
            "at": BASE,
        }
    ]
    assert [tuple(row.values()) for row in await rows(connection, "user_waves")] == [
        ("ann", "v", 1, 1, 0, BASE, BASE),
        ("ann", "w", 10, 8, 0, TEN, TEN),
        ("bob", "w", 4, 10, 0, BASE, BASE),
        ("eve", "w", 0, 0, 1, None, None),
    ]
    ann, _, eve = await rows(connection, "user_impact_summaries")
    assert ann == {
        "user_id": "ann",
        "actions": 11,
        "impact": 9,
        "ripples_joined": 0,
        "waves": 2,
        "first_action_at": TEN,
        "last_action_at": BASE,
        "by_category": {"environment": 8, "none": 1},
        "achievements": {"kg of litter removed": Decimal("15.5")},
    }
    assert (eve["ripples_joined"], eve["by_category"], eve["achievements"]) == (1, {}, {})
    await connection.close()


async def test_the_default_weights_shown_are_those_that_the_fold_counts_with(postgres: str) -> None:
    driver = actions_driver().given(weight_set("planning", 3, TEN, actor="root", at=BASE))
    connection, _ = await stored(postgres, READ_MODEL, driver, actions_driver(partition=1))

    shown = await rows(connection, "bucket_weights")
    assert [tuple(row.values()) for row in shown if row["set_at"]] == [("planning", TEN, 3, "root", BASE)]
    defaults = {row["bucket"]: int(row["multiplier"] * MICROS) for row in shown if not row["set_at"]}
    assert defaults == DEFAULT_WEIGHTS_MICROS
    assert {row["effective_from"] for row in shown if not row["set_at"]} == {datetime(2000, 1, 1, tzinfo=UTC)}
    await connection.close()


async def test_of_two_partitions_the_greater_weight_shows(postgres: str) -> None:
    older = weight_set("cleaning", 2, TEN, at=BASE)
    newer = weight_set("cleaning", 3, TEN, at=BASE + HOUR)
    connection, _ = await stored(
        postgres, READ_MODEL, actions_driver(0).given(older, newer), actions_driver(1).given(older)
    )

    assert [row["multiplier"] for row in await rows(connection, "bucket_weights", "bucket = 'cleaning'")] == [
        3
    ]
    await connection.close()


def deleted_ripple() -> list[Any]:
    """What people did in a ripple that is deleted then."""
    return [
        ripple("goes"),
        joined("ann", "goes"),
        joined("carl", "goes"),
        logged(
            "g1", "ann", "goes", bucket="planning", quantity=2, unit="kg of litter removed", at=TEN - HOUR
        ),
        logged("g2", "dora", "goes", bucket="planning", quantity=2, unit="trees", at=BASE + HOUR),
        ripple_deleted("goes"),
    ]


async def test_a_deletion_shows_at_once_and_its_purge_shows_nothing_new(postgres: str) -> None:
    views = ("waves", "ripple_counters", "action_log", "user_waves", "user_impact_summaries", "activity")
    gone = [
        wave("x"),
        joined("ann", wave_id="x"),
        logged("x", wave_id="x", quantity=1, unit="kg of litter removed"),
        wave_deleted("x"),
    ]
    driver = golden().given(*deleted_ripple(), *gone)
    assert set(driver.outcomes) == {"applied"}
    assert driver.chores, "nothing is purged yet"

    connection, generation = await stored(postgres, READ_MODEL, golden())
    never = {view: await rows(connection, view) for view in views}
    await connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(generation.schema)))
    await connection.execute("DELETE FROM groundswell.generations")
    await connection.close()

    connection, _ = await stored(postgres, READ_MODEL, driver)
    assert {view: await rows(connection, view) for view in views} == never
    await connection.close()


async def visited(
    connection: AsyncConnection[Any], schema: str, page: str, limit: int, **arguments: Any
) -> list[tuple[Any, ...]]:
    """All rows that a chore's pages select, one page after the other as the engine asks for them."""
    query = sql.SQL((PAGES / f"{page}.sql").read_text()).format(generation=sql.Identifier(schema))
    found: list[tuple[Any, ...]] = []
    cursor = None
    while True:
        answer = await connection.execute(
            query, {"partition": 0, "limit": limit, "cursor": cursor, **arguments}
        )
        page_rows = await answer.fetchall()
        found += page_rows
        if len(page_rows) < limit:
            return found
        cursor = json.dumps(page_rows[-1], default=str)


def crowd(random: Random) -> FoldDriver:
    """A hundred actions of two waves, some of them at the same time, some retracted."""
    driver = actions_driver()
    for number in range(100):
        where = {"wave_id": random.choice("vw"), "ripple_id": random.choice("rs")}
        at = TEN + timedelta(minutes=random.randrange(0, 240, 20))
        bucket = random.choice(["cleaning", "planning"])
        driver.given(logged(str(number), random.choice(["ann", "bob"]), at=at, bucket=bucket, **where))
        if random.random() < 0.2:
            driver.given(retracted(str(number), **where))
        driver.given(joined(f"user {number}", **where), boosted(1, at=at, **where))
    return driver.given(retracted("stub", wave_id="w"))


def kept(driver: FoldDriver, table: StateTable[Any] | CounterTable) -> list[tuple[Key, Any]]:
    """What the driver holds in a table, by key; of counters the whole rows."""
    if isinstance(table, CounterTable):
        return [(key, (*key, *sums)) for key, sums in driver.sums(table).items()]
    return list(driver.rows[table].items())


@pytest.mark.parametrize("limit", [1, 7, 500])
async def test_a_chores_pages_visit_each_row_once(postgres: str, limit: int) -> None:
    driver = crowd(Random(1))
    connection, generation = await stored(postgres, READ_MODEL, driver)
    twelve = int((TEN + 2 * HOUR).timestamp()) // 3600
    asked: dict[str, dict[str, Any]] = {
        "purge_boosts": {"wave_id": "w", "ripple_id": None},
        "purge_ripple_actions": {"wave_id": "w", "ripple_id": "r"},
        "purge_ripple_memberships": {"wave_id": "w", "ripple_id": "r"},
        "purge_wave_actions": {"wave_id": "w"},
        "purge_wave_memberships": {"wave_id": "w"},
        "purge_wave_ripples": {"wave_id": "w"},
        "reweigh": {"bucket": "cleaning", "from_hour": twelve, "until_hour": twelve + 1},
    }
    assert set(asked) == set(SYSTEM.fold.chores)
    for kind, arguments in asked.items():
        chore = SYSTEM.fold.chores[kind]
        found = await visited(connection, generation.schema, chore.page.stem, limit, **arguments)
        keys = [row[: chore.table.key_width] for row in found]
        expected = [
            key for key, row in kept(driver, chore.table) if driver.selections[kind](arguments, row, driver)
        ]
        assert expected, f"{kind}: the crowd has nothing for it"
        assert sorted(keys) == sorted(expected), kind
    await connection.close()


async def test_reweighing_visits_the_waves_of_its_own_partition(postgres: str) -> None:
    other = actions_driver(partition=1).given(logged("a", wave_id="elsewhere"))
    connection, generation = await stored(postgres, READ_MODEL, crowd(Random(2)), other)

    arguments = {"bucket": "cleaning", "from_hour": 0, "until_hour": None, "partition": 1}
    found = await visited(connection, generation.schema, "bucket_actions", 5, **arguments)

    assert [row[:2] for row in found] == [("elsewhere", "a")]
    await connection.close()


async def test_a_users_summary_is_read_by_indexes_alone(postgres: str) -> None:
    connection, _ = await stored(postgres, READ_MODEL, golden())
    await connection.execute("SET enable_seqscan = off")

    plan = await connection.execute(
        "EXPLAIN SELECT * FROM actions.user_impact_summaries WHERE user_id = 'ann'"
    )
    lines = [line for (line,) in await plan.fetchall()]

    assert any("user_waves_pkey" in line for line in lines)
    assert any("user_units_pkey" in line for line in lines)
    assert not any("Seq Scan" in line for line in lines), "\n".join(lines)
    await connection.close()
