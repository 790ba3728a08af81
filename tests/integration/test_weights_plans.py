"""Each question about a user reads that user's rows alone, however many users and versions there are."""

from collections.abc import AsyncIterator
from typing import Final

import psycopg
import pytest

from projections.actions.read_model import READ_MODEL as ACTIONS
from projections.redis.cached import CachedEntity
from projections.weights.cached import USER
from projections.weights.read_model import READ_MODEL
from projections.weights.reader import Reader
from tests.integration.plans import EXPLAINED, Explained, nodes, scans, wrong_scans
from tests.integration.stored_rows import stored
from tests.unit.actions_driver import actions_driver, logged, ripple, wave
from tests.unit.weights_driver import BASE, registered, weights_driver, weights_set

USERS: Final = 2_000
VERSIONS: Final = 30
BIG: Final = frozenset({"users", "impact_weights", "history", "user_waves"})


class PlanReader(Explained, Reader):
    """Keeps the plan of each statement."""

    session = f"{Reader.session} {EXPLAINED}"


@pytest.fixture
async def reader(postgres: str) -> AsyncIterator[PlanReader]:
    """Many users, of whom one has set weights many times and acted in a wave."""
    driver = weights_driver().given(*(registered(f"user {number}") for number in range(USERS)))
    driver.given(*(weights_set(number, 100 - number, 0, user_id="user 7") for number in range(VERSIONS)))
    deeds = actions_driver().given(wave(), ripple(), logged("a", "user 7"), logged("b", "user 8"))
    for model, filled in ((READ_MODEL, driver.settled()), (ACTIONS, deeds)):
        connection, _ = await stored(postgres, model, filled)
        await connection.execute("ANALYZE")
        await connection.close()
    async with PlanReader(postgres) as opened:
        yield opened


async def test_every_question_about_a_user_is_one_statement_of_indexed_reads(reader: PlanReader) -> None:
    first = await reader.history("user 7", limit=10)
    reader.plans.clear()
    questions = {
        "weights": reader.weights("user 7"),
        "weights of nobody": reader.weights("nobody"),
        "weights as of a time": reader.weights("user 7", as_of=BASE),
        "history": reader.history("user 7"),
        "history, next": reader.history("user 7", cursor=first.next_cursor),
    }
    for name, question in questions.items():
        await question
        (plan,) = reader.plans
        assert wrong_scans(plan, BIG) == [], name
        read = sum(node["Actual Rows"] * node["Actual Loops"] for node, _ in scans(plan))
        assert read <= 2 * VERSIONS + 4, f"{name} reads {read:.0f} rows"
        reader.plans.clear()


async def test_personal_impact_reads_the_users_waves_alone(reader: PlanReader) -> None:
    found = await reader.personal_impact("user 7")
    assert found.waves == 1
    (plan,) = reader.plans
    assert wrong_scans(plan, BIG) == []
    assert any(node["Node Type"] == "Function Scan" for node in nodes(plan))


async def test_the_population_reads_no_user(reader: PlanReader) -> None:
    await reader.population()
    (plan,) = reader.plans
    assert {node["Relation Name"] for node, _ in scans(plan)} == {"population"}


@pytest.mark.parametrize("entity", [USER], ids=lambda entity: entity.name)
async def test_rows_for_redis_are_read_by_their_key(
    reader: PlanReader, postgres: str, entity: CachedEntity
) -> None:
    query = entity.rows.read_text("utf-8")
    with psycopg.connect(postgres) as connection:
        connection.execute("SET enable_seqscan = off")
        rows = connection.execute(f"EXPLAIN {query}".encode(), {"user_id": ["user 7", "user 8"]}).fetchall()
    plan = "\n".join(line for (line,) in rows)
    assert "Index Scan using users_pkey" in plan, plan
    assert "Seq Scan" not in plan, plan
