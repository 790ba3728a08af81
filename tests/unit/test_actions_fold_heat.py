"""The trending score in the fold: warmed by what counts, cooled by time, taken back exactly."""

import math
from datetime import datetime, timedelta
from random import Random

import pytest

from projections.actions.tables import INTEREST_HOURS, RIPPLES, Ripple
from streams.heat import units
from streams.hours import hour_of
from tests.unit.actions_driver import (
    BASE,
    HOUR,
    actions_driver,
    boosted,
    joined,
    left,
    logged,
    retracted,
    ripple_deleted,
    wave_deleted,
    weight_set,
)
from tests.unit.fold_driver import FoldDriver

TEN = BASE.replace(minute=0)
HALF_LIFE_HOURS = 6.0


def ripple_of(driver: FoldDriver, ripple_id: str = "r") -> Ripple:
    row: Ripple = driver.rows[RIPPLES]["w", ripple_id]
    return row


def score(row: Ripple, at: datetime) -> float:
    """At a whole hour."""
    return row.heat_sum * math.exp2((row.heat_hour - hour_of(at)) / HALF_LIFE_HOURS)


def test_a_score_halves_in_a_half_life() -> None:
    driver = actions_driver().given(logged("a", bucket="planning", at=TEN))

    assert score(ripple_of(driver), TEN) == 2.5
    assert score(ripple_of(driver), TEN + 6 * HOUR) == pytest.approx(1.25)
    assert score(ripple_of(driver), TEN + 24 * HOUR) == pytest.approx(2.5 / 16)


def test_within_an_hour_an_action_counts_by_its_minute_second_and_fraction() -> None:
    assert units(TEN, HALF_LIFE_HOURS) == 1_000_000
    assert units(TEN + timedelta(minutes=30), HALF_LIFE_HOURS) == round(2 ** (1 / 12) * 1_000_000)
    last = TEN + HOUR - timedelta(microseconds=1)
    assert units(last, HALF_LIFE_HOURS) == round(2 ** (1 / 6) * 1_000_000)


def test_boosts_count_their_points_and_joins_one() -> None:
    driver = actions_driver().given(boosted(25, at=TEN), joined("ann", at=TEN), joined("bob", at=TEN + HOUR))

    assert score(ripple_of(driver), TEN) == pytest.approx(26 + 2 ** (1 / 6))
    assert driver.sums(INTEREST_HOURS) == {
        ("w", "r", hour_of(TEN), "boost"): (25, 25_000_000),
        ("w", "r", hour_of(TEN), "join"): (1, 1_000_000),
        ("w", "r", hour_of(TEN) + 1, "join"): (1, 1_000_000),
    }


def test_who_leaves_takes_the_join_out_of_the_hour_in_which_it_happened() -> None:
    driver = actions_driver().given(
        boosted(25, at=TEN), joined("ann", at=TEN + HOUR), left("ann", at=TEN + 5 * HOUR)
    )

    assert score(ripple_of(driver), TEN) == pytest.approx(25)
    assert driver.sums(INTEREST_HOURS) == {("w", "r", hour_of(TEN), "boost"): (25, 25_000_000)}


def test_nothing_that_counts_is_no_heat_at_all() -> None:
    driver = actions_driver().given(
        logged("a", at=TEN), logged("b", at=TEN + HOUR), joined("ann", at=BASE),
        retracted("a"), left("ann"), retracted("b"),
    )  # fmt: skip

    assert (ripple_of(driver).heat_sum, ripple_of(driver).heat_hour) == (0.0, 0)


def test_a_late_event_counts_as_much_as_one_in_time() -> None:
    early, late = logged("a", at=TEN), logged("b", at=TEN + 30 * HOUR)
    in_time = actions_driver().given(early, late)
    out_of_order = actions_driver().given(late, early)

    assert score(ripple_of(out_of_order), TEN) == pytest.approx(score(ripple_of(in_time), TEN))


def test_a_weight_set_late_moves_the_heat() -> None:
    driver = actions_driver().given(logged("a", at=BASE), boosted(1, at=TEN), weight_set("cleaning", 4, TEN))

    driver.finish_chores()

    assert score(ripple_of(driver), TEN) == pytest.approx(1 + 4 * 2 ** (1 / 12), abs=1e-6)


@pytest.mark.parametrize("deletion", [ripple_deleted, wave_deleted])
def test_a_deletion_empties_the_cells(deletion: object) -> None:
    driver = actions_driver().given(boosted(25, at=TEN), boosted(5, at=BASE), joined("ann", at=TEN))

    driver.given(deletion()).finish_chores()  # type: ignore[operator]

    assert driver.sums(INTEREST_HOURS) == {}


def test_the_sum_stays_right_over_years_and_thousands_of_changes() -> None:
    random = Random(4)
    driver = actions_driver()
    live: dict[str, tuple[datetime, float]] = {}
    for number in range(3_000):
        at = (
            TEN
            - timedelta(days=random.choice([0, 1, 9, 400, 2_000]))
            + timedelta(minutes=random.randrange(60))
        )
        if live and random.random() < 0.3:
            action_id = random.choice(sorted(live))
            del live[action_id]
            driver.given(retracted(action_id))
        else:
            live[f"a{number}"] = (at, 2.5)
            driver.given(logged(f"a{number}", bucket="planning", at=at))
    expected = sum(w * 2 ** (-((TEN - at) / HOUR) / HALF_LIFE_HOURS) for at, w in live.values())

    assert score(ripple_of(driver), TEN) == pytest.approx(expected, rel=1e-6)
