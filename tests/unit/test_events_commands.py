"""`groundswell events ...` and what `publish` does without a server."""

from __future__ import annotations

import gzip
import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from deploy.cli import build_app
from events.catalogue import default_catalogue
from events.errors import ServerUnreachable, WrongUsage

APP = build_app()
TYPES = [model.type_name() for model in default_catalogue()]


def run(*arguments: str, stdin: bytes | None = None) -> Result:
    result = CliRunner().invoke(APP, [*arguments], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def action(**changes: Any) -> bytes:
    example = default_catalogue()["actions.action_logged"].example()
    now = datetime.now(UTC) - timedelta(minutes=1)
    document = example | {"id": str(uuid.uuid4()), "at": now.isoformat()} | changes
    return json.dumps({name: value for name, value in document.items() if value is not None}).encode()


BAD_LINES = [
    (b'{"a":', "not JSON"),
    (action(type="actions.action_lodged"), "type: 'actions.action_lodged' is not a known type; did you mean"),
    (action(v=2), "v: 2 is newer than version 1"),
    (action(note="x" * 70_000), "bytes are more than the 65536"),
    (action(quantity=-1), "quantity: must be from 0 to 999999999999.999999, is -1"),
    (action(action_id="a\x01"), "action_id: must not hold a control character, has U+0001"),
    (action(note="\x00"), "note: must not hold a control character, has U+0000"),
    (action(at="2026-11-21T10:00:00"), "at: must have a time zone"),
    (action(at="9999-11-21T10:00:00Z"), "at: must lie in the years 2000 to 8999"),
    (
        action(at=(datetime.now(UTC) + timedelta(hours=2)).isoformat()),
        "at: must be at most 5 minutes ahead",
    ),
    (action(actor=None), "actor: must say who did it"),
    (action(bucket=None), "bucket: is missing"),
    (action(colour="red"), "colour: is not a field of this type"),
    (b"\xff\xfe", "not UTF-8"),
    (b"x" * 2_000_000, "the line is longer than 1048576 bytes"),
]


def test_list_names_every_type() -> None:
    shown = run("events", "list").stdout
    assert all(name in shown for name in TYPES)
    assert [row["type"] for row in json.loads(run("events", "list", "--json").stdout)] == TYPES


@pytest.mark.parametrize("name", TYPES)
def test_show_tells_each_field_and_an_example_that_the_check_takes(name: str) -> None:
    shown = run("events", "show", name).stdout
    assert all(field in shown for field in default_catalogue()[name].model_fields)
    example = shown.splitlines()[-1]
    # A decision has a form like any event, but no producer may send one.
    is_refused = default_catalogue()[name].decision
    assert run("events", "check", "-", stdin=example.encode()).exit_code == int(is_refused)
    assert json.loads(run("events", "show", name, "--json").stdout)["title"] == name


def test_show_of_an_unknown_type_names_the_nearest() -> None:
    with pytest.raises(WrongUsage, match=r"did you mean actions\.wave_created"):
        run("events", "show", "actions.wave_create")


@pytest.mark.parametrize("command", [("events", "check"), ("publish", "--dry-run")])
def test_each_bad_line_is_told_with_number_field_and_reason(command: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson.gz"
    lines = [action(), b"", *(line for line, _ in BAD_LINES), action()]
    path.write_bytes(gzip.compress(b"\n".join(lines)))
    result = run(*command, str(path))
    assert result.exit_code == 1
    told = result.stderr.splitlines()
    for place, (_, reason) in enumerate(BAD_LINES):
        assert told[place].startswith(f"line {place + 3}: "), told[place]
        assert reason in told[place]
    assert result.stdout == f"2 events are well, {len(BAD_LINES)} lines are bad\n"


@pytest.mark.parametrize("command", [("events", "check"), ("publish", "--dry-run")])
def test_the_report_is_there_as_json(command: tuple[str, ...]) -> None:
    result = run(*command, "-", "--json", stdin=action() + b"\n" + action(quantity="5"))
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert (report["events"], report["bad_lines"]) == (1, 1)
    problem = {"line": 2, "code": "invalid_field", "field": "quantity", "reason": "must be a number, is '5'"}
    assert report["problems"] == [problem]


def test_what_lies_ahead_is_well_once_it_is_shifted(tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"
    later = datetime.now(UTC) + timedelta(days=300)
    path.write_bytes(b"\n".join(action(at=(later - timedelta(days=day)).isoformat()) for day in range(5)))
    assert run("publish", str(path), "--dry-run").exit_code == 1
    assert run("publish", str(path), "--dry-run", "--shift-to-now").exit_code == 0
    assert run("publish", "--dry-run", "--shift-to-now", stdin=path.read_bytes()).exit_code == 0


def test_a_file_that_is_not_there_is_wrong_usage() -> None:
    with pytest.raises(WrongUsage, match="No such file"):
        run("events", "check", "/no/such/file")


def test_without_kafka_publish_says_how_to_start_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from events.settings import settings

    monkeypatch.setenv("GROUNDSWELL_HOME", str(tmp_path))
    settings.cache_clear()
    try:
        with pytest.raises(ServerUnreachable, match="groundswell up"):
            run("publish", "-", stdin=action())
    finally:
        settings.cache_clear()
