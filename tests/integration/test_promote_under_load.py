"""Generations change places while events come in, a worker folds and readers look; and are killed at it."""

import asyncio
import random
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg
import pytest

from deploy.local_stack import LocalStack
from events import Publisher
from events.actions import RippleBoosted
from tests.integration.generations_setting import replays
from tests.integration.worker_process import (
    COMMAND,
    PARTITIONS,
    PROJECT,
    Place,
    answer,
    is_running,
    own_place,
    supervised,
    until,
)

SEED: Final = 7
WAVES: Final = 7
PUBLISH_PAUSE_SECONDS: Final = 0.05
READ_PAUSE_SECONDS: Final = 0.005
POINTS: Final = "SELECT coalesce(sum(boost_points), 0)::int, count(*) FROM actions.ripple_counters"
ACTIVE: Final = "SELECT generation FROM groundswell.generations WHERE active"
READ_BY_VIEWS: Final = (
    "SELECT array_agg(DISTINCT found[1]::int) FROM pg_views,"
    " regexp_matches(definition, 'actions_g(\\d+)\\.', 'g') AS found WHERE schemaname = 'actions'"
)


@dataclass
class Readers:
    """What somebody saw who looked again and again."""

    looks: int = 0
    points: int = 0
    ripples: int = 0
    wrong: list[str] = field(default_factory=list)

    def saw(self, points: int, ripples: int) -> None:
        """Nothing here is ever taken back, so nothing may ever grow less."""
        if points < self.points or ripples < self.ripples:
            self.wrong.append(f"{points} points of {ripples} after {self.points} of {self.ripples}")
        self.looks, self.points, self.ripples = self.looks + 1, points, ripples


@contextmanager
def in_a_thread(work: "threading.Thread", stopping: threading.Event) -> Iterator[None]:
    work.start()
    try:
        yield
    finally:
        stopping.set()
        work.join()


@contextmanager
def publishing(place: Place) -> Iterator[list[int]]:
    """Boosts of one point, a few at a time; the list's only item counts those that are acknowledged."""
    acknowledged, stopping = [0], threading.Event()

    async def send() -> None:
        async with Publisher(
            place.kafka, topic_prefix=place.topic_prefix, partitions=PARTITIONS
        ) as publisher:
            while not stopping.is_set():
                number = acknowledged[0]
                boosts = [
                    RippleBoosted.new(wave_id=f"w{n % WAVES}", ripple_id="r", points=1)
                    for n in range(number, number + 10)
                ]
                acknowledged[0] += len([position async for position in publisher.publish_many(boosts)])
                await asyncio.sleep(PUBLISH_PAUSE_SECONDS)

    with in_a_thread(threading.Thread(target=lambda: asyncio.run(send())), stopping):
        yield acknowledged


@contextmanager
def reading(place: Place) -> Iterator[Readers]:
    """Somebody looks at the views without a pause to speak of; an error is a look gone wrong."""
    readers, stopping = Readers(), threading.Event()

    def look() -> None:
        with psycopg.connect(place.postgres, autocommit=True) as connection:
            while not stopping.is_set():
                try:
                    row = connection.execute(POINTS).fetchone()
                    assert row is not None
                    readers.saw(*row)
                except psycopg.Error as error:
                    readers.wrong.append(repr(error))
                time.sleep(READ_PAUSE_SECONDS)

    with in_a_thread(threading.Thread(target=look), stopping):
        yield readers


def check_whole(place: Place) -> int:
    """One generation is active, and all views read it; answers which."""
    active = int(answer(place.postgres, ACTIVE))
    assert answer(place.postgres, READ_BY_VIEWS) == [active]
    return active


def promote_and_kill(place: Place, chance: random.Random, *, when_done: bool) -> None:
    """Another generation is on its way to take the place of the active one when the command is killed, or has
    just taken it."""
    other = 3 - check_whole(place)
    command = subprocess.Popen(
        [*COMMAND, "promote", "actions", str(other)],
        env=place.environment, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until("it has replays that follow", lambda: bool(replays(command, "--follow")))
    orphans = replays(command, "--follow")
    if when_done:
        until("it is promoted", lambda: answer(place.postgres, ACTIVE) == other)
    else:
        time.sleep(chance.uniform(0, 1))
    command.kill()
    command.communicate()
    assert check_whole(place) == other or not when_done
    until("its replays have ended too", lambda: not any(map(is_running, orphans)))


def run(place: Place, *arguments: str) -> None:
    ended = place.run(*arguments)
    assert ended.returncode == 0, ended.stderr
    print(ended.stdout, end="")


@pytest.mark.timeout(400)
def test_readers_never_see_an_empty_or_partial_view(stack: LocalStack, tmp_path: Path) -> None:
    """Not while a generation is rebuilt and promoted, not when that is killed, not at a rollback."""
    chance = random.Random(SEED)
    print(f"seed {SEED}")
    with own_place(stack, tmp_path / "home") as place, supervised(place, tmp_path / "worker.log") as worker:
        with publishing(place) as acknowledged:
            until("the views show something", lambda: '"taken_over"' in worker.said, worker)
            until("all waves are there", lambda: _ripples(place) == WAVES, worker)
            with reading(place) as readers:
                run(place, "rebuild", "actions", "--promote")
                assert check_whole(place) == 2
                promote_and_kill(place, chance, when_done=False)
                promote_and_kill(place, chance, when_done=True)
                now = check_whole(place)
                run(place, "rollback", "actions")
                assert check_whole(place) == 3 - now
                # While all goes on: one cut through live tables and log.
                run(place, "verify", "actions")
                seen = readers.points
                until("workers have gone over", lambda: readers.points > seen + 50, worker)
        until("all is folded", lambda: _points(place) >= acknowledged[0], worker)
        assert _points(place) == acknowledged[0], "each counts once, whoever folded it"
    print(f"{readers.looks} looks, {acknowledged[0]} points")
    assert readers.wrong == []
    assert readers.looks > 100
    assert '"record_kills_workers"' not in worker.said


def _points(place: Place) -> int:
    return int(answer(place.postgres, POINTS))


def _ripples(place: Place) -> int:
    return int(answer(place.postgres, POINTS.replace("coalesce(sum(boost_points), 0)::int, ", "")))


def test_a_promote_that_readers_keep_out_can_be_killed(settled_copy: Place) -> None:
    """It waits for somebody who holds the views; killed, it has changed nothing."""
    place = settled_copy
    run(place, "rebuild", "actions", "--workers", "1")
    with psycopg.connect(place.postgres) as reader:
        row = reader.execute("SELECT count(*) FROM actions.action_log").fetchone()
        command = subprocess.Popen(
            [*COMMAND, "promote", "actions", "2"],
            env=place.environment, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        waiting = (
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database"
        )
        waiting += " WHERE datname = current_database())"
        until("it waits for the views", lambda: answer(place.postgres, waiting) > 0)
        command.kill()
        command.communicate()
        assert reader.execute("SELECT count(*) FROM actions.action_log").fetchone() == row
    assert check_whole(place) == 1
    run(place, "promote", "actions", "2", "--workers", "1")
    assert check_whole(place) == 2
