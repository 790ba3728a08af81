"""The last layer of refusal: Postgres itself takes no distribution that is none, whoever writes it."""

from collections.abc import AsyncIterator

import psycopg
import pytest

from tests.integration.weights_setting import small_world

ADA = {"Community": "0.10", "Environment": "0.10", "Workers": "0.80"}


@pytest.fixture
async def session(postgres: str) -> AsyncIterator["psycopg.Connection"]:
    """As somebody has it who types into psql."""
    async with small_world(postgres):
        pass
    with psycopg.connect(postgres) as connection:
        yield connection


def of_ada(session: "psycopg.Connection") -> dict[str, str]:
    query = "SELECT category, weight::text FROM weights.impact_weights WHERE user_id = 'ada'"
    return dict(session.execute(query).fetchall())


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "UPDATE weights.impact_weights SET weight = 0.9 WHERE user_id = 'ada' AND category = 'Workers'",
            "weights of user 'ada': 3 rows that sum to 1.10, not 3 that sum to 1.00",
        ),
        (
            "DELETE FROM weights.impact_weights WHERE user_id = 'ada' AND category = 'Workers'",
            "weights of user 'ada': 2 rows that sum to 0.20",
        ),
        (
            "INSERT INTO weights.impact_weights VALUES ('new', 'Community', 1.00)",
            "weights of user 'new': 1 rows that sum to 1.00",
        ),
        (
            "UPDATE weights.impact_weights SET user_id = 'x' WHERE user_id = 'ada' AND category = 'Workers'",
            "weights of user",
        ),
        ("UPDATE weights.impact_weights SET weight = 0.5", "weights of user"),
    ],
)
def test_a_sum_that_is_not_one_is_refused_at_commit(
    session: "psycopg.Connection", statement: str, told: str
) -> None:
    before = of_ada(session)
    assert before == ADA
    session.execute(statement.encode())
    with pytest.raises(psycopg.errors.CheckViolation, match=told):
        session.commit()
    assert of_ada(session) == ADA


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO weights.impact_weights VALUES ('ada', 'Animals', 0.00)",
        "UPDATE weights.impact_weights SET weight = 0.305 WHERE user_id = 'ada' AND category = 'Workers'",
        "UPDATE weights.impact_weights SET weight = -0.1 WHERE user_id = 'ada' AND category = 'Workers'",
        "UPDATE weights.impact_weights SET weight = 1.1 WHERE user_id = 'ada' AND category = 'Workers'",
        "UPDATE weights.impact_weights SET weight = 'NaN' WHERE user_id = 'ada' AND category = 'Workers'",
        "UPDATE weights.impact_weights SET category = 'workers' WHERE user_id = 'ada' AND weight = 0.8",
    ],
)
def test_what_is_no_weight_is_refused_at_once(session: "psycopg.Connection", statement: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        session.execute(statement.encode())


def test_all_three_rows_may_change_together_and_go_together(session: "psycopg.Connection") -> None:
    session.execute("UPDATE weights.impact_weights SET weight = 0.0 WHERE user_id = 'ada'")
    session.execute(
        "UPDATE weights.impact_weights SET weight = 1 WHERE user_id = 'ada' AND category = 'Workers'"
    )
    session.commit()
    session.execute("DELETE FROM weights.impact_weights WHERE user_id = 'ada'")
    session.commit()
    assert of_ada(session) == {}
