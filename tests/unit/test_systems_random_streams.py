"""The random logs of the systems replay from their seed, hold what they promise, and the oracles agree."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Final

import pytest

from tests.simulation.compare import Wanted
from tests.simulation.content_oracle import content_expected
from tests.simulation.content_random_junk import content_junk
from tests.simulation.content_random_streams import content_log
from tests.simulation.interactions_oracle import interactions_expected
from tests.simulation.interactions_random_junk import interactions_junk
from tests.simulation.interactions_random_streams import interactions_log
from tests.simulation.oracle_envelope import LogRecord
from tests.simulation.random_dead import JunkMaker
from tests.simulation.random_streams import BASE_TIME, Instruction, as_records, shuffled_over_partitions
from tests.simulation.rankings_oracle import rankings_expected
from tests.simulation.rankings_random_junk import rankings_junk
from tests.simulation.rankings_random_streams import rankings_log
from tests.simulation.weights_oracle import weights_expected
from tests.simulation.weights_random_junk import weights_junk
from tests.simulation.weights_random_streams import weights_log

PARTITIONS: Final = 4
SEEDS: Final = range(6)
EVENTS: Final = 1500
SHORT_EVENTS: Final = 800
USUAL: Final = frozenset(
    {"removed", "wrong_partition", "at_ahead", "unknown_type", "newer_version", "too_large"}
)
USUAL_FIELDS: Final = frozenset({"invalid_field", "missing_field", "unknown_field"})


@dataclass(frozen=True)
class Streams:
    """The random logs of a system, its oracle, its junk, and what must come about in them."""

    log: Callable[..., list[Instruction]]
    expected: Callable[[Iterable[LogRecord], int], Wanted]
    junk: Callable[[Random, datetime], JunkMaker]
    types: int
    codes: frozenset[str]
    in_log_order: frozenset[str] = field(default_factory=frozenset)
    """Views whose rows the oracle shows in the order of the log."""


STREAMS: Final[Mapping[str, Streams]] = {
    "content": Streams(
        content_log,
        content_expected,
        content_junk,
        24,
        frozenset({"counter_full", "too_many_communities", "not_a_decision"}),
        frozenset({"reconciliations"}),
    ),
    "weights": Streams(
        weights_log,
        weights_expected,
        weights_junk,
        3,
        frozenset({"invalid_distribution", "version_conflict"}),
    ),
    "rankings": Streams(
        rankings_log,
        rankings_expected,
        rankings_junk,
        11,
        frozenset(
            {
                *("unknown_period", "period_closed", "unknown_topic", "position_taken"),
                *("position_out_of_range", "unknown_session", "superseded", "not_a_decision"),
            }
        ),
        frozenset({"reconciliations"}),
    ),
    "interactions": Streams(
        interactions_log,
        interactions_expected,
        interactions_junk,
        11,
        frozenset({"actor_missing", "loop", "second_parent"}),
    ),
}
SYSTEMS: Final = tuple(STREAMS)


@pytest.mark.parametrize(
    ("system", "name", "partitions"),
    [
        (system, name, partitions)
        for system, streams in STREAMS.items()
        for partitions in (1, PARTITIONS)
        for name in streams.junk(Random(0), BASE_TIME).names(partitions)
    ],
)
def test_each_kind_of_junk_is_dead_for_its_own_reason(system: str, name: str, partitions: int) -> None:
    for seed in range(5):
        made = STREAMS[system].junk(Random(seed), BASE_TIME).named(name, BASE_TIME, partitions)
        now_ms = int(BASE_TIME.timestamp() * 1000)
        record = LogRecord(made.partition, 0, now_ms, b"", made.value, made.headers)
        (dead,) = STREAMS[system].expected([record], max(partitions, made.partition + 1)).dead
        assert f"{dead.kind} {dead.code}" == made.verdict, f"seed {seed}: {made.value!r:.300}"


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_seed_gives_the_same_log_again(system: str) -> None:
    log = STREAMS[system].log
    assert log(7, events=SHORT_EVENTS) == log(7, events=SHORT_EVENTS)
    assert log(7, events=SHORT_EVENTS) != log(8, events=SHORT_EVENTS)


@pytest.mark.parametrize("system", SYSTEMS)
def test_together_the_seeds_hold_all_that_a_log_may_hold(system: str) -> None:
    streams = STREAMS[system]
    verdicts, types, rows = Counter[str](), Counter[str](), Counter[str]()
    for seed in SEEDS:
        log = streams.log(seed, events=EVENTS)
        result = streams.expected(as_records(log), PARTITIONS)
        verdicts.update(dead.code for dead in result.dead)
        verdicts["duplicates"] += sum(counts.duplicates for counts in result.counts.values())
        types.update(entry.label for entry in log)
        rows.update({name: len(view) for name, view in result.views.items()})
        assert sum(counts.read for counts in result.counts.values()) == len(log)
        for counts in result.counts.values():
            assert counts.applied + counts.duplicates + counts.dead.total() == counts.read
    assert USUAL | USUAL_FIELDS | streams.codes | {"duplicates"} <= set(verdicts), verdicts
    assert len([label for label in types if label.startswith(f"{system}.")]) == streams.types, types
    assert min(rows.values()) >= len(SEEDS), rows


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("system", SYSTEMS)
def test_only_the_order_within_a_partition_matters(system: str, seed: int) -> None:
    streams = STREAMS[system]
    log = streams.log(seed, events=SHORT_EVENTS)
    other = shuffled_over_partitions(log, seed)
    assert other != log
    one = streams.expected(as_records(log), PARTITIONS)
    another = streams.expected(as_records(other), PARTITIONS)
    assert another.counts == one.counts
    for name, rows in one.views.items():
        assert _placed(another.views[name], name, streams) == _placed(rows, name, streams), name


def _placed(rows: Iterable[object], view: str, streams: Streams) -> list[str]:
    found = [repr(row) for row in rows]
    return sorted(found) if view in streams.in_log_order else found
