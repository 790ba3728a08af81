"""The random logs of system 2 replay from their seed, hold what they promise, and the oracle agrees."""

from collections import Counter
from collections.abc import Iterable
from random import Random
from typing import Final

import pytest

from tests.simulation.content_oracle import ContentExpected, content_expected
from tests.simulation.content_oracle_reading import COUNTERS
from tests.simulation.content_random_junk import content_junk_named, content_junk_names
from tests.simulation.content_random_streams import content_log
from tests.simulation.content_random_world import ContentWorld
from tests.simulation.oracle_envelope import LogRecord
from tests.simulation.random_streams import BASE_TIME, Instruction, as_records, shuffled_over_partitions

PARTITIONS: Final = 4
SEEDS: Final = range(6)
TYPES: Final = 24
OWNERS: Final = {"creators": "creator_id", "sounds": "sound_id"}


def outcome(log: Iterable[Instruction], partitions: int = PARTITIONS) -> ContentExpected:
    return content_expected(as_records(log), partitions)


@pytest.mark.parametrize(
    ("name", "partitions"),
    [(name, partitions) for partitions in (1, PARTITIONS) for name in content_junk_names(partitions)],
)
def test_each_kind_of_junk_is_dead_for_its_own_reason(name: str, partitions: int) -> None:
    for seed in range(5):
        random = Random(seed)
        made = content_junk_named(name, random, ContentWorld(random, BASE_TIME), BASE_TIME, partitions)
        now_ms = int(BASE_TIME.timestamp() * 1000)
        record = LogRecord(made.partition, 0, now_ms, b"", made.value, made.headers)
        (dead,) = content_expected([record], max(partitions, made.partition + 1)).dead
        assert f"{dead.kind} {dead.code}" == made.verdict, f"seed {seed}: {made.value!r:.300}"


def test_a_seed_gives_the_same_log_again() -> None:
    assert content_log(7, events=500) == content_log(7, events=500)
    assert content_log(7, events=500) != content_log(8, events=500)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_record_is_applied_a_duplicate_or_dead_and_the_views_agree(seed: int) -> None:
    log = content_log(seed, events=1500)
    result = outcome(log)
    assert sum(counts.read for counts in result.counts.values()) == len(log)
    for counts in result.counts.values():
        assert counts.applied + counts.duplicates + counts.dead.total() == counts.read
    for view, column in OWNERS.items():
        owned = [row for row in result.views["videos"] if row[column] is not None]
        for counter in COUNTERS:
            total = sum(_count(row[f"{counter}_total"]) for row in result.views[view])
            assert total == sum(_count(row[counter]) for row in owned), f"seed {seed}: {view}, {counter}"


def _count(value: object) -> int:
    assert isinstance(value, int)
    return value


def test_together_the_seeds_hold_all_that_a_log_may_hold() -> None:
    verdicts: Counter[str] = Counter()
    types: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    for seed in SEEDS:
        log = content_log(seed, events=1500)
        result = outcome(log)
        verdicts.update(dead.code for dead in result.dead)
        verdicts["duplicates"] += sum(counts.duplicates for counts in result.counts.values())
        types.update(entry.label for entry in log)
        rows.update({name: len(view) for name, view in result.views.items()})
        rows["cut off"] += sum(bool(row["cut_off"]) for row in result.views["videos"])
        rows["stale"] += sum(bool(row["stale"]) for row in result.views["observations"])
        rows["not applied"] += sum(not row["applied"] for row in result.views["observations"])
        rows["other names"] += sum(row["name"] != row["hashtag"] for row in result.views["hashtags"])
    codes = {"removed", "counter_full", "too_many_communities", "wrong_partition", "at_ahead", "duplicates"}
    codes |= {"invalid_field", "missing_field", "unknown_type", "newer_version", "too_large"}
    codes |= {"not_a_decision"}
    assert codes <= set(verdicts), verdicts
    assert len([label for label in types if label.startswith("content.")]) == TYPES, types
    assert min(rows.values()) >= len(SEEDS), rows


@pytest.mark.parametrize("seed", SEEDS)
def test_only_the_order_within_a_partition_matters(seed: int) -> None:
    log = content_log(seed, events=800)
    other = shuffled_over_partitions(log, seed)
    assert other != log
    views, others = outcome(log).views, outcome(other).views
    # Reports are shown in the order of the log; all else is sorted.
    for name, rows in views.items():
        assert sorted(map(repr, others[name])) == sorted(map(repr, rows)), name
    assert outcome(other).counts == outcome(log).counts
