"""Processes that the benchmark starts. They tell what they do in JSON lines on stderr."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from events.errors import GroundswellError

START_SECONDS_MAX = 90.0
STOP_SECONDS_MAX = 20.0
LINES_KEPT = 30
LINE_BYTES_MAX = 1 << 24
ROOT = Path(__file__).parents[2]


class ChildFailed(GroundswellError):
    """Read the last lines of the process in the message: they say what kept it from its work."""

    code: ClassVar[str] = "benchmark_child_failed"


class ChildProcess:
    """One of them. Each of its lines is an object with an ``event``, as structlog writes it."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, stream: asyncio.StreamReader) -> None:
        self.name = name
        self._process = process
        self._lines: deque[str] = deque(maxlen=LINES_KEPT)
        self._told: dict[str, dict[str, Any]] = {}
        self._news = asyncio.Condition()
        self._ended = False
        self._reading = asyncio.create_task(self._read(stream))

    @property
    def pid(self) -> int:
        return self._process.pid

    async def told(self, event: str, seconds_max: float) -> dict[str, Any]:
        """The first line about this event. Raises ChildFailed when the process ends or takes longer."""
        try:
            async with asyncio.timeout(seconds_max), self._news:
                await self._news.wait_for(lambda: event in self._told or self._ended)
        except TimeoutError:
            raise self.failure(f"did not say {event!r} within {seconds_max:.0f} s") from None
        if event not in self._told:
            raise self.failure(f"ended before it said {event!r}")
        return self._told[event]

    def require_running(self) -> None:
        """Raises ChildFailed when it has ended."""
        if self._ended:
            raise self.failure("ended")

    def failure(self, what: str) -> ChildFailed:
        """What went wrong, with the last lines of the process."""
        lines = "\n  ".join(self._lines) or "(it wrote nothing)"
        return ChildFailed(f"{self.name} {what}; its last lines:\n  {lines}")

    async def _read(self, stream: asyncio.StreamReader) -> None:
        async for line in stream:
            text = line.decode(errors="replace").rstrip()
            self._lines.append(text[:1000])
            with contextlib.suppress(ValueError):
                document = json.loads(text)
                if isinstance(document, dict) and "event" in document:
                    async with self._news:
                        self._told.setdefault(str(document["event"]), document)
                        self._news.notify_all()
        await self._process.wait()
        async with self._news:
            self._ended = True
            self._news.notify_all()

    def ask_to_end(self) -> None:
        """SIGTERM: it says what it still has to say, and ends."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()

    async def ended(self, seconds_max: float) -> None:
        """Waits until it has ended by itself. Raises ChildFailed when it takes longer, or when it failed."""
        try:
            code = await asyncio.wait_for(self._process.wait(), seconds_max)
        except TimeoutError:
            raise self.failure(f"did not end within {seconds_max:.0f} s") from None
        await self._reading
        if code != 0:
            raise self.failure(f"ended with exit code {code}")

    async def stop(self) -> None:
        """Asks it to end, kills it after STOP_SECONDS_MAX."""
        self.ask_to_end()
        try:
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS_MAX)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reading


@asynccontextmanager
async def child_process(
    name: str, arguments: list[str], environment: Mapping[str, str], program: str = sys.executable
) -> AsyncIterator[ChildProcess]:
    """``program`` with these arguments, in the project's folder, until the block ends."""
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        limit=LINE_BYTES_MAX,
    )
    assert process.stderr is not None
    child = ChildProcess(name, process, process.stderr)
    try:
        yield child
    finally:
        await child.stop()


def moment(line: Mapping[str, Any]) -> float:
    """When a line was written, in seconds since 1970."""
    return datetime.fromisoformat(line["timestamp"]).timestamp()
