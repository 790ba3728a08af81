"""`groundswell reconcile` and `groundswell snapshot content` beside a worker: what they say and keep."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from subprocess import CompletedProcess
from typing import Any, Final

import psycopg
import pytest

from deploy.local_stack import LocalStack
from events.content import VideoPublished, VideoViewed
from events.envelope import Event
from events.reconciled_days import DAYS_MAX
from events.settings import variable
from tests.integration.generations_setting import publish
from tests.integration.refusals import assert_refused
from tests.integration.worker_process import Place, Supervised, answer, own_place, supervised, until

VIDEOS: Final = 40
BENT: Final = "UPDATE content_g1.creator_totals SET views = views + 5 WHERE creator_id = 'ann'"
HOLD: Final = "INSERT INTO groundswell.holds (hold, system) VALUES (gen_random_uuid(), 'content')"
RELEASE: Final = "DELETE FROM groundswell.holds"
BREAK: Final = "ALTER TABLE content_g1.leaderboards RENAME TO mislaid"
MEND: Final = "ALTER TABLE content_g1.mislaid RENAME TO leaderboards"
# The worker's own, of the night before, looks at 7 days.
KEPT: Final = (
    "SELECT array_agg((days, drifted, repaired)::text ORDER BY at)"
    " FROM content.reconciliations WHERE days > 7"
)
VIEWS: Final = "SELECT views_total FROM content.creators WHERE creator_id = 'ann'"
SHOWN: Final = "SELECT array_agg(DISTINCT hour ORDER BY hour) FROM content.leaderboards WHERE period = 'all'"
PATIENT_MINUTES: Final = 1_440
"""The worker closes an hour a day after its end: the last one is closed by hand."""


@dataclass(frozen=True)
class Runs:
    """What the runs said: nothing had drifted, something had, while a past was told."""

    calm: "CompletedProcess[str]"
    bent: "CompletedProcess[str]"
    plain: "CompletedProcess[str]"
    held: "CompletedProcess[str]"
    actions: "CompletedProcess[str]"
    failing: "CompletedProcess[str]"
    snapshot: "CompletedProcess[str]"
    views: Any
    views_after: Any
    kept: Any
    hours: list[datetime]


@pytest.fixture(scope="module")
def runs(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("reconcile")
    with own_place(stack, folder / "home") as place, pytest.MonkeyPatch.context() as patch:
        patch.setenv(variable("close_after_minutes"), str(PATIENT_MINUTES))
        with supervised(place, folder / "worker.log", "content") as worker:
            patch.undo()
            worker.until_read(publish(place, past()))
            yield taken(place, worker)


def taken(place: Place, worker: Supervised) -> Runs:
    views = answer(place.postgres, VIEWS)
    calm = place.run("reconcile", "content", "--days", str(DAYS_MAX), "--json")
    execute(place, BENT)
    bent = place.run("reconcile", "content", "--days", "30", "--json")
    after = answer(place.postgres, VIEWS)
    execute(place, BENT)
    plain = place.run("reconcile", "content", "--days", "31")
    execute(place, HOLD)
    held = place.run("reconcile", "content")
    execute(place, RELEASE)
    actions = place.run("reconcile", "actions")
    execute(place, BREAK)
    failing = place.run("snapshot", "content", "--json")
    execute(place, MEND)
    snapshot = place.run("snapshot", "content", "--json")
    until("the reports are folded", lambda: len(answer(place.postgres, KEPT) or ()) == 3, worker)
    until("the leaderboards are", lambda: len(answer(place.postgres, SHOWN) or ()) == 2, worker)
    kept, hours = answer(place.postgres, KEPT), answer(place.postgres, SHOWN)
    return Runs(calm, bent, plain, held, actions, failing, snapshot, views, after, kept, hours)


def past() -> list[Event]:
    seed = 12
    print(f"seed {seed}")
    chosen, at = random.Random(seed), datetime.now(UTC) - timedelta(hours=2)
    published: list[Event] = [
        VideoPublished.new(
            at=at, video_id=f"v{n}", creator_id=chosen.choice(("ann", "bob")), hashtags=["#DIY"]
        )
        for n in range(VIDEOS)
    ]
    return published + [
        VideoViewed.new(at=at, video_id=f"v{n}", count=chosen.randint(1, 1000)) for n in range(VIDEOS)
    ]


def execute(place: Place, statement: str) -> None:
    with psycopg.connect(place.postgres, autocommit=True) as connection:
        connection.execute(statement.encode())


def test_without_drift_it_ends_well(runs: Runs) -> None:
    assert runs.calm.returncode == 0, runs.calm.stderr
    said = json.loads(runs.calm.stdout)
    assert (said["days"], said["drifted"], said["repaired"], said["details"]) == (DAYS_MAX, 0, 0, [])
    assert said["checked"] > 3 * VIDEOS


def test_drift_is_repaired_told_and_a_difference_found(runs: Runs) -> None:
    assert runs.bent.returncode == 4
    said = json.loads(runs.bent.stdout)
    assert (said["drifted"], said["repaired"]) == (1, 1)
    assert said["details"] == [
        {
            "table": "creator_totals",
            "key": "ann",
            "column": "views",
            "was": str(int(runs.views) + 5),
            "became": str(runs.views),
        }
    ]
    assert runs.views_after == runs.views
    assert "groundswell verify content" in runs.bent.stderr
    assert runs.plain.returncode == 4
    assert "1 had drifted, 1 repaired" in runs.plain.stdout
    assert "creator_totals" in runs.plain.stdout


def test_every_report_is_kept(runs: Runs) -> None:
    assert runs.kept == [f"({DAYS_MAX},0,0)", "(30,1,1)", "(31,1,1)"]


def test_the_last_hour_is_closed_by_hand_and_shown(runs: Runs) -> None:
    """The worker closed that of a day before, as soon as there were videos."""
    assert runs.snapshot.returncode == 0, runs.snapshot.stderr
    (decided,) = json.loads(runs.snapshot.stdout)["decided"]
    worked, by_hand = runs.hours
    assert by_hand + timedelta(hours=1) == datetime.fromisoformat(decided)
    assert by_hand - worked >= timedelta(hours=23)


def test_what_cannot_be_decided_by_hand_is_said(runs: Runs) -> None:
    assert runs.failing.returncode == 1
    assert runs.failing.stdout == ""
    assert "leaderboard_closed was not decided" in runs.failing.stderr
    assert "leaderboards" in runs.failing.stderr


def test_where_it_cannot_run_it_says_what_to_do(runs: Runs) -> None:
    for ended, says in ((runs.held, "a past of content is being published"), (runs.actions, "content")):
        assert_refused(ended, says)
