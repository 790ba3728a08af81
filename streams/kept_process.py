"""A process that is kept running: started afresh within a second whenever it ends uncalled."""

import asyncio
import os
import signal
from collections.abc import Sequence
from time import monotonic
from typing import Final

import structlog

from events.settings import variable
from streams.errors import EXIT_RESTART, EXIT_STOP

log = structlog.get_logger(__name__)

RESTART_SECONDS_MIN: Final = 0.2
RESTART_SECONDS_MAX: Final = 5.0
"""A process that ends again and again is started with growing pauses, at most this long."""
STEADY_SECONDS: Final = 10.0
"""A process that ran this long is well: the next restart is quick again."""
STOP_SECONDS_MAX: Final = 20.0
"""What a process gets to stop cleanly before it is killed."""
AFTER_DEATH: Final = variable("after_death")
"""Set for a process whose predecessor died uncleanly: by a signal, or with a code that it does not use."""
PARENT: Final = variable("parent")
"""The id of the process that started it. A process that asks the system for it when it has at last begun may
be told another one: that of whoever adopts orphans."""


def began_after_death() -> bool:
    """Whether this process takes the place of one that died uncleanly."""
    return AFTER_DEATH in os.environ


def parent_of_this() -> int:
    """Who started this process, also when that one has gone meanwhile."""
    return int(os.environ.get(PARENT) or os.getppid())


class KeptProcess:
    """Keeps ``command`` running until it is told to stop, or until the process says that starting again would
    be of no use. ``name`` tells of what; one that ``ends`` has done its work when it ends with code 0."""

    def __init__(self, command: Sequence[str], name: str, *, ends: bool = False) -> None:
        self._command = command
        self._name = name
        self._ends = ends
        self._stopping = asyncio.Event()
        self._is_retiring = False
        self._process: asyncio.subprocess.Process | None = None

    def stop(self) -> None:
        """Asks the process to end; it is killed when it has not within STOP_SECONDS_MAX."""
        self._stopping.set()
        self._signal(signal.SIGTERM)

    def retire(self) -> None:
        """When the process ends, it has: it is not started again."""
        self._is_retiring = True

    async def run(self) -> int:
        """The exit code: 0 when it ended cleanly, EXIT_STOP when it shall not be started again, 1 when it had
        to be killed; any when it had retired."""
        pause = RESTART_SECONDS_MIN
        died = False
        while True:
            began = monotonic()
            code = await self._run_once({AFTER_DEATH: "1"} if died else {})
            if self._stopping.is_set():
                return 0 if code == 0 else 1
            if code == EXIT_STOP or self._is_retiring or (code == 0 and self._ends):
                return code
            died = code not in (0, EXIT_RESTART)
            if monotonic() - began >= STEADY_SECONDS:
                pause = RESTART_SECONDS_MIN
            log.warning("worker_restarts", system=self._name, exit_code=code, pause_seconds=pause)
            try:
                await asyncio.wait_for(self._stopping.wait(), pause)
                return 0
            except TimeoutError:
                pause = min(pause * 2, RESTART_SECONDS_MAX)

    async def _run_once(self, environment: dict[str, str]) -> int:
        inherited = {name: value for name, value in os.environ.items() if name != AFTER_DEATH}
        inherited[PARENT] = str(os.getpid())
        # A session of its own: Ctrl-C reaches this process, which asks that one to stop.
        self._process = await asyncio.create_subprocess_exec(
            *self._command, start_new_session=True, env={**inherited, **environment}
        )
        try:
            if self._stopping.is_set():
                self._signal(signal.SIGTERM)
            return await self._ended(self._process)
        finally:
            # Cancelled: nobody waits for a clean end.
            self._signal(signal.SIGKILL)

    async def _ended(self, process: asyncio.subprocess.Process) -> int:
        """Waits for the end; after a stop was asked for, not for ever."""
        waiting = asyncio.ensure_future(process.wait())
        stopping = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        try:
            return await asyncio.wait_for(waiting, STOP_SECONDS_MAX if self._stopping.is_set() else None)
        except TimeoutError:
            self._signal(signal.SIGKILL)
            return await process.wait()

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)
