"""`groundswell import youtube`: the daily counts of trending videos as events of system 2."""

from __future__ import annotations

import asyncio
import csv
import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, BinaryIO, Final

import typer

from deploy.cli import console
from deploy.cli.console import AsJson
from deploy.cli.past_telling import past_told, tell
from events.errors import WrongUsage
from events.refusals import Refused

if TYPE_CHECKING:
    from datetime import datetime

    from deploy.cli.event_lines import Report
    from events import Publisher
    from events.envelope import Event
    from events.youtube import Row

ROWS_MAX: Final = 2_000_000
"""Rows that are held to put them in order of their dates."""


@dataclass(frozen=True)
class Imported:
    """What was acknowledged, by kind, and the rows that brought nothing new."""

    videos: int
    changes: int
    observations: int
    events: int
    repeated_rows: int
    seconds: float

    def __str__(self) -> str:
        parts = f"{self.videos:,} videos + {self.changes:,} changes + {self.observations:,} observations"
        return f"{parts} = {self.events:,} events"


def youtube(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE.csv", help="Rows of trending videos, also gzip or zstd."),
    ],
    as_json: AsJson = False,
) -> None:
    """Publish the daily counts of trending videos: each row is an observation of its video.

    The channel is the creator, the title the caption, the tags are hashtags. A row that cannot be taken is
    told with line, column and reason, and does not stop the rest. Ids derive from the rows, so a second
    import counts nothing twice.

    Example: groundswell import youtube USvideos.csv
    """
    from deploy.cli.event_lines import Report

    report = Report()
    imported = asyncio.run(import_rows(read_rows(file, report)))
    if as_json:
        problems = {"bad_rows": report.bad, "problems": report.problems}
        console.emit_json(asdict(imported) | problems)
    else:
        console.emit(str(imported))
        console.note(
            f"acknowledged by all replicas in {imported.seconds:.1f} s; {report.bad:,} rows could not be "
            f"taken as they are, {imported.repeated_rows:,} said again what the row before them said"
        )
    report.leave()


async def import_rows(rows: list[Row]) -> Imported:
    """Publishes the rows with a progress bar; no hour is closed before they are there.

    Raises ServerUnreachable when Kafka or Postgres cannot be reached.
    """
    async with past_told("content") as publisher:
        with console.progress("rows", total=len(rows), unit="rows") as bar:
            return await publish_rows(rows, publisher, bar.advance)


async def publish_rows(
    rows: list[Row], publisher: Publisher, advance: Callable[[], None] = lambda: None
) -> Imported:
    """Publishes the rows; all is acknowledged when this returns. `advance` is called for each row."""
    from events.youtube import told

    repeated_rows = 0

    def counted() -> Iterator[list[Event]]:
        nonlocal repeated_rows
        for made in told(rows):
            repeated_rows += not made
            yield made

    published = await tell(publisher, counted(), advance)
    return Imported(
        videos=published.by_type["content.video_published"],
        changes=published.by_type["content.video_changed"],
        observations=published.by_type["content.video_metrics_observed"],
        events=published.events,
        repeated_rows=repeated_rows,
        seconds=published.seconds,
    )


def read_rows(file: str, report: Report) -> list[Row]:
    """All rows that can be taken; what cannot goes to the report. Raises WrongUsage for no such file."""
    from zstandard import ZstdError

    from deploy.cli.event_lines import opened
    from events.instants import system_clock
    from events.ndjson import decompressed

    with opened(file) as stream:
        try:
            return _rows(decompressed(stream), report, file, system_clock())
        except (OSError, EOFError, zlib.error, ZstdError) as error:
            raise WrongUsage(f"{file}: cannot be read on: {error}; get the file again") from error


def _rows(stream: BinaryIO, report: Report, file: str, now: datetime) -> list[Row]:
    from events.youtube import Rows

    # Bytes that are not UTF-8 spoil their own row, not the file.
    text = io.TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline="")
    lines = _numbered(text)
    header = next(lines, (1, []))[1]
    if isinstance(header, Refused):
        raise WrongUsage(f"{file}: the first line cannot be read: {header.reason}; give a CSV file")
    reader = Rows(header, now=now)
    rows: list[Row] = []
    for number, cells in lines:
        row = cells if isinstance(cells, Refused) else reader.row(cells)
        if isinstance(row, Refused):
            report.add(number, row)
            continue
        if row.left_out is not None:
            report.add(number, row.left_out)
        if len(rows) == ROWS_MAX:
            raise WrongUsage(f"{file}: has more than {ROWS_MAX:,} rows: split it by date, older days first")
        rows.append(row)
    return rows


def _numbered(text: io.TextIOWrapper) -> Iterator[tuple[int, list[str] | Refused]]:
    """Each row with the number of its first line, from 1; empty lines are skipped but counted."""
    reader = csv.reader(text)
    while True:
        first = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield first, Refused("invalid_field", "line", f"is not CSV: {error}")
        else:
            if cells:
                yield first, cells
