"""Everything that the live generation shows, beside what the oracle reads from the log."""

import asyncio
from collections.abc import Sequence
from typing import Final

from projections.postgres.connection import connect
from tests.simulation.compare import differences, stored
from tests.simulation.compare_now import now_differences
from tests.simulation.crash_progress import Progress
from tests.simulation.oracle import LogRecord, expected
from tests.simulation.raw_log import read_whole

UNHURRIED: Final = {"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}
"""A whole view may take longer than anything that a worker asks, and the oracle thinks in between."""


async def log_of(progress: Progress) -> list[LogRecord]:
    """All records, in the order of offsets within each partition."""
    return await read_whole(progress.settings.kafka, progress.topic, progress.partitions)


async def live_differences(progress: Progress, records: Sequence[LogRecord]) -> list[str]:
    """A line for each difference in facts, decisions and what depends on the minute.

    Everything is folded, and nothing is appended meanwhile.
    """
    generation = await progress.active()
    # In a thread: a hold is refreshed meanwhile.
    wanted = await asyncio.to_thread(expected, records, progress.partitions)
    async with await connect(progress.settings.postgres, **UNHURRIED) as connection:
        found = await stored(connection, generation, progress.topic)
        lines = await now_differences(connection, generation, wanted)
    lines += differences(found, wanted, records)
    return [f"generation {generation.number}: {line}" for line in lines]
