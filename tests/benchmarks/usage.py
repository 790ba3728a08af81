"""CPU seconds and memory of processes, as /proc has them."""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from tests.benchmarks.measurement import Usage

LOOK_SECONDS: Final = 1.0
"""Finding the children of a process takes milliseconds, which those who run would miss."""

_PEAK_MEMORY = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


def cpu_seconds(pid: int) -> float:
    """CPU seconds of a process and its children, those that have ended included."""
    process = psutil.Process(pid)
    while True:
        children = process.children()
        with contextlib.suppress(psutil.NoSuchProcess):
            below = sum(cpu_seconds(child.pid) for child in children)
            times = process.cpu_times()
            # The time of a child that ends goes over to its parent: it would be missing, or be there twice.
            if process.children() == children:
                return float(times.user + times.system + times.children_user + times.children_system + below)
        if not process.is_running():
            raise psutil.NoSuchProcess(pid)


def memory_bytes_max(pid: int) -> int:
    """The most resident memory that a process has held since it began, and each of its children that still
    run; 0 of one that has just ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
        children = psutil.Process(pid).children()
    except (FileNotFoundError, ProcessLookupError, psutil.NoSuchProcess):
        return 0
    found = _PEAK_MEMORY.search(status)
    own = 0 if found is None else int(found[1]) * 1024
    return own + sum(memory_bytes_max(child.pid) for child in children)


@dataclass(frozen=True, slots=True)
class Processes:
    """Whose time a run takes: that of the workers with their children; None for a server that is not the
    benchmark's own."""

    workers: tuple[int, ...]
    kafka: int | None
    postgres: int | None


class UsageReader:
    """Reads what the processes used between two moments."""

    def __init__(self, processes: Processes) -> None:
        self._processes = processes
        self._before = self._read()
        self._memory = 0
        self._note_memory()

    def look(self) -> None:
        """Notes the memory of those who run, now and then: workers may have ended when all is done."""
        if time.monotonic() - self._looked_at >= LOOK_SECONDS:
            self._note_memory()

    def _note_memory(self) -> None:
        self._looked_at = time.monotonic()
        self._memory = max(self._memory, sum(map(memory_bytes_max, self._processes.workers)))

    def since_start(self) -> Usage:
        """What was used since this reader was made."""
        before, now = self._before, self._read()
        kafka, postgres = (
            None if start is None or end is None else end - start
            for start, end in zip(before[1:], now[1:], strict=True)
        )
        self._note_memory()
        return Usage(now[0] - before[0], kafka, postgres, self._memory)

    def _read(self) -> tuple[float, float | None, float | None]:
        processes = self._processes
        kafka, postgres = (
            None if pid is None else cpu_seconds(pid) for pid in (processes.kafka, processes.postgres)
        )
        return sum(map(cpu_seconds, processes.workers)), kafka, postgres
