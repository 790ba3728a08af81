"""The oracle's views of now, as of a minute or an hour, against numbers worked out by hand."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from tests.simulation.oracle import Row
from tests.simulation.oracle_handwritten import HOUR, NOON, Log, announced
from tests.simulation.oracle_windows import impact_index, median

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)


def at_times(*times: datetime) -> Log:
    log = Log()
    for number, at in enumerate(times):
        log.action(f"a{number}", at=at.isoformat())
    return log


def counted(log: Log, minute: datetime) -> tuple[object, object]:
    (row,) = log.expected().views_of_now(minute)["ripple_counters"]
    return row["actions_1h"], row["actions_24h"]


def test_windows_hold_whole_minutes_the_current_one_and_those_before_it() -> None:
    hour_ago = NOON - 59 * MINUTE
    log = at_times(hour_ago - INSTANT, hour_ago, NOON - MINUTE, NOON + MINUTE - INSTANT, NOON + MINUTE)
    assert counted(log, NOON) == (3, 4)
    assert counted(log, NOON + MINUTE) == (3, 5)
    assert counted(log, NOON - MINUTE) == (3, 3)
    log = at_times(NOON - 1439 * MINUTE - INSTANT, NOON - 1439 * MINUTE)
    assert counted(log, NOON) == (0, 1)
    assert counted(log, NOON + MINUTE) == (0, 0)


def test_windows_shrink_by_time_and_by_retraction() -> None:
    log = at_times(NOON, NOON)
    assert counted(log, NOON + 59 * MINUTE) == (2, 2)
    assert counted(log, NOON + HOUR) == (0, 2)
    assert counted(log, NOON + DAY) == (0, 0)
    assert counted(log.retract("a0"), NOON) == (1, 1)


def test_the_score_of_now_is_that_of_the_minute() -> None:
    log = Log().action("a1", "planning")
    (row,) = log.expected().views_of_now(NOON + 6 * HOUR)["ripple_counters"]
    assert row["trending_score"] == Decimal("1.25")
    (row,) = log.expected().views_of_now(NOON + 2 * HOUR, timedelta(hours=1))["ripple_counters"]
    assert row["trending_score"] == Decimal("0.625")


def test_calculations_count_what_happened_before_the_hour() -> None:
    ages = (INSTANT, DAY, DAY + INSTANT, 7 * DAY, 30 * DAY, 30 * DAY + INSTANT, 90 * DAY, 91 * DAY)
    log = at_times(NOON, *(NOON - age for age in ages))
    rows = log.expected().views_of_now(NOON + 25 * MINUTE)["impact_calculations"]
    assert {row["calculated_at"] for row in rows} == {NOON}
    counts = {row["timeframe"]: (row["actions"], row["impact"]) for row in rows}
    assert counts == {
        "24h": (2, Decimal(2)),
        "7d": (4, Decimal(4)),
        "30d": (5, Decimal(5)),
        "90d": (7, Decimal(7)),
        "all": (8, Decimal(8)),
    }


def test_the_golden_impact_shows_in_every_timeframe() -> None:
    log = announced()
    for number in range(14):
        log.action(f"a{number}", "conversation" if number < 10 else "planning")
    rows = log.expected().views_of_now(NOON + HOUR)["impact_calculations"]
    assert {(row["actions"], row["impact"]) for row in rows} == {(14, Decimal("18.0"))}
    assert len(rows) == 5


def compared(log: Log, hour: datetime = NOON + HOUR) -> dict[object, Row]:
    return {row["ripple_id"]: row for row in log.expected().views_of_now(hour)["impact_indexes"]}


def waves_of(**impacts: int) -> Log:
    """A ripple of each name, with so many actions of weight 1."""
    log = Log()
    for ripple, actions in impacts.items():
        log.add("ripple_created", ripple_id=ripple, title="t")
        for number in range(actions):
            log.action(f"{ripple}-{number}", ripple_id=ripple)
    return log


def test_an_index_is_the_share_of_the_median_of_the_wave() -> None:
    rows = compared(waves_of(a=2, b=3, c=9))
    assert {row["wave_median_30d"] for row in rows.values()} == {Decimal(3)}
    assert [rows[name]["impact_30d"] for name in "abc"] == [2, 3, 9]
    assert [rows[name]["index"] for name in "abc"] == [Decimal("0.67"), 1, 3]


def test_of_an_even_number_the_median_is_the_mean_of_the_two_in_the_middle() -> None:
    rows = compared(waves_of(a=1, b=2, c=3, d=12))
    assert {row["wave_median_30d"] for row in rows.values()} == {Decimal("2.5")}
    assert [rows[name]["index"] for name in "abcd"] == [Decimal("0.50"), Decimal("0.8"), Decimal("1.2"), 3]


def test_who_did_not_act_is_not_in_the_median_and_has_the_least_index() -> None:
    log = waves_of(a=2, b=4, idle=0).action("old", ripple_id="idle", at=(NOON - 31 * DAY).isoformat())
    rows = compared(log)
    assert (rows["idle"]["impact_30d"], rows["idle"]["wave_median_30d"]) == (0, 3)
    assert rows["idle"]["index"] == Decimal("0.50")


def test_who_acted_alone_or_among_nothing_has_the_index_one() -> None:
    rows = compared(waves_of(a=2, idle=0))
    assert (rows["a"]["index"], rows["a"]["wave_median_30d"]) == (1, 2)
    assert rows["idle"]["index"] == Decimal("0.50")
    log = waves_of(a=2, b=2, c=1).weight("cleaning", 0, NOON).action("x", "planning", ripple_id="c")
    rows = compared(log)
    assert [(rows[name]["impact_30d"], rows[name]["index"]) for name in "abc"] == [(0, 1), (0, 1), (2.5, 1)]
    assert compared(waves_of(idle=0))["idle"]["index"] == 1


def test_waves_are_compared_apart_and_deleted_ripples_not_at_all() -> None:
    log = waves_of(a=2, b=4, c=6).action("z", ripple_id="z", wave_id="other")
    assert compared(log)["z"]["index"] == 1
    rows = compared(log.add("ripple_deleted", ripple_id="c"))
    assert {rows[name]["wave_median_30d"] for name in "ab"} == {Decimal(3)}
    assert "c" not in rows


@pytest.mark.parametrize(
    ("impact", "middle", "index"),
    [
        ("1", "8", "0.50"),
        ("1.005", "1", "1.01"),
        ("1.004999", "1", "1.00"),
        ("29.95", "10", "3.00"),
        ("2", "3", "0.67"),
    ],
)
def test_indexes_are_clamped_and_rounded_half_up(impact: str, middle: str, index: str) -> None:
    assert impact_index(Decimal(impact), Decimal(middle)) == Decimal(index)


def test_the_median_of_nothing_is_nothing() -> None:
    assert median([]) == 0
    assert median([Decimal(3), Decimal(1), Decimal(2)]) == 2
