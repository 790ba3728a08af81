"""`groundswell weights`, as a person calls it."""

import asyncio
import re
import secrets
from pathlib import Path
from typing import Any

import pytest

from events.errors import WrongUsage
from events.refusals import InvalidEvent
from events.settings import settings, variable
from projections.actions.read_model import READ_MODEL as ACTIONS
from projections.weights.reader import Reader
from tests.integration.command_line import answer, refusal, run
from tests.integration.stored_rows import stored
from tests.integration.weights_setting import small_world
from tests.integration.worker_process import PARTITIONS, Place, supervised
from tests.unit.actions_driver import actions_driver, logged, ripple, wave

SHARES = ("--community", "0.5", "--environment", "0.3", "--workers", "0.2")


@pytest.fixture
def database(postgres: str, kafka: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The commands find a small world, beside two actions of ann in a wave without a category."""

    async def fill() -> None:
        async with small_world(postgres):
            driver = actions_driver().given(wave(), ripple(), logged("a"), logged("b"))
            connection, _ = await stored(postgres, ACTIONS, driver)
            await connection.close()

    asyncio.run(fill())
    own = {
        "postgres": postgres,
        "kafka": kafka,
        "topic_prefix": f"test-{secrets.token_hex(4)}",
        "partitions": str(PARTITIONS),
    }
    for name, value in own.items():
        monkeypatch.setenv(variable(name), value)
    settings.cache_clear()
    return postgres


def shares(found: dict[str, Any]) -> tuple[str, str, str]:
    return found["community"], found["environment"], found["workers"]


@pytest.mark.usefixtures("database")
def test_a_users_weights_are_shown_now_and_as_of_a_time() -> None:
    now = answer("weights", "show", "ada")
    then = answer("weights", "show", "ada", "--as-of", "2026-11-21T12:30:00Z")
    assert (shares(now), now["version"], now["is_default"]) == (("0.10", "0.10", "0.80"), 4, False)
    assert (shares(then), then["version"]) == (("0.60", "0.20", "0.20"), 3)
    unknown = answer("weights", "show", "nobody")
    assert (shares(unknown), unknown["is_default"]) == (("0.45", "0.30", "0.25"), True)
    assert "0.80" in run("weights", "show", "ada").stdout
    assert "--as-of" in str(refusal("weights", "show", "ada", "--as-of", "yesterday"))


@pytest.mark.usefixtures("database")
def test_the_history_pages_and_says_what_was_never_in_force() -> None:
    first = answer("weights", "history", "ada", "--limit", "3")
    rest = answer("weights", "history", "ada", "--cursor", first["next_cursor"])
    assert [row["version"] for row in first["rows"] + rest["rows"]] == [4, 3, 2, 1]
    assert "never in force" in run("weights", "history", "ada").stdout
    assert "there is none" in run("weights", "history", "nobody").stderr


@pytest.mark.usefixtures("database")
def test_the_population_is_told_by_category() -> None:
    found = {row["category"]: row for row in answer("weights", "population")}
    assert set(found) == {"community", "environment", "workers"}
    assert (found["environment"]["users"], found["environment"]["maximum"]) == (4, "1.00")
    assert found["community"]["median"] == "0.275"
    assert "spread" in run("weights", "population").stdout


@pytest.mark.usefixtures("database")
def test_personal_impact_of_an_unknown_user_goes_by_the_defaults() -> None:
    found = answer("weights", "impact", "ann")
    assert (found["waves"], found["total"], found["weights"]["is_default"]) == (1, "0", True)
    assert [(row["wave_id"], row["weight"]) for row in found["rows"]] == [("w", "0")]
    assert "that everybody begins with" in run("weights", "impact", "ann").stderr


def test_three_numbers_are_spread() -> None:
    assert shares(answer("weights", "spread", "7", "7", "7")) == ("0.34", "0.33", "0.33")
    assert isinstance(refusal("weights", "spread", "0", "0", "0"), WrongUsage)
    assert "WORKERS must be a number" in str(refusal("weights", "spread", "1", "1", "x"))


@pytest.mark.usefixtures("database")
def test_what_is_no_distribution_is_not_published() -> None:
    error = refusal("weights", "set", "ada", "--community", "0.5", "--environment", "0.3", "--workers", "0")
    assert isinstance(error, InvalidEvent)
    assert "weights: sum is 0.80" in str(error)
    assert "--workers" in str(refusal("weights", "set", "ada", *SHARES[:-1], "many"))
    assert "--yes" in str(refusal("weights", "delete", "ada"))


def test_a_user_is_set_and_removed_by_command(place: Place, tmp_path: Path) -> None:
    def published(*arguments: str) -> None:
        ended = place.run("weights", *arguments)
        assert ended.returncode == 0, ended.stderr
        assert re.fullmatch(r"\S*weights:\d+:\d+\n", ended.stdout), ended.stdout

    published("set", "ada", *SHARES, "--expected-version", "0", "--by", "eve")
    published("set", "ada", *SHARES, "--expected-version", "7")
    published("set", "bob", *SHARES)
    published("delete", "bob", "--yes")
    with supervised(place, tmp_path / "worker.log", "weights") as worker:
        folded = worker.until_read(4)
    assert (folded.applied, folded.dead) == (3, 1)

    async def users() -> list[tuple[int, bool]]:
        async with Reader(place.postgres) as reader:
            found = [await reader.weights(user) for user in ("ada", "bob")]
        return [(weights.version, weights.is_default) for weights in found]

    assert asyncio.run(users()) == [(1, False), (0, True)]
