"""A worker for the rollups, a system outside the project's folders.

Run as `python -m tests.benchmarks.rollups_worker`.
"""

from __future__ import annotations

import asyncio
import os
import sys

from events.settings import settings
from streams.worker import Worker, calm_garbage_collection, set_up_logging
from tests.benchmarks.rollups import SYSTEM


async def _work() -> None:
    await Worker(SYSTEM, settings()).run()


def main() -> None:
    """Until SIGTERM."""
    set_up_logging()
    calm_garbage_collection()
    asyncio.run(_work())
    sys.stderr.flush()
    # As in the project's own worker: threads of Kafka's client may linger.
    os._exit(0)


if __name__ == "__main__":
    main()
