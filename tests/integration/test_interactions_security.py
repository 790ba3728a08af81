"""Whose states one reads in Postgres: one's own, who resonated with what one wrote; operators all of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, LiteralString

import psycopg
import pytest
from psycopg import Connection, sql

from events.interactions import (
    AmplificationAdded,
    EntryBranched,
    EntryCreated,
    EntryDeleted,
    ResonanceAdded,
    ResonanceToggled,
)
from projections.postgres import promotion
from projections.postgres.generations import find_active, remake_functions
from streams.system import system_named
from tests.integration.generations_setting import another, connected, folded
from tests.integration.rules_setting import AT, engine_on, record
from tests.simulation.engine_run import SimulatedLog

USER: LiteralString = "groundswell_user"
OPERATOR: LiteralString = "groundswell_operator"
STATES: LiteralString = """
SELECT user_id, entry_id, has_resonated, has_amplified FROM interactions.user_states ORDER BY 1, 2
"""
PUBLIC: tuple[LiteralString, ...] = ("interaction_counts", "entries", "activity", "branches")


def log() -> SimulatedLog:
    """Ada wrote river, bob wrote rain; ann and bob do things to both."""
    made = SimulatedLog(2)
    for event in (
        EntryCreated.new(entry_id="river", author="ada", title="River", at=AT),
        EntryCreated.new(entry_id="rain", author="bob", title="Rain", at=AT),
        EntryBranched.new(entry_id="river", child_id="rain", at=AT),
        ResonanceToggled.new(entry_id="river", actor="ann", at=AT),
        AmplificationAdded.new(entry_id="river", actor="ann", at=AT),
        AmplificationAdded.new(entry_id="river", actor="bob", at=AT),
        ResonanceAdded.new(entry_id="rain", actor="ann", at=AT),
        ResonanceAdded.new(entry_id="rain", actor="ada", at=AT),
        ResonanceAdded.new(entry_id="gone", actor="ann", at=AT),
        EntryDeleted.new(entry_id="gone", at=AT),
    ):
        made.append(record(event, 2))
    return made


@pytest.fixture
async def database(postgres: str) -> str:
    """Its live generation holds the log."""
    engine = await engine_on(postgres, system_named("interactions"))
    owner = await folded(postgres, engine, log())
    await owner.die()
    return postgres


@contextmanager
def reading(url: str, role: LiteralString, user_id: str | None = None) -> Iterator[Connection[Any]]:
    """A connection with the rights of that role, which says who reads."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        if user_id is not None:
            connection.execute("SELECT set_config('groundswell.user_id', %s, false)", [user_id])
        yield connection


def states(url: str, role: LiteralString, user_id: str | None = None) -> list[tuple[Any, ...]]:
    with reading(url, role, user_id) as connection:
        return connection.execute(STATES).fetchall()


ALL: Final = [
    ("ada", "rain", True, False),
    ("ann", "rain", True, False),
    ("ann", "river", True, True),
    ("bob", "river", False, True),
]


def check_who_reads_what(url: str) -> None:
    """What each of them sees, and what everybody does."""
    assert states(url, USER, "ann") == [ALL[1], ALL[2]]
    # Of others only that they resonated with what one wrote.
    assert states(url, USER, "ada") == [ALL[0], ("ann", "river", True, None)]
    assert states(url, USER, "bob") == [("ada", "rain", True, None), ("ann", "rain", True, None), ALL[3]]
    assert states(url, USER, "eve") == states(url, USER, "") == states(url, USER) == []
    assert states(url, OPERATOR) == states(url, OPERATOR, "ann") == ALL
    for role in (USER, OPERATOR):
        with reading(url, role) as connection:
            for view in PUBLIC:
                query = sql.SQL("SELECT count(*) > 0 FROM interactions.{}").format(sql.Identifier(view))
                assert connection.execute(query).fetchall() == [(True,)], (role, view)
            root = "SELECT root_id, depth FROM interactions.entries WHERE entry_id = 'rain'"
            assert connection.execute(root).fetchall() == [("river", 1)]


async def test_users_read_their_own_states_authors_who_resonated_and_operators_all(database: str) -> None:
    check_who_reads_what(database)
    with psycopg.connect(database) as owner:
        assert owner.execute(STATES).fetchall() == ALL


@pytest.mark.parametrize("role", [USER, OPERATOR])
async def test_nobody_writes_and_nobody_reads_around_the_views(database: str, role: LiteralString) -> None:
    refused: tuple[LiteralString, ...] = (
        "UPDATE interactions.user_states SET has_resonated = false",
        "DELETE FROM interactions.user_states",
        "UPDATE interactions.interaction_counts SET resonance_count = 9",
        "INSERT INTO interactions.branches (parent_id, child_id) VALUES ('a', 'b')",
        "UPDATE interactions_g1.user_entries SET has_resonated = false",
        "DELETE FROM interactions_g1.user_entries",
        "INSERT INTO interactions_g1.user_entries VALUES ('river', 'eve', true, now(), false, null)",
        "SELECT * FROM interactions_g1.user_entries",
        "SELECT * FROM interactions.resonances",
        "SELECT * FROM groundswell.positions",
        "CREATE TABLE interactions.mine (n int)",
    )
    with reading(database, role, "ann") as connection:
        for statement in refused:
            with pytest.raises(
                (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectNotInPrerequisiteState)
            ):
                connection.execute(statement)


async def test_a_rebuilt_generation_has_the_same_rules(database: str) -> None:
    live = await engine_on(database, system_named("interactions"))
    new = await another(database, live)
    follower = await folded(database, new, log())
    model = live.system.model
    async with connected(database) as connection, connection.transaction():
        # Twice is once.
        await remake_functions(connection, model, new.generation)
    async with connected(database) as connection:
        old = await find_active(connection, "interactions")
        assert await promotion.activate(connection, model, old, new.generation)
    with psycopg.connect(database) as owner:
        assert owner.execute("SELECT schema_name FROM groundswell.generations WHERE active").fetchall() == [
            ("interactions_g2",)
        ]
    check_who_reads_what(database)
    await follower.die()


async def test_what_no_policy_gives_is_not_read(database: str) -> None:
    """The rule stands by itself: whoever may read the view sees what a policy of the table gives."""
    with psycopg.connect(database, autocommit=True) as owner:
        owner.execute("DROP POLICY users_own ON interactions_g1.user_entries")
        owner.execute("DROP POLICY authors_readers ON interactions_g1.user_entries")
    assert states(database, USER, "ann") == []
    assert states(database, OPERATOR) == ALL


def test_what_runs_with_its_owners_rights_looks_places_up_by_index(database: str) -> None:
    """Whatever the session says that asks."""
    with psycopg.connect(database) as connection:
        found = connection.execute(
            "SELECT p.proname, p.proconfig FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE n.nspname = 'interactions_g1' AND p.prosecdef ORDER BY p.proname"
        ).fetchall()
    by_index = ["enable_seqscan=off", "enable_hashjoin=off", "enable_mergejoin=off"]
    assert found == [("depth_of", by_index), ("root_of", by_index)]
