"""Waiting for Redis and Postgres, saying so once."""

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
    Postgres.
    """
    pause = PAUSE_SECONDS_MIN
    waiting = False
    while True:
        try:
            answer = await cancellable(attempt())
        except (*AWAY, psycopg.Error) as error:
            if not waiting:
                log.warning("cache_wait", doing=doing, error=f"{type(error).__name__}: {error}".strip())
                waiting = True
            await asyncio.sleep(pause)
            pause = min(pause * 2, PAUSE_SECONDS_MAX)
        else:
            if waiting:
                log.info("cache_back", doing=doing)
            return answer
