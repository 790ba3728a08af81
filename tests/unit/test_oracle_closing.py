"""The oracle's closes of hours, and what it reads from closes, against cases worked out by hand."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from tests.simulation.murmur2 import partition_of_key
from tests.simulation.oracle import Row
from tests.simulation.oracle_closing import Close, Closing, decided_closes, expected_closes
from tests.simulation.oracle_envelope import decision_id
from tests.simulation.oracle_handwritten import HOUR, NOON, Log
from tests.simulation.oracle_verdicts import judge

INSTANT = timedelta(microseconds=1)
ELEVEN = NOON - HOUR
"""The hour that ends at noon."""


def close(log: Log, hour: datetime = ELEVEN, entries_max: int = 1_000) -> Close | None:
    closes = expected_closes(log.records, [hour], entries_max=entries_max)
    assert len(closes) <= 1
    return closes[0] if closes else None


def ranking(log: Log, hour: datetime = ELEVEN) -> list[tuple[str, str, int, Decimal]]:
    found = close(log, hour)
    assert found is not None
    return [(entry.wave_id, entry.ripple_id, entry.rank, entry.score) for entry in found.entries]


def test_ripples_rank_by_their_score_at_the_end_of_the_hour() -> None:
    six = (NOON - 6 * HOUR).isoformat()
    log = Log().add("ripple_boosted", ripple_id="boosted", points=10, at=six)
    log.action("a1", "planning", ripple_id="acted", at=six).add("ripple_joined", ripple_id="joined", at=six)
    assert ranking(log) == [
        ("w", "boosted", 1, Decimal(5)),
        ("w", "acted", 2, Decimal("1.25")),
        ("w", "joined", 3, Decimal("0.5")),
    ]


def test_scores_that_are_equal_to_six_places_rank_by_id() -> None:
    early, late = (ELEVEN).isoformat(), (ELEVEN + INSTANT).isoformat()
    log = Log().action("a1", at=early, wave_id="v", ripple_id="z").action("a2", at=early, ripple_id="a")
    log.action("a3", at=early, ripple_id="Z").action("a4", at=late, ripple_id="ä").action(
        "a5", at=late, ripple_id="b"
    )
    score = Decimal("0.890899")
    places = [("v", "z"), ("w", "Z"), ("w", "a"), ("w", "b"), ("w", "ä")]
    assert ranking(log) == [(*place, rank, score) for rank, place in enumerate(places, 1)]


def test_the_windows_of_a_close_end_with_its_hour() -> None:
    log = Log()
    ages = (timedelta(0), INSTANT, HOUR, HOUR + INSTANT, 24 * HOUR, 24 * HOUR + INSTANT)
    for number, age in enumerate(ages):
        log.action(f"a{number}", actor=f"user-{number}", at=(NOON - age).isoformat())
    found = close(log)
    assert found is not None
    (entry,) = found.entries
    assert (entry.actions_1h, entry.actions_24h, entry.participants) == (2, 4, 5)


def test_participants_acted_or_are_joined_before_the_end_of_the_hour() -> None:
    log = Log().action("a1", at=ELEVEN.isoformat()).add("ripple_joined", at=ELEVEN.isoformat())
    log.add("ripple_joined", actor="ben", at=(NOON - 99 * HOUR).isoformat())
    log.add("ripple_joined", actor="carla").action("a2", actor="dora")
    found = close(log)
    assert found is not None
    assert [entry.participants for entry in found.entries] == [2]


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("action_logged", {"action_id": "a1", "bucket": "b"}),
        ("ripple_boosted", {"points": 7}),
        ("ripple_joined", {}),
    ],
)
def test_a_ripple_is_active_for_24_hours(name: str, own: dict[str, object]) -> None:
    log = Log().add(name, at=ELEVEN.isoformat(), **own)
    hours = [found.hour for found in expected_closes(log.records)]
    assert hours == [ELEVEN + number * HOUR for number in range(24)]
    assert close(log, ELEVEN - HOUR) is None
    assert close(log, ELEVEN + 24 * HOUR) is None


def test_what_was_taken_back_is_in_no_close() -> None:
    log = Log().action("a1", at=ELEVEN.isoformat()).retract("a1")
    log.add("ripple_joined", at=ELEVEN.isoformat()).add("ripple_left")
    log.action("a2", at=ELEVEN.isoformat(), ripple_id="gone").add("ripple_deleted", ripple_id="gone")
    log.action("a3", at=ELEVEN.isoformat(), wave_id="gone").add("wave_deleted", wave_id="gone")
    assert expected_closes(log.records) == []


def test_a_rank_before_is_that_of_the_latest_close() -> None:
    log = Log().action("a1", at=(NOON - 49 * HOUR).isoformat(), ripple_id="a")
    log.action("a2", at=(ELEVEN).isoformat(), ripple_id="b").add("ripple_boosted", points=9, ripple_id="a")
    closes = expected_closes(log.records, [NOON, ELEVEN, NOON - 49 * HOUR, NOON - 20 * HOUR])
    assert [found.hour for found in closes] == [NOON - 49 * HOUR, ELEVEN, NOON]
    ranks = [
        [(entry.ripple_id, entry.rank, entry.previous_rank) for entry in found.entries] for found in closes
    ]
    assert ranks == [[("a", 1, None)], [("b", 1, None)], [("a", 1, None), ("b", 2, 1)]]


def test_only_so_many_ripples_are_in_a_close() -> None:
    log = Log()
    for points in (3, 1, 2):
        log.add("ripple_boosted", points=points, ripple_id=f"r{points}", at=ELEVEN.isoformat())
    found = close(log, entries_max=2)
    assert found is not None
    assert [entry.ripple_id for entry in found.entries] == ["r3", "r2"]


def test_an_hour_closes_with_the_weights_that_are_known_by_then() -> None:
    log = Log().action("a1", "planning", at=ELEVEN.isoformat())
    before = Closing(log.expected().facts).close(ELEVEN, None)
    log.weight("planning", 5, ELEVEN)
    after = Closing(log.expected().facts).close(NOON, before)
    scores = [entry.score for found in (before, after) for entry in found.entries]
    assert scores == [Decimal("2.227247"), Decimal("3.968503")]  # 2.5 * 2^(-1/6), 5 * 2^(-2/6)
    assert [entry.previous_rank for entry in after.entries] == [1]


# What the rows say of closes that were decided.


def trending(log: Log, *columns: str) -> list[tuple[object, ...]]:
    rows: list[Row] = log.expected().views["trending_scores"]
    return [tuple(row[column] for column in columns) for row in rows]


def test_a_close_makes_the_rows_of_its_hour() -> None:
    log = Log().action("a1").closed(ELEVEN, ("r", 4, 7), ("s", 11, None))
    assert log.expected().views["trending_scores"][0] == {
        "hour": ELEVEN,
        "wave_id": "w",
        "ripple_id": "r",
        "rank": 4,
        "score": Decimal("1.5"),
        "actions_1h": 1,
        "actions_24h": 2,
        "participants": 3,
        "in_top_10": True,
        "rank_change": 3,
        "peak_rank": 4,
    }
    assert trending(log, "ripple_id", "in_top_10", "rank_change") == [("r", True, 3), ("s", False, None)]


def test_the_peak_is_the_best_rank_so_far_in_the_order_of_the_log() -> None:
    log = Log().closed(ELEVEN, ("r", 3, None)).closed(NOON - 3 * HOUR, ("r", 2, None))
    log.closed(NOON - 4 * HOUR, ("r", 5, None))
    assert trending(log, "hour", "rank", "peak_rank") == [
        (NOON - 4 * HOUR, 5, 2),
        (NOON - 3 * HOUR, 2, 2),
        (ELEVEN, 3, 3),
    ]


def test_a_close_shows_when_all_its_parts_are_there() -> None:
    log = Log().closed(ELEVEN, ("r", 2, None), part=1, parts=2)
    assert trending(log, "rank") == []
    log.closed(NOON - 2 * HOUR, ("r", 4, None))
    assert trending(log, "rank", "peak_rank") == [(4, 2)]
    log.closed(ELEVEN, ("s", 1, None), part=0, parts=2).closed(ELEVEN, ("r", 2, None), part=1, parts=2)
    assert trending(log, "ripple_id", "rank") == [("r", 4), ("s", 1), ("r", 2)]
    assert log.expected().counts[0].duplicates == 1
    (_, whole) = decided_closes(judge(log.records, 1, 250_000).applied)
    assert [entry.ripple_id for entry in whole.entries] == ["s", "r"]


def test_a_closed_part_counts_once_for_ever() -> None:
    log = Log().closed(ELEVEN, ("r", 2, None)).action("a1").closed(ELEVEN, ("r", 1, None))
    assert (log.expected(window=1).counts[0].duplicates, trending(log, "rank")) == (1, [(2,)])


@pytest.mark.parametrize("deletion", ["ripple_deleted", "wave_deleted"])
def test_closes_do_not_show_what_is_deleted(deletion: str) -> None:
    log = Log().action("a1").closed(ELEVEN, ("r", 1, None), ("s", 2, None)).add(deletion)
    assert trending(log, "ripple_id") == ([("s",)] if deletion == "ripple_deleted" else [])


def test_a_decision_has_its_own_place_time_and_id() -> None:
    log = Log(partitions=4).closed(ELEVEN, ("r", 1, None))
    place = partition_of_key("decisions", 4)
    assert (log.records[0].partition, log.codes()) == (place, [])
    good = json.loads(log.records[0].value or b"")
    assert log.raw(json.dumps(good).encode(), (place + 1) % 4).codes() == ["wrong_partition"]
    spoiled = [
        {"id": str(UUID(int=1))},
        {"part": 1, "parts": 2},
        {"part": 1},
        {"hour": NOON.isoformat()},
        {"at": (NOON - INSTANT).isoformat()},
        {"parts": 0},
        {"entries": []},
        {"entries": [{"wave_id": "w"}]},
        {"entries": [good["entries"][0] | {"rank": 0}]},
    ]
    log = Log()
    for fields in spoiled:
        log.raw(json.dumps(good | fields).encode())
    assert log.codes() == ["not_a_decision"] * 2 + ["invalid_field"] * 7


def test_ids_of_decisions_derive_from_type_nominal_time_and_part() -> None:
    first = decision_id("actions.hour_closed", NOON, 0)
    assert str(first) == "cddfab20-0553-5888-9968-b373b4192a60"
    assert first != decision_id("actions.hour_closed", NOON, 1)
