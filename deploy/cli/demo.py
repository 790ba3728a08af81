"""`groundswell demo`: real input through the whole system on this machine, and what came of it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli import console
from events.errors import GroundswellError

if TYPE_CHECKING:
    from deploy.cli.wikipedia import Imported
    from events.settings import Settings

SYSTEM = "actions"
LOOK_SECONDS = 0.1
STILL_SECONDS_MAX = 120.0
"""A demo whose folding does not move for this long says so and ends."""
WORKER_STOP_SECONDS_MAX = 30.0


class NotFolded(GroundswellError):
    """Read the worker's log that the message names: it says what the worker waits for."""

    code = "not_folded"


@dataclass(frozen=True)
class Folded:
    """All partitions together: records appended, and what became of those that were read."""

    ends: int
    applied: int
    duplicates: int
    dead: int
    chores: int

    @property
    def read(self) -> int:
        return self.applied + self.duplicates + self.dead

    @property
    def is_complete(self) -> bool:
        return self.ends > 0 and self.read >= self.ends and self.chores == 0


def register(app: typer.Typer) -> None:
    app.command("demo")(demo)


def demo(
    leave: Annotated[bool, typer.Option("--exit", help="Stop when the results are printed.")] = False,
) -> None:
    """Publish a day of real Wikipedia edits, fold them, and show what trends.

    Starts Kafka, Postgres and Valkey as local processes, and a worker; stays up until Ctrl-C. The last edit
    happens now, the others in the 24 hours before. Running it again counts nothing twice.

    Example: groundswell demo --exit
    """
    from deploy.cli.stack import start_stack
    from deploy.local_stack import LocalStack
    from events.settings import load_settings, settings

    home = load_settings().home
    was_up = all(server.answers for server in LocalStack(home).status())
    start_stack(home)
    try:
        with _worker(home / "logs") as log:
            asyncio.run(_publish_and_show(settings(), log))
            if not leave:
                _stay()
        if not was_up:
            console.note(f"the data stays: `{_command()} up` starts the servers again")
    except KeyboardInterrupt:
        console.note("stopping")
    finally:
        if not was_up:
            LocalStack(home).down(report=console.note)


@contextmanager
def _worker(logs: Path) -> Iterator[Path]:
    """A supervised worker for as long as the block runs; yields its log."""
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / "worker.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.cli", "worker", SYSTEM],
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env=dict(os.environ),
        )
    try:
        yield log
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(WORKER_STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()


async def _publish_and_show(settings: Settings, log: Path) -> None:
    from deploy.cli.wikipedia import edits_file, import_edits

    edits = edits_file()
    began = time.monotonic()
    imported = await import_edits(edits, shift_to_now=True)
    folded = await _until_folded(settings, log)
    seconds = time.monotonic() - began
    await _show(settings, imported, folded, seconds)


async def _until_folded(settings: Settings, log: Path) -> Folded:
    """Waits until every record of the topic is applied, a duplicate or dead."""
    moved_at, seen = time.monotonic(), -1
    while not (folded := await _folded(settings)).is_complete:
        if folded.read != seen:
            moved_at, seen = time.monotonic(), folded.read
        elif time.monotonic() - moved_at > STILL_SECONDS_MAX:
            raise NotFolded(
                f"{folded.ends - folded.read:,} records are not folded, and nothing moves: see {log}"
            )
        await asyncio.sleep(LOOK_SECONDS)
    return folded


async def _folded(settings: Settings) -> Folded:
    from aiokafka import AIOKafkaConsumer, TopicPartition

    from projections.operations import chores_left, lag_rows

    topic = f"{settings.topic_prefix}.{SYSTEM}"
    rows = [row for row in await lag_rows(settings.postgres) if row["topic"] == topic]
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        ends = (
            await consumer.end_offsets([TopicPartition(topic, row["partition"]) for row in rows])
            if rows
            else {}
        )
    finally:
        await consumer.stop()
    return Folded(
        ends=sum(ends.values()),
        applied=sum(row["applied"] for row in rows),
        duplicates=sum(row["duplicates"] for row in rows),
        dead=sum(row["dead"] for row in rows),
        chores=await chores_left(settings.postgres, SYSTEM),
    )


async def _show(settings: Settings, imported: Imported, folded: Folded, seconds: float) -> None:
    from deploy.cli.top import print_top
    from projections.actions.reader import Reader

    async with Reader(settings.postgres) as reader:
        top = await reader.top(hours=24, limit=10)
        user_id = await reader.most_active_user()
        user = None if user_id is None else await reader.user(user_id)
    console.emit(f"published   {imported} (acknowledged by Kafka)")
    console.emit(
        f"in the log  {folded.ends:,} records = {folded.applied:,} applied + {folded.duplicates:,} duplicates"
        f" + {folded.dead:,} dead letters"
    )
    console.emit(
        f"throughput  {imported.events / seconds:,.0f} events/s from the first publish to the last commit"
        f" ({seconds:.1f} s, publishing {imported.seconds:.1f} s of it)"
    )
    console.emit("\nTop 10 ripples of the 24 hours up to the last edit\n")
    print_top(top, as_json=False)
    if user is not None:
        console.emit(f"\n{user.user_id}: {user.sentence}")
    console.emit("\n" + _FURTHER.replace("groundswell ", f"{_command()} "))


def _command() -> str:
    """How the reader's shell finds this program."""
    return "groundswell" if shutil.which("groundswell") else os.path.relpath(sys.argv[0])


_FURTHER = """look further
  groundswell top --hours 1                    what trends in the last hour
  groundswell show ripple PAGE --wave CHANNEL  one ripple, for example Wikipedia:Vandalismusmeldung
  groundswell show user NAME                   what a user achieved, as a sentence
  groundswell lag                              how far the folding is, and that every record is accounted for
  groundswell dead-letters list                what was refused, and why
  groundswell status                           where Kafka, Postgres and Valkey are; psql takes the URL"""


def _stay() -> None:
    console.note("\nThe stack and a worker stay up: try the commands in another terminal. Ctrl-C stops them.")
    signal.sigwait({signal.SIGINT, signal.SIGTERM})
    console.note("stopping")
