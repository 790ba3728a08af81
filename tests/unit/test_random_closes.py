"""Random logs with closes of hours: they replay, hold what they promise, and the oracle agrees."""

import json
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from tests.simulation.oracle import Expected, expected
from tests.simulation.oracle_closing import closes_of, decided_closes
from tests.simulation.oracle_judging import DUPLICATE_WINDOW_RECORDS
from tests.simulation.oracle_verdicts import judge
from tests.simulation.random_streams import (
    BASE_TIME,
    Instruction,
    as_records,
    random_log,
    shuffled_over_partitions,
)

PARTITIONS = 4
SEEDS = range(6)


def log_of(seed: int) -> list[Instruction]:
    return random_log(seed, events=1200, with_closes=True)


def outcome(log: list[Instruction]) -> Expected:
    return expected(as_records(log), PARTITIONS)


def test_a_seed_gives_the_same_log_again() -> None:
    assert log_of(7) == log_of(7)
    assert log_of(7) != random_log(7, events=1200)


def test_together_the_seeds_hold_all_that_closes_may_be() -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        log = log_of(seed)
        result = outcome(log)
        closes = [json.loads(entry.value or b"") for entry in log if entry.label == "actions.hour_closed"]
        seen["parts"] += sum(event["parts"] > 1 for event in closes)
        seen["duplicates"] += len(closes) - len({event["id"] for event in closes})
        hours = [datetime.fromisoformat(event["hour"]) for event in closes]
        seen["disorder"] += sum(later < before for before, later in pairwise(hours))
        rows = result.views["trending_scores"]
        seen["rows"] += len(rows)
        seen["new"] += sum(row["rank_change"] is None for row in rows)
        seen["below the top"] += sum(not row["in_top_10"] for row in rows)
        seen["below its peak"] += sum(row["peak_rank"] != row["rank"] for row in rows)
        decided = decided_closes(judge(as_records(log), PARTITIONS, DUPLICATE_WINDOW_RECORDS).applied)
        seen["hidden"] += sum(len(close.entries) for close in decided) - len(rows)
        seen["forged"] += sum(dead.code == "not_a_decision" for dead in result.dead)
    names = ("parts", "duplicates", "disorder", "rows", "new", "below the top", "below its peak", "hidden")
    assert min(seen[name] for name in (*names, "forged")) >= 4, seen


@pytest.mark.parametrize("seed", SEEDS)
def test_only_the_order_within_a_partition_matters(seed: int) -> None:
    log = log_of(seed)
    other = outcome(shuffled_over_partitions(log, seed))
    assert other.views == outcome(log).views
    minute = BASE_TIME + timedelta(hours=36, minutes=1)
    assert other.views_of_now(minute) == outcome(log).views_of_now(minute)


@pytest.mark.parametrize("seed", SEEDS)
def test_closes_agree_with_the_views_of_now_as_of_their_end(seed: int) -> None:
    """Told in two ways: the last close, and what the views say at its end about what happened before it."""
    result = outcome(log_of(seed))
    end = BASE_TIME + timedelta(hours=30)
    closed = closes_of(result.facts, [end - timedelta(hours=1)])
    minute_before = end - timedelta(minutes=1)
    counters = {
        (row["wave_id"], row["ripple_id"]): row
        for row in result.views_of_now(minute_before)["ripple_counters"]
    }
    calculations = {
        (row["wave_id"], row["ripple_id"]): row["actions"]
        for row in result.views_of_now(end)["impact_calculations"]
        if row["timeframe"] == "24h"
    }
    entries = {(entry.wave_id, entry.ripple_id): entry for close in closed for entry in close.entries}
    assert len(entries) >= 3
    for place, entry in entries.items():
        row = counters[place]
        assert (entry.actions_1h, entry.actions_24h) == (row["actions_1h"], row["actions_24h"])
        assert entry.actions_24h == calculations[place]
    for ripple, row in counters.items():
        assert ripple in entries or row["actions_24h"] == 0
