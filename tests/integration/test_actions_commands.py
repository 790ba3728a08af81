"""`top`, `show`, `weights set-bucket` and `import wikipedia`, as a person calls them."""

import asyncio
import gzip
import json
import secrets
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from deploy.cli.wikipedia import count_lines, publish_edits, shift_to
from events import Publisher
from events.errors import WrongUsage
from projections.actions.read_model import READ_MODEL
from tests.integration.command_line import answer, let_commands_find, refusal, run
from tests.integration.stored_rows import stored
from tests.integration.worker_process import Place
from tests.unit.actions_driver import BASE, actions_driver, logged, ripple, wave

EDIT = {
    "time": "2015-09-12T00:46:58.771Z",
    "channel": "#en.wikipedia",
    "page": "Talk:Oswald Tilghman",
    "user": "GELongstreet",
    "isMinor": False,
    "isNew": False,
    "isRobot": False,
    "added": 36,
}


@pytest.fixture
def database(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands find a database with one busy ripple, and one of the same id in another wave."""
    driver = actions_driver().given(
        wave(),
        ripple(),
        ripple(wave_id="v"),
        logged("a", quantity=15, unit="kg of litter removed"),
        logged("b"),
    )

    async def fill() -> None:
        connection, _ = await stored(postgres, READ_MODEL, driver)
        await connection.close()

    asyncio.run(fill())
    let_commands_find(postgres, monkeypatch)


@pytest.mark.usefixtures("database")
def test_top_lists_the_ripples_with_most_actions_in_any_window() -> None:
    (found,) = answer("top", "--hours", "24")["ripples"]

    assert (found["rank"], found["wave_id"], found["ripple_id"], found["actions"]) == (1, "w", "r", 2)
    assert answer("top", "--until", "2020-01-01T00:00:00Z")["ripples"] == []
    assert answer("top", "--wave", "v")["ripples"] == []
    assert "Beach day" in run("top", "--hours", "1").stdout
    assert "--until" in str(refusal("top", "--until", "yesterday"))


@pytest.mark.usefixtures("database")
def test_show_tells_what_is_counted() -> None:
    assert answer("show", "wave", "w")["actions"] == 2
    assert answer("show", "user", "ann")["sentence"] == "15 kg of litter removed: 2 actions in 1 wave."
    assert "15 kg of litter removed" in run("show", "user", "ann").stdout


@pytest.mark.usefixtures("database")
def test_show_says_what_is_missing_or_meant() -> None:
    assert refusal("show", "user", "nobody").code == "not_found"
    assert "'v', 'w'" in str(refusal("show", "ripple", "r"))
    assert "--wave" in str(refusal("show", "wave", "w", "--wave", "w"))


@pytest.mark.usefixtures("database")
def test_a_weight_is_set_only_when_somebody_agreed() -> None:
    hour = f"{BASE:%Y-%m-%dT%H}:00:00Z"

    assert "--yes" in str(refusal("weights", "set-bucket", "cleaning", "2", "--from", hour))
    assert (
        "2 actions in 1 ripple by 1 user"
        in run("weights", "set-bucket", "cleaning", "2", "--from", hour).stderr
    )
    assert "MULTIPLIER" in str(refusal("weights", "set-bucket", "cleaning", "two", "--from", hour))
    assert "whole hour" in str(
        refusal("weights", "set-bucket", "cleaning", "2", "--from", "2026-11-21T10:30:00Z")
    )
    assert "multiplier" in str(refusal("weights", "set-bucket", "cleaning", "101", "--from", hour))


def edits(folder: Path) -> Path:
    """A packed file of three edits of two pages, a blank line and one that is no edit."""
    lines = [
        json.dumps({**EDIT, **changes})
        for changes in ({}, {"user": "other"}, {"page": "Other", "time": "2015-09-12T01:00:00Z"})
    ]
    file = folder / "edits.json.gz"
    file.write_bytes(gzip.compress("\n".join([*lines, "", "{}", ""]).encode()))
    return file


async def test_an_import_publishes_every_edit_and_tells_what_is_none(
    kafka: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = edits(tmp_path)
    now = datetime(2026, 11, 21, tzinfo=UTC)
    seen: list[int] = []
    async with Publisher(kafka, topic_prefix=f"test-{secrets.token_hex(4)}", partitions=2) as publisher:
        imported = await publish_edits(
            file, publisher, now=now, shift=shift_to(file, now), advance=lambda: seen.append(1)
        )

    assert str(imported) == "1 waves + 2 ripples + 3 actions = 6 events"
    assert (imported.bad_lines, len(seen)) == (1, count_lines(file))
    assert "line 5: channel: is missing" in capsys.readouterr().err


def test_an_import_holds_the_closing_until_all_of_it_is_there(
    kafka: str, postgres: str, redis: str, tmp_path: Path
) -> None:
    place = Place(kafka, postgres, redis, f"test-{secrets.token_hex(4)}", tmp_path / "home")

    ended = place.run("import", "wikipedia", str(edits(tmp_path)))

    assert (ended.returncode, ended.stdout) == (1, "1 waves + 2 ripples + 3 actions = 6 events\n"), (
        ended.stderr
    )
    with psycopg.connect(postgres) as connection:
        holds = connection.execute("SELECT system, released_at IS NOT NULL FROM groundswell.holds").fetchall()
    assert holds == [("actions", True)], "held once, and released"


def test_what_is_no_file_of_edits_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gz"
    broken.write_bytes(b"not packed")
    for file in (tmp_path / "missing.json", broken, tmp_path):
        with pytest.raises(WrongUsage, match=file.name):
            count_lines(file)
    long = tmp_path / "long.json"
    long.write_bytes(b"x" * (1 << 20) + b"x")
    with pytest.raises(WrongUsage, match="line 1 is longer than 1 MiB"):
        count_lines(long)


def test_a_shift_brings_the_last_edit_to_now(tmp_path: Path) -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)

    assert shift_to(edits(tmp_path), now) == now - datetime(2015, 9, 12, 1, tzinfo=UTC)
    empty = tmp_path / "empty.json"
    empty.touch()
    assert shift_to(empty, now) is None
