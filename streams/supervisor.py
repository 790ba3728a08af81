"""The supervisor: one worker process per system, started afresh within a second when it ends uncalled."""

import asyncio
import signal
import sys
from collections.abc import Sequence

import structlog

from streams.errors import EXIT_STOP
from streams.kept_process import KeptProcess

log = structlog.get_logger(__name__)


class Supervisor:
    """Keeps a worker for each system running until it is told to stop."""

    def __init__(self, systems: Sequence[str]) -> None:
        self._workers = {
            system: KeptProcess([sys.executable, "-m", "streams.worker", system], system)
            for system in systems
        }

    async def run(self) -> int:
        """Until SIGTERM or SIGINT, or until every system has stopped for good. Answers the exit code: 0 when
        all workers ended cleanly."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        codes = await asyncio.gather(*(self._keep(system) for system in self._workers))
        return int(any(codes))

    def stop(self) -> None:
        """Asks every worker to end; whoever does not in time is killed."""
        for worker in self._workers.values():
            worker.stop()

    async def _keep(self, system: str) -> int:
        code = await self._workers[system].run()
        if code == EXIT_STOP:
            log.error(
                "system_stopped", system=system, next="look at the error above; start the worker again after"
            )
        return code
