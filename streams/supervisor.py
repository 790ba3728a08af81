"""The supervisor: one worker process per system, started afresh within a second when it ends uncalled."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from time import monotonic
from typing import Final

import structlog

from streams.errors import EXIT_STOP

log = structlog.get_logger(__name__)

RESTART_SECONDS_MIN: Final = 0.2
RESTART_SECONDS_MAX: Final = 5.0
"""A worker that ends again and again is started with growing pauses, at most this long."""
STEADY_SECONDS: Final = 10.0
"""A worker that ran this long is well: the next restart is quick again."""
STOP_SECONDS_MAX: Final = 20.0
"""What a worker gets to stop cleanly before it is killed."""


class Supervisor:
    """Keeps a worker for each system running until it is told to stop."""

    def __init__(self, systems: Sequence[str]) -> None:
        self._systems = systems
        self._stopping = asyncio.Event()
        self._processes: dict[str, asyncio.subprocess.Process] = {}

    async def run(self) -> int:
        """Until SIGTERM or SIGINT, or until every system has stopped for good. Answers the exit code: 0 when
        all
        workers ended cleanly."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        codes = await asyncio.gather(*(self._keep(system) for system in self._systems))
        return max(codes, default=0)

    def stop(self) -> None:
        """Asks every worker to end; whoever does not within STOP_SECONDS_MAX is killed."""
        self._stopping.set()
        for process in self._processes.values():
            _signal(process, signal.SIGTERM)

    async def _keep(self, system: str) -> int:
        pause = RESTART_SECONDS_MIN
        while True:
            began = monotonic()
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "streams.worker", system, start_new_session=True, env=dict(os.environ)
            )
            self._processes[system] = process
            if self._stopping.is_set():
                _signal(process, signal.SIGTERM)
            code = await self._ended(process)
            if self._stopping.is_set():
                return 0 if code == 0 else 1
            if code == EXIT_STOP:
                log.error(
                    "system_stopped",
                    system=system,
                    next="look at the error above; start the worker again after",
                )
                return 1
            if monotonic() - began >= STEADY_SECONDS:
                pause = RESTART_SECONDS_MIN
            log.warning("worker_restarts", system=system, exit_code=code, pause_seconds=pause)
            try:
                await asyncio.wait_for(self._stopping.wait(), pause)
                return 0
            except TimeoutError:
                pause = min(pause * 2, RESTART_SECONDS_MAX)

    async def _ended(self, process: asyncio.subprocess.Process) -> int:
        """Waits for the end; after a stop was asked for, not for ever."""
        waiting = asyncio.ensure_future(process.wait())
        stopping = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        try:
            return await asyncio.wait_for(waiting, STOP_SECONDS_MAX if self._stopping.is_set() else None)
        except TimeoutError:
            _signal(process, signal.SIGKILL)
            return await process.wait()


def _signal(process: asyncio.subprocess.Process, number: int) -> None:
    if process.returncode is None:
        process.send_signal(number)
