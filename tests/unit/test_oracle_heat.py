"""Heat and trending scores of the oracle, against numbers worked out by hand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.simulation.oracle_handwritten import HOUR, NOON, Log, announced
from tests.simulation.oracle_heat import (
    Heat,
    action_cells,
    boost_and_join_cells,
    heat_micros,
    rounded,
    standing_heat,
    warmths,
)

RIPPLE = ("w", "r")
SIX_HOURS = timedelta(hours=6)


def heat(log: Log, half_life: timedelta = SIX_HOURS) -> Heat:
    return Heat(warmths(log.expected().facts), half_life)


def score(log: Log, moment: datetime, half_life: timedelta = SIX_HOURS) -> Decimal:
    return rounded(heat(log, half_life).score_now(moment, RIPPLE), 6)


@pytest.mark.parametrize(
    ("minutes", "half_life_hours", "micros"),
    [
        (0, 6, 1_000_000),
        (30, 6, 1_059_463),  # 2^(1/12): a semitone is 1.0594630943...
        (30, 1, 1_414_214),  # 1.41421356...
        (20, 1, 1_259_921),  # the cube root: 1.25992104...
        (30, 3, 1_122_462),  # 2^(1/6) = 1.12246204...
    ],
)
def test_an_event_adds_two_to_the_share_of_the_half_life_since_its_hour_began(
    minutes: int, half_life_hours: int, micros: int
) -> None:
    assert heat_micros(NOON + timedelta(minutes=minutes), timedelta(hours=half_life_hours)) == micros


def test_a_cell_adds_up_rounded_integers_by_bucket_and_hour() -> None:
    log = Log()
    for number, minutes in enumerate((0, 30, 30, -30)):
        log.action(f"a{number}", "planning", at=(NOON - HOUR + timedelta(minutes=minutes)).isoformat())
    log.action("a9", "cleaning", at=(NOON - HOUR).isoformat()).action("b1").retract("b1")
    places = [("cleaning", NOON - HOUR), ("planning", NOON - 2 * HOUR), ("planning", NOON - HOUR)]
    heats = [1_000_000, 1_059_463, 3_118_926]
    assert action_cells(log.expected().facts) == [
        {"wave_id": "w", "ripple_id": "r", "bucket": bucket, "hour": hour, "heat": heat}
        for (bucket, hour), heat in zip(places, heats, strict=True)
    ]


def test_boosts_heat_by_their_points_and_joins_by_one() -> None:
    half_past = (NOON - HOUR / 2).isoformat()
    log = Log().add("ripple_boosted", points=3, at=half_past).add("ripple_boosted", points=2, at=half_past)
    log.add("ripple_joined", actor="ben").add("ripple_joined", actor="carla", at=half_past)
    assert [tuple(row.values()) for row in boost_and_join_cells(log.expected().facts)] == [
        ("w", "r", "boost", NOON - HOUR, 5 * 1_059_463),
        ("w", "r", "join", NOON - HOUR, 1_059_463),
        ("w", "r", "join", NOON, 1_000_000),
    ]


def test_a_join_heats_from_the_event_that_made_the_user_joined_until_they_leave() -> None:
    log = Log().add("ripple_joined", at=(NOON - 2 * HOUR).isoformat()).add("ripple_joined")
    assert [row["hour"] for row in boost_and_join_cells(log.expected().facts)] == [NOON - 2 * HOUR]
    log.add("ripple_left")
    assert boost_and_join_cells(log.expected().facts) == []
    log.add("ripple_joined", at=(NOON - HOUR).isoformat())
    assert [row["hour"] for row in boost_and_join_cells(log.expected().facts)] == [NOON - HOUR]


@pytest.mark.parametrize("deletion", ["ripple_deleted", "wave_deleted"])
def test_what_is_deleted_has_no_heat(deletion: str) -> None:
    log = Log().action("a1").add("ripple_joined").add("ripple_boosted", points=9).add(deletion)
    assert action_cells(log.expected().facts) == boost_and_join_cells(log.expected().facts) == []
    assert score(log, NOON) == 0


def test_a_score_halves_every_six_hours() -> None:
    log = announced()
    for number in range(14):
        log.action(f"a{number}", "conversation" if number < 10 else "planning")
    assert score(log, NOON) == 18
    assert score(log, NOON + SIX_HOURS) == 9
    assert score(log, NOON + 4 * SIX_HOURS) == Decimal("1.125")
    assert score(log, NOON + HOUR) == Decimal("16.036177")  # 18 / 2^(1/6) = 18 * 0.8908987181...


def test_a_score_counts_points_and_joins_beside_weights() -> None:
    log = Log().action("a1", "planning").add("ripple_boosted", points=5).add("ripple_joined")
    assert score(log, NOON) == Decimal("8.5")
    log.weight("planning", 4, NOON)
    assert score(log, NOON) == 10
    log.retract("a1").add("ripple_left")
    assert score(log, NOON + SIX_HOURS) == Decimal("2.5")


def test_a_score_comes_from_rounded_cells() -> None:
    log = Log().action("a1", at=(NOON - HOUR / 2).isoformat())
    assert score(log, NOON) == Decimal("0.943874")  # 1.059463 * 0.890898718
    assert score(log, NOON - HOUR) == Decimal("1.059463")


def test_a_score_looks_back_ten_days_in_whole_hours() -> None:
    ten_days = timedelta(days=10)
    log = Log().add("ripple_boosted", points=1000, at=(NOON - ten_days).isoformat())
    faint = Decimal(1000) / 2**40
    assert heat(log).score_now(NOON + HOUR / 2, RIPPLE) > 0
    assert abs(heat(log).score_now(NOON, RIPPLE) - faint) < Decimal("1e-30")
    assert heat(log).score_now(NOON + HOUR, RIPPLE) == 0
    assert abs(heat(log).score_at_end_of(NOON - HOUR, RIPPLE) - faint) < Decimal("1e-30")
    assert heat(log).score_at_end_of(NOON, RIPPLE) == 0


def test_a_score_at_the_end_of_an_hour_knows_nothing_of_the_next_one() -> None:
    log = Log().action("a1", at=(NOON - HOUR).isoformat()).action("a2")
    assert rounded(heat(log).score_at_end_of(NOON - HOUR, RIPPLE), 6) == Decimal("0.890899")
    assert score(log, NOON) == Decimal("1.890899")


def test_standing_heat_stays_while_nothing_happens_and_gives_the_score_again() -> None:
    log = Log().action("a1", "planning").action("a2", at=(NOON - 7 * HOUR).isoformat())
    moments = (NOON, NOON + HOUR, NOON + timedelta(days=5))
    heats = {rounded(standing_heat(heat(log).score_now(at, RIPPLE), at), 12) for at in moments}
    assert len(heats) == 1
    begins = datetime(2020, 1, 1, tzinfo=UTC)
    assert standing_heat(Decimal(8), begins + SIX_HOURS) == 4
