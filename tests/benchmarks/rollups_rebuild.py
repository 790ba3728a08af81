"""What `groundswell rebuild` does, for the rollups, a system outside the project's folders.

Run as `python -m tests.benchmarks.rollups_rebuild`. It says in JSON lines when it is done, and waits for
SIGTERM then, so that what it used can be read.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Final

from events.settings import settings
from streams.rebuild_place import Place
from streams.rebuilding import rebuild
from tests.benchmarks.json_lines import tell
from tests.benchmarks.rollups import SYSTEM

REPLAY: Final = (sys.executable, "-m", "tests.benchmarks.rollups_replay")


async def main() -> None:
    """Rebuilds once."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    rebuilt = await rebuild(Place(SYSTEM, settings(), command=REPLAY), lambda folded, total: None)
    tell("rebuilt", records=rebuilt.records, seconds=rebuilt.seconds)
    await stopping.wait()


if __name__ == "__main__":
    asyncio.run(main())
