"""Observed totals: they set, the first is a base, an older one is history only."""

from datetime import timedelta
from typing import Any

import pytest

from projections.content.rows import Observation, VideoObserved
from projections.content.tables import GAINS, OBSERVATIONS, VIDEO_OBSERVED
from streams.folds.content.metrics import reads_observed
from streams.hours import hour_of
from tests.unit.content_driver import (
    BASE,
    HOUR,
    commented,
    content_driver,
    liked,
    observed,
    video_of,
    viewed,
)
from tests.unit.fold_driver import FoldDriver


def gains(driver: FoldDriver) -> dict[int, tuple[int, ...]]:
    """By hours after the first."""
    return {key[-1] - hour_of(BASE): sums for key, sums in driver.sums(GAINS).items()}


def history(driver: FoldDriver) -> list[Any]:
    return [driver.rows[OBSERVATIONS][key] for key in driver.rows[OBSERVATIONS]]


def test_the_first_observation_of_a_counter_is_a_base() -> None:
    driver = content_driver().given(observed(views=1000, comments=3))
    assert not driver.sums(GAINS)
    assert video_of(driver).impact_cents == 30_001
    assert video_of(driver).impact_updated_at == BASE

    driver.given(observed(views=1500, comments=2, likes=10, at=BASE + HOUR))
    # The likes are a base: their 0.01 points are in the 300.02 from which the score falls to 200.03.
    assert gains(driver) == {1: (500, 0, -1, 0, 0, -9_999)}
    assert video_of(driver).impact_cents == 20_003


def test_increments_before_the_first_observation_are_a_base_too() -> None:
    driver = content_driver().given(viewed(5), observed(views=1_000, at=BASE + HOUR))
    assert gains(driver) == {0: (5, 0, 0, 0, 0, 0)}
    assert video_of(driver).views == 1_000


def test_increments_add_to_what_was_observed_and_are_set_over_again() -> None:
    driver = content_driver().given(
        observed(comments=10), commented(2), observed(comments=11, at=BASE + HOUR)
    )
    assert video_of(driver).comments == 11
    assert gains(driver) == {0: (0, 0, 2, 0, 0, 20_000), 1: (0, 0, -1, 0, 0, -10_000)}


def test_an_older_observation_is_history_and_changes_nothing_else() -> None:
    driver = content_driver().given(
        observed(views=100, likes=5, at=BASE + HOUR), observed(views=50, likes=4, saves=3, at=BASE)
    )
    video = video_of(driver)
    assert (video.views, video.likes, video.saves) == (100, 5, 3)
    assert (video.version, video.changed_at) == (2, BASE + HOUR)
    late = history(driver)[1]
    assert late.applied
    assert late.stale == ("views", "likes")

    driver.given(observed(views=1, at=BASE - HOUR))
    assert not history(driver)[2].applied
    assert history(driver)[2].stale == ("views",)
    assert video_of(driver).views == 100
    assert video_of(driver).version == 3
    assert not driver.sums(GAINS)


def test_of_two_observations_at_one_time_the_later_in_the_log_stands() -> None:
    driver = content_driver().given(observed(views=100), observed(views=90))
    assert video_of(driver).views == 90
    assert gains(driver) == {0: (-10, 0, 0, 0, 0, 0)}


def test_the_first_observation_of_a_video_is_not_looked_up() -> None:
    driver = content_driver()

    def looked_up(event: Any) -> bool:
        driver.states.load(lambda: [(VIDEO_OBSERVED, ("v",))])
        return OBSERVATIONS in [table for table, _ in reads_observed(event, driver.states)]

    assert not looked_up(observed(views=100, at=BASE))
    driver.given(observed(views=100, at=BASE))
    assert looked_up(observed(views=101, at=BASE + HOUR))


@pytest.mark.parametrize("later", [-HOUR, 0 * HOUR, HOUR])
def test_an_id_that_was_observed_counts_never_again_whatever_it_says(later: timedelta) -> None:
    first = observed(views=100, at=BASE)
    driver = content_driver().given(first, observed(views=7, saves=3, at=BASE + later, id=str(first.id)))
    assert driver.outcomes == ["applied", "duplicate"]
    assert (video_of(driver).views, len(history(driver))) == (100, 1)


@pytest.mark.parametrize("later", [0, 1])
def test_an_observation_that_comes_again_counts_once(later: int) -> None:
    first = observed(views=100, at=BASE)
    between = [observed(views=200, likes=3, at=BASE + HOUR)] * later
    driver = content_driver().given(first, *between, first)
    assert driver.outcomes == ["applied"] * (1 + later) + ["duplicate"]
    assert len(history(driver)) == 1 + later


def test_what_was_seen_is_kept_as_it_was_seen() -> None:
    event = observed(views=0, shares=7)
    driver = content_driver().given(event)
    assert driver.rows[OBSERVATIONS] == {
        ("v", str(event.id)): Observation(
            "v", str(event.id), BASE, 0, None, None, 7, None, applied=True, stale=()
        )
    }
    assert driver.rows[VIDEO_OBSERVED] == {("v",): VideoObserved("v", views_at=BASE, shares_at=BASE)}


def test_the_gain_of_impact_is_of_the_rounded_scores() -> None:
    driver = content_driver().given(viewed(400), viewed(100), liked(4), viewed(100, at=BASE + HOUR))
    assert gains(driver) == {0: (500, 4, 0, 0, 0, 1), 1: (100, 0, 0, 0, 0, 0)}
    assert video_of(driver).impact_cents == 1
