"""How contested topics are: averages, deviations, categories and percentiles, and the decision about them."""

import random
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from statistics import pstdev
from typing import Any, Final

import pytest

from events.codec import EVENT_BYTES_MAX, encode
from events.decisions import PARTS_MAX, decision_id
from projections.rankings.rows import Topic, TopicTrend
from projections.rankings.tables import TOPIC_TRENDS
from streams.folds.rankings.calculating import METRICS_CALCULATION, calculations
from streams.folds.rankings.congestion import TopicCounts, category, metrics, rounded
from streams.hours import hour_of
from tests.unit.rankings_driver import (
    BASE,
    HOUR,
    PERIOD,
    calculated,
    moved,
    opened,
    period_of,
    rankings_driver,
    topic,
    topic_of,
    topic_removed,
)

COURSES: Final = {
    "course 1": (0, 17, 3, 5, 1, 25, 14, 29, 52),
    "course 2": (0, 42, 8, 5, 5, 20, 26, 26, 14),
    "course 3": (0, 46, 44, 7, 10, 13, 9, 11, 6),
    "course 4": (0, 17, 42, 29, 8, 13, 16, 11, 10),
    "course 5": (0, 3, 30, 36, 19, 22, 16, 14, 6),
    "course 6": (0, 18, 14, 45, 46, 10, 9, 3, 1),
    "course 7": (0, 2, 3, 13, 31, 17, 25, 19, 36),
    "course 8": (0, 1, 2, 6, 26, 26, 31, 33, 21),
    "course 9": (146, 0, 0, 0, 0, 0, 0, 0, 0),
}
"""146 students rank 9 courses: how many put each course at position 1, 2, .."""

GOLDEN: Final = {
    "course 1": ("6.9589", "2.3169", "low"),
    "course 3": ("4.0068", "2.1849", "medium"),
    "course 9": ("1.0000", "0.0000", "very-high"),
}
FROM_CONTESTED_TO_FREE: Final = (9, 3, 6, 4, 5, 2, 7, 8, 1)
SETS: Final = 300


def counted(topic_id: str, positions: list[int]) -> TopicCounts:
    return TopicCounts(topic_id, len(positions), sum(positions), sum(p * p for p in positions))


def of_distribution(topic_id: str, students: tuple[int, ...]) -> TopicCounts:
    return counted(topic_id, [place for place, times in enumerate(students, 1) for _ in range(times)])


def test_courses_of_a_real_selection() -> None:
    found = metrics([of_distribution(name, students) for name, students in COURSES.items()], len(COURSES))
    by_name = {each.topic_id: each for each in found}
    for name, (average, deviation, congestion) in GOLDEN.items():
        assert f"{by_name[name].average:.4f}" == average
        assert f"{by_name[name].standard_deviation:.4f}" == deviation
        assert by_name[name].category == congestion
    assert f"{by_name['course 6'].average:.4f}" == "4.4110"
    steps = [Decimal(100) - Decimal("12.5") * step for step in range(9)]
    assert [by_name[f"course {n}"].percentile for n in FROM_CONTESTED_TO_FREE] == steps


def test_every_number_is_the_exact_one_rounded_half_up() -> None:
    seed = 7
    print(f"seed {seed}")
    choose = random.Random(seed)
    for _ in range(SETS):
        topics = choose.randint(1, 12)
        places = {
            f"t{n}": [choose.randint(1, topics) for _ in range(choose.choice((0, 1, 2, 7)))]
            for n in range(topics)
        }
        for each in metrics([counted(name, positions) for name, positions in places.items()], topics):
            positions = places[each.topic_id]
            assert each.students == len(positions)
            if not positions:
                assert (each.average, each.standard_deviation, each.percentile, each.category) == (None,) * 4
                continue
            assert each.average == half_up(Fraction(sum(positions), len(positions)))
            assert each.standard_deviation is not None
            assert abs(float(each.standard_deviation) - pstdev(positions)) <= 0.5000001e-6
            assert each.percentile == plain_percentile(each.topic_id, places)


def half_up(value: Fraction) -> Decimal:
    return Decimal(int(value * 10**6 + Fraction(1, 2))).scaleb(-6)


