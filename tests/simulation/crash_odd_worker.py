"""A worker with something wrong about it: `python -m tests.simulation.crash_odd_worker SYSTEM`.

Its clock may be off, and it may lead without asking whether somebody else does. The environment says which;
everything else is the worker as it is.
"""

import asyncio
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog

CLOCK_OFF_SECONDS: Final = "CRASH_CLOCK_OFF_SECONDS"
"""Environment: by how much the process's clock is ahead, in seconds; negative when it is behind."""
LEADS_ANYWAY: Final = "CRASH_LEADS_ANYWAY"
"""Environment: set when the process leads beside whoever holds the lock of the leader."""

log = structlog.get_logger(__name__)


def shift_clock(seconds: float) -> None:
    """Every clock of the process that tells the date is off from now on; what measures durations is not.

    Comes before the worker is imported: modules take the clock that they find by name.
    """
    from events import instants

    real_time, real_time_ns = time.time, time.time_ns
    time.time = lambda: real_time() + seconds
    time.time_ns = lambda: real_time_ns() + round(seconds * 1e9)
    # `datetime` itself stays: its exact type is what decoders and drivers know.
    instants.system_clock = lambda: datetime.now(UTC) + timedelta(seconds=seconds)


def lead_without_lock() -> None:
    """Leaders of this process do what is due whoever else leads."""
    from projections.postgres.connection import BY_INDEX, connect
    from streams.leading import TICK_SECONDS, Leader

    async def lead(self: Any) -> None:
        connection = await connect(self._settings.postgres, **BY_INDEX)
        async with connection:
            log.info("leads_anyway")
            while await self._is_active(connection):
                await self.tick(connection)
                await asyncio.sleep(TICK_SECONDS)

    Leader._lead = lead  # type: ignore[method-assign]


def main() -> None:
    """Becomes the worker."""
    if off := float(os.environ.get(CLOCK_OFF_SECONDS, "0")):
        shift_clock(off)
    from streams.system import system_named
    from streams.worker import run_worker

    if os.environ.get(LEADS_ANYWAY):
        lead_without_lock()
    run_worker(system_named(sys.argv[1]))


if __name__ == "__main__":
    main()
