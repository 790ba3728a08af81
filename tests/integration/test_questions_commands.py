"""`top`, `show`, `list` and `trend` over a small world whose answers are known."""

import os
import re
from typing import Any

import pytest

from events.errors import WrongUsage
from events.settings import variable
from tests.integration import worker_process
from tests.integration.actions_setting import DAY, TEN, small_world
from tests.integration.command_line import answer, let_commands_find, refusal, run
from tests.integration.small_worlds import for_the_file
from tests.unit.actions_driver import HOUR

database = for_the_file(small_world)


@pytest.fixture(autouse=True)
def found_by_commands(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    let_commands_find(database, monkeypatch)


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["ripple_id"] for row in rows]


def line_of(text: str, words: str) -> str:
    """The only line with these words, its spaces single."""
    (line,) = [re.sub(" +", " ", line).strip() for line in text.splitlines() if words in line]
    return line


def test_top_lists_what_trends_now_with_changes_since_the_last_close() -> None:
    found = answer("top")

    assert (found["by"], names(found["ripples"])) == ("now", ["b", "a", "x", "c", "e"])
    assert [row["rank_change"] for row in found["ripples"]] == [0, 0, None, None, -2]
    printed = run("top").stdout
    assert line_of(printed, "Ripple b").startswith("1 = Ripple b Clean coast 17.4")
    assert line_of(printed, "Ripple x").startswith("3 new Ripple x Quiet woods")
    assert line_of(printed, "Ripple e").startswith("5 ▼2 Ripple e")


def test_top_lists_by_the_actions_of_the_last_minutes() -> None:
    assert names(answer("top", "--by", "24h")["ripples"]) == ["a", "b", "x"]
    assert names(answer("top", "--by", "1h", "--limit", "1")["ripples"]) == []
    assert "--hours 24" in run("top", "--by", "1h").stderr


def test_top_lists_the_ranks_of_a_close() -> None:
    last = answer("top", "--by", "close")

    assert last["hour"] == f"{TEN - 2 * HOUR:%Y-%m-%dT%H}:00:00Z"
    assert names(last["ripples"]) == ["b", "a", "e"]
    before = f"{TEN - 3 * HOUR:%Y-%m-%dT%H}:00:00Z"
    assert names(answer("top", "--hour", before, "--limit", "2")["ripples"]) == ["c", "b"]
    assert (
        line_of(run("top", "--by", "close").stdout, "Ripple a") == "2 ▲2 Ripple a Clean coast 8.000 1 2 1 2"
    )
    assert "was not closed" in run("top", "--hour", f"{TEN:%Y-%m-%dT%H}:00:00Z").stderr


def test_top_refuses_what_does_not_go_together() -> None:
    for wrong in (
        ("--by", "1h", "--hour", "2026-11-21T10:00:00Z"),
        ("--by", "now", "--hours", "3"),
        ("--hour", "2026-11-21T10:30:00Z"),
        ("--hour", "2026-11-21T10:00:00Z", "--wave", "w"),
    ):
        assert isinstance(refusal("top", *wrong), WrongUsage), wrong


def test_show_ripple_compares_it_with_its_wave_and_tells_what_it_did() -> None:
    found = answer("show", "ripple", "b")

    assert (found["actions_total"], found["boost_points"]) == (2, 20)
    assert (found["against_wave"]["index"], found["against_wave"]["wave_median_30d"]) == ("1.33", "1.5")
    assert [row["actions"] for row in found["calculations"]] == [2, 2, 2, 2, 2]
    printed = run("show", "ripple", "b").stdout
    assert line_of(printed, "index") == "index 1.33: 1.33x the median of its wave"
    assert line_of(printed, "90d").startswith("90d 2 2")


def test_list_ripples_and_waves_page_by_page() -> None:
    for sort, wanted in (("impact", "abced"), ("actions", "abced"), ("trending", "baced")):
        listed: list[str] = []
        cursor: tuple[str, ...] = ()
        for _ in wanted:
            page = answer("list", "ripples", "--wave", "w", "--sort", sort, "--limit", "2", *cursor)
            listed += names(page["rows"])
            if page["next_cursor"] is None:
                break
            cursor = ("--cursor", page["next_cursor"])
        assert "".join(listed) == wanted, sort
    printed = run("list", "waves", "--limit", "1")
    assert line_of(printed.stdout, "Quiet woods").startswith("v Quiet woods")
    cursor = ("--cursor", printed.stderr.split("--cursor ")[1].strip())
    assert [row["wave_id"] for row in answer("list", "waves", *cursor)["rows"]] == ["w"]


def test_list_actions_of_a_user_or_a_ripple() -> None:
    assert [row["action_id"] for row in answer("list", "actions", "--user", "ann")["rows"]] == [
        "a1",
        "a0",
        "x",
    ]
    of_b = answer("list", "actions", "--ripple", "b", "--wave", "w", "--limit", "1")
    assert ([row["action_id"] for row in of_b["rows"]], bool(of_b["next_cursor"])) == (["b1"], True)
    assert "2.5 trees" in line_of(run("list", "actions", "--user", "ann").stdout, "trees")
    for wrong in ((), ("--user", "ann", "--wave", "w"), ("--ripple", "b"), ("--wave", "w")):
        assert isinstance(refusal("list", "actions", *wrong), WrongUsage), wrong
    assert "none" in run("list", "actions", "--user", "nobody").stderr


def test_list_risers() -> None:
    assert names(answer("list", "risers")) == ["a", "b"]
    assert line_of(run("list", "risers").stdout, "Ripple a").startswith("▲2 2 Ripple a Clean coast")
    assert answer("list", "risers", "--hour", f"{TEN - 3 * HOUR:%Y-%m-%dT%H}:00:00Z") == []


def test_a_terminal_that_knows_no_blocks_gets_their_numbers(database: str) -> None:
    environment = {**os.environ, variable("postgres"): database, "PYTHONIOENCODING": "ascii"}
    ended = worker_process.run("trend", "w", "a", "--hours", "4", environment=environment)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert r"\u2588" in ended.stdout


def test_trend_plots_each_hour() -> None:
    points = answer("trend", "w", "a", "--hours", "4")
    assert [(point["actions"], point["rank"]) for point in points] == [(0, 4), (0, 2), (3, None), (0, None)]

    lines = run("trend", "w", "a", "--hours", "4").stdout.splitlines()
    assert lines[0] == "actions by the hour, from 2026-11-21 07:00 to 2026-11-21 10:00 UTC"
    assert lines[1:6] == ["3 ┤      ███", *["  ┤      ███"] * 3, "0 ┤      ███"]
    assert lines[8] == "score as each hour was closed; best rank 2 at 2026-11-21 08:00"
    assert lines[9:11] == ["8 ┤   ███", "  ┤▆▆▆███"]
    until = f"{TEN - 5 * DAY + HOUR:%Y-%m-%dT%H}:00:00Z"
    assert [point["actions"] for point in answer("trend", "w", "c", "--hours", "2", "--until", until)] == [
        0,
        1,
    ]
    assert refusal("trend", "w", "none").code == "not_found"
    assert isinstance(refusal("trend", "w", "a", "--until", "2026-11-21T10:30:00Z"), WrongUsage)
