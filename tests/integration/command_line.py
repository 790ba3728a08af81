"""Commands called within the test's own process, where the environment says the servers are."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from deploy.cli import build_app
from events.errors import GroundswellError
from events.settings import settings, variable


def let_commands_find(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands of this test read that database."""
    monkeypatch.setenv(variable("postgres"), url)
    settings.cache_clear()


def run(*arguments: str) -> Result:
    """A command to its end, however that is."""
    return CliRunner().invoke(build_app(), arguments)


def answer(*arguments: str) -> Any:
    """What a command that succeeds prints as JSON."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refusal(*arguments: str) -> GroundswellError:
    """The error of a command that fails; `main` prints it and exits with its code."""
    result = run(*arguments)
    assert isinstance(result.exception, GroundswellError), result.output
    return result.exception
