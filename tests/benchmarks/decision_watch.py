"""Notes how far a system's decisions are behind what they are about, as of one moment in each look."""

from __future__ import annotations

import asyncio
import contextlib
import time
from bisect import bisect_right
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from psycopg import AsyncConnection

from projections.postgres.connection import reached
from projections.postgres.generations import filled, find_active
from tests.benchmarks.measurement import Latency, latency_of
from tests.benchmarks.pacing import SentBatch

PAUSE_SECONDS: Final = 0.01
"""Between two looks: what a latency may be too long, beside the time that the look takes."""
DECIDED_SECONDS_MAX: Final = 30.0


class Look(NamedTuple):
    """All records below ``next_offset`` are folded: so many changes, and decided as of so many of them."""

    at: float
    next_offset: int
    changes: int
    decided: int


@dataclass(frozen=True, slots=True)
class Decided:
    """What asks it: a statement that gives the three numbers of a look as one row, of ``topic`` and
    ``partition`` beside its parameters. All records are of that partition."""

    statement: Path
    parameters: Mapping[str, Any]
    partition: int


@dataclass
class DecisionWatch:
    """Looks since the block began."""

    looks: list[Look] = field(default_factory=list)

    async def until_decided(self) -> None:
        """Waits until there is nothing that is not decided."""
        deadline = time.monotonic() + DECIDED_SECONDS_MAX
        while not self.looks or self.looks[-1].decided < self.looks[-1].changes:
            assert time.monotonic() < deadline, f"not decided in {DECIDED_SECONDS_MAX:.0f} s"
            await asyncio.sleep(PAUSE_SECONDS)


@asynccontextmanager
async def watching(database: str, system: str, topic: str, decided: Decided) -> AsyncIterator[DecisionWatch]:
    """Looks on a connection of its own while the block runs."""
    watch = DecisionWatch()
    async with reached(database) as connection:
        task = asyncio.create_task(_look_on(watch, connection, system, topic, decided))
        try:
            yield watch
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _look_on(
    watch: DecisionWatch, connection: AsyncConnection[Any], system: str, topic: str, decided: Decided
) -> None:
    generation = await find_active(connection, system)
    assert generation is not None, "the worker has made one"
    statement = filled(decided.statement, generation)
    parameters = {**decided.parameters, "topic": topic, "partition": decided.partition}
    while True:
        cursor = await connection.execute(statement, parameters)
        row = await cursor.fetchone()
        assert row is not None, "what is decided about is there"
        # Of a look the moment counts at which it was back.
        watch.looks.append(Look(time.time(), *row))
        await asyncio.sleep(PAUSE_SECONDS)


def decision_latency(batches: Iterable[SentBatch], looks: Sequence[Look], counted_from: float) -> Latency:
    """From a record's append until a decision that knows of it was seen; of those due from then on.

    What was folded with the record, a flush at a time, has to be decided too: that is too late rather than
    too early.
    """
    offsets, decided = [look.next_offset for look in looks], [look.decided for look in looks]
    lags = []
    for batch in batches:
        for number, due_at in enumerate(batch.due_at):
            if due_at >= counted_from:
                folded = looks[bisect_right(offsets, batch.landed.offset + number)]
                seen = looks[bisect_right(decided, folded.changes - 1)]
                lags.append(1000 * (seen.at - batch.landed.appended_at))
    return latency_of(lags)
