"""Notes when positions move: `python -m tests.benchmarks.position_watch TOPIC`, until SIGTERM.

In a process and on a connection of its own, so that nobody's work delays it. It asks, waits PAUSE_SECONDS
and asks again: what it sees may have been there since it last asked. The latencies are therefore too long,
by half the pause and one answer on average (1.3 ms where an answer takes 0.3 ms) and by all of it at most;
never too short. On 2 cores it took 12 % of one itself and 3 % in Postgres, which the measured system does
not get.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from typing import Final

from events.settings import settings
from projections.postgres.connection import reached

PAUSE_SECONDS: Final = 0.002

Sighting = tuple[float, int, int]
"""When a position was seen (seconds since 1970), its partition, and the next offset: all below it are
visible.
"""


async def watch(url: str, topic: str) -> list[Sighting]:
    """Every move of a position until SIGTERM."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    seen: dict[int, int] = {}
    sightings: list[Sighting] = []
    async with reached(url) as connection:
        tell("watching")
        parent = os.getppid()
        while not stopping.is_set() and os.getppid() == parent:
            cursor = await connection.execute(
                "SELECT partition, next_offset FROM groundswell.positions WHERE topic = %s", (topic,)
            )
            rows = await cursor.fetchall()
            now = time.time()
            for partition, next_offset in rows:
                if seen.get(partition) != next_offset:
                    seen[partition] = next_offset
                    sightings.append((now, partition, next_offset))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), PAUSE_SECONDS)
    return sightings


def tell(event: str, **details: object) -> None:
    """One line of JSON on stderr."""
    sys.stderr.write(json.dumps({"event": event, **details}) + "\n")
    sys.stderr.flush()


def main() -> None:
    """Watches, then tells all sightings in one line."""
    tell("watched", sightings=asyncio.run(watch(settings().postgres, sys.argv[1])))


if __name__ == "__main__":
    main()
