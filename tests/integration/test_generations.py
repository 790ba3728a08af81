"""Generations: made whole, promoted in one transaction, dropped without a trace, never mixed up."""

import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from psycopg import sql

from events.settings import Settings
from projections.postgres import promotion
from projections.postgres.connection import connect
from projections.postgres.generations import (
    Generation,
    active_generation,
    create_generation,
    find_active,
    generations,
    next_number,
    parameters_of,
    point_views,
    remake_functions,
)
from projections.postgres.migrations import migrate
from projections.postgres.views import ViewsInUse
from projections.read_model import ReadModel
from streams import housekeeping
from streams.engine import Engine
from streams.errors import Fenced, FoldChanged
from streams.system import system_named
from tests.integration.generations_setting import another, connected, folded
from tests.integration.rules_setting import AT, action, boost, engine_on, everything, log_of, record, value
from tests.simulation.engine_run import Owner, SimulatedLog

POINTS: Final = "SELECT sum(boost_points)::int FROM actions.ripple_counters"
ACTIVE: Final = "SELECT generation FROM groundswell.generations WHERE active"


@pytest.fixture
async def live(postgres: str) -> Engine:
    return await engine_on(postgres)


@pytest.fixture
def log() -> SimulatedLog:
    return log_of((boost(number, points=2, wave=f"w{number % 5}") for number in range(40)), partitions=2)


async def activated(url: str, live: Engine, new: Engine, **session: str) -> bool:
    """One try to promote."""
    connection = await connect(url, **session)
    async with connection:
        old = await find_active(connection, "actions")
        return await promotion.activate(connection, live.system.model, old, new.generation)


async def test_a_generation_is_made_with_all_its_tables_functions_and_parameters(
    live: Engine, postgres: str
) -> None:
    new = await another(postgres, live, parameters={"half_life_hours": 3.5})
    generation = new.generation
    async with connected(postgres) as connection:
        assert (await generations(connection, "actions"))[1:] == [generation]
    assert (generation.number, generation.schema) == (2, "actions_g2")
    assert generation.parameters == {"half_life_hours": 3.5}
    assert not generation.active
    model = live.system.model
    names = {table.name for table in (*model.tables, *model.windows, *model.calculated)}
    rows = await everything(postgres, ["actions_g2"])
    assert {name.partition(".")[2] for name in rows} == names
    source = await value(
        postgres,
        "SELECT prosrc FROM pg_proc WHERE proname = 'ripple_trends_at'"
        " AND pronamespace = 'actions_g2'::regnamespace",
    )
    assert "3.5" in source


async def test_the_number_of_a_dropped_generation_is_never_used_again(live: Engine, postgres: str) -> None:
    """A process that still writes into it must not find another of that number."""
    new = await another(postgres, live)
    async with connected(postgres) as connection:
        assert await promotion.drop(connection, new.generation)
    assert (await another(postgres, live)).generation.number == 3


async def test_a_generation_takes_the_place_of_another_as_a_whole(
    live: Engine, postgres: str, log: SimulatedLog
) -> None:
    owner = await folded(postgres, live, log)
    new = await another(postgres, live)
    follower = await folded(postgres, new, log)
    assert await activated(postgres, live, new)
    assert await value(postgres, ACTIVE) == 2
    assert await value(postgres, POINTS) == 80
    assert "actions_g2" in await value(
        postgres, "SELECT definition FROM pg_views WHERE schemaname = 'actions' AND viewname = 'waves'"
    )
    assert await value(postgres, "SELECT promoted_at >= created_at FROM groundswell.generations WHERE active")
    log.append(record(boost("late", points=1, wave="w0"), 2))
    await owner.fold(*owner.behind, records_max=10)
    with pytest.raises(Fenced):
        await owner.flush()
    await follower.catch_up()
    assert await value(postgres, POINTS) == 81
    await owner.die()
    await follower.die()


