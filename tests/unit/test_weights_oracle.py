"""The oracle of system 3 against numbers worked out by hand."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from tests.simulation.handwritten import HOUR, NOON
from tests.simulation.weights_handwritten import WeightsLog
from tests.simulation.weights_oracle_facts import DEFAULTS
from tests.simulation.weights_oracle_views import as_of, population_cells


def test_a_user_begins_with_the_defaults_and_sets_others() -> None:
    log = WeightsLog().registered()
    assert log.rows("current") == [
        {
            "user_id": "ada",
            "community": Decimal("0.45"),
            "environment": Decimal("0.30"),
            "workers": Decimal("0.25"),
            "version": 1,
            "set_at": NOON,
        }
    ]
    log.set(0, 1, 0, at=NOON - HOUR)
    row = log.row("current")
    assert (row["community"], row["environment"], row["version"]) == (0, 1, 2)
    assert row["set_at"] == NOON - HOUR
    assert [(row["category"], row["weight"]) for row in log.rows("impact_weights")] == [
        ("Community", 0),
        ("Environment", 1),
        ("Workers", 0),
    ]
    log.registered(at=NOON)
    assert log.row("current") == row, "registered again: nothing changes"


def test_setting_registers_who_is_unknown() -> None:
    log = WeightsLog().set(0.5, 0.3, 0.2, user_id="grace", expected_version=0)
    assert (log.row("current")["user_id"], log.row("current")["version"]) == ("grace", 1)


@pytest.mark.parametrize(
    "weights",
    [
        (0.5, 0.3, 0.2000000009),
        (0.4999999991, 0.3, 0.2),
        (-1e-10, 1.0000000001, 0),
        (0.34, 0.33, 0.33),
        (1e-2, 0.99, 0.0),
    ],
)
def test_what_is_nearly_a_hundredth_is_one(weights: tuple[float, ...]) -> None:
    log = WeightsLog().set(*weights)
    assert log.codes() == []
    assert sum(Decimal(str(row["weight"])) for row in log.rows("impact_weights")) == 1


@pytest.mark.parametrize(
    "weights",
    [
        (0.5, 0.2, 0.1),
        (0.5, 0.3, 0.20000001),
        (0.305, 0.395, 0.3),
        (1.5, -0.5, 0),
        (0, 0, 0),
        (50, 30, 20),
        ("0.5", 0.3, 0.2),
        (True, 0, 0),
        (None, 0.5, 0.5),
        (-1e-8, 1, 0),
    ],
)
def test_all_else_is_no_distribution(weights: tuple[object, ...]) -> None:
    assert WeightsLog().set(*weights).codes() == ["invalid_distribution"]


def test_exactly_three_categories() -> None:
    log = WeightsLog()
    wrong: tuple[object, ...] = (
        {},
        {"community": 1},
        [],
        None,
        {"community": 1, "environment": 0, "worker": 0},
    )
    for weights in wrong:
        log.add("weights_set", user_id="ada", weights=weights)
    log.add("weights_set", user_id="ada")
    assert log.codes() == ["invalid_distribution"] * 5 + ["missing_field"]
    assert log.rows("current") == []


def test_of_two_who_expect_the_same_version_the_first_in_the_log_wins() -> None:
    log = WeightsLog().registered().set(1, 0, 0, expected_version=1, at=NOON - HOUR)
    log.set(0, 1, 0, expected_version=1).set(0, 0, 1, expected_version=None)
    assert log.codes() == ["version_conflict"]
    assert (log.row("current")["workers"], log.row("current")["version"]) == (1, 3)


def test_history_goes_by_the_log_and_as_of_by_the_time_said() -> None:
    log = WeightsLog().registered(at=NOON - 3 * HOUR).set(1, 0, 0, at=NOON).set(0, 1, 0, at=NOON - HOUR)
    assert [(row["version"], row["effective_from"], row["effective_to"]) for row in log.rows("history")] == [
        (1, NOON - 3 * HOUR, NOON - HOUR),
        (2, NOON, NOON),
        (3, NOON - HOUR, None),
    ]
    assert log.row("history", version=2)["event_id"] == str(UUID(int=2))
    facts = log.expected().facts
    moment = timedelta(microseconds=1)
    assert as_of(facts, "ada", NOON - 3 * HOUR - moment) == (DEFAULTS, 0)
    assert as_of(facts, "ada", NOON - HOUR - moment)[1] == 1
    assert as_of(facts, "ada", NOON - HOUR)[1] == 3
    assert as_of(facts, "ada", NOON + HOUR)[1] == 3
    assert as_of(facts, "grace", NOON)[1] == 0


def test_deleted_is_gone_for_ever() -> None:
    log = WeightsLog().registered().deleted().registered().set(1, 0, 0, expected_version=7).deleted()
    log.deleted("grace").set(1, 0, 0, user_id="grace")
    assert log.codes() == ["removed"] * 4
    assert not any(log.expected().views.values())
    assert population_cells(log.expected().facts) == []


def test_the_same_event_twice_is_one_version() -> None:
    twice = str(UUID(int=77))
    log = WeightsLog().set(1, 0, 0, id=twice).set(1, 0, 0, id=twice, expected_version=0)
    assert log.expected().counts[0].duplicates == 1
    assert log.row("current")["version"] == 1


def test_the_population_is_counted_by_category() -> None:
    log = WeightsLog().registered("a").registered("b").set(1, 0, 0, user_id="c").set(0, 0, 1, user_id="d")
    cells = population_cells(log.expected().facts)
    assert [row["users"] for row in cells if row["category"] == "community"] == [1, 2, 1]
    assert log.row("population", category="community") == {
        "category": "community",
        "users": 4,
        "mean": Decimal("0.475"),
        "median": Decimal("0.45"),
        # The root of 0.125625.
        "spread": Decimal("0.354436"),
        "minimum": 0,
        "maximum": 1,
    }
    log.set(0.2, 0.8, 0, user_id="a").deleted("c")
    assert log.row("population", category="community")["median"] == Decimal("0.2")
    log.deleted("d")
    assert log.row("population", category="community")["median"] == Decimal("0.325")
