"""`groundswell publish`: events from a file or a pipe into the log."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from deploy.cli import console

if TYPE_CHECKING:
    from datetime import datetime


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("publish")(publish)


def publish(
    file: Annotated[str, typer.Argument(metavar="[FILE|-]", help="NDJSON, also gzip or zstd.")] = "-",
    rate: Annotated[
        float | None, typer.Option(min=0.001, metavar="N", help="At most so many events a second.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, send nothing.")] = False,
    historical: Annotated[
        bool, typer.Option("--historical", help="Mark the records as a past that is being told.")
    ] = False,
    shift_to_now: Annotated[
        bool, typer.Option("--shift-to-now", help="Move all times, so that the last event is now.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Publish events, one JSON object a line; each bad line is told on stderr and does not stop the rest.

    When all replicas have everything, it prints the last position in each partition. To publish a file again
    is harmless: the same id counts once.

    Example: groundswell publish events.ndjson.gz --rate 1000
    """
    import asyncio

    from deploy.cli.event_lines import EventLines, Report, opened
    from deploy.cli.sending import Sending
    from events.catalogue import default_catalogue
    from events.instants import system_clock
    from events.ndjson import decompressed, read_lines
    from events.shifting import Shift

    report = Report()
    with opened(file, twice=shift_to_now) as stream:
        shown = sys.stderr.isatty() and stream.seekable() and not dry_run
        total, newest = _surveyed(stream) if shift_to_now or shown else (None, None)
        shift = Shift(default_catalogue(), system_clock() - newest) if shift_to_now and newest else None
        lines = EventLines(report, shift=shift)
        if dry_run:
            lines.count(decompressed(stream))
            _tell_dry_run(report.as_json(), as_json=as_json)
        else:
            sending = Sending(lines, report, rate=rate, historical=historical)
            asyncio.run(sending.run(read_lines(decompressed(stream)), total))
            sending.tell(as_json=as_json)
    report.leave()


def _surveyed(stream: BinaryIO) -> tuple[int, datetime | None]:
    """How many events a seekable stream holds, and the time of the newest one; rewinds it."""
    from events.codec import Codec
    from events.ndjson import decompressed, read_lines
    from events.structs import EventStruct

    codec = Codec()
    events = 0
    newest = None
    for _, line in read_lines(decompressed(stream)):
        event = codec.decode(line) if isinstance(line, bytes) else line
        if isinstance(event, EventStruct):
            events += 1
            newest = event.at if newest is None else max(newest, event.at)
    stream.seek(0)
    return events, newest


def _tell_dry_run(report: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        console.emit_json(report | {"published": 0, "dry_run": True})
    else:
        console.emit(f"{report['events']:,} events are well, {report['bad_lines']:,} lines are bad")
        console.note("nothing was sent")
