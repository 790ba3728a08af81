"""`groundswell list`, `show` and `compare` of what the content system counts."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from deploy.local_stack import LocalStack
from events.settings import variable
from tests.integration.content_setting import filled_world
from tests.integration.worker_process import run


@pytest.fixture(scope="module")
def environment(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    home = tmp_path_factory.mktemp("world")
    with filled_world(stack, home) as url:
        yield {variable("postgres"): url, variable("home"): str(home)}


def told(environment: Mapping[str, str], *arguments: str) -> Any:
    """What the command says in JSON."""
    done = run(*arguments, "--json", environment=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_list_goes_on_behind_its_cursor(environment: Mapping[str, str]) -> None:
    for name in ("videos", "creators", "sounds", "hashtags", "communities"):
        first = told(environment, "list", name, "--limit", "2")
        second = told(environment, "list", name, "--limit", "2", "--cursor", first["next_cursor"])
        both = told(environment, "list", name, "--limit", "4")
        assert first["rows"] + second["rows"] == both["rows"]


def test_lists_of_something_are_narrowed_and_counted(environment: Mapping[str, str]) -> None:
    found = told(
        environment, "list", "videos", "--hashtag", "#HashTag0", "--sort", "impact", "--range", "30d",
        "--impact-min", "10", "--views-max", "1000000", "--search", "PLANTED", "--limit", "5",
    )  # fmt: skip
    assert found["total"] > 5
    assert all("hashtag0" in row["hashtags"] and "planted" in row["title"] for row in found["rows"])
    assert found["rows"][0]["creator"]["username"]
    creators = told(environment, "list", "creators", "--community", "community-0", "--limit", "1")
    assert creators["rows"][0]["videos_count"]
    assert told(environment, "list", "hashtags", "--community", "community-0")["total"] == 10


def test_a_long_list_says_that_there_is_more(environment: Mapping[str, str]) -> None:
    done = run("list", "videos", "--limit", "3", environment=environment)
    assert done.returncode == 0, done.stderr
    assert "3 of more than 10,000" in done.stderr
    assert "add --cursor" in done.stderr


@pytest.mark.parametrize(
    ("kind", "identity"),
    [
        ("video", "video-00000001"),
        ("creator", "creator-1"),
        ("sound", "sound-1"),
        ("hashtag", "#HASHTAG1"),
        ("community", "community-1"),
    ],
)
def test_one_thing_is_shown(environment: Mapping[str, str], kind: str, identity: str) -> None:
    found = told(environment, "show", kind, identity)
    key = kind if kind == "hashtag" else f"{kind}_id"
    assert found[key] == identity.lower().lstrip("#")
    done = run("show", kind, identity, environment=environment)
    assert done.returncode == 0, done.stderr
    assert key in done.stdout


def test_views_are_compared_with_impact(environment: Mapping[str, str]) -> None:
    found = told(environment, "compare")
    assert len(found["in_both"]) + len(found["only_by_impact"]) == 100
    assert len(found["only_by_impact"]) == len(found["only_by_views"])
    done = run("compare", environment=environment)
    assert "comment-driven" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("list", "sounds", "--creator", "x"), "no list of the sounds of a creator"),
        (("list", "videos", "--creator", "x", "--sound", "y"), "give one of"),
        (("list", "videos", "--sort", "age"), "views, impact, likes, recent, comments"),
        (("list", "videos", "--impact-min", "much"), "--impact-min must be a number"),
        (("list", "videos", "--cursor", "x"), "none of this list"),
    ],
)
def test_what_cannot_be_asked_is_named(
    environment: Mapping[str, str], arguments: tuple[str, ...], says: str
) -> None:
    done = run(*arguments, environment=environment)
    assert done.returncode == 2
    assert says in done.stderr


def test_what_is_not_there_is_said(environment: Mapping[str, str]) -> None:
    done = run("show", "video", "nowhere", environment=environment)
    assert done.returncode == 1
    assert "there is no video 'nowhere'" in done.stderr
