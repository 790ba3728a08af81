"""`groundswell rebuild, generations, promote, rollback, drop` on real servers, as an operator uses them."""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import psycopg
import pytest

from projections.tables import CounterTable
from streams.system import system_named
from tests.integration.generations_setting import SETTLED_EVENTS, replays
from tests.integration.worker_process import COMMAND, PROJECT, Place, answer, is_running, until

MODEL: Final = system_named("actions").model
ACTIVE: Final = "SELECT generation FROM groundswell.generations WHERE active"
NEXT_OFFSET: Final = (
    "SELECT coalesce((SELECT next_offset FROM groundswell.positions"
    " WHERE generation = 2 AND partition = %s), 0)"
)


def said(ended: "subprocess.CompletedProcess[str]") -> Any:
    """What a command that succeeded printed as JSON."""
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def listed(place: Place) -> dict[int, dict[str, Any]]:
    """The generations by number."""
    return {row["generation"]: row for row in said(place.run("generations", "actions", "--json"))}


def unlike(url: str, one: str, other: str) -> dict[str, int]:
    """By table how many rows only one of two schemas has; of those that are kept for a time, the new ones."""
    found = {}
    with psycopg.connect(url) as connection:
        for table in MODEL.tables:
            kept = table.retention if isinstance(table, CounterTable) else None
            where = (
                "" if kept is None else f"WHERE {kept.column} > (SELECT max({kept.column}) FROM {{0}}) - 60"
            )
            rows = [
                f"SELECT * FROM {s}.{table.name} {where.format(f'{s}.{table.name}')}" for s in (one, other)
            ]
            query = f"(({rows[0]}) EXCEPT ({rows[1]})) UNION ALL (({rows[1]}) EXCEPT ({rows[0]}))"
            count = connection.execute(f"SELECT count(*) FROM ({query}) AS d".encode()).fetchone()
            assert count is not None
            found[table.name] = count[0]
    return {name: count for name, count in found.items() if count}


def test_a_generation_is_rebuilt_promoted_rolled_back_and_dropped(settled_copy: Place) -> None:
    place = settled_copy
    actions = "SELECT count(*) FROM actions.action_log"
    shown = answer(place.postgres, actions)
    told = said(place.run("rebuild", "actions", "--json"))
    assert (told["generation"], told["schema"], told["resumed"], told["promoted"]) == (
        2, "actions_g2", False, False,
    )  # fmt: skip
    assert told["records"] >= SETTLED_EVENTS
    assert unlike(place.postgres, "actions_g1", "actions_g2") == {}
    rows = listed(place)
    assert [(row["state"], row["lag"], row["chores"]) for row in rows.values()] == [
        ("active", 0, 0), ("whole", 0, 0),
    ]  # fmt: skip
    assert rows[1]["applied"] == rows[2]["applied"] > 0
    assert rows[2]["promoted_at"] is None

    again = place.run("rebuild", "actions", "--workers", "1")
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith("generation 2 of actions: 0 records in ")
    assert "went on with generation 2" in again.stderr

    promoted = place.run("promote", "actions", "2", "--workers", "1")
    assert promoted.stdout == "generation 2 of actions is active; generation 1 was before\n", promoted.stderr
    assert answer(place.postgres, ACTIVE) == 2
    assert answer(place.postgres, actions) == shown
    definitions = "SELECT string_agg(definition, '') FROM pg_views WHERE schemaname = 'actions'"
    assert "actions_g1" not in answer(place.postgres, definitions)
    already = place.run("promote", "actions", "2")
    assert already.stdout == "generation 2 of actions is active already: nothing has changed\n"

    back = place.run("rollback", "actions", "--workers", "1")
    assert back.stdout == "generation 1 of actions is active; generation 2 was before\n", back.stderr
    assert answer(place.postgres, ACTIVE) == 1
    assert answer(place.postgres, actions) == shown

    dropped = place.run("drop", "actions", "2")
    assert dropped.stdout == "generation 2 of actions is dropped\n", dropped.stderr
    assert [*listed(place)] == [1]
    assert answer(place.postgres, "SELECT count(*) FROM pg_namespace WHERE nspname = 'actions_g2'") == 0


def test_a_generation_rebuilt_up_to_a_time_ends_there(settled_copy: Place) -> None:
    """It can be read, and is never promoted."""
    place = settled_copy
    now = datetime.now(UTC).isoformat()
    told = said(place.run("rebuild", "actions", "--until", now, "--workers", "1", "--json"))
    ends = {str(partition): end for partition, end in _next_offsets(place, 1).items()}
    assert told["until_offsets"] == ends
    before = said(place.run("rebuild", "actions", "--until", "2020-01-01T00:00:00Z", "--json"))
    assert (before["generation"], before["records"]) == (3, 0)
    assert set(before["until_offsets"].values()) == {0}
    assert [row["state"] for row in listed(place).values()] == ["active", "until", "until"]
    refused = place.run("promote", "actions", "2")
    assert refused.returncode == 2
    assert "rebuilt only up to a time" in refused.stderr
    assert answer(place.postgres, ACTIVE) == 1


