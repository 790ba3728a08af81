"""Where simulated events go: into a file of NDJSON, to stdout, or into the log."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

from deploy.cli import console
from events.errors import WrongUsage

if TYPE_CHECKING:
    from deploy.cli.event_lines import Report
    from deploy.cli.sending import Sending

STDOUT: Final = "-"
PROGRESS_EVENTS: Final = 2_000
BUFFER_BYTES: Final = 1 << 20
GZIP_LEVEL: Final = 6
ZSTD_LEVEL: Final = 3


def write(lines: Iterator[bytes], out: str, total: int) -> int:
    """Write the lines, compressed as the name's end says (.gz, .zst); how many there were.

    Raises WrongUsage when the file cannot be written.
    """
    written = 0
    with _opened(out) as stream, console.progress("simulating", total=total, unit="events") as bar:
        for line in lines:
            stream.write(line + b"\n")
            written += 1
            if written % PROGRESS_EVENTS == 0:
                bar.advance(PROGRESS_EVENTS)
    return written


def send(lines: Iterator[bytes], report: Report, total: int, rate: float | None) -> Sending:
    """Publish the lines as a past that is being told; done when all replicas have them."""
    from deploy.cli.event_lines import EventLines
    from deploy.cli.sending import Sending

    sending = Sending(EventLines(report), report, rate=rate, historical=True)
    asyncio.run(sending.run(enumerate(lines, start=1), total))
    return sending


@contextlib.contextmanager
def _opened(out: str) -> Iterator[BinaryIO]:
    if out == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        file = Path(out).open("wb", buffering=BUFFER_BYTES)  # noqa: SIM115 - closed below; only opening is tried
    except OSError as error:
        raise WrongUsage(
            f"--out {out}: {error.strerror}; name a file you can write, or - for stdout"
        ) from None
    with file, _compressed(file, out) as stream:
        yield stream


def _compressed(file: BinaryIO, out: str) -> contextlib.AbstractContextManager[BinaryIO]:
    stream: Any = contextlib.nullcontext(file)
    if out.endswith(".gz"):
        # Without name and time in its head: the same events are the same bytes.
        stream = gzip.GzipFile(filename="", mode="wb", compresslevel=GZIP_LEVEL, fileobj=file, mtime=0)
    elif out.endswith(".zst"):
        import zstandard

        stream = zstandard.ZstdCompressor(level=ZSTD_LEVEL).stream_writer(file, closefd=False)
    return cast("contextlib.AbstractContextManager[BinaryIO]", stream)
