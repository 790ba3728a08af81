"""Events from a file or from stdin, line by line; what is wrong with a line is told and counted."""

from __future__ import annotations

import contextlib
import io
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

import typer

from deploy.cli import console
from events.catalogue import Catalogue, default_catalogue
from events.codec import Codec
from events.decisions import refused_to_producers
from events.errors import WrongUsage
from events.instants import Clock, ahead_reason, is_too_far_ahead, system_clock
from events.ndjson import read_lines
from events.refusals import Broken, Refused
from events.shifting import Shift
from events.structs import EventStruct

STDIN = "-"
PROBLEMS_REPORTED_MAX = 10_000
"""Bad lines that a JSON report holds one by one; all are told on stderr and counted."""


@dataclass(slots=True)
class Report:
    """How many events were found, and which lines are no events."""

    events: int = 0
    bad: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)

    def add(self, line: int, problem: Broken | Refused) -> None:
        """Tell of a bad line on stderr, and remember it."""
        self.bad += 1
        console.note(f"line {line}: {problem}")
        if len(self.problems) < PROBLEMS_REPORTED_MAX:
            found = {"line": line, "code": problem.code, "field": problem.field, "reason": problem.reason}
            self.problems.append(found)

    def take_back(self, line: int, problem: Broken | Refused) -> None:
        """An event that was counted turned out not to be one."""
        self.events -= 1
        self.add(line, problem)

    def as_json(self) -> dict[str, Any]:
        """The report: counts, and the first 10,000 bad lines."""
        return {"events": self.events, "bad_lines": self.bad, "problems": self.problems}

    def leave(self) -> None:
        """End the command with exit code 1 when a line was bad."""
        if self.bad:
            raise typer.Exit(1)


class EventLines:
    """Reads events from lines; what is not an event goes to the report."""

    def __init__(
        self,
        report: Report,
        *,
        catalogue: Catalogue | None = None,
        clock: Clock = system_clock,
        shift: Shift | None = None,
    ) -> None:
        self._report = report
        self._clock = clock
        self._shift = shift
        self._codec = Codec(catalogue or default_catalogue())

    def count(self, stream: BinaryIO) -> None:
        """Read all lines, only for the report."""
        for number, line in read_lines(stream):
            self.of_line(number, line)

    def of_line(self, number: int, line: bytes | Broken) -> EventStruct | None:
        """The event of one line, moved in time where that was asked for; None when it is none."""
        found = line if isinstance(line, Broken) else self._codec.decode(line)
        if isinstance(found, EventStruct) and self._shift is not None:
            found = self._shift.moved(found)
        if isinstance(found, EventStruct) and (refused := refused_to_producers(found)):
            found = refused
        if isinstance(found, EventStruct):
            if not is_too_far_ahead(found.at, now := self._clock()):
                self._report.events += 1
                return found
            found = Refused("at_ahead", "at", ahead_reason(found.at, now))
        self._report.add(number, found)
        return None


@contextlib.contextmanager
def opened(file: str, *, twice: bool = False) -> Iterator[BinaryIO]:
    """The bytes of a file, or of stdin for `-`; `twice` when they are to be read again after seek(0).

    Raises WrongUsage when it cannot be opened.
    """
    if file != STDIN:
        try:
            stream = Path(file).open("rb")  # noqa: SIM115 - closed below; only opening is tried
        except OSError as error:
            raise WrongUsage(f"{file}: {error.strerror}; name a file you can read, or - for stdin") from None
        with stream:
            yield stream
    elif not twice:
        yield _stdin()
    else:
        with tempfile.TemporaryFile() as spool:
            shutil.copyfileobj(_stdin(), spool)
            spool.seek(0)
            yield cast("BinaryIO", spool)


def _stdin() -> BinaryIO:
    """The bytes of stdin through a buffer of our own.

    A thread may still wait in it when Ctrl-C ends the command; Python's own buffer would then have to be
    closed, and it dies of that.
    """
    try:
        return open(sys.stdin.fileno(), "rb", closefd=False)
    except io.UnsupportedOperation:
        return sys.stdin.buffer
