"""What the README shows exists, and what it marks as tried works as it stands."""

import json
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import typer.main
from typer.testing import CliRunner

from deploy.cli import build_app
from tests.integration.readme_commands import MARK, README, Shown, commands, make_targets, shown
from tests.integration.worker_process import PROJECT, WAIT_SECONDS_MAX, Place, supervised, until

COMMANDS: Final = commands()
TRIED: Final = [command for command in COMMANDS if command.is_tried]
SENDERS: Final = ("publish", "import")


def subcommand(arguments: list[str]) -> list[str]:
    """The words that name the command itself, such as `dead-letters show`. Asserts that there is one."""
    command: Any = typer.main.get_command(build_app())
    names: list[str] = []
    for word in arguments:
        known = getattr(command, "commands", None)
        if known is None or word.startswith("-"):
            break
        assert word in known, f"{' '.join(['groundswell', *names])} has no command {word!r}: {sorted(known)}"
        command = known[word]
        names.append(word)
    return names


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.text)
def test_every_command_exists_with_its_options_and_help(command: Shown) -> None:
    names = subcommand(command.arguments)
    assert names or "--help" in command.arguments, f"{command.text}: names no command"
    helped = CliRunner().invoke(build_app(), [*names, "--help"], env={"COLUMNS": "300"})
    assert helped.exit_code == 0, helped.output
    for word in command.arguments:
        if word.startswith("--"):
            assert word.partition("=")[0] in helped.stdout, f"{' '.join(names)} has no option {word}"


@pytest.fixture
def shell(tmp_path: Path) -> Path:
    """A folder with a `groundswell` of this environment in it, for a shell's PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "groundswell"
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{PROJECT}" exec "{sys.executable}" -m deploy.cli "$@"\n')
    script.chmod(0o755)
    return folder


@pytest.mark.skipif(not TRIED, reason=f"README.md marks no command with {MARK!r}")
def test_the_commands_that_are_marked_work_in_their_order(
    kafka: str, postgres: str, redis: str, tmp_path: Path, shell: Path
) -> None:
    """In an empty folder, with servers that are up and a worker that folds what they publish."""
    place = Place(kafka, postgres, redis, f"test-{secrets.token_hex(6)}", tmp_path / "home")
    environment = place.environment | {"PATH": f"{shell}{os.pathsep}{os.environ['PATH']}"}
    work = tmp_path / "work"
    work.mkdir()
    with supervised(place, tmp_path / "worker.log") as worker:
        until("the worker has made its views", lambda: '"taken_over"' in worker.said, worker)
        for command in TRIED:
            ended = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", command.text],
                env=environment,
                cwd=work,
                capture_output=True,
                text=True,
                check=False,
                timeout=WAIT_SECONDS_MAX,
            )
            assert ended.returncode == 0, f"{command.text}\n{ended.stdout}\n{ended.stderr}"
            if command.arguments[0] in SENDERS:
                until("what was sent is folded", lambda: _is_folded(place), worker)


def _is_folded(place: Place) -> bool:
    """Whether no record waits: as `lag` tells it."""
    rows = json.loads(place.run("lag", "--json").stdout)
    return sum(row["read"] for row in rows) > 0 and all(row["lag"] == 0 for row in rows)


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_help_lists_every_target_of_the_readme() -> None:
    listed = subprocess.run(["make", "help"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    names = {line.split()[1] for line in listed.splitlines() if line.strip().startswith("make ")}
    assert names >= make_targets(), f"README.md names targets that {README.parent / 'Makefile'} does not list"
    assert {"help", "demo", "test"} <= names


def test_commands_are_found_in_a_readme() -> None:
    """This file's own reading of Markdown, on a text that holds every case."""
    text = (
        "```console\n$ groundswell up\n# a comment\n# tried by a test\ngroundswell lag \\\n  --json | head\n"
        "groundswell top\n# tried by a test\n\nls\n```\n```sh\ngroundswell no\n```\n"
    )
    found = list(shown(text))
    assert [(line.text, line.is_tried) for line in found] == [
        ("groundswell up", False),
        ("groundswell lag    --json | head", True),
        ("groundswell top", False),
        ("ls", False),
    ]
    assert found[1].arguments == ["lag", "--json"]
    assert [line.is_command for line in found] == [True, True, True, False]
