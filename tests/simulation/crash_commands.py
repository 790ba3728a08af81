"""Commands that change or compare generations, run as a person runs them, and killed in the middle."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

import psutil

PROJECT: Final = Path(__file__).parents[2]
COMMAND_SECONDS_MAX: Final = 240.0
REPLAY: Final = "streams.replay"


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
    """Runs commands in one environment; `done` counts kills by what was killed."""

    environment: Mapping[str, str]
    random: Random
    kills: int = 0
    replay_kills: int = 0
    said: list[str] = field(default_factory=list)

    async def run(self, *arguments: str) -> Ended:
        """A command to its end. Raises TimeoutError when it does not end; it is killed then."""
        process = await self._started(arguments)
        try:
            output, _ = await asyncio.wait_for(process.communicate(), COMMAND_SECONDS_MAX)
        except TimeoutError:
            _kill_with_children(process.pid)
            raise
        assert process.returncode is not None
        self.said.append(output.decode(errors="replace"))
        return Ended(arguments, process.returncode, self.said[-1])

    async def killed(self, *arguments: str, after_seconds: float) -> bool:
        """Runs a command and kills it, and only it, after so many seconds; answers whether it still ran.

        Its replays end by themselves when they find that it is gone.
        """
        process = await self._started(arguments)
        draining = asyncio.ensure_future(process.communicate())
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(draining), after_seconds)
        was_running = process.returncode is None
        if was_running:
            process.send_signal(signal.SIGKILL)
            self.kills += 1
        await process.wait()
        draining.cancel()
        await asyncio.gather(draining, return_exceptions=True)
        return was_running

    async def with_replays_killed(self, *arguments: str, kills: int, within_seconds: float) -> Ended:
        """A command to its end; meanwhile replays that it started are killed, at moments of chance."""
        running = asyncio.ensure_future(self.run(*arguments))
        for _ in range(kills):
            await asyncio.sleep(self.random.uniform(0.2, within_seconds))
            replays = _replays()
            if running.done():
                break
            if replays:
                with suppress(psutil.Error):
                    self.random.choice(replays).kill()
                    self.replay_kills += 1
        return await running

    async def _started(self, arguments: tuple[str, ...]) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "deploy.cli", *arguments,
            cwd=PROJECT, env=dict(self.environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip


def _replays() -> list[psutil.Process]:
    """Replays below this process, however deep."""
    return [
        process for process in psutil.Process(os.getpid()).children(recursive=True) if _is_replay(process)
    ]


def _is_replay(process: psutil.Process) -> bool:
    try:
        return REPLAY in process.cmdline()
    except psutil.Error:
        return False


def _kill_with_children(pid: int) -> None:
    with suppress(psutil.Error):
        parent = psutil.Process(pid)
        for process in [*parent.children(recursive=True), parent]:
            with suppress(psutil.Error):
                process.kill()
