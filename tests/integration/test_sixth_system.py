"""A sixth system is a few files and no change elsewhere: a copy of the project with them added does all that
the others do, by the command line.
"""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest
import redis

from deploy.local_stack import LocalStack
from tests.integration.readme_commands import README
from tests.integration.worker_process import PROJECT, Place, Supervised, own_place, supervised, until

FILES: Final = Path(__file__).parent / "sixth_system"
COPIED: Final = ("events", "streams", "projections", "deploy", "schemas", "tests")
PYTHON_FILES: Final = [str(file.relative_to(FILES)) for file in sorted(FILES.rglob("*.py"))]
EVERY_SYSTEM: Final = (
    "tests/unit/test_simulations.py",
    "tests/unit/test_fold_contract.py",
    "tests/unit/test_events_catalogue.py",
    "tests/contract",
)
"""Tests of what is asked of each system and each event type."""
LOOKED_AT: Final = 3
"""Polls that commands are asked about, a second each."""
OF_POLLS: Final = "polls or Poll or Vote"
SIMULATED: Final = (
    "simulate", "polls", "--events", "3000", "--polls", "8", "--users", "60", "--seed", "6",
    "--from", "2026-11-01T00:00:00Z", "--until", "2026-11-02T00:00:00Z",
    "--late", "2%", "--double", "3%", "--retracted", "5%",
)  # fmt: skip
SHOWN: Final = re.compile(
    r"^<details><summary><code>(\S+)</code>.*?\n```\w+\n(.*?)```\n\n</details>", re.MULTILINE | re.DOTALL
)
"""A file in README.md: its path in the project, its text."""
SHOWN_FILES: Final = 5
READING: Final = """
import asyncio
from events.settings import settings
from projections.polls.reader import Reader

async def main():
    postgres = Reader(settings().postgres)
    redis = Reader(settings().postgres, redis=settings().redis_address)
    async with postgres, redis:
        for poll in {polls!r}:
            stored = await postgres.poll(poll)
            assert await redis.poll(poll) == stored
            print(stored.votes, stored.closed, *await postgres.options(poll), sep="; ")

asyncio.run(main())
"""


@dataclass(frozen=True)
class Counted:
    """What the simulated events add up to, in plain Python."""

    votes: dict[str, Counter[str]]
    closed: set[str]
    applied: int
    refused: int
    duplicates: int

    @property
    def records(self) -> int:
        return self.applied + self.refused + self.duplicates

    @property
    def busiest(self) -> str:
        """The poll with most votes."""
        return max(self.votes, key=lambda poll: self.votes[poll].total())