def plain_percentile(name: str, places: dict[str, list[int]]) -> Decimal:
    averages = {each: Fraction(sum(found), len(found)) for each, found in places.items() if found}
    others = [average for each, average in averages.items() if each != name]
    if not others:
        return Decimal(100)
    less = sum(average > averages[name] for average in others)
    ties = sum(average == averages[name] for average in others)
    return half_up(Fraction(100 * (2 * less + ties), 2 * len(others)))


def test_ties_count_half_and_a_sole_topic_is_the_most_contested() -> None:
    three = metrics([counted("a", [1, 1]), counted("b", [1]), counted("c", [2])], 3)
    assert [each.percentile for each in three] == [75, 75, 0]
    assert [each.percentile for each in metrics([counted("a", [3]), counted("b", [])], 3)] == [100, None]
    assert metrics([], 0) == []


@pytest.mark.parametrize(
    ("positions", "topics", "expected"),
    [
        ([1], 5, "very-high"),
        ([1, 1, 1, 1, 2], 5, "high"),
        ([2], 5, "high"),
        ([3], 5, "medium"),
        ([3, 3, 3, 4], 5, "low"),
        ([5], 5, "low"),
        ([1], 1, "low"),
        ([20_000], 100_000, "very-high"),
        ([20_001], 100_000, "high"),
    ],
)
def test_the_category_is_by_fifths_of_the_topics(positions: list[int], topics: int, expected: str) -> None:
    assert category(counted("a", positions), topics) == expected


def test_a_half_is_rounded_up() -> None:
    assert rounded(1, 2_000_000) == Decimal("0.000001")
    assert rounded(2, 3) == Decimal("0.666667")
    assert rounded(0, 3) == 0


def row(topic_id: str | None, period_id: str = "p", topics: int = 2, **counts: int) -> dict[str, Any]:
    sums = {"students": 0, "sum_of_positions": 0, "sum_of_squares": 0, **counts}
    return {"period_id": period_id, "changes": 5, "topics": topics, "topic_id": topic_id, **sums}


def test_the_periods_of_a_decision_are_its_parts() -> None:
    events = calculations(
        BASE,
        [
            row("a", students=2, sum_of_positions=3, sum_of_squares=5),
            row("b"),
            row(None, "empty", 0, students=None),  # type: ignore[arg-type]
        ],
    )
    assert [(each.key, each.part, each.parts, each.changes) for each in events] == [
        ("p", 0, 2, 5),
        ("empty", 1, 2, 5),
    ]
    assert [each.id for each in events] == [
        decision_id("rankings.metrics_calculated", BASE, part) for part in range(2)
    ]
    first, second = events[0].topics
    assert (first.average, first.standard_deviation) == (Decimal("1.5"), Decimal("0.5"))
    assert first.percentile == 100
    assert first.category == "low"
    assert (second.students, second.average, second.category) == (0, None, None)
    assert events[1].topics == ()
    assert calculations(BASE, []) == []


def test_each_part_is_an_event_that_is_small_enough() -> None:
    ids = [f"{n:04}" + '"' * 296 for n in range(400)]
    rows = [
        row(name, '"' * 300, len(ids), students=9, sum_of_positions=9 * n + 5, sum_of_squares=9 * n * n + 99)
        for n, name in enumerate(ids)
    ]
    events = calculations(BASE, rows)
    assert len(events) > 3
    assert max(len(encode(each)) for each in events) <= EVENT_BYTES_MAX
    assert [each.topic_id for event in events for each in event.topics] == ids


def test_periods_beyond_the_parts_of_a_decision_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.folds.rankings.calculating.PARTS_MAX", 3)
    assert PARTS_MAX > 3
    rows = [row(f"{n}" * 100, period_id, 60) for period_id in "abc" for n in range(100, 160)]
    events = calculations(BASE, rows)
    assert [each.period_id for each in events] == ["a", "b", "c"]
    monkeypatch.setattr("streams.folds.rankings.calculating.PARTS_MAX", 2)
    assert [each.period_id for each in calculations(BASE, rows)] == ["a", "b"]


def congestion(topic_id: str, students: int, average: float | None, **fields: Any) -> dict[str, Any]:
    return {"topic_id": topic_id, "students": students, "average": average, **fields}


