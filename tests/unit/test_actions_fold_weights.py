"""What buckets weigh: by the hour of the action, set late or early, in any order."""

from itertools import permutations
from uuid import UUID

import pytest

from projections.actions.tables import (
    ACTIONS,
    ACTIVITY_HOURS,
    BUCKET_WEIGHTS,
    RIPPLES,
    USER_WAVES,
    WAVES,
)
from streams.hours import hour_of
from tests.unit.actions_driver import (
    BASE,
    HOUR,
    actions_driver,
    logged,
    retracted,
    ripple_deleted,
    weight_set,
)

TEN = BASE.replace(minute=0)


def test_an_action_weighs_what_its_bucket_weighed_in_its_hour() -> None:
    driver = actions_driver().given(
        weight_set("cleaning", 3, TEN),
        weight_set("cleaning", 5, TEN + HOUR),
        logged("before", at=TEN - HOUR / 60),
        logged("first", at=TEN),
        logged("last", at=TEN + HOUR - HOUR / 3600),
        logged("after", at=TEN + HOUR),
        logged("other", bucket="planning", at=TEN),
    )

    weights = {key[1]: row.weight_micros for key, row in driver.rows[ACTIONS].items()}
    assert weights == {
        "before": 1_000_000,
        "first": 3_000_000,
        "last": 3_000_000,
        "after": 5_000_000,
        "other": 2_500_000,
    }


def test_a_weight_set_late_moves_the_difference_everywhere() -> None:
    driver = (
        actions_driver()
        .given(
            logged("before", at=TEN - HOUR / 60),
            logged("a", "ann", at=TEN),
            logged("b", "bob", at=TEN + HOUR),
            logged("c", "bob", at=TEN + 2 * HOUR),
            weight_set("cleaning", 9, TEN + 2 * HOUR),
            weight_set("cleaning", 0.5, TEN),
        )
        .finish_chores()
    )

    assert (
        driver.rows[WAVES][("w",)].impact_micros == driver.rows[RIPPLES]["w", "r"].impact_micros == 11_000_000
    )
    assert driver.sums(USER_WAVES) == {("ann", "w"): (2, 1_500_000, 0), ("bob", "w"): (2, 9_500_000, 0)}
    assert driver.sums(ACTIVITY_HOURS) == {
        ("w", "r", hour_of(TEN) - 1, "cleaning"): (1, 1_000_000, round(2 ** (59 / 60 / 6) * 1_000_000)),
        ("w", "r", hour_of(TEN), "cleaning"): (1, 500_000, 1_000_000),
        ("w", "r", hour_of(TEN) + 1, "cleaning"): (1, 500_000, 1_000_000),
        ("w", "r", hour_of(TEN) + 2, "cleaning"): (1, 9_000_000, 1_000_000),
    }
    assert driver.rows[RIPPLES]["w", "r"].version == 4, "no event named the ripple"


def test_weighed_again_an_action_is_taken_back_with_what_it_weighs_then() -> None:
    driver = actions_driver().given(logged("a"), weight_set("cleaning", 100, TEN)).finish_chores()
    assert driver.rows[WAVES][("w",)].impact_micros == 100_000_000

    driver.given(retracted("a"))

    assert driver.rows[WAVES][("w",)].impact_micros == 0
    assert driver.sums(USER_WAVES) == driver.sums(ACTIVITY_HOURS) == {}


def test_what_is_being_purged_is_not_weighed_again() -> None:
    driver = actions_driver().given(logged("a"), ripple_deleted(), weight_set("cleaning", 4, TEN))

    weighing = driver.chores[-1]
    while weighing in driver.chores:
        driver.visit_next(weighing)
    driver.finish_chores()

    assert driver.sums(USER_WAVES) == driver.sums(ACTIVITY_HOURS) == {}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_for_one_hour_the_greater_time_then_id_wins_in_any_order(order: tuple[int, ...]) -> None:
    rivals = [
        weight_set("cleaning", 2, TEN, at=BASE, id=UUID(int=9)),
        weight_set("cleaning", 3, TEN, at=BASE + HOUR, id=UUID(int=1)),
        weight_set("cleaning", 4, TEN, at=BASE + HOUR, id=UUID(int=2), actor="admin", actor_type="admin"),
    ]
    driver = actions_driver().given(logged("a"), *(rivals[index] for index in order)).finish_chores()

    (step,) = driver.rows[BUCKET_WEIGHTS][0, "cleaning"].steps
    assert (step.multiplier_micros, step.id, step.set_by) == (4_000_000, str(UUID(int=2)), "admin")
    assert driver.rows[WAVES][("w",)].impact_micros == 4_000_000


def test_a_weight_that_loses_starts_nothing() -> None:
    driver = actions_driver().given(weight_set("cleaning", 3, TEN, at=BASE + HOUR)).finish_chores()

    driver.given(weight_set("cleaning", 2, TEN, at=BASE))

    assert driver.chores == []


def test_a_weight_reaches_to_the_next_hour_that_has_its_own() -> None:
    driver = actions_driver().given(
        weight_set("cleaning", 3, TEN),
        weight_set("cleaning", 4, TEN - HOUR),
        weight_set("cleaning", 5, TEN + HOUR),
    )

    hour = hour_of(TEN)
    assert [(c.arguments["from_hour"], c.arguments["until_hour"]) for c in driver.chores] == [
        (hour, None),
        (hour - 1, hour),
        (hour + 1, None),
    ]
