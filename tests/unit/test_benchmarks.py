"""The pure parts of the benchmark: its input and counts, its statistics, and what it takes for a
difference.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from deploy.local_stack.kafka import KAFKA_VERSION
from events.catalogue import Catalogue
from events.codec import Codec
from events.refusals import Broken, Refused
from tests.benchmarks.__main__ import chosen_heats, main
from tests.benchmarks.contest import Contestant
from tests.benchmarks.decision_watch import Look, decision_latency
from tests.benchmarks.differences import differences
from tests.benchmarks.disturbance import BROKEN_VALUE, Outcome, disturbed, repeated
from tests.benchmarks.freshness import Seen, latencies
from tests.benchmarks.kafka_streams_build import PROJECT, build
from tests.benchmarks.log_writer import Landed
from tests.benchmarks.measurement import (
    Measurement,
    Spread,
    Usage,
    latency_of,
    percentile,
    spread_of,
    spread_over,
)
from tests.benchmarks.pacing import Sent, SentBatch
from tests.benchmarks.position_watch import sightings_in_cache
from tests.benchmarks.report import Result, print_tables, write_json
from tests.benchmarks.rollups import EVENTS, KINDS
from tests.benchmarks.rollups_input import RollupsInput, Totals
from tests.benchmarks.usage import memory_bytes_max

EVENTS_COUNT = 5_000


def counted(values: list[bytes]) -> Totals:
    """The five rollups in the plainest way, from the records themselves."""
    totals: dict[str, Counter[Any]] = {}
    for value in values:
        event = json.loads(value)
        kind = event["type"].removeprefix("rollups.")
        at = datetime.fromisoformat(event["at"])
        hour = at.toordinal() * 24 + at.hour
        for table, key in (
            ("videos", (event["video_id"],)),
            ("creators", (event["creator_id"],)),
            ("users", (event["actor"],)),
            ("video_hours", (event["video_id"], hour)),
            ("creator_hours", (event["creator_id"], hour)),
        ):
            totals.setdefault(table, Counter())[key, kind] += 1
    return {
        table: {key: tuple(cells[key, kind] for kind in KINDS) for key, _ in cells}
        for table, cells in totals.items()
    }


def test_the_rollups_input_comes_to_a_plain_count_over_its_records() -> None:
    given = RollupsInput(EVENTS_COUNT)
    values = [value for _, value in given.records()]
    assert given.totals() == counted(values)


def test_the_rollups_input_spans_hours_as_its_totals_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.benchmarks.rollups_input.STEP_MILLISECONDS", 7_000)
    given = RollupsInput(EVENTS_COUNT)
    totals = given.totals()
    assert len({hour for _, hour in totals["creator_hours"]}) == 10
    assert totals == counted([value for _, value in given.records()])


def test_the_same_seed_gives_the_same_rollups_input_and_another_seed_another() -> None:
    first, again, other = (list(RollupsInput(100, seed).records()) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_every_rollups_record_is_a_valid_event_of_its_own_id_under_its_video() -> None:
    records = list(RollupsInput(EVENTS_COUNT).records())
    events = Codec(Catalogue([EVENTS]), EVENTS.name).decode_many(value for _, value in records)
    assert not [event for event in events if isinstance(event, Broken | Refused)]
    assert [event.key for event in events if not isinstance(event, Broken | Refused)] == [
        key for key, _ in records
    ]
    assert len({event.id for event in events if not isinstance(event, Broken | Refused)}) == EVENTS_COUNT


def test_a_disturbed_input_says_what_must_become_of_each_record() -> None:
    outcome = Outcome()
    records = list(disturbed(RollupsInput(20_000).records(), outcome))
    assert outcome == Outcome(applied=20_000, duplicates=19, dead=2)
    assert outcome.read == len(records)
    repeats = Counter(value for _, value in records)
    assert repeats.pop(BROKEN_VALUE) == outcome.dead
    assert Counter(repeats.values()) == {1: 20_000 - 19, 2: 19}


def test_who_knows_no_duplicates_must_come_to_a_count_over_all_records() -> None:
    given = RollupsInput(EVENTS_COUNT)
    values = [value for _, value in disturbed(given.records(), Outcome()) if value != BROKEN_VALUE]
    assert given.totals(repeated(EVENTS_COUNT)) == counted(values)
    assert [len(repeated(events)) for events in (0, 999, 1_999, 2_000, 5_000)] == [0, 0, 0, 1, 4]


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 1.0), (0.01, 1.0), (0.5, 50.0), (0.99, 99.0), (0.991, 100.0), (1.0, 100.0)]
)
def test_a_percentile_is_the_nearest_rank(share: float, expected: float) -> None:
    assert percentile([float(value) for value in range(1, 101)], share) == expected


def test_latency_and_spread_of_a_single_value_are_that_value() -> None:
    latency = latency_of([7.0])
    assert (latency.p50, latency.p99, latency.max) == (7.0, 7.0, 7.0)
    assert spread_of([7.0]) == Spread(7.0, 7.0, 7.0)


def test_a_spread_has_the_median_and_the_ends_in_any_order() -> None:
    assert spread_of([3.0, 1.0, 10.0]) == Spread(median=3.0, min=1.0, max=10.0)
    assert spread_of([3.0, 1.0]) == Spread(median=2.0, min=1.0, max=3.0)


def test_a_figure_that_one_run_lacks_has_no_spread() -> None:
    runs = [Measurement(10, 2.0, Usage(1.0, kafka, 1.0, 1), differences=()) for kafka in (1.0, None)]
    assert spread_over(runs, lambda run: run.usage.kafka_cpu_seconds) is None
    assert spread_over(runs, lambda run: run.events_per_second) == Spread(5.0, 5.0, 5.0)


def test_differences_show_the_first_keys_and_count_the_others() -> None:
    assert differences("video", {"a": 1, "b": 2}, {"b": 2, "a": 1}) == ()
    assert differences("video", {"a": 1}, {"b": 2}) == (
        "video a: expected 1, found None",
        "video b: expected None, found 2",
    )
    many = differences("video", dict.fromkeys(range(10), 1), {})
    assert len(many) == 4
    assert many[-1] == "video: 7 further keys differ"


def test_an_event_is_visible_at_the_first_sighting_of_a_position_behind_it() -> None:
    batches = [
        SentBatch(Landed(partition=0, offset=0, appended_at=0.5), due_at=(0.0,)),
        SentBatch(Landed(partition=0, offset=1, appended_at=10.004), due_at=(10.0, 10.002)),
        SentBatch(Landed(partition=1, offset=0, appended_at=10.005), due_at=(10.001,)),
    ]
    postgres = [(0.9, 0, 1), (10.010, 0, 2), (10.020, 0, 3), (9.0, 1, 0), (10.031, 1, 1)]
    redis = [(0.95, 0, 1), (10.022, 0, 3), (10.036, 1, 1)]
    lags = latencies(Sent(batches, 1.0), Seen(postgres, redis), warm_up_seconds=5.0)
    assert lags.sent_to_visible.p50 == pytest.approx(18.0)
    assert lags.sent_to_visible.max == pytest.approx(30.0)
    assert lags.appended_to_visible.max == pytest.approx(26.0)
    assert (lags.sent_to_cached.p50, lags.sent_to_cached.max) == pytest.approx((22.0, 35.0))
    assert (lags.visible_to_cached.p50, lags.visible_to_cached.max) == pytest.approx((5.0, 12.0))


def test_a_flush_in_redis_shows_the_offset_that_it_had_in_postgres_or_an_earlier_one() -> None:
    moves = [(1.0, 0, 10, 1), (2.0, 0, 30, 3), (2.0, 1, 7, 1)]
    cached = [(1.1, 0, 0), (1.2, 0, 1), (1.9, 0, 2), (2.1, 0, 3), (2.2, 1, 1)]
    assert sightings_in_cache(moves, cached) == [(1.2, 0, 10), (1.9, 0, 10), (2.1, 0, 30), (2.2, 1, 7)]


def test_an_event_is_decided_once_a_decision_knows_of_the_flush_that_it_was_in() -> None:
    looks = [
        Look(10.0, next_offset=5, changes=3, decided=3),
        Look(10.5, next_offset=7, changes=5, decided=3),
        Look(11.0, next_offset=8, changes=6, decided=5),
        Look(12.0, next_offset=9, changes=6, decided=6),
    ]
    early = SentBatch(Landed(partition=0, offset=4, appended_at=0.0), due_at=(0.0,))
    folded_second = SentBatch(Landed(partition=0, offset=5, appended_at=10.25), due_at=(10.1, 10.2))
    folded_third = SentBatch(Landed(partition=0, offset=7, appended_at=10.75), due_at=(10.7,))

    lags = decision_latency([early, folded_second, folded_third], looks, counted_from=10.0)
    assert (lags.p50, lags.max) == pytest.approx((750.0, 1_250.0))


def test_the_memory_of_a_process_has_that_of_its_children_and_none_when_it_has_ended() -> None:
    filling = "import sys, time; block = b'x' * (64 << 20); print('full', flush=True); time.sleep(60)"
    alone = memory_bytes_max(os.getpid())
    child = subprocess.Popen([sys.executable, "-c", filling], stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"full\n"
        assert memory_bytes_max(child.pid) > 64 << 20
        assert memory_bytes_max(os.getpid()) >= alone + memory_bytes_max(child.pid)
    finally:
        child.kill()
        child.communicate()
    assert memory_bytes_max(child.pid) == 0


def test_events_of_one_video_keep_their_order_in_time() -> None:
    moments = [json.loads(value)["at"] for _, value in RollupsInput(2_000).records()]
    assert all(earlier < later for earlier, later in pairwise(moments))


def test_an_unknown_contestant_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "sprinter"]) == 2
    assert "'sprinter'" in capsys.readouterr().err


def test_a_name_chooses_its_contestant_and_those_whose_names_go_on_from_it() -> None:
    def names(*given: str) -> list[str]:
        return sorted(name for _, meant in chosen_heats(given, quick=True) for name in meant)

    assert names("rollups", "faust") == ["faust", "rollups", "rollups-2-workers", "rollups-rebuild"]
    assert names("rollups-rebuild") == ["rollups-rebuild"]
    assert names("kafka-streams") == ["kafka-streams", "kafka-streams-at-least-once"]
    assert len(names("reads")) > len(names("reads-redis")) > 1
    assert len(names("lists")) > len(names("lists-videos")) > 2


def test_without_names_everybody_takes_part_once() -> None:
    everybody = [name for _, meant in chosen_heats(None, quick=False) for name in meant]
    assert len(everybody) == len(set(everybody))
    assert {"rollups", "kafka-streams", "faust", "actions"} < set(everybody)


def test_an_absent_contestant_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = Result(Contestant("sprinter", "The sprinter"), (), "there is no track")
    print_tables([result])
    assert "there is no track" in "".join(capsys.readouterr().out.split("\n"))
    write_json(tmp_path / "bench.json", {}, [result])
    (written,) = json.loads((tmp_path / "bench.json").read_text("utf-8"))["contestants"]
    assert (written["skipped"], written["correct"], written["runs"]) == ("there is no track", None, [])


async def test_without_a_compiler_kafka_streams_is_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = await build(tmp_path)
    assert "no mvn and no javac" in getattr(found, "reason", "")


def test_kafka_streams_is_of_the_brokers_version_and_counts_the_same_kinds() -> None:
    (version,) = ET.parse(PROJECT).iter("{http://maven.apache.org/POM/4.0.0}kafka.version")
    assert version.text == KAFKA_VERSION
    engagement = (PROJECT.parent / "src" / "Engagement.java").read_text("utf-8")
    assert "KINDS = {" + ", ".join(f'"{kind}"' for kind in KINDS) + "}" in engagement
