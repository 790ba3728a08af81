"""Tells the log of a past: nothing is decided about its hours before all of it is there."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from events import Publisher
    from events.envelope import Event


@dataclass(frozen=True)
class Told:
    """What was acknowledged by all replicas: events, by type, and in how many seconds."""

    events: int
    by_type: Counter[str]
    seconds: float


@asynccontextmanager
async def past_told(system: str) -> AsyncIterator[Publisher]:
    """A publisher for as long as the block runs, and no hour of the system is closed meanwhile.

    Raises ServerUnreachable when Kafka or Postgres cannot be reached.
    """
    from events import Publisher
    from events.settings import settings
    from projections.postgres.holds import Hold
    from streams.process import set_up_logging

    # A hold warns when Postgres is away: on stderr, as what is data goes to stdout.
    set_up_logging(only_warnings=True)
    async with Hold(settings().postgres, [system]), Publisher() as publisher:
        yield publisher


async def tell(
    publisher: Publisher, things: Iterable[Iterable[Event]], advance: Callable[[], None] = lambda: None
) -> Told:
    """Publishes the events of each thing; all is acknowledged when this returns. `advance` is called for
    each thing, also for one without events."""
    by_type: Counter[str] = Counter()
    began = time.monotonic()

    async def stream() -> AsyncIterator[Event]:
        for events in things:
            advance()
            for event in events:
                by_type[event.type] += 1
                yield event

    acknowledged = 0
    async for _ in publisher.publish_many(stream()):
        acknowledged += 1
    return Told(acknowledged, by_type, round(time.monotonic() - began, 3))
