"""Commands that change or compare generations, run as a person runs them, and killed in the middle."""

import asyncio
import signal
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import monotonic
from typing import IO, Final

import psutil

from events.settings import variable

PROJECT: Final = Path(__file__).parents[2]
COMMAND_SECONDS_MAX: Final = 240.0
REPLAY: Final = "streams.replay"
ORPHAN_SECONDS_MAX: Final = 30.0
"""A replay whose command was killed ends by itself within so long, also when it had only begun to start."""
LOOK_SECONDS: Final = 0.25


@dataclass
class Ended:
    """What a command came to."""

    arguments: tuple[str, ...]
    code: int
    output: str

    def __str__(self) -> str:
        return f"groundswell {' '.join(self.arguments)}: exit code {self.code}\n{self.output[-3_000:]}"


@dataclass
class Commands:
    """Runs commands in one environment, and counts what was killed."""

    environment: Mapping[str, str]
    random: Random
    kills: int = 0
    replay_kills: int = 0

    async def run(self, *arguments: str) -> Ended:
        """A command to its end. Raises TimeoutError when it does not end; it is killed then."""
        with tempfile.TemporaryFile() as output:
            process = await self._started(arguments, output)
            try:
                code = await asyncio.wait_for(process.wait(), COMMAND_SECONDS_MAX)
            except TimeoutError:
                _kill_with_children(process.pid)
                raise
            output.seek(0)
            return Ended(arguments, code, output.read().decode(errors="replace"))

    async def killed(self, *arguments: str, after_seconds: float) -> bool:
        """Runs a command and kills it, and only it, after so many seconds; answers whether it still ran.

        Its replays end by themselves when they find that it is gone: see :meth:`until_no_replays`.
        """
        process = await self._started(arguments, None)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), after_seconds)
        was_running = process.returncode is None
        if was_running:
            process.send_signal(signal.SIGKILL)
            await process.wait()
            self.kills += 1
        return was_running

    async def until_no_replays(self) -> list[str]:
        """Waits for the end of the replays of commands that were killed; a line for each that goes on."""
        deadline = monotonic() + ORPHAN_SECONDS_MAX
        while replays := self._replays():
            if monotonic() > deadline:
                return [f"replay {replay.pid} outlived the command that was killed" for replay in replays]
            await asyncio.sleep(LOOK_SECONDS)
        return []

    async def with_replays_killed(self, *arguments: str, kills: int, within_seconds: float) -> Ended:
        """A command to its end; meanwhile replays that it started are killed, at moments of chance."""
        running = asyncio.ensure_future(self.run(*arguments))
        for _ in range(kills):
            await asyncio.sleep(self.random.uniform(0.2, within_seconds))
            replays = self._replays()
            if running.done():
                break
            if replays:
                with suppress(psutil.Error):
                    self.random.choice(replays).kill()
                    self.replay_kills += 1
        return await running

    async def _started(
        self, arguments: tuple[str, ...], output: IO[bytes] | None
    ) -> asyncio.subprocess.Process:
        # No pipe: replays inherit it, and a process is not waited for before its pipes are closed.
        into = asyncio.subprocess.DEVNULL if output is None else output
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "deploy.cli", *arguments,
            cwd=PROJECT, env=dict(self.environment),
            stdin=asyncio.subprocess.DEVNULL, stdout=into, stderr=into,
        )  # fmt: skip

    def _replays(self) -> list[psutil.Process]:
        """Those of this environment's servers, whoever is their parent now."""
        return [process for process in psutil.process_iter() if self._is_own_replay(process)]

    def _is_own_replay(self, process: psutil.Process) -> bool:
        servers = variable("postgres")
        try:
            if REPLAY not in process.cmdline() or process.status() == psutil.STATUS_ZOMBIE:
                return False
            return process.environ().get(servers) == self.environment[servers]
        except psutil.Error:
            return False


def _kill_with_children(pid: int) -> None:
    with suppress(psutil.Error):
        parent = psutil.Process(pid)
        for process in [*parent.children(recursive=True), parent]:
            with suppress(psutil.Error):
                process.kill()
