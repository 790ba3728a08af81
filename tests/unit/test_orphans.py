"""A process that is kept ends when its keeper has gone, however early that was."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Final

import psutil

from events.settings import variable
from streams.errors import EXIT_RESTART

PROJECT: Final = Path(__file__).parents[2]
WATCHES: Final = (
    "import asyncio; from streams.process import watch_parent; asyncio.run(watch_parent('actions'))"
)
"""What workers and replays do beside their work."""
SLOW_TO_BEGIN: Final = "import os, sys; print(os.getpid(), flush=True); sys.stdin.read(1); "
KEEPS: Final = (
    "import asyncio, sys; from streams.kept_process import KeptProcess;"
    " asyncio.run(KeptProcess([sys.executable, '-c', sys.argv[1]], 'a test').run())"
)


async def _python(code: str, *arguments: str, **environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, *arguments, cwd=PROJECT, env={**os.environ, **environment},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip


async def test_a_process_whose_keeper_was_killed_while_it_still_began_ends_by_itself() -> None:
    keeper = await _python(KEEPS, SLOW_TO_BEGIN + WATCHES)
    assert keeper.stdin is not None
    assert keeper.stdout is not None
    kept = psutil.Process(int(await keeper.stdout.readline()))
    assert kept.ppid() == keeper.pid
    keeper.send_signal(signal.SIGKILL)
    keeper.stdin.write(b".")
    # Its output ends when both have ended.
    assert b"supervisor_gone" in await keeper.stdout.read()
    assert await keeper.wait() == -signal.SIGKILL


async def test_a_process_whose_keeper_is_not_its_parent_has_lost_it() -> None:
    orphan = await _python(WATCHES, **{variable("parent"): str(os.getpid() + 1)})
    assert await orphan.wait() == EXIT_RESTART