def test_what_was_calculated_stands_until_the_next_time() -> None:
    driver = rankings_driver("a", "b", "gone").given(topic_removed("gone"), moved({"a": 1}))
    assert period_of(driver).is_stale
    driver.given(
        calculated(
            5,
            [
                congestion("a", 1, 1.5, standard_deviation=0.5, percentile=66.666667, category="medium"),
                congestion("b", 0, None),
                congestion("gone", 1, 1.0),
                congestion("never", 1, 1.0),
            ],
        )
    )
    assert driver.outcomes[-1] == "applied"
    assert topic_of(driver, "a") == Topic(
        PERIOD, "a", "A topic", 1, BASE, 66_666_667, "medium", BASE, version=2
    )
    assert topic_of(driver, "b") == Topic(PERIOD, "b", "A topic", 1, BASE, None, None, BASE, version=2)
    assert not period_of(driver).is_stale
    assert (period_of(driver).calculated_changes, period_of(driver).calculated_at) == (5, BASE)
    hour = hour_of(BASE)
    assert driver.rows[TOPIC_TRENDS] == {
        (PERIOD, "a", hour): TopicTrend(PERIOD, "a", hour, 1, 1, 1_500_000, 1),
        (PERIOD, "b", hour): TopicTrend(PERIOD, "b", hour, 1, 0, 0, 0),
    }


def test_an_hours_trend_is_of_all_its_calculations() -> None:
    driver = rankings_driver("a")
    for seconds, students, average in ((0, 1, 1.0), (1, 3, 2.5), (2, 0, None), (1_800, 4, 4.0)):
        at = BASE + timedelta(seconds=seconds)
        driver.given(calculated(seconds, [congestion("a", students, average)], at))
    hour = hour_of(BASE)
    assert driver.rows[TOPIC_TRENDS] == {
        (PERIOD, "a", hour): TopicTrend(PERIOD, "a", hour, 3, 2, 3_500_000, 0),
        (PERIOD, "a", hour + 1): TopicTrend(PERIOD, "a", hour + 1, 1, 1, 4_000_000, 4),
    }


def test_a_calculation_counts_once_and_none_before_the_last() -> None:
    driver = rankings_driver("a").given(calculated(1, [congestion("a", 1, 1.0)], BASE + HOUR))
    driver.outcomes.clear()
    driver.given(
        calculated(1, [congestion("a", 2, 1.0)], BASE + HOUR),
        calculated(9, [congestion("a", 2, 1.0)], BASE),
        calculated(1, [congestion("a", 2, 1.0)], BASE + HOUR, part=1, parts=2),
    )
    assert driver.outcomes == ["duplicate", "duplicate", "applied"]
    assert period_of(driver).calculated_changes == 1


def test_a_calculation_of_changes_that_a_period_never_had_lets_it_be_due_again() -> None:
    """Such as one that was decided by a fold that took an event which this one refuses."""
    driver = rankings_driver("a", "b").given(calculated(9, [congestion("a", 1, 1.0)]))
    assert period_of(driver).calculated_changes == period_of(driver).changes
    assert not period_of(driver).is_stale
    driver.given(moved({"a": 1}))
    assert period_of(driver).calculated_changes < period_of(driver).changes


def test_who_is_not_the_engine_calculates_nothing() -> None:
    forged = calculated(1, [], id="01938f7e-5c00-7a3b-9d2e-4f5061728394")
    driver = rankings_driver("a").given(forged)
    assert driver.outcomes == ["not_a_decision"]
    assert rankings_driver().given(forged).outcomes == ["not_a_decision"]


def test_topics_are_shown_anew_when_all_of_them_look_different() -> None:
    """The period becomes stale, or is not any more, or has other topics."""
    driver = rankings_driver().given(opened(), topic("a"))
    assert driver.refreshed == [("period", (PERIOD,))]
    driver.given(moved({"a": 1}), moved({"a": None}))
    assert len(driver.refreshed) == 1
    driver.given(calculated(3, [], BASE))
    assert len(driver.refreshed) == 2
    driver.given(moved({"a": 1}))
    assert len(driver.refreshed) == 3


def test_it_is_decided_of_what_is_folded_each_second() -> None:
    assert METRICS_CALCULATION.period == timedelta(seconds=1)
    assert METRICS_CALCULATION.delay == timedelta(0)
    assert not METRICS_CALCULATION.waits
    until = BASE.replace(second=7, microsecond=999_999)
    assert METRICS_CALCULATION.last_end(until) == BASE.replace(second=7)
