"""`groundswell`: one clear line on stderr and the promised exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from deploy.cli import console

PROJECT = Path(__file__).parents[2]


def groundswell(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", *arguments],
        cwd=PROJECT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(PROJECT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", ["up", "down", "status", "doctor"])
def test_help_shows_an_example(command: str) -> None:
    done = groundswell(command, "--help")
    assert done.returncode == 0
    assert "Example:" in done.stdout


def test_wrong_usage_is_2() -> None:
    done = groundswell("status", "--no-such-option")
    assert (done.returncode, done.stdout) == (2, "")


def test_a_wrong_setting_is_2_and_one_line() -> None:
    done = groundswell("status", GROUNDSWELL_KAFKA="nonsense")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: GROUNDSWELL_KAFKA='nonsense': must be host:port")
    assert done.stderr.count("\n") == 1


def test_servers_that_do_not_run_are_3_with_the_addresses_still_in_json(tmp_path: Path) -> None:
    done = groundswell("status", "--json", GROUNDSWELL_HOME=str(tmp_path))
    assert done.returncode == 3
    assert json.loads(done.stdout)["kafka"] is None
    assert "groundswell up" in done.stderr


def test_findings_are_4_each_with_an_advice(tmp_path: Path) -> None:
    done = groundswell("doctor", "--json", GROUNDSWELL_HOME=str(tmp_path))
    assert done.returncode == 4
    found = [check for check in json.loads(done.stdout) if not check["ok"]]
    assert {"connection to kafka", "connection to postgres", "connection to redis"} <= {
        check["check"] for check in found
    }
    assert all(check["advice"] for check in found)


def test_an_address_where_nobody_answers_is_3_and_named(tmp_path: Path) -> None:
    done = groundswell("up", GROUNDSWELL_HOME=str(tmp_path), GROUNDSWELL_KAFKA="127.0.0.1:1")
    assert done.returncode == 3
    assert "GROUNDSWELL_KAFKA does not answer" in done.stderr


def test_taking_down_what_never_was_does_nothing(tmp_path: Path) -> None:
    home = tmp_path / "none"
    assert groundswell("down", "--wipe", GROUNDSWELL_HOME=str(home)).returncode == 0
    assert not home.exists()


def test_a_home_that_cannot_be_used_is_2_and_named() -> None:
    done = groundswell("up", GROUNDSWELL_HOME="/dev/null/home")
    assert done.returncode == 2
    assert "/dev/null/home" in done.stderr
    assert "set GROUNDSWELL_HOME to a folder of your own" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_table_shows_data_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    long = "x" * 300
    rows: list[dict[str, object]] = [
        {"title": "[bold]not markup[/]", "count": 1234567},
        {"title": long, "count": None},
    ]
    console.table(rows, [console.Column("title"), console.Column("count", "how many", "right")])
    shown = capsys.readouterr().out
    assert "[bold]not markup[/]" in shown
    assert "1,234,567" in shown
    assert long in shown


def test_json_keeps_what_json_has_no_word_for(capsys: pytest.CaptureFixture[str]) -> None:
    console.list_rows([{"impact": Decimal("18.0"), "title": "Müll"}], [], as_json=True)
    assert json.loads(capsys.readouterr().out) == [{"impact": "18.0", "title": "Müll"}]


def test_progress_is_silent_off_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with console.progress("counting", total=2) as bar:
        bar.advance()
    assert capsys.readouterr() == ("", "")
