"""The random logs and the traffic replay from their seed, hold what they promise, and the oracle agrees."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from tests.simulation.murmur2 import partition_of_key
from tests.simulation.oracle import Expected, LogRecord, expected
from tests.simulation.oracle_views import exact_sum
from tests.simulation.random_junk import junk_named, names
from tests.simulation.random_streams import (
    BASE_TIME,
    Instruction,
    as_records,
    random_log,
    shuffled_over_partitions,
)
from tests.simulation.random_world import World
from tests.simulation.traffic import actions_traffic

PARTITIONS = 4
SEEDS = range(6)


def outcome(log: Iterable[Instruction], partitions: int = PARTITIONS) -> Expected:
    return expected(as_records(log), partitions)


@pytest.mark.parametrize(
    ("name", "partitions"),
    [(name, partitions) for partitions in (1, PARTITIONS) for name in names(partitions)],
)
def test_each_kind_of_junk_is_dead_for_its_own_reason(name: str, partitions: int) -> None:
    for seed in range(5):
        random = Random(seed)
        made = junk_named(name, random, World(random, BASE_TIME), BASE_TIME, partitions)
        now_ms = int(BASE_TIME.timestamp() * 1000)
        record = LogRecord(made.partition, 0, now_ms, b"", made.value, made.headers)
        (dead,) = expected([record], max(partitions, made.partition + 1)).dead
        assert f"{dead.kind} {dead.code}" == made.verdict, f"seed {seed}: {made.value!r:.300}"


def test_a_seed_gives_the_same_log_again() -> None:
    assert random_log(7, events=500) == random_log(7, events=500)
    assert random_log(7, events=500) != random_log(8, events=500)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_record_is_applied_a_duplicate_or_dead_and_the_views_agree(seed: int) -> None:
    log = random_log(seed, events=1500)
    result = outcome(log)
    assert sum(counts.read for counts in result.counts.values()) == len(log)
    for counts in result.counts.values():
        assert counts.applied + counts.duplicates + sum(counts.dead.values()) == counts.read
    views = result.views
    for column in ("actions", "impact"):
        sums = {
            name: exact_sum(map(_decimal, (row[column] for row in views[name])))
            for name in ("waves", "user_waves", "user_impact_summaries", "activity")
        }
        assert len(set(sums.values())) == 1, f"seed {seed}: {column} {sums}"
    assert len(views["action_log"]) == sum(int(str(row["actions"])) for row in views["waves"])


def _decimal(value: object) -> Decimal:
    assert isinstance(value, int | Decimal)
    return Decimal(value)


def test_together_the_seeds_hold_all_that_a_log_may_hold() -> None:
    verdicts: Counter[str] = Counter()
    types: Counter[str] = Counter()
    for seed in SEEDS:
        log = random_log(seed, events=1500)
        result = outcome(log)
        verdicts.update(dead.code for dead in result.dead)
        verdicts["duplicates"] += sum(counts.duplicates for counts in result.counts.values())
        types.update(entry.label for entry in log)
    codes = {"removed", "bucket_not_allowed", "ripple_mismatch", "wrong_partition", "at_ahead"}
    codes |= {"actor_missing", "invalid_field", "unknown_type", "newer_version", "too_large", "duplicates"}
    assert codes <= set(verdicts)
    assert len([label for label in types if label.startswith("actions.")]) == 12
    assert types["copy of actions.bucket_weight_set"] >= PARTITIONS * 50


def test_together_the_seeds_hold_disorder() -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        before: set[tuple[str, ...]] = set()
        acted: dict[str, datetime] = {}
        for entry in random_log(seed, events=1500, junk_share=0):
            event = json.loads(entry.value or b"")
            kind, wave, bucket = event["type"], event.get("wave_id"), event.get("bucket")
            if kind == "actions.action_logged":
                seen["retracted before"] += (wave, "retracted", event["action_id"]) in before
                acted[bucket] = max(acted.get(bucket, BASE_TIME), datetime.fromisoformat(event["at"]))
            elif kind == "actions.action_retracted":
                before.add((wave, "retracted", event["action_id"]))
            elif kind == "actions.wave_created":
                seen["acted in before"] += (wave, "named") in before
            elif kind == "actions.bucket_weight_set" and bucket in acted:
                seen["late weight"] += datetime.fromisoformat(event["effective_from"]) < acted[bucket]
            before.add((str(wave), "named"))
    assert min(seen[name] for name in ("retracted before", "acted in before", "late weight")) >= 10, seen


@pytest.mark.parametrize("seed", SEEDS)
def test_only_the_order_within_a_partition_matters(seed: int) -> None:
    log = random_log(seed, events=800)
    other = shuffled_over_partitions(log, seed)
    assert other != log
    assert outcome(other).views == outcome(log).views
    assert outcome(other).counts == outcome(log).counts


def test_without_copies_no_record_is_a_copy_that_counts() -> None:
    log = random_log(3, events=800, with_copies=False)
    assert not [entry for entry in log if entry.label.startswith("copy of")]
    assert len(outcome(log).views["bucket_weights"]) == 2


def test_traffic_counts_what_it_sends() -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    totals: dict[tuple[str, str], int] = {}
    messages = list(actions_traffic(5, 6000, 8, 6, 300, start, 3600, totals))
    assert messages == list(actions_traffic(5, 6000, 8, 6, 300, start, 3600))
    assert len(messages) == 6000
    end_ms = int((start + timedelta(hours=1)).timestamp() * 1000)
    records = [
        LogRecord(partition_of_key(key, PARTITIONS), offset, end_ms, key.encode(), value)
        for offset, (key, value) in enumerate(messages)
    ]
    result = expected(records, PARTITIONS)
    assert sum(counts.applied for counts in result.counts.values()) == 6000
    counted = {
        (str(row["wave_id"]), str(row["ripple_id"])): row["actions_total"]
        for row in result.views["ripple_counters"]
        if row["actions_total"]
    }
    assert counted == {ripple: actions for ripple, actions in totals.items() if actions}
    assert 0.75 < sum(totals.values()) / 6000 < 0.85


def test_traffic_refuses_fewer_events_than_its_announcements() -> None:
    with pytest.raises(ValueError, match="at least 1 of each and 11 events"):
        actions_traffic(1, 10, 1, 10, 5, datetime(2026, 11, 1, tzinfo=UTC), 60)
