"""Simulated events of system 4: such that every batch can be taken in the order in which it happens."""

from collections import Counter
from typing import Any, Final

import msgspec
import pytest

from events.codec import Codec
from events.errors import WrongUsage
from events.simulation.envelopes import Fields
from events.simulation.rankings import RANKED_MAX, SIMULATION, RankingsWorld
from events.simulation.traffic import Traffic
from projections.rankings.tables import BALLOTS, CHANGES
from tests.unit.fold_driver import FoldDriver
from tests.unit.rankings_driver import rankings_driver
from tests.unit.simulated_events import BEGIN, END, simulated

ANNOUNCED: Final = 3 * (1 + 40 + 300)


def kind_of(event: Fields) -> str:
    return str(event["type"]).partition(".")[2]


def test_what_there_is_is_announced_first() -> None:
    announced = simulated(SIMULATION, 3_000)[:ANNOUNCED]
    assert Counter(map(kind_of, announced)) == {
        "period_opened": 3,
        "topic_created": 120,
        "student_registered": 900,
    }


def folded(events: list[Fields]) -> tuple[FoldDriver, Counter[str]]:
    """What a fold makes of them, and how often what became of an event."""
    codec, driver = Codec(system="rankings"), rankings_driver()
    driver.given(*codec.decode_many(map(msgspec.json.encode, events)))
    return driver, Counter(driver.outcomes)


def longest(driver: FoldDriver) -> int:
    """How many topics a student ranks at most."""
    ballots = driver.rows[BALLOTS].values()
    return max(sum(entry.position is not None for entry in ballot.entries) for ballot in ballots)


def test_in_order_everything_can_be_taken_and_sees_what_stands() -> None:
    events = simulated(SIMULATION, 20_000, topics_per_period=12, students_per_period=30, retracted=0.05)
    driver, outcomes = folded(events)

    assert outcomes == {"applied": len(events)}
    assert not any(change.previous_mismatch for change in driver.rows[CHANGES].values())
    assert Counter(map(kind_of, events))["topic_removed"] > 10
    # Beside those that it shows a ballot knows topics that were removed since.
    assert longest(driver) >= RANKED_MAX


def test_a_list_is_no_longer_than_there_are_topics() -> None:
    events = simulated(SIMULATION, 3_000, topics_per_period=2, students_per_period=5, periods=1)
    assert folded(events)[1] == {"applied": 3_000}


@pytest.mark.parametrize(
    ("sizes", "reason"),
    [
        ({"periods": 10_000, "topics_per_period": 101}, "topics must be 1 to 1,000,000, is 1,010,000"),
        ({"periods": 11, "students_per_period": 1_000_000}, "students must be 1 to 10,000,000"),
    ],
)
def test_a_world_beyond_the_limits_is_wrong_usage(sizes: dict[str, Any], reason: str) -> None:
    with pytest.raises(WrongUsage, match=reason):
        RankingsWorld(Traffic(10_000, BEGIN, END), **sizes)
