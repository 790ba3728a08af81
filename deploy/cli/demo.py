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
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli import console
from deploy.cli.folding_progress import folding_progress
from deploy.cli.reading import ACTIONS
from deploy.cli.top import By, print_live
from deploy.cli.trend import trend_lines
from events.errors import GroundswellError

if TYPE_CHECKING:
    from deploy.cli.wikipedia import Imported
    from events.settings import Settings
    from projections.actions.answers import HoursClosed
    from projections.actions.reader import Reader

SYSTEM = "actions"
LOOK_SECONDS = 0.1
STILL_SECONDS_MAX = 120.0
"""A demo whose folding or closing does not move for this long says so and ends."""
WORKER_STOP_SECONDS_MAX = 30.0
TOP_RIPPLES = 10


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
    await _until_folded(settings, log)
    seconds = time.monotonic() - began
    async with ACTIONS.opened() as asked:
        closed = await _until_closed(asked, settings, log)
        # The closes themselves are records of the log.
        folded = await _until_folded(settings, log)
        _tell(imported, folded, closed, seconds)
        await _show(asked)
    console.emit("\n" + _FURTHER.replace("groundswell ", f"{_command()} "))


async def _until_folded(settings: Settings, log: Path) -> Folded:
    """Waits until every record of the topic is applied, a duplicate or dead."""
    patience = _Patience()
    with folding_progress("folding") as report:
        while not (folded := await _folded(settings)).is_complete:
            report(folded.read, folded.ends)
            if patience.is_over(folded.read):
                raise NotFolded(
                    f"{folded.ends - folded.read:,} records are not folded, and nothing moves: see {log}"
                )
            await asyncio.sleep(LOOK_SECONDS)
    return folded


async def _until_closed(asked: Reader, settings: Settings, log: Path) -> HoursClosed:
    """Waits until every hour is closed whose time for it has come."""
    patience = _Patience()
    after = timedelta(minutes=settings.close_after_minutes)
    hours = await asked.hours_closed(after)
    with console.progress("closing the hours", total=hours.due, unit="hours") as bar:
        bar.advance(hours.closed)
        while hours.closed < hours.due:
            if patience.is_over(hours.closed):
                raise NotFolded(
                    f"{hours.due - hours.closed} hours are not closed, and nothing moves: see {log}"
                )
            await asyncio.sleep(LOOK_SECONDS)
            before, hours = hours, await asked.hours_closed(after)
            bar.advance(hours.closed - before.closed)
    return hours


class _Patience:
    """Ends when nothing has moved for too long."""

    def __init__(self) -> None:
        self._moved_at = time.monotonic()
        self._seen = -1

    def is_over(self, done: int) -> bool:
        if done != self._seen:
            self._moved_at, self._seen = time.monotonic(), done
        return time.monotonic() - self._moved_at > STILL_SECONDS_MAX


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


def _tell(imported: Imported, folded: Folded, closed: HoursClosed, seconds: float) -> None:
    console.emit(f"published   {imported} (acknowledged by Kafka)")
    console.emit(
        f"in the log  {folded.ends:,} records = {folded.applied:,} applied + {folded.duplicates:,} duplicates"
        f" + {folded.dead:,} dead letters"
    )
    console.emit(
        f"throughput  {imported.events / seconds:,.0f} events/s from the first publish to the last commit"
        f" ({seconds:.1f} s, publishing {imported.seconds:.1f} s of it)"
    )
    if closed.first_hour is None or closed.last_hour is None:
        return
    console.emit(
        f"closed      {closed.closed} hours, from {closed.first_hour:%Y-%m-%d %H:%M} to"
        f" {closed.last_hour:%Y-%m-%d %H:%M} UTC; the next one 10 minutes after its end"
    )


async def _show(asked: Reader) -> None:
    top = await asked.live(limit=TOP_RIPPLES)
    console.emit(f"\nTop {TOP_RIPPLES} now (± places since the last hour was closed)\n")
    print_live(top, By.NOW, as_json=False)
    if top:
        console.emit(f"\n{top[0].title or top[0].ripple_id}")
        for line in trend_lines(await asked.trend(top[0].wave_id, top[0].ripple_id)):
            console.emit(line)
    user_id = await asked.most_active_user()
    user = None if user_id is None else await asked.user(user_id)
    if user is not None:
        console.emit(f"\n{user.user_id}: {user.sentence}")


def _command() -> str:
    """How the reader's shell finds this program."""
    return "groundswell" if shutil.which("groundswell") else os.path.relpath(sys.argv[0])


_FURTHER = """look further
  groundswell top --by 1h                      what was done in the last hour
  groundswell top --by close                   the ranks as the last hour was closed
  groundswell list risers                      who won most places in it
  groundswell show ripple CHANNEL:PAGE         one ripple, such as '#en.wikipedia:Jeremy Corbyn'
  groundswell show user NAME                   what a user achieved, as a sentence
  groundswell lag                              how far the folding is, and that every record is accounted for
  groundswell verify actions                   folds the log apart, and compares every row
  groundswell status                           where Kafka, Postgres and Valkey are; psql takes the URL"""


def _stay() -> None:
    console.note("\nThe stack and a worker stay up: try the commands in another terminal. Ctrl-C stops them.")
    signal.sigwait({signal.SIGINT, signal.SIGTERM})
    console.note("stopping")
