"""A small world of system 4 whose answers can be worked out by hand, as of a clock that stands."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from deploy.local_stack import LocalStack
from projections.rankings.read_model import READ_MODEL
from projections.rankings.tables import PERIODS
from tests.integration.small_worlds import filled_database
from tests.integration.stored_rows import stored
from tests.unit.fold_driver import FoldDriver
from tests.unit.rankings_driver import (
    BASE,
    HOUR,
    calculated,
    closed,
    executed,
    moved,
    opened,
    period_of,
    rankings_driver,
    student,
    topic,
    topic_removed,
    undone,
)


def world() -> FoldDriver:
    """It is 10:30. In autumn there are the topics alg, bio, che and dom, which nobody ranks; old was removed.

    Ada ranks bio, alg; Bob alg; Eve che, alg, and has taken back that che was last. Since the calculation at
    10:30 Bob has come. There were two runs of the assignment. Spring is closed, and nobody ranked its topic.
    """
    driver = rankings_driver().given(
        student("ada", email="ada@students.example"),
        student("bob"),
        opened("Autumn"),
        topic("alg", "Zen of algorithms", capacity=2),
        topic("bio", "Biology"),
        topic("che", "Chemistry"),
        topic("dom", "Dominoes"),
        topic("old", "Old"),
        moved({"alg": 1, "bio": 2, "old": 3}),
        topic_removed("old"),
        moved({"bio": 1, "alg": 2}, session="s2", previous={"bio": 2, "alg": 4}),
        moved({"che": 1, "alg": 2}, "eve"),
        moved({"che": 3}, "eve", "oops"),
        undone("eve", "oops"),
        opened("Spring", period_id="spring"),
        topic("ski", "Skiing", period_id="spring"),
        moved({"ski": 1}, "eve", period_id="spring"),
        closed(period_id="spring"),
    )
    changes, changes_of_spring = period_of(driver).changes, driver.rows[PERIODS]["spring",].changes
    driver.given(
        calculated(changes, _calculated("2", "100"), BASE - HOUR),
        calculated(changes, _calculated("3", "50")),
        calculated(changes_of_spring, [], BASE, period_id="spring", part=1, parts=2),
        moved({"alg": 1}, "bob"),
        executed([("ada", "bio", 1), ("eve", "alg", 2)], BASE - HOUR, run="first", cost=3),
        executed([("ada", "bio", 1), ("bob", None, None), ("eve", "dom", None)], BASE, run="second", cost=11),
    )
    assert set(driver.outcomes) == {"applied"}, driver.outcomes
    return driver.settled()


def _calculated(average: str, percentile: str) -> list[dict[str, Any]]:
    ranked = {"students": 1, "average": Decimal(1), "standard_deviation": Decimal(0)}
    return [
        {
            "topic_id": "alg",
            "students": 2,
            "average": Decimal(average),
            "standard_deviation": Decimal(0),
            "percentile": Decimal(0),
            "category": "medium",
        },
        {"topic_id": "bio", **ranked, "percentile": Decimal(percentile), "category": "high"},
        {"topic_id": "che", **ranked, "percentile": Decimal("75"), "category": "high"},
        {"topic_id": "dom", "students": 0},
    ]


@contextmanager
def small_world(stack: LocalStack, home: Path) -> Iterator[str]:
    """The URL of a database of its own that holds it. For tests that read."""
    with filled_database(stack, home, BASE, _fill) as url:
        yield url


async def _fill(url: str) -> None:
    connection, _ = await stored(url, READ_MODEL, world())
    await connection.close()