def test_a_release_that_folds_otherwise_takes_a_rebuild(settled_copy: Place) -> None:
    """What another version of the rules folded is neither gone on with nor rolled back to."""
    place = settled_copy
    with psycopg.connect(place.postgres) as connection:
        connection.execute("UPDATE groundswell.generations SET fold_version = fold_version - 1")
    worker = place.run("worker", "actions")
    assert worker.returncode == 1
    assert '"fold_changed"' in worker.stderr
    told = said(place.run("rebuild", "actions", "--promote", "--workers", "1", "--json"))
    assert (told["generation"], told["promoted"]) == (2, True)
    back = place.run("rollback", "actions")
    assert back.returncode == 1
    assert "was folded by version" in back.stderr
    assert answer(place.postgres, ACTIVE) == 2


def _next_offsets(place: Place, generation: int) -> dict[int, int]:
    with psycopg.connect(place.postgres) as connection:
        query = "SELECT partition, next_offset FROM groundswell.positions WHERE generation = %s"
        return dict(connection.execute(query, (generation,)).fetchall())


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        (("rebuild", "nonsense"), 2, "there is no system 'nonsense'"),
        (("rebuild", "actions", "--until", "yesterday"), 2, "--until"),
        (("rebuild", "actions", "--until", "2026-01-01T00:00:00Z", "--promote"), 2, "--promote with --until"),
        (("promote", "actions", "9"), 2, "actions has no generation 9; there are: 1"),
        (("drop", "actions", "1"), 2, "generation 1 of actions is the active one"),
        (("rollback", "actions"), 2, "there is no generation of actions to roll back to"),
        (("generations", "nonsense"), 2, "there is no system 'nonsense'"),
    ],
    ids=lambda command: " ".join(command) if isinstance(command, tuple) else "",
)
def test_what_cannot_be_done_is_refused_in_one_line(
    settled: Place, command: tuple[str, ...], code: int, says: str
) -> None:
    ended = settled.run(*command)
    assert ended.returncode == code, ended.stderr
    (line,) = ended.stderr.splitlines()
    assert line.startswith("error: ")
    assert says in line
    assert ended.stdout == ""


@contextmanager
def half_rebuilt(place: Place) -> Iterator[None]:
    """While this lasts, a rebuild into generation 2 folds partition 0 and waits for partition 1."""
    with psycopg.connect(place.postgres) as connection:
        connection.execute(
            "INSERT INTO groundswell.positions (system, generation, topic, partition)"
            " VALUES ('actions', 2, %s, 1)",
            (place.topic,),
        )
        connection.commit()
        connection.execute("SELECT FROM groundswell.positions WHERE generation = 2 FOR UPDATE")
        yield


def started(place: Place, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*COMMAND, *arguments], env=place.environment, cwd=PROJECT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_a_rebuild_goes_on_where_it_was_stopped_or_killed(settled_copy: Place) -> None:
    """Whether Ctrl-C ends it, or kill -9 takes one of its processes, or the command itself."""
    place = settled_copy
    with half_rebuilt(place):
        rebuild = started(place, "rebuild", "actions")
        until("one half is folded", lambda: answer(place.postgres, NEXT_OFFSET, 0) > 0)
        folded = answer(place.postgres, NEXT_OFFSET, 0)
        second = place.run("rebuild", "actions")
        assert second.returncode == 1
        assert "a rebuild, promote, rollback or drop of actions is going on already" in second.stderr
        (killed,) = replays(rebuild, "1/2")
        killed.kill()
        until("another takes its place", lambda: bool(replays(rebuild, "1/2")))
        rebuild.send_signal(signal.SIGINT)
        _, stderr = rebuild.communicate(timeout=60)
        assert rebuild.returncode == 130
        assert stderr.splitlines()[-1].startswith("stopped; what is folded stays. Go on with: groundswell")

        rebuild = started(place, "rebuild", "actions")
        until("it folds again", lambda: len(replays(rebuild)) == 2)
        orphans = replays(rebuild)
        rebuild.kill()
        rebuild.communicate()
        until("its replays have ended too", lambda: not any(map(is_running, orphans)))
        assert answer(place.postgres, NEXT_OFFSET, 0) == folded, "nothing is lost, nothing folded twice"
        assert answer(place.postgres, NEXT_OFFSET, 1) == 0
    told = said(place.run("rebuild", "actions", "--json", "--workers", "1"))
    assert (told["generation"], told["resumed"]) == (2, True)
    assert 0 < told["records"] < SETTLED_EVENTS
    assert unlike(place.postgres, "actions_g1", "actions_g2") == {}
    assert [row["state"] for row in listed(place).values()] == ["active", "whole"]
