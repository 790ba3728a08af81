"""Metrics beside a real worker, and `groundswell assign` and `reconcile rankings`: what they say and keep."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from subprocess import CompletedProcess
from typing import Any, Final

import psycopg
import pytest

from deploy.local_stack import LocalStack
from events.envelope import Event
from events.rankings import PeriodOpened, RankingsUpdated, TopicCreated
from tests.integration.generations_setting import publish
from tests.integration.refusals import assert_refused
from tests.integration.worker_process import Place, Supervised, answer, own_place, supervised, until

TOPICS: Final = 2
STUDENTS: Final = 5
BURSTS: Final = 6
CAPACITY: Final = 2
FRESH: Final = "SELECT students > %s AND NOT is_stale FROM rankings.topic_metrics WHERE topic_id = 't1'"
CALCULATED: Final = (
    "SELECT array_agg(DISTINCT nominal_time ORDER BY nominal_time) FROM groundswell.outbox"
    " WHERE decision = 'metrics_calculated' AND record_key = 'autumn'"
)
CALCULATIONS: Final = "SELECT sum(calculations) FROM rankings.topic_trends WHERE topic_id = 't1'"
BENT: Final = "UPDATE rankings_g1.topic_counts SET students = students + 2 WHERE topic_id = 't1'"
STUDENTS_SHOWN: Final = "SELECT students FROM rankings.topic_metrics WHERE topic_id = 't1'"
RUNS: Final = "SELECT array_agg(run ORDER BY at) FROM rankings.assignment_runs"
REPORTS: Final = (
    "SELECT array_agg((days, drifted, repaired)::text ORDER BY at) FROM rankings.reconciliations"
    " WHERE days > 7"
)


@dataclass(frozen=True)
class Runs:
    """What was calculated while students came one by one, and what the commands said."""

    calculated: list[datetime]
    calculations: int
    first: "CompletedProcess[str]"
    second: "CompletedProcess[str]"
    unknown: "CompletedProcess[str]"
    other: "CompletedProcess[str]"
    bent: "CompletedProcess[str]"
    calm: "CompletedProcess[str]"
    students: int
    kept: list[str]
    reports: list[str]


@pytest.fixture(scope="module")
def runs(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("rankings")
    with (
        own_place(stack, folder / "home") as place,
        supervised(place, folder / "worker.log", "rankings") as worker,
    ):
        worker.until_read(publish(place, announced()))
        yield taken(place, worker)


def announced() -> list[Event]:
    now = datetime.now(UTC)
    topics = [
        TopicCreated.new(at=now, period_id="autumn", topic_id=f"t{n}", title="A topic", capacity=CAPACITY)
        for n in range(TOPICS)
    ]
    return [PeriodOpened.new(at=now, period_id="autumn", title="Autumn"), *topics]


def moved(number: int) -> Event:
    """One more student; all want the same, and a few change nothing but their minds."""
    places = {f"t{n}": (n + number // STUDENTS) % TOPICS + 1 for n in range(TOPICS)}
    updates = [{"topic_id": topic, "position": place} for topic, place in places.items()]
    who = f"student {number % STUDENTS}"
    return RankingsUpdated.new(period_id="autumn", student_id=who, session=f"{number}", updates=updates)


def taken(place: Place, worker: Supervised) -> Runs:
    for number in range(BURSTS):
        publish(place, [moved(number)])
        known = min(number, STUDENTS - 1)
        until("it is calculated", lambda: bool(answer(place.postgres, FRESH, known)), worker)  # noqa: B023
    calculated, calculations = answer(place.postgres, CALCULATED), answer(place.postgres, CALCULATIONS)
    first = place.run("assign", "autumn", "--json")
    second = place.run("assign", "autumn")
    unknown = place.run("assign", "winter")
    other = place.run("assign", "autumn", "--algorithm", "boston")
    with psycopg.connect(place.postgres, autocommit=True) as connection:
        connection.execute(BENT.encode())
    bent = place.run("reconcile", "rankings", "--days", "30", "--json")
    calm = place.run("reconcile", "rankings", "--days", "31", "--json")
    until("the runs are folded", lambda: len(answer(place.postgres, RUNS) or ()) == 2, worker)
    until("the reports are", lambda: len(answer(place.postgres, REPORTS) or ()) == 2, worker)
    return Runs(
        calculated,
        calculations,
        first,
        second,
        unknown,
        other,
        bent,
        calm,
        answer(place.postgres, STUDENTS_SHOWN),
        answer(place.postgres, RUNS),
        answer(place.postgres, REPORTS),
    )


def test_metrics_are_calculated_soon_and_at_most_once_a_second(runs: Runs) -> None:
    assert 1 < len(runs.calculated) <= BURSTS + 1
    assert all(at.microsecond == 0 for at in runs.calculated)
    assert all(later - earlier >= timedelta(seconds=1) for earlier, later in pairwise(runs.calculated))
    assert runs.calculations == len(runs.calculated), "each is folded once"


def test_topics_are_given_and_each_run_is_kept(runs: Runs) -> None:
    assert runs.first.returncode == runs.second.returncode == 0, runs.first.stderr + runs.second.stderr
    said = json.loads(runs.first.stdout)
    assert (said["period_id"], said["algorithm"], said["run"]) == ("autumn", "hungarian", runs.kept[0])
    given: list[dict[str, Any]] = said["assignments"]
    assert [each["student_id"] for each in given] == [f"student {n}" for n in range(STUDENTS)]
    assert sum(each["topic_id"] is None for each in given) == STUDENTS - TOPICS * CAPACITY
    assert said["cost"] == sum(each["position"] or TOPICS + 1 for each in given)
    assert f"run {runs.kept[1]}" in runs.second.stderr
    assert "1 without a topic" in runs.second.stderr
    assert "student 3" in runs.second.stdout


def test_what_cannot_be_assigned_is_said(runs: Runs) -> None:
    for ended, says in ((runs.unknown, "groundswell rankings periods"), (runs.other, "hungarian")):
        assert_refused(ended, says)


def test_drift_is_repaired_told_and_a_difference_found(runs: Runs) -> None:
    assert runs.bent.returncode == 4
    (detail,) = json.loads(runs.bent.stdout)["details"]
    assert detail == {
        "table": "topic_counts",
        "key": '["autumn", "t1"]',
        "column": "students",
        "was": str(STUDENTS + 2),
        "became": str(STUDENTS),
    }
    assert runs.calm.returncode == 0, runs.calm.stderr
    assert runs.students == STUDENTS
    assert runs.reports == ["(30,1,1)", "(31,0,0)"]
