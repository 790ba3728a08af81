"""`groundswell verify` on real servers: silent where the tables are right, and every planted fault told."""

import asyncio
import json
import signal
import subprocess
from typing import Any, Final

import psycopg
import pytest

from events.settings import Settings
from streams import verifying
from streams.errors import FoldChanged
from streams.rebuild_place import Place as RebuildPlace
from streams.system import system_named
from streams.verifying import NotVerified, Verified
from tests.integration.generations_setting import SETTLED_EVENTS
from tests.integration.worker_process import COMMAND, PROJECT, Place, answer, until

SCHEMA: Final = "SELECT schema_name FROM groundswell.generations WHERE active"
SCRATCH: Final = "SELECT count(*) FROM groundswell.generations WHERE kind = 'scratch'"
SCHEMAS: Final = "SELECT count(*) FROM pg_namespace WHERE nspname ~ '^actions_g'"


@pytest.fixture
def place(settled_copy: Place) -> Place:
    """No worker runs that could mend a planted window."""
    return settled_copy


def run(place: Place, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return place.run("verify", "actions", *arguments)


def changed(place: Place, *statements: str) -> None:
    """Somebody's hands in the tables; each statement changes exactly one row."""
    schema = answer(place.postgres, SCHEMA)
    with psycopg.connect(place.postgres) as connection:
        for statement in statements:
            text = statement.replace("actions_g", schema).encode()
            assert connection.execute(text).rowcount == 1, statement


def found(ended: "subprocess.CompletedProcess[str]") -> dict[str, list[dict[str, Any]]]:
    """The differences that it tells, by table."""
    told = json.loads(ended.stdout)
    return {table["table"]: table["differences"] for table in told["tables"] if table["differences"]}


def test_tables_that_are_right_have_no_difference(place: Place) -> None:
    ended = run(place)
    assert ended.returncode == 0, ended.stderr + ended.stdout
    assert ended.stdout.splitlines()[-1].endswith(": 0 differences")
    for exempt in ("activity_minutes", "ripple_trends (now)", "impact_indexes (now)", "applied_ids"):
        assert f"not compared: {exempt}" in ended.stderr
    assert answer(place.postgres, SCRATCH) == 0
    assert answer(place.postgres, SCHEMAS) == 1, "the scratch generation is gone"
    told = json.loads(run(place, "--json").stdout)
    assert told["differences"] == 0
    assert told["records"] >= SETTLED_EVENTS
    assert told["rows"] > SETTLED_EVENTS


def test_every_planted_fault_is_found_by_key_and_column(place: Place) -> None:
    """A wrong row, a missing row and one too many, in states, counters, windows and dead letters."""
    changed(
        place,
        "UPDATE actions_g.ripples SET impact_micros = impact_micros + 1, title = 'x'"
        " WHERE wave_id = 'wave 1' AND ripple_id = 'ripple 1'",
        "DELETE FROM actions_g.memberships WHERE ctid = (SELECT min(ctid) FROM actions_g.memberships)",
        "INSERT INTO actions_g.interest_hours VALUES (E'w\\t\\\\', 'r', 7, 'boost', 2, 3)",
        "UPDATE actions_g.ripple_trends SET actions_24h = -1"
        " WHERE wave_id = 'wave 2' AND ripple_id = 'ripple 2'",
        "DELETE FROM actions_g.ripple_trends WHERE wave_id = 'wave 3' AND ripple_id = 'ripple 1'",
        "INSERT INTO actions_g.ripple_trends VALUES ('no', 'such', 1, 1, 1, 1.0)",
        "UPDATE groundswell.positions SET applied = applied - 1, duplicates = duplicates + 1"
        " WHERE partition = 0",
        "INSERT INTO groundswell.dead_letters"
        " SELECT system, generation, topic, 0, 0, now(), 'broken', 'code', 'reason', 'fingerprint'"
        " FROM groundswell.positions WHERE partition = 0",
    )
    ended = run(place, "--json")
    assert ended.returncode == 4, ended.stderr
    told = found(ended)
    ripple = {"wave_id": "wave 1", "ripple_id": "ripple 1"}
    wrong = {one["column"]: one for one in told["ripples"]}
    assert wrong["title"]["key"] == wrong["impact_micros"]["key"] == ripple
    assert wrong["title"]["live"] == "x"
    assert int(wrong["impact_micros"]["live"]) == int(wrong["impact_micros"]["rebuilt"]) + 1
    (missing,) = told["memberships"]
    assert (missing["column"], missing["live"], missing["rebuilt"]) == (None, None, "a row")
    (extra,) = told["interest_hours"]
    assert (extra["live"], extra["rebuilt"]) == ("a row", None)
    assert extra["key"] == {"wave_id": "w\t\\", "ripple_id": "r", "hour": 7, "kind": "boost"}
    trends = {(one["key"]["wave_id"], one["column"]): one for one in told["ripple_trends"]}
    assert trends["wave 2", "actions_24h"]["live"] == "-1"
    assert trends["wave 3", None]["live"] is None
    assert trends["no", None]["rebuilt"] is None
    assert {one["column"] for one in told["positions"]} == {"applied", "duplicates"}
    (dead,) = told["dead_letters"]
    assert dead["key"]["record_offset"] == 0
    assert set(told) == {
        "ripples",
        "memberships",
        "interest_hours",
        "ripple_trends",
        "positions",
        "dead_letters",
    }
    in_words = run(place)
    assert in_words.returncode == 4
    assert "wave_id=wave 1 ripple_id=ripple 1" in in_words.stdout
    assert "groundswell rebuild actions --promote" in in_words.stderr
    assert answer(place.postgres, SCRATCH) == 0


def test_a_sample_looks_at_a_share_of_the_rows(place: Place) -> None:
    schema = answer(place.postgres, SCHEMA)
    with psycopg.connect(place.postgres) as connection:
        rows = connection.execute(f"UPDATE {schema}.actions SET note = 'changed'".encode()).rowcount
    told = json.loads(run(place, "--sample", "30", "--json").stdout)
    (actions,) = (table for table in told["tables"] if table["table"] == "actions")
    assert rows * 0.2 < actions["total"] < rows * 0.4
    assert actions["rows"] == actions["total"]
    assert len(actions["differences"]) == 100
    refused = run(place, "--sample", "0")
    assert refused.returncode == 2
    assert "--sample 0" in refused.stderr


def test_a_verify_that_was_killed_leaves_nothing_behind_for_long(place: Place) -> None:
    """Nor one that is stopped; two at once do not disturb each other: the second refuses."""
    command = [*COMMAND, "verify", "actions"]
    process = subprocess.Popen(
        command, env=place.environment, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    until("the scratch generation is made", lambda: answer(place.postgres, SCRATCH) == 1)
    # Or it is through before the second one has begun.
    process.send_signal(signal.SIGSTOP)
    second = run(place)
    assert second.returncode == 1
    assert "is going on already" in second.stderr
    process.kill()
    process.communicate()
    assert answer(place.postgres, SCRATCH) == 1
    third = subprocess.Popen(
        command, env=place.environment, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    until(
        "the next one works",
        lambda: answer(place.postgres, "SELECT max(generation) FROM groundswell.generations") == 3,
    )
    third.send_signal(signal.SIGINT)
    third.communicate(timeout=60)
    assert third.returncode == 130
    assert answer(place.postgres, SCRATCH) == 0
    assert answer(place.postgres, SCHEMAS) == 1


def test_it_says_so_where_there_is_no_verdict(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large work that never ends, another generation's rules, a system of which nothing was folded."""
    monkeypatch.setattr(verifying, "QUIET_SECONDS_MAX", 0.3)
    settings = Settings(
        kafka_address=place.kafka, postgres_address=place.postgres, topic_prefix=place.topic_prefix
    )
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    here = RebuildPlace(system_named("actions"), settings)

    def verified() -> Verified:
        return asyncio.run(verifying.verify(here, lambda done, total: None))

    changed(
        place,
        "INSERT INTO groundswell.chores"
        " (system, generation, topic, partition, cause_offset, ordinal, caused_ms, kind, arguments)"
        " SELECT system, generation, topic, partition, 0, 0, 0, 'purge', '{}'"
        " FROM groundswell.positions WHERE partition = 0",
    )
    with pytest.raises(NotVerified, match="had unfinished chores"):
        verified()
    assert answer(place.postgres, SCRATCH) == 0
    changed(place, "DELETE FROM groundswell.chores", "UPDATE groundswell.generations SET fold_version = 99")
    with pytest.raises(FoldChanged, match="version 99"):
        verified()
    changed(place, "UPDATE groundswell.generations SET active = false")
    ended = run(place)
    assert ended.returncode == 2
    assert "nothing was folded" in ended.stderr