async def test_a_generation_that_is_behind_is_not_promoted(
    live: Engine, postgres: str, log: SimulatedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even in one partition, and not while large work is unfinished."""
    monkeypatch.setattr(promotion, "CATCH_UP_SECONDS_MAX", 0.1)
    await (await folded(postgres, live, log)).die()
    new = await another(postgres, live)
    assert not await activated(postgres, live, new)
    await (await folded(postgres, new, log)).die()
    async with connected(postgres) as connection:
        await connection.execute(
            "INSERT INTO groundswell.chores (system, generation, topic, partition, cause_offset, ordinal,"
            " caused_ms, kind, arguments) VALUES ('actions', 2, %s, 0, 0, 0, 0, 'purge', '{}')",
            (live.topic,),
        )
    assert not await activated(postgres, live, new)
    assert await value(postgres, ACTIVE) == 1
    async with connected(postgres) as connection:
        await connection.execute("DELETE FROM groundswell.chores")
    assert await activated(postgres, live, new)


async def test_a_reader_that_holds_the_views_is_not_waited_for(
    live: Engine, postgres: str, log: SimulatedLog
) -> None:
    """Readers that come after would queue behind the wait; nothing has changed, and the next try succeeds."""
    await (await folded(postgres, live, log)).die()
    new = await another(postgres, live)
    await (await folded(postgres, new, log)).die()
    async with connected(postgres) as reader:
        async with reader.transaction():
            await reader.execute(POINTS.encode())
            with pytest.raises(psycopg.errors.LockNotAvailable):
                await activated(postgres, live, new)
            assert await value(postgres, ACTIVE) == 1
            assert await value(postgres, POINTS) == 80
        assert await activated(postgres, live, new)


async def test_an_old_owner_cannot_return_after_a_promote_and_a_rollback(
    live: Engine, postgres: str, log: SimulatedLog
) -> None:
    owner = await folded(postgres, live, log)
    new = await another(postgres, live)
    await (await folded(postgres, new, log)).die()
    assert await activated(postgres, live, new)
    back = dataclasses.replace(live.generation)
    async with connected(postgres) as connection:
        assert await promotion.active_before(connection, "actions") == 1
        old = await find_active(connection, "actions")
        assert await promotion.activate(connection, live.system.model, old, back)
        assert await promotion.active_before(connection, "actions") == 2
    assert await value(postgres, POINTS) == 80
    log.append(record(boost("late", wave="w0"), 2))
    await owner.fold(*owner.behind, records_max=10)
    with pytest.raises(Fenced):
        await owner.flush()
    await owner.die()


async def test_a_dropped_generation_leaves_nothing(live: Engine, postgres: str, log: SimulatedLog) -> None:
    await (await folded(postgres, live, log)).die()
    before = await everything(postgres)
    new = await another(postgres, live)
    await (await folded(postgres, new, log)).die()
    async with connected(postgres) as connection:
        assert await promotion.drop(connection, new.generation)
    after = await everything(postgres)
    numbers = "groundswell.generation_numbers"
    assert {**after, numbers: []} == {**before, numbers: []}
    assert await everything(postgres, ["actions_g2"]) == {}


async def test_the_active_generation_is_not_dropped(live: Engine, postgres: str) -> None:
    async with connected(postgres) as connection:
        assert not await promotion.drop(connection, live.generation)
    assert await value(postgres, ACTIVE) == 1


async def test_a_worker_refuses_a_generation_that_was_folded_by_other_rules(
    live: Engine, postgres: str
) -> None:
    async with connected(postgres) as connection:
        await connection.execute("UPDATE groundswell.generations SET fold_version = fold_version + 1")
    with pytest.raises(FoldChanged, match="groundswell rebuild actions --promote"):
        await engine_on(postgres)


async def test_a_changed_parameter_waits_for_a_rebuild(live: Engine, postgres: str) -> None:
    settings = Settings(postgres_address=postgres, trending_half_life_hours=2.0)
    assert parameters_of(live.system.model, settings) == {"half_life_hours": 2.0}
    again = Engine(live.system, settings, live.fail)
    await again.prepare()
    assert again.generation.parameters == live.generation.parameters


VIEWS: Final = """
CREATE OR REPLACE VIEW things.first AS SELECT {first} FROM {{generation}}.memory;
CREATE OR REPLACE VIEW things.second AS SELECT {second} FROM things.first;
{third}
"""
THIRD: Final = "CREATE OR REPLACE VIEW things.third AS SELECT * FROM {generation}.memory;"


def release(folder: Path, first: str, second: str, third: str = "") -> ReadModel:
    """A system whose views are these."""
    file = folder / "views.sql"
    file.write_text(VIEWS.format(first=first, second=second, third=third))
    model = system_named("actions").model
    (memory,) = (table for table in model.tables if table.name == "memberships")
    return ReadModel("things", (dataclasses.replace(memory, name="memory"),), file)


async def pointed(url: str, model: ReadModel) -> Generation:
    """The views of that release read a new generation."""
    async with connected(url) as connection, connection.transaction():
        made = await create_generation(
            connection, model, 1, await next_number(connection, "things"), active=False
        )
        await point_views(connection, model, made)
        return made


async def test_views_whose_columns_a_release_changed_are_made_anew(postgres: str, tmp_path: Path) -> None:
    async with connected(postgres) as connection:
        await migrate(connection)
        first = release(tmp_path, "wave_id, ripple_id", "wave_id", THIRD)
        await active_generation(connection, first, 1)
    await pointed(postgres, release(tmp_path, "ripple_id, user_id", "user_id"))
    columns = await value(
        postgres,
        "SELECT string_agg(table_name || '.' || column_name, ' ' ORDER BY table_name, ordinal_position)"
        " FROM information_schema.columns WHERE table_schema = 'things'",
    )
    assert columns == "first.ripple_id first.user_id second.user_id", "and a view that is no more is gone"


async def test_views_that_others_build_on_are_not_dropped_under_them(postgres: str, tmp_path: Path) -> None:
    async with connected(postgres) as connection:
        await migrate(connection)
        await active_generation(connection, release(tmp_path, "wave_id, ripple_id", "wave_id"), 1)
        await connection.execute("CREATE VIEW public.theirs AS SELECT wave_id FROM things.first")
    with pytest.raises(ViewsInUse, match=r"theirs"):
        await pointed(postgres, release(tmp_path, "ripple_id", "ripple_id"))
    assert await value(postgres, "SELECT count(*) FROM public.theirs") == 0


async def test_the_functions_of_an_earlier_release_are_replaced(live: Engine, postgres: str) -> None:
    new = await another(postgres, live)
    schema = sql.Identifier(new.generation.schema)
    async with connected(postgres) as connection:
        await connection.execute(
            sql.SQL("CREATE FUNCTION {}.former(a int) RETURNS int LANGUAGE sql AS 'SELECT a'").format(schema)
        )
        async with connection.transaction():
            await remake_functions(connection, live.system.model, new.generation)
        cursor = await connection.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'actions_g2'::regnamespace"
        )
        names: set[Any] = {name for (name,) in await cursor.fetchall()}
    assert "former" not in names
    assert "ripple_trends_at" in names


async def test_a_replay_does_not_write_what_housekeeping_would_remove(live: Engine, postgres: str) -> None:
    """Minutes are kept for 26 hours: those that are older already are not written."""
    log = log_of([action("now")])
    await (await folded(postgres, live, log)).die()
    new = await another(postgres, live)
    owner = await Owner.take_over(new, postgres, log, [0])
    owner.assignment.forgets_before = AT + timedelta(hours=27)
    await owner.catch_up()
    await owner.die()
    assert await value(postgres, "SELECT count(*) FROM actions_g1.activity_minutes") == 1
    assert await value(postgres, "SELECT count(*) FROM actions_g2.activity_minutes") == 0
    assert await value(postgres, "SELECT sum(actions)::int FROM actions_g2.activity_hours") == 1


async def test_housekeeping_removes_a_limited_number_of_old_rows(
    live: Engine, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each round a few; rows that a flush holds are left for the next."""
    monkeypatch.setattr(housekeeping, "SWEPT_ROWS_MAX", 2)
    await (await folded(postgres, live, log_of([action("now")]))).die()
    count = "SELECT count(*) FROM actions_g1.activity_minutes"
    async with connected(postgres) as connection, connected(postgres) as flush:
        await connection.execute(
            "INSERT INTO actions_g1.activity_minutes"
            " SELECT 'w', 'r', n, 'b', 1, 1 FROM generate_series(1, 6) n"
        )
        async with flush.transaction():
            await flush.execute("SELECT FROM actions_g1.activity_minutes WHERE minute = 1 FOR UPDATE")
            for left in (5, 3, 2, 2):
                await housekeeping.sweep(connection, live, [0])
                assert await value(postgres, count) == left
        await housekeeping.sweep(connection, live, [0])
    assert await value(postgres, count) == 1, "what is not old stays"
