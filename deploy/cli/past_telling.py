"""Tells the log of a past: nothing is decided about its hours before all of it is there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from events import Publisher


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
