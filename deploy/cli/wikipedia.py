"""`groundswell import wikipedia`: a day of real edits as events of system 1."""

from __future__ import annotations

import asyncio
import gzip
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from deploy.cli import console
from deploy.cli.console import AsJson
from deploy.cli.past_telling import past_told, tell
from events.errors import WrongUsage

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from events import Publisher
    from events.envelope import Event

COORDINATE: Final = "org.apache.druid:druid-processing:31.0.0:tests"
SHA256: Final = "6e60b3d5f59c1f1abc382d7ea351b5bc2681dba976ad2d65c1043d53fa21413f"
MEMBER: Final = "wikipedia/wikiticker-2015-09-12-sampled.json.gz"
LINE_BYTES_MAX: Final = 1 << 20


@dataclass(frozen=True)
class Imported:
    """What was acknowledged, by kind, and how many lines were no edits."""

    waves: int
    ripples: int
    actions: int
    events: int
    bad_lines: int
    seconds: float

    def __str__(self) -> str:
        parts = f"{self.waves:,} waves + {self.ripples:,} ripples + {self.actions:,} actions"
        return f"{parts} = {self.events:,} events"


def wikipedia(
    file: Annotated[
        Path | None, typer.Argument(help="Edits, one JSON object a line, also .gz; fetched when not given.")
    ] = None,
    shift_to_now: Annotated[
        bool, typer.Option("--shift-to-now", help="Move all times so that the last edit is now.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Publish edits of Wikipedia: channels as waves, pages as ripples, edits as actions.

    Without FILE the 39,244 edits of 2015-09-12 are fetched once and kept. Ids derive from the lines, so a
    second import counts nothing twice.

    Example: groundswell import wikipedia --shift-to-now
    """
    imported = asyncio.run(import_edits(file or edits_file(), shift_to_now))
    if as_json:
        console.emit_json(asdict(imported))
    else:
        console.emit(str(imported))
    if imported.bad_lines:
        raise typer.Exit(1)


def edits_file() -> Path:
    """The archive with the edits of 2015-09-12: fetched the first time, found in the cache afterwards.

    Raises DownloadFailed.
    """
    from deploy.local_stack.maven import Artifact, cache_folder, fetch, missing
    from events.settings import load_settings

    artifact = Artifact(COORDINATE, SHA256)
    folder = cache_folder(load_settings().home) / "wikipedia"
    if missing([artifact], folder):
        console.note("fetching the Wikipedia edits of 2015-09-12, this once")
    return fetch([artifact], folder)[0]


async def import_edits(file: Path, shift_to_now: bool) -> Imported:
    """Publishes the edits with a progress bar; no hour is closed before they are there.

    Raises WrongUsage when the file cannot be read, ServerUnreachable when Kafka or Postgres cannot.
    """
    from events.instants import system_clock

    lines = count_lines(file)
    now = system_clock()
    shift = shift_to(file, now) if shift_to_now else None
    async with past_told("actions") as publisher:
        with console.progress("edits", total=lines, unit="edits") as bar:
            return await publish_edits(file, publisher, now=now, shift=shift, advance=bar.advance)


async def publish_edits(
    file: Path,
    publisher: Publisher,
    *,
    now: datetime,
    shift: timedelta | None = None,
    advance: Callable[[], None] = lambda: None,
) -> Imported:
    """Publishes the file's edits; all is acknowledged when this returns. Lines that are no edits are told
    on stderr and left out; `advance` is called for each line."""
    from events.wikipedia import NOT_SHIFTED, NotAnEdit, WikipediaEdits

    edits = WikipediaEdits(now=now, shift=shift or NOT_SHIFTED)
    bad_lines = 0

    def told(lines: Iterator[bytes]) -> Iterator[list[Event]]:
        nonlocal bad_lines
        for number, line in enumerate(lines, start=1):
            try:
                yield [] if line.isspace() else edits.events_of(line)
            except NotAnEdit as error:
                bad_lines += 1
                console.warn(f"line {number}: {error}")
                yield []

    with open_lines(file) as lines:
        published = await tell(publisher, told(lines), advance)
    return Imported(
        waves=published.by_type["actions.wave_created"],
        ripples=published.by_type["actions.ripple_created"],
        actions=published.by_type["actions.action_logged"],
        events=published.events,
        bad_lines=bad_lines,
        seconds=published.seconds,
    )


def shift_to(file: Path, now: datetime) -> timedelta | None:
    """What moves the last edit of the file to now; None when it holds no edit."""
    from events.wikipedia import last_time

    with open_lines(file) as lines:
        last = last_time(lines)
    return None if last is None else now - last


def count_lines(file: Path) -> int:
    """How many lines there are. Raises WrongUsage when the file cannot be read."""
    with open_lines(file) as lines:
        return sum(1 for _ in lines)


@contextmanager
def open_lines(file: Path) -> Iterator[Iterator[bytes]]:
    """The lines of a plain or gzipped file, or of the fetched archive. Raises WrongUsage."""
    try:
        if file.suffix == ".jar":
            with (
                zipfile.ZipFile(file) as archive,
                archive.open(MEMBER) as packed,
                gzip.open(packed) as opened,
            ):
                yield _lines(opened, file)
        else:
            with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as opened:
                yield _lines(opened, file)
    except (OSError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise WrongUsage(
            f"cannot read {file}: {error}. Give a file of edits, one JSON object a line"
        ) from error


def _lines(opened: BufferedIOBase, file: Path) -> Iterator[bytes]:
    number = 0
    while line := opened.readline(LINE_BYTES_MAX + 1):
        number += 1
        if len(line) > LINE_BYTES_MAX:
            raise WrongUsage(
                f"{file}: line {number} is longer than 1 MiB, so it is no edit: give a file of edits"
            )
        yield line
