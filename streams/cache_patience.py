"""Waiting for Redis and Postgres, saying so once for each kind of error."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import psycopg
import structlog

from projections.cancellation import cancellable
from projections.redis.client import AWAY

log = structlog.get_logger(__name__)

PAUSE_SECONDS_MIN: Final = 0.05
PAUSE_SECONDS_MAX: Final = 1.0

Answer = TypeVar("Answer")


async def until_cache_answers(doing: str, attempt: Callable[[], Awaitable[Answer]]) -> Answer:
    """The answer of ``attempt``, tried again for as long as Redis or Postgres is away, busy or refuses.

    A cache that cannot be written is no reason to stop folding: readers see that it is behind, and ask
    Postgres. Says so once for each kind of error, and once when it goes on.
    """
    pause = PAUSE_SECONDS_MIN
    told: set[str] = set()
    while True:
        try:
            answer = await cancellable(attempt())
        except (*AWAY, psycopg.Error) as error:
            kind = type(error).__name__
            if kind not in told:
                log.warning("cache_wait", doing=doing, error=f"{kind}: {error}".strip())
                told.add(kind)
            await asyncio.sleep(pause)
            pause = min(pause * 2, PAUSE_SECONDS_MAX)
        else:
            if told:
                log.info("cache_back", doing=doing)
            return answer
