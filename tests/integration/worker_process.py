"""Real worker processes over real servers, started as a person starts them, and what they have folded."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import psutil
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from deploy.local_stack import LocalStack
from events.settings import variable

PARTITIONS: Final = 2
SESSION_SECONDS: Final = 6
WAIT_SECONDS_MAX: Final = 60.0
LOOK_SECONDS: Final = 0.05
COMMAND: Final = (sys.executable, "-m", "deploy.cli")
PROJECT: Final = Path(__file__).parents[2]
FOLDED: Final = """
WITH decided AS (
    SELECT uuid_send((convert_from(record_value, 'UTF8')::json ->> 'id')::uuid) AS id
    FROM groundswell.outbox WHERE header = ''
), folded AS (
    SELECT substring(ids FROM 16 * number + 1 FOR 16) AS id
    FROM groundswell.applied_ids, generate_series(0, length(ids) / 16 - 1) AS number
)
SELECT sum(applied), sum(duplicates), sum(dead), sum(next_offset),
    (SELECT count(*) FROM folded WHERE id IN (SELECT id FROM decided))
FROM groundswell.positions
"""
"""As of one moment. Decisions are what the outbox holds and is no copy for a partition."""


@dataclass(frozen=True)
class Place:
    """Where commands work: servers, a prefix of topics and a home of the test's own."""

    kafka: str
    postgres: str
    redis: str
    topic_prefix: str
    home: Path
    partitions: int = PARTITIONS
    project: Path = PROJECT
    """The folder of the code that runs."""

    @property
    def topic(self) -> str:
        return f"{self.topic_prefix}.actions"

    @property
    def environment(self) -> dict[str, str]:
        """What a process started here finds in its environment."""
        own = {
            name: str(getattr(self, name)) for name in ("kafka", "postgres", "redis", "topic_prefix", "home")
        }
        own |= {"session_seconds": str(SESSION_SECONDS), "partitions": str(self.partitions)}
        return {**os.environ, **{variable(name): value for name, value in own.items()}}

    def run(self, *arguments: str, **options: Any) -> "subprocess.CompletedProcess[Any]":
        """A command, to its end."""
        return run(*arguments, environment=self.environment, cwd=self.project, **options)

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """A command that goes on by itself, its pipes open."""
        return subprocess.Popen(
            [*COMMAND, *arguments],
            env=self.environment,
            cwd=self.project,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@dataclass(frozen=True)
class Folded:
    """What became of the records read, over all partitions."""

    applied: int
    duplicates: int
    dead: int
    positions: int
    decided: int
    """How many of the applied ones the engine itself decided."""

    @property
    def read(self) -> int:
        return self.applied + self.duplicates + self.dead

    @property
    def of_producers(self) -> "Folded":
        """Without what the engine decided: how much that is depends on the time of day."""
        return replace(self, applied=self.applied - self.decided, decided=0)


@dataclass
class Supervised:
    """`groundswell worker` with what it says."""

    process: "subprocess.Popen[bytes]"
    log: Path
    place: Place
    seen: list[psutil.Process] = field(default_factory=list)

    @property
    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def child(self) -> psutil.Process:
        """The worker itself, once there is one that runs."""
        found: list[psutil.Process] = []

        def runs() -> bool:
            # Whatever else the supervisor's imports may start for a moment is not the worker.
            children = psutil.Process(self.process.pid).children()
            found[:] = [child for child in children if _is_worker(child)]
            return bool(found) and is_running(found[0])

        until("the supervisor has a worker", runs, self)
        self.seen.append(found[0])
        return found[0]

    def until_read(self, records: int) -> Folded:
        """Waits until so many records are applied, duplicates or dead; not one more may be.

        Decisions are not among them: while a worker runs it may decide, or not.
        """
        until(f"{records} records are folded", lambda: self.of_producers().read >= records, self)
        now = self.of_producers()
        assert now.read == records, now
        return now

    def of_producers(self) -> Folded:
        """What is folded so far, without what the engine decided."""
        return folded(self.place.postgres).of_producers


@contextmanager
def own_place(stack: LocalStack, home: Path, partitions: int = PARTITIONS) -> Iterator[Place]:
    """A database and topics of its own, for several tests; the database is dropped at the end."""
    administrator, name = stack.addresses.postgres, f"test_{secrets.token_hex(6)}"
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    head, _, query = administrator.partition("?")
    url = f"{head.rsplit('/', 1)[0]}/{name}{'?' * bool(query)}{query}"
    assert conninfo_to_dict(url)["dbname"] == name
    prefix = f"test-{secrets.token_hex(6)}"
    yield Place(stack.addresses.kafka, url, stack.addresses.redis, prefix, home, partitions)
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def run(
    *arguments: str, environment: Mapping[str, str], **options: Any
) -> "subprocess.CompletedProcess[Any]":
    """A command of the command line, to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env=dict(environment),
        capture_output=True,
        check=False,
        **_usual(options),
    )


def _usual(options: dict[str, Any]) -> dict[str, Any]:
    return {"cwd": PROJECT, "text": True, "timeout": WAIT_SECONDS_MAX} | options


@contextmanager
def supervised(place: Place, log: Path, *systems: str) -> Iterator[Supervised]:
    """A supervisor and its workers; whatever of them is left at the end is killed."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*COMMAND, "worker", *(systems or ("actions",))],
            env=place.environment,
            cwd=place.project,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    started = Supervised(process, log, place)
    try:
        yield started
    finally:
        left = [*started.seen]
        if process.poll() is None:
            left += psutil.Process(process.pid).children(recursive=True)
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(WAIT_SECONDS_MAX / 2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for one in left:
            if is_running(one):
                one.kill()


def is_running(process: psutil.Process) -> bool:
    """Whether it has not ended. One that nobody has waited for has ended all the same."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def until(what: str, holds: Callable[[], bool], worker: Supervised | None = None) -> None:
    """Waits until something holds; after WAIT_SECONDS_MAX it fails with what the worker said."""
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not holds():
        said = worker.said if worker else ""
        assert time.monotonic() < deadline, f"not in {WAIT_SECONDS_MAX:.0f} s: {what}\n{said[-8_000:]}"
        time.sleep(LOOK_SECONDS)


def folded(url: str) -> Folded:
    """What the positions say; zeros when no worker ever ran."""
    with psycopg.connect(url) as connection:
        try:
            row = connection.execute(FOLDED).fetchone()
        except psycopg.errors.UndefinedTable:
            return Folded(0, 0, 0, 0, 0)
    assert row is not None
    return Folded(*(int(number or 0) for number in row))


def answer(url: str, query: str, *parameters: Any) -> Any:
    """The only value that a query answers."""
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode(), parameters).fetchone()
    assert row is not None, f"no row: {query}"
    return row[0]


def _is_worker(process: psutil.Process) -> bool:
    try:
        return "streams.worker" in process.cmdline()
    except psutil.Error:
        return False
