"""`groundswell rankings ...` over a small world whose answers are known, and what it publishes."""

import json
from typing import Any

import pytest
from typer.testing import Result

from tests.integration import worker_process
from tests.integration.command_line import answer, let_commands_find, refusal, run
from tests.integration.rankings_setting import small_world
from tests.integration.small_worlds import for_the_file
from tests.integration.worker_process import Place, supervised, until
from tests.unit.rankings_driver import PERIOD

PLACES = """
SELECT string_agg(topic_id || position || session, ' ' ORDER BY position)
FROM rankings.rankings WHERE student_id = 'ada'
"""


database = for_the_file(small_world)


@pytest.fixture
def found_by_commands(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    let_commands_find(database, monkeypatch)


def printed(*arguments: str) -> Result:
    """What a command that succeeds prints for people."""
    result = run("rankings", *arguments)
    assert result.exit_code == 0, result.output
    return result


@pytest.mark.usefixtures("found_by_commands")
def test_periods_and_topics_are_listed() -> None:
    assert [row["period_id"] for row in answer("rankings", "periods")["rows"]] == [PERIOD, "spring"]
    assert "Spring" in printed("periods").stdout
    assert "add --cursor" in printed("periods", "--limit", "1").stderr
    found = answer("rankings", "topics", PERIOD, "--category", "high", "--sort", "percentile")
    assert [row["topic_id"] for row in found] == ["che", "bio"]
    assert (
        answer("rankings", "topics", PERIOD, "--sort", "id", "--limit", "1", "--offset", "3")[0]["topic_id"]
        == "dom"
    )
    assert "Zen of algorithms" in printed("topics", PERIOD).stdout
    assert "there is none" in printed("topics", PERIOD, "--category", "low").stderr


@pytest.mark.usefixtures("found_by_commands")
def test_a_topic_is_shown_with_its_distribution() -> None:
    assert answer("rankings", "topic", PERIOD, "alg")["distribution"] == [1, 2, 0, 0]
    shown = printed("topic", PERIOD, "alg").stdout
    assert "1.666667" in shown
    assert "students by position, from 1 on: 1, 2, 0, 0" in shown
    assert "█" in shown
    missing = refusal("rankings", "topic", PERIOD, "old")
    assert "there is no topic 'old' in period 'autumn'" in str(missing)


@pytest.mark.usefixtures("found_by_commands")
def test_trends_students_histories_and_assignments_are_listed() -> None:
    assert [row["students"] for row in answer("rankings", "trends", PERIOD, "alg")] == [2, 2]
    assert "2026-11-21 10:00" in printed("trends", PERIOD, "alg").stdout
    assert [row["topic_id"] for row in answer("rankings", "student", "eve")["rows"]] == ["che", "alg", "ski"]
    ada = printed("student", "ada", "--period", PERIOD)
    assert "registered on 2026-11-21 10:30 UTC with ada@students.example" in ada.stderr
    assert "Biology" in ada.stdout
    assert [row["undone"] for row in answer("rankings", "history", "eve", PERIOD)["rows"]] == [
        True,
        False,
        False,
    ]
    assert "oops" in printed("history", "eve", PERIOD).stdout
    assert [row["topic_id"] for row in answer("rankings", "assignments", PERIOD)["rows"]] == [
        "bio",
        None,
        "dom",
    ]
    first = answer("rankings", "assignments", PERIOD, "--run", "first", "--limit", "1")
    assert first["rows"][0]["run"] == "first"
    assert [row["cost"] for row in answer("rankings", "runs", PERIOD)["rows"]] == [11, 3]
    assert "hungarian" in printed("runs", PERIOD).stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("update", "ada", PERIOD, "alg"), "'alg' must be TOPIC=POSITION such as databases=1"),
        (("update", "ada", PERIOD, "=1"), "'=1' must be TOPIC=POSITION"),
        (("update", "ada", PERIOD, "alg=0"), "'alg=0' must be TOPIC=POSITION"),
        (("update", "ada", PERIOD, "alg=first"), "or databases=none"),
        (("update", "ada", PERIOD, "alg=1", "alg=2"), "must name a topic once"),
        (("undo", "", PERIOD, "s1"), "must not be empty"),
    ],
)
def test_what_cannot_be_published_is_named(arguments: tuple[str, ...], said: str) -> None:
    assert said in str(refusal("rankings", *arguments))


def test_a_student_moves_topics_and_takes_it_back(place: Place, tmp_path: Any) -> None:
    """The commands' events through a real log and a real worker."""

    def published(*arguments: str) -> Any:
        ended = place.run(*arguments, "--json")
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    (tmp_path / "topics.ndjson").write_text("\n".join(map(json.dumps, _announcements())))
    published("publish", str(tmp_path / "topics.ndjson"))
    published("rankings", "update", "ada", PERIOD, "a=b=1", "c=2", "--session", "s1")
    moved = published("rankings", "update", "ada", PERIOD, "a=b=none", "c=1")
    with supervised(place, tmp_path / "worker.log", "rankings") as worker:
        worker.until_read(5)
        assert worker_process.answer(place.postgres, PLACES) == f"c1{moved['session']}"
        published("rankings", "undo", "ada", PERIOD, moved["session"])
        worker.until_read(6)
        assert worker_process.answer(place.postgres, PLACES) == "a=b1s1 c2s1"
        published("rankings", "undo", "ada", PERIOD, "s1")
        until("it is taken back", lambda: worker_process.answer(place.postgres, PLACES) is None, worker)


def _announcements() -> list[dict[str, Any]]:
    at = {"v": 1, "at": "2020-01-01T10:00:00Z", "actor_type": "system", "period_id": PERIOD}
    opened = {
        "id": "00000000-0000-4000-8000-000000000001",
        "type": "rankings.period_opened",
        "title": "Autumn",
    }
    topics = [
        {
            "id": f"00000000-0000-4000-8000-00000000001{number}",
            "type": "rankings.topic_created",
            "topic_id": name,
            "title": name,
        }
        for number, name in enumerate(("a=b", "c"))
    ]
    return [at | event for event in (opened, *topics)]
