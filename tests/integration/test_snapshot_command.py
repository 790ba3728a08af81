"""`groundswell snapshot`: decides by hand what is due, once, whoever else decides or relays at that time."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from deploy.local_stack import LocalStack
from events.actions import ActionLogged, RippleBoosted, RippleJoined
from events.envelope import Event
from events.settings import variable
from tests.integration.deciding import HOUR
from tests.integration.generations_setting import publish
from tests.integration.worker_process import (
    PARTITIONS,
    WAIT_SECONDS_MAX,
    Place,
    Supervised,
    answer,
    folded,
    own_place,
    supervised,
    until,
)
from tests.simulation.compare import report
from tests.simulation.compare_closes import close_differences
from tests.simulation.oracle_closing import decided_closes, expected_closes
from tests.simulation.oracle_envelope import LogRecord
from tests.simulation.oracle_judging import DUPLICATE_WINDOW_RECORDS
from tests.simulation.oracle_verdicts import judge
from tests.simulation.raw_log import read_whole

AGO: Final = timedelta(hours=20)
PATIENT_MINUTES: Final = 1_440
"""The worker closes an hour a day after its end: what is younger is decided by hand."""
RIPPLES: Final = 5
HOLD: Final = "INSERT INTO groundswell.holds (hold, system) VALUES (gen_random_uuid(), 'actions')"
RELEASE: Final = "DELETE FROM groundswell.holds"
UNPUBLISHED: Final = "SELECT count(*) FROM groundswell.outbox WHERE published_at IS NULL"
DECIDED: Final = "SELECT array_agg(nominal_time ORDER BY nominal_time, part) FROM groundswell.outbox"
SHOWN: Final = "SELECT count(*) FROM actions.trending_scores"
INDEXED: Final = "SELECT count(*) FROM actions_g1.impact_indexes"
INDEXED_AS_OF: Final = "SELECT as_of FROM groundswell.recalculations WHERE table_name = 'impact_indexes'"


@dataclass(frozen=True)
class Snapshots:
    """What the commands said, and the log afterwards: one while a past was told, two at a time, one more."""

    place: Place
    held: "tuple[Any, str]"
    both: list[Any]
    again: "tuple[str, str]"
    log: list[LogRecord]


@pytest.fixture(scope="module")
def place(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with own_place(stack, tmp_path_factory.mktemp("snapshot") / "home") as place:
        yield place


@pytest.fixture(scope="module")
def snapshots(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Snapshots:
    """All of them beside a worker that folds and relays."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(variable("close_after_minutes"), str(PATIENT_MINUTES))
        with supervised(place, tmp_path_factory.mktemp("snapshot") / "worker.log") as worker:
            patch.undo()
            worker.until_read(publish(place, past(datetime.now(UTC) - AGO)))
            return taken(place, worker)


def taken(place: Place, worker: Supervised) -> Snapshots:
    execute(place, HOLD)
    held = place.run("snapshot", "actions", "--json")
    execute(place, RELEASE)
    both = [place.start("snapshot", "actions", "--json") for _ in range(2)]
    said = [json.loads(process.communicate(timeout=WAIT_SECONDS_MAX)[0]) for process in both]
    again = place.run("snapshot", "actions")
    until("all decisions are relayed", lambda: answer(place.postgres, UNPUBLISHED) == 0, worker)
    log = asyncio.run(read_whole(place.kafka, place.topic, PARTITIONS))
    until("all decisions are folded", lambda: folded(place.postgres).read == len(log), worker)
    return Snapshots(place, (json.loads(held.stdout), held.stderr), said, (again.stdout, again.stderr), log)


def execute(place: Place, statement: str) -> None:
    with psycopg.connect(place.postgres, autocommit=True) as connection:
        connection.execute(statement.encode())


def past(began: datetime) -> list[Event]:
    """Two hours in which things happen in a few ripples of three waves, and one boost many hours later."""
    events: list[Event] = []
    for number in range(60):
        at = began + number * timedelta(minutes=2)
        wave, name = f"w{number % 3}", f"r{number % RIPPLES}"
        if number % 9 == 0:
            user = f"user {number % 4}"
            events.append(RippleJoined.new(wave_id=wave, ripple_id=name, at=at, actor=user))
        else:
            events.append(
                ActionLogged.new(
                    wave_id=wave, ripple_id=name, at=at,
                    action_id=f"snapshot {number}", bucket="planning", actor="ann",
                )
            )  # fmt: skip
    return [*events, RippleBoosted.new(wave_id="w0", ripple_id="r0", at=began + 11 * HOUR, points=7)]


def hours(said: Any) -> list[datetime]:
    return [datetime.fromisoformat(at) for at in said["decided"]]


def test_two_at_a_time_decide_each_hour_once_and_say_which(snapshots: Snapshots) -> None:
    decided = [hours(said) for said in snapshots.both]
    assert decided == [sorted(found) for found in decided], "in order"
    together = sorted(decided[0] + decided[1])
    assert together == answer(snapshots.place.postgres, DECIDED), "what they say is what was written, once"
    assert len(together) >= AGO // HOUR - 1
    assert {later - earlier for earlier, later in pairwise(together)} == {HOUR}


def test_what_was_decided_is_in_the_log_as_a_plain_program_says_and_shown(snapshots: Snapshots) -> None:
    verdicts = judge(snapshots.log, PARTITIONS, DUPLICATE_WINDOW_RECORDS)
    closes = decided_closes(verdicts.applied)
    wanted = expected_closes(snapshots.log, [close.hour for close in closes], partitions=PARTITIONS)
    assert not (lines := close_differences(closes, wanted)), report(lines)
    assert [close.hour + HOUR for close in closes] == answer(snapshots.place.postgres, DECIDED)
    assert answer(snapshots.place.postgres, SHOWN) == sum(len(close.entries) for close in closes)


def test_tables_are_calculated_as_of_the_running_hour(snapshots: Snapshots) -> None:
    for said in snapshots.both:
        assert said["calculated"] == ["impact_indexes"]
        as_of = datetime.fromisoformat(said["as_of"])
        assert (as_of.minute, as_of.second, as_of.microsecond) == (0, 0, 0)
        assert as_of <= answer(snapshots.place.postgres, INDEXED_AS_OF) <= datetime.now(UTC)
    assert answer(snapshots.place.postgres, INDEXED) == 3 * RIPPLES


def test_when_nothing_is_due_it_says_so(snapshots: Snapshots) -> None:
    told, noted = snapshots.again
    assert "nothing is due" in noted
    assert told.startswith("calculated impact_indexes as of 20")


def test_while_a_past_is_published_nothing_is_decided(snapshots: Snapshots) -> None:
    said, noted = snapshots.held
    assert said["decided"] == []
    assert said["calculated"] == ["impact_indexes"]
    assert "a past is being published" in noted


@pytest.mark.parametrize(
    ("system", "code", "says"),
    [("actions", 2, "groundswell worker actions"), ("weather", 2, "actions")],
    ids=["nothing folded", "no such system"],
)
def test_where_there_is_nothing_to_decide_about_it_says_what_to_do(
    postgres: str, redis: str, kafka: str, tmp_path: Path, system: str, code: int, says: str
) -> None:
    ended = Place(kafka, postgres, redis, "test-nothing", tmp_path / "home").run("snapshot", system)
    assert ended.returncode == code, ended.stderr
    (line,) = ended.stderr.splitlines()
    assert line.startswith("error: ")
    assert says in line
    assert ended.stdout == ""
