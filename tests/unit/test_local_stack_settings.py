"""Addresses: the environment's first, then the local stack's, else a clear word."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from deploy.local_stack.stack_file import StackFile
from events.errors import ServerUnreachable, WrongUsage
from events.settings import Settings, environment_addresses, load_settings

STACK = {
    "kafka": "127.0.0.1:1",
    "postgres": "postgresql://groundswell:secret@127.0.0.1:2/groundswell",
    "redis": "redis://127.0.0.1:3",
    "partitions": 4,
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GROUNDSWELL_HOME", str(tmp_path))
    (tmp_path / "stack.json").write_text(json.dumps(STACK))
    return tmp_path


def test_the_stacks_addresses_are_found_in_its_home(home: Path) -> None:
    found = load_settings()
    assert (found.kafka, found.postgres, found.redis) == (STACK["kafka"], STACK["postgres"], STACK["redis"])
    assert found.partitions == 4
    assert environment_addresses() == {}


def test_the_environment_wins_server_by_server(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_KAFKA", "kafka.example:9092,other.example:9092")
    found = load_settings()
    assert found.kafka == "kafka.example:9092,other.example:9092"
    assert found.redis == STACK["redis"]
    assert found.partitions == 12, "the stack's few partitions are for its own broker"
    assert environment_addresses() == {"kafka": "kafka.example:9092,other.example:9092"}


def test_an_empty_variable_is_as_good_as_none(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_KAFKA", "")
    assert load_settings().kafka == STACK["kafka"]
    assert environment_addresses() == {}


@pytest.mark.parametrize("server", ["kafka", "postgres", "redis"])
def test_an_unknown_address_says_how_to_get_one(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDSWELL_HOME", str(tmp_path))
    with pytest.raises(ServerUnreachable, match=f"`groundswell up`, or set GROUNDSWELL_{server.upper()}"):
        getattr(load_settings(), server)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GROUNDSWELL_KAFKA", "localhost"),
        ("GROUNDSWELL_KAFKA", "kafka://localhost:9092"),
        ("GROUNDSWELL_POSTGRES", "localhost:5432"),
        ("GROUNDSWELL_REDIS", "localhost:6379"),
        ("GROUNDSWELL_PARTITIONS", "none"),
        ("GROUNDSWELL_PARTITIONS", "0"),
        ("GROUNDSWELL_TOPIC_PREFIX", "a b"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(WrongUsage, match=name):
        load_settings()


def test_a_wrong_url_is_not_repeated_for_the_password_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_POSTGRES", "mysql://user:secret@host/db")
    with pytest.raises(WrongUsage) as refusal:
        load_settings()
    assert "secret" not in str(refusal.value)


def test_neither_do_the_settings_show_it() -> None:
    shown = repr(
        Settings(postgres_address="postgresql://user:secret@host/db", redis_address="redis://:secret@host")
    )
    assert "secret" not in shown


@pytest.mark.parametrize("content", ["", "{", "[]", "null"])
def test_a_broken_stack_file_is_named(home: Path, content: str) -> None:
    (home / "stack.json").write_text(content)
    with pytest.raises(WrongUsage, match=r"stack\.json"):
        load_settings()


def test_what_a_stack_file_saves_it_loads_again(tmp_path: Path) -> None:
    saved = StackFile.load(tmp_path)
    assert saved.postgres_password_is_new
    saved.addresses = {"redis": "redis://127.0.0.1:3"}
    saved.ports = {"redis": 3}
    saved.postgres_folder = tmp_path / "postgres"
    saved.save()
    loaded = StackFile.load(tmp_path)
    saved.postgres_password_is_new = False
    assert loaded == saved


def test_only_the_owner_may_read_a_stack_file(tmp_path: Path) -> None:
    stack_file = StackFile.load(tmp_path)
    stack_file.save()
    stack_file.path.chmod(0o644)
    stack_file.save()
    assert stat.S_IMODE(stack_file.path.stat().st_mode) == 0o600
