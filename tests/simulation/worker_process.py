"""A real worker process of system 1 under a test's own supervisor: started, signalled, started afresh.

The log of each process is read for what it says happened; nothing else tells a fence from a crash.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any, Final

from streams.errors import EXIT_STOP

PROJECT: Final = Path(__file__).parents[2]
SESSION_SECONDS: Final = 6
"""The shortest session timeout that the settings allow."""
RESTART_SECONDS: Final = 0.2
BEGIN_SECONDS_MAX: Final = 30.0
"""A process listens for signals within so long; before, being asked to stop is its end."""
WORKER: Final = "streams.worker"
"""The module that a worker runs. A test may set another one: the next process runs that."""


def worker_environment(kafka: str, postgres: str, redis: str, topic_prefix: str) -> dict[str, str]:
    """The environment of a worker with these servers."""
    return {
        **os.environ,
        "PYTHONPATH": str(PROJECT),
        "GROUNDSWELL_KAFKA": kafka,
        "GROUNDSWELL_POSTGRES": postgres,
        "GROUNDSWELL_REDIS": redis,
        "GROUNDSWELL_TOPIC_PREFIX": topic_prefix,
        "GROUNDSWELL_SESSION_SECONDS": str(SESSION_SECONDS),
        "GROUNDSWELL_PARTITIONS": "4",
    }


class WorkerProcess:
    """One worker that is started again whenever it ends, until :meth:`stop`; its log goes to ``log_file``."""

    def __init__(
        self, name: str, environment: Mapping[str, str], log_file: Path, system: str = "actions"
    ) -> None:
        self.name = name
        self.log_file = log_file
        self.exit_codes: list[int] = []
        self.ran_seconds = 0.0
        """How long the last process ran that ended."""
        self._system = system
        # What a killed process leaves behind goes with the folder of its log.
        self.environment = {**environment, "TMPDIR": str(log_file.parent)}
        self.module = WORKER
        self._process: asyncio.subprocess.Process | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._stopping = False

    @property
    def pid(self) -> int | None:
        """The process that runs now."""
        running = self._process
        return running.pid if running is not None and running.returncode is None else None

    def start(self) -> None:
        """Keeps a process running from now on."""
        self._keeping = asyncio.ensure_future(self._keep())

    def send(self, number: signal.Signals) -> bool:
        """Sends a signal to the process that runs now; answers whether there was one."""
        if self._process is None or self._process.returncode is not None:
            return False
        self._process.send_signal(number)
        return True

    @property
    def stopped_cleanly(self) -> bool:
        """Whether the last process ended well when it was asked to, as far as it had begun."""
        code = self.exit_codes[-1]
        return code == 0 or (code == -signal.SIGTERM and self.ran_seconds < BEGIN_SECONDS_MAX)

    async def kill(self) -> bool:
        """Kills the process that runs now and waits for its end; answers whether there was one."""
        process = self._process
        if process is None or not self.send(signal.SIGKILL):
            return False
        return await process.wait() == -signal.SIGKILL

    async def ended(self) -> int:
        """Waits until the worker has stopped for good; answers its last exit code."""
        assert self._keeping is not None, "start() comes first"
        await self._keeping
        return self.exit_codes[-1]

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ends it for good; a process that was stopped is woken first."""
        self._stopping = True
        if self.send(signal.SIGCONT):
            self.send(number)
        if self._keeping is not None:
            try:
                await asyncio.wait_for(asyncio.shield(self._keeping), 30)
            except TimeoutError:
                self.send(signal.SIGKILL)
                await self._keeping

    async def _keep(self) -> None:
        with self.log_file.open("ab") as log:
            while not self._stopping:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", self.module, self._system,
                    cwd=PROJECT, env=self.environment, stdout=log, stderr=log,
                )  # fmt: skip
                began = monotonic()
                code = await self._process.wait()
                self.ran_seconds = monotonic() - began
                self.exit_codes.append(code)
                if code == EXIT_STOP:
                    return
                await asyncio.sleep(RESTART_SECONDS)

    def last_words(self, lines: int = 60) -> str:
        """The end of its log."""
        return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-lines:])

    def said(self) -> list[dict[str, Any]]:
        """Every line of the log that is a JSON object."""
        lines = []
        for line in self.log_file.read_text(errors="replace").splitlines():
            if line.startswith("{"):
                try:
                    lines.append(json.loads(line))
                except ValueError:
                    # The process was killed in the middle of the line.
                    continue
        return lines

    def times_said(self, event: str, **fields: Any) -> int:
        """How often the log names this event with these fields."""
        return sum(
            said.get("event") == event and all(said.get(name) == value for name, value in fields.items())
            for said in self.said()
        )
