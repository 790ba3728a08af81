"""`groundswell simulate`: the same bytes for the same seed, and a log in which everything counts once."""

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
import zstandard

from deploy.local_stack import LocalStack
from events.simulation.catalogue import simulations
from tests.integration.worker_process import PARTITIONS, Place, answer, own_place, run, supervised

SPAN: Final = ("--from", "2026-11-01T00:00:00Z", "--until", "2026-11-02T00:00:00Z")
DISORDER: Final = ("--late", "2%", "--double", "3%", "--retracted", "5%")
EVENTS: Final = 4_000
VIDEOS: Final = 300


@pytest.fixture
def place(stack: LocalStack, tmp_path: Path) -> Iterator[Place]:
    with own_place(stack, tmp_path / "home", PARTITIONS) as place:
        yield place


def simulate(*arguments: str, **options: Any) -> Any:
    """The command without servers, which it does not need for a file."""
    return run("simulate", *arguments, environment=os.environ, **options)


def report(place: Place, *arguments: str) -> dict[str, Any]:
    """What a simulation that succeeds tells as JSON."""
    ended = place.run("simulate", *arguments, "--json")
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


@pytest.mark.parametrize("system", sorted(simulations()))
def test_the_same_seed_and_times_give_the_same_bytes_however_they_are_packed(
    system: str, tmp_path: Path
) -> None:
    asked = (system, "--events", str(EVENTS), "--seed", "5", *SPAN, *DISORDER)
    files = [
        tmp_path / name for name in ("a.ndjson", "b.ndjson", "a.ndjson.gz", "b.ndjson.gz", "a.ndjson.zst")
    ]
    for file in files:
        ended = simulate(*asked, "--out", str(file))
        assert ended.returncode == 0, ended.stderr
        assert "--seed 5 --from 2026-11-01T00:00:00+00:00" in ended.stderr
    plain, again, packed, packed_again, zstd = (file.read_bytes() for file in files)

    assert plain == again
    assert packed == packed_again
    assert gzip.decompress(packed) == plain
    assert zstandard.ZstdDecompressor().decompressobj().decompress(zstd) == plain
    assert simulate(*asked, "--out", "-", text=False).stdout == plain
    another = simulate(system, "--events", str(EVENTS), "--seed", "6", *SPAN, *DISORDER, "--out", "-")
    assert another.stdout.encode() != plain


@pytest.mark.parametrize("system", sorted(simulations()))
def test_a_simulated_file_can_be_published_as_it_is(system: str, tmp_path: Path) -> None:
    file = tmp_path / "day.ndjson.zst"
    told = json.loads(
        simulate(system, "--events", str(EVENTS), *SPAN, *DISORDER, "--out", str(file), "--json").stdout
    )
    checked = run("publish", str(file), "--dry-run", "--json", environment=os.environ)

    assert checked.returncode == 0, checked.stderr
    assert json.loads(checked.stdout)["events"] == told["records"]
    assert told["events"] == EVENTS
    assert told["late_share"] == pytest.approx(0.02, rel=0.5)
    assert told["double_share"] == pytest.approx(0.03, rel=0.5)
    assert told["retracted_share"] == pytest.approx(0.05, rel=0.5)


def test_content_straight_into_the_log_is_folded_whole_with_its_doubles_once(place: Place) -> None:
    told = report(place, "content", "--events", str(EVENTS), "--videos", str(VIDEOS), *SPAN, "--double", "3%")
    simulated = told["simulation"]
    assert told["published"] == simulated["records"] > EVENTS
    with supervised(place, place.home.parent / "worker.log", "content") as worker:
        found = worker.until_read(told["published"])

    assert (found.applied, found.duplicates, found.dead) == (EVENTS, simulated["doubles"], 0)
    assert answer(place.postgres, "SELECT count(*) FROM content.videos") == VIDEOS
    observed = simulated["by_type"]["content.video_metrics_observed"]
    removed = simulated["by_type"].get("content.video_removed", 0)
    shown = answer(place.postgres, "SELECT count(*) FROM content.observations")
    assert shown == observed if not removed else shown <= observed


def test_actions_straight_into_the_log_are_folded_whole(place: Place) -> None:
    told = report(place, "actions", "--events", str(EVENTS), *SPAN, "--double", "3%", "--retracted", "10%")
    simulated = told["simulation"]
    with supervised(place, place.home.parent / "worker.log") as worker:
        # The log holds copies of the weights for each partition too.
        copies = PARTITIONS * simulated["by_type"]["actions.bucket_weight_set"]
        found = worker.until_read(told["published"] + copies)

    assert found.dead == 0
    assert found.duplicates == simulated["doubles"]
    by_type = simulated["by_type"]
    live = by_type["actions.action_logged"] - by_type["actions.action_retracted"]
    with psycopg.connect(place.postgres) as connection:
        row = connection.execute("SELECT sum(actions_total) FROM actions.ripple_counters").fetchone()
    assert row is not None
    # What was done in a ripple that was deleted is hidden with it.
    assert row[0] == live if "actions.ripple_deleted" not in by_type else row[0] <= live


def test_a_paced_simulation_says_what_it_published_for_people_too(place: Place) -> None:
    ended = place.run("simulate", "actions", "--events", "600", "--waves", "2", *SPAN, "--rate", "2000")

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("actions:")
    assert "published 600 events" in ended.stderr
    assert "600 events, 45 of them announcements" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--late", "60%"), "late must be 0 to 0.5, is 0.6"),
        (("--late", "much"), "--late must be a share from 0% to 100%, is 'much'"),
        (("--from", "yesterday"), "--from must be a time"),
        (("--until", "2026-11-01T00:00:00Z", "--from", "2026-11-02T00:00:00Z"), "must be more than 0"),
        (("--events", "10"), "the announcements alone are"),
        (("--out", "/nonexistent/x.ndjson"), "--out /nonexistent/x.ndjson: No such file or directory"),
        (("--out", "x.ndjson", "--rate", "5"), "--rate with --out"),
        (("--until", "8000-01-01T00:00:00Z"), "--until must be at most 5 minutes ahead"),
    ],
)
def test_what_cannot_be_simulated_is_wrong_usage_and_says_why(arguments: tuple[str, ...], said: str) -> None:
    ended = simulate("content", *arguments)

    assert ended.returncode == 2
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