def counted(lines: Sequence[str]) -> Counted:
    """The last vote of each counts; what comes after the poll was closed is refused, also when it comes
    again."""
    applied: set[str] = set()
    closed: set[str] = set()
    votes: dict[str, dict[str, str]] = defaultdict(dict)
    refused = duplicates = 0
    for event in map(json.loads, lines):
        poll = event["poll_id"]
        if event["id"] in applied:
            duplicates += 1
            continue
        if "actor" in event and poll in closed:
            refused += 1
            continue
        applied.add(event["id"])
        match event["type"]:
            case "polls.poll_closed":
                closed.add(poll)
            case "polls.vote_cast":
                votes[poll][event["actor"]] = event["option"]
            case "polls.vote_withdrawn":
                votes[poll].pop(event["actor"], None)
    tallies = {poll: Counter(of_poll.values()) for poll, of_poll in votes.items()}
    return Counted(tallies, closed & tallies.keys(), len(applied), refused, duplicates)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with six systems."""
    copy = tmp_path_factory.mktemp("six") / "project"
    left = shutil.ignore_patterns("__pycache__", FILES.name)
    for folder in COPIED:
        shutil.copytree(PROJECT / folder, copy / folder, ignore=left)
    shutil.copy(PROJECT / "pyproject.toml", copy)
    shutil.copytree(FILES, copy, dirs_exist_ok=True, ignore=left)
    return copy


@pytest.fixture(scope="module")
def place(stack: LocalStack, project: Path) -> Iterator[Place]:
    with own_place(stack, project.parent / "home") as place:
        yield replace(place, project=project)


@pytest.fixture(scope="module")
def expected(place: Place) -> Counted:
    """What the simulated events of a file add up to."""
    file = place.home.parent / "polls.ndjson"
    said(place, *SIMULATED, "--out", str(file))
    return counted(file.read_text("utf-8").splitlines())


@pytest.fixture(scope="module")
def worker(place: Place, expected: Counted) -> Iterator[Supervised]:
    """It has folded the same events, simulated straight into the log."""
    with supervised(place, place.home.parent / "worker.log", "polls") as worker:
        told = json.loads(said(place, *SIMULATED, "--json"))
        assert told["published"] == expected.records
        worker.until_read(expected.records)
        yield worker


def said(place: Place, *arguments: str) -> str:
    """What a command that succeeds prints."""
    ended = place.run(*arguments)
    assert ended.returncode == 0, f"{arguments}: {ended.stdout}{ended.stderr}"
    return str(ended.stdout)


def options_of(place: Place, poll: str) -> dict[str, int]:
    """The votes of a poll by option, as the command tells them."""
    rows = json.loads(said(place, "polls", "options", poll, "--json"))
    assert rows == sorted(rows, key=lambda row: (-row["votes"], row["option"]))
    return {row["option"]: row["votes"] for row in rows}


def asked_for(place: Place, expected: Counted) -> bool:
    """Whether the busiest poll is told as it is."""
    shown = json.loads(said(place, "polls", "show", expected.busiest, "--json"))
    return bool(shown["votes"] == expected.votes[expected.busiest].total())


def python(place: Place, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Python in the project."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=place.project,
        env=place.environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_readme_shows_the_files_as_they_are() -> None:
    shown = dict(SHOWN.findall(README.read_text("utf-8")))
    assert len(shown) == SHOWN_FILES
    assert shown == {path: (FILES / path).read_text("utf-8") for path in shown}


def test_its_events_are_listed_shown_and_have_their_schemas(place: Place) -> None:
    assert "polls.vote_cast" in said(place, "events", "list")
    assert "What the actor is for." in said(place, "events", "show", "polls.vote_cast")
    made = python(place, "-m", "deploy.generate")
    assert made.returncode == 0, made.stderr
    schema = json.loads((place.project / "schemas/events/polls.vote_cast.json").read_text("utf-8"))
    assert {"poll_id", "option", "actor"} <= schema["properties"].keys()


def test_its_code_is_typed_and_tidy_as_all_other_is(place: Place) -> None:
    for check in (["mypy"], ["ruff", "check"], ["ruff", "format", "--check"]):
        ended = python(place, "-m", *check, *PYTHON_FILES)
        assert ended.returncode == 0, f"{check}\n{ended.stdout}{ended.stderr}"


def test_what_is_asked_of_every_system_is_asked_of_it(place: Place) -> None:
    ended = python(place, "-m", "pytest", "-q", *EVERY_SYSTEM, "-k", OF_POLLS)
    assert ended.returncode == 0, ended.stdout
    assert int(re.findall(r"(\d+) passed", ended.stdout)[0]) >= 20, ended.stdout


def test_what_is_simulated_has_everything_in_it(expected: Counted) -> None:
    assert min(expected.applied, expected.refused, expected.duplicates) > 0
    assert expected.votes[expected.busiest].total() > 10


def test_its_votes_are_counted_by_a_worker_and_told_by_its_commands(
    place: Place, worker: Supervised, expected: Counted
) -> None:
    assert worker.of_producers().dead == expected.refused
    for poll in sorted(expected.votes)[:LOOKED_AT]:
        assert options_of(place, poll) == expected.votes[poll]
    assert asked_for(place, expected)
    missing = place.run("polls", "show", "nowhere")
    assert (missing.returncode, "there is no poll 'nowhere'" in missing.stderr) == (1, True)


def test_operators_see_it(place: Place, worker: Supervised, expected: Counted) -> None:
    rows = [row for row in json.loads(said(place, "lag", "--json")) if row["topic"].endswith(".polls")]
    assert [row["lag"] for row in rows] == [0] * place.partitions
    dead = json.loads(said(place, "dead-letters", "list", "--json"))
    assert "closed" in json.dumps(dead)
    assert "polls" in place.run("worker", "pools").stderr, "the names to choose from"
    checks = json.loads(place.run("doctor", "--json").stdout)
    (topic,) = [check for check in checks if check["check"].endswith(".polls")]
    assert topic["ok"], topic


def test_its_reader_answers_from_postgres_and_redis(
    place: Place, worker: Supervised, expected: Counted
) -> None:
    polls = sorted(expected.votes)
    script = READING.format(polls=polls)
    first = python(place, "-c", script)
    assert first.returncode == 0, first.stderr
    with redis.Redis.from_url(place.redis) as client:
        until(
            "polls that were asked for lie in Redis",
            lambda: (
                python(place, "-c", script).returncode == 0
                and client.exists(*(f"polls:1:poll:{poll}" for poll in polls)) == len(polls)
            ),
        )
    from_redis = python(place, "-c", script)
    assert (from_redis.returncode, from_redis.stdout) == (0, first.stdout), from_redis.stderr
    told = dict(zip(polls, first.stdout.splitlines(), strict=True))
    ((option, votes),) = expected.votes[expected.busiest].most_common(1)
    of_busiest = told[expected.busiest]
    assert of_busiest.startswith(f"{expected.votes[expected.busiest].total()}; ")
    assert f"; OptionRow(option='{option}', votes={votes})" in of_busiest
    assert {poll for poll, line in told.items() if line.split("; ")[1] == "True"} == expected.closed


def test_it_is_rebuilt_promoted_and_verified(place: Place, worker: Supervised, expected: Counted) -> None:
    said(place, "rebuild", "polls", "--promote")
    (active,) = [
        row for row in json.loads(said(place, "generations", "polls", "--json")) if row["state"] == "active"
    ]
    assert active["generation"] == 2
    assert options_of(place, expected.busiest) == expected.votes[expected.busiest]
    assert " 0 differences" in place.run("verify", "polls").stdout
